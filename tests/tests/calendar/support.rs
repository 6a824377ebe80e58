//! A hub with a user whose Google Calendar is connected, and short words for what the tests say
//! often.

use mortise_sandbox::{CalendarStore, Vendor};
use mortise_tests::{Answer, Client, Consent, Fault, FaultKind, GOOGLE, TestHub, TestHubOptions};
use serde_json::{Value, json};

use crate::front::Front;

pub use mortise_tests::{ADA, BOB};

/// The user whose account [`ADA`] is.
pub const USER: &str = "ada";

pub const EVENTS_SCOPE: &str = "https://www.googleapis.com/auth/calendar.events";
pub const READONLY_SCOPE: &str = "https://www.googleapis.com/auth/calendar.readonly";

/// The first week of December 2026, as a query.
pub const WEEK: &str = "start=2026-12-01T00:00:00Z&end=2026-12-08T00:00:00Z";

/// What the vendor can do wrong, and what the hub says of it.
pub const FAILURES: [(FaultKind, u16, &str); 10] = [
    (FaultKind::TooManyRequests, 503, "vendor-rate-limited"),
    (FaultKind::ForbiddenRateLimit, 503, "vendor-rate-limited"),
    (FaultKind::InternalError, 503, "vendor-unavailable"),
    (FaultKind::Unavailable, 503, "vendor-unavailable"),
    (FaultKind::Cut, 503, "vendor-unavailable"),
    (FaultKind::DoThenCut, 503, "vendor-unavailable"),
    (FaultKind::HugeBody, 502, "vendor-bad-answer"),
    (FaultKind::BadJson, 502, "vendor-bad-answer"),
    (FaultKind::Empty, 502, "vendor-bad-answer"),
    (FaultKind::Html, 502, "vendor-bad-answer"),
];

/// A hub, and the user's calls with the backend's key.
pub struct Connected {
    pub hub: TestHub,
    pub user: Client,
    _front: Option<Front>,
}

/// The user is connected to Google with all scopes.
pub async fn connected() -> Connected {
    let hub = TestHub::start().await;
    hub.connect(USER, GOOGLE, &Consent::of(ADA)).await;
    Connected::of(hub, None)
}

/// The user ticked these scopes only.
pub async fn connected_with(scopes: &[&str]) -> Connected {
    let hub = TestHub::start().await;
    let scopes = Some(scopes.iter().map(|&scope| scope.to_owned()).collect());
    hub.connect(USER, GOOGLE, &Consent { scopes, ..Consent::of(ADA) }).await;
    Connected::of(hub, None)
}

/// As [`connected`], with a hub that differs from the usual one.
pub async fn connected_to(options: TestHubOptions) -> Connected {
    let hub = options.start().await;
    hub.connect(USER, GOOGLE, &Consent::of(ADA)).await;
    Connected::of(hub, None)
}

/// As [`connected`], with a hub that waits a second for the vendor at most.
pub async fn impatient() -> Connected {
    let hub = TestHub::options().set("outbound.timeout_seconds", "1").start().await;
    hub.connect(USER, GOOGLE, &Consent::of(ADA)).await;
    Connected::of(hub, None)
}

/// As [`connected`], with a vendor that gives no busy time for one of its calendars.
pub async fn half_blind(calendar: &str) -> Connected {
    let front = Front::hiding_busy_time_of(calendar).await;
    let api_base = format!("{}/calendar/v3", front.url());
    let hub = TestHub::options().set("providers.google_calendar.api_base", &api_base).start().await;
    front.lead_to(hub.sandbox.google().url());
    hub.connect(USER, GOOGLE, &Consent::of(ADA)).await;
    Connected::of(hub, Some(front))
}

/// The account behind the provider `google_work`.
pub const WORK: &str = "work@example.com";

/// The user has a second Google account, over a provider of its own that the same plugin serves.
pub async fn connected_twice() -> Connected {
    let front = Front::open().await;
    connected_to_both(TestHub::options(), front).await
}

