use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{AccessToken, Caller, Hub, HubError, Provider};
use crate::domain::connection::{Connection, Integration, IntegrationStatus};

/// Scopes of a connection.
#[derive(Debug, Clone, Default)]
pub struct ScopeReport {
    /// What is asked for.
    pub requested: Vec<String>,
    /// What was granted.
    pub granted: Vec<String>,
    /// Asked for and not granted.
    pub missing: Vec<String>,
}

/// How a user's connection stands.
#[derive(Debug, Clone)]
pub struct StatusReport {
    /// `not_connected` where `None`.
    pub status: Option<IntegrationStatus>,
    /// The account, as the provider told.
    pub account: Map<String, Value>,
    /// Scopes.
    pub scopes: ScopeReport,
    /// The access token's end.
    pub expires_at: Option<DateTime<Utc>>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// First connected.
    pub connected_at: Option<DateTime<Utc>>,
}

/// A provider and how the user stands with it.
pub struct ProviderStatus {
    /// The provider.
    pub provider: Arc<Provider>,
    /// How it stands; `expires_at` is not looked up.
    pub report: StatusReport,
}

impl Hub {
    /// All providers that the caller may use, with the user's status; nothing is refreshed.
    ///
    /// # Errors
    /// `Store`.
    pub async fn integrations(&self, caller: &Caller) -> Result<Vec<ProviderStatus>, HubError> {
        let known = self.ports.connections.list(&caller.user).await?;
        let status = |provider: &Arc<Provider>| ProviderStatus {
            provider: Arc::clone(provider),
            report: report(provider, known.iter().find(|row| row.provider == provider.id)),
        };
        Ok(self.providers.iter().filter(|p| caller.may_use(p)).map(status).collect())
    }

    /// How a user stands with a provider. A token that is due is refreshed, and what comes of it
    /// shows in the status.
    ///
    /// # Errors
    /// `Store`.
    pub async fn status(
        self: &Arc<Self>,
        caller: &Caller,
        provider: &Arc<Provider>,
    ) -> Result<StatusReport, HubError> {
        caller.check(provider)?;
        let connections = &self.ports.connections;
        let Some(mut found) = connections.connection(&caller.user, &provider.id).await? else {
            return Ok(report(provider, None));
        };
        if found.integration.status == IntegrationStatus::Error {
            found = match self.healed(provider, found.clone()).await {
                Err(error @ HubError::Store(_)) => return Err(error),
                healed => healed.unwrap_or(found),
            };
        }
        if found.integration.status != IntegrationStatus::Active {
            return Ok(report_with_token(provider, &found));
        }
        match self.token_of(provider, &found, caller.deadline).await {
            Ok(token) => {
                let mut report = report(provider, Some(&found.integration));
                report.expires_at = token.expires_at;
                Ok(report)
            }
            Err(
                error @ (HubError::RefreshFailed { .. }
                | HubError::RefreshResting { .. }
                | HubError::RefreshInProgress { .. }),
            ) => {
                let mut report = report_with_token(provider, &found);
                report.last_error = Some(error.to_string());
                Ok(report)
            }
            Err(error @ HubError::Store(_)) => Err(error),
            Err(_) => {
                let now = connections.connection(&caller.user, &provider.id).await?;
                Ok(now.map_or_else(|| report(provider, None), |c| report_with_token(provider, &c)))
            }
        }
    }

    /// A valid access token for a caller with the right.
    ///
    /// # Errors
    /// Token errors.
    pub async fn access_token(
        self: &Arc<Self>,
        caller: &Caller,
        provider: &Arc<Provider>,
    ) -> Result<(AccessToken, Vec<String>), HubError> {
        let target = self.target(caller, provider).await?;
        let token = self.token_of(provider, &target.connection, target.deadline).await?;
        Ok((token, target.connection.integration.scopes))
    }
}

fn report_with_token(provider: &Provider, connection: &Connection) -> StatusReport {
    StatusReport {
        expires_at: connection.token.as_ref().and_then(|token| token.expires_at),
        ..report(provider, Some(&connection.integration))
    }
}

fn report(provider: &Provider, integration: Option<&Integration>) -> StatusReport {
    let requested = provider.scopes.clone();
    let Some(row) = integration else {
        return StatusReport {
            status: None,
            account: Map::new(),
            scopes: ScopeReport { requested, ..ScopeReport::default() },
            expires_at: None,
            last_error: None,
            connected_at: None,
        };
    };
    let live = row.status != IntegrationStatus::Revoked;
    let granted = if live { row.scopes.clone() } else { Vec::new() };
    let missing = provider.scopes_granted(&granted).missing(&requested);
    let missing = if live { missing.into_iter().map(str::to_owned).collect() } else { Vec::new() };
    StatusReport {
        status: Some(row.status),
        account: row.meta.clone(),
        scopes: ScopeReport { requested, granted, missing },
        expires_at: None,
        last_error: row.last_error.clone(),
        connected_at: Some(row.created_at),
    }
}
