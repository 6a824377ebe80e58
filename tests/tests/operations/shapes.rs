//! Real answers, held against what `/openapi.json` says of them.

use mortise_tests::{ADA, Answer, Client, Consent, GOOGLE, HUBSPOT, TestHub};
use serde_json::{Value, json};

/// The schemas of a hub's answers.
struct Described {
    document: Value,
}

impl Described {
    async fn of(hub: &TestHub) -> Self {
        Self { document: hub.anonymous().get("/openapi.json").await.expect(200).body }
    }

    /// The answer has the documented status, media type and shape.
    #[track_caller]
    fn holds(&self, method: &str, path: &str, answer: &Answer) {
        let responses = &self.document["paths"][path][method.to_lowercase()]["responses"];
        let response = responses
            .get(answer.status.to_string())
            .or_else(|| responses.get("default"))
            .unwrap_or_else(|| panic!("{method} {path} answers {}", answer.status));
        let media = answer.header("content-type").split(';').next().unwrap();
        let schema = &response["content"][media]["schema"];
        assert!(!schema.is_null(), "{method} {path}: no {media} in {response}");
        let mut root = schema.clone();
        root["components"] = self.document["components"].clone();
        let validator =
            jsonschema::draft202012::options().should_validate_formats(true).build(&root).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(&answer.body)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{method} {path}: {faults:#?}\n{}", answer.text);
    }
}

async fn ask(client: &Client, method: &str, path: &str, slug: &str, body: Option<Value>) -> Answer {
    client.send(method, &path.replace("{slug}", slug), body).await
}

#[tokio::test]
async fn answers_are_shaped_as_documented() {
    let hub = TestHub::start().await;
    let described = Described::of(&hub).await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let ada = hub.as_user("ada");
    for path in [
        "/api/integrations",
        "/api/integrations/{slug}/connect",
        "/api/integrations/{slug}/status",
        "/api/integrations/{slug}/token",
        "/api/integrations/google-calendar/calendars",
        "/api/plugins",
        "/readyz",
    ] {
        let answer = ask(&ada, "GET", path, GOOGLE, None).await.expect(200);
        described.holds("GET", path, &answer);
    }
    let path = "/api/sessions";
    let answer = ask(&ada, "POST", path, GOOGLE, Some(json!({"user": "ada"}))).await.expect(201);
    described.holds("POST", path, &answer);

    let path = "/api/integrations/{slug}/status";
    let never = ask(&hub.as_user("bob"), "GET", path, GOOGLE, None).await.expect(200);
    described.holds("GET", path, &never);
    let path = "/api/integrations/{slug}/disconnect";
    let answer = ask(&ada, "POST", path, GOOGLE, None).await.expect(200);
    described.holds("POST", path, &answer);
    let path = "/api/integrations/{slug}/status";
    described.holds("GET", path, &ask(&ada, "GET", path, GOOGLE, None).await.expect(200));
}

#[tokio::test]
async fn contacts_and_deals_are_shaped_as_documented() {
    let hub = TestHub::start().await;
    let described = Described::of(&hub).await;
    hub.connect("ada", HUBSPOT, &Consent::of(ADA)).await;
    let ada = hub.as_user("ada");
    let contact = json!({"email": "ada@example.org", "address": {"city": "Berlin"}});
    let record = json!({"entity_type": "customer", "entity_id": "42"});
    let deal = json!({"name": "New teeth", "amount": "1250.50", "contacts": [record]});
    for (list, kind, object) in
        [("/api/crm/contacts", "contact", contact), ("/api/crm/deals", "deal", deal)]
    {
        let mut new = record.clone();
        new[kind] = object.clone();
        described.holds("POST", list, &ada.post(list, new).await.expect(201));
        described.holds("GET", list, &ada.get(list).await.expect(200));
        let (linked, at) = (format!("{list}/{{entity_type}}/{{entity_id}}"), "customer/42");
        let at = format!("{list}/{at}");
        described.holds("GET", &linked, &ada.get(&at).await.expect(200));
        let body = json!({kind: object});
        described.holds("PUT", &linked, &ada.put(&at, body).await.expect(200));
    }
}

#[tokio::test]
async fn what_an_answer_shows_is_described_as_input_too() {
    let hub = TestHub::start().await;
    let described = Described::of(&hub).await;
    let schemas = &described.document["components"]["schemas"];
    let only_read = |schema: &str, fields: &[&str]| {
        for field in fields {
            let property = &schemas[schema]["properties"][field];
            assert_eq!(property["readOnly"], true, "{schema}.{field}: {property}");
        }
    };
    let of_all = ["id", "created_at", "updated_at", "html_url"];
    for schema in ["ContactInput", "DealInput", "EventInput"] {
        only_read(schema, &of_all);
        assert_eq!(schemas[schema]["additionalProperties"], false);
    }
    only_read("EventInput", &["calendar_id", "organizer", "series_id", "etag"]);
    only_read("ConferenceInput", &["url", "name", "status"]);
    for (input, answer) in
        [("ContactInput", "Contact"), ("DealInput", "DealView"), ("EventInput", "Event")]
    {
        for field in schemas[answer]["properties"].as_object().unwrap().keys() {
            assert!(schemas[input]["properties"].get(field).is_some(), "{input} lacks {field}");
        }
    }
    assert_eq!(schemas["PrimaryAnswer"]["required"], json!(["primary"]));
}

#[tokio::test]
async fn problems_are_shaped_as_documented() {
    let hub = TestHub::start().await;
    let described = Described::of(&hub).await;
    let cases = [
        (hub.anonymous(), "GET", "/api/integrations", GOOGLE),
        (hub.as_user("ada"), "GET", "/api/integrations/{slug}/token", GOOGLE),
        (hub.as_user("ada"), "GET", "/api/integrations/{slug}/token", "nothing"),
        (hub.without_rights("ada"), "GET", "/api/integrations/{slug}/token", GOOGLE),
        (hub.as_user("ada"), "GET", "/api/calendar/freebusy", GOOGLE),
        (hub.as_user("ada"), "POST", "/api/sessions", GOOGLE),
    ];
    for (client, method, path, slug) in cases {
        let answer = ask(&client, method, path, slug, None).await;
        answer.problem();
        described.holds(method, path, &answer);
    }
}
