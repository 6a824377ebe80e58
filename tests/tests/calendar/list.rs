//! `GET /api/calendar/events`

use std::collections::BTreeSet;

use mortise_sandbox::HOLIDAYS_CALENDAR;
use mortise_tests::FaultKind;
use serde_json::{Value, json};

use crate::support::{
    ADA, BOB, Connected, FAILURES, Refused as _, WEEK, appointment, connected, impatient,
    on_events, vendor_event,
};

const PATH: &str = "/api/calendar/events";

fn in_week(more: &str) -> String {
    format!("{PATH}?{WEEK}{more}")
}

fn ids(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item["event"]["id"].as_str().unwrap()).collect()
}

fn plant_hourly(hub: &Connected, count: u32) {
    for hour in 0..count {
        let start = format!("2026-12-02T{hour:02}:00:00Z");
        let end = format!("2026-12-02T{hour:02}:30:00Z");
        hub.plant("primary", &format!("event{hour:02}"), &start, &end, json!({}));
    }
}

#[tokio::test]
async fn events_come_in_order_of_start_with_their_links() {
    let hub = connected().await;
    hub.plant("primary", "later", "2026-12-02T15:00:00Z", "2026-12-02T16:00:00Z", json!({}));
    let made = hub.book("1", "2026-12-02T10:00:00", "2026-12-02T11:00:00").await;
    let list = hub.get(&in_week("")).await.expect(200).body;
    insta::assert_json_snapshot!(list, {
        ".items[].event.id" => "[id]",
        ".items[].event.etag" => "[etag]",
        ".items[].event.html_url" => "[url]",
        ".items[].event.created_at" => "[time]",
        ".items[].event.updated_at" => "[time]",
        ".items[].event.extra.iCalUID" => "[uid]",
        ".items[].link.event_id" => "[id]",
        ".items[].link.created_at" => "[time]",
        ".items[].link.updated_at" => "[time]",
    });
    assert_eq!(list["items"][0]["link"], made["link"]);
}

#[tokio::test]
async fn the_window_is_half_open() {
    let hub = connected().await;
    hub.plant("primary", "before", "2026-11-30T23:00:00Z", "2026-12-01T00:00:00Z", json!({}));
    hub.plant("primary", "astride", "2026-11-30T23:00:00Z", "2026-12-01T00:30:00Z", json!({}));
    hub.plant("primary", "after", "2026-12-08T00:00:00Z", "2026-12-08T01:00:00Z", json!({}));
    assert_eq!(ids(&hub.get(&in_week("")).await.expect(200).body), ["astride"]);
}

#[tokio::test]
async fn a_window_may_be_a_leap_year_long_and_no_longer() {
    let hub = connected().await;
    let year = format!("{PATH}?start=2026-12-01T00:00:00Z&end=2027-12-02T00:00:00Z");
    hub.get(&year).await.expect(200);
    let longer = format!("{PATH}?start=2026-12-01T00:00:00Z&end=2027-12-02T00:00:01Z");
    hub.get(&longer).await.invalid(&["end"]);
}

#[tokio::test]
async fn a_plus_sign_that_the_query_lost_is_understood() {
    let hub = connected().await;
    hub.plant("primary", "early", "2026-11-30T23:00:00Z", "2026-11-30T23:30:00Z", json!({}));
    let window = "start=2026-12-01T00:00:00+01:00&end=2026-12-02T00:00:00+01:00";
    assert_eq!(ids(&hub.get(&format!("{PATH}?{window}")).await.expect(200).body), ["early"]);
}

#[tokio::test]
async fn nobody_is_refused() {
    let hub = connected().await;
    hub.refuses_strangers("GET", &in_week(""), None).await;
}

#[tokio::test]
async fn another_user_sees_their_own_events_only() {
    let hub = connected().await;
    hub.book("1", "2026-12-02T10:00:00", "2026-12-02T11:00:00").await;
    hub.hub.as_user("bob").get(&in_week("")).await.refused(409, "not-connected");
    let bob = hub.bob().await;
    let event = vendor_event("bobs1", "2026-12-02T10:00:00Z", "2026-12-02T11:00:00Z", json!({}));
    hub.google().put_event(BOB, "primary", event);
    let list = bob.get(&in_week("")).await.expect(200).body;
    assert_eq!(ids(&list), ["bobs1"]);
    assert!(list["items"][0]["link"].is_null());
}

#[tokio::test]
async fn a_session_for_another_provider_sees_nothing() {
    let hub = connected().await;
    hub.plant("primary", "secret", "2026-12-02T10:00:00Z", "2026-12-02T11:00:00Z", json!({}));
    let session = hub.session_for_outlook().await;
    session.get(&in_week("&provider=google_calendar")).await.refused(403, "forbidden");
    let refused = session.get(&in_week("")).await;
    assert_eq!(refused.refused(409, "not-connected")["provider"], "outlook");
    assert!(!refused.text.contains("secret"), "{refused:?}");
}

