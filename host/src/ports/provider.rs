use async_trait::async_trait;
use mortise_plugin_api::{Error as ProviderError, Manifest};
use secrecy::SecretString;

/// Why an operation failed: the provider's own error, which decides status and retry by its kind.
pub type CallError = ProviderError;

/// A configured vendor.
#[async_trait]
pub trait ProviderPort: Send + Sync {
    /// What the provider says of itself. The same at every call.
    fn manifest(&self) -> &Manifest;

    /// Runs an operation with JSON input to its JSON output, with the token added to each request.
    /// Dropping the future cancels; the vendor may have done part of the work.
    ///
    /// # Errors
    /// `Unauthorized` where the vendor refused the token, `NotSupported` for an operation that the
    /// manifest does not name (the plugin is not asked), `Internal` for a plugin that panicked,
    /// asked for a foreign host or more than 100 steps; else as the operation documents.
    async fn call(
        &self,
        operation: &str,
        input: Vec<u8>,
        token: &SecretString,
    ) -> Result<Vec<u8>, CallError>;
}
