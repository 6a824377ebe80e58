//! What the routes of one vendor share.

use crate::fault::FaultPlan;
use crate::journal::Journal;
use crate::oauth::AuthorizationServer;

/// The inside of one vendor; `A` is the state of its API.
pub(crate) struct Backend<A> {
    pub(crate) oauth: AuthorizationServer,
    pub(crate) faults: FaultPlan,
    pub(crate) journal: Journal,
    pub(crate) api: A,
}

impl<A> Backend<A> {
    pub(crate) fn new(oauth: AuthorizationServer, api: A, seed: u64) -> Self {
        Self { oauth, faults: FaultPlan::new(seed), journal: Journal::default(), api }
    }
}
