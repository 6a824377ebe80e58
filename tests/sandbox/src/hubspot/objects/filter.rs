//! One filter of a search.

use serde::Deserialize;

use crate::hubspot::error::ApiError;
use crate::hubspot::hub::Hub;
use crate::hubspot::object_type::ObjectType;
use crate::hubspot::property::{Kind, Property, instant};
use crate::hubspot::record::Record;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Filter {
    property_name: String,
    operator: Operator,
    value: Option<String>,
    high_value: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Operator {
    Eq,
    Neq,
    Lt,
    Lte,
    Gt,
    Gte,
    Between,
    In,
    NotIn,
    HasProperty,
    NotHasProperty,
    ContainsToken,
    NotContainsToken,
}

/// A value in its order: numbers and instants by size, anything else as text without case.
#[derive(PartialEq, PartialOrd)]
pub(super) enum Key {
    Number(f64),
    Instant(i64),
    Text(String),
}

pub(super) fn key(property: &Property, value: &str) -> Option<Key> {
    match property.kind {
        Kind::Number => value.trim().parse().ok().filter(|n: &f64| n.is_finite()).map(Key::Number),
        Kind::Date | Kind::Datetime => instant(value).map(|at| Key::Instant(at.timestamp_millis())),
        _ => Some(Key::Text(value.to_lowercase())),
    }
}

pub(super) fn no_such_property(name: &str) -> ApiError {
    ApiError::invalid(format!("Property {name} does not exist or cannot be searched."))
}

/// `associations.contact` and the like name the ids of associated objects.
fn associated_type(name: &str) -> Option<ObjectType> {
    ObjectType::named(name.strip_prefix("associations.")?).ok()
}

impl Filter {
    pub(super) fn check(&self, hub: &Hub, of: ObjectType) -> Result<(), ApiError> {
        use Operator::{Between, ContainsToken, HasProperty, In, NotContainsToken, NotHasProperty};
        use Operator::{Eq, NotIn};
        let name = &self.property_name;
        if associated_type(name) == Some(of.other()) {
            let known = matches!(self.operator, Eq | In);
            let wrong = || ApiError::invalid(format!("{name} takes EQ and IN only."));
            return known.then_some(()).ok_or_else(wrong);
        }
        let property = hub.property(of, name).ok_or_else(|| no_such_property(name))?;
        let given: Vec<Option<&String>> = match self.operator {
            HasProperty | NotHasProperty | ContainsToken | NotContainsToken => Vec::new(),
            Between => vec![self.value.as_ref(), self.high_value.as_ref()],
            In | NotIn if self.values.is_empty() => vec![None],
            In | NotIn => self.values.iter().map(Some).collect(),
            _ => vec![self.value.as_ref()],
        };
        if given.iter().all(|value| value.is_some_and(|value| key(property, value).is_some())) {
            return Ok(());
        }
        Err(ApiError::invalid(format!("The filter of {name} lacks a value or has a wrong one.")))
    }

    pub(super) fn passes(&self, hub: &Hub, of: ObjectType, record: &Record) -> bool {
        if associated_type(&self.property_name) == Some(of.other()) {
            let wanted = |id: u64| {
                let id = id.to_string();
                self.value.as_ref() == Some(&id) || self.values.contains(&id)
            };
            return hub.associated(of, record.id).any(|(id, _)| wanted(id));
        }
        let Some(property) = hub.property(of, &self.property_name) else { return false };
        match record.properties.get(&self.property_name) {
            None => self.operator == Operator::NotHasProperty,
            Some(value) => self.holds(property, value),
        }
    }

    /// Whether the operator holds for a value that is there.
    fn holds(&self, property: &Property, value: &str) -> bool {
        let Some(own) = key(property, value) else { return false };
        let read = |given: &Option<String>| given.as_ref().and_then(|given| key(property, given));
        let is_in = || self.values.iter().any(|one| key(property, one).as_ref() == Some(&own));
        let against = |holds: fn(&Key, &Key) -> bool| {
            read(&self.value).is_some_and(|given| holds(&own, &given))
        };
        match self.operator {
            Operator::Eq => against(|own, given| own == given),
            Operator::Neq => against(|own, given| own != given),
            Operator::Lt => against(|own, given| own < given),
            Operator::Lte => against(|own, given| own <= given),
            Operator::Gt => against(|own, given| own > given),
            Operator::Gte => against(|own, given| own >= given),
            Operator::Between => {
                against(|own, given| own >= given)
                    && read(&self.high_value).is_some_and(|high| own <= high)
            }
            Operator::In => is_in(),
            Operator::NotIn => !is_in(),
            Operator::HasProperty => true,
            Operator::NotHasProperty => false,
            Operator::ContainsToken => self.has_token(value),
            Operator::NotContainsToken => !self.has_token(value),
        }
    }

    /// A whole word without case; `*` at an end stands for more of it.
    fn has_token(&self, value: &str) -> bool {
        let token = self.value.as_deref().unwrap_or_default().to_lowercase();
        let value = value.to_lowercase();
        let words = value.split(|c: char| !c.is_alphanumeric()).chain([value.as_str()]);
        let bare = token.trim_matches('*');
        let mut words = words.filter(|word| !word.is_empty());
        words.any(|word| match (token.starts_with('*'), token.ends_with('*')) {
            (true, true) => word.contains(bare),
            (true, false) => word.ends_with(bare),
            (false, true) => word.starts_with(bare),
            (false, false) => word == bare,
        })
    }
}
