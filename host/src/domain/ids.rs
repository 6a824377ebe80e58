//! Names of things.

use std::fmt;

/// The application's own name for a user: any text of 1 to 255 bytes without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserId(String);

/// Why a text is no user id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a user id has 1 to 255 bytes and no control characters")]
pub struct BadUserId;

impl UserId {
    /// # Errors
    /// [`BadUserId`] for an empty, overlong or unprintable text.
    pub fn new(text: impl Into<String>) -> Result<Self, BadUserId> {
        let text = text.into();
        let fits = (1..=255).contains(&text.len()) && !text.chars().any(char::is_control);
        if fits && text.trim() == text { Ok(Self(text)) } else { Err(BadUserId) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A configured provider, `google_calendar`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderId(String);

impl ProviderId {
    /// From its name in the configuration; `None` unless it is `a-z`, `0-9` and `_`, starts with a
    /// letter and has at most 64 characters.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        (starts && name.len() <= 64 && name.bytes().all(allowed)).then(|| Self(name.to_owned()))
    }

    /// From a URL's slug, `google-calendar`.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        if slug.contains('_') { None } else { Self::new(&slug.replace('-', "_")) }
    }

    /// In URLs: `google-calendar`.
    #[must_use]
    pub fn slug(&self) -> String {
        self.0.replace('_', "-")
    }

    /// As in the configuration and the database.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

row_id! {
    /// Row of the `users` table.
    UserKey
}
row_id! {
    /// Row of the `integrations` table.
    IntegrationId
}
row_id! {
    /// Row of the `calendar_event_links` table.
    LinkId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_and_a_name_are_two_writings_of_one_provider() {
        let id = ProviderId::from_slug("google-calendar").unwrap();
        assert_eq!(id.as_str(), "google_calendar");
        assert_eq!(id.slug(), "google-calendar");
        assert_eq!(ProviderId::from_slug("google_calendar"), None);
        assert_eq!(ProviderId::new("Google"), None);
        assert_eq!(ProviderId::new("../etc"), None);
        assert_eq!(ProviderId::new(""), None);
    }

    #[test]
    fn a_user_id_is_short_printable_text() {
        assert!(UserId::new("42").is_ok());
        assert!(UserId::new("jürgen@example.com").is_ok());
        for bad in ["", " 42", "a\nb", &"x".repeat(256)] {
            assert_eq!(UserId::new(bad), Err(BadUserId), "{bad:?}");
        }
    }
}
