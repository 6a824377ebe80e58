//! Drafts, zones and fields to try.

use chrono_tz::Tz;
use mortise_plugin_api::{
    Map, Value,
    calendar::{
        Attendee, EventDraft, EventStatus, EventTime, Reminder, ReminderMethod, ResponseStatus,
        Transparency, Visibility,
    },
    chrono::{
        DateTime, Days, Duration, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, TimeZone,
    },
    json,
};
use proptest::{
    collection::vec,
    option, prop_oneof,
    sample::{select, subsequence},
    strategy::{Just, Strategy},
};

const ZONES: [Tz; 8] = [
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::America__St_Johns,
    Tz::Australia__Lord_Howe,
    Tz::Asia__Kathmandu,
    Tz::Africa__Casablanca,
    Tz::Pacific__Apia,
    Tz::UTC,
];

/// Year, month and day.
type Ymd = (i32, u32, u32);

/// Days on which a clock is changed in one of the zones.
const CLOCK_CHANGES: [Ymd; 8] = [
    (2026, 3, 29),
    (2026, 10, 25),
    (2026, 3, 8),
    (2026, 11, 1),
    (2026, 4, 5),
    (2026, 10, 4),
    (2027, 2, 7),
    (2027, 3, 14),
];

/// Zone, and a local time that is there twice.
const AMBIGUOUS: [(Tz, Ymd, (u32, u32)); 4] = [
    (Tz::Europe__Berlin, (2026, 10, 25), (2, 30)),
    (Tz::America__New_York, (2026, 11, 1), (1, 30)),
    (Tz::America__St_Johns, (2026, 11, 1), (1, 15)),
    (Tz::Australia__Lord_Howe, (2026, 4, 5), (1, 45)),
];

const SERIES: [&[&str]; 6] = [
    &["RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=5"],
    &["RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271231T225959Z"],
    &["RRULE:FREQ=DAILY;INTERVAL=2", "EXDATE;TZID=Europe/Berlin:20261208T100000"],
    &["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"],
    &["RDATE;VALUE=DATE:20270101,20270106"],
    &["EXRULE:FREQ=WEEKLY;BYDAY=SU", "RRULE:FREQ=WEEKLY;WKST=SU"],
];

const LONGEST: usize = 100 * 1024;

pub(super) fn zones() -> impl Strategy<Value = Tz> {
    select(&ZONES[..])
}

/// Text as people and machines write it; never empty, which Google takes for absent.
fn text() -> impl Strategy<Value = String> {
    let odd = [
        "🦷👩‍👩‍👧‍👦🇩🇪",
        "e\u{301} \u{202e}right to left\u{202c} \u{feff}",
        "\"quoted\" \\u0041 \\ / <b>&amp;</b>\r\n\tline",
        "\u{1}\u{7f}\u{fffd}\u{10ffff}",
        " ",
        "null",
    ];
    prop_oneof![4 => "\\PC{1,40}", 2 => select(odd.to_vec()).prop_map(str::to_owned)]
}

fn long_text() -> impl Strategy<Value = String> {
    let long = |part: String| part.repeat(LONGEST / part.len());
    prop_oneof![3 => text(), 1 => text().prop_map(long)]
}

fn days() -> impl Strategy<Value = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(2001, 1, 1).unwrap();
    let any = (0_u64..365 * 40).prop_map(move |days| first + Days::new(days));
    prop_oneof![any, select(&CLOCK_CHANGES[..]).prop_map(date)]
}

fn date((year, month, day): Ymd) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// One of the readings of a local time; the one an hour later where the clock leaps over it.
fn moment(zone: Tz, local: NaiveDateTime, second: bool) -> DateTime<FixedOffset> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(moment) => moment.fixed_offset(),
        MappedLocalTime::Ambiguous(one, other) => if second { other } else { one }.fixed_offset(),
        MappedLocalTime::None => moment(zone, local + Duration::hours(1), second),
    }
}

fn times() -> impl Strategy<Value = (EventTime, EventTime)> {
    let whole_days = (days(), 1_u64..400).prop_map(|(date, length)| {
        (EventTime::Day { date }, EventTime::Day { date: date + Days::new(length) })
    });
    let instants = (zones(), zones(), days(), 0_i64..24 * 4, 1_i64..3000, proptest::bool::ANY);
    let instants = instants.prop_map(|(zone, end_zone, day, quarter, minutes, second)| {
        let local = day.and_hms_opt(0, 0, 0).unwrap() + Duration::minutes(15 * quarter);
        let start = moment(zone, local, second);
        let end = (start + Duration::minutes(minutes)).with_timezone(&end_zone).fixed_offset();
        let at =
            |date_time, zone: Tz| EventTime::Instant { date_time, time_zone: zone.to_string() };
        (at(start, zone), at(end, end_zone))
    });
    prop_oneof![1 => whole_days, 3 => instants]
}