/// As [`connected_twice`], with vendors that answer these kinds of requests (`GET /events`) only once
/// both have been asked.
pub async fn connected_to_vendors_that_wait_for_each_other(kinds: &[&'static str]) -> Connected {
    let front = Front::pairing(kinds).await;
    let api_base = format!("{}/calendar/v3", front.url());
    let options = TestHub::options()
        .set("providers.google_calendar.api_base", &api_base)
        .set("outbound.timeout_seconds", "10");
    connected_to_both(options, front).await
}

async fn connected_to_both(mut options: TestHubOptions, front: Front) -> Connected {
    const SLUG: &str = "google-work";
    for (key, value) in [
        ("plugin", "google_calendar".to_owned()),
        ("client_id", "sandbox-google-client".to_owned()),
        ("client_secret", "sandbox-google-secret".to_owned()),
        ("authorize_url", format!("{}/o/oauth2/v2/auth", front.url())),
        ("token_url", format!("{}/token", front.url())),
        ("revoke_url", format!("{}/revoke", front.url())),
        ("api_base", format!("{}/calendar/v3", front.url())),
    ] {
        options = options.set(&format!("providers.google_work.{key}"), &value);
    }
    let hub = options.start().await;
    let google = hub.sandbox.google();
    front.lead_to(google.url());
    google.allow_redirect_uri(format!("{}/api/integrations/{SLUG}/callback", hub.url));
    hub.connect(USER, GOOGLE, &Consent::of(ADA)).await;
    let browser = hub.browser();
    let vendor = hub.lead_on(&browser, &hub.connect_link(USER, SLUG).await).await;
    browser.open(&hub.consent(GOOGLE, &vendor, &Consent::of(WORK))).await.expect(200);
    Connected::of(hub, Some(front))
}

impl Connected {
    fn of(hub: TestHub, front: Option<Front>) -> Self {
        let user = hub.as_user(USER);
        Self { hub, user, _front: front }
    }

    pub fn google(&self) -> &Vendor<CalendarStore> {
        self.hub.sandbox.google()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.user.get(path).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.user.post(path, body.clone()).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.user.put(path, body.clone()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.user.delete(path).await
    }

    /// A session of the user with further fields of `POST /api/sessions`.
    pub async fn session(&self, more: Value) -> Client {
        self.hub.anonymous().bearer(&self.hub.session_token(USER, more).await)
    }

    /// A session of the user that may not use Google.
    pub async fn session_for_outlook(&self) -> Client {
        self.session(json!({"providers": ["outlook"]})).await
    }

    /// A second user, connected to an account of their own.
    pub async fn bob(&self) -> Client {
        self.hub.connect("bob", GOOGLE, &Consent::of(BOB)).await;
        self.hub.as_user("bob")
    }

    /// Makes an event for the appointment, in Berlin's time; what POST answers.
    pub async fn book(&self, id: &str, start: &str, end: &str) -> Value {
        self.post("/api/calendar/events", &appointment(id, start, end)).await.expect(201).body
    }

    /// Puts an event into one of the user's calendars at the vendor.
    pub fn plant(&self, calendar: &str, id: &str, start: &str, end: &str, more: Value) {
        self.google().put_event(ADA, calendar, vendor_event(id, start, end, more));
    }

    /// Puts an event into the main calendar of the second account.
    pub fn plant_at_work(&self, id: &str, start: &str, end: &str) {
        self.google().put_event(WORK, "primary", vendor_event(id, start, end, json!({})));
    }

    /// What the account has at the vendor and is not deleted.
    pub fn live_events(&self, account: &str) -> Vec<Value> {
        let stored = self.google().events(account).into_iter();
        stored.filter(|stored| !stored.is_cancelled()).map(|stored| stored.event).collect()
    }

    /// The only event that the user has at the vendor.
    #[track_caller]
    pub fn only_event(&self) -> Value {
        let mut events = self.live_events(ADA);
        assert_eq!(events.len(), 1, "{events:?}");
        events.remove(0)
    }

    /// Changes an event of the user at the vendor, as its owner can.
    pub fn change_at_vendor(&self, id: &Value, change: Value) {
        let stored = self.google().events(ADA).into_iter().find(|stored| stored.event["id"] == *id);
        let mut stored = stored.expect("the event is there");
        let (Some(event), Value::Object(change)) = (stored.event.as_object_mut(), change) else {
            panic!("not objects");
        };
        event.remove("etag");
        event.extend(change);
        self.google().put_event(ADA, &stored.calendar, stored.event);
    }

    /// How often the vendor was asked.
    pub fn vendor_calls(&self, method: &str, path_end: &str) -> usize {
        let requests = self.google().requests().into_iter();
        requests.filter(|asked| asked.method == method && asked.path.ends_with(path_end)).count()
    }

    /// Loses the answer to a creation: the vendor has made the event.
    pub async fn lose_the_answer_to(&self, body: &Value) {
        self.google().set_fault(on_events(FaultKind::DoThenCut, "POST").times(1));
        let answer = self.post("/api/calendar/events", body).await;
        answer.refused_by_vendor(503, "vendor-unavailable");
    }

    /// Callers without a key, with a wrong one, for no user or for another than their own.
    pub async fn refuses_strangers(&self, method: &str, path: &str, body: Option<Value>) {
        let anonymous = self.hub.anonymous();
        for (stranger, status, code) in [
            (anonymous.clone(), 401, "unauthenticated"),
            (anonymous.clone().header("mortise-user", USER), 401, "unauthenticated"),
            (
                anonymous.bearer("mortise_key_guessed").header("mortise-user", USER),
                401,
                "unauthenticated",
            ),
            (self.hub.backend(), 401, "no-user"),
            (self.session(json!({})).await.header("mortise-user", "bob"), 403, "forbidden"),
        ] {
            let answer = stranger.send(method, path, body.clone()).await;
            assert_eq!(answer.refusal(), (status, code), "{}", answer.text);
            assert_eq!(answer.header("www-authenticate").is_empty(), status != 401);
        }
    }
}

/// What tests expect of an answer that is a problem.
pub trait Refused {
    /// A problem with this status and code; its body.
    fn refused(&self, status: u16, code: &str) -> Value;
    /// A problem of the vendor's, which it names; one that passes says when to come again.
    fn refused_by_vendor(&self, status: u16, code: &str) -> Value;
    /// Input in which these fields are at fault.
    fn invalid(&self, fields: &[&str]);
}

impl Refused for Answer {
    #[track_caller]
    fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.refusal(), (status, code), "{}", self.text);
        self.body.clone()
    }

    #[track_caller]
    fn refused_by_vendor(&self, status: u16, code: &str) -> Value {
        let problem = self.refused(status, code);
        assert_eq!(problem["provider"], "google_calendar", "{problem}");
        let wait = self.header("retry-after");
        assert_eq!(wait.parse::<u64>().is_ok(), status == 503, "{wait}");
        problem
    }

    #[track_caller]
    fn invalid(&self, fields: &[&str]) {
        self.refused(422, "invalid");
        assert_eq!(self.fields(), fields, "{}", self.text);
    }
}

