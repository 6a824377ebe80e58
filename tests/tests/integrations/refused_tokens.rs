//! A vendor that refuses a token that looked fresh.

use mortise_tests::{ADA, Consent, GOOGLE, TestHub};

use crate::support::{CALENDARS, count, exchanges};

const PROXIED: &str = "/api/integrations/google-calendar/proxy/users/me/calendarList";
const AT_GOOGLE: &str = "/calendar/v3/users/me/calendarList";

async fn connected() -> TestHub {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub
}

#[tokio::test]
async fn it_is_refreshed_once_and_the_operation_repeated_once() {
    for path in [CALENDARS, PROXIED] {
        let hub = connected().await;
        hub.sandbox.google().expire_access_tokens(ADA);
        let (before, asked) = (exchanges(&hub), count(&hub, AT_GOOGLE));
        hub.as_user("ada").get(path).await.expect(200);
        assert_eq!(exchanges(&hub), before + 1, "{path}");
        assert_eq!(count(&hub, AT_GOOGLE), asked + 2, "{path}");
        hub.as_user("ada").get(path).await.expect(200);
        assert_eq!(exchanges(&hub), before + 1, "{path}");
    }
}

#[tokio::test]
async fn many_callers_whose_token_is_refused_make_one_exchange() {
    let hub = connected().await;
    hub.sandbox.google().expire_access_tokens(ADA);
    let before = exchanges(&hub);
    let client = hub.as_user("ada");
    let answers = futures::future::join_all((0..20).map(|_| client.get(CALENDARS))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(exchanges(&hub), before + 1);
}

#[tokio::test]
async fn refused_again_it_needs_a_new_consent() {
    for path in [CALENDARS, PROXIED] {
        let hub = connected().await;
        hub.sandbox.google().expire_access_tokens(ADA);
        // Google hands out tokens that it does not take.
        hub.sandbox.google().set_expires_in(0);
        let (before, asked) = (exchanges(&hub), count(&hub, AT_GOOGLE));
        let answer = hub.as_user("ada").get(path).await;
        assert_eq!(answer.refusal(), (409, "needs-reauth"), "{path}");
        let connect = format!("{}/api/integrations/google-calendar/connect", hub.url);
        assert_eq!(answer.body["connect_url"], connect);
        assert_eq!(exchanges(&hub), before + 1, "{path}");
        assert_eq!(count(&hub, AT_GOOGLE), asked + 2, "{path}");
        assert_eq!(hub.status("ada", GOOGLE).await["status"], "needs_reauth");
    }
}

#[tokio::test]
async fn with_the_grant_gone_it_needs_a_new_consent() {
    let hub = connected().await;
    hub.sandbox.google().revoke_grants(ADA);
    let answer = hub.as_user("ada").get(CALENDARS).await;
    assert_eq!(answer.refusal(), (409, "needs-reauth"));
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "needs_reauth");
}
