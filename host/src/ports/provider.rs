use async_trait::async_trait;
use mortise_plugin_api::{Error as ProviderError, Manifest};
use secrecy::SecretString;

use super::{Deadline, Repeats};
use crate::domain::ids::IntegrationId;

/// Why an operation failed: the provider's own error, which decides status and retry by its kind.
pub type CallError = ProviderError;

/// For whom an operation runs, and until when.
#[derive(Clone)]
pub struct CallContext<'a> {
    /// Added to each request.
    pub token: &'a SecretString,
    /// The connection; `None` before there is one.
    pub integration: Option<IntegrationId>,
    /// The operation ends by it.
    pub deadline: Deadline,
    /// Notes whether any of its requests was sent again.
    pub repeats: Repeats,
}

/// A configured vendor.
#[async_trait]
pub trait ProviderPort: Send + Sync {
    /// What the provider says of itself. The same at every call.
    fn manifest(&self) -> &Manifest;

    /// Runs an operation with JSON input to its JSON output, with the token added to each request.
    /// Dropping the future cancels; the vendor may have done part of the work.
    ///
    /// # Errors
    /// `RateLimited` with `retry_after` where a request had to wait too long for its turn or the
    /// vendor is left alone, `Timeout` where the deadline came first;
    /// `Unauthorized` where the vendor refused the token, `NotSupported` for an operation that the
    /// manifest does not name (the plugin is not asked), `Internal` for a plugin that panicked,
    /// asked for a foreign host or more than 100 steps; else as the operation documents.
    async fn call(
        &self,
        operation: &str,
        input: Vec<u8>,
        context: &CallContext<'_>,
    ) -> Result<Vec<u8>, CallError>;
}
