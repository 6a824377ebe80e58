//! A stored event, and what can be seen of it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::ids::{Key, event_id};
use super::prefer::Prefer;
use super::recurrence::Recurrence;
use super::text::{item_body, preview};
use super::time::{Moment, write};
use crate::local::Span;

/// The properties of an event without those that [`Item::view`] adds.
pub(super) type Body = Map<String, Value>;

/// A single event, or a series with what was changed of it.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) serial: u64,
    pub(super) moves: u32,
    /// Number of the last change, unique in the store.
    pub(super) change: u64,
    pub(super) body: Body,
    /// Occurrences that were changed or, without a value, removed; by [`Key::original`].
    pub(super) exceptions: BTreeMap<i64, Option<Changed>>,
}

#[derive(Clone)]
pub(super) struct Changed {
    pub(super) change: u64,
    pub(super) body: Body,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Single,
    Master,
    Occurrence,
    Exception,
}

/// What a client sees as one event.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) key: Key,
    pub(super) kind: Kind,
    pub(super) change: u64,
    pub(super) body: Body,
    /// Removed occurrences of a series.
    removed: Vec<i64>,
}

impl Event {
    pub(super) fn is_series(&self) -> bool {
        self.body.get("recurrence").is_some_and(Value::is_object)
    }

    /// The event itself; a series as its master.
    pub(super) fn item(&self) -> Item {
        let kind = if self.is_series() { Kind::Master } else { Kind::Single };
        let removed = self.exceptions.iter().filter(|(_, changed)| changed.is_none());
        let removed = removed.map(|(original, _)| *original).collect();
        Item { removed, ..self.part(kind, None, self.change, self.body.clone()) }
    }

    fn part(&self, kind: Kind, original: Option<i64>, change: u64, body: Body) -> Item {
        let key = Key { serial: self.serial, moves: self.moves, original };
        Item { key, kind, change, body, removed: vec![] }
    }

    /// The occurrence that the pattern puts at this instant, unless it was removed.
    pub(super) fn occurrence(&self, original: DateTime<Utc>) -> Option<Item> {
        match self.exceptions.get(&original.timestamp_millis()) {
            Some(changed) => self.exception(original.timestamp_millis(), changed.as_ref()?).into(),
            None => {
                let after = original + chrono::TimeDelta::milliseconds(1);
                self.plain_occurrences(after).find(|(at, _)| *at == original).map(|(_, item)| item)
            }
        }
    }

    fn exception(&self, original: i64, changed: &Changed) -> Item {
        self.part(Kind::Exception, Some(original), changed.change, changed.body.clone())
    }

    /// Single events as they are; in place of a series its occurrences. Nothing outside the
    /// window, but for events whose times cannot be read.
    pub(super) fn seen_in(&self, window: Span) -> Vec<Item> {
        if !self.is_series() {
            let item = self.item();
            let seen = item.span().is_none_or(|span| window.meets(span));
            return seen.then_some(item).into_iter().collect();
        }
        let changed = self
            .exceptions
            .iter()
            .filter_map(|(original, changed)| Some(self.exception(*original, changed.as_ref()?)));
        let plain = self.plain_occurrences(window.end);
        let plain = plain.filter(|(at, _)| !self.exceptions.contains_key(&at.timestamp_millis()));
        let all = changed.chain(plain.map(|(_, item)| item));
        all.filter(|item| item.span().is_some_and(|span| window.meets(span))).collect()
    }

    /// Occurrences before `horizon` as the pattern puts them.
    fn plain_occurrences(
        &self,
        horizon: DateTime<Utc>,
    ) -> impl Iterator<Item = (DateTime<Utc>, Item)> {
        let all_day = is_all_day(&self.body);
        let read = || {
            let (start, end) = times(&self.body)?;
            let recurrence =
                Recurrence::read(self.body.get("recurrence")?, &start, all_day).ok()?;
            Some((start, end, recurrence))
        };
        read().into_iter().flat_map(move |(start, end, recurrence)| {
            let locals: Vec<_> = recurrence.starts(horizon).collect();
            locals.into_iter().map(move |local| {
                let (from, to) = if all_day {
                    (start.at_local(local), end.at_local(local + (end.local - start.local)))
                } else {
                    let at = recurrence.instant(local);
                    (start.at(at), end.at(at + (end.instant() - start.instant())))
                };
                let mut body = self.body.clone();
                body.insert("recurrence".into(), Value::Null);
                body.insert("start".into(), from.write());
                body.insert("end".into(), to.write());
                let at = from.instant();
                let original = Some(at.timestamp_millis());
                (at, self.part(Kind::Occurrence, original, self.change, body))
            })
        })
    }
}

