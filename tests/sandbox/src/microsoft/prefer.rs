//! The `Prefer` header (RFC 7240) as far as Outlook's part of Graph reads it.

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use chrono_tz::Tz;
use serde_json::Value;

use super::error::GraphError;
use super::zones::zone;

/// What the client prefers; others of its preferences are ignored.
pub(super) struct Prefer {
    /// Zone of the times in the answer.
    pub(super) zone: Tz,
    /// The zone as the client called it.
    pub(super) zone_name: String,
    /// Bodies as text instead of HTML.
    pub(super) text: bool,
    /// Ids that stay when an event is moved to another calendar.
    pub(super) immutable_ids: bool,
    pub(super) max_page_size: Option<usize>,
    /// For `Preference-Applied`.
    applied: Vec<String>,
}

impl Default for Prefer {
    fn default() -> Self {
        Self {
            zone: Tz::UTC,
            zone_name: "UTC".to_owned(),
            text: false,
            immutable_ids: false,
            max_page_size: None,
            applied: vec![],
        }
    }
}

impl Prefer {
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, GraphError> {
        let mut prefer = Self::default();
        let lines = headers.get_all("prefer").iter().filter_map(|line| line.to_str().ok());
        for preference in lines.flat_map(split) {
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            if prefer.take(&name.to_ascii_lowercase(), value)? {
                prefer.applied.push(preference.trim().to_owned());
            }
        }
        Ok(prefer)
    }

    /// Whether the preference is understood.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, GraphError> {
        match name {
            "outlook.timezone" => {
                self.zone = zone(value).ok_or_else(|| GraphError::unknown_zone(value))?;
                self.zone_name = value.to_owned();
            }
            "outlook.body-content-type" => match value.to_ascii_lowercase().as_str() {
                "text" => self.text = true,
                "html" => self.text = false,
                _ => return Ok(false),
            },
            "idtype" if value.eq_ignore_ascii_case("ImmutableId") => self.immutable_ids = true,
            "odata.maxpagesize" => match value.parse() {
                Ok(size @ 1..) => self.max_page_size = Some(size),
                _ => return Ok(false),
            },
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The answer with what was applied.
    pub(super) fn answer(&self, status: StatusCode, body: Value) -> Response {
        let mut response = (status, Json(body)).into_response();
        if !self.applied.is_empty()
            && let Ok(value) = HeaderValue::from_str(&self.applied.join(", "))
        {
            response.headers_mut().insert("preference-applied", value);
        }
        response
    }
}

/// Splits at commas outside quotes.
fn split(line: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    line.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_come_in_one_header_or_in_several() {
        let mut headers = HeaderMap::new();
        let one =
            r#"outlook.timezone="Pacific Standard Time", IdType="ImmutableId", respond-async"#;
        headers.append("prefer", HeaderValue::from_static(one));
        headers.append("prefer", HeaderValue::from_static("odata.maxpagesize=2"));
        let prefer = Prefer::read(&headers).unwrap();
        assert_eq!(prefer.zone, Tz::America__Los_Angeles);
        assert!(prefer.immutable_ids);
        assert_eq!(prefer.max_page_size, Some(2));
        assert_eq!(prefer.applied.len(), 3, "without respond-async");
    }

    #[test]
    fn a_comma_in_quotes_does_not_separate() {
        assert_eq!(split(r#"a="1,2", b"#).collect::<Vec<_>>(), [r#"a="1,2""#, " b"]);
    }
}
