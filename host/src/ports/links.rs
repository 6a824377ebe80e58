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

/// A link whose write was interrupted, or is still under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsettledLink<P> {
    /// The link as it was when it was handed out.
    pub link: Link<P>,
    /// Whose it is, by the application's id.
    pub user: UserId,
    /// How often it was handed out before.
    pub attempts: u32,
}

/// The links that have something to settle, those whose write is still under way among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsettled {
    /// How many.
    pub links: u64,
    /// The last change of the one that waits longest.
    pub oldest: Option<DateTime<Utc>>,
}

/// Links between the application's records and the vendor's objects of one sort: events, or those of
/// a CRM. A record has at most one link per connection to an event, to a contact and to a deal.
///
/// A link that is not confirmed, or whose event has not left its old vendor yet, has a moment from
/// which somebody else may settle it. It is later than any call can last that began with it.
#[async_trait]
pub trait LinkRepository<P: Place>: Send + Sync {
    /// Reserves a link in state `pending`; `external_id` names the object for each generation.
    /// The generation is one above the last that was spent for this record and connection. So who
    /// reserves after a release that spent nothing gets the same one, and meets the object of a
    /// call that is still under way. Of two at once for the same record one gets `New`. One that is
    /// there and `pending` is left to the caller as long as a new one.
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

    /// Links to settle that are due, the longest due first, at most `limit`. Each is put off by a
    /// minute as it is handed out, so that two workers seldom get the same. A row that cannot be
    /// read is put off too, and left out.
    async fn unsettled(
        &self,
        now: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<UnsettledLink<P>>, StoreError>;

    /// Puts a link off that could not be settled. Nothing where it was settled meanwhile.
    async fn settle_later(&self, id: LinkId, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// Marks a confirmed link as having nothing to settle. Nothing where its state is another, or
    /// where the link whose place it takes is still there.
    async fn settled(&self, id: LinkId) -> Result<(), StoreError>;

    /// How much there is to settle.
    async fn backlog(&self) -> Result<Unsettled, StoreError>;
}
