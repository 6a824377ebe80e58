//! Accounts, their calendars and events, in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono_tz::Tz;
use serde::Serialize;
use serde_json::{Value, json};

use super::call::Place;
use super::delta::Round;
use super::draft::defaults;
use super::error::GraphError;
use super::event::{Body, Event, Item, Kind};
use super::ids::{EventId, calendar_id, event_id, read_event_id};
use super::prefer::Prefer;
use crate::sandbox_events::EventStore;

/// Name of every account's second calendar of its own.
pub const FAMILY_CALENDAR: &str = "Family";
/// Name of every account's read-only calendar.
pub const BIRTHDAYS_CALENDAR: &str = "Birthdays";
const DEFAULT_CALENDAR: &str = "Calendar";

/// An event as Graph keeps it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoredGraphEvent {
    /// Name of its calendar.
    pub calendar: String,
    /// The resource as a client without preferences reads it: a single event, a series master or
    /// an exception.
    pub event: Value,
    /// Its id for a client that asks for immutable ones.
    pub immutable_id: String,
}

/// Graph's calendars.
#[derive(Default)]
pub struct GraphApi(Mutex<Data>);

#[derive(Default)]
pub(super) struct Data {
    /// Counts the changes; also numbers the events.
    change: u64,
    mailboxes: BTreeMap<String, Mailbox>,
    /// Delta rounds by the token of their state.
    pub(super) rounds: BTreeMap<String, Round>,
}

pub(super) struct Mailbox {
    pub(super) account: String,
    pub(super) zone: Tz,
    pub(super) calendars: Vec<Calendar>,
    /// Every `transactionId` seen, with its event; it stays when the event is gone.
    transactions: BTreeMap<String, u64>,
}

pub(super) struct Calendar {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) can_edit: bool,
    pub(super) is_default: bool,
    /// Of an account for consumers.
    personal: bool,
    pub(super) events: BTreeMap<u64, Event>,
}

/// Whether the account is one for consumers, not of an organisation.
pub(super) fn is_personal(account: &str) -> bool {
    let domain = account.rsplit_once('@').map_or("", |(_, domain)| domain);
    ["outlook.com", "hotmail.com", "live.com"].contains(&domain)
}

impl Calendar {
    /// Kinds of online meetings that an event in it can have.
    pub(super) fn providers(&self) -> &'static [&'static str] {
        match (self.can_edit, self.personal) {
            (false, _) => &[],
            (true, true) => &["skypeForConsumer"],
            (true, false) => &["teamsForBusiness"],
        }
    }

    pub(super) fn default_provider(&self) -> &'static str {
        self.providers().first().copied().unwrap_or("unknown")
    }

    fn item(&self, id: &EventId) -> Option<Item> {
        let event = self.events.get(&id.serial)?;
        if id.moves.is_some_and(|moves| moves != event.moves) {
            return None;
        }
        match id.original {
            None => Some(event.item()),
            Some(original) => event.occurrence(original),
        }
    }
}

impl Mailbox {
    fn new(account: &str) -> Self {
        let mut mailbox = Self {
            account: account.to_owned(),
            zone: Tz::Europe__Berlin,
            calendars: vec![],
            transactions: BTreeMap::new(),
        };
        for name in [DEFAULT_CALENDAR, FAMILY_CALENDAR, BIRTHDAYS_CALENDAR] {
            mailbox.add(name);
        }
        mailbox
    }

    fn add(&mut self, name: &str) -> usize {
        let at = self.calendars.len();
        self.calendars.push(Calendar {
            id: calendar_id(&self.account, at as u64),
            name: name.to_owned(),
            can_edit: name != BIRTHDAYS_CALENDAR,
            is_default: at == 0,
            personal: is_personal(&self.account),
            events: BTreeMap::new(),
        });
        at
    }

    /// Position of a calendar by its name or id; it is made where missing.
    fn named(&mut self, name: &str) -> usize {
        let is = |calendar: &Calendar| calendar.name == name || calendar.id == name;
        self.calendars.iter().position(is).unwrap_or_else(|| self.add(name))
    }

    /// Position of the calendar for new events and lists.
    pub(super) fn at(&self, place: Place<'_>) -> Result<usize, GraphError> {
        match place {
            Place::Any | Place::Default => Ok(0),
            Place::Calendar(id) => self
                .calendars
                .iter()
                .position(|calendar| calendar.id == id)
                .ok_or_else(GraphError::not_found),
        }
    }

    pub(super) fn calendar(&self, place: Place<'_>) -> Result<&Calendar, GraphError> {
        Ok(&self.calendars[self.at(place)?])
    }

    pub(super) fn writable(&mut self, at: usize) -> Result<&mut Calendar, GraphError> {
        let calendar = Some(&mut self.calendars[at]);
        calendar.filter(|calendar| calendar.can_edit).ok_or_else(GraphError::access_denied)
    }

    /// The event or occurrence with this id, and the position of its calendar.
    pub(super) fn find(&self, place: Place<'_>, id: &str) -> Result<(usize, Item), GraphError> {
        let id = read_event_id(&self.account, id).ok_or_else(GraphError::not_found)?;
        let at = match place {
            Place::Any => self.holder(id.serial).ok_or_else(GraphError::not_found)?,
            place => self.at(place)?,
        };
        let item = self.calendars[at].item(&id).ok_or_else(GraphError::not_found)?;
        Ok((at, item))
    }

