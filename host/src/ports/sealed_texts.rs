use async_trait::async_trait;

use super::StoreError;
use crate::domain::ids::IntegrationId;

/// A column of ciphertexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SealedColumn {
    /// Access tokens of connections.
    AccessTokens,
    /// Refresh tokens of connections.
    RefreshTokens,
    /// Tokens that a vendor shall be told to forget.
    Revocations,
    /// PKCE verifiers of connect attempts under way.
    Verifiers,
    /// Headers of the answers that are kept for repeated requests.
    AnswerHeaders,
    /// Bodies of the same.
    AnswerBodies,
}

impl SealedColumn {
    /// All there are: nothing encrypted is kept elsewhere.
    pub const ALL: [Self; 6] = [
        Self::AccessTokens,
        Self::RefreshTokens,
        Self::Revocations,
        Self::Verifiers,
        Self::AnswerHeaders,
        Self::AnswerBodies,
    ];

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessTokens => "access tokens",
            Self::RefreshTokens => "refresh tokens",
            Self::Revocations => "pending revocations",
            Self::Verifiers => "connect attempts",
            Self::AnswerHeaders | Self::AnswerBodies => "kept answers",
        }
    }
}

/// One of the values by which a row is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPart {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// A kept ciphertext, and where it is.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedText {
    /// Its row's primary key.
    pub row: Vec<KeyPart>,
    /// The connection it belongs to, where it belongs to one.
    pub integration: Option<IntegrationId>,
    /// The ciphertext.
    pub sealed: String,
}

/// Everything that is kept encrypted, to encrypt it again while hubs serve.
#[async_trait]
pub trait SealedTexts: Send + Sync {
    /// How many texts a column holds.
    async fn count(&self, column: SealedColumn) -> Result<u64, StoreError>;

    /// A column's texts in the order of their rows, those after the row `after`, at most `limit`.
    async fn beyond(
        &self,
        column: SealedColumn,
        after: Option<&[KeyPart]>,
        limit: u64,
    ) -> Result<Vec<SealedText>, StoreError>;

    /// Replaces each text by the ciphertext beside it, if it still is what was read; one that was
    /// replaced or deleted meanwhile is left. Nothing else of the row changes: neither a version
    /// nor a time. One transaction. Says how many were replaced.
    async fn replace(
        &self,
        column: SealedColumn,
        changes: &[(SealedText, String)],
    ) -> Result<u64, StoreError>;
}
