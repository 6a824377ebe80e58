use mortise_plugin_api::{Error, ErrorKind, Value, json};

use crate::support::{KEY, embedded_unknown, error_body, failed_item, host, lines};

fn create_contact(extra: Value, answers: &[(u16, Value)]) -> Error {
    let host = host();
    host.answer_json(404, error_body("not_found"));
    for (status, body) in answers {
        host.answer_json(*status, body.clone());
    }
    let contact = json!({"email": "ada@example.org", "extra": extra});
    let input = json!({"key": KEY, "contact": contact});
    let error = host.call("crm.create_contact", input).unwrap_err();
    assert_eq!(host.unused_answers(), 0);
    error
}

/// HubSpot's ways to say that there is no property `shoe_size`.
fn unknown_shoe_size() -> [Value; 6] {
    let embedded = embedded_unknown("shoe_size");
    [
        json!({"category": "VALIDATION_ERROR", "message": embedded}),
        json!({
            "category": "VALIDATION_ERROR",
            "message": "Property values were not valid",
            "errors": [{
                "message": "Property does not exist",
                "code": "PROPERTY_DOESNT_EXIST",
                "context": {"propertyName": ["shoe_size"]},
            }],
        }),
        json!({"category": "VALIDATION_ERROR", "message": "Property \"shoe_size\" does not exist"}),
        json!({"message": "property 'shoe_size' doesn't exist"}),
        json!({"errors": [{"message": "Unknown property: shoe_size"}]}),
        json!({"context": {"properties": "shoe_size"}, "message": "does not exist"}),
    ]
}

#[test]
fn a_property_that_hubspot_does_not_know_is_named() {
    for body in unknown_shoe_size() {
        let error = create_contact(json!({"shoe_size": "42"}), &[(400, body.clone())]);
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{body}");
        assert_eq!(error.field.as_deref(), Some("contact.extra.shoe_size"), "{body}");
        assert_eq!(
            error.message,
            "HubSpot has no contact property shoe_size: make it there, or leave it out"
        );
    }
}

#[test]
fn a_property_that_a_batch_does_not_know_is_named() {
    let host = host();
    let mut entry = unknown_shoe_size()[1].clone();
    entry["status"] = json!("error");
    host.answer_json(207, failed_item(entry));
    let input = json!({"key": KEY, "contact": {"extra": {"shoe_size": "42"}}});
    let error = host.call("crm.create_contact", input).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("contact.extra.shoe_size"));
}

#[test]
fn an_unknown_property_is_named_for_an_update_and_for_deals_too() {
    let host = host();
    let extra = json!({"shoe_size": 42});
    for (operation, word) in [("crm.update_contact", "contact"), ("crm.update_deal", "deal")] {
        host.answer_json(400, unknown_shoe_size()[0].clone());
        let input = json!({"id": "1", word: {"name": "x", "extra": extra.clone()}});
        let error = host.call(operation, input).unwrap_err();
        let field = format!("{word}.extra.shoe_size");
        assert_eq!(error.field.as_deref(), Some(field.as_str()));
    }
}

#[test]
fn where_hubspot_does_not_say_which_its_list_of_properties_tells() {
    let vague = json!({"category": "VALIDATION_ERROR", "message": "Invalid input JSON"});
    let known = json!({"results": [{"name": "email"}, {"name": "teal"}, {"label": "broken"}]});
    let extra = json!({"shoe_size": "42", "teal": "x"});
    let error = create_contact(extra, &[(400, vague.clone()), (200, known.clone())]);
    assert_eq!(error.field.as_deref(), Some("contact.extra.shoe_size"));

    let error = create_contact(json!({"teal": "x"}), &[(400, vague.clone()), (200, known)]);
    assert_eq!((error.kind, error.field), (ErrorKind::InvalidInput, None));

    let error = create_contact(json!({"teal": "x"}), &[(400, vague), (500, json!({}))]);
    assert_eq!((error.kind, error.field), (ErrorKind::InvalidInput, None));
}

#[test]
fn the_list_is_not_read_where_nothing_can_be_unknown() {
    let vague = json!({"category": "VALIDATION_ERROR", "message": "Invalid input JSON"});
    let error = create_contact(json!({}), &[(400, vague)]);
    assert_eq!((error.kind, error.field), (ErrorKind::InvalidInput, None));
    let other = json!({"category": "SOMETHING_ELSE", "message": "Invalid input JSON"});
    let error = create_contact(json!({"shoe_size": "42"}), &[(400, other)]);
    assert_eq!((error.kind, error.field), (ErrorKind::InvalidInput, None));
}

