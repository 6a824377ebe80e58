use std::{collections::HashMap, path::Path};

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Statement,
    TransactionTrait as _,
};

use super::report::{ImportError, Reason};
use crate::adapters::sea_orm::error::store_error;

/// A table of the source with the columns that are read. The first is its key.
pub(super) struct Table {
    pub name: &'static str,
    columns: &'static [&'static str],
}

pub(super) const TABLES: [Table; 4] = [
    Table {
        name: "integrations",
        columns: &[
            "id",
            "user_id",
            "provider",
            "status",
            "scopes",
            "meta_json",
            "created_at",
            "updated_at",
        ],
    },
    Table {
        name: "integration_tokens",
        columns: &[
            "id",
            "integration_id",
            "access_token_enc",
            "refresh_token_enc",
            "expires_at",
            "token_type",
            "created_at",
            "updated_at",
        ],
    },
    Table {
        name: "integration_sync_state",
        columns: &[
            "id",
            "integration_id",
            "resource",
            "cursor",
            "last_synced_at",
            "status",
            "error",
        ],
    },
    Table {
        name: "calendar_event_links",
        columns: &[
            "id",
            "user_id",
            "integration_id",
            "internal_entity_type",
            "internal_entity_id",
            "external_event_id",
            "external_calendar_id",
        ],
    },
];

/// What MySQL's `text` holds, in bytes.
const LONGEST: usize = 65_535;

/// A row of the source, every value as text.
pub(super) struct Row {
    pub table: &'static str,
    pub id: String,
    columns: &'static [&'static str],
    /// The error is the name of a column that holds no text.
    values: Result<Vec<Option<String>>, Reason>,
}

impl Row {
    /// A value; `None` where it is null or empty.
    pub fn optional(&self, column: &str) -> Result<Option<&str>, Reason> {
        let values = self.values.as_ref().map_err(Clone::clone)?;
        let index = self.columns.iter().position(|name| *name == column);
        let value = index.and_then(|index| values.get(index)).and_then(Option::as_deref);
        match value {
            Some("") | None => Ok(None),
            Some(text) if text.len() > LONGEST => Err(format!("{column} is too long")),
            Some(text) if text.contains('\0') => Err(format!("{column} holds a zero byte")),
            Some(text) => Ok(Some(text)),
        }
    }

    /// A value that an index holds, of at most so many characters.
    pub fn key(&self, column: &str, chars: usize) -> Result<&str, Reason> {
        let text = self.required(column)?;
        if text.chars().count() > chars {
            return Err(format!("{column} has more than {chars} characters"));
        }
        Ok(text)
    }

    pub fn required(&self, column: &str) -> Result<&str, Reason> {
        self.optional(column)?.ok_or_else(|| format!("{column} is missing"))
    }
}

/// A connection with the rows that refer to it.
pub(super) struct Family {
    pub integration: Row,
    pub tokens: Vec<Row>,
    pub states: Vec<Row>,
    pub links: Vec<Row>,
}

impl Family {
    pub fn dependents(&self) -> impl Iterator<Item = &Row> {
        self.tokens.iter().chain(&self.states).chain(&self.links)
    }
}

/// All of a source.
pub(super) struct Source {
    pub families: Vec<Family>,
    /// Rows that refer to a connection that is not there.
    pub orphans: Vec<Row>,
}

/// Reads all four tables as they stand at one moment.
pub(super) async fn read(path: &Path) -> Result<Source, ImportError> {
    let unreadable = |error| ImportError::Source(store_error(error).to_string());
    if !path.is_file() {
        return Err(ImportError::Source("there is no such file".into()));
    }
    // The address is only there to say SQLite: a path may hold what an address may not.
    let mut options = ConnectOptions::new("sqlite://source");
    let path = path.to_owned();
    options.max_connections(1).sqlx_logging(false).record_stmt_in_spans(false);
    options.map_sqlx_sqlite_opts(move |sqlite| sqlite.filename(&path).read_only(true));
    let connection = sea_orm::Database::connect(options).await.map_err(unreadable)?;
    let snapshot = connection.begin().await.map_err(unreadable)?;
    check(&snapshot).await?;
    let mut tables = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        tables.push(rows(&snapshot, table).await?);
    }
    drop(snapshot);
    connection.close().await.map_err(unreadable)?;
    let [integrations, tokens, states, links] =
        <[Vec<Row>; 4]>::try_from(tables).unwrap_or_default();
    Ok(group(integrations, tokens, states, links))
}

/// Names everything that is missing at once.
async fn check(db: &DatabaseTransaction) -> Result<(), ImportError> {
    let mut missing = Vec::new();
    for Table { name, columns } in &TABLES {
        let sql = format!("SELECT name FROM pragma_table_info('{name}')");
        let found: Vec<String> =
            query(db, &sql).await?.iter().filter_map(|row| row.try_get_by_index(0).ok()).collect();
        if found.is_empty() {
            missing.push((*name).to_owned());
            continue;
        }
        let absent = columns.iter().filter(|column| !found.iter().any(|name| name == *column));
        missing.extend(absent.map(|column| format!("{name}.{column}")));
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(ImportError::Source(format!("it lacks {}", missing.join(", "))))
}

async fn rows(db: &DatabaseTransaction, table: &Table) -> Result<Vec<Row>, ImportError> {
    // Columns hold what was put into them, whatever their type says: as text all can be read.
    let columns: Vec<String> =
        table.columns.iter().map(|name| format!("CAST({name} AS TEXT)")).collect();
    let sql = format!("SELECT {} FROM {} ORDER BY id", columns.join(", "), table.name);
    let rows = query(db, &sql).await?;
    Ok(rows.iter().map(|row| read_row(table, row)).collect())
}

fn read_row(table: &Table, row: &QueryResult) -> Row {
    let value = |(index, column): (usize, &&str)| {
        row.try_get_by_index::<Option<String>>(index)
            .map_err(|_| format!("{column} holds no readable text"))
    };
    let values: Result<Vec<_>, _> = table.columns.iter().enumerate().map(value).collect();
    let id = values.as_ref().ok().and_then(|values| values.first().cloned().flatten());
    Row {
        table: table.name,
        id: id.unwrap_or_else(|| "?".to_owned()),
        columns: table.columns,
        values,
    }
}

async fn query(db: &DatabaseTransaction, sql: &str) -> Result<Vec<QueryResult>, ImportError> {
    db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await
        .map_err(|error| ImportError::Source(store_error(error).to_string()))
}

fn group(integrations: Vec<Row>, tokens: Vec<Row>, states: Vec<Row>, links: Vec<Row>) -> Source {
    let mut families: Vec<Family> = integrations
        .into_iter()
        .map(|integration| Family {
            integration,
            tokens: Vec::new(),
            states: Vec::new(),
            links: Vec::new(),
        })
        .collect();
    let places: HashMap<String, usize> = families
        .iter()
        .enumerate()
        .map(|(place, family)| (family.integration.id.clone(), place))
        .collect();
    let mut orphans = Vec::new();
    let mut sort = |rows: Vec<Row>, list: fn(&mut Family) -> &mut Vec<Row>| {
        for row in rows {
            let of = row.optional("integration_id").ok().flatten();
            match of.and_then(|id| places.get(id)).and_then(|&place| families.get_mut(place)) {
                Some(family) => list(family).push(row),
                None => orphans.push(row),
            }
        }
    };
    sort(tokens, |family| &mut family.tokens);
    sort(states, |family| &mut family.states);
    sort(links, |family| &mut family.links);
    Source { families, orphans }
}
