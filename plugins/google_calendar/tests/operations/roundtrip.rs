//! Whatever is written is read back: from a draft over Google's body and Google's answer to an
//! event, with generated drafts.

mod drafts;
mod vendor;

use mortise_plugin_api::{
    Map, Value,
    calendar::{Event, EventDraft, EventTime, ResponseStatus},
    json, serde_json,
};
use proptest::{prelude::ProptestConfig, prop_assert_eq, prop_assert_ne, proptest};
use serde::Serialize;

use crate::support::{KEY, body, host};

fn config() -> ProptestConfig {
    ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_created_event_is_read_as_it_was_written(
        draft in drafts::drafts(),
        zone in drafts::zones(),
    ) {
        let sent = sent_for_creation(&draft);
        let event = read(vendor::made(&sent, zone));
        prop_assert_eq!(&event.id, KEY);
        prop_assert_eq!(shared(&event), shared(&draft));
    }

    #[test]
    fn an_updated_event_is_read_as_it_was_written_and_keeps_what_only_google_knows(
        before in drafts::drafts(),
        after in drafts::drafts(),
        unknown in drafts::unknown_fields(),
        zone in drafts::zones(),
    ) {
        let mut current = vendor::made(&sent_for_creation(&before), zone);
        current.as_object_mut().unwrap().extend(unknown.clone());
        let sent = sent_for_update(&after, &current);
        for name in unknown.keys() {
            prop_assert_eq!(sent.get(name), None);
        }
        let changed = vendor::patched(&current, &sent, zone);
        let event = read(changed);
        let after = with_answers_of(&read(current), after);
        prop_assert_eq!(shared(&event), shared(&after));
        for (name, value) in unknown {
            prop_assert_eq!(event.extra.get(&name), Some(&value), "{}", name);
        }
    }

    #[test]
    fn extra_fields_are_read_as_they_were_written(
        draft in drafts::drafts(),
        extra in drafts::described_fields(),
        zone in drafts::zones(),
    ) {
        let draft = EventDraft { extra: extra.clone(), ..draft };
        let made = read(vendor::made(&sent_for_creation(&draft), zone));
        // Written back as it was read, an event changes nothing.
        let again = EventDraft { extra: made.extra.clone(), ..draft.clone() };
        let current = vendor::made(&sent_for_creation(&draft), zone);
        let changed = vendor::patched(&current, &sent_for_update(&again, &current), zone);
        prop_assert_eq!(&changed, &current);
        for (name, value) in extra {
            prop_assert_eq!(made.extra.get(&name), Some(&value), "{}", name);
        }
    }

    #[test]
    fn both_readings_of_an_ambiguous_time_stay_apart(
        (zone, first, second) in drafts::ambiguous_times(),
        calendar in drafts::zones(),
    ) {
        let at = |moment| EventTime::Instant { date_time: moment, time_zone: zone.to_string() };
        let (start, end) = (at(first), at(second));
        let draft = json!({"start": start, "end": end});
        let draft: EventDraft = serde_json::from_value(draft).unwrap();
        let event = read(vendor::made(&sent_for_creation(&draft), calendar));
        prop_assert_eq!(moment(&event.start), moment(&start));
        prop_assert_eq!(moment(&event.end), moment(&end));
        prop_assert_ne!(&event.start, &event.end);
    }
}

/// The body that creates an event, accepted by Google's description.
fn sent_for_creation(draft: &EventDraft) -> Value {
    let host = host();
    host.answer_json(200, json!({"id": KEY, "status": "cancelled"}));
    let input = json!({"calendar": "ann@example.org", "key": KEY, "event": draft});
    host.call("calendar.create_event", input).unwrap();
    body(&host.requests()[0])
}

/// The body that changes one.
fn sent_for_update(draft: &EventDraft, current: &Value) -> Value {
    let host = host();
    if !draft.attendees.is_empty() {
        host.answer_json(200, current.clone());
    }
    host.answer_json(200, current.clone());
    let at = json!({"calendar": "ann@example.org", "event": KEY});
    host.call("calendar.update_event", json!({"at": at, "event": draft})).unwrap();
    assert_eq!(host.unused_answers(), 0);
    body(host.requests().last().unwrap())
}

fn read(item: Value) -> Event {
    let host = host();
    host.answer_json(200, item);
    let at = json!({"calendar": "ann@example.org", "event": KEY});
    serde_json::from_value(host.call("calendar.get_event", at).unwrap()).unwrap()
}

/// A draft that says `needs_action` of a guest leaves the guest's earlier answer as it is.
fn with_answers_of(before: &Event, mut draft: EventDraft) -> EventDraft {
    for guest in &mut draft.attendees {
        let earlier = before.attendees.iter().find(|earlier| earlier.email == guest.email);
        if let Some(earlier) = earlier.filter(|_| guest.response == ResponseStatus::NeedsAction) {
            guest.response = earlier.response;
        }
    }
    draft
}

/// What a draft and an event have in common.
const SHARED: [&str; 11] = [
    "title",
    "description",
    "location",
    "start",
    "end",
    "attendees",
    "recurrence",
    "reminders",
    "transparency",
    "visibility",
    "status",
];

/// The shared fields, with moments in UTC: Google tells times with the offset of the calendar, and
/// the event's own zone beside them.
fn shared(of: &impl Serialize) -> Map<String, Value> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(of) else {
        panic!("a draft and an event are objects")
    };
    fields.retain(|name, _| SHARED.contains(&name.as_str()));
    for name in ["start", "end"] {
        let time = serde_json::from_value(fields[name].take()).unwrap();
        fields[name] = moment(&time);
    }
    fields
}

fn moment(time: &EventTime) -> Value {
    match time {
        EventTime::Instant { date_time, time_zone } => json!([date_time.to_utc(), time_zone]),
        EventTime::Day { date } => json!(date),
    }
}
