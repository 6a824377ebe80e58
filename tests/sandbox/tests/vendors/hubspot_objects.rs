use serde_json::json;

use crate::client::ADA;
use crate::hubspot_client::{CONTACTS, DEALS, hub, hub_with, ids, refusal, tokens_of};

#[tokio::test]
async fn a_created_contact_is_answered_with_all_that_it_has() {
    let ada = hub().await;
    let sent = json!({"properties": {
        "email": "Grace@Example.org",
        "firstname": "Grace",
        "lifecyclestage": "lead",
        "hubspot_owner_id": "902",
    }});
    let answer = ada.call_with("POST", CONTACTS, sent).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let contact = &answer.body;
    assert_eq!(contact["properties"]["email"], "grace@example.org", "in lower case");
    assert_eq!(contact["properties"]["hubspot_owner_id"], "902");
    assert_eq!(contact["properties"]["hs_object_id"], contact["id"]);
    assert_eq!(contact["properties"]["createdate"], contact["createdAt"]);
    assert_eq!(contact["properties"]["lastmodifieddate"], contact["updatedAt"]);
    assert_eq!(contact["archived"], false);
    let kept = ada.sandbox.hubspot().contacts(ADA);
    assert_eq!((kept.len(), kept[0].property("firstname")), (1, "Grace"));
}

#[tokio::test]
async fn asked_properties_are_null_where_empty_and_left_out_where_unknown() {
    let ada = hub().await;
    let id = ada.contact("grace@example.org").await;
    let path = format!("{CONTACTS}/{id}");
    let usual = ada.call("GET", &path).await.body;
    let names: Vec<_> = usual["properties"].as_object().unwrap().keys().collect();
    let expected =
        ["createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"];
    assert_eq!(names, expected);

    let asked = format!("{path}?properties=phone,shoe_size&properties=email");
    let properties = ada.call("GET", &asked).await.body["properties"].clone();
    assert_eq!(properties["email"], "grace@example.org");
    assert_eq!(properties.get("phone"), Some(&json!(null)));
    assert_eq!(properties.get("shoe_size"), None);
    assert_eq!(properties["hs_object_id"], json!(id), "always there");
}

#[tokio::test]
async fn a_contact_is_found_by_its_email() {
    let ada = hub().await;
    let id = ada.contact("grace@example.org").await;
    let path = format!("{CONTACTS}/GRACE@example.org?idProperty=email");
    assert_eq!(ada.call("GET", &path).await.body["id"], json!(id));
    let change = json!({"properties": {"phone": "+49 30 1234"}});
    assert_eq!(ada.call_with("PATCH", &path, change).await.body["id"], json!(id));
    let by_phone = format!("{CONTACTS}/1234?idProperty=phone");
    assert_eq!(ada.call("GET", &by_phone).await.status, 400, "phone numbers are not unique");
    let unknown = format!("{CONTACTS}/nobody@example.org?idProperty=email");
    assert_eq!(refusal(&ada.call("GET", &unknown).await), (404, "OBJECT_NOT_FOUND", ""));
}

#[tokio::test]
async fn a_change_leaves_what_it_does_not_name_and_clears_what_is_empty() {
    let ada = hub().await;
    let id = ada.create(DEALS, json!({"dealname": "Teeth", "amount": "1250.50"})).await;
    let path = format!("{DEALS}/{id}");
    let before = ada.call("GET", &path).await.body;
    let same = json!({"properties": {"dealname": "Teeth"}});
    let answer = ada.call_with("PATCH", &path, same).await;
    assert_eq!(answer.body["updatedAt"], before["updatedAt"], "nothing is new");

    let change = json!({"properties": {"amount": "", "dealname": "New teeth"}});
    let after = ada.call_with("PATCH", &path, change).await;
    assert_eq!(after.status, 200, "{}", after.text);
    assert_eq!(after.body["properties"]["dealname"], "New teeth");
    assert_eq!(after.body["properties"].get("amount"), None);
    assert_eq!(after.body["properties"]["dealstage"], "appointmentscheduled");
    let (old, new) = (before["updatedAt"].as_str().unwrap(), &after.body["updatedAt"]);
    assert!(new.as_str().unwrap() > old);
    assert_eq!(after.body["properties"]["hs_lastmodifieddate"], *new);
}

