use std::collections::HashMap;

use super::{input::Checked, objects::Objects, record::CrmRecord};
use crate::{
    app::HubError,
    domain::{
        event_time::FieldError,
        links::{CrmLink, CrmObject, Entity, LinkState},
    },
};

/// How a caller names a contact of a deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ContactName {
    /// By the vendor's id.
    Id(String),
    /// By the record that is linked to it.
    Record(Entity),
}

/// A contact of a deal, with the record that is linked to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealContact {
    /// The vendor's id.
    pub id: String,
    /// The application's record, where there is one.
    pub entity: Option<Entity>,
}

impl<O: CrmRecord> Objects<O> {
    /// A draft with the ids of its contacts.
    ///
    /// # Errors
    /// `Invalid` names each record without a contact here.
    pub(super) async fn draft(&self, checked: Checked<O::Draft>) -> Result<O::Draft, HubError> {
        let Checked { mut draft, contacts } = checked;
        let Some(names) = contacts else { return Ok(draft) };
        let (mut ids, mut faults) = (Vec::new(), Vec::new());
        for (index, name) in names.into_iter().enumerate() {
            let id = match name {
                ContactName::Id(id) => id,
                ContactName::Record(entity) => match self.contact_of(&entity).await? {
                    Some(id) => id,
                    None => {
                        let field = format!("{}.contacts.{index}", O::KIND.as_str());
                        faults.push(FieldError::new(field, self.no_contact(&entity)));
                        continue;
                    }
                },
            };
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        if !faults.is_empty() {
            return Err(HubError::Invalid(faults));
        }
        O::set_contacts(&mut draft, ids);
        Ok(draft)
    }

    async fn contact_of(&self, entity: &Entity) -> Result<Option<String>, HubError> {
        let links = self.links().find(&self.user, entity).await?;
        let is_it = |link: &CrmLink| {
            link.place == CrmObject::Contact
                && link.integration == self.integration()
                && link.state == LinkState::Confirmed
        };
        Ok(links.into_iter().find(is_it).map(|link| link.external_id))
    }

    fn no_contact(&self, entity: &Entity) -> String {
        format!(
            "no contact is linked to {}/{} at {}: link one first",
            entity.kind, entity.id, self.target.provider.id
        )
    }

    /// The contacts of each object, with their records.
    pub(super) async fn contacts_of(
        &self,
        objects: &[O],
    ) -> Result<Vec<Option<Vec<DealContact>>>, HubError> {
        let mut ids: Vec<String> =
            objects.iter().filter_map(CrmRecord::contacts).flatten().cloned().collect();
        ids.sort_unstable();
        ids.dedup();
        let links = self.links().by_external_ids(self.integration(), &ids).await?;
        let entities: HashMap<&str, &Entity> = links
            .iter()
            .filter(|link| link.place == CrmObject::Contact)
            .map(|link| (link.external_id.as_str(), &link.entity))
            .collect();
        let contact = |id: &String| DealContact {
            id: id.clone(),
            entity: entities.get(id.as_str()).map(|entity| (*entity).clone()),
        };
        let of = |object: &O| object.contacts().map(|ids| ids.iter().map(contact).collect());
        Ok(objects.iter().map(of).collect())
    }
}
