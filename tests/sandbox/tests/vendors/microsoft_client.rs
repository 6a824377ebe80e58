//! A client of Graph that checks every answer against the vendor's description.

use mortise_sandbox::{Consent, Sandbox};
use mortise_vendor_specs::microsoft_graph;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::client::{ADA, Answer, authorize_url, exchange, exchange_code, http, json, send, start};

pub const AUTHORIZE: &str = "/common/oauth2/v2.0/authorize";
pub const TOKEN: &str = "/common/oauth2/v2.0/token";
pub const RIGHTS: &str = "offline_access User.Read Calendars.ReadWrite MailboxSettings.Read";
pub const EVENTS: &str = "/me/events";

pub async fn tokens(sandbox: &Sandbox, account: &str, scope: &str) -> Answer {
    let microsoft = sandbox.microsoft();
    let url = authorize_url(microsoft, AUTHORIZE, &[("scope", scope), ("response_mode", "query")]);
    let location = microsoft.approve(&url, &Consent::of(account)).unwrap();
    exchange_code(microsoft, TOKEN, &location).await
}

pub async fn refresh(sandbox: &Sandbox, token: &str) -> Answer {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
    exchange(sandbox.microsoft(), TOKEN, &fields).await
}

/// Graph with an account that has granted scopes.
pub struct Graph {
    pub sandbox: Sandbox,
    pub token: String,
}

pub async fn graph() -> Graph {
    graph_of(ADA, RIGHTS).await
}

pub async fn graph_of(account: &str, scopes: &str) -> Graph {
    let sandbox = start();
    let tokens = tokens(&sandbox, account, scopes).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    let token = tokens.body["access_token"].as_str().unwrap().to_owned();
    Graph { sandbox, token }
}

impl Graph {
    /// A request of a path below `/v1.0`, or of a link that Graph gave.
    pub fn request(&self, method: &str, target: &str) -> reqwest::RequestBuilder {
        let url = match target.starts_with('/') {
            true => format!("{}/v1.0{target}", self.sandbox.microsoft().url()),
            false => target.to_owned(),
        };
        let request = http().request(method.parse().unwrap(), url);
        request.header(AUTHORIZATION, format!("Bearer {}", self.token))
    }

    /// Sends the request; the answer must be one that the description has.
    pub async fn checked(
        &self,
        method: &str,
        target: &str,
        request: reqwest::RequestBuilder,
    ) -> Answer {
        let answer = send(request).await;
        let body = answer.text.as_bytes();
        // The extract lacks `instances`, which answers what views do.
        let described = if target.contains("/instances?") { "/me/calendarView" } else { target };
        let found = microsoft_graph().check_answer(method, described, answer.status, body);
        assert_eq!(found, Ok(()), "{}", answer.text);
        answer
    }

    pub async fn call(&self, method: &str, target: &str) -> Answer {
        self.checked(method, target, self.request(method, target)).await
    }

    pub async fn call_with(&self, method: &str, target: &str, body: &Value) -> Answer {
        self.checked(method, target, json(self.request(method, target), body)).await
    }

    /// With a `Prefer` header.
    pub async fn prefer(&self, preference: &str, method: &str, target: &str) -> Answer {
        let request = self.request(method, target).header("prefer", preference);
        self.checked(method, target, request).await
    }

    /// What a GET finds.
    pub async fn get(&self, target: &str) -> Value {
        let answer = self.call("GET", target).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body
    }

    /// Makes an event in the default calendar.
    pub async fn create(&self, event: Value) -> Value {
        let answer = self.call_with("POST", EVENTS, &event).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.body
    }

    /// Id of a calendar, ready for a path.
    pub async fn calendar(&self, name: &str) -> String {
        let calendars = self.get("/me/calendars").await;
        let all = calendars["value"].as_array().unwrap();
        path_id(all.iter().find(|one| one["name"] == name).unwrap())
    }
}

/// The id of a resource, encoded for a path.
pub fn path_id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().replace('=', "%3D")
}

pub fn event_path(event: &Value) -> String {
    format!("{EVENTS}/{}", path_id(event))
}

/// Status and code of an error.
pub fn refusal(answer: &Answer) -> (u16, &str) {
    let code = answer.body["error"]["code"].as_str();
    assert!(code.is_some(), "{}", answer.text);
    (answer.status, code.unwrap())
}

pub fn time(local: &str, zone: &str) -> Value {
    json!({"dateTime": local, "timeZone": zone})
}

/// An event of an hour in UTC; `start` is like `2026-12-01T09`.
pub fn hour(subject: &str, start: &str) -> Value {
    json!({
        "subject": subject,
        "start": time(&format!("{start}:00:00"), "UTC"),
        "end": time(&format!("{start}:59:59"), "UTC"),
    })
}

pub fn with(mut event: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

pub fn subjects(list: &Value) -> Vec<&str> {
    let all = list["value"].as_array().unwrap().iter();
    all.map(|event| event["subject"].as_str().unwrap_or("-")).collect()
}
