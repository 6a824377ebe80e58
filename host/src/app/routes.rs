use std::sync::Arc;

use mortise_plugin_api::{Route, RouteRequest};
use serde_json::Value;

use super::{Caller, Hub, HubError, Provider};

impl Hub {
    /// Answers a request to a route that the provider's plugin added.
    ///
    /// # Errors
    /// `MissingScope`; token errors; those of the plugin.
    pub async fn plugin_route(
        self: &Arc<Self>,
        caller: &Caller,
        provider: &Arc<Provider>,
        route: &Route,
        request: RouteRequest,
    ) -> Result<Value, HubError> {
        let target = self.target(caller, provider).await?;
        let scopes = route.scopes.iter().map(String::as_str).collect();
        let granted = provider.scopes_granted(&target.connection.integration.scopes);
        let lacking = granted.unless_any(scopes);
        if !lacking.is_empty() {
            return Err(HubError::MissingScope {
                provider: provider.id.clone(),
                operation: route.operation.clone(),
                scopes: lacking.into_iter().map(str::to_owned).collect(),
            });
        }
        self.call(&target, &route.operation, &request).await
    }
}
