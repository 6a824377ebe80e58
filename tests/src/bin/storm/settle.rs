use std::time::{Duration, Instant};

use mortise_tests::Rows;

const LOOK: Duration = Duration::from_millis(250);
/// A write that was interrupted is settled by then.
const PROMISED: Duration = Duration::from_secs(120);

/// What is still under way in the database.
pub async fn open(rows: &Rows) -> i64 {
    let mut open = 0;
    for count in [
        "SELECT COUNT(*) FROM calendar_event_links WHERE state <> 'confirmed'",
        "SELECT COUNT(*) FROM calendar_event_moves",
    ] {
        open += rows.number(count).await;
    }
    open
}

/// Waits until nothing is under way any more: how much it was at first, and how long it took.
/// `None` where two minutes were not enough.
pub async fn settled(rows: &Rows, request_timeout: u64) -> (i64, Option<Duration>) {
    let (began, at_first) = (Instant::now(), open(rows).await);
    // What lies in the hubs' hands at the very end counts from its own end.
    let patience = PROMISED + Duration::from_secs(request_timeout);
    loop {
        if open(rows).await == 0 {
            return (at_first, Some(began.elapsed()));
        }
        if began.elapsed() > patience {
            return (at_first, None);
        }
        tokio::time::sleep(LOOK).await;
    }
}
