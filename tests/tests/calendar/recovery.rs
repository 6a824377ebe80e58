//! Writes that were cut short are settled in the background: afterwards every link leads to its
//! event, and every event that the hub made has its link.

use std::time::Duration;

use mortise_tests::{Consent, Fault, FaultKind, GOOGLE, OUTLOOK};
use serde_json::{Value, json};

use crate::support::{
    ADA, Connected, Refused as _, USER, WEEK, WORK, appointment, connected, connected_twice, event,
    impatient, on_events, on_events_of,
};

const PATH: &str = "/api/calendar/events";
const LINKED: &str = "/api/calendar/events/appointment/123";
const TEN: &str = "2026-12-01T10:00:00";
const ELEVEN: &str = "2026-12-01T11:00:00";
/// Longer than a call can last (seconds).
const OVER: i64 = 76;

fn visit() -> Value {
    appointment("123", TEN, ELEVEN)
}

fn to_work() -> Value {
    json!({"provider": "google_work", "event": event(TEN, ELEVEN)})
}

impl Connected {
    /// One turn, after every call under way must be over.
    async fn turn(&self) {
        self.hub.clock.advance(OVER);
        self.hub.hub.recover().await.unwrap();
    }

    async fn unsettled(&self) -> i64 {
        self.hub.rows.count("calendar_event_links WHERE settle_at IS NOT NULL").await
    }

