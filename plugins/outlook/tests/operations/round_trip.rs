//! Any draft that Outlook can keep comes back as it was. What Graph does with an event is played
//! here: times in UTC with the zones beside them, line ends of Exchange, a name for each guest.

use chrono_tz::Tz;
use mortise_plugin_api::{
    Value,
    calendar::{
        Attendee, Event, EventDraft, EventStatus, EventTime, Reminder, ReminderMethod,
        ResponseStatus, Transparency, Visibility,
    },
    chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeZone as _, Utc},
    json, serde_json,
};
use proptest::prelude::*;

use crate::support::{body, changed, create, fixture, host, only_request, with};

/// Zones by which Windows knows them, and moments around their changes of clocks.
const ZONES: [Tz; 7] = [
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::Asia__Kolkata,
    Tz::Australia__Lord_Howe,
    Tz::Pacific__Chatham,
    Tz::America__St_Johns,
    Tz::UTC,
];

/// The event that Graph makes of a body.
fn made_by_graph(sent: &Value) -> Value {
    let mut event = with(changed("simple_event", json!({"subject": ""})), sent.clone());
    for (end, original) in [("start", "originalStartTimeZone"), ("end", "originalEndTimeZone")] {
        let local: NaiveDateTime = sent[end]["dateTime"].as_str().unwrap().parse().unwrap();
        let name = sent[end]["timeZone"].as_str().unwrap();
        let zone = *ZONES.iter().find(|zone| windows(**zone) == name).expect("a zone of the test");
        let moment = zone.from_local_datetime(&local).single().expect("it says one moment");
        let text = moment.to_utc().format("%Y-%m-%dT%H:%M:%S%.6f0").to_string();
        event[end] = json!({"dateTime": text, "timeZone": "UTC"});
        event[original] = json!(name);
    }
    if let Some(content) = sent.pointer("/body/content").and_then(Value::as_str) {
        event["body"]["content"] = json!(content.replace('\n', "\r\n"));
    }
    for guest in event["attendees"].as_array_mut().into_iter().flatten() {
        if guest["emailAddress"].get("name").is_none() {
            guest["emailAddress"]["name"] = guest["emailAddress"]["address"].clone();
        }
    }
    event
}

fn windows(zone: Tz) -> &'static str {
    match zone {
        Tz::Europe__Berlin => "W. Europe Standard Time",
        Tz::America__New_York => "Eastern Standard Time",
        Tz::Asia__Kolkata => "India Standard Time",
        Tz::Australia__Lord_Howe => "Lord Howe Standard Time",
        Tz::Pacific__Chatham => "Chatham Islands Standard Time",
        Tz::America__St_Johns => "Newfoundland Standard Time",
        _ => "UTC",
    }
}

fn there_and_back(draft: &EventDraft) -> Event {
    let host = host();
    let input = create(serde_json::to_value(draft).unwrap());
    host.answer_json(201, fixture("simple_event"));
    host.call("calendar.create_event", &input).unwrap();
    let sent = body(&only_request(&host));
    host.answer_json(201, made_by_graph(&sent));
    serde_json::from_value(host.call("calendar.create_event", &input).unwrap()).unwrap()
}

fn instant(zone: Tz, seconds: i64) -> EventTime {
    let moment = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap().with_timezone(&zone);
    EventTime::Instant { date_time: moment.fixed_offset(), time_zone: zone.name().to_owned() }
}

/// Minutes of the two nights in which Berlin's clocks change, or any minute of ten years.
fn minutes() -> impl Strategy<Value = i64> {
    let at = |time: &str| time.parse::<DateTime<Utc>>().unwrap().timestamp() / 60;
    let night = |day: &str| {
        let midnight = at(&format!("{day}T00:00:00Z"));
        midnight - 120..midnight + 240
    };
    prop_oneof![
        night("2026-10-25"),
        night("2026-03-29"),
        at("2024-01-01T00:00:00Z")..at("2034-01-01T00:00:00Z"),
    ]
}

prop_compose! {
    fn times()(
        zone in prop::sample::select(&ZONES[..]),
        minute in minutes(),
        long in 0..3000_i64,
    ) -> (EventTime, EventTime) {
        (instant(zone, minute * 60), instant(zone, (minute + long) * 60))
    }
}

prop_compose! {
    fn days()(offset in 0..4000_u64, long in 1..60_u64) -> (EventTime, EventTime) {
        let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(offset);
        (EventTime::Day { date: first }, EventTime::Day { date: first + Days::new(long) })
    }
}

fn guests() -> impl Strategy<Value = Vec<Attendee>> {
    use ResponseStatus::{Accepted, Declined, NeedsAction, Tentative};
    let answers = prop::sample::select(&[Accepted, Declined, NeedsAction, Tentative][..]);
    let guest = (prop::option::of("[a-zA-Zäé 🦷]{1,8}"), answers, any::<bool>());
    prop::collection::vec(guest, 0..4).prop_map(|guests| {
        let guests = guests.into_iter().enumerate();
        guests
            .map(|(number, (name, response, optional))| Attendee {
                email: format!("g{number}@example.org"),
                name,
                response,
                optional,
            })
            .collect()
    })
}

fn text() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[a-z<>&\"'🦷ü\n\t ]{0,40}x")
}

