//! `PUT /api/calendar/events/{entity_type}/{entity_id}` with another `provider`: the event moves, and
//! whatever dies on the way, the record keeps one.

use mortise_tests::{Answer, FaultKind};
use serde_json::{Value, json};

use crate::support::{
    ADA, Connected, FAILURES, Refused as _, WORK, appointment, connected, connected_twice, event,
    on_events_of, vendor_event,
};

const PATH: &str = "/api/calendar/events";
const LINKED: &str = "/api/calendar/events/appointment/123";
const TEN: &str = "2026-12-01T10:00:00";
const ELEVEN: &str = "2026-12-01T11:00:00";
const START: &str = "2026-12-01T09:00:00Z";
const END: &str = "2026-12-01T10:00:00Z";

fn to(provider: &str) -> Value {
    json!({"provider": provider, "event": event(TEN, ELEVEN)})
}

fn to_work() -> Value {
    to("google_work")
}

fn at(provider: &str) -> String {
    format!("{LINKED}?provider={provider}")
}

/// The user has two accounts, and an event in the first; with what POST answered.
async fn booked() -> (Connected, Value) {
    let hub = connected_twice().await;
    let mut body = appointment("123", TEN, ELEVEN);
    body["provider"] = json!("google_calendar");
    let made = hub.post(PATH, &body).await.expect(201).body;
    (hub, made)
}

impl Connected {
    /// How many links there are, and how many of them are on a move.
    pub async fn links(&self) -> (i64, i64) {
        let rows = &self.hub.rows;
        (rows.count("calendar_event_links").await, rows.count("calendar_event_moves").await)
    }

    /// The event is in the second account alone, and the record's only one.
    async fn has_moved(&self, answer: &Answer) {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.body["link"]["provider"], "google_work");
        assert_eq!(answer.body["link"]["state"], "confirmed");
        let there = self.live_events(WORK);
        assert_eq!(there.len(), 1, "{there:?}");
        assert_eq!(there[0]["id"], answer.body["event"]["id"]);
        assert!(self.live_events(ADA).is_empty());
        assert_eq!(self.links().await, (1, 0));
        assert_eq!(self.get(LINKED).await.expect(200).body["link"], answer.body["link"]);
    }

    /// The event is where it was, and nothing else is anywhere.
    async fn has_not_moved(&self, made: &Value) {
        assert_eq!(self.live_events(ADA).len(), 1);
        assert!(self.live_events(WORK).is_empty());
        assert_eq!(self.links().await, (1, 0));
        assert_eq!(self.get(LINKED).await.expect(200).body, *made);
    }

    /// The move's answer was lost after the vendor had made the new event.
    async fn lose_the_answer_to_the_move(&self) {
        self.google().set_fault(on_events_of(WORK, FaultKind::DoThenCut, "POST").times(1));
        self.put(LINKED, &to_work()).await.refused(503, "vendor-unavailable");
        assert_eq!((self.live_events(ADA).len(), self.live_events(WORK).len()), (1, 1));
        assert_eq!(self.links().await, (2, 1));
    }

    /// The new event is there, and the old one could not be deleted.
    async fn leave_the_move_unfinished(&self) -> Value {
        self.google().set_fault(on_events_of(ADA, FaultKind::InternalError, "DELETE").times(1));
        self.put(LINKED, &to_work()).await.refused(503, "move-unfinished")
    }
}

#[tokio::test]
async fn an_event_moves_to_the_vendor_that_is_named() {
    let (hub, made) = booked().await;
    let mut change = to_work();
    change["event"]["title"] = json!("Elsewhere");
    let moved = hub.put(LINKED, &change).await;
    hub.has_moved(&moved).await;
    assert_eq!(moved.header("etag"), moved.body["event"]["etag"]);
    assert_eq!(moved.body["event"]["title"], "Elsewhere");
    assert_eq!(moved.body["link"]["calendar_id"], WORK);
    assert_eq!(moved.body["link"]["entity_id"], made["link"]["entity_id"]);
    assert_eq!(moved.body["warnings"], json!(null));
    assert_eq!(hub.get(LINKED).await.expect(200).body, moved.body);
    hub.get(&at("google_calendar")).await.refused(404, "not-linked");
    let again = hub.put(LINKED, &change).await;
    hub.has_moved(&again).await;
}

