//! Which contacts a deal has.

use mortise_plugin_api::{Context, Error, ErrorKind, Result, Value, json, path};

use crate::{
    batch::{self, Batch, MOST_INPUTS},
    errors::Refusal,
    faults, object,
    objects::{Objects, Page, is_unreadable},
};

/// HubSpot's largest page of associations.
const LARGEST_PAGE: u32 = 500;
/// So many pages at most, so that a cursor that runs in circles ends.
const MOST_PAGES: usize = 20;
/// So many requests go out at once: HubSpot takes 100 in ten seconds.
const AT_ONCE: usize = 10;

/// The input's field that names contacts.
const FIELD: &str = "deal.contacts";

const BATCHES: &str = "/crm/v4/associations/deals/contacts/batch";

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
        return Err(Error::invalid(FIELD, "an id is missing"));
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
    for some in ids.chunks(MOST_INPUTS) {
        match check_some(contacts.cx, some).await {
            Err(error) if is_unreadable(&error) => {}
            done => done?,
        }
    }
    Ok(())
}

async fn check_some(cx: &Context, ids: &[String]) -> Result<()> {
    let inputs: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
    let body = json!({"inputs": inputs, "properties": [], "propertiesWithHistory": []});
    let answer = cx
        .post("/crm/v3/objects/contacts/batch/read")
        .repeatable()
        .query("archived", false)
        .json(&body)
        .send_raw()
        .await?;
    if let Some(refusal) = batch::refusals(&answer)?.first() {
        return Err(named(refusal, ids));
    }
    // One that was merged into another comes with the other's id.
    let found = Batch::read(&answer)?.results;
    if found.len() >= ids.len() {
        return Ok(());
    }
    let found: Vec<String> = found.iter().filter_map(|item| object::id(&item["id"])).collect();
    let missing: Vec<&str> =
        ids.iter().filter(|id| !found.contains(id)).map(String::as_str).collect();
    Err(unknown(&missing, Error::new(ErrorKind::NotFound, "")))
}

/// Adds and removes, a hundred at a time.
pub(crate) async fn apply(cx: &Context, deal: &str, change: &Change) -> Result<()> {
    for some in change.add.chunks(MOST_INPUTS) {
        let pair = |id: &String| json!({"from": {"id": deal}, "to": {"id": id}});
        let inputs: Vec<Value> = some.iter().map(pair).collect();
        let request = cx.post(format!("{BATCHES}/associate/default"));
        let answer = request.json(&json!({"inputs": inputs})).send_raw().await?;
        if let Some(refusal) = batch::refusals(&answer)?.first() {
            return Err(named(refusal, some));
        }
    }
    for some in change.remove.chunks(MOST_INPUTS) {
        remove(cx, deal, some).await?;
    }
    Ok(())
}

/// Ends links. One that is not there, or whose contact is not, has ended.
async fn remove(cx: &Context, deal: &str, ids: &[String]) -> Result<()> {
    let to: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
    let body = json!({"inputs": [{"from": {"id": deal}, "to": to}]});
    let answer = cx.post(format!("{BATCHES}/archive")).json(&body).send_raw().await?;
    match answer.status() {
        204 => return Ok(()),
        // Whether it has ended the others is not said.
        404 => return remove_singly(cx, deal, ids).await,
        _ => {}
    }
    let refusals = batch::refusals(&answer)?;
    match refusals.iter().find(|refusal| refusal.kind() != ErrorKind::NotFound) {
        Some(refusal) => Err(named(refusal, ids)),
        None => Ok(()),
    }
}

async fn remove_singly(cx: &Context, deal: &str, ids: &[String]) -> Result<()> {
    for some in ids.chunks(AT_ONCE) {
        for done in cx.join(some.iter().map(|id| delete(cx, deal, id))).await {
            match done {
                Err(error) if error.kind == ErrorKind::NotFound => {}
                done => done?,
            }
        }
    }
    Ok(())
}

/// Links a contact to a deal, without a label of its own. Done where it is linked.
pub(crate) async fn put(cx: &Context, deal: &str, contact: &str) -> Result<()> {
    let answer = cx
        .put(path!("/crm/v4/objects/deals/{}/associations/default/contacts/{}", deal, contact))
        .send_raw()
        .await?;
    // It may say in a 2xx that it failed.
    match batch::refusals(&answer)?.first() {
        Some(refusal) => Err(refusal.error()),
        None => Ok(()),
    }
}

/// Ends all links between a deal and a contact.
pub(crate) async fn delete(cx: &Context, deal: &str, contact: &str) -> Result<()> {
    cx.delete(path!("/crm/v4/objects/deals/{}/associations/contacts/{}", deal, contact))
        .send_no_content()
        .await
}

/// The error for what was asked about contacts, with those that HubSpot names.
fn named(refusal: &Refusal, ids: &[String]) -> Error {
    let error = refusal.error();
    let says = |id: &&String| {
        let parts = ["context", "errors", "message"];
        ids.len() == 1 || parts.iter().any(|part| faults::mentions(&refusal.body[*part], id))
    };
    let meant: Vec<&str> = ids.iter().filter(says).map(String::as_str).collect();
    if error.kind == ErrorKind::NotFound {
        return unknown(&meant, error);
    }
    // Without a field a conflict would be one about the deal's key.
    let at_fault = matches!(error.kind, ErrorKind::InvalidInput | ErrorKind::Conflict);
    let field = at_fault.then(|| FIELD.to_owned());
    let message = match meant.as_slice() {
        [] => error.message,
        meant => format!("contact {}: {}", listed(meant), error.message),
    };
    Error { field, message, ..error }
}

fn unknown(ids: &[&str], error: Error) -> Error {
    let message = match ids {
        [] => "HubSpot does not have all of these contacts, or the account may not see them".into(),
        ids => format!("HubSpot has no contact {}, or the account may not see it", listed(ids)),
    };
    Error { kind: ErrorKind::InvalidInput, field: Some(FIELD.to_owned()), message, ..error }
}

fn listed(ids: &[&str]) -> String {
    let quoted: Vec<String> = ids.iter().take(5).map(|id| format!("{id:?}")).collect();
    quoted.join(", ")
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