    /// As many turns as it takes; one of the hub's own may have been first.
    async fn recovered(&self) {
        let settled = async {
            loop {
                self.turn().await;
                if self.unsettled().await == 0 {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), settled).await.expect("a link stays");
    }

    /// The record's link as a list shows it, which settles nothing.
    async fn listed_state(&self) -> Value {
        let list = self.get(&format!("{PATH}?{WEEK}")).await.expect(200).body;
        list["items"][0]["link"]["state"].clone()
    }

    /// Sends a call while the vendor has this fault.
    async fn send_amid(&self, fault: Fault, method: &str, path: &str, body: Option<Value>) {
        self.google().set_fault(fault);
        let answer = self.user.send(method, path, body).await;
        assert!(answer.status >= 500, "{}", answer.text);
        self.google().clear_faults();
    }

    async fn leave_pending(&self) {
        let fault = on_events(FaultKind::DoThenCut, "POST");
        self.send_amid(fault, "POST", PATH, Some(visit())).await;
    }
}

#[tokio::test]
async fn an_event_whose_answer_was_lost_is_confirmed() {
    let hub = connected().await;
    hub.leave_pending().await;
    let made = hub.only_event();
    assert_eq!(hub.listed_state().await, "pending");
    hub.recovered().await;
    assert_eq!(hub.listed_state().await, "confirmed");
    let writes = hub.vendor_calls("POST", "/events");
    let again = hub.post(PATH, &visit()).await.expect(200).body;
    assert_eq!(again["event"]["id"], made["id"]);
    assert_eq!(hub.vendor_calls("POST", "/events"), writes);
    assert_eq!(hub.only_event(), made);
}

#[tokio::test]
async fn a_call_that_may_still_be_under_way_is_left_alone() {
    let hub = connected().await;
    hub.leave_pending().await;
    hub.hub.clock.advance(OVER - 2);
    hub.hub.hub.recover().await.unwrap();
    assert_eq!(hub.listed_state().await, "pending");
}

#[tokio::test]
async fn the_link_of_an_event_that_was_never_made_goes_and_the_same_call_makes_one() {
    let hub = connected().await;
    let fault = on_events(FaultKind::InternalError, "POST");
    hub.send_amid(fault, "POST", PATH, Some(visit())).await;
    hub.recovered().await;
    assert_eq!(hub.links().await.0, 0);
    hub.get(LINKED).await.refused(404, "not-linked");
    let made = hub.post(PATH, &visit()).await.expect(201).body;
    assert_eq!(hub.only_event()["id"], made["event"]["id"]);
}

#[tokio::test]
async fn an_event_that_comes_after_its_link_was_released_is_linked_by_its_own_call() {
    let hub = connected().await;
    let slow = on_events(FaultKind::Slow, "POST").delay(Duration::from_millis(700)).times(1);
    hub.google().set_fault(slow);
    let body = visit();
    let released = async {
        while hub.live_events(ADA).is_empty() {
            tokio::task::yield_now().await;
        }
        // As a turn leaves it that has looked a moment before.
        hub.hub.rows.execute("DELETE FROM calendar_event_links").await;
    };
    let (made, ()) = tokio::join!(hub.post(PATH, &body), released);
    assert_eq!(made.expect(201).body["event"]["id"], hub.only_event()["id"]);
    assert_eq!(hub.listed_state().await, "confirmed");
    assert_eq!(hub.unsettled().await, 0);
}

#[tokio::test]
async fn an_event_that_comes_after_its_link_was_released_is_met_by_the_same_call_again() {
    let hub = connected().await;
    hub.leave_pending().await;
    let late = hub.only_event();
    // Its own call has died, too.
    hub.hub.rows.execute("DELETE FROM calendar_event_links").await;
    let mut again = visit();
    again["allow_conflicts"] = json!(true);
    let made = hub.post(PATH, &again).await;
    assert!(matches!(made.status, 200 | 201), "{}", made.text);
    assert_eq!(made.body["event"]["id"], late["id"]);
    hub.only_event();
}

#[tokio::test]
async fn a_turn_beside_the_call_that_it_takes_for_dead_harms_nothing() {
    let hub = connected().await;
    let slow = on_events(FaultKind::Slow, "POST").delay(Duration::from_millis(700)).times(1);
    hub.google().set_fault(slow);
    let body = visit();
    let turn = async {
        while hub.live_events(ADA).is_empty() {
            tokio::task::yield_now().await;
        }
        hub.recovered().await;
    };
    let (made, ()) = tokio::join!(hub.post(PATH, &body), turn);
    let made = made.expect(201).body;
    assert_eq!(made["event"]["id"], hub.only_event()["id"]);
    assert_eq!(made["link"]["state"], "confirmed");
    assert_eq!(hub.links().await.0, 1);
}

#[tokio::test]
async fn a_delete_that_was_cut_short_is_finished() {
    for kind in [FaultKind::DoThenCut, FaultKind::InternalError] {
        let hub = connected().await;
        hub.book("123", TEN, ELEVEN).await;
        hub.send_amid(on_events(kind, "DELETE"), "DELETE", LINKED, None).await;
        assert_eq!(hub.links().await.0, 1);
        hub.recovered().await;
        assert_eq!(hub.links().await.0, 0);
        assert!(hub.live_events(ADA).is_empty());
        hub.post(PATH, &visit()).await.expect(201);
        hub.only_event();
    }
}

#[tokio::test]
async fn a_creation_that_was_deleted_before_it_was_known_is_gone_for_good() {
    let hub = connected().await;
    hub.leave_pending().await;
    let fault = on_events(FaultKind::InternalError, "DELETE");
    hub.send_amid(fault, "DELETE", LINKED, None).await;
    hub.recovered().await;
    assert!(hub.live_events(ADA).is_empty());
    assert_eq!(hub.links().await.0, 0);
    hub.post(PATH, &visit()).await.expect(201);
    hub.only_event();
}

#[tokio::test]
async fn a_guarded_delete_that_fails_does_not_delete_another_version_later() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    hub.change_at_vendor(&made["event"]["id"], json!({"summary": "Changed"}));
    let stale = made["event"]["etag"].as_str().unwrap();
    hub.google().set_fault(Fault::on("/calendar/v3/calendars/", FaultKind::Unavailable));
    let guarded = hub.user.clone().header("if-match", stale);
    guarded.delete(LINKED).await.refused(503, "vendor-unavailable");
    hub.google().clear_faults();
    hub.recovered().await;
    assert_eq!(hub.only_event()["summary"], "Changed");
    assert_eq!(hub.listed_state().await, "confirmed");
}

