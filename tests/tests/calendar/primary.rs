//! `/api/calendar/primary`: where the events of calls go that name no provider.

use mortise_sandbox::HOLIDAYS_CALENDAR;
use mortise_tests::Fault;
use serde_json::{Value, json};

use crate::support::{
    ADA, Connected, FAILURES, Refused as _, USER, WEEK, WORK, appointment, connected,
    connected_twice, vendor_event,
};

const PATH: &str = "/api/calendar/primary";
const EVENTS: &str = "/api/calendar/events";
const TEAM: &str = "team@group.calendar.google.com";

fn choice(provider: &str) -> Value {
    json!({"provider": provider})
}

fn choice_in(provider: &str, calendar: &str) -> Value {
    json!({"provider": provider, "calendar_id": calendar})
}

/// `GET`, which must say this.
async fn is(hub: &Connected, primary: Value) {
    assert_eq!(hub.get(PATH).await.expect(200).body, json!({"primary": primary}));
}

fn visit(id: &str) -> Value {
    appointment(id, "2026-12-01T10:00:00", "2026-12-01T11:00:00")
}

/// Makes an event without regard to others; its provider and calendar.
async fn lands(hub: &Connected, id: &str, more: Value) -> (String, String) {
    let mut body = visit(id);
    body["allow_conflicts"] = json!(true);
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let link = hub.post(EVENTS, &body).await.expect(201).body["link"].clone();
    let text = |name: &str| link[name].as_str().unwrap().to_owned();
    (text("provider"), text("calendar_id"))
}

fn place(provider: &str, calendar: &str) -> (String, String) {
    (provider.to_owned(), calendar.to_owned())
}

/// Both accounts have a calendar for their team.
async fn connected_with_teams() -> Connected {
    let hub = connected_twice().await;
    let event = || vendor_event("old", "2026-01-01T09:00:00Z", "2026-01-01T10:00:00Z", json!({}));
    for account in [ADA, WORK] {
        hub.google().put_event(account, TEAM, event());
    }
    hub
}

#[tokio::test]
async fn it_is_set_replaced_and_forgotten() {
    let hub = connected_with_teams().await;
    is(&hub, json!(null)).await;
    let team = json!({"provider": "google_work", "calendar_id": TEAM, "status": "active"});
    let set = hub.put(PATH, &choice_in("google-work", TEAM)).await.expect(200).body;
    assert_eq!(set, json!({"primary": team}));
    is(&hub, team).await;
    let own = json!({"provider": "google_calendar", "status": "active"});
    for main in [choice("google_calendar"), choice_in("google_calendar", "primary")] {
        let set = hub.put(PATH, &main).await.expect(200).body;
        assert_eq!(set, json!({"primary": own}));
        is(&hub, own.clone()).await;
    }
    for _ in 0..2 {
        hub.delete(PATH).await.expect(204);
        is(&hub, json!(null)).await;
    }
}

#[tokio::test]
async fn an_event_goes_there_unless_the_call_says_otherwise() {
    let hub = connected_with_teams().await;
    hub.post(EVENTS, &visit("1")).await.invalid(&["provider"]);
    hub.put(PATH, &choice_in("google_work", TEAM)).await.expect(200);
    assert_eq!(lands(&hub, "1", json!({})).await, place("google_work", TEAM));
    assert_eq!(lands(&hub, "2", json!({"calendar_id": WORK})).await, place("google_work", WORK));
    let primary = json!({"calendar_id": "primary"});
    assert_eq!(lands(&hub, "3", primary).await, place("google_work", WORK));
    let work = json!({"provider": "google_work"});
    assert_eq!(lands(&hub, "4", work).await, place("google_work", TEAM));
    let own = json!({"provider": "google_calendar"});
    assert_eq!(lands(&hub, "5", own).await, place("google_calendar", ADA));
    hub.put(PATH, &choice("google_calendar")).await.expect(200);
    assert_eq!(lands(&hub, "6", json!({})).await, place("google_calendar", ADA));
    hub.delete(PATH).await.expect(204);
    hub.post(EVENTS, &visit("7")).await.invalid(&["provider"]);
}

