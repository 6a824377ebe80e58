use mortise::{
    adapters::sea_orm::Database,
    domain::{
        connection::Integration,
        keys::Session,
        links::{CrmObject, EventPlace, LinkDraft, LinkState},
    },
    ports::{
        ApiKeyStore, IntegrationRepository, LinkRepository as _, OAuthStateStore,
        PrimaryCalendarStore as _, SessionStore, SyncState, SyncStateStore as _,
    },
};

use crate::{
    databases::{Fixture, on_each_database},
    words::{
        Sort, appointment, at, at_once, attempt, connected, draft, granted, hash, new_link,
        provider, user,
    },
};

/// Something of the user in every table that can hold it.
async fn fill(fixture: &Fixture, api_key: i64, name: &str, n: u8) {
    let db = &fixture.db;
    let of = connected(db, name).await;
    linked::<EventPlace>(db, &of).await;
    linked::<CrmObject>(db, &of).await;
    moved(db, &of, name).await;
    assert!(db.set_primary(&user(name), of.id, Some("cal"), at(0)).await.unwrap());
    OAuthStateStore::put(db, &hash(n), &attempt(name, at(600))).await.unwrap();
    let state = SyncState {
        cursor: Some("cursor".into()),
        last_synced_at: None,
        status: "idle".into(),
        error: None,
    };
    assert!(db.save(of.id, "calendar:primary", &state).await.unwrap());
    let session =
        Session { user: user(name), providers: None, origins: None, api_key, expires_at: at(600) };
    SessionStore::put(db, &hash(n), &session, at(0)).await.unwrap();
    let owner = of.user;
    fixture
        .run(&format!(
            "INSERT INTO idempotency_keys (user_id, endpoint, idempotency_key, request_hash, \
             created_at, expires_at) VALUES ({owner}, 'POST /x', 'k', 'h', 0, 0)"
        ))
        .await;
}

async fn linked<P: Sort>(db: &Database, of: &Integration) {
    new_link::<P>(db, of, &appointment("7")).await;
    let spent = new_link::<P>(db, of, &appointment("8")).await;
    assert!(db.links::<P>().release(spent.id, LinkState::Pending, true).await.unwrap());
}

async fn moved(db: &Database, of: &Integration, name: &str) {
    let from = new_link::<EventPlace>(db, of, &appointment("9")).await;
    let to = db.connect(&user(name), &provider("outlook"), &granted(name), at(0)).await.unwrap();
    let place = EventPlace { calendar: "cal".into(), moved_from: Some(from.id) };
    let draft = LinkDraft { place, ..draft(&to, appointment("9")) };
    db.links().reserve(&draft, &|_| "moved".into(), at(0)).await.unwrap();
}

async fn api_key(db: &Database) -> i64 {
    db.create("backend", &hash(200), &[], at(0)).await.unwrap().unwrap().id
}

on_each_database! {
    async fn nothing_is_left_of_an_erased_user_and_all_of_the_others(fixture) {
        let key = api_key(&fixture.db).await;
        fill(&fixture, key, "42", 1).await;
        let one_user = fixture.counts().await;
        // A table without a row here would be one that this test does not look at.
        for (table, count) in &one_user {
            let of_users = !["installation", "pending_revocations"].contains(&table.as_str());
            assert_eq!(*count > 0, of_users, "{table}");
        }
        fill(&fixture, key, "43", 2).await;
        assert_ne!(fixture.counts().await, one_user);
        assert!(fixture.db.erase_user(&user("43")).await.unwrap());
        assert_eq!(fixture.counts().await, one_user);
        assert!(!fixture.db.erase_user(&user("43")).await.unwrap());
        assert_eq!(IntegrationRepository::list(&fixture.db, &user("42")).await.unwrap().len(), 2);
    }

    async fn one_that_only_began_to_connect_is_erased_too(fixture) {
        OAuthStateStore::put(&fixture.db, &hash(1), &attempt("42", at(600))).await.unwrap();
        assert!(fixture.db.erase_user(&user("42")).await.unwrap());
        assert_eq!(fixture.db.take(&hash(1), at(1)).await.unwrap(), None);
    }

    async fn one_who_comes_back_has_new_row_ids(fixture) {
        let before = connected(&fixture.db, "42").await;
        fixture.db.erase_user(&user("42")).await.unwrap();
        let after = connected(&fixture.db, "42").await;
        // The keys of creations are made of them: the vendor may still know the old ones.
        assert!(after.id > before.id && after.user > before.user);
    }

    async fn an_erasure_amid_connects_leaves_whole_rows_or_none(fixture) {
        let db = fixture.db.clone();
        at_once(12, |n| {
            let db = db.clone();
            async move {
                if n % 3 == 2 {
                    db.erase_user(&user("42")).await.unwrap();
                } else {
                    connected(&db, "42").await;
                }
            }
        })
        .await;
        let users = fixture.number("SELECT COUNT(*) FROM users").await;
        for table in ["integrations", "integration_tokens"] {
            let rows = fixture.number(&format!("SELECT COUNT(*) FROM {table}")).await;
            assert_eq!(rows, users, "{table}");
        }
    }
}