    fn holder(&self, serial: u64) -> Option<usize> {
        self.calendars.iter().position(|calendar| calendar.events.contains_key(&serial))
    }

    /// Puts a new event into a calendar.
    pub(super) fn insert(&mut self, at: usize, change: u64, body: Body) -> Item {
        if let Some(transaction) = body.get("transactionId").and_then(Value::as_str) {
            self.transactions.insert(transaction.to_owned(), change);
        }
        let event = Event { serial: change, moves: 0, change, body, exceptions: BTreeMap::new() };
        let item = event.item();
        self.calendars[at].events.insert(change, event);
        item
    }

    /// The event that a transaction id made: nothing where it is new, 409 where the event is gone.
    pub(super) fn made_by(&self, transaction: &str) -> Result<Option<Item>, GraphError> {
        let Some(serial) = self.transactions.get(transaction) else { return Ok(None) };
        let event = self.holder(*serial).and_then(|at| self.calendars[at].events.get(serial));
        event.map(|event| Some(event.item())).ok_or_else(GraphError::spent_transaction)
    }
}

impl Data {
    pub(super) fn next_change(&mut self) -> u64 {
        self.change += 1;
        self.change
    }

    /// The account's mailbox, made on first use.
    pub(super) fn mailbox(&mut self, account: &str) -> &mut Mailbox {
        let made = || Mailbox::new(account);
        self.mailboxes.entry(account.to_owned()).or_insert_with(made)
    }

    /// A mailbox that was used before.
    pub(super) fn known_mailbox(&self, account: &str) -> Option<&Mailbox> {
        self.mailboxes.get(account)
    }
}

impl GraphApi {
    pub(super) fn data(&self) -> MutexGuard<'_, Data> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn move_event(&self, account: &str, id: &str, calendar: &str) -> Option<Value> {
        let mut data = self.data();
        let change = data.next_change();
        let mailbox = data.mailbox(account);
        let (from, item) = mailbox.find(Place::Any, id).ok()?;
        let to = mailbox.named(calendar);
        let mut event = mailbox.calendars[from].events.remove(&item.key.serial)?;
        event.moves += 1;
        event.change = change;
        let view = event.item().view(account, &Prefer::default());
        mailbox.calendars[to].events.insert(event.serial, event);
        Some(view)
    }

    pub(crate) fn expire_sync_tokens(&self) {
        for round in self.data().rounds.values_mut() {
            round.expired = true;
        }
    }
}

impl EventStore for GraphApi {
    type Stored = StoredGraphEvent;

    fn events(&self, account: &str) -> Vec<StoredGraphEvent> {
        let mut data = self.data();
        let prefer = Prefer::default();
        let mailbox = data.mailbox(account);
        let mut stored = Vec::new();
        for calendar in &mailbox.calendars {
            for event in calendar.events.values() {
                let exceptions = event.exceptions.keys().filter_map(|original| {
                    event.occurrence(chrono::DateTime::from_timestamp_millis(*original)?)
                });
                stored.extend([event.item()].into_iter().chain(exceptions).map(|item| {
                    let event = item.view(account, &prefer);
                    let immutable_id = event_id(account, item.key, true);
                    StoredGraphEvent { calendar: calendar.name.clone(), event, immutable_id }
                }));
            }
        }
        stored
    }

    fn put_event(&self, account: &str, calendar: &str, event: Value) -> Value {
        let mut data = self.data();
        let change = data.next_change();
        let mailbox = data.mailbox(account);
        let at = mailbox.named(calendar);
        let mut body = defaults(account);
        let zone = |name: &str| event[name]["timeZone"].as_str().unwrap_or("UTC").to_owned();
        body.insert("originalStartTimeZone".into(), zone("start").into());
        body.insert("originalEndTimeZone".into(), zone("end").into());
        body.extend(event.as_object().cloned().unwrap_or_default());
        let id = body.get("id").and_then(Value::as_str).unwrap_or_default();
        let known = mailbox.find(Place::Any, id).ok().map(|(_, item)| item);
        let known = known.filter(|item| matches!(item.kind, Kind::Single | Kind::Master));
        let (serial, moves) = known.map_or((change, 0), |item| (item.key.serial, item.key.moves));
        if let Some(transaction) = body.get("transactionId").and_then(Value::as_str) {
            mailbox.transactions.insert(transaction.to_owned(), serial);
        }
        for calendar in &mut mailbox.calendars {
            calendar.events.remove(&serial);
        }
        let event = Event { serial, moves, change, body, exceptions: BTreeMap::new() };
        let view = event.item().view(account, &Prefer::default());
        mailbox.calendars[at].events.insert(serial, event);
        view
    }
}

/// `@odata.context` of a resource in the account.
pub(super) fn context(account: &str, of: &str) -> Value {
    let account = account.replace('@', "%40");
    json!(format!("https://graph.microsoft.com/v1.0/$metadata#users('{account}')/{of}"))
}
