use std::sync::Arc;

use mortise_plugin_api::{Error as ProviderError, ErrorKind};
use serde::{Serialize, de::DeserializeOwned};

use super::{AccessToken, Caller, Hub, HubError, Provider};
use crate::{
    domain::connection::{Connection, IntegrationStatus},
    ports::{CallContext, Deadline, Repeats},
};

/// A user's usable connection to a provider.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) provider: Arc<Provider>,
    pub(super) connection: Connection,
    /// By when whatever is asked of the vendor must be answered.
    pub(super) deadline: Deadline,
}

impl Target {
    /// One use of the vendor with a token.
    fn context<'a>(&self, token: &'a AccessToken, repeats: &Repeats) -> CallContext<'a> {
        CallContext {
            token: &token.token,
            integration: Some(token.integration),
            deadline: self.deadline,
            repeats: repeats.clone(),
        }
    }
}

impl Hub {
    /// The caller's usable connection to a provider.
    pub(super) async fn target(
        &self,
        caller: &Caller,
        provider: &Arc<Provider>,
    ) -> Result<Target, HubError> {
        caller.check(provider)?;
        let connection = self.usable(&caller.user, provider).await?;
        let deadline = caller.deadline;
        Ok(Target { provider: Arc::clone(provider), connection, deadline })
    }

    /// Runs a provider's operation for a connection, with a valid token; a token that the vendor
    /// refuses is refreshed once and the operation repeated once.
    ///
    /// # Errors
    /// `CapabilityNotSupported` and `MissingScope` without asking the provider; token errors;
    /// else the provider's own error.
    pub(super) async fn call<I, O>(
        self: &Arc<Self>,
        target: &Target,
        operation: &str,
        input: &I,
    ) -> Result<O, HubError>
    where
        I: Serialize + Sync,
        O: DeserializeOwned,
    {
        let provider = &target.provider;
        permit(target, operation)?;
        let vendor = |error| HubError::Vendor { provider: provider.id.clone(), error };
        let input = serde_json::to_vec(input)
            .map_err(|error| vendor(ProviderError::new(ErrorKind::Internal, error.to_string())))?;
        let output = self.call_with_token(target, operation, input).await?;
        serde_json::from_slice(&output).map_err(|error| {
            let message = format!("the plugin's output for {operation} is not understood: {error}");
            vendor(ProviderError::new(ErrorKind::Internal, message))
        })
    }

    async fn call_with_token(
        self: &Arc<Self>,
        target: &Target,
        operation: &str,
        input: Vec<u8>,
    ) -> Result<Vec<u8>, HubError> {
        let provider = &target.provider;
        let repeats = Repeats::default();
        let token = self.token_of(provider, &target.connection, target.deadline).await?;
        let context = target.context(&token, &repeats);
        match provider.port.call(operation, input.clone(), &context).await {
            Err(error) if error.kind == ErrorKind::Unauthorized => {}
            other => return other.map_err(|error| vendor_error(target, operation, error)),
        }
        let token = self.token_after_refusal(target, token.version).await?;
        let context = target.context(&token, &repeats);
        match provider.port.call(operation, input, &context).await {
            Err(error) if error.kind == ErrorKind::Unauthorized => {
                Err(self.refused_twice(target, &token).await?)
            }
            other => other.map_err(|error| vendor_error(target, operation, error)),
        }
    }

    /// The vendor refused even a fresh token: the grant is dead, unless it was renewed meanwhile.
    pub(super) async fn refused_twice(
        &self,
        target: &Target,
        token: &AccessToken,
    ) -> Result<HubError, HubError> {
        let why = "the vendor refused a token that had just been refreshed";
        self.ports
            .connections
            .set_status(
                token.integration,
                IntegrationStatus::NeedsReauth,
                Some(why),
                Some(token.version),
                self.ports.clock.now(),
            )
            .await?;
        Ok(HubError::NeedsReauth(target.provider.id.clone()))
    }
}

/// Whether the manifest has the operation and the grant permits it.
pub(super) fn permit(target: &Target, operation: &str) -> Result<(), HubError> {
    let provider = &target.provider;
    if !provider.manifest().has_operation(operation) {
        return Err(HubError::CapabilityNotSupported {
            provider: provider.id.clone(),
            operation: operation.to_owned(),
        });
    }
    let lacking = provider.scopes_granted(&target.connection.integration.scopes).lacking(operation);
    if lacking.is_empty() {
        return Ok(());
    }
    Err(HubError::MissingScope {
        provider: provider.id.clone(),
        operation: operation.to_owned(),
        scopes: lacking.into_iter().map(str::to_owned).collect(),
    })
}

fn vendor_error(target: &Target, operation: &str, error: ProviderError) -> HubError {
    let provider = target.provider.id.clone();
    match error.kind {
        ErrorKind::MissingScope if has_all_scopes(target) => {
            let message = "the account may not do this, although every permission was granted";
            let kind = ErrorKind::Forbidden;
            HubError::Vendor {
                provider,
                error: ProviderError { kind, message: message.to_owned(), ..error },
            }
        }
        ErrorKind::MissingScope => {
            HubError::MissingScope { provider, operation: operation.to_owned(), scopes: Vec::new() }
        }
        ErrorKind::PreconditionFailed => HubError::PreconditionFailed,
        ErrorKind::NotSupported => {
            HubError::CapabilityNotSupported { provider, operation: operation.to_owned() }
        }
        _ => HubError::Vendor { provider, error },
    }
}

/// Vendors have one word for a missing scope and for a calendar that is only to be read: to connect
/// again helps against the first alone.
fn has_all_scopes(target: &Target) -> bool {
    let manifest = target.provider.manifest();
    let all: Vec<String> = manifest.scopes.iter().map(|scope| scope.name.clone()).collect();
    let granted = &target.connection.integration.scopes;
    !all.is_empty() && target.provider.scopes_granted(granted).missing(&all).is_empty()
}

/// Whether the vendor says that there is no such thing, or none any more.
pub(super) fn is_absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::Gone)
}

/// The outcome of a delete: what is not there any more is as good as deleted.
pub(super) fn deleted<T>(outcome: Result<T, HubError>) -> Result<(), HubError> {
    match outcome {
        Err(HubError::Vendor { error, .. }) if is_absent(error.kind) => Ok(()),
        other => other.map(drop),
    }
}

/// Whether the vendor may have done the work although the call failed.
pub(super) fn may_have_happened(error: &HubError) -> bool {
    match error {
        HubError::Vendor { error, .. } => matches!(
            error.kind,
            ErrorKind::Timeout
                | ErrorKind::Unavailable
                | ErrorKind::BadAnswer
                | ErrorKind::Internal
        ),
        HubError::Store(_) => true,
        _ => false,
    }
}