#[tokio::test]
async fn several_turns_at_once_ask_the_vendor_once() {
    let hub = connected().await;
    hub.book("123", TEN, ELEVEN).await;
    hub.send_amid(on_events(FaultKind::InternalError, "DELETE"), "DELETE", LINKED, None).await;
    let deletes = |hub: &Connected| {
        hub.google().requests().iter().filter(|asked| asked.method == "DELETE").count()
    };
    let before = deletes(&hub);
    hub.hub.clock.advance(OVER);
    let turns = (0..4).map(|_| hub.hub.hub.recover());
    for turn in futures::future::join_all(turns).await {
        turn.unwrap();
    }
    hub.recovered().await;
    assert_eq!(deletes(&hub), before + 1);
    assert!(hub.live_events(ADA).is_empty());
}

#[tokio::test]
async fn links_wait_for_a_vendor_that_is_down_and_no_longer() {
    let hub = impatient().await;
    hub.leave_pending().await;
    let ids = ["124", "125"];
    let fault = on_events(FaultKind::DoThenCut, "POST");
    for (id, start) in ids.iter().zip(["2026-12-02T10:00:00", "2026-12-03T10:00:00"]) {
        let end = start.replace("T10", "T11");
        hub.send_amid(fault.clone(), "POST", PATH, Some(appointment(id, start, &end))).await;
    }
    for kind in [FaultKind::Unavailable, FaultKind::BadJson, FaultKind::DoThenCut] {
        hub.google().set_fault(Fault::on("*", kind));
        for _ in 0..4 {
            hub.turn().await;
        }
        hub.google().clear_faults();
        assert_eq!(hub.unsettled().await, 3, "{kind:?}");
    }
    hub.recovered().await;
    assert_eq!((hub.links().await.0, hub.live_events(ADA).len()), (3, 3));
}

#[tokio::test]
async fn a_vendor_that_is_down_does_not_hold_up_another() {
    let hub = connected().await;
    hub.leave_pending().await;
    hub.hub.connect(USER, OUTLOOK, &Consent::of(ADA)).await;
    let microsoft = hub.hub.sandbox.microsoft();
    microsoft.set_fault(Fault::on("/v1.0/me", FaultKind::DoThenCut).method("POST"));
    let mut body = appointment("200", "2026-12-04T10:00:00", "2026-12-04T11:00:00");
    body["provider"] = json!("outlook");
    body["allow_conflicts"] = json!(true);
    assert!(hub.post(PATH, &body).await.status >= 500);
    microsoft.clear_faults();
    assert_eq!(hub.unsettled().await, 2);
    hub.google().set_fault(Fault::on("*", FaultKind::Unavailable));
    let outlook_is_settled = async {
        while hub.unsettled().await == 2 {
            hub.turn().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), outlook_is_settled).await.unwrap();
    assert_eq!(microsoft.events(ADA).len(), 1);
    hub.google().clear_faults();
    hub.recovered().await;
    assert_eq!((hub.links().await.0, hub.live_events(ADA).len()), (2, 1));
    let read = hub.get("/api/calendar/events/appointment/200").await.expect(200).body;
    assert_eq!(read["link"]["state"], "confirmed");
}

