//! The methods served here with their query parameters and scopes, after the discovery document
//! of the Calendar API, v3, revision 20261030. Scopes lack [`SCOPE_PREFIX`].

/// What every scope of the Calendar API begins with.
pub(super) const SCOPE_PREFIX: &str = "https://www.googleapis.com/auth/";

/// Query parameters that every method takes.
pub(super) const COMMON_PARAMETERS: &[&str] =
    &["alt", "fields", "key", "oauth_token", "prettyPrint", "quotaUser", "userIp"];

/// What the discovery document says about one query parameter's value.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Boolean,
    DateTime,
    Integer { min: i64, max: i64 },
    OneOf(&'static [&'static str]),
}

use Kind::{Boolean, DateTime, Integer, OneOf, Text};

/// One method of the API.
pub(super) struct Method {
    pub(super) parameters: &'static [(&'static str, Kind)],
    /// Any one of them is enough.
    pub(super) scopes: &'static [&'static str],
}

/// Every scope of the API.
pub(super) const SCOPES: &[&str] = &[
    "calendar",
    "calendar.acls",
    "calendar.acls.readonly",
    "calendar.app.created",
    "calendar.calendarlist",
    "calendar.calendarlist.readonly",
    "calendar.calendars",
    "calendar.calendars.readonly",
    "calendar.events",
    "calendar.events.freebusy",
    "calendar.events.owned",
    "calendar.events.owned.readonly",
    "calendar.events.public.readonly",
    "calendar.events.readonly",
    "calendar.freebusy",
    "calendar.readonly",
    "calendar.settings",
    "calendar.settings.readonly",
];

/// `calendar.calendarList.list`
pub(super) const CALENDAR_LIST_LIST: Method = Method {
    parameters: &[
        ("maxResults", Integer { min: 1, max: i32::MAX as i64 }),
        (
            "minAccessRole",
            OneOf(&["freeBusyReader", "owner", "reader", "writer", "writerWithoutPrivateAccess"]),
        ),
        ("pageToken", Text),
        ("showDeleted", Boolean),
        ("showHidden", Boolean),
        ("showOwnOrganizationOnly", Boolean),
        ("syncToken", Text),
    ],
    scopes: &[
        "calendar",
        "calendar.calendarlist",
        "calendar.calendarlist.readonly",
        "calendar.readonly",
    ],
};

/// `calendar.calendarList.get`
pub(super) const CALENDAR_LIST_GET: Method = Method {
    parameters: &[],
    scopes: &[
        "calendar",
        "calendar.app.created",
        "calendar.calendarlist",
        "calendar.calendarlist.readonly",
        "calendar.readonly",
    ],
};

/// `calendar.calendars.get`
pub(super) const CALENDARS_GET: Method = Method {
    parameters: &[],
    scopes: &[
        "calendar",
        "calendar.app.created",
        "calendar.calendars",
        "calendar.calendars.readonly",
        "calendar.readonly",
    ],
};

/// `calendar.events.list`
pub(super) const EVENTS_LIST: Method = Method {
    parameters: &[
        ("alwaysIncludeEmail", Boolean),
        (
            "eventTypes",
            OneOf(&[
                "birthday",
                "default",
                "focusTime",
                "fromGmail",
                "outOfOffice",
                "workingLocation",
            ]),
        ),
        ("iCalUID", Text),
        ("maxAttendees", Integer { min: 1, max: i32::MAX as i64 }),
        ("maxResults", Integer { min: 1, max: i32::MAX as i64 }),
        ("orderBy", OneOf(&["startTime", "updated"])),
        ("pageToken", Text),
        ("privateExtendedProperty", Text),
        ("q", Text),
        ("sharedExtendedProperty", Text),
        ("showDeleted", Boolean),
        ("showHiddenInvitations", Boolean),
        ("singleEvents", Boolean),
        ("syncToken", Text),
        ("timeMax", DateTime),
        ("timeMin", DateTime),
        ("timeZone", Text),
        ("updatedMin", DateTime),
    ],
    scopes: &[
        "calendar",
        "calendar.app.created",
        "calendar.events",
        "calendar.events.freebusy",
        "calendar.events.owned",
        "calendar.events.owned.readonly",
        "calendar.events.public.readonly",
        "calendar.events.readonly",
        "calendar.readonly",
    ],
};

/// `calendar.events.get`
pub(super) const EVENTS_GET: Method = Method {
    parameters: &[
        ("alwaysIncludeEmail", Boolean),
        ("maxAttendees", Integer { min: 1, max: i32::MAX as i64 }),
        ("timeZone", Text),
    ],
    scopes: &[
        "calendar",
        "calendar.app.created",
        "calendar.events",
        "calendar.events.freebusy",
        "calendar.events.owned",
        "calendar.events.owned.readonly",
        "calendar.events.public.readonly",
        "calendar.events.readonly",
        "calendar.readonly",
    ],
};

/// `calendar.events.insert`
pub(super) const EVENTS_INSERT: Method = Method {
    parameters: &[
        ("conferenceDataVersion", Integer { min: 0, max: 1 }),
        ("eventLabelVersion", Integer { min: 0, max: 1 }),
        ("maxAttendees", Integer { min: 1, max: i32::MAX as i64 }),
        ("sendNotifications", Boolean),
        ("sendUpdates", OneOf(&["all", "externalOnly", "none"])),
        ("supportsAttachments", Boolean),
    ],
    scopes: &["calendar", "calendar.app.created", "calendar.events", "calendar.events.owned"],
};

/// `calendar.events.patch`
pub(super) const EVENTS_PATCH: Method = Method {
    parameters: &[
        ("alwaysIncludeEmail", Boolean),
        ("conferenceDataVersion", Integer { min: 0, max: 1 }),
        ("eventLabelVersion", Integer { min: 0, max: 1 }),
        ("maxAttendees", Integer { min: 1, max: i32::MAX as i64 }),
        ("sendNotifications", Boolean),
        ("sendUpdates", OneOf(&["all", "externalOnly", "none"])),
        ("supportsAttachments", Boolean),
    ],
    scopes: &["calendar", "calendar.app.created", "calendar.events", "calendar.events.owned"],
};

/// `calendar.events.update`
pub(super) const EVENTS_UPDATE: Method = Method {
    parameters: &[
        ("alwaysIncludeEmail", Boolean),
        ("conferenceDataVersion", Integer { min: 0, max: 1 }),
        ("eventLabelVersion", Integer { min: 0, max: 1 }),
        ("maxAttendees", Integer { min: 1, max: i32::MAX as i64 }),
        ("sendNotifications", Boolean),
        ("sendUpdates", OneOf(&["all", "externalOnly", "none"])),
        ("supportsAttachments", Boolean),
    ],
    scopes: &["calendar", "calendar.app.created", "calendar.events", "calendar.events.owned"],
};

/// `calendar.events.delete`
pub(super) const EVENTS_DELETE: Method = Method {
    parameters: &[
        ("sendNotifications", Boolean),
        ("sendUpdates", OneOf(&["all", "externalOnly", "none"])),
    ],
    scopes: &["calendar", "calendar.app.created", "calendar.events", "calendar.events.owned"],
};

/// `calendar.freebusy.query`
pub(super) const FREEBUSY_QUERY: Method = Method {
    parameters: &[],
    scopes: &["calendar", "calendar.events.freebusy", "calendar.freebusy", "calendar.readonly"],
};
