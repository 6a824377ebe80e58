//! How Graph is asked: paths, preferences, cursors.

use mortise_plugin_api::{Error, ErrorKind, RequestBuilder, Result, path};

/// Microsoft's largest page (`$top`).
pub(crate) const LARGEST_PAGE: u32 = 1000;

/// A page where the caller does not say; Graph's own default of 10 would cost many requests.
pub(crate) const USUAL_PAGE: u32 = 250;

/// Requests at once that Outlook allows an app in one mailbox.
pub(crate) const AT_ONCE: usize = 4;

/// What the host calls the account's own calendar.
pub(crate) const PRIMARY: &str = "primary";

/// A calendar's path.
pub(crate) fn calendar_path(calendar: &str) -> String {
    match calendar {
        PRIMARY => "/me/calendar".to_owned(),
        _ => path!("/me/calendars/{}", calendar),
    }
}

/// An event's path.
pub(crate) fn event_path(calendar: &str, event: &str) -> String {
    format!("{}{}", calendar_path(calendar), path!("/events/{}", event))
}

/// Asks for ids that stay when an event is moved, times in UTC and texts without HTML.
pub(crate) fn preferring<'a>(request: RequestBuilder<'a>) -> RequestBuilder<'a> {
    request.header("prefer", EVENTS)
}

/// As [`preferring`], with the page's size, which a list of changes takes from here.
pub(crate) fn preferring_pages<'a>(request: RequestBuilder<'a>, size: u32) -> RequestBuilder<'a> {
    request.header("prefer", format!("{EVENTS}, odata.maxpagesize={size}"))
}

/// As [`preferring`], with texts as they are kept.
pub(crate) fn preferring_html<'a>(request: RequestBuilder<'a>) -> RequestBuilder<'a> {
    request.header("prefer", "IdType=\"ImmutableId\", outlook.body-content-type=\"html\"")
}

const EVENTS: &str = "IdType=\"ImmutableId\", outlook.timezone=\"UTC\", \
                      outlook.body-content-type=\"text\"";

/// Where a list goes on: the one parameter that Graph adds to its next address.
///
/// Graph hands out whole addresses. No more than this parameter is taken from them, and the request
/// is built anew, so that a cursor that somebody else wrote leads nowhere but into the same list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

const PARAMETERS: [&str; 3] = ["$skiptoken", "$deltatoken", "$skip"];

impl Cursor {
    /// Reads `@odata.nextLink` or `@odata.deltaLink`.
    ///
    /// # Errors
    /// `BadAnswer` for an address without any of the parameters.
    pub(crate) fn of_link(link: &str) -> Result<Self> {
        let query = link.split_once('?').map_or("", |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(name, value)| Self::new(&decode(name), decode(value)))
            .ok_or_else(|| {
                let message = "Microsoft's address of the next page is not understood";
                Error::new(ErrorKind::BadAnswer, message)
            })
    }

    /// Reads what [`write`](Self::write) wrote. `field` is the input's field.
    ///
    /// # Errors
    /// `CursorLost` for anything else.
    pub(crate) fn read(text: &str, field: &str) -> Result<Self> {
        let cursor = text.split_once('=').and_then(|(name, value)| {
            Self::new(name, value.to_owned()).filter(|cursor| !cursor.value.is_empty())
        });
        cursor.ok_or_else(|| Error {
            field: Some(field.to_owned()),
            ..Error::new(ErrorKind::CursorLost, "this is no cursor: start again without it")
        })
    }

    fn new(name: &str, value: String) -> Option<Self> {
        let name = PARAMETERS.into_iter().find(|known| known.eq_ignore_ascii_case(name))?;
        let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
        (name != "$skip" || is_number).then_some(Self { name, value })
    }

    /// As the caller keeps it.
    pub(crate) fn write(&self) -> String {
        format!("{}={}", self.name, self.value)
    }
}

/// Where the next page starts, as the caller keeps it.
///
/// # Errors
/// `BadAnswer` for an address that is not understood.
pub(crate) fn next_page(link: Option<&str>) -> Result<Option<String>> {
    link.filter(|link| !link.is_empty())
        .map(|link| Cursor::of_link(link).map(|cursor| cursor.write()))
        .transpose()
}

/// Decodes a part of a query (WHATWG URL 5.1).
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, hex) {
            (b'%', Some(value)) => {
                decoded.push(value);
                at += 2;
            }
            (b'+', _) => decoded.push(b' '),
            _ => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_the_one_parameter_of_graphs_address() {
        let link = "https://graph.microsoft.com/v1.0/me/calendar/calendarView\
                    ?startDateTime=2026-12-01T00%3a00%3a00Z&%24top=2&%24skip=2#x";
        let cursor = Cursor::of_link(link).unwrap();
        assert_eq!(cursor, Cursor { name: "$skip", value: "2".to_owned() });
        assert_eq!(Cursor::read(&cursor.write(), "page").unwrap(), cursor);

        let token = Cursor::of_link("https://x/delta?$deltatoken=a%2Bb%3D+%zz%").unwrap();
        assert_eq!(token, Cursor { name: "$deltatoken", value: "a+b= %zz%".to_owned() });
        assert_eq!(Cursor::read(&token.write(), "sync").unwrap(), token);
    }

    #[test]
    fn another_address_or_cursor_is_none() {
        for link in ["", "https://graph.microsoft.com/v1.0/me", "https://x/?a=b", "/?$filter=c"] {
            assert_eq!(Cursor::of_link(link).unwrap_err().kind, ErrorKind::BadAnswer, "{link}");
        }
        for text in ["", "$skip", "$skip=", "$skip=x", "$filter=x", "https://evil.example/?$skip=1"]
        {
            let error = Cursor::read(text, "page").unwrap_err();
            assert_eq!(error.kind, ErrorKind::CursorLost, "{text}");
            assert_eq!(error.field.as_deref(), Some("page"));
        }
    }

    #[test]
    fn the_primary_calendar_has_a_path_of_its_own() {
        assert_eq!(event_path(PRIMARY, "a/b"), "/me/calendar/events/a%2Fb");
        assert_eq!(event_path("AAM=", "1"), "/me/calendars/AAM%3D/events/1");
    }
}