#[test]
fn a_value_that_hubspot_does_not_take_is_the_models_field() {
    let invalid = |code: &str, name: &str| {
        let list = json!([{"isValid": false, "message": "no", "error": code, "name": name}]);
        let message = format!("Property values were not valid: {list}");
        json!({"status": "error", "category": "VALIDATION_ERROR", "message": message})
    };
    let cases = [
        ("contact", "email", "contact.email"),
        ("contact", "zip", "contact.address.postal_code"),
        ("contact", "hubspot_owner_id", "contact.owner_id"),
        ("deal", "dealstage", "deal.stage"),
        ("deal", "amount", "deal.amount"),
        ("deal", "closedate", "deal.closes_at"),
        ("deal", "deal_currency_code", "deal.currency"),
    ];
    for (word, property, field) in cases {
        let host = host();
        host.answer_json(400, invalid("INVALID_OPTION", property));
        let draft = json!({
            "email": "nonsense", "name": "x", "stage": "nowhere", "amount": "much",
            "closes_at": "2026-12-31T12:00:00Z",
        });
        let input = json!({"id": "1", word: draft});
        let error = host.call(&format!("crm.update_{word}"), input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert_eq!(error.field.as_deref(), Some(field));
        let message = format!("HubSpot does not take this value for its property {property}");
        assert_eq!(error.message, message);
    }
}

#[test]
fn a_name_that_was_not_sent_is_not_blamed() {
    let body = json!({
        "category": "VALIDATION_ERROR",
        "message": "Property \"nothing_of_ours\" does not exist",
        "errors": [{"message": "no", "in": "inputs", "context": {"propertyName": ["other"]}}],
    });
    let error = create_contact(json!({}), &[(400, body)]);
    assert_eq!((error.kind, error.field), (ErrorKind::InvalidInput, None));
}

#[test]
fn the_models_own_properties_are_not_set_through_extra() {
    let host = host();
    for (operation, word, name, field) in [
        ("crm.update_contact", "contact", "firstname", "contact.first_name"),
        ("crm.update_contact", "contact", "zip", "contact.address.postal_code"),
        ("crm.update_deal", "deal", "dealname", "deal.name"),
        ("crm.update_deal", "deal", "closedate", "deal.closes_at"),
    ] {
        let input = json!({"id": "1", word: {"name": "x", "extra": {name: "y"}}});
        let error = host.call(operation, input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert_eq!(error.field, Some(format!("{word}.extra.{name}")));
        assert!(error.message.ends_with(&format!("set {field} instead")), "{}", error.message);
    }
    assert!(host.requests().is_empty());
}

#[test]
fn values_and_names_that_hubspot_cannot_have_are_refused_before_anything_is_sent() {
    let host = host();
    for (name, value) in [
        ("colours", json!(["teal"])),
        ("colours", json!({"first": "teal"})),
        ("", json!("x")),
        ("a,b", json!("x")),
        ("a b", json!("x")),
        ("mortise_key", json!("x")),
    ] {
        let input =
            json!({"key": KEY, "contact": {"email": "a@b.example", "extra": {name: value}}});
        let error = host.call("crm.create_contact", input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{name}");
        assert_eq!(error.field, Some(format!("contact.extra.{name}")));
    }
    let closes_at = "+12026-12-31T12:00:00Z";
    let input = json!({"key": KEY, "deal": {"name": "x", "closes_at": closes_at}});
    let error = host.call("crm.create_deal", input).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert!(lines(&host).is_empty());
}

#[test]
fn of_several_faults_the_property_that_is_not_there_comes_first() {
    let errors = json!([
        {"message": "bad", "code": "INVALID_EMAIL", "context": {"propertyName": ["email"]}},
        {"message": "no", "code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["shoe_size"]}},
    ]);
    let body = json!({"category": "VALIDATION_ERROR", "errors": errors});
    let error = create_contact(json!({"shoe_size": "42"}), &[(400, body)]);
    assert_eq!(error.field.as_deref(), Some("contact.extra.shoe_size"));
}
