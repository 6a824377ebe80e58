//! What goes over with a request and comes back with an answer.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, SET_COOKIE, USER_AGENT},
};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Of one connection, not of the message (RFC 9110 7.6.1).
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Those that the transport writes itself, or that must not go out.
const OURS: [&str; 5] = ["host", "content-length", "user-agent", "cookie", "accept-encoding"];

/// A header that HTTP has no writing for. The value is not told: it may be a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the header {name:?} cannot be sent")]
pub(super) struct BadHeader {
    name: String,
}

/// The headers to send. A bearer token replaces an `authorization` among them.
pub(super) fn outgoing(
    headers: &[(String, String)],
    bearer: Option<&SecretString>,
) -> Result<HeaderMap, BadHeader> {
    let mut map = HeaderMap::with_capacity(headers.len() + 2);
    for (name, value) in headers {
        let bad = || BadHeader { name: name.chars().take(64).collect() };
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        if HOP_BY_HOP.contains(&parsed.as_str()) || OURS.contains(&parsed.as_str()) {
            continue;
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
        value.set_sensitive(parsed == AUTHORIZATION);
        map.append(parsed, value);
    }
    if let Some(token) = bearer {
        let text = Zeroizing::new(format!("Bearer {}", token.expose_secret()));
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| BadHeader { name: AUTHORIZATION.to_string() })?;
        value.set_sensitive(true);
        map.insert(AUTHORIZATION, value);
    }
    map.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("mortise/", env!("CARGO_PKG_VERSION"))),
    );
    Ok(map)
}

/// The headers of an answer that belong to the message. A vendor's cookies are nobody's here.
pub(super) fn incoming(headers: &HeaderMap) -> Vec<(String, String)> {
    let of_the_message =
        |name: &HeaderName| !HOP_BY_HOP.contains(&name.as_str()) && *name != SET_COOKIE;
    headers
        .iter()
        .filter(|(name, _)| of_the_message(name))
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|&(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn the_bearer_replaces_a_given_authorization_and_is_marked_sensitive() {
        let given = pairs(&[("authorization", "Basic abc"), ("if-match", "\"1\"")]);
        let sent = outgoing(&given, Some(&"tok".into())).unwrap();
        assert_eq!(sent.get_all(AUTHORIZATION).iter().count(), 1);
        assert_eq!(sent[AUTHORIZATION], "Bearer tok");
        assert!(sent[AUTHORIZATION].is_sensitive());
        assert_eq!(sent["if-match"], "\"1\"");
        assert!(!format!("{sent:?}").contains("tok"));
        assert!(outgoing(&given, None).unwrap()[AUTHORIZATION].is_sensitive());
    }

    #[test]
    fn what_belongs_to_the_transport_is_left_out() {
        let given = pairs(&[
            ("host", "evil.test"),
            ("connection", "upgrade"),
            ("content-length", "1"),
            ("cookie", "a=b"),
            ("user-agent", "curl"),
        ]);
        let sent = outgoing(&given, None).unwrap();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[USER_AGENT], concat!("mortise/", env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn a_line_break_in_a_header_is_refused_and_its_value_not_told() {
        let error = outgoing(&pairs(&[("x-a", "1\r\nhost: evil")]), None).unwrap_err();
        assert_eq!(error.to_string(), "the header \"x-a\" cannot be sent");
        assert!(outgoing(&[], Some(&"a\nb".into())).is_err());
    }
}