/// A zone and the two readings of one local time.
pub(super) fn ambiguous_times()
-> impl Strategy<Value = (Tz, DateTime<FixedOffset>, DateTime<FixedOffset>)> {
    select(&AMBIGUOUS[..]).prop_map(|(zone, day, (hour, minute))| {
        let local = date(day).and_hms_opt(hour, minute, 0).unwrap();
        (zone, moment(zone, local, false), moment(zone, local, true))
    })
}

fn attendees() -> impl Strategy<Value = Vec<Attendee>> {
    let responses = [
        ResponseStatus::NeedsAction,
        ResponseStatus::Accepted,
        ResponseStatus::Tentative,
        ResponseStatus::Declined,
    ];
    let guest = (option::of(text()), select(responses.to_vec()), proptest::bool::ANY);
    let emails = vec!["ada@example.org", "Grace.Hopper+cal@example.org", "jörg@müller.example"];
    (subsequence(emails, 0..=3), vec(guest, 3)).prop_map(|(emails, guests)| {
        let guest = |(email, (name, response, optional)): (&str, _)| Attendee {
            email: email.to_owned(),
            name,
            response,
            optional,
        };
        emails.into_iter().zip(guests).map(guest).collect()
    })
}

fn reminders() -> impl Strategy<Value = Option<Vec<Reminder>>> {
    let methods = vec![ReminderMethod::Popup, ReminderMethod::Email];
    let reminder = (select(methods), 0_u32..=40_320)
        .prop_map(|(method, minutes)| Reminder { method, minutes });
    option::of(vec(reminder, 0..=5))
}

/// Drafts with every field of the model that Google knows; not cancelled and without conference.
pub(super) fn drafts() -> impl Strategy<Value = EventDraft> {
    let texts = (option::of(text()), option::of(long_text()), option::of(text()));
    let series = prop_oneof![
        Just(Vec::new()),
        select(&SERIES[..]).prop_map(|lines| lines.iter().map(|&line| line.to_owned()).collect()),
    ];
    let words = (
        select(vec![Transparency::Busy, Transparency::Free]),
        select(vec![
            Visibility::Default,
            Visibility::Public,
            Visibility::Private,
            Visibility::Confidential,
        ]),
        select(vec![EventStatus::Confirmed, EventStatus::Tentative]),
    );
    (texts, times(), attendees(), series, reminders(), words).prop_map(
        |(
            (title, description, location),
            (start, end),
            attendees,
            recurrence,
            reminders,
            words,
        )| {
            let (transparency, visibility, status) = words;
            EventDraft {
                title,
                description,
                location,
                start,
                end,
                attendees,
                recurrence,
                reminders,
                conference_requested: false,
                transparency,
                visibility,
                status,
                extra: Map::new(),
            }
        },
    )
}

/// Fields that Google may come to have one day, with values of any shape.
pub(super) fn unknown_fields() -> impl Strategy<Value = Map<String, Value>> {
    let value = prop_oneof![
        text().prop_map(Value::String),
        proptest::num::i64::ANY.prop_map(Value::from),
        Just(json!({"nested": [{"a": 1, "b": [true, {}]}], "": []})),
        Just(json!([["list"], 0.5])),
    ];
    vec(("x[A-Z][a-z]{1,8}", value), 0..4).prop_map(|fields| fields.into_iter().collect())
}

/// Fields of Google's that the model has no place for.
pub(super) fn described_fields() -> impl Strategy<Value = Map<String, Value>> {
    (text(), subsequence((0..6_usize).collect::<Vec<_>>(), 0..=6)).prop_map(|(text, chosen)| {
        let fields = [
            ("colorId", json!("7")),
            ("extendedProperties", json!({"private": {"ticket": text}, "shared": {"": text}})),
            ("source", json!({"title": text, "url": "https://example.org/?a=1&b=2"})),
            ("guestsCanModify", json!(true)),
            ("guestsCanSeeOtherGuests", json!(false)),
            ("workingLocationProperties", json!({"type": "homeOffice", "homeOffice": {}})),
        ];
        chosen.into_iter().map(|at| (fields[at].0.to_owned(), fields[at].1.clone())).collect()
    })
}
