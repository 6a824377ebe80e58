use sea_orm::{ConnectionTrait as _, DatabaseConnection, QueryResult, Statement};

/// The database beside the hub, to see what it keeps.
pub struct Rows {
    connection: DatabaseConnection,
}

/// Everything that a refused connect attempt must leave alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub integrations: Vec<IntegrationRow>,
    pub tokens: Vec<TokenRow>,
    pub links: i64,
    pub revocations: i64,
}

/// A row of `integrations`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegrationRow {
    pub id: i64,
    pub user: String,
    pub provider: String,
    pub status: String,
    pub scopes: String,
    pub meta_json: String,
    pub last_error: Option<String>,
    pub updated_at: i64,
}

/// A row of `integration_tokens`; times are milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    pub integration_id: i64,
    pub access_token_enc: String,
    pub refresh_token_enc: Option<String>,
    pub expires_at: Option<i64>,
    pub token_type: String,
    pub version: i64,
}

impl Rows {
    pub(crate) async fn open(url: &str) -> Self {
        Self { connection: sea_orm::Database::connect(url).await.unwrap() }
    }

    async fn all(&self, sql: &str) -> Vec<QueryResult> {
        let backend = self.connection.get_database_backend();
        self.connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap()
    }

    /// Runs a statement that changes something.
    pub async fn execute(&self, sql: &str) {
        let backend = self.connection.get_database_backend();
        self.connection.execute_raw(Statement::from_string(backend, sql)).await.unwrap();
    }

    pub async fn count(&self, table: &str) -> i64 {
        let rows = self.all(&format!("SELECT COUNT(*) AS count FROM {table}")).await;
        rows[0].try_get("", "count").unwrap()
    }

    pub async fn integrations(&self) -> Vec<IntegrationRow> {
        let sql = "SELECT i.*, u.external_id AS external_user FROM integrations i \
                   JOIN users u ON u.id = i.user_id ORDER BY i.id";
        let row = |row: &QueryResult| IntegrationRow {
            id: row.try_get("", "id").unwrap(),
            user: row.try_get("", "external_user").unwrap(),
            provider: row.try_get("", "provider").unwrap(),
            status: row.try_get("", "status").unwrap(),
            scopes: row.try_get("", "scopes").unwrap(),
            meta_json: row.try_get("", "meta_json").unwrap(),
            last_error: row.try_get("", "last_error").unwrap(),
            updated_at: row.try_get("", "updated_at").unwrap(),
        };
        self.all(sql).await.iter().map(row).collect()
    }

    pub async fn tokens(&self) -> Vec<TokenRow> {
        let row = |row: &QueryResult| TokenRow {
            integration_id: row.try_get("", "integration_id").unwrap(),
            access_token_enc: row.try_get("", "access_token_enc").unwrap(),
            refresh_token_enc: row.try_get("", "refresh_token_enc").unwrap(),
            expires_at: row.try_get("", "expires_at").unwrap(),
            token_type: row.try_get("", "token_type").unwrap(),
            version: row.try_get("", "version").unwrap(),
        };
        self.all("SELECT * FROM integration_tokens ORDER BY id").await.iter().map(row).collect()
    }

    /// The encrypted PKCE verifiers of the attempts under way.
    pub async fn verifiers(&self) -> Vec<String> {
        let sql = "SELECT verifier_enc FROM oauth_states WHERE verifier_enc IS NOT NULL";
        self.all(sql).await.iter().map(|row| row.try_get("", "verifier_enc").unwrap()).collect()
    }

    /// All that is kept of connections: equal before and after what must touch nothing.
    pub async fn kept(&self) -> Kept {
        Kept {
            integrations: self.integrations().await,
            tokens: self.tokens().await,
            links: self.count("calendar_event_links").await,
            revocations: self.count("pending_revocations").await,
        }
    }

    /// Headers and body of each answer that is kept for a repeated call.
    pub async fn kept_answers(&self) -> Vec<[String; 2]> {
        let sql = "SELECT answer_headers, answer_body FROM idempotency_keys \
                   WHERE answer_status IS NOT NULL";
        let part = |row: &QueryResult, column| row.try_get("", column).unwrap();
        let both = |row: &QueryResult| [part(row, "answer_headers"), part(row, "answer_body")];
        self.all(sql).await.iter().map(both).collect()
    }

    /// Every text of every table but the migrations', for a search.
    pub async fn all_text(&self) -> String {
        const TABLES: [(&str, &str); 5] = [
            ("users", "external_id"),
            ("api_keys", "name || ' ' || key_hash"),
            ("sessions", "token_hash"),
            (
                "oauth_states",
                "state_hash || ' ' || COALESCE(verifier_enc, '') || ' ' || \
              COALESCE(browser_hash, '')",
            ),
            ("integrations", "meta_json || ' ' || COALESCE(last_error, '')"),
        ];
        let mut text = String::new();
        for (table, columns) in TABLES {
            for row in self.all(&format!("SELECT {columns} AS text FROM {table}")).await {
                text.push_str(&row.try_get::<String>("", "text").unwrap());
                text.push('\n');
            }
        }
        for row in self.tokens().await {
            text.push_str(&format!("{row:?}\n"));
        }
        text
    }
}
