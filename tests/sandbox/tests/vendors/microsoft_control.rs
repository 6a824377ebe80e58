use mortise_sandbox::{Fault, FaultKind};
use serde_json::json;

use crate::client::{ADA, get, http, json, send};
use crate::microsoft_client::{EVENTS, event_path, graph, hour, subjects, with};

#[tokio::test]
async fn a_planted_broken_event_is_shown_as_it_is() {
    let ada = graph().await;
    let broken = json!({"subject": "broken", "start": {"dateTime": "soon"}, "end": 7});
    ada.sandbox.microsoft().put_event(ADA, "Calendar", broken);
    let target = format!("{}/v1.0/me/calendarView", ada.sandbox.microsoft().url());
    let day = "startDateTime=2026-12-01T00:00:00Z&endDateTime=2026-12-02T00:00:00Z";
    // Not what the description has, so not checked.
    let view = send(ada.request("GET", &format!("{target}?{day}"))).await.body;
    assert_eq!(view["value"][0]["start"], json!({"dateTime": "soon"}));
    assert_eq!(view["value"][0]["end"], 7);
}

#[tokio::test]
async fn planting_an_event_again_replaces_it() {
    let ada = graph().await;
    let microsoft = ada.sandbox.microsoft();
    let first = microsoft.put_event(ADA, "Calendar", hour("one", "2026-12-01T09"));
    let again =
        with(hour("two", "2026-12-01T10"), json!({"id": first["id"], "isOrganizer": false}));
    assert_eq!(microsoft.put_event(ADA, "Calendar", again)["id"], first["id"]);
    let read = ada.get(&event_path(&first)).await;
    assert_eq!((&read["subject"], &read["isOrganizer"]), (&"two".into(), &false.into()));
    assert_eq!(microsoft.events(ADA).len(), 1);
}

#[tokio::test]
async fn events_are_planted_moved_and_shown_over_http() {
    let ada = graph().await;
    let control = format!("{}/_sandbox", ada.sandbox.microsoft().url());
    let post = |path: &str, body| send(json(http().post(format!("{control}/{path}")), &body));
    let planted =
        json!({"account": ADA, "calendar": "Calendar", "event": hour("x", "2026-12-01T09")});
    let event = post("events", planted).await.body;
    assert_eq!(event["type"], "singleInstance");
    let to_family = json!({"account": ADA, "event": event["id"], "calendar": "Family"});
    assert_eq!(post("events/move", to_family.clone()).await.status, 200);
    assert_eq!(post("events/move", to_family).await.status, 404, "its id is another now");
    let shown = get(&format!("{control}/events?account={ADA}")).await.body;
    assert_eq!(shown[0]["calendar"], "Family");
    assert_eq!(post("expire-sync-tokens", json!({})).await.status, 204);
}

#[tokio::test]
async fn a_lost_answer_to_a_create_leaves_the_event_and_its_transaction_finds_it() {
    let ada = graph().await;
    let sent = with(hour("Check-up", "2026-12-01T09"), json!({"transactionId": "7d1b"}));
    ada.sandbox.microsoft().set_fault(Fault::on("*", FaultKind::DoThenCut).times(1));
    assert!(json(ada.request("POST", EVENTS), &sent).send().await.is_err());
    let again = ada.create(sent).await;
    assert_eq!(subjects(&ada.get(EVENTS).await), ["Check-up"]);
    assert_eq!(ada.get(EVENTS).await["value"][0]["id"], again["id"]);
}

#[tokio::test]
async fn unknown_addresses_and_methods_have_graphs_errors() {
    let ada = graph().await;
    for (method, path, status) in [("GET", "/me/mail", 404), ("PUT", EVENTS, 405)] {
        let answer = send(ada.request(method, path)).await;
        assert_eq!(answer.status, status);
        assert!(answer.body["error"]["code"].is_string(), "{}", answer.text);
    }
}