#[tokio::test]
async fn a_deal_begins_in_the_first_stage_of_the_default_pipeline() {
    let ada = hub().await;
    let id = ada.create(DEALS, json!({"dealname": "Teeth", "pipeline": ""})).await;
    let deal = &ada.sandbox.hubspot().deals(ADA)[0];
    assert_eq!(deal.id, id);
    let place = (deal.property("pipeline"), deal.property("dealstage"));
    assert_eq!(place, ("default", "appointmentscheduled"));
}

#[tokio::test]
async fn a_wrong_value_is_refused_and_its_property_named() {
    let ada = hub().await;
    let cases = [
        (CONTACTS, "shoe_size", "42", "PROPERTY_DOESNT_EXIST"),
        (CONTACTS, "email", "grace", "INVALID_EMAIL"),
        (CONTACTS, "lifecyclestage", "friend", "INVALID_OPTION"),
        (CONTACTS, "hubspot_owner_id", "903", "INVALID_OPTION"),
        (CONTACTS, "createdate", "2026-12-01T00:00:00Z", "READ_ONLY_VALUE"),
        (CONTACTS, "lastmodifieddate", "2026-12-01T00:00:00Z", "READ_ONLY_VALUE"),
        (CONTACTS, "hs_object_id", "7", "READ_ONLY_VALUE"),
        (DEALS, "amount", "a lot", "INVALID_NUMBER"),
        (DEALS, "amount", "inf", "INVALID_NUMBER"),
        (DEALS, "closedate", "soon", "INVALID_DATE"),
        (DEALS, "pipeline", "other", "INVALID_OPTION"),
        (DEALS, "dealstage", "won", "INVALID_OPTION"),
        (DEALS, "hs_lastmodifieddate", "1798718400000", "READ_ONLY_VALUE"),
    ];
    for (path, property, value, code) in cases {
        let body = json!({"properties": {property: value}});
        let answer = ada.call_with("POST", path, body).await;
        assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR", property));
        assert_eq!(answer.body["errors"][0]["code"], code, "{property}");
        let message = answer.body["message"].as_str().unwrap();
        assert!(message.contains(&format!("\"name\":\"{property}\"")), "{message}");
    }
    assert!(ada.sandbox.hubspot().contacts(ADA).is_empty());
    assert!(ada.sandbox.hubspot().deals(ADA).is_empty());
}

#[tokio::test]
async fn all_wrong_values_are_told_at_once() {
    let ada = hub().await;
    let body = json!({"properties": {"shoe_size": "42", "email": "x", "firstname": "Grace"}});
    let answer = ada.call_with("POST", CONTACTS, body).await;
    assert_eq!(answer.body["errors"].as_array().unwrap().len(), 2, "{}", answer.text);
}

#[tokio::test]
async fn close_dates_are_kept_in_utc() {
    let ada = hub().await;
    for sent in ["2026-12-31T13:00:00+01:00", "1798718400000", "2026-12-31T12:00:00.000Z"] {
        ada.create(DEALS, json!({"closedate": sent})).await;
        let deals = ada.sandbox.hubspot().deals(ADA);
        assert_eq!(deals.last().unwrap().property("closedate"), "2026-12-31T12:00:00Z");
    }
}

