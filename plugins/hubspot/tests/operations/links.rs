//! Which contacts a deal has: how they are looked up, linked and unlinked.

use mortise_plugin_api::{ErrorKind, HttpAnswer, Value, json};

use crate::{
    deals::{create, done, link, linked, unlink, update},
    support::{
        LINK, READ_CONTACTS, UNLINK, body, contacts, contacts_of_deal, deal, error_body,
        failed_item, host, line, lines, object, upserted,
    },
};

/// HubSpot's entry for objects that it does not have.
fn missing(ids: &[&str]) -> Value {
    let mut entry = error_body("not_found");
    entry["context"] = json!({"ids": ids});
    entry
}

#[test]
fn a_repeated_creation_only_makes_up_for_the_links_that_are_missing() {
    let host = host();
    host.answer_json(200, contacts(&["51", "52"]));
    host.answer_json(200, upserted("7", false));
    host.answer_json(200, contacts_of_deal(&[51], None));
    linked(&host);
    host.answer_json(200, deal("7", &["51", "52"]));
    let input = create(json!({"contacts": ["51", "52"]}));
    let deal = host.call("crm.create_deal", input).unwrap();
    assert_eq!(deal["contacts"], json!(["51", "52"]));
    let requests = host.requests();
    let listed = "GET /crm/v4/objects/deals/7/associations/contacts?limit=500";
    assert_eq!((line(&requests[2]).as_str(), line(&requests[3]).as_str()), (listed, LINK));
    assert_eq!(body(&requests[3]), link(&["52"]));
}

#[test]
fn no_deal_is_made_for_a_contact_that_is_not_there() {
    let mut told = failed_item(missing(&["999"]));
    told["results"] = contacts(&["51"])["results"].clone();
    let left_out = contacts(&["51"]);
    for (status, answer) in [(207, told), (200, left_out), (404, missing(&["999"]))] {
        let host = host();
        host.answer_json(status, answer);
        let input = create(json!({"contacts": ["51", "999"]}));
        let error = host.call("crm.create_deal", input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert_eq!(error.field.as_deref(), Some("deal.contacts"));
        let message = "HubSpot has no contact \"999\", or the account may not see it";
        assert_eq!(error.message, message);
        assert_eq!(lines(&host), [READ_CONTACTS]);
    }
}

#[test]
fn whoever_may_not_read_contacts_can_still_link_them() {
    let in_a_batch = failed_item(error_body("missing_scopes"));
    for (status, answer) in [(403, error_body("missing_scopes")), (207, in_a_batch)] {
        let host = host();
        host.answer_json(status, answer);
        host.answer_json(201, upserted("7", true));
        linked(&host);
        host.answer_json(200, deal("7", &["51"]));
        host.call("crm.create_deal", create(json!({"contacts": ["51"]}))).unwrap();
    }
}

#[test]
fn a_contact_that_goes_away_meanwhile_is_named() {
    let some = failed_item(missing(&["52"]));
    for (status, refusal) in [(404, missing(&["52"])), (200, some.clone()), (207, some)] {
        let host = host();
        host.answer_json(200, contacts(&["51", "52"]));
        host.answer_json(201, upserted("7", true));
        host.answer_json(status, refusal);
        let input = create(json!({"contacts": ["51", "52"]}));
        let error = host.call("crm.create_deal", input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert_eq!(error.field.as_deref(), Some("deal.contacts"));
        assert!(error.message.contains("\"52\""), "{}", error.message);
        assert!(!error.message.contains("\"51\""), "{}", error.message);
    }
}

#[test]
fn a_link_that_hubspot_refuses_is_the_fault_of_its_contact() {
    let entry = |category: &str| json!({"category": category, "message": "too many for 52", "context": {}, "errors": []});
    for (category, kind, field) in [
        ("VALIDATION_ERROR", ErrorKind::InvalidInput, Some("deal.contacts")),
        ("CONFLICT", ErrorKind::Conflict, Some("deal.contacts")),
        ("RATE_LIMITS", ErrorKind::RateLimited, None),
    ] {
        let host = host();
        host.answer_json(200, contacts(&["51", "52"]));
        host.answer_json(201, upserted("7", true));
        host.answer_json(207, failed_item(entry(category)));
        let input = create(json!({"contacts": ["51", "52"]}));
        let error = host.call("crm.create_deal", input).unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (kind, field));
        assert!(error.message.starts_with("contact \"52\": "), "{}", error.message);
    }
}

#[test]
fn an_answer_that_does_not_say_what_was_done_is_no_success() {
    for no_answer in ["", "<html>hello</html>", "{}", r#"{"error": "invalid_grant"}"#] {
        let bad = || HttpAnswer { status: 200, body: no_answer.into(), ..HttpAnswer::default() };
        let checked = host();
        checked.answer(bad());
        let linking = host();
        linking.answer_json(200, contacts(&["51"]));
        linking.answer_json(201, upserted("7", true));
        linking.answer(bad());
        for host in [checked, linking] {
            let input = create(json!({"contacts": ["51"]}));
            let error = host.call("crm.create_deal", input).unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadAnswer, "{no_answer}");
        }
        let unlinking = host();
        unlinking.answer_json(200, contacts_of_deal(&[51], None));
        unlinking.answer_json(200, object("7", json!({})));
        unlinking.answer(bad());
        let error = unlinking.call("crm.update_deal", update(json!({"contacts": []}))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer, "{no_answer}");
        let patched = host();
        patched.answer(bad());
        let error = patched.call("crm.update_deal", update(json!({}))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer, "{no_answer}");
    }
}

