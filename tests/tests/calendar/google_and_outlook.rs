//! A user with a Google and an Outlook calendar: what `two_accounts.rs`, `moves.rs` and `primary.rs`
//! say of two accounts at one vendor holds for two vendors.

use mortise_tests::{Consent, Fault, FaultKind, OUTLOOK};
use serde_json::{Value, json};

use crate::support::{
    ADA, BOB, Connected, Refused as _, USER, WEEK, appointment, connected, event,
};

const PATH: &str = "/api/calendar/events";
const LINKED: &str = "/api/calendar/events/appointment/123";
const TEN: &str = "2026-12-01T10:00:00";
const ELEVEN: &str = "2026-12-01T11:00:00";
const START: &str = "2026-12-01T09:00:00Z";
const END: &str = "2026-12-01T10:00:00Z";

async fn connected_to_both() -> Connected {
    let hub = connected().await;
    hub.hub.connect(USER, OUTLOOK, &Consent::of(ADA)).await;
    hub
}

fn visit_at(provider: &str) -> Value {
    let mut body = appointment("123", TEN, ELEVEN);
    body["provider"] = json!(provider);
    body
}

fn to(provider: &str) -> Value {
    json!({"provider": provider, "event": event(TEN, ELEVEN)})
}

impl Connected {
    fn in_outlook(&self) -> Vec<Value> {
        let stored = self.hub.sandbox.microsoft().events(ADA);
        stored.into_iter().map(|stored| stored.event).collect()
    }

    fn plant_in_outlook(&self, account: &str, subject: &str) {
        let at = |time: &str| json!({"dateTime": time.trim_end_matches('Z'), "timeZone": "UTC"});
        let event = json!({"subject": subject, "start": at(START), "end": at(END)});
        self.hub.sandbox.microsoft().put_event(account, "Calendar", event);
    }
}

#[tokio::test]
async fn both_calendars_are_listed_and_both_are_in_the_way() {
    let hub = connected_to_both().await;
    hub.plant("primary", "dentist", START, END, json!({}));
    hub.plant_in_outlook(ADA, "Meeting");
    let list = hub.get(&format!("{PATH}?{WEEK}")).await.expect(200).body;
    let mut seen: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["provider"].as_str().unwrap(), item["event"]["title"].as_str().unwrap()))
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, [("google_calendar", "dentist"), ("outlook", "Meeting")]);
    let problem = hub.post(PATH, &visit_at("outlook")).await.refused(409, "conflict");
    assert_eq!(problem["conflicts"].as_array().unwrap().len(), 2, "{problem}");
    let busy = hub.get(&format!("/api/calendar/freebusy?{WEEK}")).await.expect(200).body;
    assert_eq!(busy["items"][0]["sources"].as_array().unwrap().len(), 2, "{busy}");
    assert_eq!(busy["partial"], false);
}

#[tokio::test]
async fn an_event_moves_there_and_back_as_it_was_read() {
    let hub = connected_to_both().await;
    let mut body = visit_at("google_calendar");
    body["event"]["description"] = json!("First visit");
    body["event"]["attendees"] = json!([{"email": "guest@example.org", "name": "Guest"}]);
    body["event"]["reminders"] = json!([{"method": "popup", "minutes": 15}]);
    let mut event = hub.post(PATH, &body).await.expect(201).body["event"].clone();
    for (provider, counts) in
        [("outlook", (0, 1)), ("google_calendar", (1, 0)), ("outlook", (0, 1))]
    {
        let moved = hub.put(LINKED, &json!({"provider": provider, "event": event})).await;
        let moved = moved.expect(200).body;
        assert_eq!(moved["link"]["provider"], provider);
        assert_eq!((hub.live_events(ADA).len(), hub.in_outlook().len()), counts);
        assert_eq!(hub.links().await, (1, 0));
        for (name, value) in [("title", "Check-up"), ("description", "First visit")] {
            assert_eq!(moved["event"][name], value);
        }
        assert_eq!(moved["event"]["attendees"][0]["email"], "guest@example.org");
        assert_eq!(moved["event"]["start"]["date_time"], "2026-12-01T10:00:00+01:00");
        assert_eq!(hub.get(LINKED).await.expect(200).body["link"], moved["link"]);
        event = moved["event"].clone();
    }
}

