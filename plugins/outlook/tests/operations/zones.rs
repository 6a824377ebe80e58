//! Moments, and the zones in which people think of them.

use mortise_plugin_api::{Value, json};

use crate::support::{changed, draft, posted, read, refused, utc};

fn span(zone: &str, start: &str, end: &str) -> Value {
    let time = |time: &str| json!({"date_time": time, "time_zone": zone});
    json!({"start": time(start), "end": time(end)})
}

fn sent(zone: &str, start: &str, end: &str) -> (Value, Value) {
    let body = posted(draft(span(zone, start, end)));
    (body["start"].clone(), body["end"].clone())
}

fn local(time: &str, zone: &str) -> Value {
    json!({"dateTime": time, "timeZone": zone})
}

const BERLIN: &str = "W. Europe Standard Time";

#[test]
fn a_moment_is_told_by_the_clocks_of_its_zone_under_windows_name() {
    assert_eq!(
        sent("America/New_York", "2026-07-01T09:00:00-04:00", "2026-07-01T10:30:00.25-04:00"),
        (
            local("2026-07-01T09:00:00", "Eastern Standard Time"),
            local("2026-07-01T10:30:00.250000", "Eastern Standard Time"),
        )
    );
    // Another offset says the same moment.
    assert_eq!(
        sent("Asia/Kolkata", "2026-07-01T09:00:00Z", "2026-07-01T12:00:00+02:00").1,
        local("2026-07-01T15:30:00", "India Standard Time")
    );
    assert_eq!(
        sent("UTC", "2026-07-01T09:00:00Z", "2026-07-01T10:00:00Z").0,
        local("2026-07-01T09:00:00", "UTC")
    );
}

#[test]
fn a_time_that_comes_twice_is_told_in_utc() {
    let first = "2026-10-25T02:30:00+02:00";
    let second = "2026-10-25T02:30:00+01:00";
    let after = "2026-10-25T03:30:00+01:00";
    assert_eq!(
        sent("Europe/Berlin", first, second),
        (local("2026-10-25T00:30:00", "UTC"), local("2026-10-25T01:30:00", "UTC"))
    );
    assert_eq!(
        sent("Europe/Berlin", second, after),
        (local("2026-10-25T01:30:00", "UTC"), local("2026-10-25T03:30:00", BERLIN))
    );
}

#[test]
fn the_night_in_which_clocks_are_put_forward_has_one_time_for_each_moment() {
    assert_eq!(
        sent("Europe/Berlin", "2026-03-29T01:59:00+01:00", "2026-03-29T03:01:00+02:00"),
        (local("2026-03-29T01:59:00", BERLIN), local("2026-03-29T03:01:00", BERLIN))
    );
}

#[test]
fn a_zone_that_windows_does_not_know_or_that_had_other_clocks_is_told_in_utc() {
    let troll = sent("Antarctica/Troll", "2026-07-01T09:00:00Z", "2026-07-01T10:00:00Z");
    assert_eq!(troll.0, local("2026-07-01T09:00:00", "UTC"));
    // In 1920 Vienna put its clocks forward and Berlin did not.
    let vienna = sent("Europe/Vienna", "1920-07-01T09:00:00Z", "1920-07-01T10:00:00Z");
    assert_eq!(vienna.0, local("1920-07-01T09:00:00", "UTC"));
    let today = sent("Europe/Vienna", "2026-07-01T09:00:00Z", "2026-07-01T10:00:00Z");
    assert_eq!(today.0, local("2026-07-01T11:00:00", BERLIN));
}

#[test]
fn a_series_needs_a_zone_that_says_when_it_recurs() {
    let mut troll = span("Antarctica/Troll", "2026-07-01T09:00:00Z", "2026-07-01T10:00:00Z");
    troll["recurrence"] = json!(["RRULE:FREQ=DAILY"]);
    refused(draft(troll), "event.start.time_zone");
    let mut twice = span("Europe/Berlin", "2026-10-25T02:30:00+01:00", "2026-10-25T03:30:00+01:00");
    twice["recurrence"] = json!(["RRULE:FREQ=WEEKLY"]);
    let message = refused(draft(twice), "event.start.time_zone");
    assert!(message.contains("comes twice"), "{message}");
}

