use mortise_plugin_api::{HttpRequest, Value, json};
use mortise_vendor_specs::{Spec, google_calendar, hubspot, microsoft_graph};
use rstest::rstest;

const EVENT: &str = "/calendars/primary/events/e1";
const EVENTS: &str = "/me/calendars/AAMk%2Bx%3D/events";
const VIEW: &str = "https://graph.microsoft.com/v1.0/me/calendarView";

fn request(method: &str, target: &str) -> HttpRequest {
    HttpRequest { method: method.into(), target: target.into(), ..HttpRequest::default() }
}

fn with_body(method: &str, target: &str, body: &Value) -> HttpRequest {
    HttpRequest {
        headers: vec![("content-type".into(), "application/json; charset=utf-8".into())],
        body: body.to_string().into_bytes(),
        ..request(method, target)
    }
}

fn with_query(target: &str, query: &[(&str, &str)]) -> HttpRequest {
    let query = query.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    HttpRequest { query, ..request("GET", target) }
}

fn with_header(method: &str, target: &str, name: &str) -> HttpRequest {
    HttpRequest { headers: vec![(name.into(), "x".into())], ..request(method, target) }
}

fn form(body: &str) -> HttpRequest {
    HttpRequest {
        headers: vec![("Content-Type".into(), "application/x-www-form-urlencoded".into())],
        body: body.into(),
        ..request("POST", "/oauth/v3/token")
    }
}

#[track_caller]
fn passes(spec: &Spec, request: &HttpRequest) {
    spec.check_request(request).unwrap();
}

#[track_caller]
fn fails(spec: &Spec, request: &HttpRequest, fault: &str) {
    let said = spec.check_request(request).unwrap_err();
    let address = format!("{} {}: ", request.method, request.target);
    assert!(said.starts_with(&address) && said.contains(fault), "{said}");
}

#[rstest]
#[case("GET", EVENT)]
#[case("DELETE", "/calendars/ann%40example.org/events/e1?sendUpdates=all")]
#[case("GET", "https://www.googleapis.com/calendar/v3/users/me/calendarList")]
#[case("GET", "http://127.0.0.1:9/calendar/v3/users/me/calendarList/primary")]
fn an_address_that_is_described_passes(#[case] method: &str, #[case] target: &str) {
    passes(google_calendar(), &request(method, target));
}

#[rstest]
#[case("GET", "/calendars/primary/event", "no such path")]
#[case("GET", "/calendars/primary/events/", "eventId is empty")]
#[case("GET", "/calendars/a%2/events", "calendarId is empty or badly encoded")]
#[case("GET", "/calendars/a%FF/events", "calendarId is empty or badly encoded")]
#[case("GET", "calendars/primary", "path from /")]
#[case("GET", "https://www.googleapis.com/calendar/v2/calendars/primary", "below /calendar/v3")]
#[case("GET", "https://www.googleapis.com/calendar/v3", "no path")]
#[case("PUT", EVENT, "no such method")]
#[case("get", EVENT, "capital letters")]
fn an_address_that_is_not_described_fails(
    #[case] method: &str,
    #[case] target: &str,
    #[case] fault: &str,
) {
    fails(google_calendar(), &request(method, target), fault);
}

#[test]
fn a_literal_segment_is_no_id() {
    let search = "/crm/v3/objects/contacts/search";
    passes(hubspot(), &with_body("POST", search, &json!({"query": "ada"})));
    fails(hubspot(), &request("GET", search), "no such method");
    passes(hubspot(), &request("GET", "/crm/v3/objects/contacts/42"));
}

#[rstest]
#[case(&[("singleEvents", "true"), ("maxResults", "10"), ("orderBy", "startTime")])]
#[case(&[("timeMin", "2026-12-01T00:00:00Z"), ("timeMax", "2026-12-02T00:00:00.5+01:00")])]
#[case(&[("eventTypes", "default"), ("eventTypes", "focusTime")])]
fn query_parameters_that_are_described_pass(#[case] query: &[(&str, &str)]) {
    passes(google_calendar(), &with_query("/calendars/primary/events", query));
}

