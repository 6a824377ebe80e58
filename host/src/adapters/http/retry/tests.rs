use std::time::Duration;

use chrono::{DateTime, Utc};
use rstest::rstest;

use super::*;
use crate::{
    adapters::http::script::{Fixed, Play, Script, request},
    ports::{Deadline, OutboundLimits, Repeat},
};

struct At(DateTime<Utc>);

impl Clock for At {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

/// Draws the shortest of all pauses.
fn retry(script: &Arc<Script>) -> Retry {
    Retry::new(script.clone(), Arc::new(Fixed(0)), Arc::new(At(DateTime::UNIX_EPOCH)))
}

/// How often a request is sent to a vendor that fails so, and what comes of it at last.
async fn sent(request: OutboundRequest, plays: &[Play]) -> (usize, Play) {
    let script = Script::of(plays.to_vec());
    let outcome = retry(&script).send(request).await;
    (script.asked().len(), outcome.map(|answer| answer.status))
}

#[rstest]
#[tokio::test]
async fn a_failure_that_passes_is_not_seen(
    #[values("GET", "HEAD", "PUT", "DELETE")] method: &str,
    #[values(
        Ok(429),
        Ok(500),
        Ok(502),
        Ok(503),
        Ok(504),
        Ok(509),
        Err(OutboundError::Connect),
        Err(OutboundError::Cut),
        Err(OutboundError::Timeout)
    )]
    failure: Play,
) {
    assert_eq!(sent(request(method), &[failure]).await, (2, Ok(200)));
}

#[rstest]
#[case::a_refusal(Ok(400))]
#[case::an_unknown_method(Ok(501))]
#[case::a_token_that_is_over(Ok(401))]
#[case::too_large(Err(OutboundError::TooLarge))]
#[case::blocked(Err(OutboundError::Blocked))]
#[case::busy(Err(OutboundError::Busy { retry_after: Duration::ZERO }))]
#[case::left_alone(Err(OutboundError::LeftAlone { retry_after: Duration::ZERO }))]
#[tokio::test]
async fn what_another_attempt_would_not_mend_is_final(#[case] outcome: Play) {
    assert_eq!(sent(request("GET"), &[outcome]).await, (1, outcome));
}

#[tokio::test]
async fn after_the_last_attempt_the_answer_is_handed_on() {
    assert_eq!(sent(request("GET"), &[Ok(503), Ok(502), Ok(500)]).await, (3, Ok(500)));
    let limits = OutboundLimits { attempts: 1, ..OutboundLimits::default() };
    let once = OutboundRequest { limits, ..request("GET") };
    assert_eq!(sent(once, &[Ok(503)]).await, (1, Ok(503)));
}

#[rstest]
#[case("POST", Repeat::ByMethod, 1)]
#[case("PATCH", Repeat::ByMethod, 1)]
#[case("POST", Repeat::Marked, 2)]
#[case("GET", Repeat::Never, 1)]
#[tokio::test]
async fn a_write_is_sent_again_only_where_it_is_marked(
    #[case] method: &str,
    #[case] repeat: Repeat,
    #[case] times: usize,
) {
    let request = OutboundRequest { repeat, ..request(method) };
    let repeats = request.repeats.clone();
    assert!(!repeats.any());
    assert_eq!(sent(request, &[Ok(503)]).await.0, times);
    assert_eq!(repeats.any(), times > 1);
}

#[rstest]
#[case(Ok(429), 2)]
#[case(Err(OutboundError::Connect), 2)]
#[case(Ok(503), 1)]
#[case(Err(OutboundError::Cut), 1)]
#[case(Err(OutboundError::Timeout), 1)]
#[tokio::test]
async fn a_conditional_write_is_sent_again_only_where_nothing_was_done(
    #[case] failure: Play,
    #[case] times: usize,
) {
    let headers = vec![("if-match".to_owned(), "\"1\"".to_owned())];
    for method in ["PUT", "DELETE"] {
        let request = OutboundRequest { headers: headers.clone(), ..request(method) };
        assert_eq!(sent(request, &[failure]).await.0, times);
    }
}

#[tokio::test]
async fn a_wait_that_does_not_fit_is_not_begun() {
    let script = Script::of([Ok(429), Ok(429)]).with_header("retry-after", "61");
    let answer = retry(&script).send(request("GET")).await.unwrap();
    assert_eq!((script.asked().len(), answer.status), (1, 429));
    assert_eq!(answer.headers, [("retry-after".to_owned(), "61".to_owned())]);
}

#[tokio::test]
async fn a_date_is_waited_for_and_handed_on_as_seconds() {
    let past = Script::of([Ok(503)]).with_header("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT");
    let answer = retry(&past).send(request("GET")).await.unwrap();
    assert_eq!((past.asked().len(), answer.status), (2, 200));
    let far = Script::of([Ok(503)]).with_header("retry-after", "Thu, 01 Jan 1970 00:02:00 GMT");
    let answer = retry(&far).send(request("GET")).await.unwrap();
    assert_eq!((far.asked().len(), answer.status), (1, 503));
    assert_eq!(answer.headers, [("retry-after".to_owned(), "120".to_owned())]);
}

#[tokio::test]
async fn a_vendor_that_hung_is_asked_again_only_with_its_whole_time_left() {
    let deadline = Deadline::after(Duration::from_secs(29));
    let request = OutboundRequest { deadline, ..request("GET") };
    let timeout = Err(OutboundError::Timeout);
    assert_eq!(sent(request.clone(), &[timeout]).await, (1, timeout));
    assert_eq!(sent(request, &[Ok(503)]).await, (2, Ok(200)));
}

#[test]
fn pauses_double_up_to_a_bound_and_are_any_part_of_it() {
    let longest = |attempt| pause(attempt, None, [255; 32]);
    assert_eq!(longest(1), Duration::from_millis(200));
    assert_eq!(longest(2), Duration::from_millis(400));
    assert_eq!(longest(5), Duration::from_millis(3200));
    assert_eq!(longest(u32::MAX), Duration::from_secs(5));
    assert_eq!(pause(3, None, [0; 32]), Duration::ZERO);
}

#[test]
fn what_the_vendor_says_is_waited_at_least_and_a_tenth_more_at_most() {
    let told = Some(Duration::from_secs(2));
    assert_eq!(pause(1, told, [0; 32]), Duration::from_secs(2));
    assert_eq!(pause(1, told, [255; 32]), Duration::from_millis(2200));
    assert_eq!(pause(9, Some(Duration::from_secs(60)), [255; 32]), Duration::from_secs(61));
}
