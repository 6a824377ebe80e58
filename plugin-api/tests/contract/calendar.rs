//! A vendor whose JSON is the model's own.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use mortise_plugin_api::{
    Context, Error, ErrorKind, HttpRequest, Manifest, Map, Provider, Response, Result, Settings,
    Value,
    calendar::{
        self, Calendar, CalendarPage, CreateEvent, DeleteEvent, Event, EventPage, EventRef,
        FreeBusy, FreeBusyQuery, ListCalendars, ListEvents, UpdateEvent,
    },
    export::{Answer, Exported},
    json, path, serde_json,
    testing::contract::{self, Recorded},
};
use rstest::rstest;

use crate::{broken, ok, refusal, refused, report, shared_errors, with_input};

/// Rooms with one fault each; see the table of the test.
struct Rooms<const FAULT: u8> {
    calls: AtomicU32,
}

const GOOD: u8 = 0;
const FORGETS_THE_KEY: u8 = 1;
const FORGETS_IF_MATCH: u8 = 2;
const REPEATS_BODIES: u8 = 3;
const COUNTS_ITS_CALLS: u8 = 4;
const CARRIES_A_TOKEN: u8 = 5;
const DROPS_GUESTS: u8 = 6;
const GOES_ELSEWHERE: u8 = 7;
const MISTAKES_MISSING: u8 = 8;
const ASKS_TWICE: u8 = 9;
const ANSWERS_UNASKED: u8 = 10;
const NEVER_PAGES: u8 = 11;
const SPEAKS_UTC: u8 = 12;
const KNOWS_NO_SCOPES: u8 = 13;

impl<const FAULT: u8> Provider for Rooms<FAULT> {
    fn manifest() -> Manifest {
        let mut manifest = Manifest::new("rooms", "Rooms", "0.1.0");
        manifest.api_base = "https://rooms.example.org/v1".into();
        manifest.hosts = vec!["files.example.org".into()];
        manifest.with_capability(calendar::CAPABILITY, calendar::OPERATIONS)
    }

    fn new(_: &Settings) -> Result<Self> {
        Ok(Self { calls: AtomicU32::new(0) })
    }

    fn vendor_error(answer: &Response) -> Error {
        let error = refused(answer);
        match FAULT {
            REPEATS_BODIES => {
                let message = String::from_utf8_lossy(answer.body()).into_owned();
                Error { message, ..error }
            }
            MISTAKES_MISSING if error.kind == ErrorKind::NotFound => {
                Error { kind: ErrorKind::Internal, ..error }
            }
            KNOWS_NO_SCOPES => Error::from_status(answer),
            _ => error,
        }
    }
}

impl<const FAULT: u8> Rooms<FAULT> {
    async fn read(&self, cx: &Context, at: &EventRef) -> Result<Event> {
        if FAULT == ANSWERS_UNASKED {
            return Err(Error::new(ErrorKind::Timeout, "no time"));
        }
        let base = if FAULT == GOES_ELSEWHERE { "https://elsewhere.example.org" } else { "" };
        let mut request = cx.get(base.to_owned() + &path!("/{}/{}", at.calendar, at.event));
        match FAULT {
            COUNTS_ITS_CALLS => {
                request = request.query("call", self.calls.fetch_add(1, Ordering::Relaxed));
            }
            CARRIES_A_TOKEN => request = request.header("Authorization", "Bearer x"),
            ASKS_TWICE => cx.get("/").send_no_body().await?,
            _ => {}
        }
        Ok(spoil::<FAULT>(request.send().await?))
    }
}

fn spoil<const FAULT: u8>(mut event: Event) -> Event {
    if FAULT == DROPS_GUESTS {
        event.attendees.clear();
    }
    if let (SPEAKS_UTC, calendar::EventTime::Instant { date_time, .. }) = (FAULT, &mut event.start)
    {
        *date_time = date_time.to_utc().fixed_offset();
    }
    event
}

