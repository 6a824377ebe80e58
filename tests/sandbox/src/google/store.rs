//! Accounts, their calendars and events, in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::event::Event;
use super::time::Window;
use crate::clock::now;
use crate::random;
use crate::sandbox_events::EventStore;

/// Id of the read-only second calendar of every account. It must be percent-encoded in a path.
pub const HOLIDAYS_CALENDAR: &str = "en.german#holiday@group.v.calendar.google.com";

/// An event as the vendor keeps it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredEvent {
    /// Id of its calendar.
    pub calendar: String,
    /// The resource, in the shape of `events.get`.
    pub event: Value,
    /// `sendUpdates` of the last write to it.
    pub send_updates: Option<String>,
}

impl StoredEvent {
    pub fn is_cancelled(&self) -> bool {
        self.event["status"] == "cancelled"
    }
}

/// Google's calendars.
pub struct CalendarStore(Mutex<Data>);

pub(super) struct Data {
    /// Tells this run's sync tokens from another's.
    pub(super) epoch: String,
    /// Counts the changes to events.
    pub(super) change: u64,
    /// Sync tokens from before this change are expired.
    pub(super) forgotten: u64,
    accounts: BTreeMap<String, Vec<Calendar>>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AccessRole {
    Reader,
    Owner,
}

impl AccessRole {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Owner => "owner",
        }
    }
}

pub(super) struct Calendar {
    pub(super) id: String,
    pub(super) summary: String,
    pub(super) zone: Tz,
    pub(super) role: AccessRole,
    pub(super) primary: bool,
    pub(super) events: BTreeMap<String, Event>,
}

impl Calendar {
    fn new(id: &str, summary: &str, role: AccessRole) -> Self {
        Self {
            id: id.to_owned(),
            summary: summary.to_owned(),
            zone: Tz::Europe__Berlin,
            role,
            primary: false,
            events: BTreeMap::new(),
        }
    }

    /// A stored event, or an instance of a stored series that nobody changed yet.
    pub(super) fn find(&self, id: &str) -> Option<Event> {
        if let Some(event) = self.events.get(id) {
            return Some(event.clone());
        }
        let (series, _) = id.rsplit_once('_')?;
        let series = self.events.get(series).filter(|event| event.is_series())?;
        let horizon = now() + TimeDelta::days(20 * 365);
        // Instances of a deleted series have its status, and so are deleted too.
        let mut instances = series.instances(self.zone, Window::default(), horizon).into_iter();
        instances.find(|instance| instance.id() == id)
    }
}

impl Default for CalendarStore {
    fn default() -> Self {
        Self(Mutex::new(Data {
            epoch: random::hex_id(),
            change: 0,
            forgotten: 0,
            accounts: BTreeMap::new(),
        }))
    }
}

impl CalendarStore {
    pub(super) fn data(&self) -> MutexGuard<'_, Data> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn expire_sync_tokens(&self) {
        let mut data = self.data();
        data.forgotten = data.next_change();
    }
}

impl EventStore for CalendarStore {
    type Stored = StoredEvent;

    fn events(&self, account: &str) -> Vec<StoredEvent> {
        let mut data = self.data();
        let calendars = data.calendars(account).iter();
        calendars
            .flat_map(|calendar| {
                calendar.events.values().map(|event| StoredEvent {
                    calendar: calendar.id.clone(),
                    event: event.view(calendar.zone, None, account),
                    send_updates: event.send_updates.clone(),
                })
            })
            .collect()
    }

    fn put_event(&self, account: &str, calendar: &str, event: Value) -> Value {
        let mut data = self.data();
        let change = data.next_change();
        let calendars = data.calendars(account);
        let known = |known: &Calendar| known.is(calendar);
        let at = calendars.iter().position(known).unwrap_or_else(|| {
            calendars.push(Calendar::new(calendar, calendar, AccessRole::Owner));
            calendars.len() - 1
        });
        let calendar = &mut calendars[at];
        let mut body = event.as_object().cloned().unwrap_or_default();
        let id = body.get("id").and_then(Value::as_str).map_or_else(random::hex_id, str::to_owned);
        for (name, value) in server_fields(&id, account, calendar) {
            body.entry(name).or_insert(value);
        }
        let event = Event { body, change, send_updates: None };
        let view = event.view(calendar.zone, None, account);
        calendar.events.insert(id, event);
        view
    }
}

impl Calendar {
    fn is(&self, id: &str) -> bool {
        self.id == id || (self.primary && id == "primary")
    }

    /// The calendar's single events, changed instances and, in place of each series, those of
    /// its instances that nobody changed. Series are cut to the window; the rest is not.
    pub(super) fn occurrences(&self, window: Window, horizon: DateTime<Utc>) -> Vec<Event> {
        let mut occurrences = Vec::new();
        for event in self.events.values() {
            if !event.is_series() {
                occurrences.push(event.clone());
                continue;
            }
            let changed: Vec<_> = self
                .events
                .values()
                .filter(|exception| exception.series_id() == Some(event.id()))
                .filter_map(Event::original_start)
                .collect();
            let instances = event.instances(self.zone, window, horizon).into_iter();
            occurrences.extend(instances.filter(|instance| {
                instance.original_start().is_none_or(|start| !changed.contains(&start))
            }));
        }
        occurrences
    }
}

impl Data {
    pub(super) fn next_change(&mut self) -> u64 {
        self.change += 1;
        self.change
    }

    /// The account's calendars, its own first; made on first use.
    pub(super) fn calendars(&mut self, account: &str) -> &mut Vec<Calendar> {
        self.accounts.entry(account.to_owned()).or_insert_with(|| {
            let mut primary = Calendar::new(account, account, AccessRole::Owner);
            primary.primary = true;
            vec![primary, Calendar::new(HOLIDAYS_CALENDAR, "Holidays", AccessRole::Reader)]
        })
    }

    pub(super) fn calendar(&mut self, account: &str, id: &str) -> Result<&mut Calendar, ApiError> {
        let mut calendars = self.calendars(account).iter_mut();
        calendars.find(|calendar| calendar.is(id)).ok_or_else(ApiError::not_found)
    }

    pub(super) fn writable(&mut self, account: &str, id: &str) -> Result<&mut Calendar, ApiError> {
        let calendar = self.calendar(account, id)?;
        if calendar.role < AccessRole::Owner {
            return Err(ApiError::needs_writer());
        }
        Ok(calendar)
    }
}

/// What the vendor adds to a new event.
pub(super) fn server_fields(id: &str, account: &str, calendar: &Calendar) -> Map<String, Value> {
    let at = now().to_rfc3339_opts(SecondsFormat::Millis, true);
    let eid = URL_SAFE_NO_PAD.encode(format!("{id} {}", calendar.id));
    let shown = calendar.id.split('@').next().unwrap_or_default();
    let fields = json!({
        "kind": "calendar#event",
        "id": id,
        "status": "confirmed",
        "htmlLink": format!("https://www.google.com/calendar/event?eid={eid}"),
        "created": at,
        "updated": at,
        "creator": {"email": account, "self": calendar.primary},
        "organizer": {"email": calendar.id, "displayName": shown, "self": true},
        "iCalUID": format!("{id}@google.com"),
        "sequence": 0,
        "reminders": {"useDefault": true},
        "eventType": "default",
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
