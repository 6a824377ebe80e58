use mortise_plugin_api::{ErrorKind, Value, json};

use crate::support::{CONTACT, DEAL, body, deal, error_body, host, line, object, only_request};

fn page(results: Value, after: Option<Value>) -> Value {
    match after {
        Some(after) => json!({"results": results, "paging": {"next": {"after": after}}}),
        None => json!({"results": results}),
    }
}

#[test]
fn contacts_are_listed_page_by_page() {
    let host = host();
    let two = json!([object("51", json!({"email": "a@x.example"})), object("52", json!({}))]);
    host.answer_json(200, page(two, Some(json!("52"))));
    let first = host.call("crm.list_contacts", json!({"limit": 2})).unwrap();
    assert_eq!(first["contacts"][0]["email"], "a@x.example");
    assert_eq!(first["contacts"].as_array().map(Vec::len), Some(2));
    assert_eq!((&first["next_page"], &first["warnings"]), (&json!("52"), &json!([])));
    assert_eq!(
        line(&only_request(&host)),
        format!("GET /crm/v3/objects/contacts?limit=2&properties={CONTACT}")
    );

    host.answer_json(200, page(json!([object("53", json!({}))]), None));
    let input = json!({"limit": 2, "page": "52", "fields": ["nickname"]});
    let last = host.call("crm.list_contacts", input).unwrap();
    assert_eq!(last["contacts"][0]["id"], "53");
    assert_eq!(last.get("next_page"), None);
    assert_eq!(
        line(&only_request(&host)),
        format!("GET /crm/v3/objects/contacts?limit=2&after=52&properties={CONTACT},nickname")
    );
}

#[test]
fn an_empty_list_is_empty() {
    let host = host();
    host.answer_json(200, page(json!([]), None));
    let contacts = host.call("crm.list_contacts", json!({})).unwrap();
    assert_eq!(contacts, json!({"contacts": [], "warnings": []}));
    host.answer_json(200, page(json!([]), Some(json!(""))));
    let deals = host.call("crm.list_deals", json!({})).unwrap();
    assert_eq!(deals, json!({"deals": [], "warnings": []}));
}

#[test]
fn a_page_is_no_larger_than_hubspot_gives() {
    let host = host();
    for (asked, query, sent) in [
        (json!(null), json!(null), 100),
        (json!(0), json!(null), 1),
        (json!(1000), json!(null), 100),
        (json!(150), json!("ada"), 150),
        (json!(1000), json!("ada"), 200),
    ] {
        host.answer_json(200, json!({"total": 0, "results": []}));
        let input = json!({"limit": asked, "query": query});
        host.call("crm.list_contacts", input).unwrap();
        let request = only_request(&host);
        let limit = match request.method.as_str() {
            "POST" => body(&request)["limit"].to_string(),
            _ => request.query.iter().find(|(name, _)| name == "limit").unwrap().1.clone(),
        };
        assert_eq!(limit, sent.to_string());
    }
}

#[test]
fn words_are_looked_for_with_hubspots_search() {
    let host = host();
    host.answer_json(200, json!({"total": 1, "results": [object("51", json!({}))]}));
    let input = json!({"query": "ada", "page": "200", "fields": ["nickname"]});
    let found = host.call("crm.list_contacts", input).unwrap();
    assert_eq!(found["contacts"][0]["id"], "51");
    let request = only_request(&host);
    assert_eq!(line(&request), "POST /crm/v3/objects/contacts/search");
    let properties: Vec<_> = CONTACT.split(',').chain(["nickname"]).collect();
    assert_eq!(
        body(&request),
        json!({"query": "ada", "limit": 100, "after": "200", "properties": properties})
    );
}

#[test]
fn deals_come_with_their_contacts_but_not_from_a_search() {
    let host = host();
    host.answer_json(200, page(json!([deal("7", &["51"]), object("8", json!({}))]), None));
    let listed = host.call("crm.list_deals", json!({})).unwrap();
    assert_eq!(listed["deals"][0]["contacts"], json!(["51"]));
    assert_eq!(listed["deals"][1]["contacts"], json!([]));
    assert_eq!(
        line(&only_request(&host)),
        format!("GET /crm/v3/objects/deals?limit=100&properties={DEAL}&associations=contacts")
    );

    host.answer_json(200, json!({"total": 1, "results": [object("7", json!({}))]}));
    let found = host.call("crm.list_deals", json!({"query": "teeth"})).unwrap();
    assert_eq!(found["deals"][0].get("contacts"), None);
    assert_eq!(line(&only_request(&host)), "POST /crm/v3/objects/deals/search");
}

#[test]
fn a_deal_of_which_not_all_contacts_came_names_none() {
    let host = host();
    let mut long = deal("7", &["51"]);
    long["associations"]["contacts"]["paging"] = json!({"next": {"after": "51"}});
    host.answer_json(200, page(json!([long]), None));
    let listed = host.call("crm.list_deals", json!({})).unwrap();
    assert_eq!(listed["deals"][0].get("contacts"), None);
}

#[test]
fn a_broken_item_becomes_a_warning() {
    let host = host();
    let items = json!([
        {"properties": {"email": "a@x.example"}},
        {"id": "52"},
        {"id": "53", "properties": {"phone": ["1"]}},
        "54",
        null,
        object("55", json!({})),
    ]);
    host.answer_json(200, page(items, None));
    let listed = host.call("crm.list_contacts", json!({})).unwrap();
    assert_eq!(listed["contacts"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        listed["warnings"],
        json!([
            "a contact without id was sent broken: `id` cannot be understood",
            "contact 52 was sent broken: `properties` cannot be understood",
            "contact 53 was sent broken: `phone` cannot be understood",
            "a contact without id was sent broken: `id` cannot be understood",
            "a contact without id was sent broken: `id` cannot be understood",
        ])
    );

    host.answer_json(200, page(json!([object("7", json!({"closedate": "soon"}))]), None));
    let listed = host.call("crm.list_deals", json!({})).unwrap();
    let warning = "deal 7 was sent broken: `closedate` cannot be understood";
    assert_eq!(listed, json!({"deals": [], "warnings": [warning]}));
}

#[test]
fn a_cursor_that_hubspot_does_not_take_is_lost() {
    let host = host();
    for refusal in [
        json!({"category": "VALIDATION_ERROR", "message": "Invalid value for 'after'"}),
        json!({"errors": [{"message": "no", "in": "after"}]}),
        json!({"errors": [{"message": "no", "context": {"after": ["x"]}}]}),
        json!({"message": "The paging cursor has expired"}),
    ] {
        for query in [json!(null), json!("ada")] {
            host.answer_json(400, refusal.clone());
            let input = json!({"page": "old", "query": query});
            let error = host.call("crm.list_contacts", input).unwrap_err();
            assert_eq!(error.kind, ErrorKind::CursorLost, "{refusal}");
            assert_eq!(error.field.as_deref(), Some("page"));
        }
    }
}

#[test]
fn other_refusals_of_a_page_stay_what_they_are() {
    let host = host();
    for (input, status, name, kind) in [
        (json!({}), 400, "validation", ErrorKind::InvalidInput),
        (json!({"page": "52"}), 400, "validation", ErrorKind::InvalidInput),
        (json!({"page": "52"}), 429, "ten_secondly", ErrorKind::RateLimited),
    ] {
        host.answer_json(status, error_body(name));
        assert_eq!(host.call("crm.list_contacts", input).unwrap_err().kind, kind);
    }
    host.answer_json(400, json!({"message": "Invalid value for 'after'"}));
    let error = host.call("crm.list_contacts", json!({})).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput, "no page was asked for");
}