#[rstest]
#[case(&[("singleEvent", "true")], "no query parameter singleEvent")]
#[case(&[("singleEvents", "yes")], "\"yes\", which is no \"boolean\"")]
#[case(&[("maxResults", "ten")], "\"ten\", which is no \"integer\"")]
#[case(&[("maxResults", "0")], "less than the minimum")]
#[case(&[("orderBy", "end")], "orderBy is \"end\"")]
#[case(&[("timeMin", "2026-12-01T00:00:00")], "timeMin is")]
#[case(&[("eventTypes", "default"), ("eventTypes", "party")], "eventTypes is \"party\"")]
#[case(&[("q", "a"), ("q", "b")], "q is given twice")]
#[case(&[("$top", "5")], "no query parameter $top")]
#[case(&[("$skiptoken", "x")], "no query parameter $skiptoken")]
fn query_parameters_that_are_not_described_fail(
    #[case] query: &[(&str, &str)],
    #[case] fault: &str,
) {
    fails(google_calendar(), &with_query("/calendars/primary/events", query), fault);
}

#[test]
fn a_query_in_the_target_counts_like_any_other() {
    fails(google_calendar(), &request("GET", &format!("{EVENT}?maxAttendees=x")), "integer");
    let twice = HttpRequest {
        query: vec![("maxAttendees".into(), "1".into())],
        ..request("GET", &format!("{EVENT}?maxAttendees=1"))
    };
    fails(google_calendar(), &twice, "given twice");
}

#[test]
fn a_parameter_in_the_path_has_its_type() {
    passes(hubspot(), &request("GET", "/crm/v3/owners/901"));
    fails(hubspot(), &request("GET", "/crm/v3/owners/ada"), "no \"integer\"");
}

#[test]
fn required_parameters_are_missed() {
    let start = ("startDateTime", "2026-12-01T00:00:00Z");
    let end = ("endDateTime", "2026-12-02T00:00:00Z");
    let graph = microsoft_graph();
    passes(graph, &with_query("/me/calendarView", &[start, end, ("$top", "5")]));
    fails(graph, &with_query("/me/calendarView", &[start]), "endDateTime is missing");
    fails(graph, &with_query("/me/calendarView", &[start, end, ("$tops", "5")]), "$tops");
}

#[test]
fn an_opaque_link_of_graph_passes_as_it_came() {
    let graph = microsoft_graph();
    passes(graph, &request("GET", &format!("{VIEW}?%24skiptoken=abc&%24top=10")));
    passes(graph, &with_query(VIEW, &[("$skiptoken", "abc")]));
    passes(graph, &with_query("/me/calendars", &[("$skip", "10")]));
    fails(graph, &with_query(VIEW, &[("$skip", "10")]), "startDateTime is missing");
    fails(graph, &with_query(VIEW, &[("$skiptoken", "abc"), ("token", "a")]), "parameter token");
    fails(graph, &request("DELETE", "/me/events/e?$skiptoken=a"), "parameter $skiptoken");
}

#[test]
fn headers_are_those_that_are_described() {
    passes(google_calendar(), &with_header("DELETE", EVENT, "if-match"));
    passes(google_calendar(), &with_header("GET", EVENT, "Accept"));
    passes(microsoft_graph(), &with_header("GET", "/me/events", "prefer"));
    fails(google_calendar(), &with_header("GET", EVENT, "if-match"), "header parameter if-match");
    fails(google_calendar(), &with_header("GET", EVENT, "prefer"), "header parameter prefer");
    fails(google_calendar(), &with_header("GET", EVENT, "authorization"), "authorization");
}

#[rstest]
#[case(google_calendar(), "POST", "/calendars/primary/events", json!({
    "summary": "Check-up",
    "start": {"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Berlin"},
    "extendedProperties": {"private": {"anything": "goes"}},
}))]
#[case(google_calendar(), "PATCH", EVENT, json!({"summary": null, "start": {"date": null}}))]
#[case(microsoft_graph(), "POST", EVENTS, json!({
    "subject": null,
    "body": {"contentType": "html", "content": "x"},
    "categories": ["Red"],
    "attendees": [{"type": "required", "emailAddress": {"address": "a@example.org"}}],
    "start": {"dateTime": "2026-12-01T10:00:00", "timeZone": "Europe/Berlin"},
}))]
#[case(microsoft_graph(), "POST", "/me/calendar/getSchedule", json!({
    "Schedules": ["a@example.org"],
    "StartTime": {"dateTime": "2026-12-01T10:00:00", "timeZone": "UTC"},
}))]
#[case(hubspot(), "POST", "/crm/v3/objects/contacts", json!({
    "properties": {"email": "ada@example.org", "favourite_colour": "teal"},
    "associations": [],
}))]
fn a_body_that_is_described_passes(
    #[case] spec: &Spec,
    #[case] method: &str,
    #[case] target: &str,
    #[case] body: Value,
) {
    passes(spec, &with_body(method, target, &body));
}