/// A fault on the requests for events with this method.
pub fn on_events(kind: FaultKind, method: &str) -> Fault {
    Fault::on("/calendar/v3/calendars/", kind).method(method)
}

/// A fault on the requests for events in an account's main calendar.
pub fn on_events_of(account: &str, kind: FaultKind, method: &str) -> Fault {
    let calendar = account.replace('@', "%40");
    Fault::on(format!("/calendar/v3/calendars/{calendar}/events"), kind).method(method)
}

/// The body of a POST for an appointment, in Berlin's time.
pub fn appointment(id: &str, start: &str, end: &str) -> Value {
    json!({"entity_type": "appointment", "entity_id": id, "event": event(start, end)})
}

/// An event as callers write it, in Berlin's time.
pub fn event(start: &str, end: &str) -> Value {
    json!({
        "title": "Check-up",
        "start": {"date_time": start, "time_zone": "Europe/Berlin"},
        "end": {"date_time": end, "time_zone": "Europe/Berlin"},
    })
}

/// An event as the vendor keeps it.
pub fn vendor_event(id: &str, start: &str, end: &str, more: Value) -> Value {
    let mut event = json!({
        "id": id,
        "summary": id,
        "start": {"dateTime": start, "timeZone": "Europe/Berlin"},
        "end": {"dateTime": end, "timeZone": "Europe/Berlin"},
    });
    if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
        event.extend(more);
    }
    event
}
