use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::{
    ids::{IntegrationId, LinkId, UserId},
    links::{Entity, Link, LinkDraft, LinkState, Place},
};

/// What came of a reservation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reservation<P> {
    /// The link is new and `pending`.
    New(Link<P>),
    /// There is one for this record over this connection, in whatever state; it was left alone.
    Existing(Link<P>),
}

/// Links between the application's records and the vendor's objects of one sort: events, or those of
/// a CRM. A record has at most one link per connection to an event, to a contact and to a deal.
#[async_trait]
pub trait LinkRepository<P: Place>: Send + Sync {
    /// Reserves a link in state `pending`; `external_id` names the object for each generation.
    /// The generation is one above the last that was spent for this record and connection. So who
    /// reserves after a release that spent nothing gets the same one, and meets the object of a
    /// call that is still under way. Of two at once for the same record one gets `New`.
    /// `Refused` where the named object is linked over this connection already.
    async fn reserve(
        &self,
        draft: &LinkDraft<P>,
        external_id: &(dyn for<'g> Fn(i32) -> String + Sync),
        now: DateTime<Utc>,
    ) -> Result<Reservation<P>, StoreError>;

    /// Marks a pending link confirmed, with the vendor's id. Confirming again with the same id
    /// changes nothing; `false` where the link is gone or being deleted. `Refused` where the
    /// object is linked over this connection already.
    async fn confirm(
        &self,
        id: LinkId,
        external_id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// A record's links over all of a user's connections, the oldest first; empty for an unknown
    /// user.
    async fn find(&self, user: &UserId, entity: &Entity) -> Result<Vec<Link<P>>, StoreError>;

    /// A link in any state; `None` where it is gone.
    async fn by_id(&self, id: LinkId) -> Result<Option<Link<P>>, StoreError>;

    /// The links, in any state, of the given objects over one connection. In a CRM objects of
    /// several kinds may have the same id.
    async fn by_external_ids(
        &self,
        integration: IntegrationId,
        external_ids: &[String],
    ) -> Result<Vec<Link<P>>, StoreError>;

    /// Marks a link `deleting`; `false` where it is gone. Marking it again changes nothing.
    async fn begin_delete(&self, id: LinkId, now: DateTime<Utc>) -> Result<bool, StoreError>;

    /// Takes a `deleting` mark back, to `confirmed`; `false` where it is gone or not marked.
    async fn keep(&self, id: LinkId, now: DateTime<Utc>) -> Result<bool, StoreError>;

    /// Links an object that is there, made under the given generation, although its own link is
    /// gone: a new link in state `confirmed`.
    async fn adopt(
        &self,
        draft: &LinkDraft<P>,
        generation: i32,
        external_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Reservation<P>, StoreError>;

    /// Deletes a link. `state`: only in this state. `spent`: its generation is not used again,
    /// because the vendor has, or may have, seen it. `false` where the link is gone or in another
    /// state.
    async fn release(&self, id: LinkId, state: LinkState, spent: bool) -> Result<bool, StoreError>;
}
