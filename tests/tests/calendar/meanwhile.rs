//! What happens at the vendor, or by another call, between the steps of a call.

use std::time::Duration;

use mortise_tests::{Answer, Client, Consent, Fault, FaultKind, OUTLOOK};
use serde_json::{Value, json};

use crate::support::{
    ADA, Connected, Refused as _, USER, WORK, appointment, connected, connected_twice, event,
    on_events,
};

const PATH: &str = "/api/calendar/events";
const LINKED: &str = "/api/calendar/events/appointment/123";
const TEN: &str = "2026-12-01T10:00:00";
const ELEVEN: &str = "2026-12-01T11:00:00";
const START: &str = "2026-12-01T09:00:00Z";
const END: &str = "2026-12-01T10:00:00Z";

const HELD: Duration = Duration::from_millis(700);

fn visit() -> Value {
    appointment("123", TEN, ELEVEN)
}

fn at_outlook() -> Value {
    let mut body = visit();
    body["provider"] = json!("outlook");
    body
}

fn anyway(mut body: Value) -> Value {
    body["allow_conflicts"] = json!(true);
    body
}

fn renamed() -> Value {
    let mut change = anyway(json!({"event": event(TEN, ELEVEN)}));
    change["event"]["title"] = json!("Renamed");
    change
}

async fn connected_to_both() -> Connected {
    let hub = connected().await;
    hub.hub.connect(USER, OUTLOOK, &Consent::of(ADA)).await;
    hub
}

/// A fault on the requests that make events at Outlook.
fn on_creation(kind: FaultKind) -> Fault {
    Fault::on("/v1.0/me/calendar", kind).method("POST").times(1)
}

impl Connected {
    fn outlook_events(&self) -> Vec<Value> {
        let stored = self.hub.sandbox.microsoft().events(ADA);
        stored.into_iter().map(|stored| stored.event).collect()
    }

    /// Waits until Google has got a request, whose answer is held up.
    async fn until_google_is_asked(&self, method: &str, path_end: &str, times: usize) {
        while self.vendor_calls(method, path_end) < times {
            tokio::task::yield_now().await;
        }
    }

