use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::ids::{IntegrationId, ProviderId};

/// What came of asking for the right to refresh a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// Granted: nobody else refreshes this version of the token until the lease ends. So many
    /// refreshes before it failed in a row.
    Taken {
        /// Since the last one that went well.
        failures: u32,
    },
    /// Another hub refreshes it, for so much longer at most.
    Held(Duration),
    /// The vendor failed a moment ago and is left alone for so much longer.
    Resting(Duration),
    /// The token is another by now, or gone: read it again.
    Overtaken,
    /// The connection's refresh token is known to be dead.
    Dead,
}

/// How a lease ends, where it does not end with a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseEnd {
    /// Nothing is left to do.
    Done,
    /// The vendor failed, and is to be left alone for so long. Counts as one more failure.
    Failed(Duration),
}

/// Which tokens to refresh before anybody asks for them.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Those that end before.
    pub ends_before: DateTime<Utc>,
    /// Those that came before: a vendor may give tokens that live shorter than is looked ahead.
    pub issued_before: DateTime<Utc>,
    /// Those of these vendors.
    pub providers: &'a [ProviderId],
    /// So many at most.
    pub limit: u64,
}

/// A token that was leased to be refreshed before anybody asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueToken {
    /// Whose.
    pub integration: IntegrationId,
    /// At which vendor.
    pub provider: ProviderId,
}
