//! From the schemas of OpenAPI 3.0 to JSON Schema 2020-12, with objects closed against names that
//! they do not declare.
//!
//! Each component becomes two definitions. `closed` is for where a value stands: its
//! `unevaluatedProperties` sees through every `allOf`. `open` is for the parts of an `allOf`, which
//! must let each other's names pass. Objects stay open that declare `additionalProperties`, that
//! declare nothing, or whose type is abstract: what comes is then of another type.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// What is let pass beyond the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Mode {
    /// Every member of an object may be null.
    pub(crate) null_clears: bool,
    /// Members that are named after `@odata.`.
    pub(crate) odata: bool,
}

impl Mode {
    pub(crate) const REQUEST: Self = Self { null_clears: false, odata: false };
    pub(crate) const ANSWER: Self = Self { null_clears: false, odata: true };
}

/// A validator for one schema of the document.
#[expect(clippy::expect_used, reason = "the extracts are part of this crate")]
pub(crate) fn validator(document: &Value, schema: &Value, mode: Mode) -> Validator {
    let mut conversion = Conversion { document, mode, wanted: BTreeSet::new() };
    let root = conversion.convert(schema, true);
    let mut definitions = Map::new();
    while let Some((name, closed)) = conversion.wanted.pop_first() {
        let key = definition(&name, closed);
        if !definitions.contains_key(&key) {
            let component = document["components"]["schemas"].get(&name);
            let component = component.expect("an extract holds every component that it names");
            definitions.insert(key, conversion.convert(component, closed));
        }
    }
    let whole = json!({"$defs": definitions, "allOf": [root]});
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&whole)
        .expect("the schemas of an extract are in order")
}

fn definition(name: &str, closed: bool) -> String {
    format!("{name}.{}", if closed { "closed" } else { "open" })
}

const COMPONENT: &str = "#/components/schemas/";

/// Formats that are written as JSON Schema means them. Graph's times of day, for one, are not.
const CHECKED_FORMATS: [&str; 2] = ["date", "date-time"];

struct Conversion<'a> {
    document: &'a Value,
    mode: Mode,
    /// Definitions that are still to be made.
    wanted: BTreeSet<(String, bool)>,
}

impl Conversion<'_> {
    fn convert(&mut self, schema: &Value, closed: bool) -> Value {
        let nullable = schema["nullable"] == true;
        if let Some(name) = component(schema) {
            self.wanted.insert((name.to_owned(), closed));
            let reference = json!({"$ref": format!("#/$defs/{}", definition(name, closed))});
            return or_null(reference, nullable);
        }
        let mut converted = Map::new();
        for (keyword, value) in schema.as_object().into_iter().flatten() {
            if let Some(value) = self.keyword(keyword, value) {
                converted.insert(keyword.clone(), value);
            }
        }
        if closed && self.is_closed(schema) {
            converted.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
            if self.mode.odata {
                let passes = json!({"@odata\\.": true});
                converted.insert("patternProperties".to_owned(), passes);
            }
        }
        or_null(Value::Object(converted), nullable)
    }

    fn keyword(&mut self, keyword: &str, value: &Value) -> Option<Value> {
        Some(match keyword {
            "nullable" | "discriminator" => return None,
            name if name.starts_with("x-") => return None,
            "format" if !CHECKED_FORMATS.contains(&value.as_str()?) => return None,
            "properties" => {
                let null_clears = self.mode.null_clears;
                let members = value.as_object().into_iter().flatten();
                let convert = |(name, member): (&String, &Value)| {
                    (name.clone(), or_null(self.convert(member, true), null_clears))
                };
                Value::Object(members.map(convert).collect())
            }
            "items" => self.convert(value, true),
            "additionalProperties" if value.is_object() => {
                let null_clears = self.mode.null_clears;
                or_null(self.convert(value, true), null_clears)
            }
            "allOf" => {
                let parts = value.as_array().into_iter().flatten();
                parts.map(|part| self.convert(part, false)).collect()
            }
            _ => value.clone(),
        })
    }

    fn is_closed(&self, schema: &Value) -> bool {
        self.declares(schema) && !self.is_open(schema) && !is_abstract(schema)
    }

    fn declares(&self, schema: &Value) -> bool {
        schema["properties"].as_object().is_some_and(|members| !members.is_empty())
            || self.parts(schema).any(|part| self.declares(part))
    }

    fn is_open(&self, schema: &Value) -> bool {
        let additional = schema.get("additionalProperties");
        additional.is_some_and(|additional| *additional != Value::Bool(false))
            || self.parts(schema).any(|part| self.is_open(part))
    }

    fn parts<'b>(&'b self, schema: &'b Value) -> impl Iterator<Item = &'b Value> {
        schema["allOf"].as_array().into_iter().flatten().map(|part| {
            let named = component(part);
            named.map_or(part, |name| &self.document["components"]["schemas"][name])
        })
    }
}

/// Of an `allOf`, the part that is written out is the type's own.
fn is_abstract(schema: &Value) -> bool {
    let marked = |schema: &Value| schema["x-abstract"] == true;
    marked(schema) || schema["allOf"].as_array().into_iter().flatten().any(marked)
}

fn component(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(COMPONENT)
}

fn or_null(schema: Value, nullable: bool) -> Value {
    if nullable { json!({"if": {"type": "null"}, "else": schema}) } else { schema }
}
