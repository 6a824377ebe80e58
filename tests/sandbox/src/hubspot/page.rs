//! Pages of lists that are ordered by id.

use serde_json::{Value, json};

use super::access::ApiCall;
use crate::params::Params;

pub(super) struct Page {
    pub(super) limit: usize,
    /// Only what has a greater id.
    pub(super) after: u64,
}

/// The page that was asked for, with `paging.next` where there is more. `all` is ordered by id.
pub(super) fn page(all: impl Iterator<Item = (u64, Value)>, asked: &Page, call: &ApiCall) -> Value {
    let mut rest = all.filter(|(id, _)| *id > asked.after).peekable();
    let (mut results, mut last) = (Vec::new(), 0);
    while results.len() < asked.limit {
        let Some((id, view)) = rest.next() else { break };
        results.push(view);
        last = id;
    }
    let mut answer = json!({"results": results});
    if rest.peek().is_some() {
        let after = last.to_string();
        answer["paging"] = json!({"next": {"after": after, "link": link(&call.query, &after)}});
    }
    answer
}

/// The same query with another cursor, as a relative reference.
fn link(query: &Params, after: &str) -> String {
    let mut link = url::form_urlencoded::Serializer::for_suffix("?".to_owned(), 1);
    link.extend_pairs(query.pairs().filter(|(name, _)| *name != "after"));
    link.append_pair("after", after);
    link.finish()
}
