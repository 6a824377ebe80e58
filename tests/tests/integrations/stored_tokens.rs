//! Tokens as they lie in the database.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use mortise_tests::{ADA, Consent, GOOGLE, OUTLOOK, TestHub};

use crate::support::{CALENDARS, decrypted};

/// With 0, what is changed in the database shows at once.
const CACHE: &str = "tokens.cache_ttl_seconds";

async fn connected() -> TestHub {
    let hub = TestHub::start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub
}

#[tokio::test]
async fn tokens_are_fernet_text_that_the_key_decrypts() {
    let hub = connected().await;
    let row = hub.rows.tokens().await.remove(0);
    let live = hub.sandbox.google().live_tokens(ADA);
    let refresh = row.refresh_token_enc.unwrap();
    for sealed in [&row.access_token_enc, &refresh] {
        assert!(sealed.starts_with("gAAAAA"), "Fernet's version byte and a time of this century");
    }
    assert_eq!(live.access, [decrypted(&hub, &row.access_token_enc)]);
    assert_eq!(live.refresh, [decrypted(&hub, &refresh)]);
}

#[tokio::test]
async fn nothing_secret_lies_readable_in_the_database() {
    let hub = connected().await;
    let session = hub.session_token("ada", serde_json::json!({})).await;
    let link = hub.connect_link("bob", GOOGLE).await;
    let browser = hub.browser();
    hub.lead_on(&browser, &link).await;
    let text = hub.rows.all_text().await;
    assert!(text.contains("gAAAAA") && text.contains("ada@example.com"));
    let mut secrets = hub.secrets();
    secrets.extend([session, link.rsplit('/').next().unwrap().to_owned()]);
    secrets.extend(browser.cookies().into_values());
    for secret in secrets {
        assert!(!text.contains(&secret));
    }
}

#[tokio::test]
async fn python_decrypts_the_stored_tokens_with_the_same_key() {
    let hub = connected().await;
    let row = hub.rows.tokens().await.remove(0);
    let script = "import sys\n\
                  try:\n    from cryptography.fernet import Fernet\n\
                  except ImportError:\n    sys.exit(77)\n\
                  key, token = sys.stdin.read().split()\n\
                  sys.stdout.buffer.write(Fernet(key).decrypt(token))";
    let python = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        eprintln!("left out: there is no python3");
        return;
    };
    // A python without the package ends without reading.
    let _ = write!(python.stdin.take().unwrap(), "{}\n{}", hub.fernet_keys, row.access_token_enc);
    let output = python.wait_with_output().unwrap();
    if output.status.code() == Some(77) {
        eprintln!("left out: python3 has no package cryptography");
        return;
    }
    assert!(output.status.success());
    let clear = String::from_utf8(output.stdout).unwrap();
    assert_eq!(hub.sandbox.google().live_tokens(ADA).access, [clear]);
}

#[tokio::test]
async fn tokens_that_python_encrypted_are_used() {
    // Python: Fernet(KEY).encrypt_at_time("ya29.fixture-tökén".encode(), 1700000000)
    const KEY: &str = "bW9ydGlzZSBmaXh0dXJlIGtleSwgMzIgYnl0ZXMgb2s=";
    const TOKEN: &str = "gAAAAABlU_EASW7BOnZBA_LA58hMlcQrszpXrSXkspoyJbFQxEC5hh6b6UxTbzyOo-sGndb\
                         elrqznru-6iqhv_yF_tD7axc7HEoH-0_zd5aLI2omtJbIl4s=";
    let hub = TestHub::options().fernet_keys(KEY).set(CACHE, "0").start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let sql = format!("UPDATE integration_tokens SET access_token_enc = '{TOKEN}'");
    hub.rows.execute(&sql).await;
    let answer = hub.token("ada", GOOGLE).await.expect(200);
    assert_eq!(answer.body["access_token"], "ya29.fixture-tökén");
}

/// A second hub on the same database, with other keys.
async fn with_keys(hub: &TestHub, keys: &str) -> TestHub {
    TestHub::options().database(hub.database_url()).fernet_keys(keys).start().await
}

#[tokio::test]
async fn a_new_first_key_leaves_old_tokens_readable() {
    let hub = connected().await;
    let keys = format!("{},{}", fernet::Fernet::generate_key(), hub.fernet_keys);
    let rotated = with_keys(&hub, &keys).await;
    let token = rotated.token("ada", GOOGLE).await.expect(200);
    assert_eq!(
        hub.sandbox.google().live_tokens(ADA).access,
        [token.body["access_token"].as_str().unwrap()]
    );
}