#[tokio::test]
async fn a_session_of_the_user_lists_like_the_key() {
    let hub = connected().await;
    hub.book("1", "2026-12-02T10:00:00", "2026-12-02T11:00:00").await;
    let session = hub.session(json!({"providers": ["google_calendar"]})).await;
    let (seen, expected) = (session.get(&in_week("")).await, hub.get(&in_week("")).await);
    assert_eq!(seen.expect(200).body, expected.expect(200).body);
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let hub = connected().await;
    for (query, field) in [
        ("end=2026-12-08T00:00:00Z", "start"),
        ("start=2026-12-01T00:00:00Z", "end"),
        ("start=yesterday&end=2026-12-08T00:00:00Z", "start"),
        ("start=2026-12-01&end=2026-12-08T00:00:00Z", "start"),
        ("start=2026-12-01T00:00:00&end=2026-12-08T00:00:00Z", "start"),
        ("start=2026-12-08T00:00:00Z&end=2026-12-01T00:00:00Z", "end"),
        ("start=2026-12-08T00:00:00Z&end=2026-12-08T00:00:00Z", "end"),
        ("start=2026-12-08T00:00:00Z&end=2028-12-01T00:00:00Z", "end"),
        (&format!("{WEEK}&limit=0"), "limit"),
        (&format!("{WEEK}&limit=251"), "limit"),
        (&format!("{WEEK}&limit=-1"), "limit"),
        (&format!("{WEEK}&limit=many"), "limit"),
        (&format!("{WEEK}&cursor=*"), "cursor"),
        (&format!("{WEEK}&cursor=bm90IGpzb24"), "cursor"),
        (&format!("{WEEK}&cursor=W10"), "cursor"),
        (&format!("{WEEK}&cursor=e30"), "cursor"),
    ] {
        hub.get(&format!("{PATH}?{query}")).await.invalid(&[field]);
    }
    let unknown = hub.get(&in_week("&colour=red")).await.refused(422, "invalid");
    assert!(unknown["detail"].as_str().unwrap().contains("colour"), "{unknown}");
    hub.get(&in_week("&provider=acme")).await.refused(404, "unknown-provider");
    assert_eq!(hub.vendor_calls("GET", "/events"), 0, "none of it is the vendor's business");
}

#[tokio::test]
async fn pages_show_every_event_once_and_in_order() {
    let hub = connected().await;
    plant_hourly(&hub, 7);
    let (mut seen, mut query, mut pages) = (Vec::new(), in_week("&limit=3"), 0);
    loop {
        let page = hub.get(&query).await.expect(200).body;
        pages += 1;
        assert!(ids(&page).len() <= 3);
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next_cursor"].as_str() else { break };
        query = in_week(&format!("&limit=3&cursor={next}"));
    }
    let expected: Vec<_> = (0..7).map(|hour| format!("event{hour:02}")).collect();
    assert_eq!((seen, pages), (expected, 3));
}

#[tokio::test]
async fn an_event_made_between_two_pages_does_not_shift_them() {
    let hub = connected().await;
    plant_hourly(&hub, 4);
    let first = hub.get(&in_week("&limit=2")).await.expect(200).body;
    hub.plant("primary", "new", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z", json!({}));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = hub.get(&in_week(&format!("&limit=2&cursor={cursor}"))).await.expect(200).body;
    let seen: BTreeSet<_> = ids(&first).into_iter().chain(ids(&second)).collect();
    assert_eq!(seen, BTreeSet::from(["event00", "event01", "event02", "event03"]));
}

#[tokio::test]
async fn a_cursor_of_another_window_is_lost() {
    let hub = connected().await;
    plant_hourly(&hub, 3);
    let page = hub.get(&in_week("&limit=2")).await.expect(200).body;
    let cursor = page["next_cursor"].as_str().unwrap();
    let other = "start=2026-12-02T00:00:00Z&end=2026-12-03T00:00:00Z";
    hub.get(&format!("{PATH}?{other}&limit=2&cursor={cursor}")).await.refused(410, "cursor-lost");
}

#[tokio::test]
async fn a_series_is_listed_as_instances_with_the_link_of_the_series() {
    let hub = connected().await;
    let mut series = appointment("weekly", "2026-12-01T10:00:00", "2026-12-01T11:00:00");
    series["event"]["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=3"]);
    let made = hub.post(PATH, &series).await.expect(201).body;
    let list = hub.get(&in_week("")).await.expect(200).body;
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    for (day, item) in items.iter().enumerate() {
        let start = format!("2026-12-0{}T10:00:00+01:00", day + 1);
        assert_eq!(item["event"]["start"]["date_time"], start);
        assert_eq!(item["event"]["series_id"], made["event"]["id"]);
        assert_eq!(item["event"]["recurrence"], json!([]));
        assert_eq!(item["link"], made["link"]);
    }
}

