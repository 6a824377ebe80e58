use mortise_plugin_api::{Value, json, testing::contract::Recorded};
use rstest::rstest;

use crate::report;

#[rstest]
#[case(json!({"rules": {"get": {}}}), "rule get: missing field `answers`")]
#[case(json!({"rules": {"get": {"answers": [{}]}}}), "rule get: an answer has a status")]
#[case(json!({"rules": {"get": {"answers": [[{"status": 99}]]}}}), "an answer has a status")]
#[case(json!({"rules": {"get": {"answers": [{"error": "late"}]}}}), "no error \"late\"")]
#[case(json!({"rules": {"get": {"answers": [{"status": 200, "json": {}}]}}}), "unknown field")]
#[case(json!({"rules": {"get": {"answers": [{"status": 200, "body": 1, "text": ""}]}}}), "or a text")]
#[case(json!({"rules": {}, "rule": {}}), "unknown field `rule`")]
#[case(json!({}), "missing field `rules`")]
fn a_recording_that_cannot_be_read_says_where(#[case] recording: Value, #[case] fault: &str) {
    let said = report(|| drop(Recorded::read(&recording.to_string())));
    assert!(said.starts_with("the recording: ") && said.contains(fault), "{said}");
}