#[test]
fn an_update_replaces_the_contacts_by_the_difference() {
    let host = host();
    host.answer_json(200, contacts_of_deal(&[51, 52], Some("52")));
    host.answer_json(200, contacts_of_deal(&[53], None));
    host.answer_json(200, contacts(&["54"]));
    host.answer_json(200, object("7", json!({})));
    linked(&host);
    done(&host);
    host.answer_json(200, deal("7", &["52", "54"]));
    let input = update(json!({"contacts": ["52", "54"]}));
    let deal = host.call("crm.update_deal", input).unwrap();
    assert_eq!(deal["contacts"], json!(["52", "54"]));
    let requests = host.requests();
    let lines: Vec<_> = requests.iter().map(line).collect();
    assert_eq!(lines[2..6], [READ_CONTACTS, "PATCH /crm/v3/objects/deals/7", LINK, UNLINK]);
    assert_eq!(body(&requests[4]), link(&["54"]));
    assert_eq!(body(&requests[5]), unlink(&["51", "53"]));
}

#[test]
fn a_contact_that_is_gone_is_unlinked_already_and_the_others_are_unlinked() {
    let gone = host();
    gone.answer_json(200, contacts_of_deal(&[51, 52], None));
    gone.answer_json(200, object("7", json!({})));
    gone.answer_json(404, error_body("not_found"));
    gone.answer_json(404, error_body("not_found"));
    done(&gone);
    gone.answer_json(200, deal("7", &[]));
    gone.call("crm.update_deal", update(json!({"contacts": []}))).unwrap();
    assert_eq!(
        lines(&gone)[3..5],
        [
            "DELETE /crm/v4/objects/deals/7/associations/contacts/51",
            "DELETE /crm/v4/objects/deals/7/associations/contacts/52",
        ]
    );

    let told = host();
    told.answer_json(200, contacts_of_deal(&[51, 52], None));
    told.answer_json(200, object("7", json!({})));
    told.answer_json(207, failed_item(missing(&["51"])));
    told.answer_json(200, deal("7", &[]));
    told.call("crm.update_deal", update(json!({"contacts": []}))).unwrap();
}

#[test]
fn a_contact_without_id_is_refused_before_anything_is_sent() {
    let host = host();
    let error = host.call("crm.create_deal", create(json!({"contacts": [""]}))).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("deal.contacts"));
    assert!(host.requests().is_empty());
}

#[test]
fn many_contacts_take_few_requests() {
    let host = host();
    let ids: Vec<String> = (1..=250).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for some in ids.chunks(100) {
        host.answer_json(200, contacts(some));
    }
    host.answer_json(201, upserted("7", true));
    for _ in ids.chunks(100) {
        linked(&host);
    }
    host.answer_json(200, deal("7", &ids));
    let deal = host.call("crm.create_deal", create(json!({"contacts": ids}))).unwrap();
    assert_eq!(deal["contacts"].as_array().map(Vec::len), Some(250));
    let requests = host.requests();
    let of = |path: &str| requests.iter().filter(|sent| line(sent) == path).map(body).collect();
    let (read, linked): (Vec<_>, Vec<_>) = (of(READ_CONTACTS), of(LINK));
    let sizes = |sent: &[Value]| -> Vec<_> {
        sent.iter().map(|body| body["inputs"].as_array().map(Vec::len)).collect()
    };
    assert_eq!(sizes(&read), [Some(100), Some(100), Some(50)]);
    assert_eq!(linked, ids.chunks(100).map(link).collect::<Vec<_>>());
    assert_eq!(requests.len(), 8);
}
