//! The servers' process, from the inside and from the outside.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

use axum::Router;
use mortise_benches::{
    Outcome,
    baseline::{self, Token},
    client::{Connection, get},
    hub::{Folder, Hub, USER},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::TcpListener;

const LIST: &str = "/api/calendar/events?start=2026-12-01T00:00:00Z&end=2027-01-01T00:00:00Z\
                    &provider=google_calendar&limit=100";
const TOKEN: &str = "/api/integrations/google-calendar/token";
const STATUS: &str = "/api/integrations/google-calendar/status";
const STATEMENTS: &str = "mortise_database_statements_total";

/// One thing to measure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Target {
    /// `a` to `f`.
    pub letter: char,
    /// For the table.
    pub name: String,
    /// Where.
    pub address: SocketAddr,
    /// What is sent, byte for byte.
    pub request: String,
}

/// The other process.
pub struct Servers {
    pub targets: Vec<Target>,
    child: Child,
    // Its end tells the other process to end.
    stdin: Option<ChildStdin>,
}

impl Servers {
    /// Starts the servers over a folder with plugins, by this program's file: a build since its
    /// start may have replaced the one that runs.
    pub fn spawn(program: &Path, folder: &Path) -> Outcome<Self> {
        let mut child = Command::new(program)
            .arg("servers")
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdin = child.stdin.take();
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no standard output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let targets = serde_json::from_str(&line).map_err(|_| format!("the servers: {line}"))?;
        Ok(Self { targets, child, stdin })
    }

    pub fn target(&self, letter: char) -> Outcome<&Target> {
        Ok(self.targets.iter().find(|target| target.letter == letter).ok_or("no such target")?)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

/// Runs the servers until standard input ends.
pub fn run(folder: &Path) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (targets, _hub) = runtime.block_on(start(&Folder::new(folder)))?;
    println!("{}", serde_json::to_string(&targets)?);
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

async fn start(folder: &Folder) -> Outcome<(Vec<Target>, Hub)> {
    let fernet_key = fernet::Fernet::generate_key();
    let hub = Hub::start(folder, &fernet_key).await?;
    let token: Value = hub.ask(TOKEN).await?;
    let text = |name: &str| token[name].as_str().unwrap_or_default().to_owned();
    let same_size = Token {
        access_token: text("access_token"),
        token_type: text("token_type"),
        expires_at: text("expires_at"),
        scopes: serde_json::from_value(token["scopes"].clone())?,
    };
    let bare = serve(baseline::bare(same_size)).await?;
    let joined = serve(baseline::joined(&folder.database(), &fernet_key, USER).await?).await?;
    hub.ask(LIST).await?;
    let (vendor, upstream) = upstream(&hub, &text("access_token"))?;
    let of = |letter, name: &str, address, request| Target {
        letter,
        name: name.to_owned(),
        address,
        request,
    };
    let plain = |address| get(address, "/token", &[]);
    let targets = vec![
        of('a', "bare axum handler", bare, plain(bare)),
        of('b', "axum, one joined sea-orm row, one Fernet decryption", joined, plain(joined)),
        of('c', "`GET /token`, fresh", hub.address, hub.request(TOKEN)),
        of('d', "`GET /status`", hub.address, hub.request(STATUS)),
        of('e', "list 10 events through the hub", hub.address, hub.request(LIST)),
        of('f', "the same request made to the vendor", vendor, upstream),
    ];
    Ok((targets, hub))
}

async fn serve(router: Router) -> Outcome<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// The request that the hub made last.
fn upstream(hub: &Hub, token: &str) -> Outcome<(SocketAddr, String)> {
    let made = hub.sandbox.google().requests();
    let made = made.last().ok_or("the hub asked nothing")?;
    let address = hub.sandbox.google().url().trim_start_matches("http://").parse()?;
    let target = format!("{}?{}", made.path, made.query);
    Ok((address, get(address, &target, &[("authorization", &format!("Bearer {token}"))])))
}

/// How many statements a hundred requests for a token ran, for each of them.
pub async fn statements_per_token(servers: &Servers) -> Outcome<f64> {
    const REQUESTS: u32 = 100;
    let target = servers.target('c')?;
    let mut connection = Connection::open(target.address).await?;
    let before = statements(&mut connection, target.address).await?;
    for _ in 0..REQUESTS {
        connection.exchange(target.request.as_bytes()).await?;
    }
    let after = statements(&mut connection, target.address).await?;
    Ok((after - before) / f64::from(REQUESTS))
}

async fn statements(connection: &mut Connection, address: SocketAddr) -> Outcome<f64> {
    let answer = connection.exchange(get(address, "/metrics", &[]).as_bytes()).await?;
    let text = std::str::from_utf8(answer.body)?;
    let line = text.lines().find_map(|line| line.strip_prefix(STATEMENTS));
    Ok(line.ok_or("the hub counts no statements")?.trim().parse()?)
}
