//! A hub that is told to stop.

use std::time::{Duration, Instant};

use mortise::http::Stage;
use mortise_tests::{ADA, Client, Consent, Fault, FaultKind, GOOGLE, TestHub, Wire, eventually};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

fn appointment() -> Value {
    let at = |hour: &str| json!({"date_time": format!("2026-12-01T{hour}:00:00"), "time_zone": "Europe/Berlin"});
    json!({
        "entity_type": "appointment", "entity_id": "123", "allow_conflicts": true,
        "event": {"title": "Check-up", "start": at("10"), "end": at("11")},
    })
}

async fn connected(grace: &str) -> TestHub {
    let hub = TestHub::options().set("server.shutdown_grace_seconds", grace).start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    hub
}

/// A create that waits for a vendor that takes so long.
async fn creating(hub: &TestHub, takes: Duration) -> JoinHandle<u16> {
    let slow = Fault::on("/calendar", FaultKind::Slow).method("POST").delay(takes);
    hub.sandbox.google().set_fault(slow);
    let before = hub.sandbox.google().requests().len();
    let client: Client = hub.as_user("ada");
    let creating =
        tokio::spawn(
            async move { client.post("/api/calendar/events", appointment()).await.status },
        );
    let asked = async || {
        let made = hub.sandbox.google().requests();
        made[before..].iter().any(|request| request.method == "POST").then_some(())
    };
    eventually("the vendor is asked", asked).await;
    creating
}

async fn confirmed(hub: &TestHub) -> bool {
    hub.rows.count("calendar_event_links WHERE state = 'confirmed'").await == 1
        && hub.sandbox.google().events(ADA).len() == 1
}

#[tokio::test]
async fn a_create_under_way_is_finished_and_answered() {
    let mut hub = connected("20").await;
    let creating = creating(&hub, Duration::from_millis(300)).await;
    hub.stop().await;
    assert_eq!(creating.await.unwrap(), 201);
    assert!(confirmed(&hub).await);
}

#[tokio::test]
async fn a_create_whose_caller_is_gone_is_finished_too() {
    let mut hub = connected("20").await;
    let creating = creating(&hub, Duration::from_millis(300)).await;
    creating.abort();
    eventually("nobody waits", async || (hub.state.gate.requests() == 0).then_some(())).await;
    hub.stop().await;
    assert!(confirmed(&hub).await);
}

#[tokio::test]
async fn a_refresh_whose_caller_is_gone_is_finished_too() {
    let mut hub = connected("20").await;
    let before = hub.rows.tokens().await;
    let asked = hub.sandbox.google().requests().len();
    let slow = Fault::on("/token", FaultKind::Slow).delay(Duration::from_millis(300));
    hub.sandbox.google().set_fault(slow);
    hub.clock.advance(3600);
    let client = hub.as_user("ada");
    let asking =
        tokio::spawn(async move { client.get("/api/integrations/google-calendar/token").await });
    let requests = async || (hub.sandbox.google().requests().len() > asked).then_some(());
    eventually("the vendor is asked", requests).await;
    asking.abort();
    eventually("nobody waits", async || (hub.state.gate.requests() == 0).then_some(())).await;
    hub.stop().await;
    assert_eq!(hub.rows.tokens().await[0].version, before[0].version + 1);
}

#[tokio::test]
async fn nothing_new_is_taken_while_the_rest_is_finished() {
    let mut hub = TestHub::start().await;
    let mut under_way = Wire::open(&hub).await;
    under_way
        .write(&format!(
            "POST /api/sessions HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: 15\r\n\r\n{{\"user\"",
            hub.key
        ))
        .await;
    let (mut probe, mut caller) = (Wire::open(&hub).await, Wire::open(&hub).await);
    for kept in [&mut probe, &mut caller] {
        kept.get("/readyz", "").await;
        kept.answer().await.expect(200);
    }
    eventually("the request", async || (hub.state.gate.requests() == 1).then_some(())).await;

    hub.tell_to_stop();
    hub.state.gate.reached(Stage::Stopping).await;
    probe.get("/readyz", "").await;
    let answer = probe.answer().await.expect(503);
    assert_eq!(answer.body["status"], "stopping");
    assert_eq!(answer.body["database"], "ok");
    probe.closed().await;

    caller.get("/api/integrations", "").await;
    let answer = caller.answer().await;
    assert_eq!(answer.refusal(), (503, "stopping"));
    assert_eq!(answer.header("connection"), "close");
    assert!(["1", "2"].contains(&answer.header("retry-after")));
    caller.closed().await;

    let refused = async || Wire::try_open(&hub).await.is_err().then_some(());
    eventually("no new connection", refused).await;

    under_way.write(": \"ada\"}").await;
    let answer = under_way.answer().await.expect(201);
    assert_eq!(answer.header("connection"), "close");
    under_way.closed().await;
    hub.stop().await;
}

#[tokio::test]
async fn beyond_the_grace_a_hub_gives_up() {
    let mut hub = connected("1").await;
    let creating = creating(&hub, Duration::from_secs(60)).await;
    let told = Instant::now();
    hub.stop().await;
    assert!(told.elapsed() < Duration::from_secs(15), "{:?}", told.elapsed());
    assert!(creating.await.is_err(), "its connection is cut");
    assert_eq!(hub.rows.count("calendar_event_links WHERE state = 'pending'").await, 1);
}

#[tokio::test]
async fn connections_that_only_stay_do_not_delay_the_end() {
    let mut hub = TestHub::start().await;
    let mut kept = Wire::open(&hub).await;
    kept.get("/livez", "").await;
    kept.answer().await.expect(200);
    let told = Instant::now();
    hub.stop().await;
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
    kept.closed().await;
}