#[tokio::test]
async fn after_a_lost_answer_of_either_vendor_the_same_call_goes_on() {
    let hub = connected_to_both().await;
    hub.post(PATH, &visit_at("google_calendar")).await.expect(201);
    let mut change = to("outlook");
    change["allow_conflicts"] = json!(true);
    let made = Fault::on("/v1.0/me/", FaultKind::DoThenCut).method("POST").times(1);
    hub.hub.sandbox.microsoft().set_fault(made);
    let problem = hub.put(LINKED, &change).await.refused(503, "vendor-unavailable");
    assert_eq!(problem["provider"], "outlook");
    assert_eq!((hub.live_events(ADA).len(), hub.in_outlook().len()), (1, 1));
    let read = hub.get(LINKED).await.expect(200).body;
    assert_eq!(read["link"]["provider"], "google_calendar");
    let first = hub.in_outlook()[0]["id"].clone();

    let deleted = crate::support::on_events(FaultKind::DoThenCut, "DELETE").times(1);
    hub.google().set_fault(deleted);
    let problem = hub.put(LINKED, &change).await.refused(503, "move-unfinished");
    assert_eq!(problem["provider"], "google_calendar");
    let moved = hub.put(LINKED, &change).await.expect(200).body;
    assert_eq!(moved["link"]["provider"], "outlook");
    assert_eq!((hub.live_events(ADA).len(), hub.in_outlook().len()), (0, 1));
    assert_eq!(hub.in_outlook()[0]["id"], first, "it was made once");
    assert_eq!(hub.links().await, (1, 0));
}

#[tokio::test]
async fn the_same_calls_at_the_same_time_are_not_in_each_others_way() {
    let hub = connected_to_both().await;
    let (path, body) = (PATH, visit_at("outlook"));
    let made = futures::future::join_all((0..8).map(|_| hub.post(path, &body))).await;
    for answer in &made {
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
        assert_eq!(answer.body["event"]["id"], made[0].body["event"]["id"]);
    }
    assert_eq!(hub.in_outlook().len(), 1);
    for (provider, counts) in [("google_calendar", (1, 0)), ("outlook", (0, 1))].repeat(3) {
        let (path, change) = (LINKED, to(provider));
        let moved = futures::future::join_all((0..8).map(|_| hub.put(path, &change))).await;
        for answer in &moved {
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(answer.body["link"]["provider"], provider);
        }
        assert_eq!((hub.live_events(ADA).len(), hub.in_outlook().len()), counts);
        assert_eq!(hub.links().await, (1, 0));
    }
}

/// The user's event at one vendor, with fields of that vendor's own, as it is read.
async fn with_own_fields(hub: &Connected, provider: &str) -> Value {
    let made = hub.post(PATH, &visit_at(provider)).await.expect(201).body;
    let (name, value) = match provider {
        "outlook" => ("importance", json!("high")),
        _ => ("colorId", json!("7")),
    };
    let mut event = made["event"].clone();
    event["extra"] = json!({name: value});
    let change = json!({"provider": provider, "event": event});
    let read = hub.put(LINKED, &change).await.expect(200).body["event"].clone();
    assert_eq!(read["extra"][name], value, "{read}");
    read
}

#[tokio::test]
async fn a_move_with_the_old_vendors_own_fields_can_be_repeated_as_it_was_sent() {
    for (from, to) in [("google_calendar", "outlook"), ("outlook", "google_calendar")] {
        for interrupted in ["", "deleted", "made"] {
            let hub = connected_to_both().await;
            let event = with_own_fields(&hub, from).await;
            let (google, microsoft) = (hub.google(), hub.hub.sandbox.microsoft());
            let fault = |vendor: &str, method: &str| {
                let path = match vendor {
                    "outlook" => "/v1.0/me/calendar",
                    _ => "/calendar/v3/calendars/",
                };
                let fault = Fault::on(path, FaultKind::DoThenCut).method(method).times(1);
                match vendor {
                    "outlook" => microsoft.set_fault(fault),
                    _ => google.set_fault(fault),
                }
            };
            let change = json!({"provider": to, "event": event});
            match interrupted {
                "deleted" => {
                    fault(from, "DELETE");
                    hub.put(LINKED, &change).await.refused(503, "move-unfinished");
                }
                "made" => {
                    fault(to, "POST");
                    hub.put(LINKED, &change).await.refused(503, "vendor-unavailable");
                }
                _ => {}
            }
            for _ in 0..3 {
                let moved = hub.put(LINKED, &change).await.expect(200).body;
                assert_eq!(moved["link"]["provider"], to);
                assert_eq!(moved["event"]["title"], "Check-up");
            }
            assert_eq!(hub.live_events(ADA).len() + hub.in_outlook().len(), 1);
            assert_eq!(hub.links().await, (1, 0));
        }
    }
}

