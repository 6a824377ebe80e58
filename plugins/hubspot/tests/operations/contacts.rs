use mortise_plugin_api::{
    ErrorKind, HttpAnswer, Value, json,
    testing::{ScriptedHost, json_answer},
};

use crate::support::{
    CONTACT, CREATE_CONTACT, KEY, body, error_body, failed_item, held_by_99, host, line, lines,
    object, only_request, upserted,
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

fn find() -> String {
    format!("GET /crm/v3/objects/contacts/ada%40example.org?idProperty=email&properties={CONTACT}")
}

/// A host of which HubSpot has no contact with the address so far.
fn without_contact() -> ScriptedHost {
    let host = host();
    host.answer_json(404, error_body("not_found"));
    host
}

#[test]
fn a_contact_whose_address_nobody_has_is_made_and_read_back() {
    let host = without_contact();
    host.answer_json(201, object("51", json!({})));
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
    assert_eq!(line(&requests[0]), find());
    assert_eq!(line(&requests[1]), CREATE_CONTACT);
    assert_eq!(body(&requests[1]), json!({"properties": properties_of_ada()}));
    assert_eq!(
        line(&requests[2]),
        format!(
            "GET /crm/v3/objects/contacts/51?properties={CONTACT},favourite_colour,nickname,\
             shoe_size,vip&archived=false"
        )
    );
}

#[test]
fn a_creation_sets_only_what_it_names() {
    let host = without_contact();
    host.answer_json(201, object("51", json!({})));
    host.answer_json(200, object("51", json!({})));
    let contact = json!({"email": " ada@example.org ", "address": {"city": "Berlin"}});
    host.call("crm.create_contact", create(contact)).unwrap();
    assert_eq!(
        body(&host.requests()[1]),
        json!({"properties": {"email": "ada@example.org", "city": "Berlin"}})
    );
}

#[test]
fn a_contact_that_is_there_already_is_taken_and_its_other_fields_stay() {
    let host = host();
    host.answer_json(200, object("51", json!({})));
    host.answer_json(200, object("51", json!({})));
    host.answer_json(200, object("51", json!({"firstname": "Ada", "phone": "1"})));
    let input = create(json!({"email": "ada@example.org", "first_name": "Ada"}));
    let contact = host.call("crm.create_contact", input).unwrap();
    assert_eq!((&contact["id"], &contact["phone"]), (&json!("51"), &json!("1")));
    let requests = host.requests();
    assert_eq!(line(&requests[0]), find());
    assert_eq!(line(&requests[1]), "PATCH /crm/v3/objects/contacts/51");
    assert_eq!(body(&requests[1]), json!({"properties": {"firstname": "Ada"}}));
}

#[test]
fn nothing_is_written_where_the_address_is_all_that_is_given() {
    let host = host();
    host.answer_json(200, object("51", json!({})));
    host.answer_json(200, object("51", json!({"email": "ada@example.org"})));
    let contact = host.call("crm.create_contact", create(json!({"email": "ada@example.org"})));
    assert_eq!(contact.unwrap()["id"], "51");
    assert!(host.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn a_contact_that_another_call_made_at_the_same_time_is_looked_up_and_taken() {
    let no_body = HttpAnswer { status: 409, ..HttpAnswer::default() };
    for refusal in [
        json_answer(409, &error_body("conflict")),
        json_answer(400, &error_body("conflict_of_400")),
        json_answer(400, &held_by_99("email")),
        no_body,
    ] {
        let host = without_contact();
        host.answer(refusal);
        for _ in 0..3 {
            host.answer_json(200, object("52", json!({})));
        }
        let input = create(json!({"email": "ada@example.org", "first_name": "Ada"}));
        assert_eq!(host.call("crm.create_contact", input).unwrap()["id"], "52");
        let lines = lines(&host);
        assert_eq!(lines[1..3], [CREATE_CONTACT.to_owned(), find()]);
        assert_eq!(lines[3], "PATCH /crm/v3/objects/contacts/52");
        assert_eq!(lines.len(), 5);
    }
}

#[test]
fn a_contact_that_shares_another_unique_value_is_not_taken() {
    let told = json!({
        "category": "CONFLICT",
        "message": "employee_no: Existing ID: 99",
        "errors": [{"message": "taken", "context": {"propertyName": ["employee_no"]}}],
    });
    let unnamed = json!({"message": "Cannot set this value on 12. 99 already has that value."});
    for (status, refusal, field) in [
        (409, told, "contact.extra.employee_no"),
        (400, held_by_99("employee_no"), "contact.extra.employee_no"),
        (400, unnamed, "contact"),
    ] {
        let host = without_contact();
        host.answer_json(status, refusal);
        host.answer_json(404, error_body("not_found"));
        let contact = json!({"email": "ada@example.org", "extra": {"employee_no": "7"}});
        let error = host.call("crm.create_contact", create(contact)).unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::Conflict, Some(field)));
        assert!(error.message.contains("99"), "{}", error.message);
        assert_eq!(lines(&host), [find(), CREATE_CONTACT.to_owned(), find()]);
    }
}

#[test]
fn a_unique_value_of_anothers_is_the_fault_of_its_own_field_in_an_update_too() {
    let host = host();
    host.answer_json(400, held_by_99("employee_no"));
    let draft = json!({"email": "ada@example.org", "extra": {"employee_no": "7"}});
    let error = host.call("crm.update_contact", update(draft)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert_eq!(error.field.as_deref(), Some("contact.extra.employee_no"));
    assert_eq!(
        error.message,
        "another contact, the one with the id 99, has this extra.employee_no at HubSpot already"
    );
}

/// What proxies and others answer with status 200.
const NO_ANSWERS: [&[u8]; 6] = [
    b"",
    b"<html>hello</html>",
    b"{}",
    br#"{"error": "invalid_grant", "error_description": "expired"}"#,
    br#"{"id": "", "properties": {}}"#,
    br#"{"id": "51", "error": "no"}"#,
];

#[test]
fn an_answer_that_is_no_contact_is_no_success() {
    let input = create(json!({"email": "ada@example.org", "first_name": "Ada"}));
    for no_answer in NO_ANSWERS {
        let answer =
            || HttpAnswer { status: 200, body: no_answer.to_vec(), ..HttpAnswer::default() };
        let said = String::from_utf8_lossy(no_answer);

        let found = host();
        found.answer(answer());
        let made = without_contact();
        made.answer(answer());
        let taken = host();
        taken.answer_json(200, object("51", json!({})));
        taken.answer(answer());
        for host in [found, made, taken] {
            let error = host.call("crm.create_contact", &input).unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadAnswer, "{said}");
            assert_eq!(host.unused_answers(), 0);
        }
        let updated = host();
        updated.answer(answer());
        let error = updated.call("crm.update_contact", update(json!({}))).unwrap_err();
        assert_eq!((error.kind, updated.requests().len()), (ErrorKind::BadAnswer, 1), "{said}");
    }
}

#[test]
fn an_upsert_that_names_no_contact_is_no_success() {
    let nothing = json!({"status": "COMPLETE", "results": []});
    let no_id = json!({"status": "COMPLETE", "results": [{"new": true, "properties": {}}]});
    for answer in [nothing, no_id, json!({}), json!({"id": "51"})] {
        let host = host();
        host.answer_json(200, answer.clone());
        let input = create(json!({"first_name": "Ada"}));
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
        if kind == ErrorKind::InvalidInput {
            host.answer_json(200, json!({"results": [{"name": "mortise_key"}]}));
        }
        let input = create(json!({"first_name": "Ada"}));
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
    let input = create(json!({"first_name": "Ada"}));
    assert_eq!(host.call("crm.create_contact", input).unwrap()["id"], "51");
}

#[test]
fn a_contact_that_may_be_written_but_not_read_is_answered_as_it_was_written() {
    let host = host();
    host.answer_json(403, error_body("missing_scopes"));
    host.answer_json(201, object("51", json!({"email": "ada@example.org"})));
    host.answer_json(403, error_body("missing_scopes"));
    let input = create(json!({"email": "ada@example.org"}));
    let contact = host.call("crm.create_contact", input).unwrap();
    assert_eq!((&contact["id"], &contact["email"]), (&json!("51"), &json!("ada@example.org")));
}

#[test]
fn a_read_back_that_fails_leaves_the_write_done() {
    let page = HttpAnswer { status: 200, body: b"<html>".to_vec(), ..HttpAnswer::default() };
    for answer in [
        json_answer(429, &error_body("ten_secondly")),
        json_answer(500, &error_body("internal")),
        page,
    ] {
        let made = without_contact();
        made.answer_json(201, object("51", json!({"firstname": "Ada"})));
        made.answer(answer.clone());
        let input = create(json!({"email": "ada@example.org", "first_name": "Ada"}));
        let contact = made.call("crm.create_contact", input).unwrap();
        assert_eq!((&contact["id"], &contact["first_name"]), (&json!("51"), &json!("Ada")));

        let updated = host();
        updated.answer_json(200, object("51", json!({"firstname": "Ada"})));
        updated.answer(answer);
        let contact = updated.call("crm.update_contact", update(json!({"first_name": "Ada"})));
        assert_eq!(contact.unwrap()["first_name"], "Ada");
    }
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