#[tokio::test]
async fn an_event_that_was_read_can_be_sent_to_its_new_place() {
    let (hub, made) = booked().await;
    let change = json!({"provider": "google-work", "event": made["event"]});
    let moved = hub.put(LINKED, &change).await;
    hub.has_moved(&moved).await;
    assert_ne!(moved.body["event"]["id"], made["event"]["id"]);
}

#[tokio::test]
async fn a_moved_event_can_move_back() {
    let (hub, made) = booked().await;
    let moved = hub.put(LINKED, &to_work()).await;
    hub.has_moved(&moved).await;
    let back = hub.put(LINKED, &to("google_calendar")).await.expect(200).body;
    assert_ne!(back["event"]["id"], made["event"]["id"], "no vendor takes an id twice");
    hub.has_not_moved(&back).await;
    let there_again = hub.put(LINKED, &to_work()).await;
    hub.has_moved(&there_again).await;
}

#[tokio::test]
async fn the_new_event_goes_into_the_calendar_that_is_named_or_the_primary_one() {
    const TEAM: &str = "team@group.calendar.google.com";
    let (hub, _) = booked().await;
    let old = vendor_event("old", "2026-01-01T09:00:00Z", "2026-01-01T10:00:00Z", json!({}));
    hub.google().put_event(WORK, TEAM, old);
    let mut named = to_work();
    named["calendar_id"] = json!(TEAM);
    assert_eq!(hub.put(LINKED, &named).await.expect(200).body["link"]["calendar_id"], TEAM);
    hub.put(LINKED, &to("google_calendar")).await.expect(200);
    let primary = json!({"provider": "google_work", "calendar_id": TEAM});
    hub.put("/api/calendar/primary", &primary).await.expect(200);
    assert_eq!(hub.put(LINKED, &to_work()).await.expect(200).body["link"]["calendar_id"], TEAM);
}

#[tokio::test]
async fn within_one_account_an_event_stays_in_its_calendar() {
    let (hub, made) = booked().await;
    let in_calendar =
        |calendar: &str| json!({"calendar_id": calendar, "event": event(TEN, ELEVEN)});
    let other = "team@group.calendar.google.com";
    hub.put(LINKED, &in_calendar(other)).await.invalid(&["calendar_id"]);
    let mut named = in_calendar(other);
    named["provider"] = json!("google_calendar");
    hub.put(LINKED, &named).await.invalid(&["calendar_id"]);
    hub.has_not_moved(&made).await;
    for own in [ADA, "primary"] {
        hub.put(LINKED, &in_calendar(own)).await.expect(200);
    }
}

#[tokio::test]
async fn a_move_needs_a_free_time_and_is_not_in_its_own_way() {
    let (hub, made) = booked().await;
    hub.plant_at_work("meeting", START, END);
    let problem = hub.put(LINKED, &to_work()).await.refused(409, "conflict");
    let conflicts = problem["conflicts"].as_array().unwrap();
    assert_eq!(conflicts.len(), 1, "{problem}");
    assert_eq!(conflicts[0]["event_id"], "meeting");
    assert_eq!(hub.live_events(WORK).len(), 1);
    assert_eq!(hub.get(LINKED).await.expect(200).body, made);
    let mut anyway = to_work();
    anyway["allow_conflicts"] = json!(true);
    hub.put(LINKED, &anyway).await.expect(200);
    assert_eq!((hub.live_events(ADA).len(), hub.live_events(WORK).len()), (0, 2));
}

