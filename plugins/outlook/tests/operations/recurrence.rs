//! RRULE to Graph's six patterns, and back.

use mortise_plugin_api::{Map, Value, json};

use crate::support::{changed, draft, patched, posted, read, refused};

/// Tuesday the first of December 2026, 10:00 in Berlin.
fn written(line: &str) -> Value {
    posted(draft(json!({"recurrence": [line]})))["recurrence"].clone()
}

fn shown(recurrence: Value) -> Value {
    read(changed("simple_event", json!({"recurrence": recurrence})))["recurrence"].clone()
}

/// What is posted for a line, and the line that is read from it.
fn there_and_back(line: &str) -> (Value, String) {
    let recurrence = written(line);
    let line = shown(recurrence.clone())[0].as_str().unwrap().to_owned();
    (recurrence["pattern"].clone(), line)
}

#[test]
fn each_pattern_is_said_in_both_languages() {
    for (line, pattern, back) in [
        ("FREQ=DAILY", json!({"type": "daily", "interval": 1}), "FREQ=DAILY"),
        (
            "INTERVAL=3;FREQ=DAILY;WKST=SU",
            json!({"type": "daily", "interval": 3}),
            "FREQ=DAILY;INTERVAL=3",
        ),
        (
            "FREQ=DAILY;BYDAY=MO,TU",
            json!({
                "type": "weekly", "interval": 1, "daysOfWeek": ["monday", "tuesday"],
                "firstDayOfWeek": "monday",
            }),
            "FREQ=WEEKLY;BYDAY=MO,TU",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=SU",
            json!({
                "type": "weekly", "interval": 2, "daysOfWeek": ["wednesday", "sunday"],
                "firstDayOfWeek": "sunday",
            }),
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,SU;WKST=SU",
        ),
        (
            "FREQ=MONTHLY",
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 1}),
            "FREQ=MONTHLY;BYMONTHDAY=1",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}),
            "FREQ=MONTHLY;BYMONTHDAY=-1",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 30}),
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
        ),
        (
            "FREQ=MONTHLY;BYDAY=-1FR",
            json!({
                "type": "relativeMonthly", "interval": 1, "index": "last",
                "daysOfWeek": ["friday"],
            }),
            "FREQ=MONTHLY;BYDAY=-1FR",
        ),
        (
            "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2",
            json!({
                "type": "relativeMonthly", "interval": 1, "index": "second",
                "daysOfWeek": ["tuesday"],
            }),
            "FREQ=MONTHLY;BYDAY=2TU",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
            json!({
                "type": "relativeMonthly", "interval": 1, "index": "first",
                "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            }),
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
        ),
        (
            "FREQ=YEARLY",
            json!({"type": "absoluteYearly", "interval": 1, "month": 12, "dayOfMonth": 1}),
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1",
        ),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1",
            json!({"type": "absoluteYearly", "interval": 1, "month": 2, "dayOfMonth": 29}),
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1",
        ),
        (
            "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
            json!({
                "type": "relativeYearly", "interval": 1, "month": 11, "index": "fourth",
                "daysOfWeek": ["thursday"],
            }),
            "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
        ),
    ] {
        let (sent, read) = there_and_back(&format!("RRULE:{line}"));
        assert_eq!(sent, pattern, "{line}");
        assert_eq!(read, format!("RRULE:{back}"), "{line}");
    }
}

#[test]
fn a_series_ends_never_after_a_number_or_on_a_date() {
    let range = |part: &str| written(&format!("RRULE:FREQ=DAILY{part}"))["range"].clone();
    let with = |fields: Value| {
        crate::support::with(
            json!({"startDate": "2026-12-01", "recurrenceTimeZone": "W. Europe Standard Time"}),
            fields,
        )
    };
    assert_eq!(range(""), with(json!({"type": "noEnd"})));
    assert_eq!(range(";COUNT=5"), with(json!({"type": "numbered", "numberOfOccurrences": 5})));
    for (until, last) in [
        // 10:00 in Berlin is 09:00 in UTC.
        ("20261231T090000Z", "2026-12-31"),
        ("20261231T085959Z", "2026-12-30"),
        ("20261231T235959Z", "2026-12-31"),
        ("20261231T225959", "2026-12-31"),
        ("20261231T095959", "2026-12-30"),
        ("20261231", "2026-12-31"),
        // Summer time: 10:00 is 08:00 in UTC.
        ("20270701T080000Z", "2027-07-01"),
        ("20270701T075959Z", "2027-06-30"),
    ] {
        let expected = with(json!({"type": "endDate", "endDate": last}));
        assert_eq!(range(&format!(";UNTIL={until}")), expected, "{until}");
    }
}

