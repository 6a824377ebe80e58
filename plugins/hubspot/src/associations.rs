//! Which contacts a deal has.

use mortise_plugin_api::{Context, Error, ErrorKind, Result, Value, path};

use crate::{
    errors::Refusal,
    object,
    objects::{Objects, Page},
};

/// HubSpot's largest page of associations.
const LARGEST_PAGE: u32 = 500;
/// So many pages at most, so that a cursor that runs in circles ends.
const MOST_PAGES: usize = 20;
/// So many requests go out at once.
const AT_ONCE: usize = 20;

/// What is to be done to a deal's contacts.
pub(crate) struct Change {
    pub(crate) add: Vec<String>,
    pub(crate) remove: Vec<String>,
}

impl Change {
    pub(crate) fn between(current: Vec<String>, wanted: &[String]) -> Self {
        let add = wanted.iter().filter(|id| !current.contains(id)).cloned().collect();
        let remove = current.into_iter().filter(|id| !wanted.contains(id)).collect();
        Self { add, remove }
    }
}

/// The contacts that a draft names, each once.
pub(crate) fn wanted(contacts: Option<&[String]>) -> Result<Option<Vec<String>>> {
    let Some(contacts) = contacts else { return Ok(None) };
    if contacts.iter().any(String::is_empty) {
        return Err(Error::invalid("deal.contacts", "an id is missing"));
    }
    Ok(Some(each_once(contacts.iter().cloned())))
}

/// The contacts in a deal as it was read, and whether these are all.
pub(crate) fn of(item: &Value) -> (Vec<String>, bool) {
    let contacts = &item["associations"]["contacts"];
    let ids = contacts["results"].as_array().into_iter().flatten();
    let more = object::id(&contacts["paging"]["next"]["after"]).is_some();
    // One that has several labels comes several times.
    (each_once(ids.filter_map(|entry| object::id(&entry["id"]))), !more)
}

/// All contacts of a deal.
pub(crate) async fn list(cx: &Context, deal: &str) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let page: Page = cx
            .get(path!("/crm/v4/objects/deals/{}/associations/contacts", deal))
            .query("limit", LARGEST_PAGE)
            .maybe_query("after", after.as_deref())
            .send()
            .await?;
        after = page.next();
        ids.extend(page.results.iter().filter_map(|entry| object::id(&entry["toObjectId"])));
        if after.is_none() {
            break;
        }
    }
    Ok(each_once(ids))
}

/// Fails where HubSpot does not have one of the contacts: a deal that is written first would be
/// left behind without them. Whoever may not read contacts learns it later.
pub(crate) async fn check(contacts: Objects<'_>, ids: &[String]) -> Result<()> {
    for some in ids.chunks(AT_ONCE) {
        let reads = some.iter().map(|id| contacts.exists(id));
        for (id, found) in some.iter().zip(contacts.cx.join(reads).await) {
            match found {
                Ok(()) => {}
                Err(error) if error.kind == ErrorKind::NotFound => {
                    return Err(unknown(id, error));
                }
                Err(error)
                    if matches!(error.kind, ErrorKind::MissingScope | ErrorKind::Forbidden) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Adds and removes, all at once.
pub(crate) async fn apply(cx: &Context, deal: &str, change: &Change) -> Result<()> {
    let added = change.add.iter().map(|id| (id, true));
    let steps: Vec<_> = added.chain(change.remove.iter().map(|id| (id, false))).collect();
    for some in steps.chunks(AT_ONCE) {
        let requests = some.iter().map(async |&(id, add)| {
            let done = if add { put(cx, deal, id).await } else { delete(cx, deal, id).await };
            match done {
                Err(error) if error.kind == ErrorKind::NotFound && add => Err(unknown(id, error)),
                Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
                done => done,
            }
        });
        cx.join(requests).await.into_iter().collect::<Result<()>>()?;
    }
    Ok(())
}

/// Links a contact to a deal, without a label of its own. Done where it is linked.
pub(crate) async fn put(cx: &Context, deal: &str, contact: &str) -> Result<()> {
    let answer = cx
        .put(path!("/crm/v4/objects/deals/{}/associations/default/contacts/{}", deal, contact))
        .send_raw()
        .await?;
    if !answer.is_success() {
        return Err(Refusal::read(&answer).error());
    }
    // It may say in a 2xx that it failed.
    let body: Value = answer.json().unwrap_or_default();
    match body["errors"].as_array().and_then(|errors| errors.first()) {
        Some(entry) => Err(Refusal::of_entry(entry.clone()).error()),
        None => Ok(()),
    }
}

/// Ends all links between a deal and a contact.
pub(crate) async fn delete(cx: &Context, deal: &str, contact: &str) -> Result<()> {
    cx.delete(path!("/crm/v4/objects/deals/{}/associations/contacts/{}", deal, contact))
        .send_no_body()
        .await
}

fn unknown(id: &str, error: Error) -> Error {
    let message = format!("HubSpot has no contact {id:?}, or the account may not see it");
    Error {
        kind: ErrorKind::InvalidInput,
        field: Some("deal.contacts".to_owned()),
        message,
        ..error
    }
}

fn each_once(ids: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for id in ids {
        if !once.contains(&id) {
            once.push(id);
        }
    }
    once
}
