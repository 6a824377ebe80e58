use std::time::Duration;

use mortise_plugin_api::Error as ProviderError;

use super::calendar::ConflictReport;
use crate::{
    domain::{
        event_time::FieldError,
        ids::ProviderId,
        links::{CrmLink, CrmObject, Entity, EventLink},
    },
    ports::{CipherError, GrantError, StoreError},
};

/// Why a use case did not do what it was asked. Each is shown to the caller as one problem.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// No enabled provider has the name.
    #[error("no provider {0:?} is enabled here")]
    UnknownProvider(String),
    /// A path has a provider's name where its slug belongs.
    #[error("no provider goes by {name:?} in paths: write {slug}", name = .0.as_str(), slug = .0.slug())]
    NameForSlug(ProviderId),
    /// The provider is enabled, but its plugin was refused at start.
    #[error("the plugin of {0} could not be loaded")]
    ProviderUnavailable(ProviderId),
    /// The caller's session does not cover the provider.
    #[error("this session may not use {0}")]
    ProviderNotAllowed(ProviderId),
    /// The user has no connection to it, or ended it.
    #[error("the user is not connected to {0}")]
    NotConnected(ProviderId),
    /// The vendor refused the refresh token.
    #[error("the user must connect {0} again")]
    NeedsReauth(ProviderId),
    /// The stored tokens cannot be decrypted.
    #[error("the stored tokens of {provider} cannot be read ({error})")]
    TokensUnreadable {
        /// Whose tokens.
        provider: ProviderId,
        /// Whether a key is missing, or they are damaged.
        error: CipherError,
    },
    /// A due refresh failed and the old token is over.
    #[error("the token of {provider} could not be refreshed: {error}")]
    RefreshFailed {
        /// Whose token.
        provider: ProviderId,
        /// Why.
        error: GrantError,
    },
    /// The old token is over, and the vendor failed so often that it is left alone for a while.
    #[error("the token of {provider} is over, and its vendor failed to refresh it a moment ago")]
    RefreshResting {
        /// Whose token.
        provider: ProviderId,
        /// For so long.
        wait: Duration,
    },
    /// The token is being refreshed, and the caller's time is over.
    #[error("the token of {provider} is still being refreshed")]
    RefreshInProgress {
        /// Whose token.
        provider: ProviderId,
        /// When to ask again.
        wait: Duration,
    },
    /// None of the scopes that would permit the operation was granted.
    #[error("the operation {operation} needs a scope that was not granted for {provider}")]
    MissingScope {
        /// At which provider.
        provider: ProviderId,
        /// What was asked for.
        operation: String,
        /// The scopes of which one is needed; empty where only the vendor knows.
        scopes: Vec<String>,
    },
    /// The provider's manifest does not have the operation.
    #[error("the provider {provider} does not support {operation}")]
    CapabilityNotSupported {
        /// Which provider.
        provider: ProviderId,
        /// What was asked for.
        operation: String,
    },
    /// The input cannot be carried out.
    #[error("the input is not valid")]
    Invalid(Vec<FieldError>),
    /// The record has no link.
    #[error("{0}")]
    NotLinked(String),
    /// The record is linked already, to an event that differs from the one asked for.
    #[error("the record is linked already")]
    AlreadyLinked(Box<EventLink>),
    /// The link's event is not there: deleted at the vendor, or never made.
    #[error("the linked event is not at {0} any more")]
    EventGone(ProviderId),
    /// The record has no link to a contact, or to a deal.
    #[error("no {kind} is linked to {record}", kind = .kind.as_str(), record = .entity)]
    ObjectNotLinked {
        /// To what.
        kind: CrmObject,
        /// The record.
        entity: Entity,
    },
    /// The record is linked already, to an object that differs from the one asked for.
    #[error("the record is linked already")]
    ObjectLinked(Box<CrmLink>),
    /// The object is another record's.
    #[error("at {} this is the {} of {}", .0.provider, .0.place.as_str(), .0.entity)]
    ObjectTaken(Box<CrmLink>),
    /// The link's object is not there: archived at the vendor, or never made.
    #[error("the linked {kind} is not at {provider} any more", kind = .kind.as_str())]
    ObjectGone {
        /// What it was.
        kind: CrmObject,
        /// Where it was.
        provider: ProviderId,
    },
    /// The time is taken.
    #[error("the time is taken")]
    TimeConflict(ConflictReport),
    /// Free or busy is not known for a calendar that counts.
    #[error("the calendars could not all be checked for conflicts")]
    ConflictsUnknown(ConflictReport),
    /// A moved event is at its new vendor, but the old one could not be deleted.
    #[error("the event is at {to} now, and the old one still at {from}: {error}", to = .link.provider)]
    MoveUnfinished {
        /// The new event's.
        link: Box<EventLink>,
        /// Where the old event is.
        from: ProviderId,
        /// Why it is still there.
        error: Box<HubError>,
    },
    /// The vendor's version is another than the one given.
    #[error("the event changed since it was read")]
    PreconditionFailed,
    /// The vendor or its plugin failed.
    #[error("{provider}: {error}")]
    Vendor {
        /// Which provider.
        provider: ProviderId,
        /// How.
        error: ProviderError,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl HubError {
    /// One field at fault.
    #[must_use]
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// No provider is named for a record with several links.
    #[must_use]
    pub(super) fn linked_at_several(names: &[&str]) -> Self {
        let message = format!("the record is linked at several vendors; name one of {names:?}");
        Self::invalid("provider", message)
    }
}

impl From<FieldError> for HubError {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}
