use std::sync::Arc;

use mortise_plugin_api::{
    Error as ProviderError, ErrorKind,
    crm::{FindContact, FoundContact},
};

use super::{
    linked::LinkedObject,
    objects::Objects,
    record::{CrmRecord, FIND_CONTACT},
};
use crate::{
    app::{
        Caller, Hub, HubError,
        call::{may_have_happened, permit},
    },
    domain::links::{CrmLink, CrmObject, Entity, LinkDraft, LinkState},
    ports::Reservation,
};

/// A contact or deal to be made and linked to a record.
#[derive(Debug, Clone)]
pub struct CreateObject<I> {
    /// The record.
    pub entity: Entity,
    /// The object.
    pub object: I,
    /// At which vendor.
    pub provider: Option<String>,
}

/// Everything about a creation that is fixed before it begins.
struct Creation<O: CrmRecord> {
    objects: Objects<O>,
    draft: O::Draft,
    link: LinkDraft<CrmObject>,
}

/// What came of sending a creation.
enum Sent<O> {
    Made(CrmLink, O),
    /// The key cannot be used any more, and the link was released.
    Spent(Option<ProviderError>),
}

/// Objects made for one record in one call: one whose key is spent is followed by another.
const GENERATIONS: usize = 3;

impl Hub {
    /// Makes a contact or deal, or takes the one that the vendor has already, and links it to a
    /// record. The link is reserved first; the same call again, after whatever went wrong, makes
    /// no second object. `false` where the record was linked to this very object already.
    ///
    /// # Errors
    /// `Invalid`; `ObjectLinked` where the record has another object; `ObjectTaken` where the
    /// vendor's object is another record's, which is found before anything is written unless both
    /// are made at once; those of a provider call.
    pub async fn create_object<O: CrmRecord>(
        self: &Arc<Self>,
        caller: &Caller,
        request: CreateObject<O::Input>,
    ) -> Result<(LinkedObject<O>, bool), HubError> {
        let checked = O::check(request.object)?;
        let operation = O::OPERATIONS.create;
        let targets = self.targets(caller, operation, request.provider.as_deref()).await?;
        let target = targets.only("CRMs")?;
        permit(&target, operation)?;
        let objects = Objects::<O>::of(self, &caller.user, target);
        let draft = objects.draft(checked).await?;
        let link = objects.link_for(request.entity);
        let creation = Creation { objects, draft, link };
        let turn = creation.objects.turn(&creation.link.entity).await;
        // A caller who goes away must not leave a creation half done.
        self.to_the_end(async move {
            let _turn = turn;
            let (link, object, made) = creation.run().await?;
            Ok((creation.objects.linked(link, object).await?, made))
        })
        .await
    }
}

impl<O: CrmRecord> Creation<O> {
    async fn run(&self) -> Result<(CrmLink, O, bool), HubError> {
        if let Some(link) = self.objects.link_of(&self.link.entity).await?
            && let Some(object) = self.settle(&link).await?
        {
            return Ok((link, object, false));
        }
        self.refuse_others_contact().await?;
        let mut refusal = None;
        for _ in 0..GENERATIONS {
            let (link, resumed) = match self.reserve().await? {
                Reservation::New(link) => (link, false),
                Reservation::Existing(link) if link.state == LinkState::Pending => (link, true),
                // The same call ran meanwhile and came further.
                Reservation::Existing(link) => match self.settle(&link).await? {
                    Some(object) => return Ok((link, object, false)),
                    None => continue,
                },
            };
            match self.send(link, resumed).await? {
                Sent::Made(link, object) => return Ok((link, object, true)),
                Sent::Spent(error) => refusal = error.or(refusal),
            }
        }
        Err(HubError::Vendor {
            provider: self.objects.target.provider.id.clone(),
            error: refusal.unwrap_or_else(|| {
                let kind = O::KIND.as_str();
                let message = format!("the {kind} is changed by other calls all the time");
                ProviderError::new(ErrorKind::Conflict, message)
            }),
        })
    }

    /// Looks after a link that is there already. Answers with the object where it is the one asked
    /// for; `None` where the creation can go on.
    async fn settle(&self, link: &CrmLink) -> Result<Option<O>, HubError> {
        match link.state {
            LinkState::Pending => Ok(None),
            LinkState::Deleting => {
                self.objects.finish_delete(link).await?;
                Ok(None)
            }
            LinkState::Confirmed => {
                match self.objects.read(&link.external_id, &O::extra(&self.draft)).await? {
                    None => {
                        let links = self.objects.links();
                        links.release(link.id, LinkState::Confirmed, true).await?;
                        Ok(None)
                    }
                    Some(object) if object.is_as_asked(&self.draft) => Ok(Some(object)),
                    Some(_) => Err(HubError::ObjectLinked(Box::new(link.clone()))),
                }
            }
        }
    }

    /// Refuses, before anything is written, an address by which the vendor has the contact of
    /// another record.
    async fn refuse_others_contact(&self) -> Result<(), HubError> {
        let target = &self.objects.target;
        let Some(email) = O::email(&self.draft) else { return Ok(()) };
        if !target.provider.manifest().has_operation(FIND_CONTACT) {
            return Ok(());
        }
        let input = FindContact { email: email.to_owned() };
        let found: FoundContact = self.objects.hub.call(target, FIND_CONTACT, &input).await?;
        let Some(contact) = found.contact else { return Ok(()) };
        match self.objects.owner(&contact.id).await? {
            Some(link) if link.entity != self.link.entity => {
                Err(HubError::ObjectTaken(Box::new(link)))
            }
            _ => Ok(()),
        }
    }