#[test]
fn an_end_date_is_read_as_the_moment_of_the_last_start() {
    let until = |zone: Value, last: &str| {
        shown(json!({
            "pattern": {"type": "daily", "interval": 1},
            "range": {
                "type": "endDate", "startDate": "2026-12-01", "endDate": last,
                "recurrenceTimeZone": zone,
            },
        }))[0]
            .clone()
    };
    let berlin = json!("W. Europe Standard Time");
    let line = |until: &str| json!(format!("RRULE:FREQ=DAILY;UNTIL={until}"));
    assert_eq!(until(berlin.clone(), "2026-12-31"), line("20261231T090000Z"));
    assert_eq!(until(berlin, "2027-07-01"), line("20270701T080000Z"));
    assert_eq!(until(json!(null), "2026-12-31"), line("20261231T090000Z"));
    assert_eq!(until(json!("UTC"), "2027-07-01"), line("20270701T090000Z"));
}

#[test]
fn an_all_day_series_ends_on_a_day() {
    let days = json!({
        "start": {"date": "2026-12-24"},
        "end": {"date": "2026-12-27"},
        "recurrence": ["RRULE:FREQ=YEARLY;UNTIL=20301224"],
    });
    let body = posted(draft(days));
    assert_eq!(
        body["recurrence"],
        json!({
            "pattern": {
                "type": "absoluteYearly", "interval": 1, "month": 12, "dayOfMonth": 24,
            },
            "range": {
                "type": "endDate", "startDate": "2026-12-24", "endDate": "2030-12-24",
                "recurrenceTimeZone": "UTC",
            },
        })
    );
    let fields = ["isAllDay", "start", "end", "recurrence"];
    let answer: Map<String, Value> =
        fields.iter().map(|&name| (name.to_owned(), body[name].clone())).collect();
    let event = read(changed("simple_event", Value::Object(answer)));
    let line = "RRULE:FREQ=YEARLY;UNTIL=20301224;BYMONTH=12;BYMONTHDAY=24";
    assert_eq!(event["recurrence"], json!([line]));
    assert_eq!(event["start"], json!({"date": "2026-12-24"}));
}

