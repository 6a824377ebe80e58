//! The sections with fixed keys.

use std::{
    num::NonZeroU32,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;
use url::Url;

use super::{
    AuthConfig, DatabaseConfig, LogConfig, LogFormat, MetricsConfig, OAuthConfig, OutboundConfig,
    PluginsConfig, ProviderLimits, Rate, RateLimitConfig, ServerConfig, SessionsConfig,
    TokenCacheConfig, Trust, reader::Reader,
};
use crate::domain::web::is_loopback;

const DAY: u32 = 24 * 60 * 60;
const ANSWER_BYTES: RangeInclusive<u32> = 1024..=1024 * 1024 * 1024;

pub(super) fn server(reader: &mut Reader) -> Option<ServerConfig> {
    let bind = reader.address("server.bind");
    let public_url = public_url(reader);
    let request_timeout = reader.seconds("server.request_timeout_seconds", 1..=3600);
    let header_timeout = reader.seconds("server.header_timeout_seconds", 1..=600);
    let body_timeout = reader.seconds("server.body_timeout_seconds", 1..=600);
    let max_in_flight = reader.number("server.max_in_flight", 0..=1_000_000);
    let max_connections = reader.number("server.max_connections", 1..=1_000_000);
    let body_limit = reader.number("server.body_limit_bytes", 1024..=1024 * 1024 * 1024);
    let shutdown_grace = reader.seconds("server.shutdown_grace_seconds", 0..=3600);
    Some(ServerConfig {
        bind: bind?,
        public_url: public_url?,
        request_timeout: request_timeout?,
        header_timeout: header_timeout?,
        body_timeout: body_timeout?,
        max_in_flight: match max_in_flight? as usize {
            0 => 64 * std::thread::available_parallelism().map_or(2, usize::from),
            number => number,
        },
        max_connections: max_connections? as usize,
        body_limit_bytes: body_limit? as usize,
        shutdown_grace: shutdown_grace?,
    })
}

fn public_url(reader: &mut Reader) -> Option<Url> {
    let key = "server.public_url";
    let expected = "an https URL without a path, like \"https://hub.example.com\"";
    let url = reader.parsed(key, expected, |text| {
        Url::parse(text)
            .ok()
            .filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"))
    })?;
    let problem = if url.scheme() == "http" && !is_loopback(&url) {
        "plain http is for localhost only: browsers would send tokens in the clear; use https"
    } else if url.path() != "/" {
        "a path is not supported: the hub needs a host name of its own"
    } else if url.query().is_some() || url.fragment().is_some() {
        "no `?` or `#` can follow the host"
    } else if !url.username().is_empty() || url.password().is_some() {
        "no user or password can stand in it"
    } else {
        return Some(url);
    };
    reader.mistake(key, format!("{problem}; expected {expected}"));
    None
}

pub(super) fn database(reader: &mut Reader) -> Option<DatabaseConfig> {
    let expected = "a URL that begins with sqlite://, postgres:// or mysql:// (mariadb://)";
    let url = reader.parsed("database.url", expected, |text| {
        let known = ["sqlite:", "postgres://", "postgresql://", "mysql://", "mariadb://"];
        known.iter().any(|scheme| text.starts_with(scheme)).then(|| text.to_owned())
    });
    let max_connections = reader.number("database.max_connections", 1..=1000);
    let url = url.map(|url| SecretString::from(located(reader, url)));
    Some(DatabaseConfig { url: url?, max_connections: max_connections? })
}

/// The path of a SQLite URL, and what follows it; `None` for another database or one in memory.
fn sqlite_path(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    let in_memory = path.is_empty() || path == ":memory:" || query.contains("mode=memory");
    (!in_memory).then_some((path, query))
}

/// What a path cannot hold in a URL that is percent-decoded when it is opened; `%` first.
const ENCODED: [(&str, &str); 2] = [("%", "%25"), ("?", "%3F")];

fn sqlite_folder(url: &str) -> Option<PathBuf> {
    let folder = Path::new(sqlite_path(url)?.0).parent()?.to_str()?.to_owned();
    Some(ENCODED.iter().rev().fold(folder, |text, (c, code)| text.replace(code, c)).into())
}

/// A SQLite file is relative to the configuration file's folder, as other paths are.
fn located(reader: &Reader, url: String) -> String {
    match sqlite_path(&url) {
        Some((path, query)) if Path::new(path).is_relative() => {
            let folder = reader.resolve(Path::new("")).to_string_lossy().into_owned();
            let folder = ENCODED.iter().fold(folder, |text, (c, code)| text.replace(c, code));
            let path = Path::new(&folder).join(path);
            format!("sqlite://{}{query}", path.display())
        }
        _ => url,
    }
}

pub(super) fn plugins(
    reader: &mut Reader,
    database: Option<&DatabaseConfig>,
) -> Option<PluginsConfig> {
    let dir = reader.path("plugins.dir");
    let trust = trust(reader);
    let lock_file = reader.path("plugins.lock_file").or_else(|| {
        dir.as_ref().map(|dir| dir.parent().unwrap_or(Path::new("")).join("plugins.lock"))
    });
    let data = database
        .and_then(|database| sqlite_folder(database.url.expose_secret()))
        .unwrap_or_else(|| reader.resolve(Path::new("data")));
    let cache_dir = reader.path("plugins.cache_dir").unwrap_or_else(|| data.join("plugin-cache"));
    Some(PluginsConfig { dir: dir?, trust: trust?, lock_file: lock_file?, cache_dir })
}

fn trust(reader: &mut Reader) -> Option<Trust> {
    let key = "plugins.trust";
    let signed = |reader: &Reader| reader.get(key)?.as_str().map(|text| text == "signed");
    if signed(reader) == Some(true) {
        reader
            .mistake(key, "\"signed\" comes with a later version; expected \"locked\" or \"any\"");
        return None;
    }
    reader.parsed(key, "\"locked\" or \"any\"", |text| {
        [Trust::Locked, Trust::Any].into_iter().find(|trust| trust.as_str() == text)
    })
}

pub(super) fn sessions(reader: &mut Reader) -> Option<SessionsConfig> {
    let ttl = reader.seconds("sessions.ttl_seconds", 60..=30 * DAY);
    let max_ttl = reader.seconds("sessions.max_ttl_seconds", 60..=30 * DAY);
    let (ttl, max_ttl) = (ttl?, max_ttl?);
    if ttl > max_ttl {
        let most = max_ttl.as_secs();
        reader.unexpected(
            "sessions.ttl_seconds",
            &format!("at most `sessions.max_ttl_seconds`, which is {most}"),
        );
        return None;
    }
    Some(SessionsConfig { ttl, max_ttl })
}

pub(super) fn oauth(reader: &mut Reader) -> Option<OAuthConfig> {
    let attempt_ttl = reader.seconds("oauth.attempt_ttl_seconds", 60..=DAY);
    let return_to = web_addresses(reader, "oauth.return_to", |url| {
        (url.query().is_none() && url.fragment().is_none()).then_some(url)
    });
    let opener_origins = web_addresses(reader, "oauth.opener_origins", |url| {
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        bare.then(|| url.origin().ascii_serialization())
    });
    Some(OAuthConfig {
        attempt_ttl: attempt_ttl?,
        return_to: return_to?,
        opener_origins: opener_origins?,
    })
}

/// The application's own pages; how it is served is its operator's choice.
fn web_addresses<T>(
    reader: &mut Reader,
    key: &str,
    read: impl Fn(Url) -> Option<T>,
) -> Option<Vec<T>> {
    let mut addresses = Vec::new();
    let mut all_fit = true;
    for text in reader.list(key)? {
        let url = Url::parse(&text).ok().filter(|url| {
            let anonymous = url.username().is_empty() && url.password().is_none();
            matches!(url.scheme(), "http" | "https") && anonymous
        });
        match url.and_then(&read) {
            Some(address) => addresses.push(address),
            None => {
                all_fit = false;
                let expected = match key {
                    "oauth.opener_origins" => "origins like \"https://app.example.com\"",
                    _ => "URLs like \"https://app.example.com/settings\", without `?` and `#`",
                };
                let found = super::reader::shown(&text);
                reader.mistake(key, format!("expected {expected}; found {found} in the list"));
            }
        }
    }
    all_fit.then_some(addresses)
}

pub(super) fn outbound(reader: &mut Reader) -> Option<OutboundConfig> {
    let timeout = reader.seconds("outbound.timeout_seconds", 1..=600);
    let attempts = reader.number("outbound.attempts", 1..=10);
    let max_concurrent = reader.number("outbound.max_concurrent", 1..=10_000);
    let per_integration = reader.number("outbound.max_concurrent_per_integration", 1..=10_000);
    let max_waiting = reader.number("outbound.max_waiting", 0..=100_000);
    let max_answer = reader.number("outbound.max_answer_bytes", ANSWER_BYTES);
    let breaker_failures = reader.number("outbound.breaker_failures", 0..=100_000);
    let breaker_open = reader.seconds("outbound.breaker_open_seconds", 1..=3600);
    Some(OutboundConfig {
        timeout: timeout?,
        attempts: attempts?,
        max_concurrent: max_concurrent? as usize,
        max_concurrent_per_integration: per_integration? as usize,
        max_waiting: max_waiting? as usize,
        max_answer_bytes: max_answer? as usize,
        breaker_failures: breaker_failures?,
        breaker_open: breaker_open?,
    })
}

/// What one vendor's section sets in place of `[outbound]`.
pub(super) fn provider_limits(reader: &mut Reader, table: &str) -> ProviderLimits {
    let key = |name: &str| format!("{table}.{name}");
    let mut number = |name: &str, allowed| {
        let key = key(name);
        reader.get(&key)?;
        reader.number(&key, allowed)
    };
    ProviderLimits {
        timeout: number("timeout_seconds", 1..=600).map(|s| Duration::from_secs(s.into())),
        attempts: number("attempts", 1..=10),
        max_concurrent: number("max_concurrent", 1..=10_000).map(|n| n as usize),
        max_concurrent_per_integration: number("max_concurrent_per_integration", 1..=10_000)
            .map(|n| n as usize),
        max_answer_bytes: number("max_answer_bytes", ANSWER_BYTES).map(|n| n as usize),
    }
}

pub(super) fn rate_limit(reader: &mut Reader) -> Option<RateLimitConfig> {
    let key = rate(reader, "rate_limit.key_per_second", "rate_limit.key_burst");
    let session = rate(reader, "rate_limit.session_per_second", "rate_limit.session_burst");
    Some(RateLimitConfig { key: key?, session: session? })
}

fn rate(reader: &mut Reader, per_second: &str, burst: &str) -> Option<Option<Rate>> {
    let (per_second, burst) =
        (reader.number(per_second, 0..=1_000_000), reader.number(burst, 1..=1_000_000));
    let burst = NonZeroU32::new(burst?)?;
    Some(NonZeroU32::new(per_second?).map(|per_second| Rate { per_second, burst }))
}

pub(super) fn token_cache(reader: &mut Reader) -> Option<TokenCacheConfig> {
    let ttl = reader.seconds("tokens.cache_ttl_seconds", 0..=300);
    let background_refresh = reader.flag("tokens.background_refresh");
    Some(TokenCacheConfig { ttl: ttl?, background_refresh: background_refresh? })
}

pub(super) fn auth(reader: &mut Reader) -> Option<AuthConfig> {
    let cache = reader.seconds("auth.cache_seconds", 0..=300)?;
    Some(AuthConfig { cache })
}

pub(super) fn log(reader: &mut Reader) -> Option<LogConfig> {
    let format = reader.parsed("log.format", "\"text\" or \"json\"", |text| match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    });
    let filter = reader.parsed("log.filter", "levels like \"info,mortise=debug\"", |text| {
        EnvFilter::try_new(text).is_ok().then(|| text.to_owned())
    });
    Some(LogConfig { format: format?, filter: filter? })
}

pub(super) fn metrics(reader: &mut Reader) -> Option<MetricsConfig> {
    let enabled = reader.flag("metrics.enabled")?;
    Some(MetricsConfig { enabled })
}
