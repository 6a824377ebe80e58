//! Objects of one kind: how they are read.

use mortise_plugin_api::{
    Context, Error, ErrorKind, Map, RequestBuilder, Response, Result, Value, crm::ListObjects,
    json, path,
};
use serde::Deserialize;

use crate::{
    errors::{self, Refusal},
    kind::Kind,
    object::{self, Asked, id},
    settings::{Config, is_name},
};

/// HubSpot's largest pages, of a list and of a search.
const LARGEST_PAGE: u32 = 100;
const LARGEST_SEARCH_PAGE: u32 = 200;

/// The objects of one kind in one account.
#[derive(Clone, Copy)]
pub(crate) struct Objects<'a> {
    pub(crate) cx: &'a Context,
    pub(crate) kind: Kind,
    pub(crate) config: &'a Config,
}

/// An object as it was read.
pub(crate) struct Found {
    pub(crate) item: Value,
    /// Whether it tells its contacts.
    pub(crate) with_contacts: bool,
}

/// A page as it was read.
pub(crate) struct Listed {
    pub(crate) page: Page,
    /// Whether its deals tell their contacts.
    pub(crate) with_contacts: bool,
}

/// A page of HubSpot's lists.
#[derive(Deserialize)]
pub(crate) struct Page {
    pub(crate) results: Vec<Value>,
    #[serde(default)]
    paging: Value,
}

impl Page {
    /// Where the next page starts.
    pub(crate) fn next(&self) -> Option<String> {
        id(&self.paging["next"]["after"])
    }
}

impl<'a> Objects<'a> {
    /// What is read besides the model's properties: the operator's choice and `more`.
    ///
    /// # Errors
    /// `InvalidInput` for a text that can be no name.
    pub(crate) fn names(&self, more: &[String]) -> Result<Vec<String>> {
        if let Some(name) = more.iter().find(|name| !is_name(name)) {
            let message = format!("{name:?} is not the internal name of a HubSpot property");
            return Err(Error::invalid("fields", message));
        }
        let mut names: Vec<String> = Vec::new();
        for name in self.config.always_read(self.kind).iter().chain(more) {
            if self.kind.field(name).is_none() && !names.contains(name) {
                names.push(name.clone());
            }
        }
        Ok(names)
    }

    /// [`names`](Self::names) for the answer to a write.
    pub(crate) fn written_names(&self, extra: &Map<String, Value>) -> Result<Vec<String>> {
        let more: Vec<String> = extra.keys().filter(|name| is_name(name)).cloned().collect();
        self.names(&more)
    }

