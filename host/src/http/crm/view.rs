//! Shapes of answers.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use mortise_plugin_api::crm::{Contact, Deal};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema, schema::ArrayBuilder},
};

use crate::{
    app::{DealContact, LinkedObject},
    domain::links::{CrmLink, LinkState},
};

/// A link between one of the application's records and a vendor's contact or deal.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CrmLinkView {
    /// The record's type.
    pub entity_type: String,
    /// The record's id.
    pub entity_id: String,
    /// `acme_crm`.
    pub provider: String,
    /// `contact` or `deal`.
    pub object_type: String,
    /// The vendor's id of the object; absent while the link is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// `pending`, `confirmed` or `deleting`.
    pub state: String,
    /// First reserved.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

impl From<&CrmLink> for CrmLinkView {
    fn from(link: &CrmLink) -> Self {
        let known = link.state != LinkState::Pending;
        Self {
            entity_type: link.entity.kind.clone(),
            entity_id: link.entity.id.clone(),
            provider: link.provider.to_string(),
            object_type: link.place.as_str().to_owned(),
            object_id: known.then(|| link.external_id.clone()),
            state: link.state.as_str().to_owned(),
            created_at: link.created_at,
            updated_at: link.updated_at,
        }
    }
}

/// A linked contact.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LinkedContactView {
    /// The link.
    pub link: CrmLinkView,
    /// The contact as the vendor has it.
    pub contact: Contact,
}

impl From<LinkedObject<Contact>> for LinkedContactView {
    fn from(linked: LinkedObject<Contact>) -> Self {
        Self { link: CrmLinkView::from(&linked.link), contact: linked.object }
    }
}

/// A linked deal.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LinkedDealView {
    /// The link.
    pub link: CrmLinkView,
    /// The deal as the vendor has it.
    pub deal: DealView,
}

impl From<LinkedObject<Deal>> for LinkedDealView {
    fn from(linked: LinkedObject<Deal>) -> Self {
        let deal = DealView::of(linked.object, linked.contacts);
        Self { link: CrmLinkView::from(&linked.link), deal }
    }
}

/// A contact of a deal.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DealContactView {
    /// The vendor's id.
    pub id: String,
    /// The type of the record that is linked to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_type: Option<String>,
    /// That record's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<String>,
}

impl From<DealContact> for DealContactView {
    fn from(contact: DealContact) -> Self {
        let (entity_type, entity_id) = contact.entity.map(|e| (e.kind, e.id)).unzip();
        Self { id: contact.id, entity_type, entity_id }
    }
}

/// A deal as the vendor has it, its contacts with their records.
#[derive(Debug, Clone, Serialize)]
pub struct DealView {
    #[serde(flatten)]
    deal: Deal,
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts: Option<Vec<DealContactView>>,
}

impl DealView {
    /// A deal with its contacts.
    #[must_use]
    pub fn of(deal: Deal, contacts: Option<Vec<DealContact>>) -> Self {
        let contacts = contacts.map(|all| all.into_iter().map(DealContactView::from).collect());
        Self { deal: Deal { contacts: None, ..deal }, contacts }
    }
}

impl ToSchema for DealView {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("DealView")
    }
}

impl PartialSchema for DealView {
    fn schema() -> RefOr<Schema> {
        let mut schema = Deal::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            let contact = Ref::from_schema_name(DealContactView::name());
            let contacts = ArrayBuilder::new().items(contact).description(Some(
                "Its contacts; absent where the vendor does not tell them here.",
            ));
            object.properties.insert("contacts".to_owned(), contacts.into());
        }
        schema
    }
}