#[tokio::test]
async fn fields_of_another_vendor_are_refused_where_nothing_moved() {
    let hub = connected_to_both().await;
    let mut event = hub.post(PATH, &visit_at("outlook")).await.expect(201).body["event"].clone();
    event["extra"] = json!({"colorId": "7"});
    let change = json!({"provider": "outlook", "event": event});
    let refused = hub.put(LINKED, &change).await;
    assert_eq!(refused.status, 422, "{refused:?}");
}

#[tokio::test]
async fn if_match_of_a_move_is_that_of_the_vendor_it_leaves() {
    let hub = connected_to_both().await;
    let made = hub.post(PATH, &visit_at("outlook")).await.expect(201);
    let stale = hub.user.clone().header("if-match", "W/\"stale\"");
    stale.put(LINKED, to("google_calendar")).await.refused(412, "precondition-failed");
    assert_eq!((hub.live_events(ADA).len(), hub.in_outlook().len()), (0, 1));
    let fresh = hub.user.clone().header("if-match", made.header("etag"));
    fresh.put(LINKED, to("google_calendar")).await.expect(200);
    assert_eq!((hub.live_events(ADA).len(), hub.in_outlook().len()), (1, 0));
}

#[tokio::test]
async fn the_primary_calendar_can_be_at_either() {
    let hub = connected_to_both().await;
    hub.post(PATH, &appointment("1", TEN, ELEVEN)).await.invalid(&["provider"]);
    for (provider, id) in [("outlook", "1"), ("google_calendar", "2")] {
        hub.put("/api/calendar/primary", &json!({"provider": provider})).await.expect(200);
        let mut body = appointment(id, TEN, ELEVEN);
        body["allow_conflicts"] = json!(true);
        assert_eq!(hub.post(PATH, &body).await.expect(201).body["link"]["provider"], provider);
    }
}

#[tokio::test]
async fn colleagues_are_asked_by_their_addresses() {
    let hub = connected_to_both().await;
    hub.plant_in_outlook(ADA, "Own");
    hub.plant_in_outlook(BOB, "Bob's");
    let nobody = "nobody@example.com";
    let query = format!("{WEEK}&provider=outlook&calendars={BOB},{nobody}");
    let report = hub.get(&format!("/api/calendar/freebusy?{query}")).await.expect(200).body;
    let source = json!([{"provider": "outlook", "calendar_id": BOB}]);
    assert_eq!(report["items"], json!([{"start": START, "end": END, "sources": source}]));
    assert_eq!(report["partial"], true);
    let warnings = report["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{report}");
    assert!(warnings[0].as_str().unwrap().contains(nobody), "{report}");
}

#[tokio::test]
async fn one_vendor_in_trouble_is_left_out_if_that_is_asked_for() {
    let hub = connected_to_both().await;
    hub.hub.sandbox.microsoft().set_fault(Fault::on("/v1.0/", FaultKind::Unavailable));
    let mut body = visit_at("google_calendar");
    hub.post(PATH, &body).await.refused(503, "conflicts-unknown");
    body["on_unavailable"] = json!("ignore");
    let made = hub.post(PATH, &body).await.expect(201).body;
    assert_eq!(made["warnings"].as_array().unwrap().len(), 1, "{made}");
    assert!(made["warnings"][0].as_str().unwrap().contains("outlook"), "{made}");
}
