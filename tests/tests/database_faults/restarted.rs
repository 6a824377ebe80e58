//! PostgreSQL stopped and started while the hub serves.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use mortise_tests::GOOGLE;

use crate::{
    cluster::Cluster,
    support::{USER, connected, create, events_at_vendor, is_unavailable, links},
};

async fn server() -> Option<Arc<Cluster>> {
    tokio::task::spawn_blocking(Cluster::start).await.unwrap().map(Arc::new)
}

async fn stop(cluster: &Arc<Cluster>) {
    let cluster = Arc::clone(cluster);
    tokio::task::spawn_blocking(move || cluster.stop()).await.unwrap();
}

async fn launch(cluster: &Arc<Cluster>) {
    let cluster = Arc::clone(cluster);
    tokio::task::spawn_blocking(move || cluster.launch()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_gone_is_503_and_right_after_its_start_the_same_call_succeeds() {
    let Some(cluster) = server().await else { return };
    let hub = connected(Some(&cluster.url())).await;
    create(&hub, 0).await.expect(201);
    stop(&cluster).await;
    let start = Instant::now();
    is_unavailable(&create(&hub, 1).await);
    is_unavailable(&hub.token(USER, GOOGLE).await);
    assert_eq!(hub.anonymous().get("/readyz").await.status, 503);
    // Three calls, each of which waits for a connection, twice at the most.
    assert!(start.elapsed() < Duration::from_secs(40), "{:?}", start.elapsed());
    launch(&cluster).await;
    create(&hub, 1).await.expect(201);
    hub.token(USER, GOOGLE).await.expect(200);
    assert_eq!(hub.anonymous().get("/readyz").await.status, 200);
    assert_eq!((events_at_vendor(&hub), links(&hub, "confirmed").await), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_over_a_restart_wait_for_it_and_leave_no_half_row() {
    let Some(cluster) = server().await else { return };
    let hub = connected(Some(&cluster.url())).await;
    let calls = async {
        let mut unfinished = Vec::new();
        for n in 0..30 {
            let answer = create(&hub, n).await;
            if answer.status != 201 {
                is_unavailable(&answer);
                unfinished.push(n);
            }
        }
        unfinished
    };
    let restarts = async {
        for _ in 0..3 {
            stop(&cluster).await;
            launch(&cluster).await;
        }
    };
    let (unfinished, ()) = futures::future::join(calls, restarts).await;
    for n in unfinished {
        let again = create(&hub, n).await;
        assert!([200, 201].contains(&again.status), "{again:?}");
    }
    assert_eq!((events_at_vendor(&hub), links(&hub, "confirmed").await), (30, 30));
    assert_eq!(hub.rows.count("calendar_event_links").await, 30);
}
