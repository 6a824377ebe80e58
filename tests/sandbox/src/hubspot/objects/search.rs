use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::cmp::Ordering;

use super::filter::{Filter, Key, key, no_such_property};
use crate::hubspot::access::ApiCall;
use crate::hubspot::error::ApiError;
use crate::hubspot::hub::Hub;
use crate::hubspot::object_type::ObjectType;
use crate::hubspot::record::{Record, Shown};
use crate::oauth::Answer;

/// `PublicObjectSearchRequest`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Search {
    query: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
    sorts: Vec<Sort>,
    properties: Vec<String>,
    filter_groups: Vec<FilterGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterGroup {
    filters: Vec<Filter>,
}

/// A property's name, with `-` before it for descending order, or both spelt out.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sort {
    Short(String),
    #[serde(rename_all = "camelCase")]
    Long {
        property_name: String,
        #[serde(default)]
        direction: Direction,
    },
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Direction {
    #[default]
    Ascending,
    Descending,
}

impl Sort {
    fn parts(&self) -> (&str, Direction) {
        match self {
            Self::Long { property_name, direction } => (property_name, *direction),
            Self::Short(name) => match name.strip_prefix('-') {
                Some(name) => (name, Direction::Descending),
                None => (name, Direction::Ascending),
            },
        }
    }
}

/// Of one query no more than so many results can be paged through.
const MOST_RESULTS: usize = 10_000;

/// `search.do_search`: live objects that one of the filter groups lets pass and in which all words
/// of the query are found; 10 per page, at most 200.
pub(crate) async fn search(call: ApiCall) -> Result<Answer, ApiError> {
    let (of, account) = call.admit_to(ObjectType::read_scope)?;
    let search: Search = call.json()?;
    let (limit, from) = search.window()?;
    let mut hubs = call.hubs();
    let hub = hubs.of(&account);
    search.check(hub, of)?;
    let mut found: Vec<&Record> = hub.table(of).records.values().collect();
    found.retain(|record| record.is_live() && search.matches(hub, of, record));
    if let Some(sort) = search.sorts.first() {
        let (name, direction) = sort.parts();
        found.sort_by(|one, other| compare(hub, of, (name, direction), one, other));
    }
    let shown = Shown::asked(of, search.properties);
    let page = found.iter().skip(from).take(limit).map(|record| record.view(hub, of, &shown));
    let mut body = json!({"total": found.len(), "results": page.collect::<Vec<_>>()});
    if found.len() > from + limit {
        body["paging"] = json!({"next": {"after": (from + limit).to_string()}});
    }
    Ok(Answer(StatusCode::OK, body))
}

impl Search {
    /// How many results, and how many are passed over.
    fn window(&self) -> Result<(usize, usize), ApiError> {
        let limit = self.limit.unwrap_or(10);
        if !(1..=200).contains(&limit) {
            return Err(ApiError::invalid("limit must be from 1 to 200"));
        }
        let from = self.after.as_deref().map_or(Ok(0), str::parse);
        let from: usize = from.map_err(|_| ApiError::invalid("after is not a cursor"))?;
        if from > MOST_RESULTS - limit {
            let message = format!("Only the first {MOST_RESULTS} results can be paged through.");
            return Err(ApiError::invalid(message));
        }
        Ok((limit, from))
    }

    fn check(&self, hub: &Hub, of: ObjectType) -> Result<(), ApiError> {
        let groups = self.filter_groups.iter().map(|group| group.filters.len());
        let (groups, most, all) =
            (groups.len(), groups.clone().max().unwrap_or(0), groups.sum::<usize>());
        if groups > 5 || most > 10 || all > 25 {
            let message = "At most 5 filter groups, 10 filters in each and 25 in all are allowed.";
            return Err(ApiError::invalid(message));
        }
        if self.sorts.len() > 1 {
            return Err(ApiError::invalid("Only one sort is allowed."));
        }
        if let Some(sort) = self.sorts.first() {
            let (name, _) = sort.parts();
            hub.property(of, name).ok_or_else(|| no_such_property(name))?;
        }
        let mut filters = self.filter_groups.iter().flat_map(|group| &group.filters);
        filters.try_for_each(|filter| filter.check(hub, of))
    }

    fn matches(&self, hub: &Hub, of: ObjectType, record: &Record) -> bool {
        let passes =
            |group: &FilterGroup| group.filters.iter().all(|filter| filter.passes(hub, of, record));
        (self.filter_groups.is_empty() || self.filter_groups.iter().any(passes))
            && self.words_are_in(of, record)
    }

    fn words_are_in(&self, of: ObjectType, record: &Record) -> bool {
        let Some(query) = &self.query else { return true };
        let texts = of.searched_properties().iter().map(|name| record.text(name).to_lowercase());
        let text = texts.collect::<Vec<_>>().join("\n");
        query.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

/// Objects without the property come last, whatever the direction.
fn compare(
    hub: &Hub,
    of: ObjectType,
    (name, direction): (&str, Direction),
    one: &Record,
    other: &Record,
) -> Ordering {
    let Some(property) = hub.property(of, name) else { return Ordering::Equal };
    let keyed = |record: &Record| -> Option<Key> { key(property, record.properties.get(name)?) };
    match (keyed(one), keyed(other)) {
        (Some(one), Some(other)) => {
            let order = one.partial_cmp(&other).unwrap_or(Ordering::Equal);
            if direction == Direction::Descending { order.reverse() } else { order }
        }
        (one, other) => one.is_none().cmp(&other.is_none()),
    }
}