#[tokio::test]
async fn if_match_guards_the_old_event() {
    let (hub, made) = booked().await;
    let etag = made["event"]["etag"].as_str().unwrap().to_owned();
    let guarded = |etag: &str| hub.user.clone().header("if-match", etag);
    guarded("\"1\"").put(LINKED, to_work()).await.refused(412, "precondition-failed");
    hub.change_at_vendor(&made["event"]["id"], json!({"summary": "Changed"}));
    guarded(&etag).put(LINKED, to_work()).await.refused(412, "precondition-failed");
    assert!(hub.live_events(WORK).is_empty());
    assert_eq!(hub.links().await, (1, 0));
    let read = hub.get(LINKED).await.expect(200);
    let moved = guarded(read.header("etag")).put(LINKED, to_work()).await;
    hub.has_moved(&moved).await;
}

#[tokio::test]
async fn an_event_that_is_gone_does_not_move() {
    let (hub, made) = booked().await;
    hub.change_at_vendor(&made["event"]["id"], json!({"status": "cancelled"}));
    hub.put(LINKED, &to_work()).await.refused(404, "event-gone");
    assert!(hub.live_events(WORK).is_empty());
    assert_eq!(hub.links().await, (1, 0));
}

#[tokio::test]
async fn a_record_without_event_gets_none_by_a_move() {
    let hub = connected_twice().await;
    hub.put(LINKED, &to_work()).await.refused(404, "not-linked");
    assert!(hub.live_events(WORK).is_empty());
}

#[tokio::test]
async fn of_several_events_it_must_be_clear_which_moves() {
    let (hub, _) = booked().await;
    let mut second = appointment("123", TEN, ELEVEN);
    second["provider"] = json!("google_work");
    second["allow_conflicts"] = json!(true);
    hub.post(PATH, &second).await.expect(201);
    let answer = hub.put(LINKED, &to("outlook")).await;
    answer.invalid(&["provider"]);
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains("google_calendar") && detail.contains("google_work"), "{detail}");
    assert_eq!(hub.links().await, (2, 0));
}

#[tokio::test]
async fn nothing_is_written_unless_both_connections_can_be_used() {
    let (hub, made) = booked().await;
    hub.put(LINKED, &to("acme")).await.refused(404, "unknown-provider");
    hub.put(LINKED, &to("hubspot")).await.refused(501, "capability-not-supported");
    hub.post("/api/integrations/google-work/disconnect", &json!({})).await.expect(200);
    let problem = hub.put(LINKED, &to_work()).await.refused(409, "not-connected");
    assert_eq!(problem["provider"], "google_work");
    hub.has_not_moved(&made).await;

    let (hub, _) = booked().await;
    hub.post("/api/integrations/google-calendar/disconnect", &json!({})).await.expect(200);
    let problem = hub.put(LINKED, &to_work()).await.refused(409, "not-connected");
    assert_eq!(problem["provider"], "google_calendar");
    assert!(hub.live_events(WORK).is_empty());
    assert_eq!(hub.links().await, (1, 0));
}

#[tokio::test]
async fn bad_input_of_a_move_is_named() {
    let (hub, made) = booked().await;
    for (field, value) in [
        ("on_unavailable", json!("wait")),
        ("notify", json!("everybody")),
        ("calendar_id", json!("")),
        ("calendar_id", json!("nowhere@group.calendar.google.com")),
    ] {
        let mut change = to_work();
        change[field] = value;
        hub.put(LINKED, &change).await.invalid(&[field]);
    }
    hub.has_not_moved(&made).await;
}

#[tokio::test]
async fn strangers_move_nothing() {
    let (hub, made) = booked().await;
    hub.refuses_strangers("PUT", LINKED, Some(to_work())).await;
    hub.bob().await.put(LINKED, to_work()).await.refused(404, "not-linked");
    let session = hub.session(json!({"providers": ["google_calendar"]})).await;
    session.put(LINKED, to_work()).await.refused(403, "forbidden");
    let session = hub.session(json!({"providers": ["google_work"]})).await;
    session.put(LINKED, to_work()).await.refused(404, "not-linked");
    hub.has_not_moved(&made).await;
}