fn seen(start: Value, end: Value, zones: [&str; 2]) -> (Value, Value) {
    let event = read(changed(
        "simple_event",
        json!({
            "start": start, "end": end,
            "originalStartTimeZone": zones[0], "originalEndTimeZone": zones[1],
        }),
    ));
    (event["start"].clone(), event["end"].clone())
}

fn at(time: &str, zone: &str) -> Value {
    json!({"date_time": time, "time_zone": zone})
}

#[test]
fn a_moment_is_read_in_its_own_zone() {
    let read =
        |zone: &str| seen(utc("2026-07-01T07:00:00"), utc("2026-07-01T08:00:00"), [zone; 2]).0;
    assert_eq!(read(BERLIN), at("2026-07-01T09:00:00+02:00", "Europe/Berlin"));
    assert_eq!(read("Europe/Vienna"), at("2026-07-01T09:00:00+02:00", "Europe/Vienna"));
    assert_eq!(read("UTC"), at("2026-07-01T07:00:00Z", "UTC"));
    assert_eq!(read("tzone://Microsoft/Utc"), at("2026-07-01T07:00:00Z", "UTC"));
    assert_eq!(read("tzone://Microsoft/Custom"), at("2026-07-01T07:00:00Z", "UTC"));
    assert_eq!(read("Customized Time Zone"), at("2026-07-01T07:00:00Z", "UTC"));
}

#[test]
fn a_flight_has_two_zones() {
    let zones = [BERLIN, "Eastern Standard Time"];
    assert_eq!(
        seen(utc("2026-07-01T07:00:00"), utc("2026-07-01T16:00:00"), zones),
        (
            at("2026-07-01T09:00:00+02:00", "Europe/Berlin"),
            at("2026-07-01T12:00:00-04:00", "America/New_York"),
        )
    );
}

#[test]
fn an_end_that_had_to_be_told_in_utc_has_the_others_zone() {
    assert_eq!(
        seen(utc("2026-10-25T01:30:00"), utc("2026-10-25T02:30:00"), ["UTC", BERLIN]),
        (
            at("2026-10-25T02:30:00+01:00", "Europe/Berlin"),
            at("2026-10-25T03:30:00+01:00", "Europe/Berlin"),
        )
    );
    assert_eq!(
        seen(utc("2026-10-24T23:30:00"), utc("2026-10-25T00:30:00"), [BERLIN, "UTC"]).1,
        at("2026-10-25T02:30:00+02:00", "Europe/Berlin")
    );
    // Where it need not have been, somebody meant UTC.
    assert_eq!(
        seen(utc("2026-10-26T01:30:00"), utc("2026-10-26T02:30:00"), ["UTC", BERLIN]).0,
        at("2026-10-26T01:30:00Z", "UTC")
    );
}

#[test]
fn times_in_another_zone_than_was_asked_for_are_understood() {
    let local = |time: &str| json!({"dateTime": time, "timeZone": BERLIN});
    let zones = [BERLIN; 2];
    assert_eq!(
        seen(local("2026-03-29T02:30:00.0000000"), local("2026-10-25T02:30:00"), zones),
        (
            at("2026-03-29T03:30:00+02:00", "Europe/Berlin"),
            at("2026-10-25T02:30:00+02:00", "Europe/Berlin"),
        )
    );
    let offset = json!({"dateTime": "2026-07-01T09:00:00Z"});
    let end = json!({"dateTime": "2026-07-01T10:00:00", "timeZone": ""});
    assert_eq!(seen(offset, end, ["", ""]).1, at("2026-07-01T10:00:00Z", "UTC"));
}

#[test]
fn years_that_graph_cannot_write_are_refused() {
    let far = json!({"date_time": "+262142-12-31T23:59:59Z", "time_zone": "Europe/Berlin"});
    refused(draft(json!({"end": far})), "event.end");
    refused(draft(json!({"start": far})), "event.start");
    let day = |date: &str| json!({"date": date});
    let days = json!({"start": day("+10000-01-01"), "end": day("+10000-01-02")});
    refused(draft(days), "event.start");
    let lines = json!({"recurrence": ["RRULE:FREQ=DAILY;UNTIL=+262142-1231T000000Z"]});
    refused(draft(lines), "event.recurrence.0");
}
