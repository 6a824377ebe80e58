//! The properties that every hub has.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::object_type::ObjectType;
use super::property::{Choice, Definition, Kind, Property};
use Kind::{Datetime, Enumeration, Number, String as Text};

/// Name, label, type, field type, options as `value=label`.
type Row = (&'static str, &'static str, Kind, &'static str, &'static [&'static str]);

const CONTACTS: &[Row] = &[
    ("email", "Email", Text, "text", &[]),
    ("firstname", "First Name", Text, "text", &[]),
    ("lastname", "Last Name", Text, "text", &[]),
    ("phone", "Phone Number", Text, "text", &[]),
    ("mobilephone", "Mobile Phone Number", Text, "text", &[]),
    ("company", "Company Name", Text, "text", &[]),
    ("jobtitle", "Job Title", Text, "text", &[]),
    ("website", "Website URL", Text, "text", &[]),
    ("address", "Street Address", Text, "text", &[]),
    ("city", "City", Text, "text", &[]),
    ("state", "State/Region", Text, "text", &[]),
    ("zip", "Postal Code", Text, "text", &[]),
    ("country", "Country/Region", Text, "text", &[]),
    ("message", "Message", Text, "textarea", &[]),
    ("lifecyclestage", "Lifecycle Stage", Enumeration, "radio", LIFECYCLE_STAGES),
    ("hs_lead_status", "Lead Status", Enumeration, "radio", LEAD_STATUSES),
    ("hubspot_owner_id", "Contact owner", Enumeration, "select", &[]),
    ("createdate", "Create Date", Datetime, "date", &[]),
    ("lastmodifieddate", "Last Modified Date", Datetime, "date", &[]),
    ("hs_object_id", "Record ID", Number, "number", &[]),
];

const DEALS: &[Row] = &[
    ("dealname", "Deal Name", Text, "text", &[]),
    ("amount", "Amount", Number, "number", &[]),
    ("deal_currency_code", "Currency", Enumeration, "select", CURRENCIES),
    ("closedate", "Close Date", Datetime, "date", &[]),
    ("pipeline", "Pipeline", Enumeration, "select", &["default=Sales Pipeline"]),
    ("dealstage", "Deal Stage", Enumeration, "radio", DEAL_STAGES),
    ("dealtype", "Deal Type", Enumeration, "radio", DEAL_TYPES),
    ("description", "Deal Description", Text, "textarea", &[]),
    ("hs_priority", "Priority", Enumeration, "select", &["low=Low", "medium=Medium", "high=High"]),
    ("hubspot_owner_id", "Deal owner", Enumeration, "select", &[]),
    ("createdate", "Create Date", Datetime, "date", &[]),
    ("hs_lastmodifieddate", "Last Modified Date", Datetime, "date", &[]),
    ("hs_object_id", "Record ID", Number, "number", &[]),
];

const LIFECYCLE_STAGES: &[&str] = &[
    "subscriber=Subscriber",
    "lead=Lead",
    "marketingqualifiedlead=Marketing Qualified Lead",
    "salesqualifiedlead=Sales Qualified Lead",
    "opportunity=Opportunity",
    "customer=Customer",
    "evangelist=Evangelist",
    "other=Other",
];

const LEAD_STATUSES: &[&str] = &[
    "NEW=New",
    "OPEN=Open",
    "IN_PROGRESS=In Progress",
    "OPEN_DEAL=Open Deal",
    "UNQUALIFIED=Unqualified",
    "ATTEMPTED_TO_CONTACT=Attempted to Contact",
    "CONNECTED=Connected",
    "BAD_TIMING=Bad Timing",
];

const CURRENCIES: &[&str] =
    &["EUR=Euro", "USD=US Dollar", "GBP=British Pound", "PLN=Polish Złoty", "JPY=Japanese Yen"];

const DEAL_STAGES: &[&str] = &[
    "appointmentscheduled=Appointment Scheduled",
    "qualifiedtobuy=Qualified To Buy",
    "presentationscheduled=Presentation Scheduled",
    "decisionmakerboughtin=Decision Maker Bought-In",
    "contractsent=Contract Sent",
    "closedwon=Closed Won",
    "closedlost=Closed Lost",
];

const DEAL_TYPES: &[&str] = &["newbusiness=New Business", "existingbusiness=Existing Business"];

/// What a deal has that names neither.
pub(super) const DEAL_DEFAULTS: [(&str, &str); 2] =
    [("pipeline", "default"), ("dealstage", "appointmentscheduled")];

/// HubSpot alone writes these.
const READ_ONLY: [&str; 4] =
    ["createdate", "lastmodifieddate", "hs_lastmodifieddate", "hs_object_id"];

pub(super) fn properties(of: ObjectType, at: DateTime<Utc>) -> BTreeMap<String, Property> {
    let rows = match of {
        ObjectType::Contacts => CONTACTS,
        ObjectType::Deals => DEALS,
    };
    let rows = rows.iter().map(|row| (row.0.to_owned(), property(of, row, at)));
    rows.collect()
}

fn property(of: ObjectType, row: &Row, at: DateTime<Utc>) -> Property {
    let (name, label, kind, field_type, options) = *row;
    let definition = Definition {
        name: name.to_owned(),
        label: Some(label.to_owned()),
        kind: Some(kind),
        field_type: Some(field_type.to_owned()),
        group_name: Some(of.property_group().to_owned()),
        description: String::new(),
        options: (0..).zip(options).map(|(order, option)| choice(order, option)).collect(),
        has_unique_value: name == "hs_object_id",
        hidden: false,
        form_field: of == ObjectType::Contacts,
        display_order: -1,
    };
    let read_only = READ_ONLY.contains(&name);
    Property { hubspot_defined: true, read_only, ..Property::custom(definition, at) }
}

fn choice(display_order: i64, option: &str) -> Choice {
    let (value, label) = option.split_once('=').unwrap_or((option, option));
    Choice {
        label: label.to_owned(),
        value: value.to_owned(),
        hidden: false,
        display_order,
        description: String::new(),
    }
}
