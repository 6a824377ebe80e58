//! What the use cases need of the world, and what each must keep to. Adapters implement these.

mod cipher;
mod clock;
mod connections;
mod health;
mod http;
mod keys;
mod links;
mod oauth;
mod primaries;
mod provider;
mod store;
mod sync_state;

pub use cipher::{Cipher, CipherError};
pub use clock::{Clock, Rng};
pub use connections::{
    IntegrationRepository, NewConnection, PendingRevocation, RevocationQueue, TokenStore,
};
pub use health::Health;
pub use http::{Egress, OutboundError, OutboundHttp, OutboundRequest, OutboundResponse};
pub use keys::{ApiKeyStore, SessionStore};
pub use links::{LinkRepository, Reservation, Unsettled, UnsettledLink};
pub use oauth::{
    AuthorizeRequest, CodeExchange, GrantError, OAuthClient, OAuthEndpoints, OAuthStateStore,
};
pub use primaries::{PrimaryCalendar, PrimaryCalendarStore};
pub use provider::{CallError, ProviderPort};
pub use store::StoreError;
pub use sync_state::{SyncState, SyncStateStore};
