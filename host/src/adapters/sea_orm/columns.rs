//! How values are kept in columns.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{
    domain::ids::{ProviderId, UserId},
    ports::StoreError,
};

/// Names the column, never its value.
pub(super) fn corrupt(column: &str) -> StoreError {
    StoreError::Corrupt(column.to_owned())
}

/// Times are milliseconds since the epoch.
pub(super) fn moment(column: &str, millis: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(millis).ok_or_else(|| corrupt(column))
}

pub(super) fn millis(moment: DateTime<Utc>) -> i64 {
    moment.timestamp_millis()
}

/// Lists of words are JSON arrays.
pub(super) fn word_list<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    words.into_iter().collect::<Value>().to_string()
}

pub(super) fn words(column: &str, json: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(json).map_err(|_| corrupt(column))
}

pub(super) fn object(column: &str, json: &str) -> Result<Map<String, Value>, StoreError> {
    serde_json::from_str(json).map_err(|_| corrupt(column))
}

pub(super) fn object_text(object: &Map<String, Value>) -> String {
    Value::Object(object.clone()).to_string()
}

pub(super) fn provider(column: &str, name: &str) -> Result<ProviderId, StoreError> {
    ProviderId::new(name).ok_or_else(|| corrupt(column))
}

pub(super) fn user(column: &str, external_id: String) -> Result<UserId, StoreError> {
    UserId::new(external_id).map_err(|_| corrupt(column))
}