#[tokio::test]
async fn lists_and_busy_time_are_of_all_calendars_all_the_same() {
    let hub = connected_twice().await;
    hub.put(PATH, &choice("google_work")).await.expect(200);
    let (start, end) = ("2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z");
    hub.plant("primary", "dentist", start, end, json!({}));
    hub.plant_at_work("meeting", start, end);
    let list = hub.get(&format!("{EVENTS}?{WEEK}")).await.expect(200).body;
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let problem = hub.post(EVENTS, &visit("1")).await.refused(409, "conflict");
    assert_eq!(problem["conflicts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_same_call_again_meets_its_event_after_the_primary_calendar_changed() {
    let hub = connected_twice().await;
    hub.put(PATH, &choice("google_calendar")).await.expect(200);
    let made = hub.post(EVENTS, &visit("1")).await.expect(201).body;
    hub.put(PATH, &choice("google_work")).await.expect(200);
    assert_eq!(hub.post(EVENTS, &visit("1")).await.expect(200).body, made);
    assert!(hub.live_events(WORK).is_empty());
}

#[tokio::test]
async fn one_that_cannot_be_used_is_not_replaced_by_another_calendar() {
    let hub = connected_twice().await;
    hub.put(PATH, &choice("google_work")).await.expect(200);
    hub.google().revoke_grants(WORK);
    hub.get(&format!("{EVENTS}?{WEEK}&provider=google_work")).await.refused(409, "needs-reauth");
    is(&hub, json!({"provider": "google_work", "status": "needs_reauth"})).await;
    let problem = hub.post(EVENTS, &visit("1")).await.refused(409, "needs-reauth");
    assert_eq!(problem["provider"], "google_work");
    hub.post("/api/integrations/google-work/disconnect", &json!({})).await.expect(200);
    is(&hub, json!({"provider": "google_work", "status": "revoked"})).await;
    let problem = hub.post(EVENTS, &visit("1")).await.refused(409, "not-connected");
    assert_eq!(problem["provider"], "google_work");
    assert!(hub.live_events(ADA).is_empty());
    assert_eq!(lands(&hub, "1", json!({"provider": "google_calendar"})).await.0, "google_calendar");
}

#[tokio::test]
async fn what_cannot_be_written_to_is_refused_and_the_old_one_stays() {
    let hub = connected_twice().await;
    hub.put(PATH, &choice("google_calendar")).await.expect(200);
    hub.put(PATH, &choice("acme")).await.refused(404, "unknown-provider");
    hub.put(PATH, &choice("hubspot")).await.refused(501, "capability-not-supported");
    let nowhere = "nowhere@group.calendar.google.com";
    for calendar in [HOLIDAYS_CALENDAR, nowhere, "", "a\nb", &"x".repeat(513)] {
        hub.put(PATH, &choice_in("google_work", calendar)).await.invalid(&["calendar_id"]);
    }
    hub.post("/api/integrations/google-work/disconnect", &json!({})).await.expect(200);
    let problem = hub.put(PATH, &choice("google_work")).await.refused(409, "not-connected");
    assert!(problem["connect_url"].as_str().unwrap().ends_with("/google-work/connect"));
    for (body, named) in [
        (json!({}), "provider"),
        (json!({"provider": 7}), "provider"),
        (json!({"provider": "google_calendar", "calendar": "x"}), "calendar"),
    ] {
        let problem = hub.put(PATH, &body).await.refused(422, "invalid");
        assert!(problem["errors"].to_string().contains(named), "{named}: {problem}");
    }
    hub.get(&format!("{PATH}?provider=x")).await.invalid(&["provider"]);
    is(&hub, json!({"provider": "google_calendar", "status": "active"})).await;
}

#[tokio::test]
async fn nobody_is_refused() {
    let hub = connected().await;
    hub.refuses_strangers("GET", PATH, None).await;
    hub.refuses_strangers("PUT", PATH, Some(choice("google_calendar"))).await;
    hub.refuses_strangers("DELETE", PATH, None).await;
    is(&hub, json!(null)).await;
}

#[tokio::test]
async fn every_user_has_one_of_their_own() {
    let hub = connected().await;
    hub.put(PATH, &choice("google_calendar")).await.expect(200);
    let bob = hub.hub.as_user("bob");
    assert_eq!(bob.get(PATH).await.expect(200).body, json!({"primary": null}));
    bob.put(PATH, choice("google_calendar")).await.refused(409, "not-connected");
    bob.delete(PATH).await.expect(204);
    let set = json!({"provider": "google_calendar", "status": "active"});
    is(&hub, set.clone()).await;
    let session = hub.hub.session_for(USER).await;
    assert_eq!(session.get(PATH).await.expect(200).body, json!({"primary": set}));
}

#[tokio::test]
async fn a_session_for_another_provider_neither_sees_nor_changes_it() {
    let hub = connected().await;
    hub.put(PATH, &choice("google_calendar")).await.expect(200);
    let session = hub.session_for_outlook().await;
    assert_eq!(session.get(PATH).await.expect(200).body, json!({"primary": null}));
    session.put(PATH, choice("google_calendar")).await.refused(403, "forbidden");
    session.delete(PATH).await.refused(403, "forbidden");
    session.post(EVENTS, visit("1")).await.refused(409, "not-connected");
    is(&hub, json!({"provider": "google_calendar", "status": "active"})).await;
}

#[tokio::test]
async fn a_session_for_another_provider_neither_replaces_it_nor_is_held_up_by_it() {
    let hub = connected_twice().await;
    hub.put(PATH, &choice("google_calendar")).await.expect(200);
    let session = hub.session(json!({"providers": ["google_work"]})).await;
    session.put(PATH, choice("google_work")).await.refused(403, "forbidden");
    is(&hub, json!({"provider": "google_calendar", "status": "active"})).await;
    let made = session.post(EVENTS, visit("1")).await.expect(201).body;
    assert_eq!(made["link"]["provider"], "google_work");
    hub.delete(PATH).await.expect(204);
    session.put(PATH, choice("google_work")).await.expect(200);
}

#[tokio::test]
async fn a_calendar_that_the_vendor_does_not_list_now_is_not_set() {
    let hub = connected().await;
    for (kind, status, code) in FAILURES {
        hub.google().set_fault(Fault::on("/calendar/v3/users/me/calendarList", kind).times(1));
        let answer = hub.put(PATH, &choice_in("google_calendar", ADA)).await;
        answer.refused_by_vendor(status, code);
        is(&hub, json!(null)).await;
    }
    hub.put(PATH, &choice_in("google_calendar", ADA)).await.expect(200);
}

#[tokio::test]
async fn connecting_again_keeps_it() {
    let hub = connected().await;
    hub.put(PATH, &choice("google_calendar")).await.expect(200);
    hub.post("/api/integrations/google-calendar/disconnect", &json!({})).await.expect(200);
    is(&hub, json!({"provider": "google_calendar", "status": "revoked"})).await;
    hub.hub.connect(USER, mortise_tests::GOOGLE, &mortise_tests::Consent::of(ADA)).await;
    is(&hub, json!({"provider": "google_calendar", "status": "active"})).await;
}
