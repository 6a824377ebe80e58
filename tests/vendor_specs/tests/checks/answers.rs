use mortise_plugin_api::{Value, json};
use mortise_vendor_specs::{Spec, google_calendar, hubspot, microsoft_graph};
use rstest::rstest;

const EVENT: &str = "/calendars/primary/events/e1";
const CONTACT: &str = "/crm/v3/objects/contacts/1";

#[track_caller]
fn passes(spec: &Spec, method: &str, path: &str, status: u16, body: &Value) {
    spec.check_answer(method, path, status, body.to_string().as_bytes()).unwrap();
}

#[track_caller]
fn fails(spec: &Spec, method: &str, path: &str, status: u16, body: &[u8], fault: &str) {
    let said = spec.check_answer(method, path, status, body).unwrap_err();
    let subject = format!("answer {status} to {method} {path}: ");
    assert!(said.starts_with(&subject) && said.contains(fault), "{said}");
}

#[rstest]
#[case(google_calendar(), EVENT, 200, json!({
    "kind": "calendar#event",
    "id": "e1",
    "workingLocationProperties": {"homeOffice": {"anything": 1}},
    "extendedProperties": {"private": {"ticket": "42"}},
}))]
#[case(google_calendar(), EVENT, 404, json!({"error": {
    "code": 404,
    "message": "Not Found",
    "errors": [{"domain": "global", "reason": "notFound", "message": "Not Found"}],
}}))]
#[case(microsoft_graph(), "/me/events/e1", 200, json!({
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users('a')/events/$entity",
    "@odata.etag": "W/\"x\"",
    "id": "e1",
    "subject": null,
    "body": {"contentType": "html", "content": ""},
    "start": {"dateTime": "2026-12-01T10:00:00.0000000", "timeZone": "UTC"},
    "attachments": [{"@odata.type": "#microsoft.graph.fileAttachment", "contentBytes": "AA=="}],
    "attachments@odata.context": "https://graph.microsoft.com/v1.0/$metadata#attachments",
}))]
#[case(microsoft_graph(), "/me/events", 418, json!({"error": {"code": "c", "message": "m"}}))]
#[case(hubspot(), CONTACT, 200, json!({
    "id": "1",
    "properties": {"email": "ada@example.org", "phone": null},
    "createdAt": "2026-12-01T10:00:00.000Z",
    "updatedAt": "2026-12-01T10:00:00.000Z",
    "archived": false,
}))]
fn an_answer_that_is_described_passes(
    #[case] spec: &Spec,
    #[case] path: &str,
    #[case] status: u16,
    #[case] body: Value,
) {
    passes(spec, "GET", path, status, &body);
}

#[rstest]
#[case(google_calendar(), EVENT, 200, json!({"id": "e1", "title": "x"}), "'title'")]
#[case(google_calendar(), EVENT, 200, json!({"id": 1}), "/id")]
#[case(google_calendar(), EVENT, 200, json!({"summary": null}), "/summary")]
#[case(google_calendar(), EVENT, 200, json!({"created": "yesterday"}), "/created")]
#[case(google_calendar(), EVENT, 201, json!({"id": "e1"}), "no such answer")]
#[case(google_calendar(), EVENT, 404, json!({}), "error")]
#[case(google_calendar(), "/calendars/primary/event", 200, json!({}), "no such path")]
#[case(microsoft_graph(), "/me/events/e1", 200, json!({"summary": "x"}), "'summary'")]
#[case(microsoft_graph(), "/me/events/e1", 200, json!({"start": {"date": "x"}}), "/start")]
#[case(microsoft_graph(), "/me/events", 200, json!({"value": [{"titel": "x"}]}), "/value/0")]
#[case(microsoft_graph(), "/me/events", 200, json!({"@odata.count": 0}), "\"value\"")]
#[case(microsoft_graph(), "/me/events", 418, json!({"error": "x"}), "/error")]
#[case(hubspot(), CONTACT, 200, json!({"id": "1", "properties": {}}), "createdAt")]
fn an_answer_that_is_not_described_fails(
    #[case] spec: &Spec,
    #[case] path: &str,
    #[case] status: u16,
    #[case] body: Value,
    #[case] fault: &str,
) {
    fails(spec, "GET", path, status, body.to_string().as_bytes(), fault);
}

#[test]
fn a_deletion_is_answered_without_body() {
    google_calendar().check_answer("DELETE", EVENT, 204, b"").unwrap();
    fails(google_calendar(), "DELETE", EVENT, 204, b"{}", "has no body");
}

#[test]
fn a_body_that_is_no_json_fails() {
    fails(google_calendar(), "GET", EVENT, 200, b"<html>", "no JSON");
    fails(google_calendar(), "GET", EVENT, 200, b"", "no JSON");
}
