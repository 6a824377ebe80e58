use mortise_plugin_api::{ErrorKind, Value, json};

use crate::support::{
    CONTACT, DEAL, KEY, deal, error_body, host, line, lines, object, only_request, with_settings,
};

fn read_contact(object: Value) -> Value {
    let host = host();
    host.answer_json(200, object);
    host.call("crm.get_contact", json!({"id": "51"})).unwrap()
}

fn read_deal(properties: Value) -> Result<Value, mortise_plugin_api::Error> {
    let host = host();
    host.answer_json(200, object("7", properties));
    host.call("crm.get_deal", json!({"id": "7"}))
}

#[test]
fn a_contact_is_read_with_the_properties_that_the_operator_and_the_caller_want() {
    let host = with_settings(json!({"contact_properties": ["favourite_colour", "email"]}));
    let properties = json!({
        "email": "ada@example.org",
        "favourite_colour": "teal",
        "hs_lead_status": "",
        "nickname": null,
    });
    host.answer_json(200, object("51", properties));
    let fields = ["hs_lead_status", "nickname", "favourite_colour", "lastname"];
    let input = json!({"id": "51", "fields": fields});
    let contact = host.call("crm.get_contact", input).unwrap();
    assert_eq!(
        contact["extra"],
        json!({"favourite_colour": "teal", "hs_lead_status": null, "nickname": null})
    );
    assert_eq!(
        line(&only_request(&host)),
        format!(
            "GET /crm/v3/objects/contacts/51?properties={CONTACT},favourite_colour,\
             hs_lead_status,nickname&archived=false"
        )
    );
}

#[test]
fn what_comes_by_itself_is_in_extra_only_where_it_is_asked_for() {
    assert_eq!(read_contact(object("51", json!({}))).get("extra"), None);
    let host = host();
    host.answer_json(200, object("51", json!({})));
    let input = json!({"id": "51", "fields": ["hs_object_id", "createdate"]});
    let contact = host.call("crm.get_contact", input).unwrap();
    let asked = json!({"hs_object_id": "51", "createdate": "2026-11-01T08:00:00Z"});
    assert_eq!(contact["extra"], asked);
}

#[test]
fn an_archived_object_is_found_in_a_second_look() {
    let host = host();
    let mut archived = object("51", json!({"email": "ada@example.org"}));
    archived["archived"] = json!(true);
    host.answer_json(404, error_body("not_found"));
    host.answer_json(200, archived);
    let contact = host.call("crm.get_contact", json!({"id": "51"})).unwrap();
    assert_eq!(contact["archived"], true);
    let lines = lines(&host);
    assert!(lines[0].ends_with("&archived=false"), "{lines:?}");
    assert!(lines[1].ends_with("&archived=true"), "{lines:?}");
}

#[test]
fn an_object_that_was_never_there_is_not_found() {
    let host = host();
    for operation in ["crm.get_contact", "crm.get_deal"] {
        host.answer_json(404, error_body("not_found"));
        host.answer_json(404, error_body("not_found"));
        let error = host.call(operation, json!({"id": "51"})).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
    }
}

#[test]
fn a_contact_is_found_by_its_address_without_a_search() {
    let host = host();
    host.answer_json(200, object("51", json!({"email": "ada+x@example.org"})));
    let input = json!({"email": " ada+x@example.org"});
    let found = host.call("crm.find_contact", input).unwrap();
    assert_eq!(found["contact"]["id"], "51");
    assert_eq!(
        line(&only_request(&host)),
        format!(
            "GET /crm/v3/objects/contacts/ada%2Bx%40example.org?idProperty=email&\
             properties={CONTACT}"
        )
    );
}

#[test]
fn an_address_that_nobody_has_is_no_error() {
    let host = host();
    host.answer_json(404, error_body("not_found"));
    let found = host.call("crm.find_contact", json!({"email": "ada@example.org"})).unwrap();
    assert_eq!(found, json!({}));
    let error = host.call("crm.find_contact", json!({"email": " "})).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("email"));
}

#[test]
fn fields_that_can_be_no_property_are_refused() {
    let host = host();
    for (operation, input) in [
        ("crm.get_contact", json!({"id": "51", "fields": ["a,b"]})),
        ("crm.list_deals", json!({"fields": [""]})),
    ] {
        let error = host.call(operation, input).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("fields"));
    }
    assert!(host.requests().is_empty());
}

#[test]
fn numbers_and_truth_values_are_taken_as_texts() {
    let mut contact = object("51", json!({"phone": 12345, "company": true, "vip": false}));
    contact["id"] = json!(51);
    let contact = read_contact(contact);
    assert_eq!(contact["id"], "51");
    assert_eq!((&contact["phone"], &contact["company"]), (&json!("12345"), &json!("true")));
    assert_eq!(contact["extra"], json!({"vip": false}));
}

#[test]
fn an_object_whose_times_cannot_be_understood_has_none() {
    let mut contact = object("51", json!({}));
    contact["createdAt"] = json!("yesterday");
    contact["updatedAt"] = json!(1_764_000_000_123_i64);
    let contact = read_contact(contact);
    assert_eq!(contact.get("created_at"), None);
    assert_eq!(contact["updated_at"], "2025-11-24T16:00:00.123Z");
}

