//! `$orderby`, and the pages of ordered lists.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::error::GraphError;
use super::event::Item;
use super::filter::instant;
use super::ids::Key;

/// One property, up or down; ties are in the order of creation.
pub(super) struct Order {
    property: Option<String>,
    down: bool,
}

const PROPERTIES: [&str; 5] =
    ["createdDateTime", "end/dateTime", "lastModifiedDateTime", "start/dateTime", "subject"];

/// Where an item stands in the list.
pub(super) type Rank = (String, u64, Option<i64>);

impl Order {
    pub(super) fn read(call: &Call, default: Option<&str>) -> Result<Self, GraphError> {
        let Some(text) = call.query.get("$orderby") else {
            return Ok(Self { property: default.map(str::to_owned), down: false });
        };
        let (property, direction) = text.trim().split_once(' ').unwrap_or((text.trim(), "asc"));
        let direction = direction.trim().to_ascii_lowercase();
        if !PROPERTIES.contains(&property) || !matches!(&*direction, "asc" | "desc") {
            let message = format!("The order \"{text}\" is invalid or not supported.");
            return Err(GraphError::bad_request("ErrorInvalidUrlQueryOrderBy", message));
        }
        Ok(Self { property: Some(property.to_owned()), down: direction == "desc" })
    }

    fn rank(&self, item: &Item) -> Rank {
        let value = match self.property.as_deref() {
            None => String::new(),
            Some("subject") => item.text("subject").to_lowercase(),
            // Years have four digits, so the text sorts as the time does.
            Some(name) => instant(item, name)
                .map_or_else(String::new, |at| at.format("%Y-%m-%dT%H:%M:%S%.9f").to_string()),
        };
        let Key { serial, original, .. } = item.key;
        (value, serial, original)
    }

    pub(super) fn sort(&self, items: Vec<Item>) -> Vec<(Rank, Item)> {
        let ranked = items.into_iter().map(|item| (self.rank(&item), item));
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_by(|(one, _), (other, _)| self.compare(one, other));
        ranked
    }

    fn compare(&self, one: &Rank, other: &Rank) -> std::cmp::Ordering {
        if self.down { other.cmp(one) } else { one.cmp(other) }
    }

    /// Whether the item comes after the page that the token ends.
    pub(super) fn is_after(&self, rank: &Rank, token: &PageToken) -> bool {
        self.compare(rank, &token.after).is_gt()
    }
}

/// `$skiptoken`: opaque to clients, checked when it comes back.
#[derive(Serialize, Deserialize)]
pub(super) struct PageToken {
    after: Rank,
    /// The other parameters; a token goes with the query that it came from.
    query: String,
}

impl PageToken {
    pub(super) fn read(call: &Call) -> Result<Option<Self>, GraphError> {
        let Some(text) = call.query.get("$skiptoken") else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let token: Option<Self> = serde_json::from_slice(&bytes).ok();
        let token = token.filter(|token| token.query == other_parameters(call));
        token.map(Some).ok_or_else(|| GraphError::bad_query("The $skiptoken is not valid."))
    }

    pub(super) fn after(call: &Call, after: Rank) -> String {
        let token = Self { after, query: other_parameters(call) };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default())
    }
}

fn other_parameters(call: &Call) -> String {
    let others = call.query.pairs().filter(|(name, _)| !matches!(*name, "$skiptoken" | "$skip"));
    let others: Vec<_> = others.map(|(name, value)| format!("{name}={value}")).collect();
    others.join("&")
}
