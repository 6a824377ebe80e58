//! The two kinds of objects, and HubSpot's name for each field of the model.

/// Contacts or deals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Contact,
    Deal,
}

/// HubSpot's property, and the model's field.
type Names = [(&'static str, &'static str)];

const CONTACT: &Names = &[
    ("email", "email"),
    ("firstname", "first_name"),
    ("lastname", "last_name"),
    ("phone", "phone"),
    ("mobilephone", "mobile_phone"),
    ("company", "company"),
    ("jobtitle", "job_title"),
    ("website", "website"),
    ("address", "address.street"),
    ("city", "address.city"),
    ("state", "address.region"),
    ("zip", "address.postal_code"),
    ("country", "address.country"),
    ("hubspot_owner_id", "owner_id"),
];

const DEAL: &Names = &[
    ("dealname", "name"),
    ("amount", "amount"),
    ("deal_currency_code", "currency"),
    ("pipeline", "pipeline"),
    ("dealstage", "stage"),
    ("closedate", "closes_at"),
    ("description", "description"),
    ("hubspot_owner_id", "owner_id"),
];

impl Kind {
    /// HubSpot's word in paths.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Contact => "contacts",
            Self::Deal => "deals",
        }
    }

    /// What one is called, in messages and before the dot of a field's name.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Deal => "deal",
        }
    }

    /// The group of properties that every account has.
    pub(crate) fn group(self) -> &'static str {
        match self {
            Self::Contact => "contactinformation",
            Self::Deal => "dealinformation",
        }
    }

    /// What permits making a property.
    pub(crate) fn schema_scope(self) -> &'static str {
        match self {
            Self::Contact => "crm.schemas.contacts.write",
            Self::Deal => "crm.schemas.deals.write",
        }
    }

    /// The properties that the model has.
    pub(crate) fn properties(self) -> impl Iterator<Item = &'static str> {
        self.names().iter().map(|(property, _)| *property)
    }

    /// The model's field, where it has the property: `first_name`.
    pub(crate) fn field(self, property: &str) -> Option<&'static str> {
        self.names().iter().find(|(name, _)| *name == property).map(|(_, field)| *field)
    }

    /// The input's field that sets a property: `contact.first_name`, `contact.extra.shoe_size`.
    pub(crate) fn input_field(self, property: &str) -> String {
        match self.field(property) {
            Some(field) => format!("{}.{field}", self.word()),
            None => format!("{}.extra.{property}", self.word()),
        }
    }

    fn names(self) -> &'static Names {
        match self {
            Self::Contact => CONTACT,
            Self::Deal => DEAL,
        }
    }
}
