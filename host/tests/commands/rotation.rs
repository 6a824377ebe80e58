//! `mortise keys rotate-tokens`.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use mortise::{
    adapters::sea_orm::Database,
    domain::{connection::SealedTokens, ids::IntegrationId},
    ports::{Cipher, TokenStore as _},
};
use secrecy::ExposeSecret as _;

use crate::{
    databases::{Fixture, on_mysql, on_postgres, on_sqlite},
    program::{NEW, OLD, Program, Seeded, cipher, connections, said},
};

const ROTATE: [&str; 2] = ["keys", "rotate-tokens"];
const KILLS: u32 = 50;
const TOKENS: i64 = 2_000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_796_000_000 + seconds, 0).unwrap()
}

/// Refreshes tokens as a hub does that has the new key first, until it is told to stop; what the
/// refreshed ones are now.
async fn refreshing(
    db: Database,
    stop: Arc<AtomicBool>,
    random: Arc<Mutex<Seeded>>,
) -> HashMap<i64, i64> {
    let with_new = cipher(&[NEW, OLD]);
    let mut versions = HashMap::new();
    let mut pace = tokio::time::interval(Duration::from_millis(5));
    while !stop.load(Ordering::Relaxed) {
        pace.tick().await;
        let n = 1 + i64::try_from(random.lock().unwrap().below(TOKENS.unsigned_abs())).unwrap();
        let version = *versions.get(&n).unwrap_or(&1);
        let tokens = SealedTokens {
            access_token_enc: with_new.encrypt(&format!("access {n}, {}", version + 1).into()),
            // Some vendors give a new refresh token and some do not.
            refresh_token_enc: (n % 2 == 0)
                .then(|| with_new.encrypt(&format!("refresh {n}, {}", version + 1).into())),
            expires_at: None,
            token_type: "Bearer".to_owned(),
        };
        let stored = db.store_if(IntegrationId(n), version, &tokens, None, at(version)).await;
        assert_eq!(stored.unwrap(), Some(version + 1), "nobody else changes versions");
        versions.insert(n, version + 1);
    }
    versions
}

/// Every token is under the new key, and is what it was or what it was refreshed to.
async fn all_are_there(db: &Database, refreshed: &HashMap<i64, i64>) {
    let new = cipher(&[NEW]);
    let open = |sealed: &str| new.decrypt(sealed).unwrap().expose_secret().to_owned();
    for n in 1..=TOKENS {
        let token = db.load(IntegrationId(n)).await.unwrap().unwrap();
        let version = *refreshed.get(&n).unwrap_or(&1);
        assert_eq!(token.version, version);
        let now = |name: &str, renewed: bool| match version {
            2.. if renewed => format!("{name} {n}, {version}"),
            _ => format!("{name} {n}"),
        };
        assert_eq!(open(&token.access_token_enc), now("access", true));
        assert_eq!(open(&token.refresh_token_enc.unwrap()), now("refresh", n % 2 == 0));
    }
}

async fn killed_again_and_again(fixture: Fixture) {
    fixture.db.migrate().await.unwrap();
    connections(&fixture, &cipher(&[OLD]), TOKENS).await;
    let program = Program::on(&fixture.url, &[NEW, OLD]);
    // What a process needs before it begins, and what the whole work would take.
    let start = Instant::now();
    assert!(program.run(&["keys", "list"]).await.status.success());
    let idle = start.elapsed();

    let random = Arc::new(Mutex::new(Seeded::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(refreshing(fixture.db.clone(), stop.clone(), random.clone()));
    let (mut hits, mut steps) = (0, Vec::new());
    for _ in 0..KILLS {
        let more = Duration::from_micros(random.lock().unwrap().below(150_000));
        hits += u32::from(program.kill_after(&ROTATE, idle * 3 / 4 + more).await);
        steps.push(under_old(&fixture).await);
    }
    let ended = program.run(&ROTATE).await;
    stop.store(true, Ordering::Relaxed);
    let refreshed = writer.await.unwrap();
    assert!(ended.status.success(), "{}", said(&ended));
    assert!(said(&ended).contains("all are under the first key"), "{}", said(&ended));
    all_are_there(&fixture.db, &refreshed).await;
    eprintln!(
        "{KILLS} kills, {hits} while it ran; {} tokens refreshed; left after each kill: {steps:?}",
        refreshed.len()
    );
    assert!(hits >= KILLS / 2, "only {hits} kills met the process");
    let cut = steps.iter().filter(|left| (1..TOKENS).contains(left)).count();
    assert!(cut > 0, "no kill met the work: {steps:?}");
}

/// Access tokens that are not under the new key yet.
async fn under_old(fixture: &Fixture) -> i64 {
    let new = cipher(&[NEW]);
    let texts = fixture.texts("SELECT access_token_enc FROM integration_tokens").await;
    let left = texts.iter().filter(|text| new.decrypt(text).is_err()).count();
    i64::try_from(left).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_is_killed_again_and_again_loses_no_token_on_sqlite() {
    on_sqlite(killed_again_and_again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_is_killed_again_and_again_loses_no_token_on_postgresql() {
    on_postgres(killed_again_and_again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_is_killed_again_and_again_loses_no_token_on_mysql() {
    on_mysql(killed_again_and_again).await;
}

#[tokio::test]
async fn without_a_terminal_the_progress_is_told_in_lines() {
    on_sqlite(|fixture| async move {
        fixture.db.migrate().await.unwrap();
        connections(&fixture, &cipher(&[OLD]), 400).await;
        let ran = Program::on(&fixture.url, &[NEW, OLD]).run(&ROTATE).await;
        assert!(ran.status.success());
        let lines = String::from_utf8(ran.stderr).unwrap();
        let expected: String = (1..=8).map(|n| format!("{} of 800 texts\n", n * 100)).collect();
        assert_eq!(lines, expected);
        assert_eq!(
            String::from_utf8(ran.stdout).unwrap(),
            "800 texts are kept, 800 were re-encrypted\nall are under the first key: if every hub \
             has it first in its list, the other keys can be taken out of the configuration now\n"
        );
    })
    .await;
}

#[tokio::test]
async fn what_nothing_opens_is_named_and_ends_with_1() {
    on_sqlite(|fixture| async move {
        fixture.db.migrate().await.unwrap();
        connections(&fixture, &cipher(&[OLD]), 3).await;
        fixture.run("UPDATE integration_tokens SET refresh_token_enc = 'cut' WHERE id = 2").await;
        let ran = Program::on(&fixture.url, &[NEW]).run(&ROTATE).await;
        assert_eq!(ran.status.code(), Some(1));
        let said = said(&ran);
        for part in [
            "access tokens: 3 that no configured key opens, 0 damaged; integrations 1, 2, 3",
            "refresh tokens: 2 that no configured key opens, 1 damaged; integrations 1, 2, 3",
            "Add the missing key behind the first one",
        ] {
            assert!(said.contains(part), "{said}");
        }
        let with_key = Program::on(&fixture.url, &[NEW, OLD]).run(&ROTATE).await;
        assert_eq!(with_key.status.code(), Some(1), "one is damaged still");
        assert_eq!(under_old(&fixture).await, 0);
    })
    .await;
}
