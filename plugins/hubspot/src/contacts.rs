//! The operations on contacts.

use mortise_plugin_api::{
    Context, Error, Result, Value,
    crm::{
        Contact, ContactPage, CreateContact, FindContact, FoundContact, GetObject, ListObjects,
        UpdateContact,
    },
};

use crate::{
    draft::{self, Absent},
    kind::Kind,
    object,
    objects::Objects,
    settings::Config,
    write::Written,
};

pub(crate) fn objects<'a>(cx: &'a Context, config: &'a Config) -> Objects<'a> {
    Objects { cx, kind: Kind::Contact, config }
}

/// Creates a contact, or takes the one with the address. Without an address the key takes its
/// place.
pub(crate) async fn create(contacts: Objects<'_>, input: CreateContact) -> Result<Contact> {
    let key_property = &contacts.config.key_property;
    let names = contacts.written_names(&input.contact.extra)?;
    let mut properties = draft::contact(input.contact, Absent::LeaveOut, key_property)?;
    let email = properties.remove("email");
    let written = match email.as_ref().and_then(Value::as_str).filter(|email| !email.is_empty()) {
        Some(email) => contacts.create_by_email(email, properties).await?,
        None => contacts.upsert(&input.key, properties).await?,
    };
    finish(contacts, &names, written).await
}

/// Reads a contact.
pub(crate) async fn get(contacts: Objects<'_>, input: &GetObject) -> Result<Contact> {
    let names = contacts.names(&input.fields)?;
    read(contacts, &names, contacts.get(&input.id, &names).await?.item)
}

/// Reads the contact with an address. Not by a search: that does not know it for some seconds.
pub(crate) async fn find(contacts: Objects<'_>, input: &FindContact) -> Result<FoundContact> {
    let email = input.email.trim();
    if email.is_empty() {
        return Err(Error::invalid("email", "is missing"));
    }
    let names = contacts.names(&[])?;
    let found = contacts.find("email", email, &names).await?;
    let contact = found.map(|item| read(contacts, &names, item)).transpose()?;
    Ok(FoundContact { contact })
}

/// Sets every property of the model; HubSpot's others stay, unless `extra` names them.
pub(crate) async fn update(contacts: Objects<'_>, input: UpdateContact) -> Result<Contact> {
    let names = contacts.written_names(&input.contact.extra)?;
    let properties = draft::contact(input.contact, Absent::Clear, &contacts.config.key_property)?;
    let written = contacts.patch(&input.id, &properties).await?;
    finish(contacts, &names, written).await
}

/// Lists or searches contacts.
pub(crate) async fn list(contacts: Objects<'_>, input: &ListObjects) -> Result<ContactPage> {
    let names = contacts.names(&input.fields)?;
    let answer = contacts.list(input, &names).await?.page;
    let mut page = ContactPage { next_page: answer.next(), ..ContactPage::default() };
    for item in answer.results {
        match object::contact(item, contacts.asked(&names)) {
            Ok(contact) => page.contacts.push(contact),
            Err(broken) => page.warnings.push(broken.to_string()),
        }
    }
    Ok(page)
}

async fn finish(contacts: Objects<'_>, names: &[String], written: Written) -> Result<Contact> {
    let found = contacts.read_back(&written.id, names).await;
    let whole = found.and_then(|found| read(contacts, names, found.item).ok());
    whole.map_or_else(|| read(contacts, names, written.item), Ok)
}

fn read(contacts: Objects<'_>, names: &[String], item: Value) -> Result<Contact> {
    Ok(object::contact(item, contacts.asked(names))?)
}
