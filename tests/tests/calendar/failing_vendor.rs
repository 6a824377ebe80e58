//! Vendors that fail, hang or limit, seen by callers: `docs/reliability.md`, "Vendors that fail".

use std::time::{Duration, Instant};

use futures::future::join_all;
use mortise_tests::{Consent, Fault, FaultKind, OUTLOOK, TestHub, TestHubOptions, eventually};
use rstest::rstest;

use crate::support::{
    ADA, Connected, Refused as _, USER, WEEK, appointment, connected_to, on_events, vendor_event,
};

const EVENTS: &str = "/api/calendar/events";
const LISTS: &str = "/users/me/calendarList";
const GOOGLE_LISTS: &str = "/api/integrations/google-calendar/proxy/users/me/calendarList";
const OUTLOOK_LISTS: &str = "/api/integrations/outlook/proxy/me/calendars";

/// A hub that sends again what failed, as hubs do by default.
fn persistent() -> TestHubOptions {
    TestHub::options().set("outbound.attempts", "3")
}

async fn connected_to_both(options: TestHubOptions) -> Connected {
    let hub = connected_to(options).await;
    hub.hub.connect(USER, OUTLOOK, &Consent::of(ADA)).await;
    hub
}

#[rstest]
#[case(FaultKind::Unavailable)]
#[case(FaultKind::BadGateway)]
#[case(FaultKind::TooManyRequests)]
#[case(FaultKind::ForbiddenRateLimit)]
#[case(FaultKind::DoThenCut)]
#[tokio::test]
async fn a_failure_that_passes_is_not_seen_and_makes_one_event(#[case] kind: FaultKind) {
    let hub = connected_to(persistent()).await;
    hub.google().set_fault(on_events(kind, "POST").times(1));
    hub.book("1", "2026-12-01T10:00:00", "2026-12-01T11:00:00").await;
    hub.only_event();
    assert_eq!(hub.vendor_calls("POST", "/events"), 2);
    hub.google().set_fault(on_events(kind, "GET").times(1));
    assert_eq!(hub.get(&format!("{EVENTS}?{WEEK}")).await.expect(200).body["partial"], false);
}

#[tokio::test]
async fn a_vendor_that_goes_on_failing_is_asked_as_often_as_configured() {
    let hub = connected_to(persistent()).await;
    hub.google().set_fault(on_events(FaultKind::Unavailable, "POST"));
    let body = appointment("1", "2026-12-01T10:00:00", "2026-12-01T11:00:00");
    hub.post(EVENTS, &body).await.refused_by_vendor(503, "vendor-unavailable");
    assert_eq!(hub.vendor_calls("POST", "/events"), 3);
}

#[tokio::test]
async fn the_wait_that_the_vendor_asks_for_is_kept_or_handed_on() {
    let hub = connected_to(persistent()).await;
    let limited = |seconds| Fault::on("*", FaultKind::TooManyRequests).retry_after(seconds);
    hub.google().set_fault(limited(0.05).times(2));
    let begun = Instant::now();
    hub.get(GOOGLE_LISTS).await.expect(200);
    assert!(begun.elapsed() >= Duration::from_millis(100), "{:?}", begun.elapsed());
    assert_eq!(hub.vendor_calls("GET", LISTS), 3);
    // A date is whole seconds, and so may be over at once.
    hub.google().set_fault(limited(1.0).as_date().times(1));
    hub.get(GOOGLE_LISTS).await.expect(200);
    hub.google().set_fault(limited(300.0).as_date().times(1));
    let answer = hub.get(GOOGLE_LISTS).await;
    assert_eq!(answer.status, 429);
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((290..=300).contains(&seconds), "{seconds}");
    // No caller would be there any more.
    hub.google().set_fault(limited(600.0).times(1));
    let answer = hub.get(&format!("{EVENTS}?{WEEK}")).await;
    answer.refused_by_vendor(503, "vendor-rate-limited");
    assert_eq!(answer.header("retry-after"), "600");
}

