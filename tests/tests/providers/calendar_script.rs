//! `tests/scripts/calendar.sh`, run with curl against every calendar provider.

use std::process::Command;

use mortise_sandbox::Consent;
use mortise_tests::{GOOGLE, OUTLOOK, TestHub};
use serde_json::{Map, Value, json};

const PROVIDERS: [(&str, &str); 2] = [("google_calendar", GOOGLE), ("outlook", OUTLOOK)];

/// curl and bash are no part of the two commands' set-up; the checks of a change demand them.
fn has_curl() -> bool {
    let found = |program| Command::new(program).arg("--version").output().is_ok();
    let both = found("curl") && found("bash");
    let demanded = std::env::var("MORTISE_TEST_REQUIRE_CURL").is_ok_and(|set| set == "1");
    assert!(both || !demanded, "curl or bash is missing");
    both
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_script_runs_unchanged_against_every_calendar_provider() {
    if !has_curl() {
        eprintln!("skipped: curl or bash is missing");
        return;
    }
    let hub = TestHub::start().await;
    let mut shown = Vec::new();
    for (provider, slug) in PROVIDERS {
        hub.connect(provider, slug, &Consent::of("ada@example.com")).await;
        let token = hub.session_token(provider, json!({})).await;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/calendar.sh");
        let mut bash = tokio::process::Command::new("bash");
        bash.arg(script).env("HUB", &hub.url).env("TOKEN", token).env("PROVIDER", provider);
        let output = bash.output().await.unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{provider}: {errors}\n{said}");
        shown.push((provider, answers(&said, provider)));
    }
    let (first, expected) = &shown[0];
    insta::assert_json_snapshot!("calendar_script", expected);
    for (provider, answers) in &shown[1..] {
        let differs = |(title, answer): (&String, &Value)| {
            let other = &expected[title];
            (answer != other).then(|| format!("{title}\n{provider}: {answer}\n{first}: {other}"))
        };
        let different: Vec<String> = answers.iter().filter_map(differs).collect();
        assert!(different.is_empty(), "{}", different.join("\n\n"));
        assert_eq!(answers.len(), expected.len());
    }
}

/// The answers by their titles, without what is each vendor's own: ids, links and `extra`.
fn answers(output: &str, provider: &str) -> Map<String, Value> {
    let mut answers = Map::new();
    for (number, section) in (1..).zip(output.split("## ").skip(1)) {
        let lines: Vec<&str> = section.trim_end().lines().collect();
        let (title, status) = (lines[0], lines[lines.len() - 1]);
        let body = lines[1..lines.len() - 1].join("\n");
        let mut body: Value = match body.trim() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| panic!("{title}: {text}")),
        };
        generalise(&mut body, provider);
        let title = format!("{number:02} {title}");
        answers.insert(title, json!({"status": status.parse::<u16>().unwrap(), "body": body}));
    }
    answers
}

/// Values under these names are ids, links, moments or versions of the vendor's.
const OWN: [&str; 11] = [
    "id",
    "calendar_id",
    "event_id",
    "series_id",
    "html_url",
    "url",
    "etag",
    "created_at",
    "updated_at",
    "request_id",
    "instance",
];

fn generalise(value: &mut Value, provider: &str) {
    match value {
        Value::Object(fields) => {
            fields.remove("extra");
            // The service behind a conference's link.
            if let Some(Value::Object(conference)) = fields.get_mut("conference") {
                conference.remove("name");
            }
            for (name, value) in fields.iter_mut() {
                if OWN.contains(&name.as_str()) && !value.is_null() {
                    *value = format!("<{name}>").into();
                } else {
                    generalise(value, provider);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| generalise(item, provider)),
        Value::String(text) if text.contains(provider) => {
            *text = text.replace(provider, "<provider>");
        }
        _ => {}
    }
}
