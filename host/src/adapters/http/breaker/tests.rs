use futures::FutureExt as _;
use rstest::rstest;
use url::Url;

use super::*;
use crate::adapters::http::script::{Fixed, Play, Script, request};

const OPEN_FOR: Duration = Duration::from_secs(10);
const DOWN: Play = Err(OutboundError::Timeout);

/// A breaker at a moment that the test chooses.
struct Timed {
    breaker: Breaker,
    now: Instant,
}

impl Timed {
    fn after_failures(count: usize, most: u32) -> Self {
        let mut timed = Self { breaker: Breaker::new(most), now: Instant::now() };
        for _ in 0..count {
            timed.ends(Admitted::Usual, Sign::Bad);
        }
        timed
    }

    fn ends(&mut self, admitted: Admitted, sign: Sign) -> Option<Change> {
        self.breaker.report(admitted, sign, self.now, OPEN_FOR)
    }

    fn asks(&mut self) -> Result<Admitted, Duration> {
        self.breaker.admit(self.now)
    }
}

#[test]
fn it_opens_at_the_last_of_so_many_failures_in_a_row() {
    let mut timed = Timed::after_failures(2, 3);
    assert_eq!(timed.ends(Admitted::Usual, Sign::Good), None);
    assert!(timed.breaker.is_well());
    for _ in 0..2 {
        assert_eq!(timed.ends(Admitted::Usual, Sign::Bad), None);
    }
    assert_eq!(timed.ends(Admitted::Usual, Sign::None), None);
    assert_eq!(timed.asks(), Ok(Admitted::Usual));
    assert_eq!(timed.ends(Admitted::Usual, Sign::Bad), Some(Change::Opened));
    timed.now += Duration::from_secs(4);
    assert_eq!(timed.asks(), Err(Duration::from_secs(6)));
}

#[test]
fn one_probe_goes_and_its_success_closes() {
    let mut timed = Timed::after_failures(3, 3);
    timed.now += OPEN_FOR;
    assert_eq!(timed.asks(), Ok(Admitted::Probe));
    assert_eq!(timed.asks(), Err(Duration::from_secs(1)), "one alone");
    assert_eq!(timed.ends(Admitted::Probe, Sign::Good), Some(Change::Closed));
    assert_eq!(timed.asks(), Ok(Admitted::Usual));
    assert!(timed.breaker.is_well());
}

#[test]
fn a_probe_that_fails_opens_again_and_one_without_news_is_followed_by_another() {
    let mut timed = Timed::after_failures(3, 3);
    timed.now += OPEN_FOR;
    assert_eq!(timed.asks(), Ok(Admitted::Probe));
    assert_eq!(timed.ends(Admitted::Probe, Sign::Bad), None);
    assert_eq!(timed.asks(), Err(OPEN_FOR));
    timed.now += OPEN_FOR;
    assert_eq!(timed.asks(), Ok(Admitted::Probe));
    assert_eq!(timed.ends(Admitted::Probe, Sign::None), None);
    assert_eq!(timed.asks(), Ok(Admitted::Probe));
}

#[rstest]
#[case(Sign::Good)]
#[case(Sign::Bad)]
fn the_end_of_a_request_from_before_changes_nothing(#[case] sign: Sign) {
    let mut timed = Timed::after_failures(3, 3);
    timed.now += Duration::from_secs(1);
    assert_eq!(timed.ends(Admitted::Usual, sign), None);
    assert_eq!(timed.asks(), Err(Duration::from_secs(9)));
    timed.now += OPEN_FOR;
    assert_eq!(timed.asks(), Ok(Admitted::Probe));
    assert_eq!(timed.ends(Admitted::Usual, sign), None);
    assert_eq!(timed.asks(), Err(Duration::from_secs(1)), "the probe is still out");
}

fn breakers(script: &Arc<Script>, failures: u32, open: Duration) -> Breakers {
    Breakers::new(script.clone(), Arc::new(Fixed(0)), failures, open)
}

fn at(provider: &str, url: &str, service: Service) -> OutboundRequest {
    let mut request = request("GET");
    request.owner.provider = provider.into();
    request.owner.service = service;
    OutboundRequest { url: Url::parse(url).unwrap(), ..request }
}

#[tokio::test]
async fn one_host_of_one_vendor_is_left_alone_and_no_other() {
    let script = Script::of([DOWN, DOWN]);
    let breakers = breakers(&script, 2, OPEN_FOR);
    let url = "https://api.vendor.test/a";
    for _ in 0..2 {
        let outcome = breakers.send(at("vendor", url, Service::Api)).await;
        assert_eq!(outcome.unwrap_err(), OutboundError::Timeout);
    }
    let refused = breakers.send(at("vendor", url, Service::Api)).await.unwrap_err();
    assert!(matches!(refused, OutboundError::LeftAlone { .. }), "{refused}");
    assert!(refused.retry_after().unwrap() <= OPEN_FOR);
    assert_eq!(script.asked().len(), 2, "a request was sent all the same");
    for other in [
        at("vendor", url, Service::Token),
        at("vendor", "https://login.vendor.test/a", Service::Api),
        at("vendor", "https://api.vendor.test:8443/a", Service::Api),
        at("other", url, Service::Api),
    ] {
        assert_eq!(breakers.send(other).await.unwrap().status, 200);
    }
}

#[rstest]
#[case::an_error(Ok(500), true)]
#[case::a_gateway(Ok(504), true)]
#[case::cut(Err(OutboundError::Cut), true)]
#[case::connect(Err(OutboundError::Connect), true)]
#[case::limited(Ok(429), false)]
#[case::not_found(Ok(404), false)]
#[case::too_large(Err(OutboundError::TooLarge), false)]
#[case::busy(Err(OutboundError::Busy { retry_after: OPEN_FOR }), false)]
#[case::blocked(Err(OutboundError::Blocked), false)]
#[tokio::test]
async fn only_a_vendor_that_fails_is_left_alone(#[case] play: Play, #[case] opens: bool) {
    let script = Script::of([play]);
    let breakers = breakers(&script, 1, OPEN_FOR);
    let _ = breakers.send(request("GET")).await;
    assert_eq!(breakers.send(request("GET")).await.is_err(), opens);
}

#[tokio::test]
async fn without_a_number_of_failures_nobody_is_left_alone() {
    let script = Script::of([DOWN; 50]);
    let breakers = breakers(&script, 0, OPEN_FOR);
    for _ in 0..50 {
        assert_eq!(breakers.send(request("GET")).await.unwrap_err(), OutboundError::Timeout);
    }
}

#[tokio::test]
async fn a_probe_that_nobody_waits_for_lets_another_go() {
    let script = Script::held();
    let breakers = breakers(&script, 1, Duration::ZERO);
    breakers.report(&Key::of(&request("GET")), Admitted::Usual, Sign::Bad);
    // The probe hangs, and its caller goes away.
    assert!(breakers.send(request("GET")).now_or_never().is_none());
    script.permits.add_permits(1);
    assert_eq!(breakers.send(request("GET")).await.unwrap().status, 200);
    assert!(breakers.failing().is_empty(), "a host that is well is remembered");
}
