//! Takes over the database of an application that did this work by itself before.
//!
//! The source is SQLite with the four tables `integrations`, `integration_tokens`,
//! `integration_sync_state` and `calendar_event_links`, and is only read. A connection and all that
//! hangs on it is taken in one transaction. Rows that are here already, or newer here, are left, so
//! an import can be repeated while the application still runs.

mod connection;
mod links;
mod report;
mod source;
mod states;
mod token;
mod values;

use std::path::Path;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;

pub use self::report::{ImportError, ImportReport, Outcome, RowReport};
use self::{
    connection::ImportedConnection,
    report::Reason,
    source::{Family, Row},
    token::Candidate,
};
use super::{
    Database,
    transaction::{Abort, Ending},
};
use crate::ports::Cipher;

/// Imports `source` into `database`, whose tables must be there. Tokens that `cipher_in` decrypts
/// (or that are base64, with or without `base64:` before it) are encrypted anew by `cipher_out`.
/// User `N` of the source is the user whom the application calls `N`. With `dry_run` all is done
/// and undone again: the report is the same.
///
/// # Errors
/// [`ImportError::Source`] for a file that is not such a database: nothing was taken.
/// [`ImportError::Target`] where the own database failed: connections before it were taken, and a
/// repetition takes the others.
pub async fn import_sqlite(
    source: &Path,
    database: &Database,
    cipher_in: &dyn Cipher,
    cipher_out: &dyn Cipher,
    now: DateTime<Utc>,
    dry_run: bool,
) -> Result<ImportReport, ImportError> {
    let source = source::read(source).await?;
    let mut rows = Vec::new();
    for family in &source.families {
        match ImportedConnection::read(&family.integration) {
            Ok(connection) => {
                let prepared = Prepared {
                    token: token::choose(&family.tokens, cipher_in, cipher_out),
                    connection,
                    family,
                    now,
                };
                let ending = if dry_run { Ending::RollBack } else { Ending::Commit };
                let taken = database.transact(ending, |tx| {
                    let prepared = &prepared;
                    async move { prepared.take(&tx).await }
                });
                rows.extend(taken.await?);
            }
            Err(reason) => {
                rows.push(family.integration.report(Outcome::Broken(reason)));
                rows.extend(
                    family.dependents().map(|row| row.left("its connection was not taken")),
                );
            }
        }
    }
    let orphans = source.orphans.iter();
    rows.extend(orphans.map(|row| row.left("its connection is not in the file")));
    Ok(ImportReport { rows, dry_run })
}

/// A connection with all that hangs on it, read but for what depends on the rows that are here.
struct Prepared<'a> {
    family: &'a Family,
    connection: ImportedConnection,
    token: Option<Candidate<'a>>,
    now: DateTime<Utc>,
}

impl Prepared<'_> {
    async fn take(&self, tx: &DatabaseTransaction) -> Result<Vec<RowReport>, Abort> {
        let (mut here, outcome) = connection::take(tx, &self.connection, self.now).await?;
        let mut rows = vec![self.family.integration.report(outcome)];
        if let Some(candidate) = &self.token {
            let outcome = token::take(tx, &self.connection, &mut here, candidate, self.now).await?;
            rows.push(candidate.row.report(outcome));
            let older = self.family.tokens.iter().filter(|row| row.id != candidate.row.id);
            rows.extend(older.map(|row| row.left("an older token of the same connection")));
        }
        connection::ask_for_reconnection(tx, &here).await?;
        for row in &self.family.states {
            let outcome = states::take(tx, here.row.id, row).await?;
            rows.push(row.report(outcome));
        }
        for row in &self.family.links {
            let owner = &self.connection.source_user;
            let outcome = links::take(tx, &here.row, owner, row, self.now).await?;
            rows.push(row.report(outcome));
        }
        Ok(rows)
    }
}

impl Row {
    fn report(&self, outcome: Outcome) -> RowReport {
        RowReport { table: self.table, id: self.id.clone(), outcome }
    }

    fn left(&self, reason: &str) -> RowReport {
        self.report(Outcome::Left(Reason::from(reason)))
    }
}
