use mortise_plugin_api::{ErrorKind, HttpAnswer, Value, json};

use crate::support::{
    CONTACT, KEY, UPSERT_CONTACT, body, error_body, failed_item, host, line, lines, object,
    only_request, upserted,
};

fn create(contact: Value) -> Value {
    json!({"key": KEY, "contact": contact})
}

fn update(contact: Value) -> Value {
    json!({"id": "51", "contact": contact})
}

/// Every field of the model, and one of HubSpot's own.
fn ada() -> Value {
    json!({
        "email": "ada@example.org",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone": "+49 30 1234",
        "mobile_phone": "+49 170 1234",
        "company": "Analytical Engines",
        "job_title": "Countess",
        "website": "https://ada.example.org",
        "address": {
            "street": "Main St 1",
            "city": "Berlin",
            "region": "BE",
            "postal_code": "10115",
            "country": "Germany",
        },
        "owner_id": "901",
        "extra": {"favourite_colour": "teal", "shoe_size": 42, "vip": true, "nickname": null},
    })
}

/// The same as HubSpot's properties.
fn properties_of_ada() -> Value {
    json!({
        "email": "ada@example.org",
        "firstname": "Ada",
        "lastname": "Lovelace",
        "phone": "+49 30 1234",
        "mobilephone": "+49 170 1234",
        "company": "Analytical Engines",
        "jobtitle": "Countess",
        "website": "https://ada.example.org",
        "address": "Main St 1",
        "city": "Berlin",
        "state": "BE",
        "zip": "10115",
        "country": "Germany",
        "hubspot_owner_id": "901",
        "favourite_colour": "teal",
        "shoe_size": "42",
        "vip": "true",
        "nickname": "",
    })
}

#[test]
fn a_contact_with_an_address_is_upserted_by_it_and_read_back() {
    let host = host();
    host.answer_json(200, upserted("51", true));
    host.answer_json(200, object("51", properties_of_ada()));
    let contact = host.call("crm.create_contact", create(ada())).unwrap();

    let mut expected = ada();
    expected["extra"] = json!({
        "favourite_colour": "teal", "shoe_size": "42", "vip": "true", "nickname": null,
    });
    expected["id"] = json!("51");
    expected["archived"] = json!(false);
    expected["created_at"] = json!("2026-11-01T08:00:00Z");
    expected["updated_at"] = json!("2026-11-02T09:30:00.250Z");
    assert_eq!(contact, expected);

    let requests = host.requests();
    assert_eq!(line(&requests[0]), UPSERT_CONTACT);
    assert_eq!(
        body(&requests[0]),
        json!({"inputs": [{
            "idProperty": "email",
            "id": "ada@example.org",
            "properties": properties_of_ada(),
        }]})
    );
    assert_eq!(
        line(&requests[1]),
        format!(
            "GET /crm/v3/objects/contacts/51?properties={CONTACT},favourite_colour,nickname,\
             shoe_size,vip&archived=false"
        )
    );
}

#[test]
fn a_creation_sets_only_what_it_names() {
    let host = host();
    host.answer_json(201, upserted("51", true));
    host.answer_json(200, object("51", json!({})));
    let contact = json!({"email": " ada@example.org ", "address": {"city": "Berlin"}});
    host.call("crm.create_contact", create(contact)).unwrap();
    assert_eq!(
        body(&host.requests()[0])["inputs"][0],
        json!({
            "idProperty": "email",
            "id": "ada@example.org",
            "properties": {"email": "ada@example.org", "city": "Berlin"},
        })
    );
}

#[test]
fn a_repeated_creation_answers_with_the_first_contact() {
    let host = host();
    let input = create(json!({"email": "ada@example.org"}));
    for new in [true, false] {
        host.answer_json(200, upserted("51", new));
        host.answer_json(200, object("51", json!({"email": "ada@example.org"})));
        let contact = host.call("crm.create_contact", &input).unwrap();
        assert_eq!(contact["id"], "51");
        let lines = lines(&host);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[0], UPSERT_CONTACT);
    }
}