/// Start and end; nothing where a planted event has broken ones.
pub(super) fn times(body: &Body) -> Option<(Moment, Moment)> {
    let read = |name: &str| Moment::read(body.get(name)?, name).ok();
    Some((read("start")?, read("end")?))
}

pub(super) fn is_all_day(body: &Body) -> bool {
    body.get("isAllDay") == Some(&Value::Bool(true))
}

impl Item {
    pub(super) fn text(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.body.get(name) == Some(&Value::Bool(true))
    }

    pub(super) fn span(&self) -> Option<Span> {
        let (start, end) = times(&self.body)?;
        Some(Span { start: start.instant(), end: end.instant() })
    }

    pub(super) fn is_part_of_series(&self) -> bool {
        self.key.original.is_some()
    }

    pub(super) fn change_key(&self) -> String {
        let key = (self.key.serial, self.change);
        STANDARD.encode([key.0.to_be_bytes(), key.1.to_be_bytes()].concat())
    }

    pub(super) fn etag(&self) -> String {
        format!("W/\"{}\"", self.change_key())
    }

    pub(super) fn id(&self, account: &str, prefer: &Prefer) -> String {
        event_id(account, self.key, prefer.immutable_ids)
    }

    /// The resource as the client prefers it, without `cancelledOccurrences`.
    pub(super) fn view(&self, account: &str, prefer: &Prefer) -> Value {
        let mut body = self.body.clone();
        for name in ["start", "end"] {
            let moment = body.get(name).and_then(|value| Moment::read(value, name).ok());
            // Broken times of planted events go out as they are.
            let Some(moment) = moment else { continue };
            let local = match is_all_day(&self.body) {
                // A day is the same day in every zone.
                true => moment.local,
                false => moment.instant().with_timezone(&prefer.zone).naive_local(),
            };
            body.insert(name.into(), write(local, &prefer.zone_name));
        }
        if let Some(content) = self.body.get("body") {
            body.insert("bodyPreview".into(), preview(content).into());
            body.insert("body".into(), item_body(content, prefer.text));
        }
        let id = |key| event_id(account, key, prefer.immutable_ids);
        let own = id(self.key);
        let link = format!("https://outlook.office365.com/owa/?itemid={}", own.replace('=', "%3D"));
        let master = self.is_part_of_series().then(|| id(Key { original: None, ..self.key }));
        if let Some(original) = self.key.original.and_then(DateTime::from_timestamp_millis) {
            let original: DateTime<Utc> = original;
            let original = original.to_rfc3339_opts(SecondsFormat::Secs, true);
            body.insert("originalStart".into(), original.into());
        }
        for (name, value) in [
            ("@odata.etag", json!(self.etag())),
            ("changeKey", json!(self.change_key())),
            ("id", json!(own)),
            ("seriesMasterId", json!(master)),
            ("type", json!(self.kind.name())),
            ("webLink", json!(format!("{link}&exvsurl=1&path=/calendar/item"))),
        ] {
            body.insert(name.into(), value);
        }
        Value::Object(body)
    }

    /// Ids of the removed occurrences of a series.
    pub(super) fn cancelled_occurrences(&self, account: &str, prefer: &Prefer) -> Vec<String> {
        let id = |original: &i64| {
            let key = Key { original: Some(*original), ..self.key };
            event_id(account, key, prefer.immutable_ids)
        };
        self.removed.iter().map(id).collect()
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Single => "singleInstance",
            Self::Master => "seriesMaster",
            Self::Occurrence => "occurrence",
            Self::Exception => "exception",
        }
    }
}
