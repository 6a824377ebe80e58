use std::collections::BTreeMap;

use mortise::{adapters::clock::SystemClock, ports::Clock as _};
use mortise_sandbox::Sandbox;
use mortise_tests::{GOOGLE, LinkRow, OUTLOOK, Rows};

use crate::{
    account,
    calls::{KIND, VENDORS},
    ledger::{Effect, Ledger, Sort, Write},
    settle,
};

/// Two turns of the background work, in milliseconds.
const OVER: i64 = 120_000;

/// An event that a vendor has: `(user, vendor's slug, event id)`.
type At = (String, &'static str, String);

/// The titles of all events that the vendors have of the users.
pub fn events(sandbox: &Sandbox, users: &[String]) -> BTreeMap<At, String> {
    let mut found = BTreeMap::new();
    let title =
        |event: &serde_json::Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
    for user in users {
        let google = sandbox.google().events(&account(user));
        for stored in google.iter().filter(|stored| !stored.is_cancelled()) {
            let id = title(&stored.event, "id");
            let at = (user.clone(), GOOGLE, id);
            found.insert(at, title(&stored.event, "summary"));
        }
        for stored in sandbox.microsoft().events(&account(user)) {
            let at = (user.clone(), OUTLOOK, stored.immutable_id);
            found.insert(at, title(&stored.event, "subject"));
        }
    }
    found
}

/// Everything that is not as promised.
pub async fn violations(
    sandbox: &Sandbox,
    rows: &Rows,
    users: &[String],
    ledger: &Ledger,
) -> Vec<String> {
    let (events, links) = (events(sandbox, users), rows.event_links().await);
    let mut found = ledger.surprises();
    found.extend(unsettled(rows, &links).await);
    found.extend(one_to_one(&events, &links));
    found.extend(acknowledged(&events, &links, ledger));
    found
}

async fn unsettled(rows: &Rows, links: &[LinkRow]) -> Vec<String> {
    let open = |link: &&LinkRow| link.state != "confirmed";
    let mut found: Vec<String> =
        links.iter().filter(open).map(|link| format!("not settled: {link:?}")).collect();
    let moves = rows.number("SELECT COUNT(*) FROM calendar_event_moves").await;
    if moves > 0 {
        found.push(format!("{moves} moves are not settled"));
    }
    // A call whose hub died: its row is over once no hub can be at it any more.
    let over = SystemClock.now().timestamp_millis() - OVER;
    let calls = rows
        .number(&format!(
            "SELECT COUNT(*) FROM idempotency_keys \
             WHERE answer_status IS NULL AND expires_at < {over}"
        ))
        .await;
    if calls > 0 {
        found.push(format!("{calls} calls with an idempotency key are in flight for ever"));
    }
    let left = settle::open(rows).await;
    if left > 0 {
        found.push(format!("{left} writes are under way after more than two minutes"));
    }
    found
}

fn one_to_one(events: &BTreeMap<At, String>, links: &[LinkRow]) -> Vec<String> {
    let mut found = Vec::new();
    let mut linked: BTreeMap<At, &LinkRow> = BTreeMap::new();
    for link in links {
        let Some(at) = place(link) else {
            found.push(format!("a link of an unknown vendor: {link:?}"));
            continue;
        };
        if !events.contains_key(&at) {
            found.push(format!("a link without an event: {link:?}"));
        }
        if let Some(other) = linked.insert(at, link) {
            found.push(format!("two links of one event: {link:?} and {other:?}"));
        }
    }
    let orphans = events.iter().filter(|(at, _)| !linked.contains_key(at));
    found.extend(orphans.map(|(at, title)| format!("an event without a link: {title:?} {at:?}")));
    found
}

fn place(link: &LinkRow) -> Option<At> {
    let slug = link.provider.replace('_', "-");
    let slug = VENDORS.into_iter().find(|vendor| *vendor == slug)?;
    Some((link.user.clone(), slug, link.external_id.clone()))
}

/// Compares each record's event with what its writes allow.
fn acknowledged(events: &BTreeMap<At, String>, links: &[LinkRow], ledger: &Ledger) -> Vec<String> {
    let mut found = Vec::new();
    for (name, sort, possible, writes) in ledger.records() {
        let of_record = |link: &&LinkRow| {
            (&link.user, link.entity_type.as_str(), &link.entity_id) == (&name.0, KIND, &name.1)
        };
        let is: Vec<(&'static str, &String)> = links
            .iter()
            .filter(of_record)
            .filter_map(|link| {
                let at = place(link)?;
                Some((at.1, events.get(&at)?))
            })
            .collect();
        let right = match (sort, is.as_slice()) {
            // Any of its writes may have been the last.
            (Sort::Contested, is) => is.iter().all(|(_, title)| was_written(&writes, title)),
            (_, []) => possible.contains(&Effect::Gone),
            (_, [(vendor, title)]) => possible.iter().any(|effect| match effect {
                Effect::Gone => false,
                Effect::Is { title: asked, provider } => {
                    asked == *title && provider.is_none_or(|provider| provider == *vendor)
                }
            }),
            (_, _) => false,
        };
        if !right {
            found.push(format!("{name:?} is {is:?}; it can be {possible:?} after {writes:#?}"));
        }
    }
    found
}

fn was_written(writes: &[Write], title: &str) -> bool {
    writes.iter().any(|write| write.made(title))
}