impl<const FAULT: u8> Calendar for Rooms<FAULT> {
    async fn create_event(&self, cx: &Context, input: CreateEvent) -> Result<Event> {
        let key = if FAULT == FORGETS_THE_KEY { "" } else { &input.key };
        let request = cx.post(path!("/{}", input.calendar)).query("key", key).json(&input.event);
        match request.send().await {
            Err(error) if error.kind == ErrorKind::Conflict => {
                self.read(cx, &EventRef { calendar: input.calendar, event: input.key }).await
            }
            made => made.map(spoil::<FAULT>),
        }
    }

    async fn get_event(&self, cx: &Context, at: EventRef) -> Result<Event> {
        self.read(cx, &at).await
    }

    async fn update_event(&self, cx: &Context, input: UpdateEvent) -> Result<Event> {
        let etag = input.if_match.as_deref().filter(|_| FAULT != FORGETS_IF_MATCH);
        let path = path!("/{}/{}", input.at.calendar, input.at.event);
        cx.put(path).if_match(etag).json(&input.event).send().await.map(spoil::<FAULT>)
    }

    async fn delete_event(&self, cx: &Context, input: DeleteEvent) -> Result<()> {
        cx.delete(path!("/{}/{}", input.at.calendar, input.at.event)).send_no_body().await
    }

    async fn list_events(&self, cx: &Context, input: ListEvents) -> Result<EventPage> {
        let request = cx.get(path!("/{}", input.calendar)).maybe_query("page", input.page);
        let answer: Map<String, Value> =
            request.send().await.map_err(|error| match error.kind {
                ErrorKind::Gone => Error { kind: ErrorKind::CursorLost, ..error },
                _ => error,
            })?;
        let mut page = EventPage {
            next_page: answer["next"].as_str().map(str::to_owned).filter(|_| FAULT != NEVER_PAGES),
            ..EventPage::default()
        };
        for item in answer["items"].as_array().into_iter().flatten() {
            match serde_json::from_value(item.clone()) {
                Ok(event) => page.events.push(spoil::<FAULT>(event)),
                Err(_) => page.warnings.push("an event was sent broken".to_owned()),
            }
        }
        Ok(page)
    }

    async fn free_busy(&self, cx: &Context, input: FreeBusyQuery) -> Result<FreeBusy> {
        cx.post("/busy").json(&input.calendars).send().await
    }

    async fn list_calendars(&self, cx: &Context, _: ListCalendars) -> Result<CalendarPage> {
        cx.get("/").send().await
    }
}

impl<const FAULT: u8> Exported for Rooms<FAULT> {
    fn dispatch(self: Arc<Self>, cx: Context, operation: &str, input: &[u8]) -> Option<Answer> {
        calendar::dispatch(self, cx, operation, input)
    }
}

fn event(more: Value) -> Value {
    let mut event = json!({
        "id": "event-1",
        "calendar_id": "blue",
        "title": "Check-up",
        "description": "Bring the card",
        "location": "Room 4",
        "start": {"date_time": "2026-12-01T10:00:00+01:00", "time_zone": "Europe/Berlin"},
        "end": {"date_time": "2026-12-01T11:00:00+01:00", "time_zone": "Europe/Berlin"},
        "attendees": [
            {"email": "ada@example.org", "name": "Ada Lovelace", "response": "accepted"},
            {"email": "grace@example.org", "name": "Grace", "optional": true},
        ],
        "organizer": {"email": "owner@example.org"},
        "reminders": [{"method": "popup", "minutes": 15}],
        "visibility": "private",
        "etag": "1",
        "html_url": "https://rooms.example.org/event-1",
    });
    let Value::Object(more) = more else { panic!("more fields are an object") };
    event.as_object_mut().unwrap().extend(more);
    event
}

