//! A thousand callers of one expired token: one exchange, and nobody fails. The vendor gives a new
//! refresh token with each exchange and ends the connection where an old one comes again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use mortise_tests::{
    ADA, Client, Consent, Fault, FaultKind, HostProcess, OUTLOOK, Rows, Sandbox, TestDatabase,
    TestHub, TestHubOptions, eventually,
};

const CALLERS: usize = 1000;
const TOKEN: &str = "/api/integrations/outlook/token";
const EXCHANGE: &str = "/common/oauth2/v2.0/token";
/// Shorter than an exchange may take.
const SLOW: Duration = Duration::from_secs(4);
/// How long a caller waits before it hangs up and asks again, with twice the patience.
const PATIENCE: Duration = Duration::from_millis(1500);
/// What a caller who is put off may be told.
const PUT_OFF: [&str; 2] = ["refresh-in-progress", "database-unavailable"];
/// Longer than anybody waits here.
const FOREVER: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    Quick,
    /// The vendor is slower than the callers' patience.
    Slow,
    /// A hub is killed while the vendor has not done the work yet.
    Killed,
}

/// Twenty rounds.
fn rounds() -> Vec<Round> {
    let mut rounds = vec![Round::Quick; 20];
    rounds[4] = Round::Slow;
    rounds[9] = Round::Killed;
    rounds[14] = Round::Slow;
    rounds[19] = Round::Killed;
    rounds
}

fn options() -> TestHubOptions {
    TestHub::options()
        .providers(&["outlook"])
        .set("server.max_in_flight", "4000")
        // Idle connections are not closed under a client that is about to use them.
        .set("server.header_timeout_seconds", "600")
        .set("outbound.timeout_seconds", "8")
        .set("database.max_connections", "8")
        .set("rate_limit.key_per_second", "0")
        // A token that was made to be over here would be believed for that long.
        .set("tokens.cache_ttl_seconds", "0")
}

struct Replicas {
    sandbox: Sandbox,
    hosts: Vec<HostProcess>,
    rows: Rows,
}

impl Replicas {
    async fn start(count: usize, options: TestHubOptions) -> Self {
        let sandbox = Sandbox::start(Default::default()).unwrap();
        let mut hosts = vec![HostProcess::start(&sandbox, options).await];
        while hosts.len() < count {
            hosts.push(hosts[0].beside(&sandbox).await);
        }
        hosts[0].connect(&sandbox, "ada", OUTLOOK, &Consent::of(ADA)).await;
        let rows = hosts[0].rows().await;
        Self { sandbox, hosts, rows }
    }

    fn exchanges(&self) -> usize {
        let requests = self.sandbox.microsoft().requests();
        requests.iter().filter(|request| request.path == EXCHANGE).count()
    }

    async fn run(&mut self, round: Round) {
        self.rows.execute("UPDATE integration_tokens SET expires_at = 1000").await;
        let (before, began) = (self.exchanges(), Instant::now());
        let (tokens, callers) = match round {
            Round::Quick => self.all_ask(FOREVER).await,
            Round::Slow => {
                self.fault(FaultKind::Slow, SLOW);
                self.all_ask(PATIENCE).await
            }
            Round::Killed => self.all_ask_while_one_is_killed().await,
        };
        let asked = callers.asked.load(Ordering::Relaxed);
        let put_off = callers.put_off.load(Ordering::Relaxed);
        eprintln!(
            "{round:?}: {CALLERS} callers, {asked} requests, {put_off} put off, {:?}",
            began.elapsed()
        );
        assert_eq!(self.exchanges(), before + 1, "{round:?}");
        assert_eq!(tokens.len(), CALLERS);
        let live = self.sandbox.microsoft().live_tokens(ADA).access;
        assert!(tokens.iter().all(|token| *token == tokens[0] && live.contains(token)));
        assert!(round != Round::Slow || asked > CALLERS, "they lost patience and asked again");
    }

