//! Another program that keeps SQLite's file locked.

use std::time::{Duration, Instant};

use mortise_tests::GOOGLE;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};

use crate::support::{USER, connected, create, events_at_vendor, is_unavailable, links};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_file_stops_writes_for_no_longer_than_the_lock() {
    let hub = connected(None).await;
    let mut one = ConnectOptions::new(hub.database_url());
    one.max_connections(1);
    let other = Database::connect(one).await.unwrap();
    other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let start = Instant::now();
    let reads = async {
        assert_eq!(hub.status(USER, GOOGLE).await["status"], "active");
        hub.token(USER, GOOGLE).await.expect(200);
        start.elapsed()
    };
    let (refused, read) = futures::future::join(create(&hub, 1), reads).await;
    is_unavailable(&refused);
    let waited = start.elapsed();
    assert!(read < waited, "reads did not wait: {read:?} of {waited:?}");
    // For the turn among the hub's own writes, and for the file.
    assert!(waited < Duration::from_secs(20), "{waited:?}");
    assert_eq!((events_at_vendor(&hub), hub.rows.count("calendar_event_links").await), (0, 0));
    other.execute_unprepared("COMMIT").await.unwrap();
    create(&hub, 1).await.expect(201);
    assert_eq!((events_at_vendor(&hub), links(&hub, "confirmed").await), (1, 1));
}
