//! One event per record, whatever is repeated, runs at the same time or gets lost.

use std::time::Duration;

use mortise_tests::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{ADA, Connected, Refused as _, WEEK, appointment, connected, on_events};

const PATH: &str = "/api/calendar/events";
const LINKED: &str = "/api/calendar/events/appointment/123";
const TEN: &str = "2026-12-01T10:00:00";
const ELEVEN: &str = "2026-12-01T11:00:00";

fn visit() -> Value {
    appointment("123", TEN, ELEVEN)
}

#[tokio::test]
async fn the_same_call_again_answers_with_the_event_that_is_there() {
    let hub = connected().await;
    let made = hub.post(PATH, &visit()).await.expect(201).body;
    let again = hub.post(PATH, &visit()).await;
    assert_eq!(again.header("location"), LINKED);
    assert_eq!(again.expect(200).body, made);
    assert_eq!(hub.vendor_calls("POST", "/events"), 1);
    hub.only_event();
}

#[tokio::test]
async fn another_event_for_a_linked_record_is_refused_with_the_link() {
    let hub = connected().await;
    let made = hub.post(PATH, &visit()).await.expect(201).body;
    let other = appointment("123", "2026-12-01T15:00:00", "2026-12-01T16:00:00");
    let problem = hub.post(PATH, &other).await.refused(409, "already-linked");
    assert_eq!(problem["link"], made["link"]);
    assert_eq!(hub.only_event()["start"]["dateTime"], "2026-12-01T10:00:00+01:00");
}

#[tokio::test]
async fn calls_at_the_same_time_make_one_event() {
    let hub = connected().await;
    let (body, path) = (visit(), PATH);
    let calls = (0..8).map(|_| hub.post(path, &body));
    let answers = futures::future::join_all(calls).await;
    for answer in &answers {
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    }
    let event = hub.only_event();
    for answer in answers {
        assert_eq!(answer.body["event"]["id"], event["id"]);
        assert_eq!(answer.body["link"]["state"], "confirmed");
    }
}

/// Starts a call, waits until the vendor has the request that `held` holds up, lets another, same
/// call run through meanwhile, and gives the answers of both.
async fn overtaken(held: Fault) {
    let hub = connected().await;
    let path = held.path.clone();
    hub.google().set_fault(held.delay(Duration::from_millis(700)).times(1));
    let asked = |hub: &Connected| {
        hub.google().requests().iter().filter(|request| request.path.starts_with(&path)).count()
    };
    let before = asked(&hub);
    let body = visit();
    let first = async { hub.post(PATH, &body).await };
    let second = async {
        while asked(&hub) == before {
            tokio::task::yield_now().await;
        }
        hub.post(PATH, &body).await
    };
    let (first, second) = tokio::join!(first, second);
    let event = hub.only_event();
    assert_eq!(second.expect(201).body["event"]["id"], event["id"]);
    assert!(matches!(first.status, 200 | 201), "{first:?}");
    assert_eq!(first.body["event"]["id"], event["id"]);
}

#[tokio::test]
async fn a_call_overtaken_before_it_checked_the_time_is_not_in_its_own_way() {
    overtaken(Fault::on("/calendar/v3/users/me/calendarList", FaultKind::Slow)).await;
}

#[tokio::test]
async fn a_call_overtaken_after_it_checked_the_time_answers_with_the_same_event() {
    overtaken(Fault::on("/calendar/v3/freeBusy", FaultKind::Slow)).await;
}

#[tokio::test]
async fn after_a_lost_answer_the_repeated_call_confirms_the_first_event() {
    let hub = connected().await;
    hub.lose_the_answer_to(&visit()).await;
    let first = hub.only_event();
    let made = hub.post(PATH, &visit()).await;
    assert!(matches!(made.status, 200 | 201), "{made:?}");
    assert_eq!(made.body["event"]["id"], first["id"]);
    assert_eq!(made.body["link"]["state"], "confirmed");
    assert_eq!(hub.only_event()["id"], first["id"]);
    assert_eq!(hub.post(PATH, &visit()).await.expect(200).body["event"]["id"], first["id"]);
}

#[tokio::test]
async fn after_a_lost_answer_reading_settles_the_link() {
    let hub = connected().await;
    hub.lose_the_answer_to(&visit()).await;
    let read = hub.get(LINKED).await.expect(200).body;
    assert_eq!(read["event"]["id"], hub.only_event()["id"]);
    assert_eq!(read["link"]["state"], "confirmed");
    let calls = hub.vendor_calls("POST", "/events");
    hub.post(PATH, &visit()).await.expect(200);
    assert_eq!(hub.vendor_calls("POST", "/events"), calls, "it is known to be there");
}

#[tokio::test]
async fn after_a_lost_answer_the_list_shows_the_event_with_its_pending_link() {
    let hub = connected().await;
    hub.lose_the_answer_to(&visit()).await;
    let list = hub.get(&format!("{PATH}?{}", WEEK)).await.expect(200).body;
    assert_eq!(list["items"][0]["link"]["entity_id"], "123");
    assert_eq!(list["items"][0]["link"]["state"], "pending");
}