    fn fault(&self, kind: FaultKind, delay: Duration) {
        self.sandbox.microsoft().set_fault(Fault::on(EXCHANGE, kind).times(1).delay(delay));
    }

    fn callers(&self, patience: Duration) -> Arc<Callers> {
        let clients = self.hosts.iter().map(|host| host.as_user("ada")).collect();
        let (asked, put_off) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Callers { clients, patience, asked, put_off })
    }

    async fn all_ask(&self, patience: Duration) -> (Vec<String>, Arc<Callers>) {
        let callers = self.callers(patience);
        let tokens = join_all((0..CALLERS).map(|number| callers.ask(number, false))).await;
        (tokens, callers)
    }

    async fn all_ask_while_one_is_killed(&mut self) -> (Vec<String>, Arc<Callers>) {
        self.fault(FaultKind::Late, FOREVER);
        let callers = self.callers(FOREVER);
        let first = Arc::clone(&callers);
        // The first hub is asked first, and so has the lease.
        let first = tokio::spawn(async move { first.ask(0, true).await });
        eventually("the lease", async || {
            let leased = "integration_tokens WHERE lease_owner IS NOT NULL";
            (self.rows.count(leased).await == 1).then_some(())
        })
        .await;
        let others = Arc::clone(&callers);
        let others = tokio::spawn(async move {
            join_all((1..CALLERS).map(|number| others.ask(number, true))).await
        });
        eventually("the others", async || {
            (callers.asked.load(Ordering::Relaxed) >= CALLERS).then_some(())
        })
        .await;
        self.hosts[0].kill();
        self.sandbox.microsoft().clear_faults();
        self.hosts[0].restart().await;
        let mut tokens = others.await.unwrap();
        tokens.push(first.await.unwrap());
        (tokens, callers)
    }
}

struct Callers {
    clients: Vec<Client>,
    patience: Duration,
    asked: AtomicUsize,
    /// Answers that told to wait: on a machine that is busy with much else, a thousand at once can
    /// wait longer for the database than the hub lets them.
    put_off: AtomicUsize,
}

impl Callers {
    /// Asks until there is a token: one hub after the other, as behind a balancer. Any answer must
    /// be one or tell to wait; only where a hub is `killed` may there be none.
    async fn ask(&self, number: usize, killed: bool) -> String {
        let (mut turn, mut patience) = (number, self.patience);
        loop {
            let client = &self.clients[turn % self.clients.len()];
            self.asked.fetch_add(1, Ordering::Relaxed);
            let answer = client.try_send("GET", TOKEN, None);
            match tokio::time::timeout(patience, answer).await {
                Ok(Ok(answer)) if answer.status == 503 => {
                    let code = answer.refusal().1;
                    assert!(PUT_OFF.contains(&code), "{}", answer.text);
                    self.put_off.fetch_add(1, Ordering::Relaxed);
                }
                Ok(Ok(answer)) => {
                    let token = answer.expect(200).body["access_token"].clone();
                    return token.as_str().unwrap().to_owned();
                }
                Ok(Err(error)) => assert!(killed, "{error}"),
                // It hung up.
                Err(_) => patience *= 2,
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            turn += 1;
        }
    }
}

async fn twenty_rounds(mut replicas: Replicas) {
    for round in rounds() {
        replicas.run(round).await;
    }
    let status = replicas.hosts[0].as_user("ada").get("/api/integrations/outlook/status").await;
    assert_eq!(status.expect(200).body["status"], "active");
    assert_eq!(replicas.sandbox.microsoft().live_tokens(ADA).refresh.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hubs_on_postgresql_make_one_exchange_for_a_thousand_callers() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let options = options().database(database.url());
    twenty_rounds(Replicas::start(3, options).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_hub_on_sqlite_makes_one_exchange_for_a_thousand_callers() {
    twenty_rounds(Replicas::start(1, options()).await).await;
}
