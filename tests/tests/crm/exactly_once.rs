//! One contact and one deal per record, whatever is repeated, runs at the same time or gets lost.

use std::time::Duration;

use mortise_sandbox::ObjectType;
use mortise_tests::{ADA, Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{
    CONTACTS, CUSTOMER, Connected, DEALS, QUOTE, ada, connected, customer, impatient, on_upsert,
    quote, refused, teeth,
};

/// Each kind: its address, a linked one's, and a creation.
fn both() -> [(&'static str, &'static str, Value); 2] {
    [(CONTACTS, CUSTOMER, customer("42", ada())), (DEALS, QUOTE, quote("7", teeth()))]
}

/// The vendor has one object of the kind; its id.
#[track_caller]
fn only_id(hub: &Connected, path: &str) -> String {
    if path == DEALS { hub.only_deal().id } else { hub.only_contact().id }
}

fn id_in(body: &Value) -> &Value {
    if body["deal"].is_object() { &body["deal"]["id"] } else { &body["contact"]["id"] }
}

#[tokio::test]
async fn the_same_call_again_answers_with_the_object_that_is_there() {
    let hub = connected().await;
    for (path, linked, body) in both() {
        let made = hub.post(path, &body).await.expect(201).body;
        let writes = hub.writes();
        let again = hub.post(path, &body).await;
        assert_eq!(again.header("location"), linked);
        assert_eq!(again.expect(200).body, made);
        assert_eq!(hub.writes(), writes);
        only_id(&hub, path);
    }
}

#[tokio::test]
async fn calls_at_the_same_time_make_one_object_and_one_link() {
    let hub = connected().await;
    for (path, _, body) in both() {
        let before = hub.links().await;
        let calls = (0..8).map(|_| hub.post(path, &body));
        let answers = futures::future::join_all(calls).await;
        let id = only_id(&hub, path);
        for answer in answers {
            assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
            assert_eq!(*id_in(&answer.body), id);
            assert_eq!(answer.body["link"]["state"], "confirmed");
        }
        assert_eq!(hub.links().await, before + 1);
    }
}

#[tokio::test]
async fn two_records_that_ask_for_one_contact_at_once_do_not_both_get_it() {
    let hub = connected().await;
    let (one, other) = (customer("42", ada()), customer("43", ada()));
    let (first, second) = tokio::join!(hub.post(CONTACTS, &one), hub.post(CONTACTS, &other));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{} {}", first.text, second.text);
    hub.only_contact();
    assert_eq!(hub.links().await, 1);
}

#[tokio::test]
async fn after_a_lost_answer_the_repeated_call_confirms_the_first_object() {
    let hub = connected().await;
    for (path, linked, body) in both() {
        hub.lose_the_answer_to(path, &body).await;
        let first = only_id(&hub, path);
        let made = hub.post(path, &body).await.expect(201).body;
        assert_eq!(*id_in(&made), first);
        assert_eq!(made["link"]["state"], "confirmed");
        assert_eq!(only_id(&hub, path), first);
        assert_eq!(hub.user.get(linked).await.expect(200).body, made);
    }
}

#[tokio::test]
async fn after_a_confirmation_that_was_lost_the_repeated_call_confirms_the_object() {
    let hub = connected().await;
    for (path, _, body) in both() {
        let made = hub.post(path, &body).await.expect(201).body;
        hub.hub
            .rows
            .execute("UPDATE crm_links SET state = 'pending' WHERE state = 'confirmed'")
            .await;
        let again = hub.post(path, &body).await.expect(201).body;
        assert_eq!(id_in(&again), id_in(&made));
        assert_eq!(again["link"]["state"], "confirmed");
        only_id(&hub, path);
    }
}

#[tokio::test]
async fn whatever_is_lost_of_a_creation_the_next_call_finishes_it() {
    let hub = impatient().await;
    for (path, linked, body) in both() {
        for fault in [
            on_upsert(path, FaultKind::DoThenCut),
            on_upsert(path, FaultKind::Cut),
            on_upsert(path, FaultKind::Slow),
            on_upsert(path, FaultKind::InternalError),
            on_upsert(path, FaultKind::Html),
            on_upsert(path, FaultKind::BadJson),
        ] {
            let said = format!("{path}: {fault:?}");
            hub.vendor().set_fault(fault.times(1));
            let lost = hub.post(path, &body).await;
            assert!(lost.status >= 500, "{said}: {}", lost.text);
            let made = hub.post(path, &body).await.expect(201).body;
            assert_eq!(*id_in(&made), only_id(&hub, path), "{said}");
            hub.user.delete(linked).await.expect(204);
            assert!(hub.live_contacts().is_empty() && hub.live_deals().is_empty(), "{said}");
        }
        assert_eq!(hub.links().await, 0);
    }
}

#[tokio::test]
async fn reading_shows_the_deal_of_an_interrupted_creation_and_writing_settles_it() {
    let hub = connected().await;
    hub.lose_the_answer_to(DEALS, &quote("7", teeth())).await;
    let read = hub.user.get(QUOTE).await.expect(200).body;
    assert_eq!(read["deal"]["id"], hub.only_deal().id);
    assert_eq!(read["link"]["state"], "pending");
    let put = hub.user.put(QUOTE, json!({"deal": teeth()})).await.expect(200).body;
    assert_eq!(
        (&put["link"]["state"], &put["deal"]["id"]),
        (&json!("confirmed"), &read["deal"]["id"])
    );
    assert_eq!(hub.user.get(QUOTE).await.expect(200).body, put);
}

#[tokio::test]
async fn a_deal_that_lacks_its_contacts_is_finished_by_the_same_call_although_it_was_read() {
    let hub = connected().await;
    hub.define_key(ObjectType::Deals);
    let contact = hub.vendor().put_contact(ADA, json!({"email": "ada@example.org"})).id;
    let mut deal = teeth();
    deal["contacts"] = json!([{"id": contact}]);
    hub.vendor().set_fault(Fault::on("/crm/v4/", FaultKind::Unavailable));
    refused(&hub.post(DEALS, &quote("7", deal.clone())).await, 503, "vendor-unavailable");
    hub.vendor().clear_faults();
    assert!(hub.only_deal().associated.is_empty());
    hub.user.get(QUOTE).await.expect(200);
    let made = hub.post(DEALS, &quote("7", deal)).await.expect(201).body;
    assert_eq!(made["link"]["state"], "confirmed");
    assert_eq!(hub.only_deal().associated, [contact]);
}

#[tokio::test]
async fn of_calls_with_other_contents_at_the_same_time_one_wins_and_the_others_learn_it() {
    let hub = connected().await;
    let deal = |amount: u32| {
        let mut deal = teeth();
        deal["amount"] = json!(amount.to_string());
        quote("7", deal)
    };
    let bodies: Vec<Value> = (1..=8).map(deal).collect();
    let answers = futures::future::join_all(bodies.iter().map(|body| hub.post(DEALS, body))).await;
    let there = hub.only_deal().property("amount").to_owned();
    for (body, answer) in bodies.iter().zip(answers) {
        if body["deal"]["amount"] == there {
            assert_eq!(answer.expect(201).body["deal"]["amount"], there);
        } else {
            refused(&answer, 409, "already-linked");
        }
    }
}

#[tokio::test]
async fn what_another_process_overwrites_meanwhile_is_not_claimed() {
    let hub = connected().await;
    let body = quote("7", teeth());
    hub.lose_the_answer_to(DEALS, &body).await;
    let id = hub.only_deal().id;
    let slow = on_upsert(DEALS, FaultKind::Slow).delay(Duration::from_millis(300)).times(1);
    hub.vendor().set_fault(slow);
    let before = hub.writes();
    let (answer, ()) = tokio::join!(hub.post(DEALS, &body), async {
        while hub.writes() == before {
            tokio::task::yield_now().await;
        }
        assert!(hub.vendor().set_property(ADA, ObjectType::Deals, &id, "amount", "1"));
    });
    refused(&answer, 409, "already-linked");
    assert_eq!(hub.only_deal().property("amount"), "1");
}

#[tokio::test]
async fn a_contact_that_was_never_made_is_not_there_until_the_call_is_repeated() {
    let hub = connected().await;
    hub.vendor().set_fault(on_upsert(CONTACTS, FaultKind::InternalError).times(1));
    refused(&hub.post(CONTACTS, &customer("42", ada())).await, 503, "vendor-unavailable");
    refused(&hub.user.get(CUSTOMER).await, 404, "contact-gone");
    let body = json!({"contact": ada()});
    refused(&hub.user.put(CUSTOMER, body).await, 404, "contact-gone");
    hub.user.delete(CUSTOMER).await.expect(204);
    refused(&hub.user.get(CUSTOMER).await, 404, "not-linked");
    hub.made_contact().await;
}

#[tokio::test]
async fn after_a_lost_answer_other_contents_of_the_next_call_count() {
    let hub = connected().await;
    hub.lose_the_answer_to(DEALS, &quote("7", teeth())).await;
    let mut other = teeth();
    other["amount"] = json!("99");
    hub.post(DEALS, &quote("7", other)).await.expect(201);
    assert_eq!(hub.only_deal().property("amount"), "99");
}