#[tokio::test]
async fn an_event_that_the_vendor_sent_broken_is_a_warning() {
    let hub = connected().await;
    plant_hourly(&hub, 2);
    hub.google().put_event(
        ADA,
        "primary",
        json!({"id": "broken1", "start": {"dateTime": "soon"}, "end": {"dateTime": "later"}}),
    );
    let list = hub.get(&in_week("")).await.expect(200).body;
    assert_eq!(ids(&list), ["event00", "event01"]);
    let warnings = list["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{list}");
    let warning = warnings[0].as_str().unwrap();
    assert!(warning.starts_with("google_calendar: ") && warning.contains("broken1"), "{warning}");
    assert_eq!(list["partial"], false, "the vendor was asked and answered");
}

#[tokio::test]
async fn deleted_events_are_not_listed_and_declined_ones_are() {
    let hub = connected().await;
    let (start, end) = ("2026-12-02T10:00:00Z", "2026-12-02T11:00:00Z");
    hub.plant("primary", "deleted", start, end, json!({"status": "cancelled"}));
    hub.plant(
        "primary",
        "declined",
        start,
        end,
        json!({
            "organizer": {"email": "boss@example.com"},
            "attendees": [{"email": ADA, "responseStatus": "declined"}],
        }),
    );
    let list = hub.get(&in_week("")).await.expect(200).body;
    assert_eq!(ids(&list), ["declined"]);
    assert_eq!(list["items"][0]["event"]["attendees"][0]["response"], "declined");
}

#[tokio::test]
async fn another_calendar_is_listed_by_its_id_alone() {
    let hub = connected().await;
    plant_hourly(&hub, 1);
    hub.google().put_event(
        ADA,
        HOLIDAYS_CALENDAR,
        json!({"id": "nikolaus", "start": {"date": "2026-12-06"}, "end": {"date": "2026-12-07"}}),
    );
    let query = in_week("&calendar_id=en.german%23holiday%40group.v.calendar.google.com");
    let list = hub.get(&query).await.expect(200).body;
    assert_eq!(ids(&list), ["nikolaus"]);
    assert_eq!(list["items"][0]["event"]["start"], json!({"date": "2026-12-06"}));
    hub.get(&in_week("&calendar_id=nowhere")).await.refused(404, "vendor-not-found");
}

#[tokio::test]
async fn what_the_vendor_does_wrong_is_told_as_it_is() {
    let hub = connected().await;
    for (kind, status, code) in FAILURES {
        hub.google().set_fault(on_events(kind, "GET").times(1));
        hub.get(&in_week("")).await.refused_by_vendor(status, code);
        hub.get(&in_week("")).await.expect(200);
    }
}

#[tokio::test]
async fn an_error_with_status_200_is_not_an_empty_calendar() {
    let hub = connected().await;
    plant_hourly(&hub, 1);
    hub.google().set_fault(on_events(FaultKind::OkWithError, "GET").times(1));
    let problem = hub.get(&in_week("")).await.refused_by_vendor(502, "vendor-bad-answer");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("not what its documentation says"), "{problem}");
    assert_eq!(hub.vendor_calls("GET", "/events"), 1, "asking again would not help");
    assert_eq!(ids(&hub.get(&in_week("")).await.expect(200).body), ["event00"]);
}

#[tokio::test]
async fn the_vendors_wait_is_passed_on_in_whole_seconds() {
    let hub = connected().await;
    for kind in [FaultKind::TooManyRequests, FaultKind::Unavailable] {
        hub.google().set_fault(on_events(kind, "GET").times(1).retry_after(6.2));
        let answer = hub.get(&in_week("")).await;
        assert_eq!(answer.header("retry-after"), "7", "{answer:?}");
        assert_eq!(answer.body["retry_after"], 7);
    }
}

#[tokio::test]
async fn a_vendor_that_takes_too_long_is_504() {
    let hub = impatient().await;
    hub.google().set_fault(on_events(FaultKind::Slow, "GET"));
    hub.get(&in_week("")).await.refused_by_vendor(504, "vendor-timeout");
}

#[tokio::test]
async fn a_token_that_the_vendor_ended_is_renewed_on_the_way() {
    let hub = connected().await;
    plant_hourly(&hub, 1);
    hub.google().expire_access_tokens(ADA);
    assert_eq!(ids(&hub.get(&in_week("")).await.expect(200).body), ["event00"]);
}

#[tokio::test]
async fn a_grant_that_the_user_withdrew_asks_for_a_new_consent() {
    let hub = connected().await;
    hub.google().revoke_grants(ADA);
    let problem = hub.get(&in_week("")).await.refused(409, "needs-reauth");
    let link = problem["connect_url"].as_str().unwrap();
    assert!(link.ends_with("/api/integrations/google-calendar/connect"), "{problem}");
    let before = hub.google().requests().len();
    hub.get(&in_week("")).await.refused(409, "needs-reauth");
    assert_eq!(hub.google().requests().len(), before, "a dead grant is not tried again");
}
