use mortise_plugin_api::{Error, ErrorKind, Value, json, testing::ScriptedHost};

use crate::support::{
    KEY, UPSERT_CONTACT, UPSERT_DEAL, body, deal, embedded_unknown, error_body, failed_item, host,
    line, lines, object, upserted, with_settings,
};

/// HubSpot's ways to say that it does not know the property by which to find an object.
fn unknown_key() -> [Value; 5] {
    let embedded = embedded_unknown("mortise_key");
    [
        json!({"category": "VALIDATION_ERROR", "message": embedded}),
        json!({
            "category": "VALIDATION_ERROR",
            "errors": [{"message": "no", "context": {"propertyName": ["mortise_key"]}}],
        }),
        json!({"message": "Property 'mortise_key' does not exist"}),
        json!({
            "category": "VALIDATION_ERROR",
            "message": "idProperty is no unique property: mortise_key",
            "errors": [{"message": "not unique", "in": "mortise_key"}],
        }),
        json!({
            "category": "VALIDATION_ERROR",
            "message": "mortise_key is not a property with unique values",
        }),
    ]
}

fn new_deal() -> Value {
    json!({"key": KEY, "deal": {"name": "New teeth"}})
}

fn create_deal(host: &ScriptedHost) -> Error {
    host.call("crm.create_deal", new_deal()).unwrap_err()
}

#[test]
fn a_contact_without_address_is_upserted_by_its_key() {
    let host = host();
    for email in [json!(null), json!(""), json!("  ")] {
        host.answer_json(200, upserted("51", true));
        host.answer_json(200, object("51", json!({"firstname": "Ada", "mortise_key": KEY})));
        let input = json!({"key": KEY, "contact": {"first_name": "Ada", "email": email}});
        let contact = host.call("crm.create_contact", input).unwrap();
        assert_eq!(contact["first_name"], "Ada");
        assert_eq!(contact.get("extra"), None, "the key is the hub's own");
        let requests = host.requests();
        assert_eq!(line(&requests[0]), UPSERT_CONTACT);
        assert_eq!(
            body(&requests[0]),
            json!({"inputs": [{
                "idProperty": "mortise_key",
                "id": KEY,
                "properties": {"firstname": "Ada", "mortise_key": KEY},
            }]})
        );
    }
}

#[test]
fn the_key_property_is_made_when_hubspot_does_not_know_it() {
    for refusal in unknown_key() {
        for (status, answer) in [(400, refusal.clone()), (207, in_batch(refusal))] {
            let host = host();
            host.answer_json(status, answer);
            host.answer_json(201, json!({"name": "mortise_key"}));
            host.answer_json(201, upserted("7", true));
            host.answer_json(200, deal("7", &[]));
            assert_eq!(host.call("crm.create_deal", new_deal()).unwrap()["id"], "7");

            let requests = host.requests();
            assert_eq!(line(&requests[1]), "POST /crm/v3/properties/deals");
            let property = body(&requests[1]);
            assert_eq!(property["name"], "mortise_key");
            assert_eq!(property["groupName"], "dealinformation");
            assert_eq!(property["type"], "string");
            assert_eq!(property["fieldType"], "text");
            assert_eq!(property["hasUniqueValue"], true);
            assert_eq!(requests[2], requests[0]);
        }
    }
}

/// A 400's body as the one error of a 207.
fn in_batch(mut refusal: Value) -> Value {
    refusal["category"] = json!("VALIDATION_ERROR");
    failed_item(refusal)
}

#[test]
fn contacts_get_theirs_in_the_contacts_own_group() {
    let host = host();
    host.answer_json(400, unknown_key()[0].clone());
    host.answer_json(201, json!({"name": "mortise_key"}));
    host.answer_json(201, upserted("51", true));
    host.answer_json(200, object("51", json!({})));
    let input = json!({"key": KEY, "contact": {"first_name": "Ada"}});
    host.call("crm.create_contact", input).unwrap();
    let requests = host.requests();
    assert_eq!(line(&requests[1]), "POST /crm/v3/properties/contacts");
    assert_eq!(body(&requests[1])["groupName"], "contactinformation");
}

#[test]
fn a_property_that_somebody_made_meanwhile_will_do() {
    let host = host();
    host.answer_json(400, unknown_key()[0].clone());
    host.answer_json(409, error_body("conflict"));
    host.answer_json(200, upserted("7", true));
    host.answer_json(200, deal("7", &[]));
    host.call("crm.create_deal", new_deal()).unwrap();
}