#[tokio::test]
async fn a_refusal_of_the_new_vendor_leaves_everything_as_it_was() {
    let (hub, made) = booked().await;
    for kind in [FaultKind::TooManyRequests, FaultKind::ForbiddenRateLimit] {
        hub.google().set_fault(on_events_of(WORK, kind, "POST").times(1));
        let problem = hub.put(LINKED, &to_work()).await.refused(503, "vendor-rate-limited");
        assert_eq!(problem["provider"], "google_work");
        hub.has_not_moved(&made).await;
    }
}

#[tokio::test]
async fn whatever_the_new_vendor_does_wrong_the_same_call_goes_on() {
    for (kind, status, code) in FAILURES {
        let (hub, made) = booked().await;
        hub.google().set_fault(on_events_of(WORK, kind, "POST").times(1));
        let problem = hub.put(LINKED, &to_work()).await.refused(status, code);
        assert_eq!(problem["provider"], "google_work");
        assert_eq!(hub.get(LINKED).await.expect(200).body, made, "until then it is the old one");
        let moved = hub.put(LINKED, &to_work()).await;
        hub.has_moved(&moved).await;
    }
}

#[tokio::test]
async fn whatever_the_old_vendor_does_wrong_the_same_call_finishes_it() {
    // Of an answer to a delete only the status counts.
    for kind in [
        FaultKind::TooManyRequests,
        FaultKind::ForbiddenRateLimit,
        FaultKind::InternalError,
        FaultKind::Unavailable,
        FaultKind::DoThenCut,
    ] {
        let (hub, _) = booked().await;
        hub.google().set_fault(on_events_of(ADA, kind, "DELETE").times(1));
        let answer = hub.put(LINKED, &to_work()).await;
        let problem = answer.refused(503, "move-unfinished");
        assert_eq!(problem["provider"], "google_calendar");
        assert_eq!(problem["link"]["provider"], "google_work");
        assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
        let new = hub.get(LINKED).await.expect(200).body;
        assert_eq!(new["link"], problem["link"], "from now on it is the new one");
        let moved = hub.put(LINKED, &to_work()).await;
        hub.has_moved(&moved).await;
        assert_eq!(moved.body, new);
        assert_eq!(hub.vendor_calls("PATCH", ""), 0, "it was as asked already");
    }
}

#[tokio::test]
async fn after_a_kill_at_any_step_the_same_call_goes_on() {
    const TO_OLD: &str = "WHERE id = (SELECT from_link_id FROM calendar_event_moves)";
    const TO_NEW: &str = "WHERE id = (SELECT link_id FROM calendar_event_moves)";
    let set = |state: &str, which: &str| {
        format!("UPDATE calendar_event_links SET state = '{state}' {which}")
    };
    for guarded in [false, true] {
        for step in ["reserved", "made", "confirmed", "marked", "deleted"] {
            let (hub, made) = booked().await;
            let user = match guarded {
                true => {
                    hub.user.clone().header("if-match", made["event"]["etag"].as_str().unwrap())
                }
                false => hub.user.clone(),
            };
            if step == "reserved" {
                let fault = on_events_of(WORK, FaultKind::InternalError, "POST").times(1);
                hub.google().set_fault(fault);
                hub.put(LINKED, &to_work()).await.refused(503, "vendor-unavailable");
                assert_eq!((hub.live_events(WORK).len(), hub.links().await), (0, (2, 1)));
            } else {
                hub.lose_the_answer_to_the_move().await;
            }
            let there = hub.live_events(WORK);
            let confirmed = matches!(step, "confirmed" | "marked" | "deleted");
            if confirmed {
                hub.hub.rows.execute(&set("confirmed", TO_NEW)).await;
            }
            if matches!(step, "marked" | "deleted") {
                hub.hub.rows.execute(&set("deleting", TO_OLD)).await;
            }
            if step == "deleted" {
                hub.change_at_vendor(&made["event"]["id"], json!({"status": "cancelled"}));
            }
            let read = hub.get(LINKED).await.expect(200).body;
            let expected = if confirmed { "google_work" } else { "google_calendar" };
            assert_eq!(read["link"]["provider"], expected, "{step}");
            let moved = user.put(LINKED, to_work()).await;
            hub.has_moved(&moved).await;
            for new in there {
                assert_eq!(moved.body["event"]["id"], new["id"], "{step}: the same key");
            }
        }
    }
}