#[tokio::test]
async fn the_links_of_a_user_who_disconnected_wait_until_they_are_back() {
    let hub = connected().await;
    hub.leave_pending().await;
    hub.post("/api/integrations/google-calendar/disconnect", &json!({})).await.expect(200);
    for _ in 0..3 {
        hub.turn().await;
    }
    assert_eq!((hub.links().await.0, hub.unsettled().await), (1, 1));
    hub.hub.connect(USER, GOOGLE, &Consent::of(ADA)).await;
    // At once: the clock stands still.
    let settled = async {
        while hub.unsettled().await > 0 {
            hub.hub.hub.recover().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(30), settled).await.unwrap();
    assert_eq!(hub.listed_state().await, "confirmed");
}

#[tokio::test]
async fn of_an_erased_user_nothing_is_left_to_settle() {
    let hub = connected().await;
    hub.leave_pending().await;
    hub.hub.backend().delete(&format!("/api/users/{USER}")).await.expect(204);
    hub.turn().await;
    assert_eq!(hub.links().await.0, 0);
    assert_eq!(hub.live_events(ADA).len(), 1, "the vendor's calendar is the user's own");
}

/// The user has two accounts, and an event in the first.
async fn booked_twice() -> Connected {
    let hub = connected_twice().await;
    let mut body = visit();
    body["provider"] = json!("google_calendar");
    hub.post(PATH, &body).await.expect(201);
    hub
}

#[tokio::test]
async fn a_move_whose_new_event_is_there_is_finished() {
    for fault in [
        // The answer to the new event was lost.
        on_events_of(WORK, FaultKind::DoThenCut, "POST"),
        // The old event could not be deleted, or was, unheard.
        on_events_of(ADA, FaultKind::InternalError, "DELETE"),
        on_events_of(ADA, FaultKind::DoThenCut, "DELETE"),
    ] {
        let hub = booked_twice().await;
        hub.send_amid(fault.clone(), "PUT", LINKED, Some(to_work())).await;
        hub.recovered().await;
        assert_eq!(hub.links().await.0, 1, "{fault:?}");
        assert!(hub.live_events(ADA).is_empty(), "{fault:?}");
        let there = hub.live_events(WORK);
        assert_eq!(there.len(), 1, "{fault:?}");
        let read = hub.get(LINKED).await.expect(200).body;
        assert_eq!(
            (&read["event"]["id"], &read["link"]["provider"]),
            (&there[0]["id"], &json!("google_work"))
        );
    }
}

#[tokio::test]
async fn a_move_whose_new_event_was_never_made_leaves_the_old_one() {
    let hub = booked_twice().await;
    let fault = on_events_of(WORK, FaultKind::InternalError, "POST");
    hub.send_amid(fault, "PUT", LINKED, Some(to_work())).await;
    hub.recovered().await;
    assert_eq!((hub.live_events(ADA).len(), hub.live_events(WORK).len()), (1, 0));
    assert_eq!(hub.links().await.0, 1);
    assert_eq!(hub.get(LINKED).await.expect(200).body["link"]["provider"], "google_calendar");
    hub.put(LINKED, &to_work()).await.expect(200);
    assert_eq!((hub.live_events(ADA).len(), hub.live_events(WORK).len()), (0, 1));
}

#[tokio::test]
async fn a_move_whose_new_event_was_deleted_at_the_vendor_leaves_the_old_one() {
    let hub = booked_twice().await;
    let fault = on_events_of(ADA, FaultKind::TooManyRequests, "DELETE");
    hub.send_amid(fault, "PUT", LINKED, Some(to_work())).await;
    let new = hub.google().events(WORK).remove(0);
    let mut cancelled = new.event.clone();
    cancelled["status"] = json!("cancelled");
    cancelled.as_object_mut().unwrap().remove("etag");
    hub.google().put_event(WORK, &new.calendar, cancelled);
    hub.recovered().await;
    assert_eq!((hub.live_events(ADA).len(), hub.live_events(WORK).len()), (1, 0));
    assert_eq!(hub.get(LINKED).await.expect(200).body["link"]["provider"], "google_calendar");
}

#[tokio::test]
async fn a_finished_move_has_nothing_to_settle() {
    let hub = booked_twice().await;
    hub.put(LINKED, &to_work()).await.expect(200);
    let asked = hub.google().requests().len();
    hub.recovered().await;
    assert_eq!(hub.google().requests().len(), asked);
    assert_eq!(hub.links().await.0, 1);
}

#[tokio::test]
async fn what_was_settled_and_what_waits_can_be_measured() {
    let hub = connected().await;
    hub.leave_pending().await;
    hub.google().set_fault(on_events(FaultKind::Unavailable, "GET"));
    hub.turn().await;
    let metrics = hub.hub.anonymous().get("/metrics").await.expect(200).text;
    assert!(metrics.contains("mortise_unsettled_links{kind=\"event\"}"), "{metrics}");
    assert!(metrics.contains("mortise_oldest_unsettled_link_seconds{kind=\"event\"}"), "{metrics}");
    hub.google().clear_faults();
    hub.recovered().await;
    let metrics = hub.hub.anonymous().get("/metrics").await.expect(200).text;
    let settled = "mortise_settled_links_total{kind=\"event\",outcome=\"confirmed\"}";
    assert!(metrics.contains(settled), "{metrics}");
}
