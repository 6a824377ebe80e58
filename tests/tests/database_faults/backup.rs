//! A backup of a hub that serves, and a second hub that is restored from it.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use mortise_tests::{GOOGLE, TestHub, eventually};

use crate::support::{USER, connected, create, links};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_writes_is_restored_into_a_second_hub() {
    let hub = connected(None).await;
    let token = hub.token(USER, GOOGLE).await.expect(200).body;
    let (made, stop) = (AtomicU32::new(0), AtomicBool::new(false));
    let writes = async {
        for n in 0.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            create(&hub, n).await.expect(201);
            made.store(n + 1, Ordering::Relaxed);
        }
    };
    let file = hub.scratch().join("backup.db");
    let backup = async {
        eventually("some links", async || (made.load(Ordering::Relaxed) >= 5).then_some(())).await;
        let before = made.load(Ordering::Relaxed);
        hub.database.backup(&file).await.unwrap();
        stop.store(true, Ordering::Relaxed);
        before
    };
    let ((), before) = futures::future::join(writes, backup).await;
    let after = made.load(Ordering::Relaxed);

    let restored = hub.scratch().join("restored.db");
    fs::copy(&file, &restored).unwrap();
    let url = format!("sqlite://{}", restored.display());
    let options = TestHub::options().database(&url).fernet_keys(&hub.fernet_keys);
    let second = options.start().await;
    assert_eq!(second.token(USER, GOOGLE).await.expect(200).body, token);
    let confirmed = links(&second, "confirmed").await;
    assert!((i64::from(before)..=i64::from(after)).contains(&confirmed), "{confirmed}");
    let all = second.rows.count("calendar_event_links").await;
    assert!(all - confirmed <= 1, "one creation was under way at the most");
    let migrations = second.rows.count("seaql_migrations").await;
    assert_eq!(migrations, hub.rows.count("seaql_migrations").await);
    assert!(second.database.pending_migrations().await.unwrap().is_empty());
}
