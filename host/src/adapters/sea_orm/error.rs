//! What the databases' errors mean to a caller. Their texts are not passed on: some quote the
//! values of the statement, and those are tokens.

use std::borrow::Cow;

use sea_orm::{
    ConnAcquireErr, DbErr, RuntimeErr,
    sqlx::{self, error::ErrorKind, mysql::MySqlDatabaseError, sqlite::SqliteError},
};

use crate::ports::StoreError;

/// The meaning of an error, as far as anything depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// A row that another one stands on, or that is there already: run the transaction again, for
    /// another one may have been faster.
    Constraint,
    /// Another transaction was there first: run this one again.
    Conflict,
    /// The connection is gone; another one may be had.
    Lost,
    /// No connection, no time or no space.
    Unavailable,
    /// Another process writes.
    Busy,
    /// The file is not a sound database.
    Damaged,
    /// Anything else: a defect, or another program's tables.
    Unusable,
}

/// Whether the transaction would perhaps find another state if it ran again.
pub(super) fn is_conflict(error: &DbErr) -> bool {
    let meaning = sqlx_error(error).map(meaning);
    matches!(meaning, Some(Meaning::Conflict | Meaning::Constraint))
}

/// Whether the connection was lost, which says nothing of the next one.
pub(super) fn is_lost(error: &DbErr) -> bool {
    sqlx_error(error).is_some_and(|error| meaning(error) == Meaning::Lost)
}

/// Whether SQLite's file was locked by another process.
pub(super) fn is_busy(error: &DbErr) -> bool {
    sqlx_error(error).is_some_and(|error| meaning(error) == Meaning::Busy)
}

pub(super) fn store_error(error: DbErr) -> StoreError {
    match &error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => {
            StoreError::Unavailable("no connection was free in time".into())
        }
        DbErr::ConnectionAcquire(_) => StoreError::Unavailable("the pool is closed".into()),
        DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => {
            StoreError::Corrupt("a column holds another type than expected".into())
        }
        _ => match sqlx_error(&error) {
            Some(sqlx::Error::ColumnDecode { index, .. }) => {
                StoreError::Corrupt(format!("column {index} holds another type than expected"))
            }
            Some(inner) => {
                let text = describe(inner);
                match meaning(inner) {
                    Meaning::Unavailable | Meaning::Busy | Meaning::Lost | Meaning::Conflict => {
                        StoreError::Unavailable(text)
                    }
                    Meaning::Damaged => StoreError::Corrupt(text),
                    // An address that leads nowhere.
                    _ if matches!(error, DbErr::Conn(_)) => StoreError::Unavailable(text),
                    Meaning::Constraint => StoreError::Refused(text),
                    Meaning::Unusable => StoreError::Unusable(text),
                }
            }
            None if matches!(error, DbErr::Conn(_)) => {
                StoreError::Unavailable("no connection".into())
            }
            None => StoreError::Unusable(kind_of(&error).into()),
        },
    }
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

fn meaning(error: &sqlx::Error) -> Meaning {
    use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    let database = match error {
        sqlx::Error::Database(database) => database,
        Io(_) | Protocol(_) | WorkerCrashed => return Meaning::Lost,
        Tls(_) | PoolTimedOut | PoolClosed => return Meaning::Unavailable,
        _ => return Meaning::Unusable,
    };
    if matches!(database.kind(), ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation) {
        return Meaning::Constraint;
    }
    let code = database.code().unwrap_or_default();
    if let Some(mysql) = database.try_downcast_ref::<MySqlDatabaseError>() {
        of_mysql(mysql.number())
    } else if database.try_downcast_ref::<SqliteError>().is_some() {
        // The extended code holds the plain one in its lowest byte.
        of_sqlite(code.parse::<i32>().unwrap_or_default() & 0xff)
    } else {
        of_postgres(&code)
    }
}