#[tokio::test]
async fn tokens_that_no_key_decrypts_are_an_error_that_can_be_disconnected_and_reconnected() {
    let hub = connected().await;
    let other = with_keys(&hub, &fernet::Fernet::generate_key()).await;
    let status = other.status("ada", GOOGLE).await;
    assert_eq!(status["status"], "error");
    assert!(status["last_error"].as_str().unwrap().contains("give the missing key back"));
    let answer = other.token("ada", GOOGLE).await;
    insta::assert_json_snapshot!(answer.problem(), @r#"
    {
      "code": "tokens-unreadable",
      "connect_url": "http://hub/api/integrations/google-calendar/connect",
      "detail": "The stored tokens of google_calendar cannot be read (no configured key fits): give the missing key back to the hub, or connect again.",
      "provider": "google_calendar",
      "request_id": "[request id]",
      "status": 409,
      "title": "The stored tokens cannot be read",
      "type": "urn:problem-type:mortise:tokens-unreadable"
    }
    "#);
    assert_eq!(other.as_user("ada").get(CALENDARS).await.refusal(), (409, "tokens-unreadable"));

    let path = "/api/integrations/google-calendar/disconnect";
    let ended = other.as_user("ada").post_nothing(path).await.expect(200);
    // The key may come back.
    assert_eq!(ended.body["vendor"], "pending");
    assert_eq!(other.status("ada", GOOGLE).await["status"], "revoked");
    assert_eq!(other.rows.count("integration_tokens").await, 0);
    assert_eq!(other.rows.count("pending_revocations").await, 1);

    other.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    assert_eq!(other.status("ada", GOOGLE).await["status"], "active");
    other.as_user("ada").get(CALENDARS).await.expect(200);
}

#[tokio::test]
async fn unreadable_tokens_can_be_replaced_by_connecting_alone() {
    let hub = connected().await;
    let other = with_keys(&hub, &fernet::Fernet::generate_key()).await;
    assert_eq!(other.status("ada", GOOGLE).await["status"], "error");
    other.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    assert_eq!(other.status("ada", GOOGLE).await["status"], "active");
}

#[tokio::test]
async fn a_key_that_is_given_back_makes_the_connection_work_again() {
    let hub = connected().await;
    let other = with_keys(&hub, &fernet::Fernet::generate_key()).await;
    assert_eq!(other.status("ada", GOOGLE).await["status"], "error");
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "active");
    hub.as_user("ada").get(CALENDARS).await.expect(200);
    assert_eq!(hub.rows.integrations().await[0].last_error, None);
}

#[tokio::test]
async fn a_damaged_row_is_an_error_and_no_panic() {
    let hub = TestHub::options().set(CACHE, "0").start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    for damaged in ["", "gAAAAA", "base64:c2VjcmV0", "ya29.clear"] {
        let sql = format!("UPDATE integration_tokens SET access_token_enc = '{damaged}'");
        hub.rows.execute(&sql).await;
        let answer = hub.token("ada", GOOGLE).await;
        assert_eq!(answer.refusal(), (409, "tokens-unreadable"));
        assert!(answer.body["detail"].as_str().unwrap().ends_with("let the user connect again."));
        let status = hub.status("ada", GOOGLE).await;
        assert_eq!(status["last_error"], "the stored tokens are damaged: connect again");
    }
}

#[tokio::test]
async fn damage_of_one_connection_leaves_the_users_others_working() {
    let hub = connected().await;
    hub.connect("ada", OUTLOOK, &Consent::of(ADA)).await;
    let whole = hub.rows.tokens().await.remove(0).refresh_token_enc.unwrap();
    let cut = &whole[..whole.len() / 2];
    let sql = format!(
        "UPDATE integration_tokens SET refresh_token_enc = '{cut}', expires_at = 1 \
         WHERE refresh_token_enc = '{whole}'"
    );
    hub.rows.execute(&sql).await;
    assert_eq!(hub.token("ada", GOOGLE).await.refusal(), (409, "tokens-unreadable"));
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "error");
    hub.token("ada", OUTLOOK).await.expect(200);
    // A damaged text cannot be mended by a key, a whole one can.
    let sql = format!(
        "UPDATE integration_tokens SET refresh_token_enc = '{whole}' \
         WHERE refresh_token_enc = '{cut}'"
    );
    hub.rows.execute(&sql).await;
    hub.token("ada", GOOGLE).await.expect(200);
}
