use mortise_plugin_api::{ErrorKind, HttpAnswer, Value, json, testing::ScriptedHost};

use crate::support::{
    DEAL, KEY, LINK, READ_CONTACTS, UNLINK, UPSERT_DEAL, batch, body, contacts, contacts_of_deal,
    deal, error_body, held_by_99, host, line, lines, object, upserted,
};

pub fn create(more: Value) -> Value {
    json!({"key": KEY, "deal": draft(more)})
}

pub fn update(more: Value) -> Value {
    json!({"id": "7", "deal": draft(more)})
}

fn draft(more: Value) -> Value {
    let mut draft = json!({"name": "New teeth"});
    let (Value::Object(fields), Value::Object(more)) = (&mut draft, more) else {
        panic!("more fields are an object")
    };
    fields.extend(more);
    draft
}

pub fn done(host: &ScriptedHost) {
    host.answer(HttpAnswer { status: 204, ..HttpAnswer::default() });
}

pub fn linked(host: &ScriptedHost) {
    host.answer_json(200, batch(vec![]));
}

/// The body that links contacts to the deal 7.
pub fn link(contacts: &[&str]) -> Value {
    let pair = |id: &&str| json!({"from": {"id": "7"}, "to": {"id": id}});
    json!({"inputs": contacts.iter().map(pair).collect::<Vec<_>>()})
}

/// The body that ends such links.
pub fn unlink(contacts: &[&str]) -> Value {
    let to: Vec<_> = contacts.iter().map(|id| json!({"id": id})).collect();
    json!({"inputs": [{"from": {"id": "7"}, "to": to}]})
}

#[test]
fn a_deal_is_upserted_by_its_key_and_linked_to_its_contacts() {
    let host = host();
    host.answer_json(200, contacts(&["51", "52"]));
    host.answer_json(201, upserted("7", true));
    linked(&host);
    let mut made = deal("7", &["51", "52"]);
    let properties = json!({
        "dealname": "New teeth",
        "amount": "1250.50",
        "deal_currency_code": "EUR",
        "pipeline": "default",
        "dealstage": "appointmentscheduled",
        "closedate": "2026-12-31T12:00:00.000Z",
        "description": "Two of them 🦷",
        "hubspot_owner_id": "901",
        "insurer": "AOK",
    });
    made["properties"] = properties.clone();
    host.answer_json(200, made);
    let draft = json!({
        "amount": "1250.50",
        "currency": "EUR",
        "pipeline": "default",
        "stage": "appointmentscheduled",
        "closes_at": "2026-12-31T13:00:00+01:00",
        "description": "Two of them 🦷",
        "owner_id": "901",
        "contacts": ["51", "52", "51"],
        "extra": {"insurer": "AOK"},
    });
    let deal = host.call("crm.create_deal", create(draft)).unwrap();
    assert_eq!(
        deal,
        json!({
            "id": "7",
            "name": "New teeth",
            "amount": "1250.50",
            "currency": "EUR",
            "pipeline": "default",
            "stage": "appointmentscheduled",
            "closes_at": "2026-12-31T12:00:00Z",
            "description": "Two of them 🦷",
            "owner_id": "901",
            "contacts": ["51", "52"],
            "archived": false,
            "created_at": "2026-11-01T08:00:00Z",
            "updated_at": "2026-11-02T09:30:00.250Z",
            "extra": {"insurer": "AOK"},
        })
    );

    let requests = host.requests();
    let mut sent = properties;
    sent["mortise_key"] = json!(KEY);
    assert_eq!(
        body(&requests[0]),
        json!({
            "inputs": [{"id": "51"}, {"id": "52"}], "properties": [], "propertiesWithHistory": [],
        })
    );
    assert_eq!(
        body(&requests[1]),
        json!({"inputs": [{"idProperty": "mortise_key", "id": KEY, "properties": sent}]})
    );
    assert_eq!(body(&requests[2]), link(&["51", "52"]));
    let lines: Vec<_> = requests.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            READ_CONTACTS.to_owned(),
            UPSERT_DEAL.to_owned(),
            LINK.to_owned(),
            format!(
                "GET /crm/v3/objects/deals/7?properties={DEAL},insurer&associations=contacts&\
                 archived=false"
            ),
        ]
    );
}

#[test]
fn a_draft_without_contacts_leaves_them_and_an_empty_list_removes_them() {
    let host = host();
    host.answer_json(200, object("7", json!({})));
    host.answer_json(200, deal("7", &["51"]));
    let kept = host.call("crm.update_deal", update(json!({}))).unwrap();
    assert_eq!(kept["contacts"], json!(["51"]));
    assert_eq!(lines(&host).len(), 2);

    host.answer_json(200, contacts_of_deal(&[51], None));
    host.answer_json(200, object("7", json!({})));
    done(&host);
    host.answer_json(200, deal("7", &[]));
    let cleared = host.call("crm.update_deal", update(json!({"contacts": []}))).unwrap();
    assert_eq!(cleared["contacts"], json!([]));
    let requests = host.requests();
    assert_eq!(line(&requests[2]), UNLINK);
    assert_eq!(body(&requests[2]), unlink(&["51"]));
}