#[tokio::test]
async fn values_must_be_text_in_a_json_object() {
    let ada = hub().await;
    for body in [json!({"properties": {"firstname": 7}}), json!({"firstname": "Grace"}), json!([])]
    {
        let answer = ada.call_with("POST", CONTACTS, body).await;
        assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR", ""));
    }
    let text = ada.request("POST", CONTACTS).body(r#"{"properties": {}}"#);
    assert_eq!(crate::client::send(text).await.status, 415);
}

#[tokio::test]
async fn a_second_contact_with_the_same_email_is_a_conflict() {
    let ada = hub().await;
    let first = ada.contact("grace@example.org").await;
    let second = ada.contact("hopper@example.org").await;
    let taken = json!({"properties": {"email": "GRACE@example.org"}});
    let created = ada.call_with("POST", CONTACTS, taken.clone()).await;
    let changed = ada.call_with("PATCH", &format!("{CONTACTS}/{second}"), taken.clone()).await;
    for answer in [created, changed] {
        assert_eq!(refusal(&answer), (409, "CONFLICT", "email"));
        let message = format!("Contact already exists. Existing ID: {first}");
        assert_eq!(answer.body["message"], json!(message));
    }
    let own = ada.call_with("PATCH", &format!("{CONTACTS}/{first}"), taken.clone()).await;
    assert_eq!(own.status, 200, "its own address");

    ada.call("DELETE", &format!("{CONTACTS}/{first}")).await;
    let again = ada.call_with("POST", CONTACTS, taken).await;
    assert_eq!(again.status, 201, "an archived contact's address is free");
}

#[tokio::test]
async fn an_archived_object_is_found_among_the_archived_only() {
    let ada = hub().await;
    let id = ada.contact("grace@example.org").await;
    let path = format!("{CONTACTS}/{id}");
    for _ in 0..2 {
        let gone = ada.call("DELETE", &path).await;
        assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    }
    assert_eq!(ada.call("DELETE", &format!("{CONTACTS}/1")).await.status, 204, "unknown");
    assert_eq!(refusal(&ada.call("GET", &path).await).0, 404);
    let change = json!({"properties": {"firstname": "Grace"}});
    assert_eq!(refusal(&ada.call_with("PATCH", &path, change).await).0, 404);

    let archived = ada.call("GET", &format!("{path}?archived=true")).await.body;
    assert_eq!(archived["archived"], true);
    assert!(archived["archivedAt"].is_string());
    assert!(ids(&ada.call("GET", CONTACTS).await).is_empty());
    assert_eq!(ids(&ada.call("GET", &format!("{CONTACTS}?archived=true")).await), [&id]);
    assert!(ada.sandbox.hubspot().contacts(ADA)[0].archived);
}

#[tokio::test]
async fn pages_show_every_object_once() {
    let ada = hub().await;
    let mut created = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        created.push(ada.deal(name).await);
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = ada.call("GET", &format!("{DEALS}?limit=2&properties=dealname{after}")).await;
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        let next = &page.body["paging"]["next"];
        let Some(cursor) = next["after"].as_str() else { break };
        let link = next["link"].as_str().unwrap();
        assert_eq!(link, format!("?limit=2&properties=dealname&after={cursor}"));
        after = format!("&after={cursor}");
    }
    assert_eq!(seen, created);
    for wrong in ["limit=0", "limit=101", "limit=x", "after=x", "archived=yes"] {
        assert_eq!(ada.call("GET", &format!("{DEALS}?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn each_account_has_a_hub_of_its_own() {
    let ada = hub().await;
    let id = ada.contact("grace@example.org").await;
    let scopes = "oauth crm.objects.contacts.read";
    let hubspot = ada.sandbox.hubspot();
    let (mine, theirs) = (
        tokens_of(hubspot, ADA, scopes).await,
        tokens_of(hubspot, "bob@example.org", scopes).await,
    );
    assert_ne!(mine.body["hub_id"], theirs.body["hub_id"]);
    let token = theirs.body["access_token"].as_str().unwrap().to_owned();
    let bob = crate::hubspot_client::Hub { sandbox: ada.sandbox, token };
    assert_eq!(bob.call("GET", &format!("{CONTACTS}/{id}")).await.status, 404);
}

#[tokio::test]
async fn missing_scopes_are_named() {
    let reader = hub_with("oauth crm.objects.contacts.read").await;
    assert_eq!(reader.call("GET", CONTACTS).await.status, 200);
    let body = json!({"properties": {"firstname": "Grace"}});
    let answer = reader.call_with("POST", CONTACTS, body).await;
    assert_eq!(refusal(&answer), (403, "MISSING_SCOPES", ""));
    let scopes = &answer.body["errors"][0]["context"]["requiredGranularScopes"];
    assert_eq!(*scopes, json!(["crm.objects.contacts.write"]));
    for (method, path) in [
        ("GET", DEALS),
        ("GET", "/crm/v3/objects/contacts?associations=deals"),
        ("GET", "/crm/v3/owners"),
        ("GET", "/crm/v3/properties/deals"),
        ("GET", "/crm/v4/objects/contacts/1/associations/deals"),
        ("DELETE", "/crm/v3/objects/deals/1"),
        ("DELETE", "/crm/v3/properties/contacts/city"),
    ] {
        assert_eq!(refusal(&reader.call(method, path).await).0, 403, "{method} {path}");
    }
}

#[tokio::test]
async fn an_unknown_type_or_address_has_hubspots_error_body() {
    let ada = hub().await;
    let send = async |method, path| crate::client::send(ada.request(method, path)).await;
    assert_eq!(refusal(&send("GET", "/crm/v3/objects/0-99").await).0, 400);
    assert_eq!(refusal(&send("GET", "/crm/v9/objects").await).0, 404);
    assert_eq!(refusal(&send("PUT", CONTACTS).await).0, 405);
    assert_eq!(send("GET", "/crm/v3/objects/0-1").await.status, 200, "contacts by type id");
}

#[tokio::test]
async fn objects_are_planted_and_shown_over_http() {
    let ada = hub().await;
    let path = "/_sandbox/objects/contacts";
    let planted = json!({"account": ADA, "properties": {"email": "not checked", "age": 7}});
    let planted =
        crate::client::send(crate::client::json(ada.request("POST", path), &planted)).await;
    assert_eq!(planted.body["properties"]["age"], "7");
    let url = format!("{}{path}?account={ADA}", ada.sandbox.hubspot().url());
    assert_eq!(crate::client::get(&url).await.body, json!([planted.body]));
    let id = planted.body["id"].as_str().unwrap();
    let read = ada.call("GET", &format!("{CONTACTS}/{id}")).await;
    assert_eq!(read.body["properties"]["email"], "not checked");
}

#[tokio::test]
async fn a_planted_deal_has_the_id_and_times_that_it_was_given() {
    let ada = hub().await;
    let changed = "2026-11-01T08:00:00.250Z";
    let deal = json!({"hs_object_id": 77, "dealname": "Old", "hs_lastmodifieddate": changed});
    assert_eq!(ada.sandbox.hubspot().put_deal(ADA, deal).id, "77");
    let read = ada.call("GET", &format!("{DEALS}/77")).await.body;
    assert_eq!((&read["id"], &read["updatedAt"]), (&json!("77"), &json!(changed)));
    assert_eq!(read["properties"]["dealname"], "Old");
    ada.sandbox.hubspot().put_deal(ADA, json!({"hs_object_id": "77", "dealname": "New"}));
    let deals = ada.sandbox.hubspot().deals(ADA);
    assert_eq!((deals.len(), deals[0].property("dealname")), (1, "New"), "replaced");
}

#[tokio::test]
async fn changes_in_one_millisecond_have_times_of_their_own() {
    let ada = hub().await;
    let hubspot = ada.sandbox.hubspot();
    for at in 0..50 {
        hubspot.put_contact(ADA, json!({"firstname": at}));
    }
    let contacts = hubspot.contacts(ADA);
    let times: std::collections::BTreeSet<_> =
        contacts.iter().map(|contact| contact.property("lastmodifieddate")).collect();
    assert_eq!(times.len(), 50);
}