#[test]
fn a_contact_that_is_there_already_is_taken_and_the_others_fields_stay() {
    let told_elsewhere = json!({
        "category": "CONFLICT",
        "errors": [{"message": "taken", "context": {"existingObjectId": ["51"]}}],
    });
    let in_a_batch = failed_item(error_body("conflict"));
    for (status, refusal) in
        [(409, error_body("conflict")), (409, told_elsewhere), (207, in_a_batch)]
    {
        let host = host();
        host.answer_json(status, refusal);
        host.answer_json(200, object("51", json!({})));
        host.answer_json(200, object("51", json!({"firstname": "Ada", "phone": "1"})));
        let input = create(json!({"email": "ada@example.org", "first_name": "Ada"}));
        let contact = host.call("crm.create_contact", input).unwrap();
        assert_eq!((&contact["id"], &contact["phone"]), (&json!("51"), &json!("1")));
        let requests = host.requests();
        assert_eq!(line(&requests[1]), "PATCH /crm/v3/objects/contacts/51");
        assert_eq!(
            body(&requests[1]),
            json!({"properties": {"email": "ada@example.org", "firstname": "Ada"}})
        );
    }
}

#[test]
fn a_conflict_that_does_not_tell_with_whom_is_looked_up() {
    let host = host();
    host.answer(HttpAnswer { status: 409, ..HttpAnswer::default() });
    host.answer_json(200, object("51", json!({})));
    host.answer_json(200, object("51", json!({})));
    host.answer_json(200, object("51", json!({})));
    let input = create(json!({"email": "ada@example.org"}));
    assert_eq!(host.call("crm.create_contact", input).unwrap()["id"], "51");
    let lines = lines(&host);
    let found = format!(
        "GET /crm/v3/objects/contacts/ada%40example.org?idProperty=email&properties={CONTACT}"
    );
    assert_eq!(lines[1], found);
    assert_eq!(lines[2], "PATCH /crm/v3/objects/contacts/51");
}

#[test]
fn a_contact_that_shares_another_unique_value_is_not_taken() {
    let host = host();
    host.answer_json(
        409,
        json!({
            "category": "CONFLICT",
            "message": "customer_no: Existing ID: 77",
            "errors": [{"message": "taken", "context": {"propertyName": ["customer_no"]}}],
        }),
    );
    host.answer_json(404, error_body("not_found"));
    let contact = json!({"email": "ada@example.org", "extra": {"customer_no": "8"}});
    let error = host.call("crm.create_contact", create(contact)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert_eq!(error.field.as_deref(), Some("contact.extra.customer_no"));
    assert!(error.message.contains("77"), "{}", error.message);
    assert!(host.requests().iter().all(|request| request.method != "PATCH"));
}

#[test]
fn an_answer_that_names_no_contact_is_a_bad_answer() {
    let nothing = json!({"status": "COMPLETE", "results": []});
    let no_id = json!({"status": "COMPLETE", "results": [{"new": true, "properties": {}}]});
    for answer in [nothing, no_id, json!({}), json!({"id": "51"})] {
        let host = host();
        host.answer_json(200, answer.clone());
        let input = create(json!({"email": "ada@example.org"}));
        let error = host.call("crm.create_contact", input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer, "{answer}");
        assert_eq!(host.requests().len(), 1);
    }
}

#[test]
fn an_item_that_failed_has_the_kind_of_its_category() {
    for (category, kind) in [
        ("VALIDATION_ERROR", ErrorKind::InvalidInput),
        ("OBJECT_NOT_FOUND", ErrorKind::NotFound),
        ("MISSING_SCOPES", ErrorKind::MissingScope),
        ("EXPIRED_AUTHENTICATION", ErrorKind::Unauthorized),
        ("RATE_LIMITS", ErrorKind::RateLimited),
        ("INTERNAL_ERROR", ErrorKind::Unavailable),
        ("SOMETHING_NEW", ErrorKind::BadAnswer),
    ] {
        let host = host();
        host.answer_json(207, failed_item(json!({"category": category, "message": "no"})));
        let input = create(json!({"email": "ada@example.org"}));
        let error = host.call("crm.create_contact", input).unwrap_err();
        assert_eq!(error.kind, kind, "{category}");
        assert_eq!(error.vendor_code.as_deref(), Some(category));
    }
}

#[test]
fn an_item_beside_errors_counts() {
    let host = host();
    let mut answer = upserted("51", false);
    answer["errors"] = json!([{"category": "VALIDATION_ERROR", "message": "another one"}]);
    host.answer_json(207, answer);
    host.answer_json(200, object("51", json!({})));
    let input = create(json!({"email": "ada@example.org"}));
    assert_eq!(host.call("crm.create_contact", input).unwrap()["id"], "51");
}

#[test]
fn a_contact_that_may_be_written_but_not_read_is_answered_as_it_was_written() {
    let host = host();
    let mut written = upserted("51", true);
    written["results"][0]["properties"]["email"] = json!("ada@example.org");
    host.answer_json(200, written);
    host.answer_json(403, error_body("missing_scopes"));
    let input = create(json!({"email": "ada@example.org"}));
    let contact = host.call("crm.create_contact", input).unwrap();
    assert_eq!((&contact["id"], &contact["email"]), (&json!("51"), &json!("ada@example.org")));
}

#[test]
fn a_read_back_that_fails_for_now_fails_the_creation_so_that_it_is_repeated() {
    let host = host();
    host.answer_json(200, upserted("51", true));
    host.answer_json(429, error_body("ten_secondly"));
    let input = create(json!({"email": "ada@example.org"}));
    let error = host.call("crm.create_contact", input).unwrap_err();
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(10.0)));
}