    async fn until_made_at_outlook(&self) {
        while self.outlook_events().is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

/// What the user's first request for the event answers is as it was before `meanwhile`.
async fn while_it_is_looked_at(
    hub: &Connected,
    call: impl Future<Output = Answer>,
    meanwhile: impl Future<Output = ()>,
) -> Answer {
    let id = hub.only_event()["id"].as_str().unwrap().to_owned();
    let before = hub.vendor_calls("GET", &id);
    hub.google().set_fault(on_events(FaultKind::Slow, "GET").times(1).delay(HELD));
    let meanwhile = async {
        hub.until_google_is_asked("GET", &id, before + 1).await;
        meanwhile.await;
    };
    tokio::join!(call, meanwhile).0
}

#[tokio::test]
async fn an_unconfirmed_event_at_outlook_is_not_in_its_own_way() {
    for next in ["POST", "PUT", "conflicts"] {
        let hub = connected_to_both().await;
        hub.hub.sandbox.microsoft().set_fault(on_creation(FaultKind::DoThenCut));
        hub.post(PATH, &anyway(at_outlook())).await.refused(503, "vendor-unavailable");
        let first = hub.outlook_events().remove(0);
        match next {
            "POST" => {
                let made = hub.post(PATH, &at_outlook()).await;
                assert!(matches!(made.status, 200 | 201), "{made:?}");
                assert_eq!(made.body["link"]["state"], "confirmed");
            }
            "PUT" => {
                let later = event("2026-12-01T10:30:00", "2026-12-01T11:30:00");
                hub.put(LINKED, &json!({"event": later})).await.expect(200);
            }
            _ => {
                let check = json!({
                    "start": {"date_time": START}, "end": {"date_time": END},
                    "entity_type": "appointment", "entity_id": "123",
                });
                let report = hub.post("/api/calendar/conflicts", &check).await.expect(200).body;
                assert_eq!(report["items"], json!([]));
            }
        }
        let events = hub.outlook_events();
        assert_eq!((events.len(), &events[0]["id"]), (1, &first["id"]));
    }
}

#[tokio::test]
async fn an_unconfirmed_event_of_a_move_to_outlook_is_not_in_its_own_way() {
    let hub = connected_to_both().await;
    let mut body = visit();
    body["provider"] = json!("google_calendar");
    hub.post(PATH, &body).await.expect(201);
    let change = json!({"provider": "outlook", "event": event(TEN, ELEVEN)});
    hub.hub.sandbox.microsoft().set_fault(on_creation(FaultKind::DoThenCut));
    hub.put(LINKED, &change).await.refused(503, "vendor-unavailable");
    let first = hub.outlook_events().remove(0);
    hub.put(LINKED, &change).await.expect(200);
    assert_eq!((hub.live_events(ADA).len(), hub.outlook_events().len()), (0, 1));
    assert_eq!(hub.outlook_events()[0]["id"], first["id"]);
}

#[tokio::test]
async fn the_same_move_to_outlook_does_not_stumble_over_the_one_under_way() {
    let hub = connected_to_both().await;
    let mut body = visit();
    body["provider"] = json!("google_calendar");
    hub.post(PATH, &body).await.expect(201);
    let change = json!({"provider": "outlook", "event": event(TEN, ELEVEN)});
    hub.hub.sandbox.microsoft().set_fault(on_creation(FaultKind::Slow).delay(HELD));
    let second = async {
        hub.until_made_at_outlook().await;
        hub.put(LINKED, &change).await
    };
    let (first, second) = tokio::join!(hub.put(LINKED, &change), second);
    let (first, second) = (first.expect(200).body, second.expect(200).body);
    assert_eq!(first["event"]["id"], second["event"]["id"]);
    assert_eq!((hub.live_events(ADA).len(), hub.outlook_events().len()), (0, 1));
    assert_eq!(hub.links().await, (1, 0));
}

#[tokio::test]
async fn the_same_creation_at_outlook_does_not_stumble_over_the_one_under_way() {
    let hub = connected_to_both().await;
    hub.hub.sandbox.microsoft().set_fault(on_creation(FaultKind::Slow).delay(HELD));
    let body = at_outlook();
    let second = async {
        hub.until_made_at_outlook().await;
        hub.post(PATH, &body).await
    };
    let (first, second) = tokio::join!(hub.post(PATH, &body), second);
    assert_eq!(hub.outlook_events().len(), 1);
    for answer in [&first, &second] {
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    }
    assert_eq!(first.body["event"]["id"], second.body["event"]["id"]);
}

#[tokio::test]
async fn an_event_that_is_deleted_while_it_is_changed_stays_deleted() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    let change = renamed();
    let answer = while_it_is_looked_at(&hub, hub.put(LINKED, &change), async {
        hub.delete(LINKED).await.expect(204);
    });
    answer.await.refused(404, "event-gone");
    assert!(hub.live_events(ADA).is_empty());
}

#[tokio::test]
async fn an_event_that_moves_while_it_is_changed_does_not_come_back() {
    let hub = connected_twice().await;
    let mut body = visit();
    body["provider"] = json!("google_calendar");
    hub.post(PATH, &body).await.expect(201);
    let (change, to_work) =
        (renamed(), anyway(json!({"provider": "google_work", "event": event(TEN, ELEVEN)})));
    let answer = while_it_is_looked_at(&hub, hub.put(LINKED, &change), async {
        hub.put(LINKED, &to_work).await.expect(200);
    });
    answer.await.refused(404, "event-gone");
    assert_eq!((hub.live_events(ADA).len(), hub.live_events(WORK).len()), (0, 1));
}

#[tokio::test]
async fn an_event_that_is_changed_meanwhile_is_changed_all_the_same() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    let change = renamed();
    let answer = while_it_is_looked_at(&hub, hub.put(LINKED, &change), async {
        hub.change_at_vendor(&made["event"]["id"], json!({"location": "Room 2"}));
    });
    assert_eq!(answer.await.expect(200).body["event"]["title"], "Renamed");
    assert_eq!(hub.only_event()["location"], json!(null), "what is left out is cleared");
    let answers = futures::future::join_all((0..6).map(|_| hub.put(LINKED, &change))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
}

#[tokio::test]
async fn a_creation_with_other_contents_does_not_bring_back_what_is_deleted_meanwhile() {
    let hub = connected().await;
    hub.lose_the_answer_to(&visit()).await;
    let first = hub.only_event();
    let mut other = anyway(visit());
    other["event"]["title"] = json!("Other");
    let made = while_it_is_looked_at(&hub, hub.post(PATH, &other), async {
        hub.change_at_vendor(&first["id"], json!({"status": "cancelled"}));
    });
    let made = made.await.expect(201).body;
    assert_ne!(made["event"]["id"], first["id"]);
    assert_eq!(hub.only_event()["summary"], "Other");
    assert_eq!(hub.get(LINKED).await.expect(200).body, made);
}

#[tokio::test]
async fn a_move_of_an_event_that_is_deleted_meanwhile_says_that_there_is_none() {
    let hub = connected_twice().await;
    let mut body = visit();
    body["provider"] = json!("google_calendar");
    hub.post(PATH, &body).await.expect(201);
    let change = anyway(json!({"provider": "google_work", "event": event(TEN, ELEVEN)}));
    let answer = while_it_is_looked_at(&hub, hub.put(LINKED, &change), async {
        hub.delete(LINKED).await.expect(204);
    });
    answer.await.refused(404, "not-linked");
    assert!(hub.live_events(ADA).is_empty() && hub.live_events(WORK).is_empty());
    assert_eq!(hub.links().await, (0, 0));
}

#[tokio::test]
async fn a_user_who_is_erased_during_a_creation_is_not_connected() {
    let hub = connected().await;
    let free_busy = Fault::on("/calendar/v3/freeBusy", FaultKind::Slow);
    hub.google().set_fault(free_busy.times(1).delay(HELD));
    let body = visit();
    let erased = async {
        hub.until_google_is_asked("POST", "/freeBusy", 1).await;
        let backend: Client = hub.hub.backend();
        backend.delete(&format!("/api/users/{USER}")).await.expect(204);
    };
    let (answer, ()) = tokio::join!(hub.post(PATH, &body), erased);
    answer.refused(409, "not-connected");
    assert!(hub.live_events(ADA).is_empty());
}

#[tokio::test]
async fn busy_time_of_an_event_that_has_just_gone_is_not_in_the_way() {
    let hub = connected().await;
    hub.plant("primary", "dentist", START, END, json!({}));
    let free_busy = Fault::on("/calendar/v3/freeBusy", FaultKind::Slow);
    hub.google().set_fault(free_busy.times(1).delay(HELD));
    let body = visit();
    let cancelled = async {
        hub.until_google_is_asked("POST", "/freeBusy", 1).await;
        hub.change_at_vendor(&json!("dentist"), json!({"status": "cancelled"}));
    };
    let (answer, ()) = tokio::join!(hub.post(PATH, &body), cancelled);
    answer.expect(201);
}
