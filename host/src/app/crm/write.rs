use std::sync::Arc;

use super::{
    linked::{LinkedObject, LinkedQuery},
    objects::Objects,
    record::CrmRecord,
};
use crate::{
    app::{
        Caller, Hub, HubError,
        call::{is_absent, may_have_happened, permit},
    },
    domain::links::{CrmLink, LinkState},
};

/// A record's contact or deal as it shall be.
#[derive(Debug, Clone)]
pub struct UpdateObject<I> {
    /// Which one.
    pub at: LinkedQuery,
    /// What it shall be.
    pub object: I,
}

/// A record's contact or deal that shall go.
#[derive(Debug, Clone)]
pub struct DeleteObjectRequest {
    /// Which one.
    pub at: LinkedQuery,
    /// Whether it is archived at the vendor too; else only the link goes.
    pub archive: bool,
}

/// Turns until a link that others change all the time is left to them.
const TURNS: usize = 5;

impl Hub {
    /// Replaces the fields that the model has; the vendor's own that `extra` does not name stay.
    ///
    /// # Errors
    /// `ObjectNotLinked`, `ObjectGone`, `Invalid`; those of a provider call.
    pub async fn update_object<O: CrmRecord>(
        self: &Arc<Self>,
        caller: &Caller,
        request: UpdateObject<O::Input>,
    ) -> Result<LinkedObject<O>, HubError> {
        let checked = O::check(request.object)?;
        let operation = O::OPERATIONS.update;
        let (objects, link) = self.objects_of::<O>(caller, &request.at, operation).await?;
        permit(&objects.target, operation)?;
        let draft = objects.draft(checked).await?;
        let turn = objects.turn(&link.entity).await;
        // Whoever had the turn before may have finished, or replaced, the link.
        let Some(link) = objects.link_of(&link.entity).await? else {
            return Err(HubError::ObjectNotLinked { kind: O::KIND, entity: link.entity });
        };
        if link.state == LinkState::Deleting {
            return Err(objects.gone());
        }
        // A vendor may bring an archived object back when it is written to.
        let Some(object) = objects.behind(&link, &[]).await? else {
            return Err(objects.gone());
        };
        if let Some(other) = objects.owner(object.id()).await?
            && other.id != link.id
        {
            return Err(HubError::ObjectTaken(Box::new(other)));
        }
        self.to_the_end(async move {
            let _turn = turn;
            let input = O::replacement(object.id().to_owned(), draft);
            match objects.hub.call::<_, O>(&objects.target, operation, &input).await {
                Err(HubError::Vendor { error, .. })
                    if is_absent(error.kind) && error.field.is_none() =>
                {
                    Err(objects.gone())
                }
                written => {
                    let written = written?;
                    let link = objects.settled(link, &written).await?;
                    objects.linked(link, written).await
                }
            }
        })
        .await
    }

    /// Archives a record's contact or deal and removes the link; or removes the link alone. An
    /// object that is not there any more is as good as archived.
    ///
    /// # Errors
    /// `ObjectNotLinked`; those of a provider call. After one that leaves it open whether the
    /// vendor did the work the link stays `deleting`, and the same call goes on.
    pub async fn delete_object<O: CrmRecord>(
        self: &Arc<Self>,
        caller: &Caller,
        request: DeleteObjectRequest,
    ) -> Result<(), HubError> {
        let operation = O::OPERATIONS.delete;
        if !request.archive {
            return self.unlink::<O>(caller, &request.at).await;
        }
        let (objects, link) = self.objects_of::<O>(caller, &request.at, operation).await?;
        permit(&objects.target, operation)?;
        self.to_the_end(async move { objects.finish_delete(&link).await }).await
    }

    /// Removes a link and leaves the object. Its generation is not spent: who links the record
    /// again meets the object again. The connection need not work.
    async fn unlink<O: CrmRecord>(
        &self,
        caller: &Caller,
        at: &LinkedQuery,
    ) -> Result<(), HubError> {
        let mut link = self.object_link::<O>(caller, at, O::OPERATIONS.delete).await?;
        for _ in 0..TURNS {
            let spent = link.state == LinkState::Deleting;
            if self.ports.crm_links.release(link.id, link.state, spent).await? {
                break;
            }
            // Its state is another by now, or it is gone.
            link = match self.object_link::<O>(caller, at, O::OPERATIONS.delete).await {
                Err(HubError::ObjectNotLinked { .. }) => break,
                link => link?,
            };
        }
        Ok(())
    }
}

impl<O: CrmRecord> Objects<O> {
    /// Carries a delete to its end, from whichever point it was at.
    pub(super) async fn finish_delete(&self, link: &CrmLink) -> Result<(), HubError> {
        let links = self.links();
        if !links.begin_delete(link.id, self.now()).await? {
            return Ok(());
        }
        // It may have been confirmed since it was read.
        let Some(link) = links.by_id(link.id).await? else { return Ok(()) };
        let unfinished = self.is_unfinished(&link);
        let id = if unfinished {
            self.behind(&link, &[]).await?.map(|object| object.id().to_owned())
        } else {
            Some(link.external_id.clone())
        };
        // What the vendor has not seen yet a creation that is still under way may make: the next
        // one has to meet that object, not make another.
        let spent = id.is_some();
        if let Some(id) = id
            && let Err(error) = self.archive(&id).await
        {
            if !may_have_happened(&error) && !unfinished {
                links.keep(link.id, self.now()).await?;
            }
            return Err(error);
        }
        links.release(link.id, LinkState::Deleting, spent).await?;
        Ok(())
    }
}
