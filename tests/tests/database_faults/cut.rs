//! Connections that an operator or a proxy cuts.

use std::time::Duration;

use mortise_tests::{Fault, FaultKind, GOOGLE, TestDatabase, TestHub, eventually};

use crate::support::{USER, connected, create, events_at_vendor, links};

const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Several connections, idle in the pool.
async fn warm(hub: &TestHub) {
    let calls = (0..8).map(|_| hub.status(USER, GOOGLE));
    futures::future::join_all(calls).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_connections_are_replaced_and_no_caller_notices() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let hub = connected(Some(database.url())).await;
    for n in 0..5 {
        warm(&hub).await;
        hub.rows.execute(CUT).await;
        let calls = (0..8).map(|_| hub.token(USER, GOOGLE));
        for answer in futures::future::join_all(calls).await {
            answer.expect(200);
        }
        hub.rows.execute(CUT).await;
        create(&hub, n).await.expect(201);
    }
    assert_eq!((events_at_vendor(&hub), links(&hub, "confirmed").await), (5, 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_creation_whose_connections_are_cut_while_the_vendor_works_is_finished() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let hub = connected(Some(database.url())).await;
    warm(&hub).await;
    let slow = Fault::on("/calendar/v3", FaultKind::Slow).method("POST").times(1);
    hub.sandbox.google().set_fault(slow.delay(Duration::from_millis(700)));
    let cut = async {
        eventually("the event at the vendor", async || (events_at_vendor(&hub) == 1).then_some(()))
            .await;
        assert_eq!(links(&hub, "pending").await, 1);
        hub.rows.execute(CUT).await;
    };
    let (answer, ()) = futures::future::join(create(&hub, 1), cut).await;
    answer.expect(201);
    assert_eq!((events_at_vendor(&hub), links(&hub, "confirmed").await), (1, 1));
}
