//! `calendarView/delta`: what changed in a range since the last round.
//!
//! A round is computed when it begins, as the difference to the state that the round before
//! ended with. Its token names its state; the next link adds where its page begins.
//!
//! A series is told by its master, which has all, and by bare occurrences, which have their ids and
//! times only.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::Microsoft;
use super::call::{Call, PAGE, Right};
use super::error::GraphError;
use super::event::{Item, Kind};
use super::ids::{Key, event_id};
use super::prefer::Prefer;
use super::store::{Calendar, context};
use super::view::window;
use crate::local::Span;
use crate::random;

/// One round of a client.
pub(super) struct Round {
    account: String,
    /// Id of the calendar.
    calendar: String,
    window: Span,
    /// What the client knows after this round: each item with its last change.
    state: BTreeMap<Key, u64>,
    /// What this round tells; an item that is not in `state` is gone.
    news: Vec<Key>,
    pub(super) expired: bool,
}

/// `GET .../calendarView/delta`: first with a range, then with the token of a link.
pub(super) async fn delta(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<Response, GraphError> {
    let account = microsoft.admit(&call, Right::Read)?;
    let prefer = call.prefer()?;
    let tracked = ["$deltatoken", "$skiptoken"];
    if let Err(error) = call.options(&tracked) {
        let names = ["$orderby", "$filter", "$select", "$expand", "$search"];
        let message = format!(
            "The following parameters are not supported with change tracking over the \
             'CalendarView' resource: '{}'.",
            names.join(", ")
        );
        let one = names.iter().any(|name| call.query.has(name));
        return Err(if one { GraphError::bad_query(message) } else { error });
    }
    let mut data = microsoft.api.data();
    let calendar = data.mailbox(&account).calendar(call.place())?.id.clone();
    let (token, from) = match (call.query.get("$skiptoken"), call.query.get("$deltatoken")) {
        (Some(page), _) => {
            let (token, from) = page.rsplit_once('.').unwrap_or((page, ""));
            (token.to_owned(), from.parse().unwrap_or(usize::MAX))
        }
        (None, before) => {
            let (window, known) = match before {
                None => (window(&call)?, BTreeMap::new()),
                Some(before) => {
                    let before = find(&data.rounds, before, &call, &account, &calendar)?;
                    (before.window, before.state.clone())
                }
            };
            let items = told_in(data.mailbox(&account).calendar(call.place())?, window);
            let round = begin(&account, &calendar, window, &known, &items);
            (keep(&mut data.rounds, round), 0)
        }
    };
    let window = find(&data.rounds, &token, &call, &account, &calendar)?.window;
    let items = told_in(data.mailbox(&account).calendar(call.place())?, window);
    let round = find(&data.rounds, &token, &call, &account, &calendar)?;
    if from > round.news.len() {
        return Err(GraphError::sync_state_lost(anew(&call, Some(round))));
    }

    let to = from.saturating_add(PAGE.of(&call, &prefer)?.top).min(round.news.len());
    let shown = round.news[from..to].iter().filter_map(|key| {
        if !round.state.contains_key(key) {
            return Some(gone(&account, *key, &prefer));
        }
        // An item that went while the client read pages is news for the next round.
        let item = items.iter().find(|item| item.key == *key)?;
        Some(shown_as_change(item, &account, &prefer))
    });
    let mut answer = json!({
        "@odata.context": context(&account, "calendarView"),
        "value": shown.collect::<Vec<Value>>(),
    });
    if to < round.news.len() {
        let page = format!("{token}.{to}");
        answer["@odata.nextLink"] = link(&call, "$skiptoken", &page);
    } else {
        answer["@odata.deltaLink"] = link(&call, "$deltatoken", &token);
    }
    Ok(prefer.answer(StatusCode::OK, answer))
}

/// What is seen in the window, and the masters of its occurrences.
fn told_in(calendar: &Calendar, window: Span) -> Vec<Item> {
    let events = calendar.events.values().flat_map(|event| {
        let seen = event.seen_in(window);
        let is_told = seen.iter().any(|item| item.kind == Kind::Occurrence);
        is_told.then(|| event.item()).into_iter().chain(seen)
    });
    events.collect()
}

fn shown_as_change(item: &Item, account: &str, prefer: &Prefer) -> Value {
    let mut view = item.view(account, prefer);
    if let (Kind::Occurrence, Value::Object(fields)) = (item.kind, &mut view) {
        let bare = ["@odata.etag", "end", "id", "seriesMasterId", "start", "type"];
        fields.retain(|name, _| bare.contains(&name.as_str()));
    }
    view
}

/// So many rounds are kept; the oldest are forgotten, as the vendor forgets them.
const KEPT: usize = 10_000;

/// Keeps the round and gives its token. Tokens sort by age.
fn keep(rounds: &mut BTreeMap<String, Round>, round: Round) -> String {
    let newest = rounds.last_key_value().and_then(|(token, _)| token.split_once('-'));
    let number = newest.and_then(|(number, _)| number.parse().ok()).unwrap_or(0_u64) + 1;
    let token = format!("{number:012}-{}", random::hex_id());
    rounds.insert(token.clone(), round);
    if rounds.len() > KEPT {
        rounds.pop_first();
    }
    token
}

fn begin(
    account: &str,
    calendar: &str,
    window: Span,
    known: &BTreeMap<Key, u64>,
    items: &[Item],
) -> Round {
    let state: BTreeMap<_, _> = items.iter().map(|item| (item.key, item.change)).collect();
    let changed = state.iter().filter(|(key, change)| known.get(key) != Some(change));
    let gone = known.keys().filter(|key| !state.contains_key(key));
    let news = changed.map(|(key, _)| *key).chain(gone.copied()).collect();
    let (account, calendar) = (account.to_owned(), calendar.to_owned());
    Round { account, calendar, window, state, news, expired: false }
}

/// The round of a token; 410 where it is unknown, expired, or of something else.
fn find<'a>(
    rounds: &'a BTreeMap<String, Round>,
    token: &str,
    call: &Call,
    account: &str,
    calendar: &str,
) -> Result<&'a Round, GraphError> {
    let round = rounds.get(token);
    let ours = |round: &&Round| round.account == account && round.calendar == calendar;
    let round = round.filter(ours);
    let living = round.filter(|round| !round.expired);
    living.ok_or_else(|| GraphError::sync_state_lost(anew(call, round)))
}

/// Where a client that lost its state begins again.
fn anew(call: &Call, round: Option<&Round>) -> String {
    let bounds = round.map(|round| {
        [round.window.start, round.window.end]
            .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
    });
    let [start, end] = match &bounds {
        Some([start, end]) => [Some(start.as_str()), Some(end.as_str())],
        None => [None, None],
    };
    call.link(&[
        ("$skiptoken", None),
        ("$deltatoken", None),
        ("startDateTime", start),
        ("endDateTime", end),
    ])
}

fn link(call: &Call, name: &str, token: &str) -> Value {
    let mut url = call.address();
    url.push_str(&format!("?{name}={token}"));
    url.into()
}

fn gone(account: &str, key: Key, prefer: &Prefer) -> Value {
    json!({
        "id": event_id(account, key, prefer.immutable_ids),
        "@removed": {"reason": "deleted"},
    })
}