#[test]
fn a_closing_date_is_read_in_each_of_hubspots_ways() {
    for (theirs, ours) in [
        (json!("2026-12-31T12:00:00Z"), Some("2026-12-31T12:00:00Z")),
        (json!("2026-12-31T13:00:00.000+01:00"), Some("2026-12-31T12:00:00Z")),
        (json!("1798718400000"), Some("2026-12-31T12:00:00Z")),
        (json!(1_798_718_400_000_i64), Some("2026-12-31T12:00:00Z")),
        (json!("2026-12-31"), Some("2026-12-31T00:00:00Z")),
        (json!("-1000"), Some("1969-12-31T23:59:59Z")),
        (json!(""), None),
        (json!(null), None),
    ] {
        let deal = read_deal(json!({"closedate": theirs.clone()})).unwrap();
        assert_eq!(deal.get("closes_at").and_then(Value::as_str), ours, "{theirs}");
    }
    for nonsense in [json!("soon"), json!("2026-13-01"), json!("99999999999999999999"), json!([])] {
        let error = read_deal(json!({"closedate": nonsense})).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer);
        assert!(error.message.contains("deal 7"), "{}", error.message);
        assert!(error.message.contains("`closedate`"), "{}", error.message);
    }
}

#[test]
fn a_deal_is_read_with_its_contacts_each_once() {
    let host = with_settings(json!({"deal_properties": ["insurer"]}));
    host.answer_json(200, deal("7", &["51", "52", "51"]));
    let deal = host.call("crm.get_deal", json!({"id": "7"})).unwrap();
    assert_eq!(deal["contacts"], json!(["51", "52"]));
    assert_eq!(
        line(&only_request(&host)),
        format!(
            "GET /crm/v3/objects/deals/7?properties={DEAL},insurer&associations=contacts&\
             archived=false"
        )
    );
}

#[test]
fn a_deal_without_contacts_has_an_empty_list() {
    assert_eq!(read_deal(json!({})).unwrap()["contacts"], json!([]));
}

#[test]
fn whoever_may_see_deals_alone_sees_them_without_contacts() {
    let host = host();
    host.answer_json(403, error_body("missing_scopes"));
    host.answer_json(200, object("7", json!({"dealname": "New teeth"})));
    let deal = host.call("crm.get_deal", json!({"id": "7"})).unwrap();
    assert_eq!((&deal["name"], deal.get("contacts")), (&json!("New teeth"), None));
    assert_eq!(
        lines(&host)[1],
        format!("GET /crm/v3/objects/deals/7?properties={DEAL}&archived=false")
    );

    host.answer_json(403, error_body("missing_scopes"));
    host.answer_json(200, json!({"results": [object("7", json!({}))]}));
    let page = host.call("crm.list_deals", json!({})).unwrap();
    assert_eq!(page["deals"][0].get("contacts"), None);

    for operation in ["crm.get_deal", "crm.list_deals"] {
        host.answer_json(403, error_body("missing_scopes"));
        host.answer_json(403, error_body("missing_scopes"));
        let error = host.call(operation, json!({"id": "7"})).unwrap_err();
        assert_eq!(error.kind, ErrorKind::MissingScope);
    }
}

#[test]
fn contacts_beyond_the_first_page_of_a_deal_are_read_too() {
    let host = host();
    let mut first = deal("7", &["51"]);
    first["associations"]["contacts"]["paging"] = json!({"next": {"after": "51", "link": "x"}});
    host.answer_json(200, first);
    host.answer_json(200, crate::support::contacts_of_deal(&[51, 52], Some("52")));
    host.answer_json(200, crate::support::contacts_of_deal(&[53], None));
    let deal = host.call("crm.get_deal", json!({"id": "7"})).unwrap();
    assert_eq!(deal["contacts"], json!(["51", "52", "53"]));
    assert_eq!(
        lines(&host)[1..],
        [
            "GET /crm/v4/objects/deals/7/associations/contacts?limit=500",
            "GET /crm/v4/objects/deals/7/associations/contacts?limit=500&after=52",
        ]
    );
}

#[test]
fn an_object_that_is_none_is_a_bad_answer() {
    let host = host();
    for answer in [
        json!({"id": "51"}),
        json!({"id": "", "properties": {}}),
        json!({"properties": {"email": "s3cret-marker"}}),
        json!({"id": "51", "properties": {"email": {"value": "s3cret-marker"}}}),
        json!({"id": "51", "properties": "s3cret-marker"}),
    ] {
        host.answer_json(200, answer.clone());
        let error = host.call("crm.get_contact", json!({"id": "51"})).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer, "{answer}");
        assert!(!error.message.contains("s3cret-marker"), "{}", error.message);
    }
}

#[test]
fn a_creation_s_key_stands_for_the_object_that_was_made_with_it() {
    let host = host();
    host.answer_json(200, object("7", json!({"mortise_key": KEY})));
    host.answer_json(200, deal("7", &["51"]));
    let deal = host.call("crm.get_deal", json!({"id": KEY})).unwrap();
    assert_eq!((&deal["id"], &deal["contacts"]), (&json!("7"), &json!(["51"])));
    let lines = lines(&host);
    let by_key = format!("GET /crm/v3/objects/deals/{KEY}?idProperty=mortise_key&");
    assert!(lines[0].starts_with(&by_key), "{lines:?}");
    assert!(lines[1].starts_with("GET /crm/v3/objects/deals/7?"), "{lines:?}");
}

#[test]
fn a_key_that_no_object_has_is_not_found() {
    let host = host();
    host.answer_json(404, error_body("not_found"));
    let error = host.call("crm.get_contact", json!({"id": KEY})).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(host.requests().len(), 1);
}
