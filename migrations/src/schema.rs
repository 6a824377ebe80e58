//! What the migrations are written in.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait,
    sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement},
    sea_query::{
        ColumnDef, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index,
        IndexCreateStatement, Table, TableAlterStatement, TableCreateStatement,
    },
};

/// Longest name of a type, status or provider, in characters.
pub(crate) const NAME: u32 = 64;
/// Longest name of a user, in characters.
pub(crate) const USER: u32 = 255;
/// Longest id of an application's record, in characters.
pub(crate) const ENTITY_ID: u32 = 191;
/// Longest id of a vendor's object, in characters: the most that fits an index of InnoDB.
pub(crate) const EXTERNAL_ID: u32 = 750;
/// A SHA-256 or 32 random bytes, in hex.
pub(crate) const HEX: u32 = 64;

/// A database product, as far as its table definitions differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) backend: DbBackend,
    /// The collation, on MySQL and MariaDB, that compares bytes and does not pad with spaces.
    collation: &'static str,
}

impl Dialect {
    /// Asks the database what it is.
    pub(crate) async fn of(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let backend = db.get_database_backend();
        let collation = if backend == DbBackend::MySql {
            let ask = Statement::from_string(backend, "SELECT VERSION()");
            let row = db.query_one_raw(ask).await?;
            let version: String =
                row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
            if version.contains("MariaDB") { "utf8mb4_nopad_bin" } else { "utf8mb4_0900_bin" }
        } else {
            ""
        };
        Ok(Self { backend, collation })
    }

    /// An empty table.
    pub(crate) fn table(self, name: &'static str) -> TableCreateStatement {
        let mut table = Table::create();
        table.table(name).if_not_exists();
        if self.backend == DbBackend::MySql {
            table.engine("InnoDB").character_set("utf8mb4").collate(self.collation);
        }
        table
    }

    /// Text that may be longer than the 64 KiB of MySQL's `text`.
    pub(crate) fn long_text(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.backend {
            DbBackend::MySql => column.custom("longtext"),
            _ => column.text(),
        };
        column
    }
}

/// One statement.
#[derive(Debug, Clone)]
pub(crate) enum Ddl {
    Table(Box<TableCreateStatement>),
    /// An index on one column, beside those that constraints bring.
    Index {
        table: &'static str,
        column: &'static str,
    },
    /// A column that a table gets later.
    Column {
        table: &'static str,
        name: &'static str,
        definition: Box<ColumnDef>,
    },
    /// Brings rows up to date; a second time it changes nothing.
    Rows(&'static str),
}

impl Ddl {
    /// A column that a table gets later.
    pub(crate) fn column(table: &'static str, name: &'static str, definition: ColumnDef) -> Self {
        Self::Column { table, name, definition: Box::new(definition) }
    }
}

impl From<TableCreateStatement> for Ddl {
    fn from(table: TableCreateStatement) -> Self {
        Self::Table(Box::new(table))
    }
}

impl Ddl {
    pub(crate) fn sql(&self, dialect: Dialect) -> String {
        match self {
            Self::Table(table) => dialect.backend.build(&**table).sql,
            Self::Index { table, column } => dialect.backend.build(&index(table, column)).sql,
            Self::Column { table, definition, .. } => {
                dialect.backend.build(&added(table, definition)).sql
            }
            Self::Rows(sql) => (*sql).to_owned(),
        }
    }

    async fn run(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        match self {
            Self::Table(table) => manager.create_table(*table).await,
            // MySQL knows no CREATE INDEX IF NOT EXISTS.
            Self::Index { table, column }
                if manager.has_index(table, index_name(table, column)).await? =>
            {
                Ok(())
            }
            Self::Index { table, column } => manager.create_index(index(table, column)).await,
            // Neither MySQL nor SQLite knows ADD COLUMN IF NOT EXISTS.
            Self::Column { table, name, .. } if manager.has_column(table, name).await? => Ok(()),
            Self::Column { table, definition, .. } => {
                manager.alter_table(added(table, &definition)).await
            }
            Self::Rows(sql) => manager.get_connection().execute_unprepared(sql).await.map(drop),
        }
    }
}

fn index_name(table: &str, column: &str) -> String {
    format!("ix__{table}__{column}")
}

fn index(table: &'static str, column: &'static str) -> IndexCreateStatement {
    Index::create().name(index_name(table, column)).table(table).col(column).to_owned()
}

fn added(table: &'static str, definition: &ColumnDef) -> TableAlterStatement {
    Table::alter().table(table).add_column(definition.clone()).to_owned()
}

/// A named list of statements.
#[derive(Clone, Copy)]
pub(crate) struct Migration {
    name: &'static str,
    statements: fn(Dialect) -> Vec<Ddl>,
}

impl Migration {
    pub(crate) fn new(name: &'static str, statements: fn(Dialect) -> Vec<Ddl>) -> Self {
        Self { name, statements }
    }

    pub(crate) fn statements(&self, dialect: Dialect) -> Vec<Ddl> {
        (self.statements)(dialect)
    }
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Can be run again after it broke off: MySQL commits each statement by itself.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_connection()).await?;
        for statement in self.statements(dialect) {
            statement.run(manager).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// The key of a table.
pub(crate) fn id() -> ColumnDef {
    let mut column = ColumnDef::new("id");
    column.big_integer().not_null().auto_increment().primary_key();
    column
}

/// A reference to the key of another table.
pub(crate) fn reference(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().not_null();
    column
}

/// Milliseconds since the epoch.
pub(crate) fn millis(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer();
    column
}

/// A count that begins at zero.
pub(crate) fn count(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.integer().not_null().default(0);
    column
}

/// Text that can be in an index.
pub(crate) fn string(name: &'static str, chars: u32) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.string_len(chars);
    column
}

/// Text of up to 64 KiB.
pub(crate) fn text(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text();
    column
}

/// A row ends with the row that it refers to.
pub(crate) fn ends_with(
    table: &'static str,
    column: &'static str,
    parent: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk__{table}__{column}"))
        .from(table, column)
        .to(parent, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

/// A constraint of a table.
pub(crate) fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.unique().name(format!("uq__{table}__{}", columns.join("_")));
    for column in columns {
        index.col(*column);
    }
    index
}