fn recording() -> Value {
    let canonical = || event(json!({}));
    let at = |start: &str, end: &str| {
        let time = |time: &str| json!({"date_time": time, "time_zone": "Europe/Berlin"});
        event(json!({"start": time(start), "end": time(end)}))
    };
    let day = |date: &str| json!({"date": date});
    let rule = "RRULE:FREQ=WEEKLY;WKST=MO;COUNT=5;BYDAY=TU";
    let meet = json!({"url": "https://meet.example.org/abc"});
    let block = |start: &str, end: &str| json!({"start": format!("2026-12-01T{start}:00Z"), "end": format!("2026-12-01T{end}:00Z")});
    let named = |id: &str| event(json!({"id": id}));
    let both = [
        ok(json!({"items": [named("event-1"), named("event-2")], "next": "2"})),
        ok(json!({"items": [named("event-3")], "next": null})),
    ];
    let rules = json!({
        "create": ok(canonical()),
        "create_repeated": {"answers": [{"status": 409}, {"status": 200, "body": canonical()}]},
        "get": ok(canonical()),
        "get_all_day": ok(event(json!({"start": day("2026-12-24"), "end": day("2026-12-27")}))),
        "get_dst": ok(at("2026-10-25T02:30:00+01:00", "2026-10-25T03:30:00+01:00")),
        "get_odd_characters": ok(event(json!({"title": "Żółć 🦷 \"quoted\" <b>&amp;</b>"}))),
        "get_series": ok(event(json!({"recurrence": [rule]}))),
        "get_conference": ok(event(json!({"conference": meet}))),
        "get_missing": refusal(404),
        "update": with_input(ok(canonical()), json!({"etag": "\"1\""})),
        "update_changed": with_input(refusal(412), json!({"etag": "\"1\""})),
        "update_missing": refusal(410),
        "delete": {"answers": [{"status": 204}]},
        "delete_missing": refusal(404),
        "list_two_pages": {"answers": [both[0]["answers"][0], both[1]["answers"][0]]},
        "list_empty": ok(json!({"items": [], "next": null})),
        "list_with_broken_item": ok(json!({"items": [{"id": 1}, canonical()], "next": null})),
        "list_cursor_lost": with_input(refusal(410), json!({"sync": "x"})),
        "free_busy": ok(json!({"calendars": [
            {"calendar": "blue", "busy": [block("09:00", "10:00"), block("10:00", "10:30")]},
            {"calendar": "cal-2", "error": "not yours"},
        ]})),
        "free_busy_empty": ok(json!({"calendars": [{"calendar": "blue"}]})),
        "calendars": ok(json!({"calendars": [
            {"id": "blue", "name": "Blue", "primary": true, "writable": true,
             "counts_as_busy": true, "time_zone": "Europe/Berlin"},
            {"id": "red", "name": "Red"},
        ]})),
    });
    let Value::Object(mut rules) = rules else { panic!("the rules are an object") };
    rules.extend(shared_errors().as_object().unwrap().clone());
    json!({"calendar": "blue", "rules": rules})
}

fn run<const FAULT: u8>(recording: &Value) -> Vec<String> {
    let recorded = Recorded::read(&recording.to_string());
    broken(|| contract::calendar::<Rooms<FAULT>>(&recorded))
}

#[test]
fn a_plugin_that_keeps_every_rule_passes() {
    assert_eq!(run::<GOOD>(&recording()), [""; 0]);
}

const ERRORS: [&str; 5] =
    ["rate_limited", "token_refused", "scope_missing", "vendor_down", "not_json"];

