//! Objects of one kind: how they are written.
//!
//! A creation meets the object that it made before. HubSpot knows one property of contacts with
//! unique values, the e-mail address; but it upserts by that only where every property is given, so
//! that such a contact is looked up and then changed or made. Deals, and contacts without an
//! address, are upserted by a property that the plugin makes when it is first needed.

use mortise_plugin_api::{ErrorKind, Response, Result, Value, json, path};

use crate::{
    batch::Batch,
    draft::Properties,
    errors::Refusal,
    object,
    objects::{Objects, is_unreadable},
};

/// What a write gave.
pub(crate) struct Written {
    pub(crate) id: String,
    /// Whether HubSpot says that the object was not there before.
    pub(crate) new: bool,
    /// The object as the answer has it.
    pub(crate) item: Value,
}

impl Objects<'_> {
    /// Creates a contact, or takes the one that has the address, and sets the properties given.
    pub(crate) async fn create_by_email(
        &self,
        email: &str,
        properties: Properties,
    ) -> Result<Written> {
        if let Some(found) = self.with_email(email).await? {
            return self.take(found, &properties).await;
        }
        let mut all = properties.clone();
        all.insert("email".to_owned(), Value::from(email));
        let answer = self
            .cx
            .post(format!("/crm/v3/objects/{}", self.kind.path()))
            .json(&json!({"properties": all}))
            .send_raw()
            .await?;
        if answer.is_success() {
            return written(answer.json()?, true);
        }
        let refusal = Refusal::read(&answer);
        // Made meanwhile. Whose id the refusal tells may be a contact that shares another value.
        if refusal.kind() == ErrorKind::Conflict
            && let Some(found) = self.with_email(email).await?
        {
            return self.take(found, &properties).await;
        }
        Err(self.refused(&refusal, &all).await)
    }

    /// The contact that has an address. None where contacts cannot be read: they can still be made.
    async fn with_email(&self, email: &str) -> Result<Option<Written>> {
        match self.find("email", email, &[]).await {
            Ok(found) => found.map(|item| written(item, false)).transpose(),
            Err(error) if is_unreadable(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sets the properties that a creation gives besides the address.
    async fn take(&self, found: Written, properties: &Properties) -> Result<Written> {
        if properties.is_empty() { Ok(found) } else { self.patch(&found.id, properties).await }
    }

    /// Creates an object, or takes the one that has the key, and sets the properties given.
    pub(crate) async fn upsert(&self, key: &str, mut properties: Properties) -> Result<Written> {
        let by = &self.config.key_property;
        properties.insert(by.clone(), Value::from(key));
        let refusal = match self.try_upsert(key, &properties).await? {
            Ok(written) => return Ok(written),
            Err(refusal) => refusal,
        };
        // Another attempt at the same creation has made it meanwhile.
        if refusal.kind() == ErrorKind::Conflict
            && let Some(id) = self.id_with(by, key).await?
        {
            return self.patch(&id, &properties).await;
        }
        let fault = self.fault(&refusal, &properties).await;
        let lacks_key = fault.as_ref().is_some_and(|fault| fault.property == *by);
        if !lacks_key || refusal.kind() == ErrorKind::Conflict {
            return Err(self.error(&refusal, fault, &properties));
        }
        let key_property = self.make_key_property().await?;
        let refusal = match self.try_upsert(key, &properties).await? {
            Ok(written) => return Ok(written),
            Err(refusal) => refusal,
        };
        match self.fault(&refusal, &properties).await {
            Some(fault) if fault.property == *by => Err(self.useless(key_property).await),
            fault => Err(self.error(&refusal, fault, &properties)),
        }
    }

    /// Sets properties of an object.
    pub(crate) async fn patch(&self, id: &str, properties: &Properties) -> Result<Written> {
        let body = json!({"properties": properties});
        let answer = self.cx.patch(self.path(id)?).json(&body).send_raw().await?;
        if !answer.is_success() {
            return Err(self.refused(&Refusal::read(&answer), properties).await);
        }
        Ok(Written { id: id.to_owned(), ..written(answer.json()?, false)? })
    }

    async fn try_upsert(
        &self,
        key: &str,
        properties: &Properties,
    ) -> Result<Result<Written, Refusal>> {
        let by = &self.config.key_property;
        let input = json!({"idProperty": by, "id": key, "properties": properties});
        let answer = self
            .cx
            .post(path!("/crm/v3/objects/{}/batch/upsert", self.kind.path()))
            .repeatable()
            .json(&json!({"inputs": [input]}))
            .send_raw()
            .await?;
        if answer.is_success() { upserted(&answer) } else { Ok(Err(Refusal::read(&answer))) }
    }
}

/// Reads a 2xx answer: the one result, or the one error of a 207.
fn upserted(answer: &Response) -> Result<Result<Written, Refusal>> {
    let batch = Batch::read(answer)?;
    if let Some(item) = batch.results.into_iter().next() {
        let new = item["new"] == true;
        return written(item, new).map(Ok);
    }
    match batch.errors.into_iter().next() {
        Some(entry) => Ok(Err(Refusal::of_entry(entry))),
        None => Err(object::unnamed()),
    }
}

/// An object as a write's answer has it. What has no id and properties is none, and nothing says
/// that it was written.
fn written(item: Value, new: bool) -> Result<Written> {
    let id = object::id(&item["id"]).filter(|_| item["properties"].is_object());
    Ok(Written { id: id.ok_or_else(object::unnamed)?, new, item })
}