#[tokio::test]
async fn other_contents_of_the_repeated_call_count() {
    let (hub, _) = booked().await;
    let mut later = to_work();
    later["event"] = event("2026-12-01T10:30:00", "2026-12-01T11:30:00");
    later["event"]["title"] = json!("Later");
    hub.lose_the_answer_to_the_move().await;
    let moved = hub.put(LINKED, &later).await;
    hub.has_moved(&moved).await;
    assert_eq!(hub.live_events(WORK)[0]["summary"], "Later");

    let (hub, _) = booked().await;
    hub.leave_the_move_unfinished().await;
    let moved = hub.put(LINKED, &later).await;
    hub.has_moved(&moved).await;
    assert_eq!(hub.live_events(WORK)[0]["summary"], "Later");
}

#[tokio::test]
async fn a_new_event_that_was_deleted_meanwhile_is_made_anew() {
    let (hub, _) = booked().await;
    hub.leave_the_move_unfinished().await;
    let first = hub.live_events(WORK).remove(0);
    let mut gone = first.clone();
    gone["status"] = json!("cancelled");
    gone.as_object_mut().unwrap().remove("etag");
    hub.google().put_event(WORK, "primary", gone);
    hub.hub.rows.execute("UPDATE calendar_event_links SET state = 'confirmed'").await;
    let moved = hub.put(LINKED, &to_work()).await;
    hub.has_moved(&moved).await;
    assert_ne!(moved.body["event"]["id"], first["id"]);
}

#[tokio::test]
async fn a_change_that_names_no_vendor_changes_the_new_event_and_clears_up() {
    let (hub, _) = booked().await;
    hub.leave_the_move_unfinished().await;
    let mut change = json!({"event": event(TEN, ELEVEN)});
    change["event"]["title"] = json!("Renamed");
    hub.google().set_fault(on_events_of(ADA, FaultKind::InternalError, "DELETE").times(1));
    let changed = hub.put(LINKED, &change).await.expect(200).body;
    assert_eq!(changed["link"]["provider"], "google_work");
    assert!(changed["warnings"][0].as_str().unwrap().contains("google_calendar"), "{changed}");
    assert_eq!(hub.live_events(WORK)[0]["summary"], "Renamed");
    let cleared = hub.put(LINKED, &change).await;
    hub.has_moved(&cleared).await;
    assert_eq!(cleared.body["warnings"], json!(null));
}

#[tokio::test]
async fn a_change_before_the_new_event_is_known_to_be_there_is_not_lost_with_the_old_one() {
    let mut change = json!({"event": event(TEN, ELEVEN)});
    change["event"]["title"] = json!("Renamed");
    let (hub, _) = booked().await;
    hub.lose_the_answer_to_the_move().await;
    let changed = hub.put(LINKED, &change).await;
    hub.has_moved(&changed).await;
    assert_eq!(hub.live_events(WORK)[0]["summary"], "Renamed");

    // Nor where the new vendor had not made it.
    let (hub, _) = booked().await;
    hub.google().set_fault(on_events_of(WORK, FaultKind::InternalError, "POST").times(1));
    hub.put(LINKED, &to_work()).await.refused(503, "vendor-unavailable");
    let changed = hub.put(LINKED, &change).await;
    hub.has_moved(&changed).await;
    assert_eq!(hub.live_events(WORK)[0]["summary"], "Renamed");
}

