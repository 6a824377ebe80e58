//! How often the database is asked. A process of its own: the hub counts for the whole process.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failed test")]

use mortise_tests::{ADA, Consent, GOOGLE, TestHub};

const REQUESTS: usize = 11;

#[tokio::test]
async fn a_fresh_token_and_a_status_cost_one_statement_and_none_while_they_are_hot() {
    cost("0", 1).await;
    cost("300", 0).await;
}

/// What one request costs where tokens are taken from memory for so many seconds.
async fn cost(seconds: &str, expected: u64) {
    let hub = TestHub::options()
        .providers(&["google_calendar"])
        .set("tokens.cache_ttl_seconds", seconds)
        .start()
        .await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    for what in ["token", "status"] {
        let path = format!("/api/integrations/{GOOGLE}/{what}");
        let mut asked = Vec::new();
        for _ in 0..REQUESTS {
            let before = statements(&hub).await;
            hub.as_user("ada").get(&path).await.expect(200);
            asked.push(statements(&hub).await - before);
        }
        // The first one looks the API key up, and the background work may fall between two.
        asked.sort_unstable();
        assert_eq!(asked[REQUESTS / 2], expected, "GET {path}: {asked:?}");
    }
}

async fn statements(hub: &TestHub) -> u64 {
    let metrics = hub.anonymous().get("/metrics").await.expect(200).text;
    let line =
        metrics.lines().find_map(|line| line.strip_prefix("mortise_database_statements_total"));
    line.unwrap_or_else(|| panic!("no statements are counted: {metrics}")).trim().parse().unwrap()
}
