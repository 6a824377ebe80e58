//! What the vendor does wrong, on every address.

use mortise_tests::{ADA, Answer, Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{
    CONTACTS, CUSTOMER, Connected, DEALS, QUOTE, ada, connected, connected_with, customer,
    impatient, quote, refused, teeth,
};

/// What the vendor can do wrong, and what the hub says of it.
const FAILURES: [(FaultKind, u16, &str); 7] = [
    (FaultKind::TooManyRequests, 503, "vendor-rate-limited"),
    (FaultKind::InternalError, 503, "vendor-unavailable"),
    (FaultKind::Unavailable, 503, "vendor-unavailable"),
    (FaultKind::Cut, 503, "vendor-unavailable"),
    (FaultKind::HugeBody, 502, "vendor-bad-answer"),
    (FaultKind::BadJson, 502, "vendor-bad-answer"),
    (FaultKind::Slow, 504, "vendor-timeout"),
];

/// A call of each address, for a customer and a quote that are linked already, and for others.
pub fn calls() -> Vec<(&'static str, &'static str, Option<Value>)> {
    vec![
        ("GET", CONTACTS, None),
        ("POST", CONTACTS, Some(customer("1", json!({"email": "one@example.org"})))),
        ("GET", CUSTOMER, None),
        ("PUT", CUSTOMER, Some(json!({"contact": ada()}))),
        ("DELETE", CUSTOMER, None),
        ("GET", DEALS, None),
        ("POST", DEALS, Some(quote("1", teeth()))),
        ("GET", QUOTE, None),
        ("PUT", QUOTE, Some(json!({"deal": teeth()}))),
        ("DELETE", QUOTE, None),
    ]
}

async fn each(hub: &Connected, mut check: impl FnMut(&str, Answer)) {
    for (method, path, body) in calls() {
        let answer = hub.user.send(method, path, body).await;
        check(&format!("{method} {path}: {}", answer.text), answer);
    }
}

#[tokio::test]
async fn a_failing_vendor_is_told_as_such_everywhere() {
    for (kind, status, code) in FAILURES {
        let hub = impatient().await;
        hub.made_contact().await;
        hub.made_deal().await;
        hub.vendor().set_fault(Fault::on("/crm/", kind));
        each(&hub, |said, answer| {
            // An archived object needs no answer that makes sense.
            if answer.status == 204 {
                assert!(said.starts_with("DELETE") && status == 502, "{kind:?}: {said}");
                return;
            }
            assert_eq!(answer.refusal(), (status, code), "{kind:?}: {said}");
            assert_eq!(answer.body["provider"], "hubspot");
            assert_eq!(answer.header("retry-after").is_empty(), status != 503);
        })
        .await;
    }
}

#[tokio::test]
async fn a_wait_that_the_vendor_asks_for_is_passed_on() {
    let hub = connected().await;
    hub.made_contact().await;
    let fault = Fault::on("/crm/", FaultKind::TooManyRequests).retry_after(7.0);
    hub.vendor().set_fault(fault);
    each(&hub, |said, answer| {
        let there = answer.status != 404;
        assert!(!there || answer.header("retry-after") == "7", "{said}");
    })
    .await;
}

#[tokio::test]
async fn what_the_user_did_not_permit_is_refused_before_the_vendor_is_asked() {
    let hub = connected_with(&["oauth", "crm.objects.contacts.read"]).await;
    let asked = |hub: &Connected| {
        let requests = hub.vendor().requests().into_iter();
        requests.filter(|request| request.path.starts_with("/crm/")).count()
    };
    let before = asked(&hub);
    for (path, body) in [(CONTACTS, customer("42", ada())), (DEALS, quote("7", teeth()))] {
        let problem = refused(&hub.post(path, &body).await, 403, "missing-scope");
        let scope = format!("crm.objects.{}.write", path.trim_start_matches("/api/crm/"));
        assert_eq!(problem["scopes"], json!([scope]));
    }
    refused(&hub.user.get(DEALS).await, 403, "missing-scope");
    assert_eq!((asked(&hub), hub.links().await), (before, 0));
    hub.user.get(CONTACTS).await.expect(200);
}

#[tokio::test]
async fn a_grant_that_is_over_asks_for_a_new_consent_everywhere() {
    let hub = connected().await;
    hub.made_contact().await;
    hub.made_deal().await;
    hub.vendor().revoke_grants(ADA);
    each(&hub, |said, answer| {
        assert_eq!(answer.refusal(), (409, "needs-reauth"), "{said}");
        assert!(answer.body["connect_url"].is_string(), "{said}");
    })
    .await;
    assert_eq!(hub.links().await, 2);
}

#[tokio::test]
async fn a_user_who_never_connected_is_led_to_it() {
    let hub = connected().await;
    let bob = hub.hub.as_user("bob");
    for (method, path, body) in calls() {
        let answer = bob.send(method, path, body).await;
        let expected = match path {
            CONTACTS | DEALS => (409, "not-connected"),
            _ => (404, "not-linked"),
        };
        assert_eq!(answer.refusal(), expected, "{method} {path}: {}", answer.text);
    }
}
