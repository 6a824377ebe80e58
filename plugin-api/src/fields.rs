//! Reading a vendor's object field by field.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind};

/// A vendor's object whose fields are taken out one by one; what is left goes into `extra`.
///
/// ```
/// use mortise_plugin_api::{Fields, json};
///
/// let item = json!({"id": "7", "summary": "Check-up", "colorId": "5", "location": null});
/// let (id, mut fields) = Fields::of("event", item)?;
/// assert_eq!(id, "7");
/// assert_eq!(fields.take::<String>("summary")?.as_deref(), Some("Check-up"));
/// assert_eq!(fields.take::<String>("location")?, None);
/// let broken = fields.peek::<bool>("colorId").unwrap_err();
/// assert_eq!(broken.to_string(), "event 7 was sent broken: `colorId` cannot be understood");
/// assert_eq!(fields.rest, *json!({"colorId": "5"}).as_object().unwrap());
/// # Ok::<(), mortise_plugin_api::Broken>(())
/// ```
#[derive(Debug)]
pub struct Fields {
    /// The fields that nobody has taken yet.
    pub rest: Map<String, Value>,
    what: &'static str,
    id: String,
}

impl Fields {
    /// The fields of an object but its `id`, which comes beside them. `what`: what people call it.
    ///
    /// # Errors
    /// Where it is no object, or has no id.
    pub fn of(what: &'static str, item: Value) -> Result<(String, Self), Broken> {
        let broken = |field, missing| Broken { what, id: None, field, missing };
        let Value::Object(mut rest) = item else { return Err(broken("item", false)) };
        match rest.remove("id") {
            Some(Value::String(id)) if !id.is_empty() => Ok((id.clone(), Self { rest, what, id })),
            _ => Err(broken("id", true)),
        }
    }

    /// Takes a field out; null is as good as absent.
    ///
    /// # Errors
    /// Where it is of another type.
    pub fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<Option<T>, Broken> {
        let value = self.rest.remove(name).unwrap_or_default();
        if value.is_null() {
            return Ok(None);
        }
        T::deserialize(value).map(Some).map_err(|_| self.malformed(name))
    }

    /// Reads a field and leaves it where it is.
    ///
    /// # Errors
    /// Where it is of another type.
    pub fn peek<T: DeserializeOwned>(&self, name: &'static str) -> Result<Option<T>, Broken> {
        match self.rest.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value).map(Some).map_err(|_| self.malformed(name)),
        }
    }

    /// The fault of a field that has to be there.
    #[must_use]
    pub fn missing(&self, field: &'static str) -> Broken {
        Broken { what: self.what, id: Some(self.id.clone()), field, missing: true }
    }

    /// The fault of a field whose value makes no sense.
    #[must_use]
    pub fn malformed(&self, field: &'static str) -> Broken {
        Broken { missing: false, ..self.missing(field) }
    }
}

/// An object that the vendor sent broken: which one, and where. In a list it is a warning; alone it
/// is the error `BadAnswer`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    what: &'static str,
    id: Option<String>,
    field: &'static str,
    missing: bool,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, id, field, missing } = self;
        match id {
            Some(id) => write!(f, "{what} {}", id.chars().take(64).collect::<String>())?,
            None => write!(f, "an {what} without id")?,
        }
        let fault = if *missing { "is missing" } else { "cannot be understood" };
        write!(f, " was sent broken: `{field}` {fault}")
    }
}

impl std::error::Error for Broken {}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        Self::new(ErrorKind::BadAnswer, format!("the vendor's answer cannot be used: {broken}"))
    }
}