#[test]
fn an_update_clears_what_the_draft_does_not_have_and_leaves_hubspots_own_alone() {
    let host = host();
    host.answer_json(200, object("51", json!({})));
    host.answer_json(200, object("51", json!({"email": "ada@example.org", "phone": ""})));
    let draft = json!({"email": "ada@example.org", "extra": {"nickname": null}});
    let contact = host.call("crm.update_contact", update(draft)).unwrap();
    assert_eq!(contact.get("phone"), None);
    assert_eq!(contact.get("address"), None);

    let requests = host.requests();
    assert_eq!(line(&requests[0]), "PATCH /crm/v3/objects/contacts/51");
    assert_eq!(
        body(&requests[0]),
        json!({"properties": {
            "email": "ada@example.org",
            "firstname": "", "lastname": "", "phone": "", "mobilephone": "", "company": "",
            "jobtitle": "", "website": "", "address": "", "city": "", "state": "", "zip": "",
            "country": "", "hubspot_owner_id": "", "nickname": "",
        }})
    );
}

#[test]
fn an_address_that_another_contact_has_is_a_conflict_that_names_it() {
    for (status, name) in [(409, "conflict"), (400, "conflict_of_400"), (400, "unique_value")] {
        let host = host();
        host.answer_json(status, error_body(name));
        let input = update(json!({"email": "grace@example.org"}));
        let error = host.call("crm.update_contact", input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict, "{name}");
        assert_eq!(error.field.as_deref(), Some("contact.email"), "{name}");
        assert_eq!(
            error.message,
            "another contact, the one with the id 51, has this email at HubSpot already"
        );
        assert_eq!(host.requests().len(), 1);
    }
}

#[test]
fn a_missing_contact_cannot_be_updated() {
    let host = host();
    host.answer_json(404, error_body("not_found"));
    let error = host.call("crm.update_contact", update(json!({}))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[test]
fn deleting_archives_and_may_be_repeated() {
    let host = host();
    for _ in 0..2 {
        host.answer(HttpAnswer { status: 204, ..HttpAnswer::default() });
        host.call("crm.delete_contact", json!({"id": "5/1"})).unwrap();
        assert_eq!(line(&only_request(&host)), "DELETE /crm/v3/objects/contacts/5%2F1");
    }
    host.answer_json(404, error_body("not_found"));
    let error = host.call("crm.delete_contact", json!({"id": "51"})).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[test]
fn an_empty_id_is_not_the_list() {
    let host = host();
    for (operation, input) in [
        ("crm.get_contact", json!({"id": ""})),
        ("crm.delete_contact", json!({"id": ""})),
        ("crm.update_contact", json!({"id": "", "contact": {}})),
        ("crm.get_deal", json!({"id": ""})),
        ("crm.delete_deal", json!({"id": ""})),
        ("crm.update_deal", json!({"id": "", "deal": {"name": "x", "contacts": []}})),
    ] {
        let error = host.call(operation, input).unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::InvalidInput, Some("id")));
    }
    assert!(host.requests().is_empty());
}