#[test]
fn an_update_clears_what_the_draft_does_not_have_but_pipeline_and_stage() {
    let host = host();
    host.answer_json(200, object("7", json!({})));
    host.answer_json(200, deal("7", &[]));
    host.call("crm.update_deal", update(json!({"extra": {"insurer": null}}))).unwrap();
    assert_eq!(
        body(&host.requests()[0]),
        json!({"properties": {
            "dealname": "New teeth",
            "amount": "", "deal_currency_code": "", "closedate": "", "description": "",
            "hubspot_owner_id": "", "insurer": "",
        }})
    );
}

#[test]
fn a_missing_deal_cannot_be_updated() {
    let host = host();
    for contacts in [json!(null), json!(["51"])] {
        host.answer_json(404, error_body("not_found"));
        let input = update(json!({"contacts": contacts}));
        let error = host.call("crm.update_deal", input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
    }
}

#[test]
fn a_deal_that_may_be_written_but_not_read_is_answered_as_it_was_written() {
    let host = host();
    host.answer_json(403, error_body("missing_scopes"));
    host.answer_json(200, upserted("7", true));
    linked(&host);
    host.answer_json(403, error_body("missing_scopes"));
    host.answer_json(403, error_body("missing_scopes"));
    let input = create(json!({"contacts": ["51"]}));
    let deal = host.call("crm.create_deal", input).unwrap();
    assert_eq!((&deal["id"], &deal["contacts"]), (&json!("7"), &json!(["51"])));
}

#[test]
fn a_deal_that_shares_a_unique_value_is_not_taken() {
    let looked_up =
        format!("GET /crm/v3/objects/deals/{KEY}?idProperty=mortise_key&properties={DEAL}");
    for (refusal, extra, field) in [
        (held_by_99("order_no"), json!({"order_no": "7", "x": "y"}), "deal.extra.order_no"),
        (error_body("conflict_of_400"), json!({"order_no": "7"}), "deal.extra.order_no"),
        (error_body("conflict_of_400"), json!({"order_no": "7", "x": "y"}), "deal"),
    ] {
        let host = host();
        host.answer_json(400, refusal);
        host.answer_json(404, error_body("not_found"));
        let error = host.call("crm.create_deal", create(json!({"extra": extra}))).unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::Conflict, Some(field)));
        assert_eq!(lines(&host)[1..], [looked_up.as_str()]);
    }
}

#[test]
fn a_key_that_a_deal_out_of_sight_has_is_spent() {
    for (status, refusal) in [(409, error_body("conflict")), (400, held_by_99("mortise_key"))] {
        let host = host();
        host.answer_json(status, refusal);
        host.answer_json(404, error_body("not_found"));
        let error = host.call("crm.create_deal", create(json!({}))).unwrap_err();
        assert_eq!((error.kind, error.field), (ErrorKind::Conflict, None));
    }
}

#[test]
fn a_deal_that_another_attempt_made_at_the_same_time_is_taken() {
    let host = host();
    host.answer_json(409, error_body("conflict"));
    host.answer_json(200, object("7", json!({})));
    host.answer_json(200, object("7", json!({})));
    host.answer_json(200, deal("7", &[]));
    assert_eq!(host.call("crm.create_deal", create(json!({}))).unwrap()["id"], "7");
    assert_eq!(lines(&host)[2], "PATCH /crm/v3/objects/deals/7");
}

#[test]
fn a_read_back_that_fails_leaves_the_write_done() {
    let made = host();
    made.answer_json(200, contacts(&["51"]));
    made.answer_json(201, upserted("7", true));
    linked(&made);
    made.answer_json(429, error_body("ten_secondly"));
    let deal = made.call("crm.create_deal", create(json!({"contacts": ["51"]}))).unwrap();
    assert_eq!((&deal["id"], &deal["contacts"]), (&json!("7"), &json!(["51"])));

    let updated = host();
    updated.answer_json(200, object("7", json!({"dealname": "New teeth"})));
    updated.answer_json(500, error_body("internal"));
    let deal = updated.call("crm.update_deal", update(json!({}))).unwrap();
    assert_eq!(deal["name"], "New teeth");
}

#[test]
fn deleting_archives_and_may_be_repeated() {
    let host = host();
    for _ in 0..2 {
        done(&host);
        host.call("crm.delete_deal", json!({"id": "7"})).unwrap();
    }
    assert_eq!(lines(&host), ["DELETE /crm/v3/objects/deals/7"; 2]);
}
