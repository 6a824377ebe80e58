use futures::{FutureExt as _, future::join_all};

use super::*;
use crate::{
    adapters::http::script::{Script, request},
    ports::{Deadline, OutboundLimits},
};

fn of(id: i64) -> OutboundRequest {
    let limits = OutboundLimits {
        concurrent: 6,
        concurrent_per_integration: 2,
        ..OutboundLimits::default()
    };
    let mut request = OutboundRequest { limits, ..request("GET") };
    request.owner.integration = Some(IntegrationId(id));
    request
}

fn turns(script: &Arc<Script>, max_waiting: usize) -> Arc<Turns> {
    Arc::new(Turns::new(script.clone(), max_waiting))
}

/// Sends in a task of its own.
fn begin(
    turns: &Arc<Turns>,
    request: OutboundRequest,
) -> tokio::task::JoinHandle<Result<OutboundResponse, OutboundError>> {
    let turns = Arc::clone(turns);
    tokio::spawn(async move { turns.send(request).await })
}

/// Lets every task come as far as it can.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn one_connection_has_so_many_under_way_and_others_have_theirs() {
    let script = Script::held();
    let turns = turns(&script, 8);
    let mut all: Vec<_> = (0..5).map(|_| begin(&turns, of(1))).collect();
    all.extend((0..2).map(|_| begin(&turns, of(2))));
    script.has_been_asked(4).await;
    settle().await;
    let of_one = |asked: &[OutboundRequest]| {
        asked.iter().filter(|asked| asked.owner.integration == Some(IntegrationId(1))).count()
    };
    assert_eq!((of_one(&script.asked()), script.asked().len()), (2, 4));
    script.permits.add_permits(7);
    for answer in join_all(all).await {
        assert_eq!(answer.unwrap().unwrap().status, 200);
    }
    assert_eq!(of_one(&script.asked()), 5);
}

#[tokio::test]
async fn one_vendor_has_so_many_under_way_whoever_asks_and_its_tokens_do_not_count() {
    let script = Script::held();
    let turns = turns(&script, 8);
    let all: Vec<_> = (0..8).map(|id| begin(&turns, of(id))).collect();
    script.has_been_asked(6).await;
    settle().await;
    assert_eq!(script.asked().len(), 6);
    let mut token = of(9);
    (token.owner.integration, token.owner.service) = (None, Service::Token);
    let mut other = of(9);
    other.owner.provider = "other".into();
    let further = [begin(&turns, token), begin(&turns, other)];
    script.has_been_asked(8).await;
    script.permits.add_permits(10);
    for answer in join_all(all.into_iter().chain(further)).await {
        assert_eq!(answer.unwrap().unwrap().status, 200);
    }
}

#[tokio::test]
async fn beyond_those_that_may_wait_one_is_told_at_once() {
    let script = Script::held();
    let turns = turns(&script, 1);
    let waiting: Vec<_> = (0..3).map(|_| begin(&turns, of(1))).collect();
    script.has_been_asked(2).await;
    settle().await;
    let refused = turns.send(of(1)).now_or_never().expect("it waits").unwrap_err();
    assert_eq!(refused, OutboundError::Busy { retry_after: RETRY_AFTER });
    script.permits.add_permits(3);
    for answer in join_all(waiting).await {
        assert_eq!(answer.unwrap().unwrap().status, 200);
    }
}

#[tokio::test]
async fn waiting_ends_before_the_deadline() {
    let script = Script::held();
    let turns = turns(&script, 8);
    let hanging: Vec<_> = (0..2).map(|_| begin(&turns, of(1))).collect();
    script.has_been_asked(2).await;
    let deadline = Deadline::after(Duration::from_millis(200));
    let outcome = turns.send(OutboundRequest { deadline, ..of(1) }).await;
    assert_eq!(outcome.unwrap_err(), OutboundError::Busy { retry_after: RETRY_AFTER });
    assert!(deadline.leaves(Duration::ZERO), "nobody is left to be told");
    assert_eq!(script.asked().len(), 2);
    for task in hanging {
        task.abort();
    }
}

#[tokio::test]
async fn who_goes_away_leaves_no_place_and_no_gate_behind() {
    let script = Script::held();
    let turns = turns(&script, 1);
    for _ in 0..3 {
        let tasks: Vec<_> = (0..3).map(|_| begin(&turns, of(1))).collect();
        settle().await;
        for task in tasks {
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
    }
    assert_eq!((turns.connections.count(), turns.vendors.count()), (0, 0));
    script.permits.add_permits(1);
    assert_eq!(turns.send(of(1)).await.unwrap().status, 200);
    assert_eq!((turns.connections.count(), turns.vendors.count()), (0, 0));
}
