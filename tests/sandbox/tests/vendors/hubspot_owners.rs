use crate::client::{ADA, send};
use crate::hubspot_client::{hub, ids, refusal};

#[tokio::test]
async fn owners_are_listed_and_those_who_left_are_archived() {
    let ada = hub().await;
    let answer = ada.call("GET", "/crm/v3/owners").await;
    assert_eq!(ids(&answer), ["901", "902"]);
    assert_eq!(answer.body["results"][0]["email"], ADA);
    assert_eq!(ids(&ada.call("GET", "/crm/v3/owners?archived=true").await), ["903"]);
    let by_email = format!("/crm/v3/owners?email={ADA}");
    assert_eq!(ids(&ada.call("GET", &by_email).await), ["901"]);
    let slash = send(ada.request("GET", "/crm/v3/owners/")).await;
    assert_eq!(ids(&slash), ["901", "902"]);
}

#[tokio::test]
async fn owners_come_in_pages() {
    let ada = hub().await;
    let first = ada.call("GET", "/crm/v3/owners?limit=1").await;
    let after = first.body["paging"]["next"]["after"].as_str().unwrap();
    let second = ada.call("GET", &format!("/crm/v3/owners?limit=1&after={after}")).await;
    assert_eq!((ids(&second), &second.body["paging"]), (vec!["902"], &serde_json::Value::Null));
}

#[tokio::test]
async fn an_owner_is_read_by_its_id_or_its_users() {
    let ada = hub().await;
    let owner = ada.call("GET", "/crm/v3/owners/902").await.body;
    assert_eq!((&owner["firstName"], &owner["userId"]), (&"Grace".into(), &2.into()));
    let by_user = ada.call("GET", "/crm/v3/owners/2?idProperty=userId").await;
    assert_eq!(by_user.body, owner);
    assert_eq!(refusal(&ada.call("GET", "/crm/v3/owners/903").await).0, 404, "archived");
    let archived = ada.call("GET", "/crm/v3/owners/903?archived=true").await.body;
    assert_eq!((&archived["archived"], archived.get("userId")), (&true.into(), None));
    let wrong = ada.call("GET", "/crm/v3/owners/902?idProperty=email").await;
    assert_eq!(refusal(&wrong).0, 400);
}
