//! The statements, the same for all databases. Only numbers, names and ciphertexts are put into
//! them, none of which holds a quote.

use std::ops::RangeInclusive;

use super::{SECRETS, Seed, event};

const DAY: i64 = 86_400_000;
const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
/// Half of what looks like a hash; the other half is a number.
const HASH: &str = "3f9ac2e18b7d4065a1f4c98e2b60d7715c3ea98412fd07b6ce5a93d8";

/// The key that the sessions belong to. No secret has this hash.
pub(super) fn api_key(seed: &Seed) -> String {
    let (number, now) = (seed.seed % 90_000_000 + 10_000_000, seed.now);
    format!(
        "INSERT INTO api_keys (name, key_hash, rights, created_at) \
         VALUES ('seed {number}', '{number}{HASH}', '[]', {now})"
    )
}

/// Users with all that each has one of.
pub(super) fn users(seed: &Seed, from: u64, to: u64) -> Vec<String> {
    let Seed { now, seed: number, .. } = seed;
    let key = number % 90_000_000 + 10_000_000;
    let (later, soon) = (now + 30 * DAY, now + DAY);
    let (access, refresh) = (secret(seed, |(access, _)| access), secret(seed, |(_, it)| it));
    let verifier = &seed.verifier;
    let batch = format!(
        "u.id BETWEEN (SELECT id FROM users WHERE external_id = 'user-{from}') \
         AND (SELECT id FROM users WHERE external_id = 'user-{to}')"
    );
    vec![
        format!(
            "INSERT INTO users (external_id, created_at) \
             WITH RECURSIVE n(x) AS (SELECT {from} UNION ALL SELECT x + 1 FROM n WHERE x < {to}) \
             SELECT CONCAT('user-', x), {now} FROM n ORDER BY x"
        ),
        format!(
            "INSERT INTO integrations (user_id, provider, status, scopes, meta_json, \
             token_version, created_at, updated_at) \
             SELECT u.id, p.provider, 'active', p.scopes, \
             CONCAT('{{\"email\":\"', u.external_id, '@example.com\"}}'), 1, {now}, {now} \
             FROM users u CROSS JOIN (SELECT 'google_calendar' AS provider, \
             '[\"{EVENTS}\"]' AS scopes UNION ALL SELECT 'hubspot', '[\"oauth\"]') p WHERE {batch}"
        ),
        format!(
            "INSERT INTO integration_tokens (integration_id, access_token_enc, refresh_token_enc, \
             expires_at, token_type, version, created_at, updated_at) \
             SELECT i.id, {access}, {refresh}, {later} + i.id % 3600000, 'Bearer', 1, {now}, {now} \
             FROM integrations i JOIN users u ON u.id = i.user_id WHERE {batch}"
        ),
        format!(
            "INSERT INTO sessions (token_hash, user_id, api_key_id, created_at, expires_at) \
             SELECT CONCAT(10000000 + u.id, '{HASH}'), u.id, k.id, {now}, {soon} + u.id % 3600000 \
             FROM users u JOIN api_keys k ON k.name = 'seed {key}' WHERE {batch}"
        ),
        format!(
            "INSERT INTO idempotency_keys (user_id, endpoint, idempotency_key, request_hash, \
             answer_status, answer_headers, answer_body, created_at, expires_at) \
             SELECT u.id, 'POST /api/calendar/events', CONCAT('key-', u.id), \
             CONCAT(10000000 + u.id, '{HASH}'), 201, '{}', '{}', {now}, \
             {soon} + u.id % 3600000 FROM users u WHERE {batch}",
            seed.answer.0, seed.answer.1
        ),
        format!(
            "INSERT INTO primary_calendars (user_id, integration_id, calendar_id, updated_at) \
             SELECT u.id, i.id, 'primary', {now} FROM users u JOIN integrations i \
             ON i.user_id = u.id AND i.provider = 'google_calendar' WHERE {batch}"
        ),
        format!(
            "INSERT INTO integration_sync_state (integration_id, resource, last_synced_at, status) \
             SELECT i.id, 'calendar/primary', {now}, 'idle' FROM users u JOIN integrations i \
             ON i.user_id = u.id AND i.provider = 'google_calendar' WHERE {batch}"
        ),
        format!(
            "INSERT INTO oauth_states (state_hash, user_external_id, provider, verifier_enc, \
             redirect_uri, scopes, expires_at) SELECT CONCAT(10000000 + u.id, '{HASH}'), \
             u.external_id, 'google_calendar', '{verifier}', 'https://hub.example/callback', '[\"{EVENTS}\"]', \
             {soon} + u.id % 3600000 FROM users u WHERE u.id % 10 = 0 AND {batch}"
        ),
        format!(
            "INSERT INTO pending_revocations (provider, token_enc, attempts, next_attempt_at, \
             created_at) SELECT 'google_calendar', {}, 3, {soon} + u.id % 3600000, {now} \
             FROM users u WHERE u.id % 10 = 0 AND {batch}",
            secret(seed, |(_, refresh)| refresh).replace("i.id", "u.id")
        ),
    ]
}