prop_compose! {
    fn drafts()(
        (start, end) in prop_oneof![times(), days()],
        title in text(),
        description in text(),
        location in text(),
        attendees in guests(),
        minutes in prop::option::of(prop::option::of(0..40_320_u32)),
        (transparency, status) in prop::sample::select(&[
            (Transparency::Busy, EventStatus::Confirmed),
            (Transparency::Busy, EventStatus::Tentative),
            (Transparency::Free, EventStatus::Confirmed),
        ][..]),
        visibility in prop::sample::select(&[
            Visibility::Default,
            Visibility::Private,
            Visibility::Confidential,
        ][..]),
    ) -> EventDraft {
        let popup = |minutes| Reminder { method: ReminderMethod::Popup, minutes };
        EventDraft {
            title, description, location, start, end, attendees, transparency, status, visibility,
            recurrence: Vec::new(),
            reminders: minutes.map(|minutes| minutes.map(popup).into_iter().collect()),
            conference_requested: false,
            extra: mortise_plugin_api::Map::new(),
        }
    }
}

fn moment_of(time: &EventTime) -> Option<DateTime<Utc>> {
    match time {
        EventTime::Instant { date_time, .. } => Some(date_time.to_utc()),
        EventTime::Day { .. } => None,
    }
}

/// Whether a local time comes twice, so that it had to be told in UTC.
fn comes_twice(time: &EventTime) -> bool {
    let EventTime::Instant { date_time, time_zone } = time else { return false };
    let zone: Tz = time_zone.parse().unwrap();
    zone.from_local_datetime(&date_time.naive_local()).single().is_none()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_draft_comes_back_as_it_was(draft in drafts()) {
        let event = there_and_back(&draft);
        prop_assert_eq!(&event.title, &draft.title);
        prop_assert_eq!(&event.description, &draft.description);
        prop_assert_eq!(&event.location, &draft.location);
        prop_assert_eq!(&event.attendees, &draft.attendees);
        prop_assert_eq!(event.transparency, draft.transparency);
        prop_assert_eq!(event.visibility, draft.visibility);
        prop_assert_eq!(event.status, draft.status);
        if draft.reminders.is_some() {
            prop_assert_eq!(&event.reminders, &draft.reminders);
        }
        prop_assert_eq!(moment_of(&event.start), moment_of(&draft.start));
        prop_assert_eq!(moment_of(&event.end), moment_of(&draft.end));
        // Where both ends come twice nothing is left of their zone.
        if !(comes_twice(&draft.start) && comes_twice(&draft.end)) {
            prop_assert_eq!(&event.start, &draft.start);
            prop_assert_eq!(&event.end, &draft.end);
        }
    }

    #[test]
    fn every_rule_of_a_pattern_comes_back(
        pattern in patterns(),
        interval in 1..30_u32,
        end in ends(),
    ) {
        let interval = if interval > 1 { format!(";INTERVAL={interval}") } else { String::new() };
        let frequency = pattern.split(';').next().unwrap();
        let by = &pattern[frequency.len()..];
        let line = format!("RRULE:{frequency}{interval}{end}{by}");
        let start = instant(Tz::Europe__Berlin, 1_796_115_600);
        let draft = EventDraft {
            end: start.clone(),
            start,
            recurrence: vec![line.clone()],
            ..serde_json::from_value(crate::support::draft(json!({}))).unwrap()
        };
        prop_assert_eq!(there_and_back(&draft).recurrence, vec![line]);
    }
}

/// Rules as they are read from Graph. The series starts on 1 December 2026 at 10:00 in Berlin.
fn patterns() -> impl Strategy<Value = String> {
    let day = || prop::sample::select(&["MO", "TU", "WE", "TH", "FR", "SA", "SU"][..]);
    let place = || prop::sample::select(&["1", "2", "3", "4", "-1"][..]);
    let week = prop::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1..7);
    let several = prop::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 2..7);
    let month_days = prop_oneof![
        (1..29_u32).prop_map(|day| day.to_string()),
        Just("-1".to_owned()),
        Just("28,29;BYSETPOS=-1".to_owned()),
        Just("28,29,30;BYSETPOS=-1".to_owned()),
    ];
    prop_oneof![
        Just("FREQ=DAILY".to_owned()),
        week.prop_map(|days| format!("FREQ=WEEKLY;BYDAY={}", days.join(","))),
        month_days.prop_map(|day| format!("FREQ=MONTHLY;BYMONTHDAY={day}")),
        (place(), day()).prop_map(|(place, day)| format!("FREQ=MONTHLY;BYDAY={place}{day}")),
        (several, place()).prop_map(|(days, place)| {
            format!("FREQ=MONTHLY;BYDAY={};BYSETPOS={place}", days.join(","))
        }),
        (1..13_u32, 1..29_u32)
            .prop_map(|(month, day)| format!("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}")),
        (1..13_u32, place(), day()).prop_map(|(month, place, day)| {
            format!("FREQ=YEARLY;BYMONTH={month};BYDAY={place}{day}")
        }),
    ]
}

fn ends() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        (1..1000_u32).prop_map(|count| format!(";COUNT={count}")),
        (0..3000_u64).prop_map(|days| {
            let date = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap() + Days::new(days);
            let last = date.and_hms_opt(10, 0, 0).unwrap();
            let last = Tz::Europe__Berlin.from_local_datetime(&last).single().unwrap();
            format!(";UNTIL={}", last.to_utc().format("%Y%m%dT%H%M%SZ"))
        }),
    ]
}
