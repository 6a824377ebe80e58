//! What a connection to a CRM brings along, and how long it lasts.

use mortise_tests::{ADA, Consent, HUBSPOT, TestHub, TestHubOptions};

const TOKEN: &str = "/api/integrations/hubspot/token";

async fn connected_at(options: TestHubOptions) -> TestHub {
    let hub = options.start().await;
    hub.connect("ada", HUBSPOT, &Consent::of(ADA)).await;
    hub
}

fn exchanges(hub: &TestHub, path: &str) -> usize {
    let requests = hub.sandbox.hubspot().requests();
    requests.iter().filter(|request| request.method == "POST" && request.path == path).count()
}

#[tokio::test]
async fn the_account_that_the_token_answer_names_is_kept_and_shown() {
    let hub = connected_at(TestHub::options()).await;
    let account = hub.status("ada", HUBSPOT).await["account"].clone();
    assert!(account["hub_id"].is_u64(), "{account}");
    let kept = hub.rows.integrations().await;
    let meta: serde_json::Value = serde_json::from_str(&kept[0].meta_json).unwrap();
    assert_eq!(meta, account);
}

#[tokio::test]
async fn a_token_of_half_an_hour_is_refreshed_before_its_end() {
    let hub = connected_at(TestHub::options()).await;
    let at = "/oauth/2026-03/token";
    assert_eq!(exchanges(&hub, at), 1);
    hub.clock.advance(1800 - 121);
    let user = hub.as_user("ada");
    user.get(TOKEN).await.expect(200);
    assert_eq!(exchanges(&hub, at), 1);
    hub.clock.advance(2);
    user.get(TOKEN).await.expect(200);
    assert_eq!(exchanges(&hub, at), 2);
}

#[tokio::test]
async fn an_app_of_an_older_version_connects_refreshes_and_disconnects() {
    let at = "/oauth/v3/token";
    let revoke = "/oauth/v3/token/revoke";
    let older = TestHub::options().address("hubspot", "token_url", at).address(
        "hubspot",
        "revoke_url",
        revoke,
    );
    let hub = connected_at(older).await;
    hub.clock.advance(1800);
    hub.as_user("ada").get(TOKEN).await.expect(200);
    assert_eq!(exchanges(&hub, at), 2);
    let answer = hub.as_user("ada").post_nothing("/api/integrations/hubspot/disconnect").await;
    assert_eq!(answer.expect(200).body["vendor"], "revoked");
    assert_eq!(exchanges(&hub, revoke), 1);
    assert!(hub.sandbox.hubspot().live_tokens(ADA).refresh.is_empty());
}
