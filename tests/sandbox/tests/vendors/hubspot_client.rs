//! HubSpot with an account that has granted scopes. Every answer is held against HubSpot's own
//! description of it.

use mortise_sandbox::{Consent, Sandbox, Vendor};
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::client::{
    ADA, Answer, authorize_url, exchange_code, http, json as with_json, send, start,
};

pub const TOKEN: &str = "/oauth/2026-03/token";
pub const CONTACTS: &str = "/crm/v3/objects/contacts";
pub const DEALS: &str = "/crm/v3/objects/deals";

const ALL_SCOPES: &str = "oauth crm.objects.contacts.read crm.objects.contacts.write \
                          crm.objects.deals.read crm.objects.deals.write \
                          crm.objects.owners.read crm.schemas.contacts.write \
                          crm.schemas.deals.write";

pub struct Hub {
    pub sandbox: Sandbox,
    pub token: String,
}

pub async fn hub() -> Hub {
    hub_with(ALL_SCOPES).await
}

pub async fn hub_with(scopes: &str) -> Hub {
    let sandbox = start();
    let tokens = tokens_of(sandbox.hubspot(), ADA, scopes).await;
    let token = tokens.body["access_token"].as_str().unwrap().to_owned();
    Hub { sandbox, token }
}

/// The token endpoint's answer after the account's consent.
pub async fn tokens_of<A>(hubspot: &Vendor<A>, account: &str, scopes: &str) -> Answer {
    let url = authorize_url(hubspot, "/oauth/authorize", &[("scope", scopes)]);
    let location = hubspot.approve(&url, &Consent::of(account)).unwrap();
    let tokens = exchange_code(hubspot, TOKEN, &location).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    tokens
}

impl Hub {
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.sandbox.hubspot().url());
        http()
            .request(method.parse().unwrap(), url)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
    }

    pub async fn call(&self, method: &str, path: &str) -> Answer {
        checked(method, path, send(self.request(method, path)).await)
    }

    pub async fn call_with(&self, method: &str, path: &str, body: Value) -> Answer {
        checked(method, path, send(with_json(self.request(method, path), &body)).await)
    }

    /// Creates an object and gives its id.
    pub async fn create(&self, path: &str, properties: Value) -> String {
        let answer = self.call_with("POST", path, json!({"properties": properties})).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    pub async fn contact(&self, email: &str) -> String {
        self.create(CONTACTS, json!({"email": email})).await
    }

    pub async fn deal(&self, name: &str) -> String {
        self.create(DEALS, json!({"dealname": name})).await
    }
}

fn checked(method: &str, path: &str, answer: Answer) -> Answer {
    let spec = mortise_vendor_specs::hubspot();
    let fault = spec.check_answer(method, path, answer.status, answer.text.as_bytes()).err();
    assert_eq!(fault, None, "{}", answer.text);
    answer
}

/// Status and category of an error, and the property that it names.
pub fn refusal(answer: &Answer) -> (u16, &str, &str) {
    assert_eq!(answer.body["status"], "error", "{}", answer.text);
    let text = |value: &'static str| answer.body[value].as_str().unwrap_or_default();
    let property = &answer.body["errors"][0]["context"]["propertyName"][0];
    (answer.status, text("category"), property.as_str().unwrap_or_default())
}

pub fn ids(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let results = answer.body["results"].as_array().unwrap();
    results.iter().map(|result| result["id"].as_str().unwrap()).collect()
}
