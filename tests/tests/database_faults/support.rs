//! A hub with a connected user, and short words for what the tests say often.

use mortise::adapters::sea_orm::{Database, DatabaseOptions};
use mortise_tests::{ADA, Answer, Consent, GOOGLE, TestHub};
use serde_json::{Value, json};

pub const USER: &str = "ada";
const EVENTS: &str = "/api/calendar/events";

/// On a database that is there already, or on a SQLite file of its own.
pub async fn connected(database: Option<&str>) -> TestHub {
    let mut options = TestHub::options();
    if let Some(url) = database {
        let database = Database::open(url, DatabaseOptions::default()).await.unwrap();
        database.migrate().await.unwrap();
        database.close().await.unwrap();
        options = options.database(url);
    }
    let hub = options.start().await;
    hub.connect(USER, GOOGLE, &Consent::of(ADA)).await;
    hub
}

/// A creation that no other of these stands in the way of.
pub fn visit(n: u32) -> Value {
    let moment = |minute: u32| {
        let at = format!("2026-12-{:02}T{:02}:{minute:02}:00", 1 + n / 20 % 28, n % 20);
        json!({"date_time": at, "time_zone": "Europe/Berlin"})
    };
    json!({
        "entity_type": "appointment",
        "entity_id": n.to_string(),
        "event": {"title": "Check-up", "start": moment(0), "end": moment(30)},
        "allow_conflicts": true,
    })
}

pub async fn create(hub: &TestHub, n: u32) -> Answer {
    hub.as_user(USER).post(EVENTS, visit(n)).await
}

pub fn events_at_vendor(hub: &TestHub) -> usize {
    hub.sandbox.google().events(ADA).len()
}

/// How many links there are in a state.
pub async fn links(hub: &TestHub, state: &str) -> i64 {
    hub.rows.count(&format!("calendar_event_links WHERE state = '{state}'")).await
}

/// What a caller is told while the database does not do its part.
pub fn is_unavailable(answer: &Answer) {
    assert_eq!(answer.refusal(), (503, "database-unavailable"));
    assert_eq!(answer.header("retry-after"), "5");
}