#[rstest]
#[case(google_calendar(), "POST", "/calendars/primary/events", json!({"title": "x"}), "'title'")]
#[case(google_calendar(), "POST", "/calendars/primary/events",
    json!({"start": {"datetime": "2026-12-01T10:00:00Z"}}), "/start")]
#[case(google_calendar(), "POST", "/calendars/primary/events", json!({"summary": null}), "null")]
#[case(google_calendar(), "POST", "/calendars/primary/events",
    json!({"start": {"dateTime": "2026-12-01T10:00:00"}}), "date-time")]
#[case(google_calendar(), "POST", "/calendars/primary/events",
    json!({"attendees": [{"email": "a@example.org", "mail": "b"}]}), "/attendees/0")]
#[case(google_calendar(), "PATCH", EVENT, json!({"title": null}), "'title'")]
#[case(google_calendar(), "PATCH", EVENT, json!({"start": {"datetime": null}}), "'datetime'")]
#[case(google_calendar(), "PATCH", EVENT, json!({"recurrence": [null]}), "/recurrence/0")]
#[case(google_calendar(), "GET", EVENT, json!({}), "no body there")]
#[case(microsoft_graph(), "POST", EVENTS, json!({"summary": "x"}), "'summary'")]
#[case(microsoft_graph(), "POST", EVENTS,
    json!({"start": {"dateTime": "2026-12-01T10:00:00", "zone": "UTC"}}), "/start")]
#[case(microsoft_graph(), "POST", EVENTS, json!({"showAs": "opaque"}), "/showAs")]
#[case(microsoft_graph(), "POST", EVENTS, json!({"isAllDay": "true"}), "/isAllDay")]
#[case(microsoft_graph(), "POST", EVENTS, json!({"categories": null}), "/categories")]
#[case(microsoft_graph(), "POST", EVENTS, json!({"@odata.count": 1}), "@odata.count")]
#[case(hubspot(), "POST", "/crm/v3/objects/contacts", json!({"associations": []}), "properties")]
#[case(hubspot(), "POST", "/crm/v3/objects/contacts",
    json!({"properties": {"age": 4}, "associations": []}), "/properties/age")]
#[case(hubspot(), "PUT",
    "/crm/v4/objects/deals/1/associations/contacts/2",
    json!([{"associationCategory": "OURS", "associationTypeId": 3}]), "/0/associationCategory")]
fn a_body_that_is_not_described_fails(
    #[case] spec: &Spec,
    #[case] method: &str,
    #[case] target: &str,
    #[case] body: Value,
    #[case] fault: &str,
) {
    fails(spec, &with_body(method, target, &body), fault);
}

#[test]
fn a_body_is_there_and_of_the_described_type() {
    let good = with_body("POST", "/freeBusy", &json!({"items": [{"id": "primary"}]}));
    passes(google_calendar(), &good);
    let none = HttpRequest { body: Vec::new(), ..good.clone() };
    fails(google_calendar(), &none, "the body is missing");
    let untyped = HttpRequest { headers: Vec::new(), ..good.clone() };
    fails(google_calendar(), &untyped, "needs a content-type");
    let text = vec![("content-type".into(), "text/plain".into())];
    let text = HttpRequest { headers: text, ..good.clone() };
    fails(google_calendar(), &text, "no body of type text/plain");
    let broken = HttpRequest { body: b"{".to_vec(), ..good };
    fails(google_calendar(), &broken, "no JSON");
}

#[test]
fn a_form_is_checked_by_its_fields() {
    let base = "grant_type=refresh_token&client_id=a&client_secret=b";
    passes(hubspot(), &form(base));
    fails(hubspot(), &form(&format!("{base}&refreshtoken=c")), "'refreshtoken'");
    fails(hubspot(), &form("grant_type=refresh_token&client_id=a"), "client_secret");
    fails(hubspot(), &form(&format!("{base}&client_id=c")), "client_id twice");
}