#[tokio::test]
async fn a_delete_while_both_are_there_deletes_both() {
    let (hub, _) = booked().await;
    hub.lose_the_answer_to_the_move().await;
    hub.delete(LINKED).await.expect(204);
    assert_eq!(hub.links().await, (0, 0));
    assert!(hub.live_events(ADA).is_empty() && hub.live_events(WORK).is_empty());

    let (hub, _) = booked().await;
    hub.leave_the_move_unfinished().await;
    hub.delete(LINKED).await.expect(204);
    assert_eq!(hub.links().await, (0, 0));
    assert!(hub.live_events(ADA).is_empty() && hub.live_events(WORK).is_empty());
    hub.get(LINKED).await.refused(404, "not-linked");
}

#[tokio::test]
async fn an_interrupted_delete_of_both_is_finished_by_the_same_call() {
    for (account, other) in [(ADA, WORK), (WORK, ADA)] {
        let (hub, _) = booked().await;
        hub.leave_the_move_unfinished().await;
        hub.google().set_fault(on_events_of(account, FaultKind::DoThenCut, "DELETE").times(1));
        hub.delete(LINKED).await.refused(503, "vendor-unavailable");
        assert!(hub.live_events(account).is_empty(), "{other}");
        hub.delete(LINKED).await.expect(204);
        assert!(hub.live_events(other).is_empty());
        assert_eq!(hub.links().await, (0, 0));
    }
}

#[tokio::test]
async fn while_both_are_there_each_can_be_named() {
    let (hub, made) = booked().await;
    hub.leave_the_move_unfinished().await;
    let old = hub.get(&at("google_calendar")).await.expect(200).body;
    assert_eq!(old["event"], made["event"]);
    assert_eq!(
        hub.get(&at("google_work")).await.expect(200).body["link"]["provider"],
        "google_work"
    );
    hub.put(LINKED, &to("outlook")).await.invalid(&["provider"]);
    hub.delete(&at("google_calendar")).await.expect(204);
    assert_eq!((hub.live_events(ADA).len(), hub.live_events(WORK).len()), (0, 1));
    assert_eq!(hub.links().await, (1, 0));
}

#[tokio::test]
async fn while_an_event_is_on_its_way_it_is_not_changed_where_it_was() {
    for interrupted in ["making", "deleting", "deleted"] {
        let (hub, _) = booked().await;
        match interrupted {
            "making" => hub.lose_the_answer_to_the_move().await,
            "deleting" => drop(hub.leave_the_move_unfinished().await),
            _ => {
                hub.google().set_fault(on_events_of(ADA, FaultKind::DoThenCut, "DELETE").times(1));
                hub.put(LINKED, &to_work()).await.refused(503, "move-unfinished");
            }
        }
        let answer = hub.put(LINKED, &to("google_calendar")).await;
        answer.invalid(&["provider"]);
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains("google_work"), "{detail}");
        let moved = hub.put(LINKED, &to_work()).await;
        hub.has_moved(&moved).await;
        let back = hub.put(LINKED, &to("google_calendar")).await.expect(200).body;
        hub.has_not_moved(&back).await;
    }
}

#[tokio::test]
async fn an_event_on_its_way_can_be_kept_where_it_was() {
    let (hub, made) = booked().await;
    hub.lose_the_answer_to_the_move().await;
    hub.delete(&at("google_work")).await.expect(204);
    hub.has_not_moved(&made).await;
    hub.put(LINKED, &to("google_calendar")).await.expect(200);
}

#[tokio::test]
async fn the_same_move_at_the_same_time_makes_one_event() {
    let (hub, _) = booked().await;
    let (path, mut body) = (LINKED, to_work());
    body["allow_conflicts"] = json!(true);
    let answers = futures::future::join_all((0..5).map(|_| hub.put(path, &body))).await;
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.body["event"]["id"], hub.live_events(WORK)[0]["id"]);
    }
    let moved = hub.put(LINKED, &body).await;
    hub.has_moved(&moved).await;
}

#[tokio::test]
async fn one_account_alone_has_nowhere_to_move_to() {
    let hub = connected().await;
    let made = hub.book("123", TEN, ELEVEN).await;
    hub.put(LINKED, &to("outlook")).await.problem();
    assert_eq!(hub.get(LINKED).await.expect(200).body, made);
}