#[tokio::test]
async fn after_a_lost_answer_a_call_with_another_time_moves_the_event() {
    let hub = connected().await;
    hub.lose_the_answer_to(&visit()).await;
    let first = hub.only_event();
    let later = appointment("123", "2026-12-01T10:30:00", "2026-12-01T11:30:00");
    let made = hub.post(PATH, &later).await;
    assert!(matches!(made.status, 200 | 201), "{made:?}");
    assert_eq!(made.body["event"]["start"]["date_time"], "2026-12-01T10:30:00+01:00");
    let stored = hub.only_event();
    assert_eq!(stored["id"], first["id"]);
    assert_eq!(stored["start"]["dateTime"], "2026-12-01T10:30:00+01:00");
}

#[tokio::test]
async fn after_a_lost_answer_other_details_of_the_next_call_count_too() {
    let hub = connected().await;
    for (field, value, vendors) in [
        ("description", json!("Bring the X-rays"), "/description"),
        ("attendees", json!([{"email": "guest@example.org"}]), "/attendees/0/email"),
        ("recurrence", json!(["RRULE:FREQ=WEEKLY;COUNT=2"]), "/recurrence/0"),
        ("visibility", json!("private"), "/visibility"),
        ("reminders", json!([{"method": "popup", "minutes": 5}]), "/reminders/overrides/0/minutes"),
    ] {
        hub.lose_the_answer_to(&visit()).await;
        let mut changed = visit();
        changed["event"][field] = value;
        let made = hub.post(PATH, &changed).await;
        assert!(matches!(made.status, 200 | 201), "{made:?}");
        let stored = hub.only_event();
        assert!(stored.pointer(vendors).is_some(), "{field} was lost: {stored}");
        hub.delete(LINKED).await.expect(204);
    }
}

#[tokio::test]
async fn after_a_lost_answer_the_event_can_be_changed_and_deleted() {
    let hub = connected().await;
    hub.lose_the_answer_to(&visit()).await;
    let mut changed = json!({"event": visit()["event"]});
    changed["event"]["title"] = json!("Moved");
    assert_eq!(hub.put(LINKED, &changed).await.expect(200).body["link"]["state"], "confirmed");
    assert_eq!(hub.only_event()["summary"], "Moved");
    hub.delete(LINKED).await.expect(204);
    hub.lose_the_answer_to(&visit()).await;
    hub.delete(LINKED).await.expect(204);
    assert!(hub.live_events(ADA).is_empty());
    hub.get(LINKED).await.refused(404, "not-linked");
}

#[tokio::test]
async fn a_call_that_never_reached_the_work_is_carried_out_by_the_next() {
    let hub = connected().await;
    for kind in [FaultKind::InternalError, FaultKind::Unavailable, FaultKind::BadJson] {
        hub.google().set_fault(on_events(kind, "POST").times(1));
        assert!(hub.post(PATH, &visit()).await.status >= 500);
        hub.get(LINKED).await.refused(404, "event-gone");
        hub.post(PATH, &visit()).await.expect(201);
        hub.only_event();
        hub.delete(LINKED).await.expect(204);
    }
}

#[tokio::test]
async fn a_definite_refusal_releases_the_link() {
    let hub = connected().await;
    for kind in [FaultKind::TooManyRequests, FaultKind::ForbiddenRateLimit] {
        hub.google().set_fault(on_events(kind, "POST").times(1));
        hub.post(PATH, &visit()).await.refused_by_vendor(503, "vendor-rate-limited");
        hub.get(LINKED).await.refused(404, "not-linked");
    }
}

#[tokio::test]
async fn a_lost_answer_is_not_forgotten_by_a_refusal_after_it() {
    let hub = connected().await;
    hub.lose_the_answer_to(&visit()).await;
    let first = hub.only_event();
    hub.google().set_fault(on_events(FaultKind::TooManyRequests, "POST").times(1));
    hub.post(PATH, &visit()).await.refused_by_vendor(503, "vendor-rate-limited");
    assert_eq!(hub.get(LINKED).await.expect(200).body["event"]["id"], first["id"]);
}

#[tokio::test]
async fn a_refusal_does_not_release_the_link_of_the_same_call_that_succeeds() {
    let hub = connected().await;
    let on = |kind, milliseconds| {
        on_events(kind, "POST").times(1).delay(Duration::from_millis(milliseconds))
    };
    hub.google().set_fault(on(FaultKind::TooManyRequests, 1000));
    hub.google().set_fault(on(FaultKind::Slow, 2500));
    let faults = format!("{}/_sandbox/faults", hub.google().url());
    let body = visit();
    let refused = async { hub.post(PATH, &body).await };
    let succeeds = async {
        // The first call's request is with the vendor, and so is its fault.
        while reqwest::get(&faults).await.unwrap().text().await.unwrap().contains("429") {}
        hub.post(PATH, &body).await
    };
    let (refused, made) = tokio::join!(refused, succeeds);
    refused.refused_by_vendor(503, "vendor-rate-limited");
    let made = made.expect(201).body;
    assert_eq!(hub.only_event()["id"], made["event"]["id"]);
    assert_eq!(hub.get(LINKED).await.expect(200).body, made);
    assert_eq!(hub.post(PATH, &body).await.expect(200).body, made);
    hub.only_event();
}

