//! What the operations take and give.

use serde::{Deserialize, Serialize};

use super::object::{Contact, ContactDraft, Deal, DealDraft};

/// Input of `create_contact`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateContact {
    /// 52 characters of base32hex (`0-9a-v`), the same for every repetition of one creation. A
    /// vendor that knows contacts by something else of theirs need not use it.
    pub key: String,
    /// The contact.
    pub contact: ContactDraft,
}

/// Input of `create_deal`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateDeal {
    /// 52 characters of base32hex (`0-9a-v`), the same for every repetition of one creation.
    pub key: String,
    /// The deal.
    pub deal: DealDraft,
}

/// Input of `get_contact` and `get_deal`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetObject {
    /// The vendor's id. After a creation whose answer was lost it is the creation's key: a vendor
    /// that knows objects by it gives the one, another fails with `NotFound`.
    pub id: String,
    /// Fields of the vendor's own to be read into `extra` besides those that it gives by itself.
    #[serde(default)]
    pub fields: Vec<String>,
}

/// Input of `find_contact`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindContact {
    /// E-mail address.
    pub email: String,
}

/// Output of `find_contact`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FoundContact {
    /// The contact that the vendor takes this address for; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

/// Input of `update_contact`. The draft replaces every field of the model; the vendor's fields
/// that `extra` does not name stay as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateContact {
    /// The vendor's id.
    pub id: String,
    /// What it shall be.
    pub contact: ContactDraft,
}

/// Input of `update_deal`. The draft replaces every field of the model; the vendor's fields that
/// `extra` does not name stay as they are, and so do contacts where the draft has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateDeal {
    /// The vendor's id.
    pub id: String,
    /// What it shall be.
    pub deal: DealDraft,
}

/// Input of `delete_contact` and `delete_deal`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteObject {
    /// The vendor's id.
    pub id: String,
}

/// Input of `list_contacts` and `list_deals`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListObjects {
    /// Words to look for, as the vendor's own search does; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Objects per page at most; the vendor may give fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `next_page` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// As in [`GetObject`].
    #[serde(default)]
    pub fields: Vec<String>,
}

/// A page of contacts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactPage {
    /// The contacts that could be read.
    pub contacts: Vec<Contact>,
    /// One sentence for each that could not.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Where the next page starts; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page: Option<String>,
}

/// A page of deals.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DealPage {
    /// The deals that could be read.
    pub deals: Vec<Deal>,
    /// One sentence for each that could not.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Where the next page starts; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page: Option<String>,
}
