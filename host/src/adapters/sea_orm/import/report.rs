use std::fmt;

use crate::ports::StoreError;

/// Why an import came to no end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The file is not there, is not SQLite, or lacks a table or column.
    #[error("the file to import: {0}")]
    Source(String),
    /// The database that is imported into failed.
    #[error(transparent)]
    Target(#[from] StoreError),
}

/// For people; never a value of the row.
pub(super) type Reason = String;

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is here now.
    Taken,
    /// It is sound, and was left for this reason.
    Left(String),
    /// It makes no sense, for this reason, and was left.
    Broken(String),
}

/// One row of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowReport {
    /// Its table.
    pub table: &'static str,
    /// Its id there.
    pub id: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of every row of the source.
///
/// `Display` gives the numbers by table, and a line for each row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// Connections in the order of their ids, each followed by what hangs on it.
    pub rows: Vec<RowReport>,
    /// Whether it was a rehearsal.
    pub dry_run: bool,
}

/// Numbers of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    taken: usize,
    left: usize,
    broken: usize,
}

impl ImportReport {
    /// How many rows were taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.tally(|_| true).taken
    }

    /// How many rows made no sense.
    #[must_use]
    pub fn broken(&self) -> usize {
        self.tally(|_| true).broken
    }

    fn tally(&self, of: impl Fn(&RowReport) -> bool) -> Tally {
        let mut tally = Tally::default();
        for row in self.rows.iter().filter(|row| of(row)) {
            match row.outcome {
                Outcome::Taken => tally.taken += 1,
                Outcome::Left(_) => tally.left += 1,
                Outcome::Broken(_) => tally.broken += 1,
            }
        }
        tally
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = if self.dry_run { "would be taken" } else { "taken" };
        for table in super::source::TABLES {
            let Tally { taken: count, left, broken } = self.tally(|row| row.table == table.name);
            writeln!(f, "{}: {count} {taken}, {left} left, {broken} broken", table.name)?;
        }
        for RowReport { table, id, outcome } in &self.rows {
            match outcome {
                Outcome::Taken => {}
                Outcome::Left(reason) => writeln!(f, "left: {table} {id}: {reason}")?,
                Outcome::Broken(reason) => writeln!(f, "broken: {table} {id}: {reason}")?,
            }
        }
        if self.taken() == 0 {
            writeln!(f, "nothing new")?;
        }
        Ok(())
    }
}