#[rstest]
#[case(run::<FORGETS_THE_KEY>, &["create"])]
#[case(run::<FORGETS_IF_MATCH>, &["update"])]
#[case(run::<REPEATS_BODIES>, &[
    "get_missing", "update_changed", "update_missing", "delete_missing", "list_cursor_lost",
    "token_refused", "vendor_down",
])]
#[case(run::<MISTAKES_MISSING>, &["get_missing", "delete_missing"])]
#[case(run::<NEVER_PAGES>, &["list_two_pages"])]
#[case(run::<ASKS_TWICE>, &[
    "create_repeated", "get", "get_all_day", "get_dst", "get_odd_characters", "get_series",
    "get_conference", "not_json", "other_json",
])]
#[case(run::<KNOWS_NO_SCOPES>, &["scope_missing"])]
#[case(run::<DROPS_GUESTS>, &["create", "create_repeated", "get", "update"])]
#[case(run::<SPEAKS_UTC>, &["create", "create_repeated", "get", "get_dst", "update"])]
fn a_plugin_that_breaks_rules_is_told_which(
    #[case] run: fn(&Value) -> Vec<String>,
    #[case] rules: &[&str],
) {
    assert_eq!(run(&recording()), rules);
}

#[rstest]
#[case(run::<COUNTS_ITS_CALLS>)]
#[case(run::<CARRIES_A_TOKEN>)]
#[case(run::<GOES_ELSEWHERE>)]
#[case(run::<ANSWERS_UNASKED>)]
fn what_holds_for_every_rule_is_seen_in_every_rule(#[case] run: fn(&Value) -> Vec<String>) {
    let rules = run(&recording());
    for name in ["create_repeated", "get", "get_missing"].iter().chain(&ERRORS) {
        assert!(rules.iter().any(|rule| rule == name), "{name}: {rules:?}");
    }
    assert!(!rules.iter().any(|rule| rule == "delete"), "{rules:?}");
}

