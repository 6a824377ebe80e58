//! Links between the application's records and the vendor's objects.

use std::fmt;

use chrono::{DateTime, Utc};

use super::ids::{IntegrationId, LinkId, ProviderId, UserKey};

/// One of the application's own records: `appointment`, `123`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entity {
    /// Its type.
    pub kind: String,
    /// Its id in the application.
    pub id: String,
}

/// Why a text cannot name a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEntity {
    /// The type.
    #[error("a type has 1 to 64 characters of a-z, A-Z, 0-9, '_', '-' and '.'")]
    Kind,
    /// The id.
    #[error("an id has 1 to 191 characters without control characters")]
    Id,
}

impl Entity {
    /// # Errors
    /// [`BadEntity`] names the part that is wrong.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Result<Self, BadEntity> {
        let (kind, id) = (kind.into(), id.into());
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !(1..=64).contains(&kind.len()) || !kind.chars().all(word) {
            return Err(BadEntity::Kind);
        }
        if !(1..=191).contains(&id.chars().count()) || id.chars().any(char::is_control) {
            return Err(BadEntity::Id);
        }
        Ok(Self { kind, id })
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

/// How far a link's write has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkState {
    /// Reserved; the vendor may or may not have the object yet.
    Pending,
    /// The vendor has the object.
    Confirmed,
    /// Being deleted; the vendor may or may not have it still.
    Deleting,
}

impl LinkState {
    /// As in the database and in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Deleting => "deleting",
        }
    }

    /// From the database; `None` for a word of a later version.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Pending, Self::Confirmed, Self::Deleting]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// Where at the vendor a link leads, besides the object's id.
pub trait Place: Clone + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// What sets the keys of its creations apart from those of other kinds of objects for the same
    /// record.
    fn kind(&self) -> &'static str;
}

/// In which of the vendor's calendars an event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPlace {
    /// The vendor's id of the calendar.
    pub calendar: String,
    /// The link, at another vendor, whose event this one takes the place of: it goes once this one
    /// is there.
    pub moved_from: Option<LinkId>,
}

impl EventPlace {
    /// A place of its own.
    #[must_use]
    pub fn new(calendar: impl Into<String>) -> Self {
        Self { calendar: calendar.into(), moved_from: None }
    }
}

impl Place for EventPlace {
    // Nothing: the keys of events are older than those of other objects.
    fn kind(&self) -> &'static str {
        ""
    }
}

/// A kind of object of a CRM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CrmObject {
    /// A person.
    Contact,
    /// A sale.
    Deal,
}

impl CrmObject {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Contact, Self::Deal];

    /// As in the database and in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Deal => "deal",
        }
    }

    /// From the database; `None` for a word of a later version.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|object| object.as_str() == name)
    }
}

impl Place for CrmObject {
    fn kind(&self) -> &'static str {
        self.as_str()
    }
}

/// A link between one of the application's records and an object of a vendor's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<P> {
    /// Row.
    pub id: LinkId,
    /// Whose.
    pub user: UserKey,
    /// Over which connection.
    pub integration: IntegrationId,
    /// That connection's provider.
    pub provider: ProviderId,
    /// The application's record.
    pub entity: Entity,
    /// The vendor's object. While the link is pending and the vendor gives its own ids, the key
    /// that the creation is sent with.
    pub external_id: String,
    /// Where it is.
    pub place: P,
    /// How far it has come.
    pub state: LinkState,
    /// Counts the objects made for this record: the key of a creation depends on it.
    pub generation: i32,
    /// First reserved.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

impl<P: Place> Link<P> {
    /// The key that its object was made with, or is to be.
    #[must_use]
    pub fn key(&self, salt: &[u8]) -> String {
        let draft = LinkDraft {
            user: self.user,
            integration: self.integration,
            entity: self.entity.clone(),
            place: self.place.clone(),
        };
        creation_key(salt, &draft, self.generation)
    }
}

/// A link to an event.
pub type EventLink = Link<EventPlace>;

/// A link to a contact or deal.
pub type CrmLink = Link<CrmObject>;

/// A link to be reserved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkDraft<P> {
    /// Whose.
    pub user: UserKey,
    /// Over which connection.
    pub integration: IntegrationId,
    /// The application's record.
    pub entity: Entity,
    /// Where the object goes to.
    pub place: P,
}

/// Base32hex of RFC 4648 in lower case, unpadded: the alphabet of the vendors' own ids.
#[must_use]
pub fn base32hex(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for &byte in bytes {
        bits = (bits << 8) | u32::from(byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(char::from(ALPHABET[(bits >> count) as usize & 31]));
        }
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        text.push(char::from(ALPHABET[(bits << (5 - count)) as usize & 31]));
    }
    text
}

/// The key that a creation is sent with: the same for every repetition, another one for every
/// object that is made for the same record.
///
/// `salt` is the installation's own, so that two hubs that write to one calendar do not meet.
#[must_use]
pub fn creation_key<P: Place>(salt: &[u8], draft: &LinkDraft<P>, generation: i32) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    let kind = draft.place.kind().as_bytes();
    for part in [
        salt,
        &draft.user.0.to_be_bytes(),
        &draft.integration.0.to_be_bytes(),
        draft.entity.kind.as_bytes(),
        draft.entity.id.as_bytes(),
        &generation.to_be_bytes(),
    ]
    .into_iter()
    .chain((!kind.is_empty()).then_some(kind))
    {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    base32hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32hex_follows_the_rfc_vectors() {
        for (bytes, text) in
            [("", ""), ("f", "co"), ("fo", "cpng"), ("foo", "cpnmu"), ("foobar", "cpnmuoj1e8")]
        {
            assert_eq!(base32hex(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_creation_key_is_stable_and_differs_by_every_part() {
        let draft = LinkDraft {
            user: UserKey(1),
            integration: IntegrationId(2),
            entity: Entity::new("appointment", "123").unwrap(),
            place: EventPlace::new("primary"),
        };
        let key = creation_key(b"salt", &draft, 0);
        assert_eq!(key, creation_key(b"salt", &draft, 0));
        assert_eq!(key.len(), 52);
        assert!(key.chars().all(|c| matches!(c, 'a'..='v' | '0'..='9')), "{key}");
        assert_ne!(key, creation_key(b"salt", &draft, 1));
        assert_ne!(key, creation_key(b"other", &draft, 0));
        let shifted =
            LinkDraft { entity: Entity::new("appointment1", "23").unwrap(), ..draft.clone() };
        assert_ne!(key, creation_key(b"salt", &shifted, 0));
        let LinkDraft { user, integration, entity, .. } = draft;
        let contact = LinkDraft { user, integration, entity, place: CrmObject::Contact };
        let deal = LinkDraft { place: CrmObject::Deal, ..contact.clone() };
        assert_ne!(key, creation_key(b"salt", &contact, 0));
        assert_ne!(creation_key(b"salt", &deal, 0), creation_key(b"salt", &contact, 0));
    }

    #[test]
    fn an_entity_names_the_part_that_is_wrong() {
        assert_eq!(Entity::new("a b", "1"), Err(BadEntity::Kind));
        assert_eq!(Entity::new("appointment", ""), Err(BadEntity::Id));
        assert_eq!(Entity::new("appointment", "a\u{0}b"), Err(BadEntity::Id));
        assert!(Entity::new("appointment", "ä/ö?#%").is_ok());
    }
}
