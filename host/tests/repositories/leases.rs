//! Who may refresh a token, and how long nobody else may.

use std::time::Duration;

use mortise::{
    adapters::sea_orm::Database,
    domain::{
        connection::{IntegrationStatus, SealedTokens},
        ids::IntegrationId,
    },
    ports::{Claim, DueToken, IntegrationRepository as _, Lease, LeaseEnd, TokenStore},
};

use crate::{
    databases::on_each_database,
    words::{NOBODYS, at, at_once, connected, google, granted, provider, tokens, user},
};

const LONG: Duration = Duration::from_secs(60);
const OVER: Duration = Duration::ZERO;
const FIRST: Lease = Lease::Taken { failures: 0 };

async fn lease(db: &Database, id: IntegrationId, owner: &str, length: Duration) -> Lease {
    db.lease(id, 1, owner, length).await.unwrap()
}

async fn fail(db: &Database, id: IntegrationId, owner: &str, rest: Duration) {
    assert!(db.release(id, owner, LeaseEnd::Failed(rest)).await.unwrap());
}

async fn claim(db: &Database, owner: &str, ends: i64, limit: u64) -> Vec<DueToken> {
    let (ends_before, issued_before) = (at(ends), at(1));
    let claim = Claim { ends_before, issued_before, providers: &[google()], limit };
    db.claim(&claim, owner, LONG).await.unwrap()
}

/// What is left of another's lease, which is no longer than `LONG` and hardly begun.
fn assert_held(lease: Lease) {
    let Lease::Held(left) = lease else { panic!("{lease:?}") };
    assert!(left <= LONG && left > LONG / 2, "{left:?}");
}