/// One link for each of the users with these ids.
pub(super) fn event_links(seed: &Seed, round: u64, users: RangeInclusive<i64>) -> Vec<String> {
    let Seed { now, seed: number, .. } = seed;
    let (from, to) = users.into_inner();
    let of_round = format!(
        "FROM users u JOIN integrations i ON i.user_id = u.id AND i.provider = 'google_calendar' \
         WHERE u.id BETWEEN {from} AND {to}"
    );
    // A record is in its second generation where a first link was released.
    let second = format!("(u.id + {round} + {number}) % 10 = 0");
    let record = format!("CONCAT('{round}-', u.external_id)");
    vec![
        format!(
            "INSERT INTO calendar_event_links (user_id, integration_id, internal_entity_type, \
             internal_entity_id, external_event_id, external_calendar_id, state, generation, \
             created_at, updated_at) \
             SELECT u.id, i.id, 'appointment', {record}, '{}', 'primary', 'confirmed', \
             CASE WHEN {second} THEN 2 ELSE 1 END, {now}, {now} {of_round}",
            event(round)
        ),
        format!(
            "INSERT INTO link_generations (integration_id, internal_entity_type, \
             internal_entity_id, generation) SELECT i.id, 'appointment', {record}, 1 \
             {of_round} AND {second}"
        ),
    ]
}

/// As [`event_links`], to contacts and deals in turn.
pub(super) fn crm_links(seed: &Seed, round: u64, users: RangeInclusive<i64>) -> Vec<String> {
    let Seed { now, seed: number, .. } = seed;
    let (from, to) = users.into_inner();
    let of_round = format!(
        "FROM users u JOIN integrations i ON i.user_id = u.id AND i.provider = 'hubspot' \
         WHERE u.id BETWEEN {from} AND {to}"
    );
    let sort = ["contact", "deal"][usize::from(round % 2 == 1)];
    let second = format!("(u.id + {round} + {number}) % 10 = 0");
    let record = format!("CONCAT('{round}-', u.external_id)");
    vec![
        format!(
            "INSERT INTO crm_links (user_id, integration_id, object_type, internal_entity_type, \
             internal_entity_id, external_object_id, state, generation, created_at, updated_at) \
             SELECT u.id, i.id, '{sort}', 'client', {record}, CONCAT({round}, 10000000 + u.id), \
             'confirmed', CASE WHEN {second} THEN 2 ELSE 1 END, {now}, {now} {of_round}"
        ),
        format!(
            "INSERT INTO crm_link_generations (integration_id, object_type, \
             internal_entity_type, internal_entity_id, generation) \
             SELECT i.id, '{sort}', 'client', {record}, 1 {of_round} AND {second}"
        ),
    ]
}

/// One of the ciphertexts, by the id of the connection.
fn secret(seed: &Seed, which: fn(&(String, String)) -> &String) -> String {
    let one = |(n, secrets)| format!("WHEN {n} THEN '{}' ", which(secrets));
    let cases: String = seed.secrets.iter().enumerate().map(one).collect();
    format!("CASE (i.id + {}) % {SECRETS} {cases}END", seed.seed % 1000)
}
