//! What every store must keep to, the same on SQLite, PostgreSQL and MySQL/MariaDB.
//!
//! SQLite is always tested; the others where `MORTISE_TEST_POSTGRES_URL` and
//! `MORTISE_TEST_MYSQL_URL` name a server on which databases may be made and dropped. With
//! `MORTISE_TEST_REQUIRE_DATABASES=1` a server that is not named is a failure.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what the tests share is tests too")]

mod databases;
mod words;

mod api_keys;
mod erasure;
mod hot_tokens;
mod idempotency;
mod import;
mod installation;
mod integrations;
mod leases;
mod links;
mod migrations;
mod oauth_states;
mod primaries;
mod revocations;
mod sealed_texts;
mod sessions;
mod sqlite_file;
mod sync_states;
mod tokens;
mod unreachable;
