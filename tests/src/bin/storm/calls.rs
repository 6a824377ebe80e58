use mortise_tests::{GOOGLE, OUTLOOK};
use serde_json::{Value, json};

use crate::ledger::Effect;

/// Slugs of the vendors that the storm writes to.
pub const VENDORS: [&str; 2] = [GOOGLE, OUTLOOK];
pub const KIND: &str = "storm";

/// A call to a hub, that can be sent again.
#[derive(Debug, Clone)]
pub struct Call {
    pub name: &'static str,
    pub method: &'static str,
    pub path: String,
    pub body: Option<Value>,
    pub effect: Effect,
}

/// What an event shall be.
pub struct Content<'a> {
    pub title: &'a str,
    /// Its own half hour.
    pub slot: u64,
    pub allow_conflicts: bool,
}

impl Content<'_> {
    fn body(&self) -> Value {
        let start = chrono::DateTime::from_timestamp(1_830_297_600, 0).unwrap();
        let at = |slot: u64| start + chrono::TimeDelta::minutes(30 * i64::try_from(slot).unwrap());
        json!({
            "allow_conflicts": self.allow_conflicts,
            "event": {
                "title": self.title,
                "start": {"date_time": at(self.slot).to_rfc3339(), "time_zone": "Europe/Berlin"},
                "end": {"date_time": at(self.slot + 1).to_rfc3339(), "time_zone": "Europe/Berlin"},
            },
        })
    }

    fn effect(&self, provider: Option<&'static str>) -> Effect {
        Effect::Is { title: self.title.to_owned(), provider }
    }
}

pub fn create(record: &str, provider: &'static str, content: &Content<'_>) -> Call {
    let mut body = content.body();
    body["entity_type"] = json!(KIND);
    body["entity_id"] = json!(record);
    body["provider"] = json!(provider);
    Call {
        name: "create",
        method: "POST",
        path: "/api/calendar/events".to_owned(),
        body: Some(body),
        effect: content.effect(Some(provider)),
    }
}

/// Where the event is, or to another vendor.
pub fn update(record: &str, to: Option<&'static str>, content: &Content<'_>) -> Call {
    let mut body = content.body();
    if let Some(provider) = to {
        body["provider"] = json!(provider);
    }
    Call {
        name: if to.is_some() { "move" } else { "update" },
        method: "PUT",
        path: path(record),
        body: Some(body),
        effect: content.effect(to),
    }
}

pub fn delete(record: &str) -> Call {
    Call { name: "delete", method: "DELETE", path: path(record), body: None, effect: Effect::Gone }
}

fn path(record: &str) -> String {
    format!("/api/calendar/events/{KIND}/{record}")
}