#[test]
fn what_does_not_map_is_refused_by_the_part_at_fault() {
    for (rule, part) in [
        ("FREQ=HOURLY", "FREQ=HOURLY"),
        ("FREQ=SECONDLY", "FREQ=SECONDLY"),
        ("INTERVAL=2", "FREQ="),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=DAILY;INTERVAL=x", "INTERVAL=x"),
        ("FREQ=DAILY;COUNT=0", "COUNT=0"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20261231", "UNTIL=20261231"),
        ("FREQ=DAILY;UNTIL=soon", "UNTIL=soon"),
        ("FREQ=DAILY;UNTIL=20261130", "UNTIL=20261130"),
        ("FREQ=DAILY;UNTIL=20261201T085959Z", "UNTIL=20261201T085959Z"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR=9"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO", "BYDAY=MO"),
        ("FREQ=DAILY;BYMONTH=1", "BYMONTH=1"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY=1MO"),
        ("FREQ=WEEKLY;BYDAY=", "BYDAY="),
        ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1", "BYSETPOS=1"),
        ("FREQ=WEEKLY;WKST=XX", "WKST=XX"),
        ("FREQ=MONTHLY;BYDAY=TU", "BYDAY=TU"),
        ("FREQ=MONTHLY;BYDAY=5TU", "BYDAY=5TU"),
        ("FREQ=MONTHLY;BYDAY=-2TU", "BYDAY=-2TU"),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", "BYDAY=1MO,3MO"),
        ("FREQ=MONTHLY;BYDAY=ü", "BYDAY=ü"),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=5", "BYSETPOS=5"),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,2", "BYSETPOS=1,2"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "BYMONTHDAY=1,15"),
        ("FREQ=MONTHLY;BYMONTHDAY=-2", "BYMONTHDAY=-2"),
        ("FREQ=MONTHLY;BYMONTHDAY=30", "BYMONTHDAY=30"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;BYSETPOS=1", "BYSETPOS=1"),
        ("FREQ=MONTHLY;BYMONTHDAY=5;BYDAY=1TU", "BYMONTHDAY=5"),
        ("FREQ=MONTHLY;BYMONTH=3", "BYMONTH=3"),
        ("FREQ=YEARLY;BYMONTH=3,4", "BYMONTH=3,4"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH=13"),
        ("FREQ=YEARLY;BYMONTHDAY=3", "BYMONTHDAY=3"),
        ("FREQ=YEARLY;BYDAY=2TU", "BYDAY=2TU"),
        ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO=20"),
        ("FREQ=YEARLY;BYYEARDAY=100", "BYYEARDAY=100"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "day 29 of month 2"),
        ("FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31", "BYMONTHDAY=31"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ"),
        ("FREQ=DAILY;X", "`X`"),
    ] {
        let event = draft(json!({"recurrence": [format!("RRULE:{rule}")]}));
        let message = refused(event, "event.recurrence.0");
        assert!(message.starts_with(part), "{rule}: {message}");
    }
}

#[test]
fn a_start_on_a_day_that_some_months_lack_is_refused() {
    let at = |time: &str| json!({"date_time": time, "time_zone": "Europe/Berlin"});
    let event = |day: &str, rule: &str| {
        draft(json!({
            "start": at(&format!("{day}T10:00:00Z")),
            "end": at(&format!("{day}T11:00:00Z")),
            "recurrence": [rule],
        }))
    };
    let message = refused(event("2026-12-31", "RRULE:FREQ=MONTHLY"), "event.recurrence.0");
    assert!(message.starts_with("the start on day 31: "), "{message}");
    assert!(message.contains("BYMONTHDAY=-1"), "{message}");
    refused(event("2028-02-29", "RRULE:FREQ=YEARLY"), "event.recurrence.0");
}

#[test]
fn exceptions_and_further_rules_are_refused_by_their_line() {
    for (lines, field, names) in [
        (json!(["RRULE:FREQ=DAILY", "EXDATE:20261202T090000Z"]), "event.recurrence.1", "EXDATE"),
        (json!(["RDATE;VALUE=DATE:20261202"]), "event.recurrence.0", "RDATE"),
        (json!(["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"]), "event.recurrence.1", "second"),
        (json!(["RRULE;X=1:FREQ=DAILY"]), "event.recurrence.0", "RRULE"),
    ] {
        let message = refused(draft(json!({"recurrence": lines})), field);
        assert!(message.contains(names), "{message}");
    }
}

#[test]
fn patterns_that_only_outlook_makes_are_read() {
    let line = |pattern: Value| {
        let range = json!({"type": "noEnd", "startDate": "2026-12-01"});
        shown(json!({"pattern": pattern, "range": range}))[0].clone()
    };
    // A month without the day has it on its last one.
    let monthly = |day: u32| line(json!({"type": "absoluteMonthly", "dayOfMonth": day}));
    assert_eq!(monthly(29), "RRULE:FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1");
    assert_eq!(monthly(31), "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1");
    let april = json!({"type": "absoluteYearly", "month": 4, "dayOfMonth": 31, "interval": 1});
    assert_eq!(line(april), "RRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=-1");
    // Weeks begin on Sunday where Graph does not say, on Monday where an RRULE does not.
    let weekly = json!({"type": "weekly", "interval": 2, "daysOfWeek": ["Monday"]});
    assert_eq!(line(weekly), "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=SU");
}

#[test]
fn the_days_of_a_week_are_a_set() {
    let graphs = |days: Value| {
        changed(
            "simple_event",
            json!({"recurrence": {
                "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": days},
                "range": {
                    "type": "noEnd", "startDate": "2026-12-01",
                    "recurrenceTimeZone": "W. Europe Standard Time",
                },
            }}),
        )
    };
    let orders = [json!(["sunday", "tuesday"]), json!(["Tuesday", "sunday", "tuesday"])];
    for current in orders.map(graphs) {
        assert_eq!(read(current.clone())["recurrence"], json!(["RRULE:FREQ=WEEKLY;BYDAY=TU,SU"]));
        for line in ["BYDAY=TU,SU", "BYDAY=SU,TU", "BYDAY=SU,TU,SU"] {
            let same = draft(json!({"recurrence": [format!("RRULE:FREQ=WEEKLY;{line}")]}));
            assert_eq!(patched(current.clone(), same).get("recurrence"), None, "{line}");
        }
        let fewer = draft(json!({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=TU"]}));
        let sent = patched(current, fewer);
        assert_eq!(sent["recurrence"]["pattern"]["daysOfWeek"], json!(["tuesday"]));
    }
}