#[test]
fn each_fault_is_told_in_a_sentence() {
    let of = |run: fn(&Recorded)| {
        let recorded = Recorded::read(&recording().to_string());
        report(|| run(&recorded))
    };
    for (run, sentence) in [
        (contract::calendar::<Rooms<FORGETS_THE_KEY>> as fn(&Recorded), "no write carries the key"),
        (contract::calendar::<Rooms<COUNTS_ITS_CALLS>>, "get: the same call sent other requests"),
        (contract::calendar::<Rooms<CARRIES_A_TOKEN>>, "get: GET /blue/event-1 carries an auth"),
        (contract::calendar::<Rooms<GOES_ELSEWHERE>>, "leads out of the vendor's API"),
        (contract::calendar::<Rooms<ASKS_TWICE>>, "the script has no answer for it"),
        (contract::calendar::<Rooms<ANSWERS_UNASKED>>, "get: 1 recorded answers are not asked for"),
        (contract::calendar::<Rooms<NEVER_PAGES>>, "1 pages came, not 2"),
        (contract::calendar::<Rooms<REPEATS_BODIES>>, "the error repeats what it must not"),
        (contract::calendar::<Rooms<DROPS_GUESTS>>, "get: attendees are []"),
        (contract::calendar::<Rooms<MISTAKES_MISSING>>, "it fails with Internal"),
    ] {
        let said = of(run);
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
}

#[test]
fn a_request_that_the_check_refuses_breaks_its_rule() {
    let check = |request: &HttpRequest| match request.method.as_str() {
        "DELETE" => Err("DELETE is not described".to_owned()),
        _ => Ok(()),
    };
    let recorded = Recorded::read(&recording().to_string()).checked_by(check);
    let run = || contract::calendar::<Rooms<GOOD>>(&recorded);
    assert_eq!(broken(run), ["delete", "delete_missing"]);
    assert!(report(run).contains("delete: DELETE is not described"));
}

/// Each rule with an answer that does not present what the rule asks for.
#[rstest]
#[case("create_repeated", json!({"answers": [{"status": 409}, {"status": 404}]}))]
#[case("get", ok(event(json!({"id": ""}))))]
#[case("get", ok(event(json!({"title": "Check up"}))))]
#[case("get", ok(event(json!({"description": null}))))]
#[case("get", ok(event(json!({"location": "Room 5"}))))]
#[case("get", ok(event(json!({"calendar_id": "red"}))))]
#[case("get", ok(event(json!({"organizer": null}))))]
#[case("get", ok(event(json!({"reminders": []}))))]
#[case("get", ok(event(json!({"transparency": "free"}))))]
#[case("get", ok(event(json!({"visibility": "public"}))))]
#[case("get", ok(event(json!({"status": "tentative"}))))]
#[case("get", ok(event(json!({"etag": null}))))]
#[case("get", ok(event(json!({"html_url": "javascript:x"}))))]
#[case("get", ok(event(json!({"series_id": "s"}))))]
#[case("get", ok(event(json!({"end": {"date": "2026-12-02"}}))))]
#[case("get_all_day", ok(event(json!({}))))]
#[case("get_dst", ok(event(json!({}))))]
#[case("get_odd_characters", ok(event(json!({"title": "Żółć"}))))]
#[case("get_series", ok(event(json!({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=TU"]}))))]
#[case("get_series", ok(event(json!({"recurrence": []}))))]
#[case("get_conference", ok(event(json!({"conference": {"url": "https://meet.example.org/a"}}))))]
#[case("get_conference", ok(event(json!({}))))]
#[case("get_missing", ok(event(json!({}))))]
#[case("update", ok(event(json!({}))))]
#[case("update_changed", refusal(409))]
#[case("delete", refusal(404))]
#[case("list_two_pages", json!({"answers": [
    {"status": 200, "body": {"items": [event(json!({"id": "event-1"}))], "next": "2"}},
    {"status": 200, "body": {"items": [], "next": null}},
]}))]
#[case("list_two_pages", json!({"answers": [
    {"status": 200, "body": {"next": null, "items": [
        event(json!({"id": "event-1"})), event(json!({"id": "event-2"})),
    ]}},
    {"status": 200, "body": {"items": [event(json!({"id": "event-3"}))], "next": null}},
]}))]
#[case("list_two_pages", json!({"answers": [
    {"status": 200, "body": {"next": "2", "items": [
        event(json!({"id": "event-1"})), event(json!({"id": "event-2"})),
    ]}},
    {"status": 200, "body": {"items": [
        event(json!({"id": "event-3", "start": {"date": "2026-11-30"}})),
    ], "next": null}},
]}))]
#[case("list_empty", ok(json!({"items": [{}], "next": null})))]
#[case("list_empty", ok(json!({"items": [], "next": "2"})))]
#[case("list_with_broken_item", ok(json!({"items": [event(json!({}))], "next": null})))]
#[case("list_cursor_lost", refusal(404))]
#[case("free_busy", ok(json!({"calendars": [{"calendar": "blue"}, {"calendar": "cal-2"}]})))]
#[case("free_busy_empty", ok(json!({"calendars": [{"calendar": "blue", "error": "x"}]})))]
#[case("calendars", ok(json!({"calendars": [{"id": "a", "name": "A", "primary": true}]})))]
#[case("calendars", ok(json!({"calendars": [
    {"id": "a", "name": "A", "primary": true, "writable": true, "counts_as_busy": true,
     "time_zone": "Europe/Paris"},
    {"id": "b", "name": "B"},
]})))]
#[case("rate_limited", with_input(refusal(429), json!({"retry_after": 3})))]
#[case("token_refused", refusal(403))]
#[case("scope_missing", refusal(403))]
#[case("vendor_down", refusal(429))]
#[case("timeout", json!({"answers": [{"error": "connect"}]}))]
#[case("not_json", ok(event(json!({}))))]
#[case("other_json", ok(event(json!({}))))]
fn each_demand_of_a_rule_is_seen_to_fail(#[case] rule: &str, #[case] answers: Value) {
    let mut recording = recording();
    recording["rules"][rule] = answers;
    assert_eq!(run::<GOOD>(&recording), [rule]);
}
