//! What every calendar has to keep, with Google's answers.

use google_calendar::GoogleCalendar;
use mortise_plugin_api::{Value, serde_json, testing::contract};
use mortise_vendor_specs::google_calendar;

const RECORDING: &str = include_str!("contract.json");

#[test]
fn google_keeps_the_calendar_contract() {
    let recorded = contract::Recorded::read(RECORDING);
    let recorded = recorded.checked_by(|request| google_calendar().check_request(request));
    contract::calendar::<GoogleCalendar>(&recorded);
}

/// Answers that are no answers of Google's, or none at all.
const BROKEN: [&str; 4] = ["not_json", "other_json", "timeout", "vendor_down"];

#[test]
fn the_recorded_answers_are_in_googles_shapes() {
    let recording: Value = serde_json::from_str(RECORDING).unwrap();
    let rules = recording["rules"].as_object().unwrap();
    for (rule, recorded) in rules.iter().filter(|(rule, _)| !BROKEN.contains(&rule.as_str())) {
        let (method, path) = match rule.split('_').next().unwrap() {
            "create" => ("POST", "/calendars/c/events"),
            "list" => ("GET", "/calendars/c/events"),
            "update" => ("PATCH", "/calendars/c/events/e"),
            "delete" => ("DELETE", "/calendars/c/events/e"),
            "free" => ("POST", "/freeBusy"),
            "calendars" => ("GET", "/users/me/calendarList"),
            _ => ("GET", "/calendars/c/events/e"),
        };
        for answer in recorded["answers"].as_array().unwrap() {
            let status = answer["status"].as_u64().unwrap().try_into().unwrap();
            let body = answer.get("body").map(Value::to_string).unwrap_or_default();
            let checked = google_calendar().check_answer(method, path, status, body.as_bytes());
            assert_eq!(checked, Ok(()), "{rule}");
        }
    }
}
