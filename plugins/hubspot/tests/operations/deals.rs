use mortise_plugin_api::{ErrorKind, HttpAnswer, Value, json, testing::ScriptedHost};

use crate::support::{
    DEAL, KEY, UPSERT_DEAL, body, contacts_of_deal, deal, error_body, failed_item, host, line,
    lines, object, upserted,
};

fn create(more: Value) -> Value {
    json!({"key": KEY, "deal": draft(more)})
}

fn update(more: Value) -> Value {
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

fn done(host: &ScriptedHost) {
    host.answer(HttpAnswer { status: 204, ..HttpAnswer::default() });
}

fn linked(host: &ScriptedHost) {
    host.answer_json(200, json!({"status": "COMPLETE", "results": []}));
}

#[test]
fn a_deal_is_upserted_by_its_key_and_linked_to_its_contacts() {
    let host = host();
    host.answer_json(200, object("51", json!({})));
    host.answer_json(200, object("52", json!({})));
    host.answer_json(201, upserted("7", true));
    linked(&host);
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
        body(&requests[2]),
        json!({"inputs": [{"idProperty": "mortise_key", "id": KEY, "properties": sent}]})
    );
    let lines: Vec<_> = requests.iter().map(line).collect();
    let link = "PUT /crm/v4/objects/deals/7/associations/default/contacts";
    assert_eq!(
        lines,
        [
            "GET /crm/v3/objects/contacts/51?archived=false".to_owned(),
            "GET /crm/v3/objects/contacts/52?archived=false".to_owned(),
            UPSERT_DEAL.to_owned(),
            format!("{link}/51"),
            format!("{link}/52"),
            format!(
                "GET /crm/v3/objects/deals/7?properties={DEAL},insurer&associations=contacts&\
                 archived=false"
            ),
        ]
    );
}

#[test]
fn a_repeated_creation_only_makes_up_for_the_links_that_are_missing() {
    let host = host();
    host.answer_json(200, object("51", json!({})));
    host.answer_json(200, object("52", json!({})));
    host.answer_json(200, upserted("7", false));
    host.answer_json(200, contacts_of_deal(&[51], None));
    linked(&host);
    host.answer_json(200, deal("7", &["51", "52"]));
    let input = create(json!({"contacts": ["51", "52"]}));
    let deal = host.call("crm.create_deal", input).unwrap();
    assert_eq!(deal["contacts"], json!(["51", "52"]));
    assert_eq!(
        lines(&host)[3..5],
        [
            "GET /crm/v4/objects/deals/7/associations/contacts?limit=500",
            "PUT /crm/v4/objects/deals/7/associations/default/contacts/52",
        ]
    );
}

#[test]
fn no_deal_is_made_for_a_contact_that_is_not_there() {
    let host = host();
    host.answer_json(200, object("51", json!({})));
    host.answer_json(404, error_body("not_found"));
    let input = create(json!({"contacts": ["51", "999"]}));
    let error = host.call("crm.create_deal", input).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert_eq!(error.field.as_deref(), Some("deal.contacts"));
    assert!(error.message.contains("999"), "{}", error.message);
    assert!(lines(&host).iter().all(|line| line.starts_with("GET ")));
}

#[test]
fn whoever_may_not_read_contacts_can_still_link_them() {
    let host = host();
    host.answer_json(403, error_body("missing_scopes"));
    host.answer_json(201, upserted("7", true));
    linked(&host);
    host.answer_json(200, deal("7", &["51"]));
    host.call("crm.create_deal", create(json!({"contacts": ["51"]}))).unwrap();
}

#[test]
fn a_contact_that_goes_away_meanwhile_is_named() {
    let refusals = [(404, error_body("not_found")), (200, failed_item(error_body("not_found")))];
    for (status, refusal) in refusals {
        let host = host();
        host.answer_json(200, object("51", json!({})));
        host.answer_json(201, upserted("7", true));
        host.answer_json(status, refusal);
        let input = create(json!({"contacts": ["51"]}));
        let error = host.call("crm.create_deal", input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert_eq!(error.field.as_deref(), Some("deal.contacts"));
    }
}

#[test]
fn an_update_replaces_the_contacts_by_the_difference() {
    let host = host();
    host.answer_json(200, contacts_of_deal(&[51, 52], Some("52")));
    host.answer_json(200, contacts_of_deal(&[53], None));
    host.answer_json(200, object("54", json!({})));
    host.answer_json(200, object("7", json!({})));
    linked(&host);
    done(&host);
    host.answer_json(404, error_body("not_found"));
    host.answer_json(200, deal("7", &["52", "54"]));
    let input = update(json!({"contacts": ["52", "54"]}));
    let deal = host.call("crm.update_deal", input).unwrap();
    assert_eq!(deal["contacts"], json!(["52", "54"]));
    let lines = lines(&host);
    assert_eq!(
        lines[2..7],
        [
            "GET /crm/v3/objects/contacts/54?archived=false",
            "PATCH /crm/v3/objects/deals/7",
            "PUT /crm/v4/objects/deals/7/associations/default/contacts/54",
            "DELETE /crm/v4/objects/deals/7/associations/contacts/51",
            "DELETE /crm/v4/objects/deals/7/associations/contacts/53",
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
    assert_eq!(lines(&host)[2], "DELETE /crm/v4/objects/deals/7/associations/contacts/51");
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
    let host = host();
    host.answer_json(409, error_body("conflict"));
    host.answer_json(404, error_body("not_found"));
    let error = host.call("crm.create_deal", create(json!({}))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert_eq!(error.field, None);
    let looked_up =
        format!("GET /crm/v3/objects/deals/{KEY}?idProperty=mortise_key&properties={DEAL}");
    assert_eq!(lines(&host)[1..], [looked_up]);
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
fn a_contact_without_id_is_refused_before_anything_is_sent() {
    let host = host();
    let error = host.call("crm.create_deal", create(json!({"contacts": [""]}))).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("deal.contacts"));
    assert!(host.requests().is_empty());
}

#[test]
fn many_contacts_are_linked_some_at_a_time() {
    let host = host();
    let ids: Vec<String> = (1..=45).map(|id| id.to_string()).collect();
    for id in &ids {
        host.answer_json(200, object(id, json!({})));
    }
    host.answer_json(201, upserted("7", true));
    for _ in &ids {
        linked(&host);
    }
    host.answer_json(200, deal("7", &ids.iter().map(String::as_str).collect::<Vec<_>>()));
    let deal = host.call("crm.create_deal", create(json!({"contacts": ids}))).unwrap();
    assert_eq!(deal["contacts"].as_array().map(Vec::len), Some(45));
    assert_eq!(host.unused_answers(), 0);
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
