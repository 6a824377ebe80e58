//! What the use cases need of the world, and what each must keep to. Adapters implement these.

mod cipher;
mod clock;
mod connections;
mod deadline;
mod health;
mod http;
mod idempotency;
mod keys;
mod leases;
mod links;
mod oauth;
mod primaries;
mod provider;
mod sealed_texts;
mod store;
mod sync_state;

pub use cipher::{Cipher, CipherError};
pub use clock::{Clock, Rng};
pub use connections::{
    IntegrationRepository, NewConnection, PendingRevocation, RevocationQueue, TokenStore,
};
pub use deadline::Deadline;
pub use health::{Health, PoolFigures};
pub use http::{
    Egress, OutboundError, OutboundHttp, OutboundLimits, OutboundRequest, OutboundResponse, Owner,
    Repeat, Repeats, Service,
};
pub use idempotency::{Begun, CallLimits, IdempotencyStore, RepeatableCall, SealedAnswer, Turn};
pub use keys::{ApiKeyStore, SessionStore};
pub use leases::{Claim, DueToken, Lease, LeaseEnd};
pub use links::{LinkRepository, Reservation};
pub use oauth::{
    AuthorizeRequest, CodeExchange, GrantError, OAuthClient, OAuthEndpoints, OAuthStateStore,
};
pub use primaries::{PrimaryCalendar, PrimaryCalendarStore};
pub use provider::{CallContext, CallError, ProviderPort};
pub use sealed_texts::{KeyPart, SealedColumn, SealedText, SealedTexts};
pub use store::StoreError;
pub use sync_state::{SyncState, SyncStateStore};
