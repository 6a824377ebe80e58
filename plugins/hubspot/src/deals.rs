//! The operations on deals.

use mortise_plugin_api::{
    Context, Result,
    crm::{CreateDeal, Deal, DealPage, GetObject, ListObjects, UpdateDeal},
};

use crate::{
    associations::{self, Change},
    contacts,
    draft::{self, Absent},
    kind::Kind,
    object,
    objects::{Found, Listed, Objects},
    settings::Config,
    write::Written,
};

pub(crate) fn objects<'a>(cx: &'a Context, config: &'a Config) -> Objects<'a> {
    Objects { cx, kind: Kind::Deal, config }
}

/// Creates a deal by its key, or takes the one that has it, and links its contacts.
pub(crate) async fn create(deals: Objects<'_>, input: CreateDeal) -> Result<Deal> {
    let (cx, key_property) = (deals.cx, &deals.config.key_property);
    let names = deals.written_names(&input.deal.extra)?;
    let wanted = associations::wanted(input.deal.contacts.as_deref())?;
    let properties = draft::deal(input.deal, Absent::LeaveOut, key_property)?;
    if let Some(wanted) = &wanted {
        associations::check(contacts::objects(cx, deals.config), wanted).await?;
    }
    let written = deals.upsert(&input.key, properties).await?;
    if let Some(wanted) = &wanted {
        let current =
            if written.new { Vec::new() } else { associations::list(cx, &written.id).await? };
        associations::apply(cx, &written.id, &Change::between(current, wanted)).await?;
    }
    finish(deals, &names, written, wanted).await
}

/// Reads a deal with all of its contacts.
pub(crate) async fn get(deals: Objects<'_>, input: &GetObject) -> Result<Deal> {
    let names = deals.names(&input.fields)?;
    let found = deals.get(&input.id, &names).await?;
    read(deals, &names, found).await
}

/// Sets every property of the model, and the contacts where the draft has some.
pub(crate) async fn update(deals: Objects<'_>, input: UpdateDeal) -> Result<Deal> {
    let cx = deals.cx;
    let names = deals.written_names(&input.deal.extra)?;
    let wanted = associations::wanted(input.deal.contacts.as_deref())?;
    let properties = draft::deal(input.deal, Absent::Clear, &deals.config.key_property)?;
    deals.path(&input.id)?;
    let change = match &wanted {
        None => None,
        Some(wanted) => {
            let change = Change::between(associations::list(cx, &input.id).await?, wanted);
            associations::check(contacts::objects(cx, deals.config), &change.add).await?;
            Some(change)
        }
    };
    let written = deals.patch(&input.id, &properties).await?;
    if let Some(change) = &change {
        associations::apply(cx, &written.id, change).await?;
    }
    finish(deals, &names, written, wanted).await
}

/// Lists or searches deals. Contacts are absent where HubSpot does not tell all of them.
pub(crate) async fn list(deals: Objects<'_>, input: &ListObjects) -> Result<DealPage> {
    let names = deals.names(&input.fields)?;
    let Listed { page: answer, with_contacts } = deals.list(input, &names).await?;
    let mut page = DealPage { next_page: answer.next(), ..DealPage::default() };
    for item in answer.results {
        let (contacts, complete) = associations::of(&item);
        match object::deal(item, deals.asked(&names)) {
            Ok(deal) => {
                let contacts = (with_contacts && complete).then_some(contacts);
                page.deals.push(Deal { contacts, ..deal });
            }
            Err(broken) => page.warnings.push(broken.to_string()),
        }
    }
    Ok(page)
}

async fn finish(
    deals: Objects<'_>,
    names: &[String],
    written: Written,
    wanted: Option<Vec<String>>,
) -> Result<Deal> {
    let Written { id, item, .. } = written;
    let whole = match deals.read_back(&id, names).await {
        Some(found) => read(deals, names, found).await.ok(),
        None => None,
    };
    let deal = match whole {
        Some(deal) => deal,
        None => object::deal(item, deals.asked(names))?,
    };
    // Whoever may not read them has at least set them.
    Ok(Deal { contacts: deal.contacts.or(wanted), ..deal })
}

async fn read(deals: Objects<'_>, names: &[String], found: Found) -> Result<Deal> {
    let (contacts, complete) = associations::of(&found.item);
    let deal = object::deal(found.item, deals.asked(names))?;
    let contacts = match found.with_contacts {
        false => None,
        true if complete => Some(contacts),
        true => Some(associations::list(deals.cx, &deal.id).await?),
    };
    Ok(Deal { contacts, ..deal })
}
