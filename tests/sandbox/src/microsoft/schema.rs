//! Types of the vendor's description (Graph v1.0 metadata), as far as bodies and `$select` need
//! them.

use serde_json::{Map, Value};

use super::error::GraphError;

/// What a property may hold; `null` is always allowed.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Flag,
    /// `Edm.Int32`
    Whole,
    Number,
    OneOf(&'static [&'static str]),
    Object(&'static Type),
    List(&'static Kind),
}

/// A complex or entity type.
pub(super) struct Type {
    name: &'static str,
    pub(super) properties: &'static [(&'static str, Kind)],
}

use Kind::{Flag, List, Number, Object, OneOf, Text, Whole};

const DAYS: Kind =
    OneOf(&["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]);

pub(super) const PROVIDERS: &[&str] =
    &["unknown", "skypeForBusiness", "skypeForConsumer", "teamsForBusiness"];

const TIME: Type =
    Type { name: "dateTimeTimeZone", properties: &[("dateTime", Text), ("timeZone", Text)] };

const ITEM_BODY: Type = Type {
    name: "itemBody",
    properties: &[("content", Text), ("contentType", OneOf(&["text", "html"]))],
};

const EMAIL_ADDRESS: Type =
    Type { name: "emailAddress", properties: &[("address", Text), ("name", Text)] };

const RECIPIENT: Type =
    Type { name: "recipient", properties: &[("emailAddress", Object(&EMAIL_ADDRESS))] };

const RESPONSE_STATUS: Type = Type {
    name: "responseStatus",
    properties: &[
        (
            "response",
            OneOf(&[
                "none",
                "organizer",
                "tentativelyAccepted",
                "accepted",
                "declined",
                "notResponded",
            ]),
        ),
        ("time", Text),
    ],
};

const TIME_SLOT: Type =
    Type { name: "timeSlot", properties: &[("end", Object(&TIME)), ("start", Object(&TIME))] };

const ATTENDEE: Type = Type {
    name: "attendee",
    properties: &[
        ("emailAddress", Object(&EMAIL_ADDRESS)),
        ("proposedNewTime", Object(&TIME_SLOT)),
        ("status", Object(&RESPONSE_STATUS)),
        ("type", OneOf(&["required", "optional", "resource"])),
    ],
};

const ADDRESS: Type = Type {
    name: "physicalAddress",
    properties: &[
        ("city", Text),
        ("countryOrRegion", Text),
        ("postalCode", Text),
        ("state", Text),
        ("street", Text),
    ],
};

const COORDINATES: Type = Type {
    name: "outlookGeoCoordinates",
    properties: &[
        ("accuracy", Number),
        ("altitude", Number),
        ("altitudeAccuracy", Number),
        ("latitude", Number),
        ("longitude", Number),
    ],
};

const LOCATION: Type = Type {
    name: "location",
    properties: &[
        ("address", Object(&ADDRESS)),
        ("coordinates", Object(&COORDINATES)),
        ("displayName", Text),
        ("locationEmailAddress", Text),
        (
            "locationType",
            OneOf(&[
                "default",
                "conferenceRoom",
                "homeAddress",
                "businessAddress",
                "geoCoordinates",
                "streetAddress",
                "hotel",
                "restaurant",
                "localBusiness",
                "postalAddress",
            ]),
        ),
        ("locationUri", Text),
        ("uniqueId", Text),
        ("uniqueIdType", OneOf(&["unknown", "locationStore", "directory", "private", "bing"])),
    ],
};

const PATTERN: Type = Type {
    name: "recurrencePattern",
    properties: &[
        ("dayOfMonth", Whole),
        ("daysOfWeek", List(&DAYS)),
        ("firstDayOfWeek", DAYS),
        ("index", OneOf(&["first", "second", "third", "fourth", "last"])),
        ("interval", Whole),
        ("month", Whole),
        (
            "type",
            OneOf(&[
                "daily",
                "weekly",
                "absoluteMonthly",
                "relativeMonthly",
                "absoluteYearly",
                "relativeYearly",
            ]),
        ),
    ],
};

const RANGE: Type = Type {
    name: "recurrenceRange",
    properties: &[
        ("endDate", Text),
        ("numberOfOccurrences", Whole),
        ("recurrenceTimeZone", Text),
        ("startDate", Text),
        ("type", OneOf(&["endDate", "noEnd", "numbered"])),
    ],
};

const RECURRENCE: Type = Type {
    name: "patternedRecurrence",
    properties: &[("pattern", Object(&PATTERN)), ("range", Object(&RANGE))],
};

const PHONE: Type = Type {
    name: "phone",
    properties: &[("language", Text), ("number", Text), ("region", Text), ("type", Text)],
};

const ONLINE_MEETING: Type = Type {
    name: "onlineMeetingInfo",
    properties: &[
        ("conferenceId", Text),
        ("joinUrl", Text),
        ("phones", List(&Object(&PHONE))),
        ("quickDial", Text),
        ("tollFreeNumbers", List(&Text)),
        ("tollNumber", Text),
    ],
};

pub(super) const EVENT: Type = Type {
    name: "event",
    properties: &[
        ("allowNewTimeProposals", Flag),
        ("attendees", List(&Object(&ATTENDEE))),
        ("body", Object(&ITEM_BODY)),
        ("bodyPreview", Text),
        ("cancelledOccurrences", List(&Text)),
        ("categories", List(&Text)),
        ("changeKey", Text),
        ("createdDateTime", Text),
        ("end", Object(&TIME)),
        ("hasAttachments", Flag),
        ("hideAttendees", Flag),
        ("iCalUId", Text),
        ("id", Text),
        ("importance", OneOf(&["low", "normal", "high"])),
        ("isAllDay", Flag),
        ("isCancelled", Flag),
        ("isDraft", Flag),
        ("isOnlineMeeting", Flag),
        ("isOrganizer", Flag),
        ("isReminderOn", Flag),
        ("lastModifiedDateTime", Text),
        ("location", Object(&LOCATION)),
        ("locations", List(&Object(&LOCATION))),
        ("onlineMeeting", Object(&ONLINE_MEETING)),
        ("onlineMeetingProvider", OneOf(PROVIDERS)),
        ("onlineMeetingUrl", Text),
        ("organizer", Object(&RECIPIENT)),
        ("originalEndTimeZone", Text),
        ("originalStart", Text),
        ("originalStartTimeZone", Text),
        ("recurrence", Object(&RECURRENCE)),
        ("reminderMinutesBeforeStart", Whole),
        ("responseRequested", Flag),
        ("responseStatus", Object(&RESPONSE_STATUS)),
        ("sensitivity", OneOf(&["normal", "personal", "private", "confidential"])),
        ("seriesMasterId", Text),
        ("showAs", OneOf(&["unknown", "free", "tentative", "busy", "oof", "workingElsewhere"])),
        ("start", Object(&TIME)),
        ("subject", Text),
        ("transactionId", Text),
        ("type", OneOf(&["singleInstance", "occurrence", "exception", "seriesMaster"])),
        ("webLink", Text),
    ],
};

pub(super) const CALENDAR: Type = Type {
    name: "calendar",
    properties: &[
        ("allowedOnlineMeetingProviders", List(&OneOf(PROVIDERS))),
        ("canEdit", Flag),
        ("canShare", Flag),
        ("canViewPrivateItems", Flag),
        ("changeKey", Text),
        ("color", Text),
        ("defaultOnlineMeetingProvider", OneOf(PROVIDERS)),
        ("hexColor", Text),
        ("id", Text),
        ("isDefaultCalendar", Flag),
        ("isRemovable", Flag),
        ("isTallyingResponses", Flag),
        ("name", Text),
        ("owner", Object(&EMAIL_ADDRESS)),
    ],
};

pub(super) const USER: Type = Type {
    name: "user",
    properties: &[
        ("businessPhones", List(&Text)),
        ("displayName", Text),
        ("givenName", Text),
        ("id", Text),
        ("jobTitle", Text),
        ("mail", Text),
        ("mobilePhone", Text),
        ("officeLocation", Text),
        ("preferredLanguage", Text),
        ("surname", Text),
        ("userPrincipalName", Text),
    ],
};

/// The body of `getSchedule`. The metadata begins its names with capitals, the vendor's examples
/// do not; [`super::schedule`] takes both.
pub(super) const SCHEDULE: Type = Type {
    name: "getSchedule",
    properties: &[
        ("schedules", List(&Text)),
        ("endTime", Object(&TIME)),
        ("startTime", Object(&TIME)),
        ("availabilityViewInterval", Whole),
    ],
};

/// Refuses properties that the type does not have, and values of the wrong kind. Annotations
/// (`@odata...`) pass.
pub(super) fn check(object: &Map<String, Value>, of: &Type) -> Result<(), GraphError> {
    for (name, value) in object {
        if name.contains('@') {
            continue;
        }
        let Some((_, kind)) = of.properties.iter().find(|(known, _)| known == name) else {
            let message = format!(
                "The property '{name}' does not exist on type 'microsoft.graph.{}'. Make sure to \
                 only use property names that are defined by the type.",
                of.name
            );
            return Err(GraphError::unreadable(message));
        };
        check_value(name, value, kind)?;
    }
    Ok(())
}

fn check_value(name: &str, value: &Value, kind: &Kind) -> Result<(), GraphError> {
    let fits = match (kind, value) {
        (_, Value::Null) => true,
        (Object(of), Value::Object(object)) => return check(object, of),
        (List(kind), Value::Array(values)) => {
            return values.iter().try_for_each(|value| check_value(name, value, kind));
        }
        (OneOf(values), Value::String(text)) => values.contains(&text.as_str()),
        (Text, Value::String(_)) | (Flag, Value::Bool(_)) | (Number, Value::Number(_)) => true,
        (Whole, Value::Number(number)) => {
            number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
        }
        _ => false,
    };
    match fits {
        true => Ok(()),
        false => Err(GraphError::unreadable(format!(
            "Cannot convert the literal of the property '{name}' to the expected type."
        ))),
    }
}