    async fn reserve(&self) -> Result<Reservation<CrmObject>, HubError> {
        let key = |generation| self.objects.key(&self.link, generation);
        Ok(self.objects.links().reserve(&self.link, &key, self.objects.now()).await?)
    }

    /// Sends the creation for a reserved link.
    async fn send(&self, link: CrmLink, resumed: bool) -> Result<Sent<O>, HubError> {
        let key = self.objects.key(&self.link, link.generation);
        let input = O::creation(key, self.draft.clone());
        let (hub, target) = (&self.objects.hub, &self.objects.target);
        match hub.call::<_, O>(target, O::OPERATIONS.create, &input).await {
            Ok(object) if object.is_archived() => {
                self.objects.links().release(link.id, LinkState::Pending, true).await?;
                Ok(Sent::Spent(None))
            }
            Ok(object) => self.hold(link, object, resumed).await,
            // A field at fault is a value that another object has.
            Err(HubError::Vendor { error, .. })
                if error.kind == ErrorKind::Conflict && error.field.is_none() =>
            {
                self.after_conflict(link, error).await
            }
            Err(error) => {
                if !resumed && !self.may_be_there(&error) {
                    self.objects.links().release(link.id, LinkState::Pending, false).await?;
                }
                Err(error)
            }
        }
    }

    /// The vendor has something under the key: what the same call has just made, or what is
    /// archived. What another call is still busy with is left to it.
    async fn after_conflict(
        &self,
        link: CrmLink,
        error: ProviderError,
    ) -> Result<Sent<O>, HubError> {
        let key = self.objects.key(&self.link, link.generation);
        let unfinished = CrmLink { external_id: key, ..link.clone() };
        if let Some(object) = self.objects.behind(&unfinished, &O::extra(&self.draft)).await? {
            if object.is_as_asked(&self.draft) {
                return self.hold(link, object, false).await;
            }
            let provider = self.objects.target.provider.id.clone();
            return Err(HubError::Vendor { provider, error });
        }
        self.objects.links().release(link.id, LinkState::Pending, true).await?;
        Ok(Sent::Spent(Some(error)))
    }

    /// Whether the vendor may have made the object, or a part of it, although the call failed. A
    /// creation may take the plugin several requests, of which any but the first may be limited.
    fn may_be_there(&self, error: &HubError) -> bool {
        let parts = O::has_parts(&self.draft);
        match error {
            HubError::Vendor { error, .. } => {
                let refused = matches!(
                    error.kind,
                    ErrorKind::InvalidInput
                        | ErrorKind::Conflict
                        | ErrorKind::Forbidden
                        | ErrorKind::NotFound
                        | ErrorKind::Gone
                );
                let of_itself = error.field.as_ref().is_some_and(|field| !O::is_part(field));
                !refused || (parts && !of_itself)
            }
            // Without their names it was the vendor who refused, in the middle perhaps.
            HubError::MissingScope { scopes, .. } => scopes.is_empty(),
            HubError::NeedsReauth(_)
            | HubError::RefreshFailed { .. }
            | HubError::RefreshResting { .. }
            | HubError::RefreshInProgress { .. } => true,
            other => may_have_happened(other),
        }
    }

    /// Links an object that was just written. Another process may have written to it at the same
    /// time, where the link was there before or is confirmed by now: then only what is there in the
    /// end counts.
    async fn hold(&self, link: CrmLink, object: O, resumed: bool) -> Result<Sent<O>, HubError> {
        let known = self.objects.link_of(&self.link.entity).await?;
        let confirmed = known.is_some_and(|known| known.state == LinkState::Confirmed);
        let (link, object) = match self.confirmed(link, object).await? {
            Sent::Made(link, object) if resumed || confirmed => (link, object),
            sent => return Ok(sent),
        };
        match self.objects.read(object.id(), &O::extra(&self.draft)).await? {
            None => Err(self.objects.gone()),
            Some(object) if object.is_as_asked(&self.draft) => Ok(Sent::Made(link, object)),
            Some(_) => Err(HubError::ObjectLinked(Box::new(link))),
        }
    }

    /// Confirms the link of an object that is there. Where the link is gone, released by the same
    /// call or deleted meanwhile, the object is linked anew.
    async fn confirmed(&self, link: CrmLink, object: O) -> Result<Sent<O>, HubError> {
        let (objects, id) = (&self.objects, object.id().to_owned());
        match objects.confirm(&link, &id).await {
            Ok(Some(link)) => return Ok(Sent::Made(link, object)),
            Ok(None) => {}
            Err(error) => {
                if matches!(error, HubError::ObjectTaken(_)) {
                    objects.links().release(link.id, LinkState::Pending, true).await?;
                }
                return Err(error);
            }
        }
        let Some(object) = objects.read(&id, &O::extra(&self.draft)).await? else {
            return Err(objects.gone());
        };
        let adopted = objects.links().adopt(&self.link, link.generation, &id, objects.now()).await;
        let other = match adopted {
            Ok(Reservation::New(link)) => return Ok(Sent::Made(link, object)),
            Ok(Reservation::Existing(other)) => other,
            Err(error) => return Err(objects.taken(error, &id).await?),
        };
        let same_key = other.generation == link.generation;
        match other.state {
            LinkState::Confirmed if other.external_id == id => Ok(Sent::Made(other, object)),
            LinkState::Pending if same_key => {
                let confirmed = objects.confirm(&other, &id).await?;
                Ok(confirmed.map_or(Sent::Spent(None), |link| Sent::Made(link, object)))
            }
            // Made under a key of its own, so that nothing leads to it: it is taken back.
            _ if !same_key && O::email(&self.draft).is_none() => {
                objects.archive(&id).await?;
                Ok(Sent::Spent(None))
            }
            _ => Ok(Sent::Spent(None)),
        }
    }
}