    /// How an answer is read for which these names were asked.
    pub(crate) fn asked<'n>(&self, names: &'n [String]) -> Asked<'n>
    where
        'a: 'n,
    {
        Asked { key_property: &self.config.key_property, names }
    }

    /// Reads an object; where it is not among the living, among the archived ones. A creation's key
    /// stands for the object that was made with it.
    pub(crate) async fn get(&self, id: &str, names: &[String]) -> Result<Found> {
        if is_key(id) {
            return self.get_one(&self.of_key(id).await?, names, false).await;
        }
        match self.get_one(id, names, false).await {
            Err(error) if error.kind == ErrorKind::NotFound => self.get_one(id, names, true).await,
            done => done,
        }
    }

    async fn of_key(&self, key: &str) -> Result<String> {
        let known = self.id_with(&self.config.key_property, key).await?;
        known.ok_or_else(|| Error::new(ErrorKind::NotFound, "HubSpot has no object with this key"))
    }

    /// Reads an object that was just written, with all of its properties: the answer to a write
    /// holds little more than what was written. That has to do where this fails, for what is done
    /// is done: `None`.
    pub(crate) async fn read_back(&self, id: &str, names: &[String]) -> Option<Found> {
        self.get_one(id, names, false).await.ok()
    }

    /// The id of the object that has a unique value.
    pub(crate) async fn id_with(&self, property: &str, value: &str) -> Result<Option<String>> {
        let Some(item) = self.find(property, value, &[]).await? else { return Ok(None) };
        id(&item["id"]).map(Some).ok_or_else(object::unnamed)
    }

    /// Reads the object that has a unique value.
    pub(crate) async fn find(
        &self,
        property: &str,
        value: &str,
        names: &[String],
    ) -> Result<Option<Value>> {
        let found = self
            .cx
            .get(path!("/crm/v3/objects/{}/{}", self.kind.path(), value))
            .query("idProperty", property)
            .query("properties", self.properties(names).join(","))
            .send()
            .await;
        match found {
            Ok(item) => Ok(Some(item)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists or searches. A search lags behind changes by seconds.
    pub(crate) async fn list(&self, input: &ListObjects, names: &[String]) -> Result<Listed> {
        let properties = self.properties(names);
        let limit = |largest: u32| input.limit.unwrap_or(LARGEST_PAGE).clamp(1, largest);
        let path = format!("/crm/v3/objects/{}", self.kind.path());
        let (answer, with_contacts) = if let Some(query) = &input.query {
            let mut search = json!({
                "query": query,
                "limit": limit(LARGEST_SEARCH_PAGE),
                "properties": properties,
            });
            if let Some(page) = &input.page {
                search["after"] = Value::from(page.as_str());
            }
            let request = self.cx.post(format!("{path}/search")).repeatable();
            (request.json(&search).send_raw().await?, false)
        } else {
            let request = |associations| {
                self.cx
                    .get(path.as_str())
                    .query("limit", limit(LARGEST_PAGE))
                    .maybe_query("after", input.page.as_deref())
                    .query("properties", properties.join(","))
                    .maybe_query("associations", associations)
            };
            self.send_with_contacts(request).await?
        };
        if answer.is_success() {
            return Ok(Listed { page: answer.json()?, with_contacts });
        }
        let refusal = Refusal::read(&answer);
        let error = refusal.error();
        if input.page.is_some() && refusal.is_about_a_cursor() {
            return Err(Error {
                kind: ErrorKind::CursorLost,
                field: Some("page".to_owned()),
                message: "the cursor is no longer good: start again without it".to_owned(),
                ..error
            });
        }
        Err(error)
    }

    /// Archives an object; HubSpot takes a repetition.
    pub(crate) async fn archive(&self, id: &str) -> Result<()> {
        self.cx.delete(self.path(id)?).send_no_content().await
    }

    /// The address of one object.
    ///
    /// # Errors
    /// `InvalidInput` for the empty id, whose address would be the list's.
    pub(crate) fn path(&self, id: &str) -> Result<String> {
        if id.is_empty() {
            return Err(Error::invalid("id", "is missing"));
        }
        Ok(path!("/crm/v3/objects/{}/{}", self.kind.path(), id))
    }

    async fn get_one(&self, id: &str, names: &[String], archived: bool) -> Result<Found> {
        let (path, properties) = (self.path(id)?, self.properties(names).join(","));
        let request = |associations| {
            self.cx
                .get(path.as_str())
                .query("properties", &properties)
                .maybe_query("associations", associations)
                .query("archived", archived)
        };
        let (answer, with_contacts) = self.send_with_contacts(request).await?;
        if answer.is_success() {
            return Ok(Found { item: answer.json()?, with_contacts });
        }
        Err(errors::read(&answer))
    }

    /// Asks for deals with their contacts, and without where the account may see deals alone.
    async fn send_with_contacts<'r>(
        &self,
        request: impl Fn(Option<&'static str>) -> RequestBuilder<'r> + Send + Sync,
    ) -> Result<(Response, bool)> {
        if self.kind == Kind::Contact {
            return Ok((request(None).send_raw().await?, false));
        }
        let answer = request(Some("contacts")).send_raw().await?;
        if answer.is_success() || errors::read(&answer).kind != ErrorKind::MissingScope {
            return Ok((answer, true));
        }
        Ok((request(None).send_raw().await?, false))
    }

    fn properties<'n>(&self, names: &'n [String]) -> Vec<&'n str> {
        let mut all: Vec<&'n str> = self.kind.properties().collect();
        all.extend(names.iter().map(String::as_str));
        all
    }
}

/// Whether an error says that the account may not read this.
pub(crate) fn is_unreadable(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::MissingScope | ErrorKind::Forbidden)
}

/// Whether an id is the key of a creation; HubSpot's own are numbers.
fn is_key(id: &str) -> bool {
    id.len() == 52 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v'))
}