#[tokio::test]
async fn a_write_that_nobody_marked_is_sent_once() {
    let hub = connected_to(persistent()).await;
    let path = "/api/integrations/google-calendar/proxy/calendars/primary/events";
    hub.google().set_fault(on_events(FaultKind::Unavailable, "POST").times(1));
    let event = vendor_event(
        "visit",
        "2026-12-01T09:00:00Z",
        "2026-12-01T10:00:00Z",
        serde_json::json!({}),
    );
    assert_eq!(hub.post(path, &event).await.status, 503);
    assert_eq!(hub.vendor_calls("POST", "/events"), 1);
}

#[tokio::test]
async fn a_mailbox_is_asked_four_times_at_once_and_another_vendor_does_not_wait() {
    let hub = connected_to_both(persistent()).await;
    let microsoft = hub.hub.sandbox.microsoft();
    let slow = Fault::on("/v1.0/me/calendars", FaultKind::Slow).delay(Duration::from_millis(300));
    microsoft.set_fault(slow);
    let crowd = join_all((0..12).map(|_| hub.get(OUTLOOK_LISTS)));
    let other = async {
        eventually("four requests", async || (microsoft.most_at_once() >= 4).then_some(())).await;
        hub.get(GOOGLE_LISTS).await.expect(200);
        // A request is noted when it is answered.
        microsoft.requests().iter().filter(|asked| asked.path.ends_with("/me/calendars")).count()
    };
    let (answers, answered_before) = futures::join!(crowd, other);
    for answer in answers {
        answer.expect(200);
    }
    assert_eq!(microsoft.most_at_once(), 4);
    assert!(answered_before < 12, "the other vendor waited");
}

#[tokio::test]
async fn beyond_those_that_may_wait_a_caller_is_told_at_once_that_the_vendor_is_busy() {
    let options = persistent()
        .set("outbound.max_waiting", "0")
        .set("providers.google_calendar.max_concurrent_per_integration", "1");
    let hub = connected_to(options).await;
    let before = hub.google().requests().len();
    hub.google().set_fault(Fault::on("*", FaultKind::Slow).delay(Duration::from_millis(500)));
    let (first, refused) = futures::join!(hub.get(GOOGLE_LISTS), async {
        let arrived = async || (hub.google().requests().len() > before).then_some(());
        eventually("a request at the vendor", arrived).await;
        hub.get(GOOGLE_LISTS).await
    });
    first.expect(200);
    let problem = refused.refused_by_vendor(503, "vendor-busy");
    assert!(problem["detail"].as_str().unwrap().contains("as many requests"), "{problem}");
}

#[tokio::test]
async fn a_vendor_that_fails_in_a_row_is_left_alone_until_it_answers_again() {
    let options = TestHub::options()
        .set("outbound.breaker_failures", "3")
        .set("outbound.breaker_open_seconds", "1");
    let hub = connected_to_both(options).await;
    hub.google().set_fault(Fault::on("/calendar", FaultKind::InternalError));
    for _ in 0..3 {
        assert_eq!(hub.get(GOOGLE_LISTS).await.status, 500);
    }
    let problem = hub.get(GOOGLE_LISTS).await.refused_by_vendor(503, "vendor-busy");
    assert!(problem["detail"].as_str().unwrap().contains("left alone"), "{problem}");
    assert_eq!(hub.vendor_calls("GET", LISTS), 3);
    hub.get(OUTLOOK_LISTS).await.expect(200);
    hub.google().clear_faults();
    eventually("the vendor is asked again", async || {
        (hub.get(GOOGLE_LISTS).await.status == 200).then_some(())
    })
    .await;
    hub.get(GOOGLE_LISTS).await.expect(200);
}

#[tokio::test]
async fn a_vendor_that_hangs_is_told_of_before_the_request_is_over() {
    let options = persistent().set("server.request_timeout_seconds", "1");
    let hub = connected_to(options).await;
    hub.google().set_fault(Fault::on("/calendar", FaultKind::Slow));
    hub.get(&format!("{EVENTS}?{WEEK}")).await.refused_by_vendor(504, "vendor-timeout");
    hub.get(GOOGLE_LISTS).await.refused_by_vendor(504, "vendor-timeout");
}
