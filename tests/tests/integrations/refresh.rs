//! When and how often tokens are refreshed, and what is kept of it.

use std::time::Duration;

use futures::future::join_all;
use mortise_tests::{ADA, Consent, Fault, FaultKind, GOOGLE, OUTLOOK, TestHub, eventually};

use crate::support::{CALENDARS, decrypted, exchanges};

/// Google's tokens live 3599 s.
const LIFE: i64 = 3599;

async fn connected() -> TestHub {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub
}

async fn access_token(hub: &TestHub) -> String {
    let answer = hub.token("ada", GOOGLE).await.expect(200);
    answer.body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_with_less_than_two_minutes_to_live_is_refreshed_and_no_other() {
    let hub = connected().await;
    let (first, before) = (access_token(&hub).await, exchanges(&hub));
    hub.clock.advance(LIFE - 121);
    assert_eq!(access_token(&hub).await, first);
    assert_eq!(exchanges(&hub), before);
    hub.clock.advance(1);
    let second = access_token(&hub).await;
    assert_ne!(second, first);
    assert_eq!(exchanges(&hub), before + 1);
    assert_eq!(access_token(&hub).await, second);
    assert_eq!(exchanges(&hub), before + 1);
    let live = hub.sandbox.google().live_tokens(ADA);
    assert!(live.access.contains(&second));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_callers_of_an_expired_token_make_one_exchange() {
    let hub = connected().await;
    hub.clock.advance(LIFE);
    // Slow, so that all of them come while it is under way.
    let slow = Fault::on("/token", FaultKind::Slow).delay(Duration::from_millis(400));
    hub.sandbox.google().set_fault(slow);
    let before = exchanges(&hub);
    let answers = join_all((0..100).map(|_| hub.token("ada", GOOGLE))).await;
    let mut tokens: Vec<_> =
        answers.into_iter().map(|answer| answer.expect(200).body["access_token"].clone()).collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_eq!(exchanges(&hub), before + 1);
    assert_eq!(hub.rows.tokens().await[0].version, 2);
}

#[tokio::test]
async fn a_hundred_callers_share_a_failure_too() {
    let hub = connected().await;
    hub.clock.advance(LIFE);
    hub.sandbox.google().revoke_grants(ADA);
    let slow = Fault::on("/token", FaultKind::Slow).delay(Duration::from_millis(400));
    hub.sandbox.google().set_fault(slow);
    let before = exchanges(&hub);
    let answers = join_all((0..100).map(|_| hub.token("ada", GOOGLE))).await;
    for answer in answers {
        assert_eq!(answer.refusal(), (409, "needs-reauth"));
    }
    assert_eq!(exchanges(&hub), before + 1);
}

#[tokio::test]
async fn two_users_are_refreshed_each_for_themselves() {
    let hub = connected().await;
    hub.connect("bob", GOOGLE, &Consent::of("bob@example.com")).await;
    hub.clock.advance(LIFE);
    let before = exchanges(&hub);
    let (ada, bob) = futures::join!(hub.token("ada", GOOGLE), hub.token("bob", GOOGLE));
    assert_ne!(ada.expect(200).body["access_token"], bob.expect(200).body["access_token"]);
    assert_eq!(exchanges(&hub), before + 2);
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_stop_the_refresh() {
    let hub = connected().await;
    hub.clock.advance(LIFE);
    let slow = Fault::on("/token", FaultKind::Slow).delay(Duration::from_millis(300)).times(1);
    hub.sandbox.google().set_fault(slow);
    let before = exchanges(&hub);
    let client = hub.as_user("ada");
    let impatient =
        tokio::spawn(async move { client.get("/api/integrations/google-calendar/token").await });
    eventually("the exchange", async || (exchanges(&hub) > before).then_some(())).await;
    impatient.abort();
    eventually("the new token", async || (hub.rows.tokens().await[0].version == 2).then_some(()))
        .await;
    hub.token("ada", GOOGLE).await.expect(200);
    assert_eq!(exchanges(&hub), before + 1);
}

#[tokio::test]
async fn a_refresh_token_that_the_answer_lacks_is_kept() {
    let hub = connected().await;
    let refresh_token = async || {
        let row = hub.rows.tokens().await.remove(0);
        decrypted(&hub, row.refresh_token_enc.as_deref().unwrap())
    };
    let first = refresh_token().await;
    for _ in 0..3 {
        hub.clock.advance(LIFE);
        access_token(&hub).await;
        assert_eq!(refresh_token().await, first);
    }
}

#[tokio::test]
async fn a_rotated_refresh_token_replaces_the_spent_one() {
    let hub = TestHub::start().await;
    hub.connect("ada", OUTLOOK, &Consent::of(ADA)).await;
    let mut spent = Vec::new();
    for _ in 0..3 {
        let row = hub.rows.tokens().await.remove(0);
        let stored = decrypted(&hub, row.refresh_token_enc.as_deref().unwrap());
        assert!(!spent.contains(&stored));
        assert_eq!(hub.sandbox.microsoft().live_tokens(ADA).refresh, [stored.as_str()]);
        spent.push(stored);
        hub.clock.advance(LIFE);
        hub.token("ada", OUTLOOK).await.expect(200);
    }
    assert_eq!(hub.status("ada", OUTLOOK).await["status"], "active");
}

#[tokio::test]
async fn a_disconnect_during_a_refresh_wins() {
    let hub = connected().await;
    hub.clock.advance(LIFE);
    let slow = Fault::on("/token", FaultKind::Slow).delay(Duration::from_millis(400)).times(1);
    hub.sandbox.google().set_fault(slow);
    let before = exchanges(&hub);
    let disconnect = async {
        eventually("the exchange", async || (exchanges(&hub) > before).then_some(())).await;
        let path = "/api/integrations/google-calendar/disconnect";
        hub.as_user("ada").post_nothing(path).await.expect(200)
    };
    let (token, _) = futures::join!(hub.token("ada", GOOGLE), disconnect);
    assert_eq!(token.refusal(), (409, "not-connected"));
    assert_eq!(hub.rows.count("integration_tokens").await, 0, "no token came back");
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "revoked");
    assert!(hub.sandbox.google().live_tokens(ADA).is_empty());
}

#[tokio::test]
async fn connecting_again_during_a_refresh_wins() {
    let hub = connected().await;
    hub.clock.advance(LIFE);
    let slow = Fault::on("/token", FaultKind::Slow).delay(Duration::from_millis(600)).times(1);
    hub.sandbox.google().set_fault(slow);
    let before = exchanges(&hub);
    let connect = async {
        eventually("the exchange", async || (exchanges(&hub) > before).then_some(())).await;
        hub.connect("ada", GOOGLE, &Consent::of("second@example.com")).await;
    };
    let (token, ()) = futures::join!(hub.token("ada", GOOGLE), connect);
    let token = token.expect(200).body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(hub.sandbox.google().live_tokens("second@example.com").access, [token.as_str()]);
    assert_eq!(access_token(&hub).await, token);
}

#[tokio::test]
async fn a_clock_that_jumps_an_hour_ahead_causes_one_refresh() {
    let hub = connected().await;
    let before = exchanges(&hub);
    hub.clock.advance(3600);
    let answers = join_all((0..20).map(|_| hub.token("ada", GOOGLE))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    for _ in 0..5 {
        access_token(&hub).await;
    }
    assert_eq!(exchanges(&hub), before + 1);
}

#[tokio::test]
async fn a_clock_that_is_put_back_an_hour_causes_one_refresh_and_no_dead_token() {
    let hub = connected().await;
    let before = exchanges(&hub);
    hub.clock.advance(-3600);
    // The stored end is an hour off now, so that the token is not believed.
    let answers = join_all((0..20).map(|_| hub.token("ada", GOOGLE))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    for _ in 0..5 {
        access_token(&hub).await;
    }
    hub.as_user("ada").get(CALENDARS).await.expect(200);
    assert_eq!(exchanges(&hub), before + 1);

    // From here on the hub and the vendor agree on its end.
    hub.clock.advance(LIFE - 121);
    access_token(&hub).await;
    assert_eq!(exchanges(&hub), before + 1);
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "active");
}

#[tokio::test]
async fn a_clock_that_jumps_there_and_back_causes_a_refresh_for_each_jump_at_most() {
    let hub = connected().await;
    let before = exchanges(&hub);
    let jumps = [3600, -3600, -3600, 3600];
    for jump in jumps {
        hub.clock.advance(jump);
        for _ in 0..3 {
            access_token(&hub).await;
        }
    }
    assert!(exchanges(&hub) <= before + jumps.len());
    hub.as_user("ada").get(CALENDARS).await.expect(200);
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "active");
}
