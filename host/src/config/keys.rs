//! The keys there are, and the nearest one to a key that there is not.

use figment::value::Value;

use super::reader::Reader;

/// Sections and their keys. `default.toml` documents the same ones.
pub(super) const SECTIONS: [(&str, &[&str]); 11] = [
    (
        "server",
        &[
            "bind",
            "public_url",
            "request_timeout_seconds",
            "header_timeout_seconds",
            "body_timeout_seconds",
            "body_limit_bytes",
            "max_in_flight",
            "max_connections",
            "shutdown_grace_seconds",
        ],
    ),
    ("database", &["url", "max_connections"]),
    ("plugins", &["dir", "trust", "lock_file", "cache_dir"]),
    (
        "tokens",
        &[
            "fernet_key",
            "fernet_key_file",
            "allow_unencrypted",
            "cache_ttl_seconds",
            "background_refresh",
        ],
    ),
    ("sessions", &["ttl_seconds", "max_ttl_seconds"]),
    ("oauth", &["attempt_ttl_seconds", "return_to", "opener_origins"]),
    (
        "outbound",
        &[
            "timeout_seconds",
            "attempts",
            "max_concurrent",
            "max_concurrent_per_integration",
            "max_waiting",
            "max_answer_bytes",
            "breaker_failures",
            "breaker_open_seconds",
        ],
    ),
    ("rate_limit", &["key_per_second", "key_burst", "session_per_second", "session_burst"]),
    ("auth", &["cache_seconds"]),
    ("log", &["format", "filter"]),
    ("metrics", &["enabled"]),
];

/// The keys of each `[providers.NAME]`.
pub(super) const PROVIDER: &[&str] = &[
    "plugin",
    "client_id",
    "client_secret",
    "client_secret_file",
    "scopes",
    "authorize_url",
    "token_url",
    "revoke_url",
    "api_base",
    "issuer",
    "timeout_seconds",
    "attempts",
    "max_concurrent",
    "max_concurrent_per_integration",
    "max_answer_bytes",
    "settings",
];

/// Whether what stands under a key is never told.
pub(super) fn is_secret(key: &str) -> bool {
    key == "database.url"
        || key.ends_with(".client_secret")
        || key.ends_with(".fernet_key")
        || key.contains(".settings")
}

/// Notes keys that there are not, and sections that are no tables.
pub(super) fn check(reader: &mut Reader) {
    let Value::Dict(_, sections) = reader.root().clone() else { return };
    for (section, value) in sections {
        let known = SECTIONS.iter().find(|(name, _)| *name == section).map(|(_, keys)| *keys);
        match (known, value) {
            (Some(keys), Value::Dict(_, table)) => {
                unknown_keys(reader, &section, keys, table.keys());
            }
            (None, Value::Dict(_, providers)) if section == "providers" => {
                for (name, value) in providers {
                    if let Value::Dict(_, table) = value {
                        let path = format!("providers.{name}");
                        unknown_keys(reader, &path, PROVIDER, table.keys());
                    }
                }
            }
            (None, _) if section != "providers" => unknown(reader, &section, candidates("")),
            _ => reader.unexpected(&section, "a table"),
        }
    }
}

fn unknown_keys<'a>(
    reader: &mut Reader,
    section: &str,
    known: &[&str],
    keys: impl Iterator<Item = &'a String>,
) {
    for key in keys.filter(|key| !known.contains(&key.as_str())) {
        unknown(reader, &format!("{section}.{key}"), candidates(section));
    }
}

/// Every key with its section, those of one provider included where `section` is one.
fn candidates(section: &str) -> Vec<String> {
    let of = |section: &str, keys: &[&str]| -> Vec<String> {
        keys.iter().map(|key| format!("{section}.{key}")).collect()
    };
    let mut names: Vec<String> = SECTIONS.iter().flat_map(|(name, keys)| of(name, keys)).collect();
    if section.starts_with("providers.") {
        names.extend(of(section, PROVIDER));
    }
    if section.is_empty() {
        names.extend(SECTIONS.iter().map(|(name, _)| (*name).to_owned()));
        names.push("providers".to_owned());
    }
    names
}

fn unknown(reader: &mut Reader, key: &str, candidates: Vec<String>) {
    match nearest(key, candidates) {
        Some(near) => reader.mistake(key, format!("unknown key; did you mean `{near}`?")),
        None => reader.mistake(key, "unknown key"),
    }
}

/// The same key in another section, or else the one that the fewest changes lead to, if they are
/// few.
fn nearest(key: &str, candidates: Vec<String>) -> Option<String> {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let misplaced = |candidate: &&String| {
        candidate.contains('.') && candidate.as_str() != key && last(candidate) == last(key)
    };
    if let Some(candidate) = candidates.iter().find(misplaced) {
        return Some(candidate.clone());
    }
    let (changes, candidate) = candidates
        .into_iter()
        .map(|candidate| (distance(key, &candidate), candidate))
        .min_by_key(|(changes, _)| *changes)?;
    (changes <= 1 + last(key).chars().count() / 3).then_some(candidate)
}

/// Levenshtein's: characters put in, left out or replaced.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_the_changes() {
        assert_eq!(distance("server.bnd", "server.bind"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn the_nearest_key_is_close_or_has_the_same_name_elsewhere() {
        let near = |section, key| nearest(key, candidates(section));
        assert_eq!(near("server", "server.bnd").as_deref(), Some("server.bind"));
        assert_eq!(near("", "servers").as_deref(), Some("server"));
        assert_eq!(near("", "bind").as_deref(), Some("server.bind"));
        assert_eq!(near("server", "server.trust").as_deref(), Some("plugins.trust"));
        let near_provider = near("providers.acme", "providers.acme.clientid");
        assert_eq!(near_provider.as_deref(), Some("providers.acme.client_id"));
        assert_eq!(near("server", "server.colour"), None);
        assert_eq!(near("", "x"), None);
    }
}
