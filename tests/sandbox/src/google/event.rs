//! A stored event and what can be seen of it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::recurrence::Recurrence;
use super::time::{EventTime, Moment, Span, Window};

#[derive(Clone)]
pub(super) struct Event {
    /// The resource without its etag.
    pub(super) body: Map<String, Value>,
    /// Number of the last change to it, unique in the store.
    pub(super) change: u64,
    /// `sendUpdates` of the last write.
    pub(super) send_updates: Option<String>,
}

impl Event {
    pub(super) fn text(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn id(&self) -> &str {
        self.text("id")
    }

    pub(super) fn etag(&self) -> String {
        format!("\"{}\"", 3_500_000_000_000_000 + self.change)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.text("status") == "cancelled"
    }

    pub(super) fn is_series(&self) -> bool {
        self.body.get("recurrence").and_then(Value::as_array).is_some_and(|lines| !lines.is_empty())
    }

    /// Id of the series that this is an instance of.
    pub(super) fn series_id(&self) -> Option<&str> {
        self.body.get("recurringEventId").and_then(Value::as_str)
    }

    fn time(&self, name: &str) -> Option<EventTime> {
        EventTime::read(self.body.get(name)?, name).ok()
    }

    pub(super) fn original_start(&self) -> Option<Moment> {
        Some(self.time("originalStartTime")?.moment)
    }

    /// Start and end as instants; all-day ones in the calendar's zone. Nothing where a planted
    /// event has broken times.
    pub(super) fn span(&self, calendar_zone: Tz) -> Option<Span> {
        let start = self.time("start")?.moment.instant(calendar_zone);
        let end = self.time("end")?.moment.instant(calendar_zone);
        Some(Span { start, end })
    }

    /// Whether the event takes the time of its calendar's owner.
    pub(super) fn is_busy(&self, account: &str) -> bool {
        let attendees = self.body.get("attendees").and_then(Value::as_array);
        let declined = attendees.into_iter().flatten().any(|attendee| {
            attendee["email"] == account && attendee["responseStatus"] == "declined"
        });
        !self.is_cancelled() && !declined && self.text("transparency") != "transparent"
    }

    /// Instances of a series that meet the window; where it has no end, those before `horizon`.
    pub(super) fn instances(
        &self,
        calendar_zone: Tz,
        window: Window,
        horizon: DateTime<Utc>,
    ) -> Vec<Event> {
        let (Some(start), Some(span)) = (self.time("start"), self.span(calendar_zone)) else {
            return vec![];
        };
        let zone = start.zone.unwrap_or(calendar_zone);
        let lines = self.body.get("recurrence").unwrap_or(&Value::Null);
        let Ok(recurrence) = Recurrence::read(lines, zone) else { return vec![] };
        let horizon = window.max.unwrap_or(horizon);
        let starts = recurrence.starts(start.moment, zone, horizon).into_iter();
        starts
            .map(|at| self.instance(at, span, calendar_zone))
            .filter(|instance| instance.span(calendar_zone).is_some_and(|span| window.meets(span)))
            .collect()
    }

    fn instance(&self, start: Moment, span: Span, calendar_zone: Tz) -> Event {
        let shifted = |name: &str, moment: Moment| {
            let zone = self.time(name).and_then(|time| time.zone);
            EventTime { moment, zone }.write(calendar_zone, calendar_zone)
        };
        let end = match (start, self.time("start"), self.time("end")) {
            (Moment::Day(day), Some(first), Some(last)) => {
                let days = last.moment.local(calendar_zone) - first.moment.local(calendar_zone);
                Moment::Day(day + days)
            }
            _ => Moment::Instant(start.instant(calendar_zone) + (span.end - span.start)),
        };
        let mut body = self.body.clone();
        body.remove("recurrence");
        body.insert("id".into(), json!(format!("{}_{}", self.id(), start.id_suffix())));
        body.insert("recurringEventId".into(), json!(self.id()));
        body.insert("originalStartTime".into(), shifted("start", start));
        body.insert("start".into(), shifted("start", start));
        body.insert("end".into(), shifted("end", end));
        Event { body, change: self.change, send_updates: self.send_updates.clone() }
    }

    /// The resource with its times in `zone`.
    pub(super) fn view(&self, zone: Tz, max_attendees: Option<usize>, account: &str) -> Value {
        let mut body = self.body.clone();
        for name in ["start", "end", "originalStartTime"] {
            // Broken times of planted events go out as they are.
            if let Some(time @ EventTime { moment: Moment::Instant(_), .. }) = self.time(name) {
                body.insert(name.into(), time.write(zone, zone));
            }
        }
        if let Some(Value::Array(attendees)) = body.get_mut("attendees")
            && max_attendees.is_some_and(|max| attendees.len() > max)
        {
            attendees.retain(|attendee| attendee["email"] == account);
            body.insert("attendeesOmitted".into(), json!(true));
        }
        body.insert("etag".into(), json!(self.etag()));
        Value::Object(body)
    }

    /// What lists show of a deleted event: hardly more than the id is guaranteed.
    pub(super) fn stub(&self) -> Value {
        let mut stub = json!({
            "kind": "calendar#event",
            "etag": self.etag(),
            "id": self.id(),
            "status": "cancelled",
        });
        for name in ["recurringEventId", "originalStartTime"] {
            if let Some(value) = self.body.get(name) {
                stub[name] = value.clone();
            }
        }
        stub
    }
}