#[test]
fn where_hubspot_names_no_property_its_list_tells_whether_the_key_is_missing() {
    let host = host();
    host.answer_json(400, json!({"category": "VALIDATION_ERROR", "message": "Invalid input"}));
    host.answer_json(200, json!({"results": [{"name": "dealname"}]}));
    host.answer_json(201, json!({"name": "mortise_key"}));
    host.answer_json(201, upserted("7", true));
    host.answer_json(200, deal("7", &[]));
    host.call("crm.create_deal", new_deal()).unwrap();
    let lines = lines(&host);
    assert_eq!(lines[1..3], ["GET /crm/v3/properties/deals", "POST /crm/v3/properties/deals"]);
    assert_eq!(lines[3], UPSERT_DEAL);
}

#[test]
fn without_the_permission_to_make_it_the_message_says_what_to_do() {
    for (status, body, kind) in [
        (403, error_body("missing_scopes"), ErrorKind::MissingScope),
        (403, json!({}), ErrorKind::Forbidden),
    ] {
        let host = host();
        host.answer_json(400, unknown_key()[0].clone());
        host.answer_json(status, body);
        let error = create_deal(&host);
        assert_eq!(error.kind, kind);
        for word in ["crm.schemas.deals.write", "unique values", "mortise_key", "key_property"] {
            assert!(error.message.contains(word), "{}", error.message);
        }
        assert_eq!(host.requests().len(), 2);
    }
}

#[test]
fn a_property_without_unique_values_is_reported_as_a_setting_to_change() {
    for refusal in &unknown_key()[3..] {
        let host = host();
        host.answer_json(400, refusal.clone());
        host.answer_json(409, error_body("conflict"));
        host.answer_json(400, refusal.clone());
        host.answer_json(200, json!({"name": "mortise_key", "hasUniqueValue": false}));
        let error = create_deal(&host);
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert_eq!(error.field.as_deref(), Some("settings.key_property"));
        assert!(error.message.contains("does not have unique values"), "{}", error.message);
        assert_eq!(lines(&host)[3..], ["GET /crm/v3/properties/deals/mortise_key"]);
    }
}

#[test]
fn a_property_that_another_call_makes_at_the_same_time_is_waited_for() {
    for (status, property) in [
        (200, json!({"name": "mortise_key", "hasUniqueValue": true})),
        (404, error_body("not_found")),
        (429, error_body("ten_secondly")),
    ] {
        let host = host();
        host.answer_json(400, unknown_key()[0].clone());
        host.answer_json(409, error_body("conflict"));
        host.answer_json(400, unknown_key()[0].clone());
        host.answer_json(status, property);
        let error = create_deal(&host);
        assert_eq!((error.kind, error.field), (ErrorKind::Unavailable, None));
        assert_eq!(host.unused_answers(), 0);
    }
}

#[test]
fn a_new_property_that_hubspot_has_not_taken_up_yet_is_waited_for() {
    let host = host();
    host.answer_json(400, unknown_key()[0].clone());
    host.answer_json(201, json!({"name": "mortise_key"}));
    host.answer_json(400, unknown_key()[0].clone());
    let error = create_deal(&host);
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert!(error.message.contains("mortise_key"), "{}", error.message);
}

#[test]
fn what_else_is_wrong_with_the_draft_is_told_after_the_key_is_there() {
    let host = host();
    host.answer_json(400, unknown_key()[0].clone());
    host.answer_json(201, json!({"name": "mortise_key"}));
    let stage = json!({
        "category": "VALIDATION_ERROR",
        "errors": [{"message": "no such stage", "context": {"propertyName": ["dealstage"]}}],
    });
    host.answer_json(400, stage);
    let input = json!({"key": KEY, "deal": {"name": "New teeth", "stage": "nowhere"}});
    let error = host.call("crm.create_deal", input).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("deal.stage"));
}

#[test]
fn making_it_may_fail_for_now() {
    let host = host();
    host.answer_json(400, unknown_key()[0].clone());
    host.answer_json(429, error_body("ten_secondly"));
    assert_eq!(create_deal(&host).kind, ErrorKind::RateLimited);
}

#[test]
fn the_operator_may_name_another_property() {
    let host = with_settings(json!({"key_property": "hub_key"}));
    host.answer_json(200, upserted("7", true));
    host.answer_json(200, deal("7", &[]));
    host.call("crm.create_deal", new_deal()).unwrap();
    assert_eq!(body(&host.requests()[0])["inputs"][0]["idProperty"], "hub_key");
}

#[test]
fn another_property_that_hubspot_names_is_at_fault_before_a_mere_mention_of_the_key() {
    let host = host();
    let refusal = json!({
        "category": "VALIDATION_ERROR",
        "message": "could not write mortise_key, amount",
        "errors": [{"message": "no number", "context": {"propertyName": ["amount"]}}],
    });
    host.answer_json(400, refusal);
    let input = json!({"key": KEY, "deal": {"name": "New teeth", "amount": "much"}});
    let error = host.call("crm.create_deal", input).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("deal.amount"));
    assert_eq!(host.requests().len(), 1);
}
