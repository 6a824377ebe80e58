//! Links whose writes were cut short, by a crash or a lost answer, are settled by the vendor's word:
//! an event that is there is confirmed, one that is not is released, a delete is finished.
//!
//! Nothing here relies on being alone. A turn may be cut short at any line, and may run beside other
//! turns and beside the very call that it takes for dead: every step is one that the calls
//! themselves take, and bear when another was faster.

mod due;
mod trouble;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::{StreamExt as _, future::join_all, stream};
use tokio::time::timeout;

use self::{due::Due, trouble::Trouble};
use super::{Caller, Hub, HubError};
use crate::{
    domain::ids::{IntegrationId, ProviderId},
    ports::{Deadline, StoreError},
};

/// Links handed out at once, of either sort.
const BATCH: u64 = 100;
/// A turn's time: shorter than a link that is handed out is kept from others.
const TURN: Duration = Duration::from_secs(30);
/// Connections of one provider at the same time.
const CONNECTIONS: usize = 8;
/// Failures one after the other by which a connection has to wait as a whole.
const PATIENCE: u32 = 3;

/// What came of a link that was looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// The vendor has the object.
    Confirmed,
    /// The vendor does not have it, and the link is gone.
    Released,
    /// The object and the link are gone.
    Deleted,
    /// The event is at its new vendor alone.
    Moved,
    /// Another call had settled it.
    Already,
}

impl Settled {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Released => "released",
            Self::Deleted => "deleted",
            Self::Moved => "moved",
            Self::Already => "already",
        }
    }
}

impl Hub {
    /// Settles the links that are due; those that cannot be settled now wait for a later turn, each
    /// longer than before. Meant to be called every few seconds; of several hubs on one database
    /// all may.
    ///
    /// # Errors
    /// The first failure of the store; the rest waits.
    pub async fn recover(self: &Arc<Self>) -> Result<(), StoreError> {
        let until = Deadline::after(TURN);
        loop {
            let now = self.ports.clock.now();
            let events = self.ports.links.unsettled(now, BATCH).await?;
            let objects = self.ports.crm_links.unsettled(now, BATCH).await?;
            let last = events.len().max(objects.len()) < usize::try_from(BATCH).unwrap_or(0);
            let events = events.into_iter().map(Due::Event);
            let due = events.chain(objects.into_iter().map(Due::Object));
            self.settle_all(due, until).await;
            if last || until.left().is_zero() {
                break;
            }
        }
        self.measure_backlog().await
    }

    /// Neither a connection nor a provider that fails or hangs holds up the others.
    async fn settle_all(self: &Arc<Self>, due: impl Iterator<Item = Due>, until: Deadline) {
        let mut providers: BTreeMap<ProviderId, BTreeMap<IntegrationId, Vec<Due>>> =
            BTreeMap::new();
        for due in due {
            let connections = providers.entry(due.provider().clone()).or_default();
            connections.entry(due.integration()).or_default().push(due);
        }
        join_all(providers.into_values().map(|connections| {
            let hub = Arc::clone(self);
            stream::iter(connections).for_each_concurrent(CONNECTIONS, move |(id, links)| {
                let hub = Arc::clone(&hub);
                async move { hub.settle_over(id, links, until).await }
            })
        }))
        .await;
    }

    /// Settles the links of one connection. What is the matter with it is logged once.
    async fn settle_over(self: &Arc<Self>, id: IntegrationId, links: Vec<Due>, until: Deadline) {
        let (mut in_a_row, mut put_off, mut stopped) = (0, 0_u32, None);
        let mut first = None;
        let provider = links.first().map(|due| due.provider().clone());
        for due in links {
            let trouble = match stopped {
                Some(trouble) => trouble,
                None => match timeout(until.left(), self.settle(&due, until)).await {
                    Ok(Ok(settled)) => {
                        due.count(settled.as_str());
                        in_a_row = 0;
                        continue;
                    }
                    Ok(Err(error)) => {
                        let trouble = Trouble::of(&error);
                        in_a_row += 1;
                        if trouble.stops_all(in_a_row >= PATIENCE) {
                            stopped = Some(trouble);
                        }
                        first = first.or(Some((trouble, error.to_string())));
                        trouble
                    }
                    Err(_) => {
                        let trouble = Trouble::Passing { retry_after: None };
                        stopped = Some(trouble);
                        first = first.or(Some((trouble, "the turn was over".to_owned())));
                        trouble
                    }
                },
            };
            put_off += 1;
            due.count("put_off");
            if let Err(error) = self.settle_later(&due, trouble).await {
                first = first.or(Some((trouble, error.to_string())));
            }
        }
        let provider = provider.as_ref().map(ProviderId::as_str);
        match first {
            None => {}
            Some((trouble, error)) if trouble.is_the_users() => {
                tracing::debug!(integration.id = %id, provider, links = put_off, error,
                    "links wait to be settled");
            }
            Some((_, error)) => {
                tracing::warn!(integration.id = %id, provider, links = put_off, error,
                    "links could not be settled; tried again");
            }
        }
    }

    async fn settle(self: &Arc<Self>, due: &Due, until: Deadline) -> Result<Settled, HubError> {
        match due {
            Due::Event(due) => {
                let caller = Caller::hub_for(due.user.clone(), until);
                self.settle_event(&caller, due.link.id).await
            }
            Due::Object(due) => {
                let caller = Caller::hub_for(due.user.clone(), until);
                self.settle_object(&caller, due.link.id).await
            }
        }
    }

    async fn settle_later(&self, due: &Due, trouble: Trouble) -> Result<(), StoreError> {
        let at = self.ports.clock.now() + trouble.pause(due.attempts());
        match due {
            Due::Event(due) => self.ports.links.settle_later(due.link.id, at).await,
            Due::Object(due) => self.ports.crm_links.settle_later(due.link.id, at).await,
        }
    }

    async fn measure_backlog(&self) -> Result<(), StoreError> {
        let now = self.ports.clock.now();
        let sorts = [
            ("event", self.ports.links.backlog().await?),
            ("crm", self.ports.crm_links.backlog().await?),
        ];
        for (kind, backlog) in sorts {
            let age = backlog.oldest.map_or(0, |oldest| (now - oldest).num_seconds().max(0));
            metrics::gauge!("mortise_unsettled_links", "kind" => kind).set(backlog.links as f64);
            metrics::gauge!("mortise_oldest_unsettled_link_seconds", "kind" => kind)
                .set(age as f64);
        }
        Ok(())
    }
}
