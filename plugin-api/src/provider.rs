//! What every provider is, and the routes that it may add.

use std::{future::Future, sync::Arc};

use serde_json::Value;

use crate::{
    context::Context,
    error::{Error, Result},
    export::{Answer, reply},
    http::Response,
    manifest::{Account, Manifest, RouteRequest, Settings},
};

/// A vendor. Implement it, then the capabilities, then name both in
/// [`export_plugin!`](crate::export_plugin).
pub trait Provider: Sized + Send + Sync + 'static {
    /// The provider's self-description. The same on every call.
    fn manifest() -> Manifest;

    /// A configured provider.
    ///
    /// # Errors
    /// `InvalidInput` for a setting that cannot be used; the host then refuses to start it.
    fn new(settings: &Settings) -> Result<Self>;

    /// Turns the vendor's answer outside 2xx into an error: read the body, decide the kind.
    fn vendor_error(answer: &Response) -> Error {
        Error::from_status(answer)
    }

    /// Whose account the token is for; called once after connecting. Set `identify` in the
    /// manifest where it is implemented.
    fn identify(&self, cx: &Context) -> impl Future<Output = Result<Account>> + Send {
        let _ = cx;
        std::future::ready(Err(Error::not_supported("identify")))
    }
}

/// The operations behind the manifest's routes.
pub trait Routes: Send + Sync + 'static {
    /// Answers a request to the route with this operation name. Only operations that the manifest
    /// names are asked for.
    fn route(
        &self,
        cx: &Context,
        operation: &str,
        request: RouteRequest,
    ) -> impl Future<Output = Result<Value>> + Send;
}

#[doc(hidden)]
pub fn dispatch_identify<P: Provider>(
    provider: Arc<P>,
    cx: Context,
    operation: &str,
    _input: &[u8],
) -> Option<Answer> {
    (operation == "identify")
        .then(|| reply(b"null", async move |(): ()| provider.identify(&cx).await))
}

#[doc(hidden)]
pub fn dispatch_routes<P: Routes + Provider>(
    provider: Arc<P>,
    cx: Context,
    operation: &str,
    input: &[u8],
) -> Option<Answer> {
    let operation = operation.to_owned();
    Some(reply(input, async move |i| provider.route(&cx, &operation, i).await))
}