#[tokio::test]
async fn after_a_delete_the_record_gets_a_new_event() {
    let hub = connected().await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        let made = hub.post(PATH, &visit()).await.expect(201).body;
        assert_eq!(hub.only_event()["id"], made["event"]["id"]);
        ids.push(made["event"]["id"].as_str().unwrap().to_owned());
        hub.delete(LINKED).await.expect(204);
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "Google never takes an id twice");
}

#[tokio::test]
async fn an_event_deleted_at_the_vendor_is_made_anew() {
    let hub = connected().await;
    let made = hub.post(PATH, &visit()).await.expect(201).body;
    hub.change_at_vendor(&made["event"]["id"], json!({"status": "cancelled"}));
    hub.get(LINKED).await.refused(404, "event-gone");
    let again = hub.post(PATH, &visit()).await.expect(201).body;
    assert_ne!(again["event"]["id"], made["event"]["id"]);
    assert_eq!(hub.only_event()["id"], again["event"]["id"]);
}

#[tokio::test]
async fn an_event_deleted_at_the_vendor_before_it_was_confirmed_is_made_anew() {
    let hub = connected().await;
    hub.lose_the_answer_to(&visit()).await;
    let first = hub.only_event();
    hub.change_at_vendor(&first["id"], json!({"status": "cancelled"}));
    let again = hub.post(PATH, &visit()).await.expect(201).body;
    assert_ne!(again["event"]["id"], first["id"]);
    hub.only_event();
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_nothing_half_done() {
    let hub = connected().await;
    hub.google()
        .set_fault(on_events(FaultKind::Slow, "POST").times(1).delay(Duration::from_millis(300)));
    let body = visit();
    tokio::select! {
        answer = hub.post(PATH, &body) => panic!("it was to be held up: {answer:?}"),
        () = async {
            while hub.live_events(ADA).is_empty() {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    let stored = hub.only_event();
    let confirmed = async {
        loop {
            let list = hub.get(&format!("{PATH}?{}", WEEK)).await.expect(200).body;
            if list["items"][0]["link"]["state"] == "confirmed" {
                return list["items"][0]["event"]["id"].clone();
            }
        }
    };
    let id = tokio::time::timeout(Duration::from_secs(10), confirmed).await.unwrap();
    assert_eq!(id, stored["id"]);
}

fn anyway() -> Value {
    let mut body = visit();
    body["allow_conflicts"] = json!(true);
    body
}

#[tokio::test]
async fn a_refused_call_does_not_part_the_same_call_from_its_event() {
    let hub = connected().await;
    let limited = on_events(FaultKind::TooManyRequests, "POST").times(1);
    hub.google().set_fault(limited.delay(Duration::from_millis(300)));
    let slow = on_events(FaultKind::Slow, "POST").times(1);
    hub.google().set_fault(slow.delay(Duration::from_millis(1200)));
    let until_asked = async |times: usize| {
        while hub.vendor_calls("POST", "/events") < times {
            tokio::task::yield_now().await;
        }
    };
    let body = anyway();
    let (refused, was_refused) = tokio::sync::oneshot::channel();
    let first = async {
        let answer = hub.post(PATH, &body).await;
        refused.send(()).unwrap();
        answer
    };
    let second = async {
        until_asked(1).await;
        hub.post(PATH, &body).await
    };
    let third = async {
        until_asked(2).await;
        was_refused.await.unwrap();
        hub.post(PATH, &body).await
    };
    let (first, second, third) = tokio::join!(first, second, third);
    first.refused(503, "vendor-rate-limited");
    let event = hub.only_event();
    for answer in [second, third] {
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        assert_eq!(answer.body["event"]["id"], event["id"]);
    }
    hub.delete(LINKED).await.expect(204);
    assert!(hub.live_events(ADA).is_empty());
}

#[tokio::test]
async fn calls_and_deletions_at_the_same_time_leave_at_most_the_linked_event() {
    let hub = connected().await;
    let body = anyway();
    for round in 0..12 {
        let calls = (0..7).map(|turn| {
            let (hub, body) = (&hub, &body);
            async move {
                match (turn + round) % 3 {
                    0 => hub.delete(LINKED).await,
                    _ => hub.post(PATH, body).await,
                }
            }
        });
        for answer in futures::future::join_all(calls).await {
            assert!(answer.status < 500, "{answer:?}");
        }
        let made = hub.post(PATH, &body).await;
        assert!(matches!(made.status, 200 | 201), "{made:?}");
        assert_eq!(hub.only_event()["id"], made.body["event"]["id"], "round {round}");
        hub.delete(LINKED).await.expect(204);
        assert!(hub.live_events(ADA).is_empty(), "round {round}");
    }
}
