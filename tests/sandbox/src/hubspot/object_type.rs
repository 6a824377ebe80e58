use serde::{Deserialize, Serialize};

use super::error::ApiError;

/// A kind of CRM object that the sandbox keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObjectType {
    Contacts,
    Deals,
}

impl ObjectType {
    pub(super) const ALL: [Self; 2] = [Self::Contacts, Self::Deals];

    /// Reads a path segment: the name in plural or singular, or the type's id.
    pub(super) fn named(name: &str) -> Result<Self, ApiError> {
        match name.to_ascii_lowercase().as_str() {
            "contacts" | "contact" | "0-1" => Ok(Self::Contacts),
            "deals" | "deal" | "0-3" => Ok(Self::Deals),
            _ => Err(ApiError::no_such_object_type(name)),
        }
    }

    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Deals => "deals",
        }
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Contacts => "Contact",
            Self::Deals => "Deal",
        }
    }

    pub(super) fn type_id(self) -> &'static str {
        match self {
            Self::Contacts => "0-1",
            Self::Deals => "0-3",
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Contacts => Self::Deals,
            Self::Deals => Self::Contacts,
        }
    }

    /// The property that tells when the object was last changed.
    pub(super) fn modified(self) -> &'static str {
        match self {
            Self::Contacts => "lastmodifieddate",
            Self::Deals => "hs_lastmodifieddate",
        }
    }

    /// What is answered where no properties are asked for.
    pub(super) fn default_properties(self) -> &'static [&'static str] {
        match self {
            Self::Contacts => &[
                "createdate",
                "email",
                "firstname",
                "hs_object_id",
                "lastmodifieddate",
                "lastname",
            ],
            Self::Deals => &[
                "amount",
                "closedate",
                "createdate",
                "dealname",
                "dealstage",
                "hs_lastmodifieddate",
                "hs_object_id",
                "pipeline",
            ],
        }
    }

    /// Where a search looks for the words of its `query`.
    pub(super) fn searched_properties(self) -> &'static [&'static str] {
        match self {
            Self::Contacts => &["firstname", "lastname", "email", "phone", "company"],
            Self::Deals => &["dealname", "pipeline", "dealstage", "description", "dealtype"],
        }
    }

    pub(super) fn read_scope(self) -> &'static str {
        match self {
            Self::Contacts => "crm.objects.contacts.read",
            Self::Deals => "crm.objects.deals.read",
        }
    }

    pub(super) fn write_scope(self) -> &'static str {
        match self {
            Self::Contacts => "crm.objects.contacts.write",
            Self::Deals => "crm.objects.deals.write",
        }
    }

    pub(super) fn schema_read_scope(self) -> &'static str {
        match self {
            Self::Contacts => "crm.schemas.contacts.read",
            Self::Deals => "crm.schemas.deals.read",
        }
    }

    pub(super) fn schema_write_scope(self) -> &'static str {
        match self {
            Self::Contacts => "crm.schemas.contacts.write",
            Self::Deals => "crm.schemas.deals.write",
        }
    }

    pub(super) fn property_group(self) -> &'static str {
        match self {
            Self::Contacts => "contactinformation",
            Self::Deals => "dealinformation",
        }
    }
}
