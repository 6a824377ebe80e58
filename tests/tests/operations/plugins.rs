//! `GET /api/plugins`

use std::{env::consts, fs};

use mortise_tests::{ADA, Consent, GOOGLE, TestHub, plugin_file};
use serde_json::{Value, json};

#[tokio::test]
async fn it_lists_the_plugins_that_serve() {
    let hub = TestHub::start().await;
    let answer = hub.backend().get("/api/plugins").await.expect(200);
    let items = answer.body["items"].as_array().unwrap();
    let names: Vec<_> = items.iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["google_calendar", "hubspot", "outlook"]);
    for item in items {
        assert_eq!(item["state"], "loaded");
        assert_eq!(item["providers"], json!([item["name"]]));
        assert_eq!(item["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(item["trust"], "any");
        assert_eq!(item["reason"], Value::Null);
        assert_eq!(item["sha256"].as_str().unwrap().len(), 64);
    }
}

#[tokio::test]
async fn a_key_is_needed_and_a_session_is_not_enough() {
    let hub = TestHub::start().await;
    assert_eq!(hub.anonymous().get("/api/plugins").await.refusal(), (401, "unauthenticated"));
    let session = hub.session_for("ada").await.get("/api/plugins").await;
    insta::assert_json_snapshot!(session.problem(), @r#"
    {
      "code": "forbidden",
      "detail": "This needs an API key; a session is not enough. Call from the backend, with a key that has the right.",
      "request_id": "[request id]",
      "status": 403,
      "title": "Not allowed",
      "type": "urn:problem-type:mortise:forbidden"
    }
    "#);
}

#[tokio::test]
async fn a_refused_plugin_is_listed_with_its_reason_and_the_others_serve() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| format!("{}{name}{}", consts::DLL_PREFIX, consts::DLL_SUFFIX);
    fs::copy(plugin_file("google_calendar"), folder.path().join(file("google_calendar"))).unwrap();
    fs::write(folder.path().join(file("hubspot")), "this is no library").unwrap();
    fs::write(folder.path().join(file("extra")), "nor is this").unwrap();
    let hub = TestHub::options().plugin_folder(folder.path()).start().await;

    let answer = hub.backend().get("/api/plugins").await.expect(200);
    let item = |name: &str| {
        let items = answer.body["items"].as_array().unwrap();
        items.iter().find(|item| item["name"] == name).unwrap().clone()
    };
    assert_eq!(item("google_calendar")["state"], "loaded");
    assert_eq!(item("extra")["state"], "unused");
    for (name, file) in [("hubspot", json!(file("hubspot"))), ("outlook", Value::Null)] {
        let item = item(name);
        assert_eq!((&item["state"], &item["file"]), (&json!("refused"), &file));
        let reason = item["reason"].as_str().unwrap();
        assert!(!reason.is_empty() && !reason.contains('\n'), "{reason}");
    }

    let list = hub.as_user("ada").get("/api/integrations").await.expect(200);
    assert_eq!(list.body["items"].as_array().unwrap().len(), 1);
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let refused = hub.as_user("ada").get("/api/integrations/hubspot/status").await;
    insta::assert_json_snapshot!(refused.problem(), @r#"
    {
      "code": "provider-unavailable",
      "detail": "The plugin of hubspot could not be loaded. GET /api/plugins says why; the operator has to mend it.",
      "provider": "hubspot",
      "request_id": "[request id]",
      "status": 503,
      "title": "The provider does not serve",
      "type": "urn:problem-type:mortise:provider-unavailable"
    }
    "#);
    let ready = hub.anonymous().get("/readyz").await.expect(200);
    assert_eq!(ready.body["refused_providers"], json!(["hubspot", "outlook"]));
}
