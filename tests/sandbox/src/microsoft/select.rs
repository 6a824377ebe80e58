//! `$select`.

use serde_json::Value;

use super::call::Call;
use super::error::GraphError;
use super::schema::Type;

/// The properties that were asked for; nothing for the usual ones.
pub(super) struct Select(Option<Vec<String>>);

impl Select {
    pub(super) fn read(call: &Call, of: &Type) -> Result<Self, GraphError> {
        let Some(text) = call.query.get("$select") else { return Ok(Self(None)) };
        let names: Vec<_> = text.split(',').map(|name| name.trim().to_owned()).collect();
        let known = |name: &&String| !of.properties.iter().any(|(known, _)| known == name);
        match names.iter().find(known) {
            None => Ok(Self(Some(names))),
            Some(name) => {
                let message = format!("Could not find a property named '{name}'.");
                Err(GraphError::bad_request("RequestBroker--ParseUri", message))
            }
        }
    }

    pub(super) fn names(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|names| names.iter().any(|known| known == name))
    }

    /// The resource without what was not asked for; its id and annotations stay.
    pub(super) fn apply(&self, mut resource: Value) -> Value {
        if let (Some(names), Some(object)) = (&self.0, resource.as_object_mut()) {
            let kept = |name: &str| name == "id" || name.contains('@');
            object.retain(|name, _| kept(name) || names.contains(name));
        }
        resource
    }
}
