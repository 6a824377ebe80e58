use std::{
    env,
    fmt::Write as _,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use mortise::{adapters::fernet::FernetCipher, ports::Cipher};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::databases::Fixture;

pub const OLD: &str = "bW9ydGlzZSBmaXh0dXJlIGtleSwgMzIgYnl0ZXMgb2s=";
pub const NEW: &str = "bmV3IGZpeHR1cmUga2V5IG9mIHRoZSBodWIsIDMyISE=";

pub fn cipher(keys: &[&str]) -> FernetCipher {
    let keys: Vec<SecretString> = keys.iter().map(|&key| key.into()).collect();
    FernetCipher::new(&keys).unwrap()
}

/// The program, with a folder of its own.
pub struct Program {
    pub folder: TempDir,
    url: String,
    keys: String,
}

impl Program {
    pub fn on(url: &str, keys: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, url: url.to_owned(), keys: keys.join(",") }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mortise"));
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("MORTISE_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("FERNET_KEY", &self.keys)
            .env("MORTISE__DATABASE__URL", &self.url)
            .stdin(Stdio::null());
        command
    }

    pub async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
    }

    /// Starts a command and kills it after a time; whether it still ran then.
    pub async fn kill_after(&self, arguments: &[&str], time: Duration) -> bool {
        let mut command = self.command(arguments);
        let mut child: Child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(time).await;
        let ran = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        ran
    }
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// Fixed by `MORTISE_TEST_SEED`, to have a run again.
pub struct Seeded(u64);

impl Seeded {
    pub fn new() -> Self {
        let given = env::var("MORTISE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            use mortise::ports::Rng as _;
            let bytes = mortise::adapters::rng::SystemRng.bytes32();
            u64::from_le_bytes(bytes[..8].try_into().unwrap())
        });
        eprintln!("MORTISE_TEST_SEED={seed}");
        Self(seed)
    }

    /// SplitMix64.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}

/// Connections 1 to `count` with tokens `access N` and `refresh N` of version 1.
pub async fn connections(fixture: &Fixture, cipher: &dyn Cipher, count: i64) {
    let rows = |from: i64, row: &dyn Fn(i64) -> String| {
        let mut text = String::new();
        for n in from..=(from + 199).min(count) {
            let comma = if text.is_empty() { "" } else { ", " };
            let _ = write!(text, "{comma}({})", row(n));
        }
        text
    };
    for from in (1..=count).step_by(200) {
        let users = rows(from, &|n| format!("{n}, 'user {n}', 1"));
        fixture
            .run(&format!("INSERT INTO users (id, external_id, created_at) VALUES {users}"))
            .await;
        let made = rows(from, &|n| {
            format!("{n}, {n}, 'google_calendar', 'active', '[]', '{{}}', 1, 1, 1")
        });
        fixture
            .run(&format!(
                "INSERT INTO integrations (id, user_id, provider, status, scopes, meta_json, \
                 token_version, created_at, updated_at) VALUES {made}"
            ))
            .await;
        let tokens = rows(from, &|n| {
            let access = cipher.encrypt(&format!("access {n}").into());
            let refresh = cipher.encrypt(&format!("refresh {n}").into());
            format!("{n}, '{access}', '{refresh}', 'Bearer', 1, 1, 1")
        });
        fixture
            .run(&format!(
                "INSERT INTO integration_tokens (integration_id, access_token_enc, \
                 refresh_token_enc, token_type, version, created_at, updated_at) VALUES {tokens}"
            ))
            .await;
    }
}