on_each_database! {
    async fn a_lease_is_one_owner_s_until_it_is_released(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        let other = connected(&db, "43").await.id;
        assert_eq!(lease(&db, id, "one", LONG).await, FIRST);
        assert_held(lease(&db, id, "two", LONG).await);
        assert_eq!(lease(&db, other, "two", LONG).await, FIRST, "each token by itself");
        assert!(!db.release(id, "two", LeaseEnd::Done).await.unwrap(), "it is not theirs");
        assert_held(lease(&db, id, "two", LONG).await);
        assert!(db.release(id, "one", LeaseEnd::Done).await.unwrap());
        assert_eq!(lease(&db, id, "two", LONG).await, FIRST);
        assert!(!db.release(id, "one", LeaseEnd::Failed(LONG)).await.unwrap(), "no more");
        assert_held(lease(&db, id, "one", LONG).await);
    }

    async fn its_owner_may_take_it_again_and_then_has_it_for_longer(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        assert_eq!(lease(&db, id, "one", LONG / 4).await, FIRST);
        assert_eq!(lease(&db, id, "one", LONG).await, FIRST);
        assert_held(lease(&db, id, "two", LONG).await);
    }

    async fn a_lease_of_no_length_is_over_at_once(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        for owner in ["one", "two", "three"] {
            assert_eq!(lease(&db, id, owner, OVER).await, FIRST, "{owner}");
        }
    }

    async fn only_the_present_version_is_leased(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        db.store_if(id, 1, &tokens("new"), None, at(1)).await.unwrap().unwrap();
        for version in [0, 1, 3] {
            let stale = db.lease(id, version, "one", LONG).await.unwrap();
            assert_eq!(stale, Lease::Overtaken, "{version}");
        }
        assert_eq!(db.lease(id, 2, "two", LONG).await.unwrap(), FIRST);
        assert_eq!(lease(&db, NOBODYS, "one", LONG).await, Lease::Overtaken);
        db.disconnect(id, None, at(2)).await.unwrap();
        assert_eq!(db.lease(id, 2, "two", LONG).await.unwrap(), Lease::Overtaken);
        assert!(!db.release(id, "two", LeaseEnd::Done).await.unwrap());
    }

    async fn a_refresh_token_that_is_known_to_be_dead_is_not_leased(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        for (status, expected) in [
            (IntegrationStatus::NeedsReauth, Lease::Dead),
            (IntegrationStatus::Error, FIRST),
            (IntegrationStatus::Active, FIRST),
        ] {
            db.set_status(id, status, Some("why"), None, at(1)).await.unwrap();
            assert_eq!(lease(&db, id, "one", OVER).await, expected, "{status:?}");
        }
    }

    async fn a_new_token_ends_lease_rest_and_failures(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        assert_eq!(lease(&db, id, "one", LONG).await, FIRST);
        fail(&db, id, "one", OVER).await;
        assert_eq!(lease(&db, id, "one", LONG).await, Lease::Taken { failures: 1 });
        db.store_if(id, 1, &tokens("new"), None, at(1)).await.unwrap().unwrap();
        assert_eq!(db.lease(id, 2, "two", LONG).await.unwrap(), FIRST);
        fail(&db, id, "two", LONG).await;
        let renewed = db.connect(&user("42"), &google(), &granted("42"), at(2)).await.unwrap();
        assert_eq!(db.lease(renewed.id, 3, "three", LONG).await.unwrap(), FIRST);
    }

    async fn a_failure_leaves_a_rest_for_everybody_and_is_counted(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        for failures in 0..3 {
            assert_eq!(lease(&db, id, "one", LONG).await, Lease::Taken { failures });
            fail(&db, id, "one", OVER).await;
        }
        assert_eq!(lease(&db, id, "one", LONG).await, Lease::Taken { failures: 3 });
        fail(&db, id, "one", LONG).await;
        for owner in ["one", "two"] {
            let resting = lease(&db, id, owner, LONG).await;
            let Lease::Resting(left) = resting else { panic!("{resting:?}") };
            assert!(left <= LONG && left > LONG / 2, "{left:?}");
        }
    }

    async fn what_ends_later_than_any_lease_can_is_over(fixture) {
        let db = fixture.db.clone();
        let id = connected(&db, "42").await.id;
        for owner in ["'one'", "NULL"] {
            // As it looks once the database's clock was put back by an hour.
            let sql = format!(
                "UPDATE integration_tokens SET lease_owner = {owner}, \
                 lease_until = 4000000000000"
            );
            fixture.run(&sql).await;
            assert_eq!(lease(&db, id, "two", OVER).await, FIRST, "{owner}");
        }
    }

    async fn of_several_who_ask_at_once_one_gets_it(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        let asked = at_once(16, |n| {
            let db = db.clone();
            async move { lease(&db, id, &format!("hub {n}"), LONG).await }
        })
        .await;
        let taken = asked.iter().filter(|lease| **lease == FIRST).count();
        assert_eq!(taken, 1, "{asked:?}");
        asked.into_iter().filter(|lease| *lease != FIRST).for_each(assert_held);
    }

    async fn tokens_that_end_first_are_claimed_first_and_then_leased(fixture) {
        let db = fixture.db;
        let mut ids = Vec::new();
        for (name, end) in [("late", 500), ("soon", 100), ("later", 900), ("first", 50)] {
            let id = connected(&db, name).await.id;
            let ends = SealedTokens { expires_at: Some(at(end)), ..tokens(name) };
            db.store_if(id, 1, &ends, None, at(0)).await.unwrap().unwrap();
            ids.push(id);
        }
        let due = |index: usize| DueToken { integration: ids[index], provider: google() };
        assert_eq!(claim(&db, "one", 600, 2).await, [due(3), due(1)]);
        assert_eq!(claim(&db, "two", 600, 10).await, [due(0)]);
        assert_eq!(claim(&db, "one", 600, 10).await, []);
        assert_held(db.lease(ids[3], 2, "two", LONG).await.unwrap());
        assert_eq!(db.lease(ids[3], 2, "one", LONG).await.unwrap(), FIRST, "it is theirs");
    }

    async fn what_cannot_be_refreshed_now_is_not_claimed(fixture) {
        let db = fixture.db.clone();
        let [leased, resting, dead, endless, fine] = [
            connected(&db, "leased").await.id,
            connected(&db, "resting").await.id,
            connected(&db, "dead").await.id,
            connected(&db, "endless").await.id,
            connected(&db, "fine").await.id,
        ];
        let mut lacking = granted("lacking");
        lacking.tokens.refresh_token_enc = None;
        db.connect(&user("lacking"), &google(), &lacking, at(0)).await.unwrap();
        assert_eq!(lease(&db, leased, "one", LONG).await, FIRST);
        assert_eq!(lease(&db, resting, "one", LONG).await, FIRST);
        fail(&db, resting, "one", LONG).await;
        let status = IntegrationStatus::NeedsReauth;
        db.set_status(dead, status, Some("refused"), None, at(1)).await.unwrap();
        let sql = format!(
            "UPDATE integration_tokens SET expires_at = NULL WHERE integration_id = {}",
            endless.0
        );
        fixture.run(&sql).await;
        db.connect(&user("young"), &google(), &granted("young"), at(1)).await.unwrap();
        db.connect(&user("other"), &provider("other"), &granted("other"), at(0)).await.unwrap();
        assert_eq!(claim(&db, "two", 3600, 10).await, [], "all end later");
        let due = DueToken { integration: fine, provider: google() };
        assert_eq!(claim(&db, "two", 7200, 10).await, [due]);
    }

    async fn several_who_claim_at_once_get_different_tokens(fixture) {
        let db = fixture.db;
        for n in 0..40 {
            connected(&db, &n.to_string()).await;
        }
        let claimed = at_once(8, |n| {
            let db = db.clone();
            async move {
                let owner = format!("hub {n}");
                let mut mine = Vec::new();
                loop {
                    let more = claim(&db, &owner, 7200, 3).await;
                    if more.is_empty() {
                        return mine;
                    }
                    mine.extend(more);
                }
            }
        })
        .await;
        let mut ids: Vec<_> = claimed.concat().into_iter().map(|due| due.integration.0).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "none was claimed twice");
        // One who looks while all that is left is locked by others finds nothing and leaves.
        let rest = claim(&db, "last", 7200, 100).await.len();
        assert_eq!(count + rest, 40);
    }
}
