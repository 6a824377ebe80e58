use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait as _, ExprTrait as _, Order, QueryResult,
    sea_query::{Cond, Expr, Query},
};

use super::{Database, columns::corrupt, error::store_error};
use crate::{
    domain::ids::IntegrationId,
    ports::{KeyPart, SealedColumn, SealedText, SealedTexts, StoreError},
};

/// Where a column is.
struct Place {
    table: &'static str,
    /// The primary key.
    keys: &'static [(&'static str, Kind)],
    text: &'static str,
    integration: Option<&'static str>,
}

#[derive(Clone, Copy)]
enum Kind {
    Number,
    Text,
}

const fn token(text: &'static str) -> Place {
    Place {
        table: "integration_tokens",
        keys: &[("id", Kind::Number)],
        text,
        integration: Some("integration_id"),
    }
}

const fn answer(text: &'static str) -> Place {
    Place {
        table: "idempotency_keys",
        keys: &[
            ("user_id", Kind::Number),
            ("endpoint", Kind::Text),
            ("idempotency_key", Kind::Text),
        ],
        text,
        integration: None,
    }
}

const fn place(column: SealedColumn) -> Place {
    match column {
        SealedColumn::AccessTokens => token("access_token_enc"),
        SealedColumn::RefreshTokens => token("refresh_token_enc"),
        SealedColumn::Revocations => Place {
            table: "pending_revocations",
            keys: &[("id", Kind::Number)],
            text: "token_enc",
            integration: None,
        },
        SealedColumn::Verifiers => Place {
            table: "oauth_states",
            keys: &[("state_hash", Kind::Text)],
            text: "verifier_enc",
            integration: None,
        },
        SealedColumn::AnswerHeaders => answer("answer_headers"),
        SealedColumn::AnswerBodies => answer("answer_body"),
    }
}

impl Place {
    fn row_is(&self, row: &[KeyPart]) -> Cond {
        let parts = self.keys.iter().zip(row);
        parts
            .fold(Cond::all(), |cond, ((name, _), part)| cond.add(Expr::col(*name).eq(value(part))))
    }

    /// The first part is greater, or it is the same and the second is greater, and so on. Said once
    /// more of the first part alone, which is what an index can begin at.
    fn row_is_beyond(&self, row: &[KeyPart]) -> Cond {
        let parts: Vec<_> = self.keys.iter().zip(row).collect();
        let mut any = Cond::any();
        for (at, ((name, _), part)) in parts.iter().enumerate() {
            let greater = self.row_is(&row[..at]).add(Expr::col(*name).gt(value(part)));
            any = any.add(greater);
        }
        let from = parts.first().map(|((name, _), part)| Expr::col(*name).gte(value(part)));
        Cond::all().add_option(from).add(any)
    }

    fn read(&self, row: &QueryResult) -> Result<SealedText, StoreError> {
        let mut key = Vec::with_capacity(self.keys.len());
        for (at, (_, kind)) in self.keys.iter().enumerate() {
            key.push(match kind {
                Kind::Number => KeyPart::Number(row.try_get_by_index(at).map_err(store_error)?),
                Kind::Text => KeyPart::Text(row.try_get_by_index(at).map_err(store_error)?),
            });
        }
        let text = self.keys.len();
        let integration =
            self.integration.map(|_| row.try_get_by_index(text + 1).map(IntegrationId));
        Ok(SealedText {
            row: key,
            integration: integration.transpose().map_err(store_error)?,
            sealed: row.try_get_by_index(text).map_err(store_error)?,
        })
    }
}

fn value(part: &KeyPart) -> Expr {
    match part {
        KeyPart::Number(number) => Expr::value(*number),
        KeyPart::Text(text) => Expr::value(text.as_str()),
    }
}

#[async_trait]
impl SealedTexts for Database {
    async fn count(&self, column: SealedColumn) -> Result<u64, StoreError> {
        let place = place(column);
        let mut select = Query::select();
        select.expr(Expr::col(place.text).count()).from(place.table);
        let row = self.read(|| self.pool.query_one(&select)).await?;
        let row = row.ok_or_else(|| corrupt(place.table))?;
        let count: i64 = row.try_get_by_index(0).map_err(store_error)?;
        u64::try_from(count).map_err(|_| corrupt(place.table))
    }

    async fn beyond(
        &self,
        column: SealedColumn,
        after: Option<&[KeyPart]>,
        limit: u64,
    ) -> Result<Vec<SealedText>, StoreError> {
        let place = place(column);
        let mut select = Query::select();
        for (name, _) in place.keys {
            select.column(*name).order_by(*name, Order::Asc);
        }
        select.column(place.text);
        if let Some(integration) = place.integration {
            select.column(integration);
        }
        select.from(place.table).and_where(Expr::col(place.text).is_not_null()).limit(limit);
        if let Some(row) = after {
            select.cond_where(place.row_is_beyond(row));
        }
        let rows = self.read(|| self.pool.query_all(&select)).await?;
        rows.iter().map(|row| place.read(row)).collect()
    }

    async fn replace(
        &self,
        column: SealedColumn,
        changes: &[(SealedText, String)],
    ) -> Result<u64, StoreError> {
        self.write(|tx| async move {
            let place = place(column);
            let mut replaced = 0;
            for (old, new) in changes {
                let mut update = Query::update();
                update
                    .table(place.table)
                    .value(place.text, new.as_str())
                    .cond_where(place.row_is(&old.row))
                    .and_where(Expr::col(place.text).eq(old.sealed.as_str()));
                replaced += tx.execute(&update).await?.rows_affected();
            }
            Ok(replaced)
        })
        .await
    }
}
