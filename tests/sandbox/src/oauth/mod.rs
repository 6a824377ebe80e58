//! The authorization server, written once; a [`Dialect`] holds what the vendors do differently.

mod authorize;
mod dialect;
mod exchange;
mod grants;
mod http;
mod page;

pub(crate) use authorize::is_email;
pub use authorize::{AuthorizeRefusal, Consent};
pub(crate) use dialect::{Answer, Dialect, Failure, Issued, RefreshPolicy, TokenRefusal};
pub use grants::LiveTokens;
pub(crate) use grants::{AuthorizationServer, Bearer};
pub(crate) use http::{bearer_token, form, routes, token_route};