/// <https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html>
fn of_mysql(number: u16) -> Meaning {
    match number {
        // Record changed, deadlock; a column or index that another host has just made.
        1020 | 1060 | 1061 | 1213 => Meaning::Conflict,
        // Shutdown, forced close or kill of the connection, idle for too long, lost connection.
        1053 | 1080 | 1184 | 1927 | 2006 | 2013 | 4031 => Meaning::Lost,
        // Disk full (the server's and the engine's words for it), no memory, no thread, too many
        // connections, table full, lock wait timeout, read only, query killed, statement timeout.
        3 | 1021 | 1026 | 1030 | 1037 | 1038 | 1040 | 1041 | 1114 | 1135 | 1180 | 1203 | 1205
        | 1226 | 1290 | 1317 | 1792 | 1836 | 1878 | 1969 | 3024 | 3572 => Meaning::Unavailable,
        // No entrance: wrong credentials, no such database.
        1044 | 1045 | 1049 | 1129 | 1130 | 1698 => Meaning::Unavailable,
        // Crashed tables and indexes.
        1034 | 1035 | 1194 | 1195 => Meaning::Damaged,
        _ => Meaning::Unusable,
    }
}

/// <https://www.sqlite.org/rescode.html>
fn of_sqlite(code: i32) -> Meaning {
    match code {
        // BUSY, LOCKED, and PROTOCOL: many began at once.
        5 | 6 | 15 => Meaning::Busy,
        // PERM, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, NOLFS.
        3 | 7..=10 | 13 | 14 | 22 => Meaning::Unavailable,
        // CORRUPT, NOTADB.
        11 | 26 => Meaning::Damaged,
        _ => Meaning::Unusable,
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn of_postgres(code: &str) -> Meaning {
    match code {
        // Serialization failure, deadlock; a table, index or column that another host has just made.
        "40001" | "40P01" | "42P07" | "42701" => Meaning::Conflict,
        // Shutdown, crash, idle for too long within a transaction or without one.
        "57P01" | "57P02" | "57P05" | "25P03" => Meaning::Lost,
        // Lock not available, query cancelled, starting up, database dropped, read only, no such
        // database.
        "55P03" | "57014" | "57P03" | "57P04" | "25006" | "3D000" => Meaning::Unavailable,
        // Damaged data, damaged index.
        "XX001" | "XX002" => Meaning::Damaged,
        _ if code.starts_with("08") => Meaning::Lost,
        // Credentials, resources (disk, memory, connections), system.
        _ if ["28", "53", "58"].iter().any(|class| code.starts_with(class)) => Meaning::Unavailable,
        _ => Meaning::Unusable,
    }
}

fn describe(error: &sqlx::Error) -> String {
    let sqlx::Error::Database(database) = error else {
        return match error {
            sqlx::Error::Io(error) => format!("connection lost ({})", error.kind()),
            sqlx::Error::Tls(_) => "no secure connection".into(),
            sqlx::Error::PoolTimedOut => "no connection was free in time".into(),
            sqlx::Error::PoolClosed => "the pool is closed".into(),
            sqlx::Error::Configuration(_) => "the address is not understood".into(),
            _ => "the driver gave up".into(),
        };
    };
    let product = if database.try_downcast_ref::<SqliteError>().is_some() {
        "SQLite"
    } else if database.try_downcast_ref::<MySqlDatabaseError>().is_some() {
        "MySQL"
    } else {
        "PostgreSQL"
    };
    let code = match database.try_downcast_ref::<MySqlDatabaseError>() {
        Some(mysql) => Cow::Owned(mysql.number().to_string()),
        None => database.code().unwrap_or_default(),
    };
    let constraint = database.constraint().map(|name| format!(", {name}")).unwrap_or_default();
    format!("{product} error {code} ({:?}{constraint})", database.kind())
}

fn kind_of(error: &DbErr) -> &'static str {
    match error {
        DbErr::RecordNotInserted => "no row was inserted",
        DbErr::RecordNotUpdated => "no row was updated",
        // The migrator's own, and nobody else's here.
        DbErr::Custom(_) => "the tables were made by a later version of this program",
        _ => "a statement could not be run",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_race_is_run_again_and_a_full_disk_is_not() {
        for conflict in [of_postgres("40001"), of_postgres("40P01"), of_mysql(1213)] {
            assert_eq!(conflict, Meaning::Conflict);
        }
        for full in [of_postgres("53100"), of_mysql(1114), of_mysql(1030), of_sqlite(13)] {
            assert_eq!(full, Meaning::Unavailable);
        }
        for gone in [of_postgres("57P01"), of_postgres("08006"), of_mysql(2013)] {
            assert_eq!(gone, Meaning::Lost);
        }
        for defect in [of_postgres("42P01"), of_mysql(1146), of_sqlite(1)] {
            assert_eq!(defect, Meaning::Unusable);
        }
        assert_eq!(of_sqlite(517 & 0xff), Meaning::Busy);
    }
}
