//! How a deal and a contact can be associated.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::hub::Hub;
use super::object_type::ObjectType;

/// An association without a label, or the one label that every hub has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    Unlabelled,
    DecisionMaker,
}

/// `AssociationSpec`: an association as clients name it. Each direction has an id of its own.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    association_category: String,
    association_type_id: u32,
}

impl Label {
    const ALL: [Self; 2] = [Self::Unlabelled, Self::DecisionMaker];

    fn category(self) -> &'static str {
        match self {
            Self::Unlabelled => "HUBSPOT_DEFINED",
            Self::DecisionMaker => "USER_DEFINED",
        }
    }

    fn type_id(self, from: ObjectType) -> u32 {
        match (self, from) {
            (Self::Unlabelled, ObjectType::Deals) => 3,
            (Self::Unlabelled, ObjectType::Contacts) => 4,
            (Self::DecisionMaker, ObjectType::Deals) => 101,
            (Self::DecisionMaker, ObjectType::Contacts) => 102,
        }
    }

    pub(super) fn text(self) -> Option<&'static str> {
        match self {
            Self::Unlabelled => None,
            Self::DecisionMaker => Some("Decision maker"),
        }
    }

    pub(super) fn spec(self, from: ObjectType) -> Spec {
        Spec {
            association_category: self.category().to_owned(),
            association_type_id: self.type_id(from),
        }
    }

    pub(super) fn named(from: ObjectType, spec: &Spec) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.spec(from) == *spec)
    }

    /// `AssociationSpecWithLabel`.
    pub(super) fn view(self, from: ObjectType) -> Value {
        let mut view = json!({"category": self.category(), "typeId": self.type_id(from)});
        if let Some(text) = self.text() {
            view["label"] = json!(text);
        }
        view
    }
}

impl Hub {
    fn pair(of: ObjectType, id: u64, other: u64) -> (u64, u64) {
        match of {
            ObjectType::Deals => (id, other),
            ObjectType::Contacts => (other, id),
        }
    }

    /// Associates two objects. A labelled association is always an unlabelled one too.
    pub(super) fn associate(&mut self, of: ObjectType, id: u64, other: u64, label: Label) {
        let labels = self.associations.entry(Self::pair(of, id, other)).or_default();
        labels.extend([Label::Unlabelled, label]);
    }

    pub(super) fn dissociate(&mut self, of: ObjectType, id: u64, other: u64) {
        self.associations.remove(&Self::pair(of, id, other));
    }

    /// The live objects of the other type that this one is associated with, by id.
    pub(super) fn associated(
        &self,
        of: ObjectType,
        id: u64,
    ) -> impl Iterator<Item = (u64, &BTreeSet<Label>)> {
        let pairs = self.associations.iter().filter_map(move |((deal, contact), labels)| {
            let (own, other) = match of {
                ObjectType::Deals => (*deal, *contact),
                ObjectType::Contacts => (*contact, *deal),
            };
            (own == id).then_some((other, labels))
        });
        pairs.filter(move |(other, _)| self.live(of.other(), *other).is_some())
    }
}
