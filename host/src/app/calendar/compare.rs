use mortise_plugin_api::calendar::{Attendee, Event, EventDraft, EventTime};

/// Whether an event is what a draft asks for, in the fields that people see first. Vendors change
/// the rest: they add guests, rewrite recurrences, fill in reminders.
pub(super) fn is_as_asked(event: &Event, draft: &EventDraft) -> bool {
    let same_time = |one: &EventTime, other: &EventTime| match (one, other) {
        (EventTime::Instant { date_time: a, .. }, EventTime::Instant { date_time: b, .. }) => {
            a.timestamp() == b.timestamp()
        }
        (a, b) => a == b,
    };
    let text = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_owned();
    let invited = |guest: &Attendee| {
        event.attendees.iter().any(|known| known.email.eq_ignore_ascii_case(&guest.email))
    };
    same_time(&event.start, &draft.start)
        && same_time(&event.end, &draft.end)
        && text(&event.title) == text(&draft.title)
        && text(&event.location) == text(&draft.location)
        && text(&event.description) == text(&draft.description)
        && draft.attendees.iter().all(invited)
        && event.transparency == draft.transparency
}

/// Whether an event is what a draft asks for in every field. What the vendor changed by itself
/// counts as a difference too: to write it once more does no harm.
pub(super) fn is_all_as_asked(event: &Event, draft: &EventDraft) -> bool {
    let guests = |guests: &[Attendee]| {
        let mut emails: Vec<_> = guests.iter().map(|guest| guest.email.to_lowercase()).collect();
        emails.sort_unstable();
        emails
    };
    is_as_asked(event, draft)
        && event.description == draft.description
        && guests(&event.attendees) == guests(&draft.attendees)
        && event.recurrence == draft.recurrence
        && event.reminders == draft.reminders
        && event.visibility == draft.visibility
        && event.status == draft.status
        && (event.conference.is_some() || !draft.conference_requested)
        && draft.extra.iter().all(|(name, value)| event.extra.get(name) == Some(value))
}
