use std::{collections::HashMap, sync::Arc};

use mortise_plugin_api::crm::ListObjects;

use super::{deal_contacts::DealContact, objects::Objects, record::CrmRecord};
use crate::{
    app::{
        Caller, Hub, HubError,
        pages::{self, List, Page},
    },
    domain::{ids::ProviderId, links::CrmLink},
};

/// Which contacts or deals to list.
#[derive(Debug, Clone)]
pub struct CrmQuery {
    /// Words to look for; absent: all.
    pub query: Option<String>,
    /// Only at this vendor.
    pub provider: Option<String>,
    /// Objects per vendor and page at most.
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// The vendor's own fields to be read besides.
    pub fields: Vec<String>,
}

/// A page of contacts or deals.
pub type CrmList<O> = List<CrmItem<O>>;

/// A contact or deal, linked or not.
#[derive(Debug, Clone)]
pub struct CrmItem<O> {
    /// Where it is.
    pub provider: ProviderId,
    /// The object.
    pub object: O,
    /// A deal's contacts with their records, where the vendor tells.
    pub contacts: Option<Vec<DealContact>>,
    /// Its link, where it has one.
    pub link: Option<CrmLink>,
}

impl Hub {
    /// Lists or searches the contacts or deals of all connected vendors, asked at once.
    ///
    /// # Errors
    /// `Invalid`, `NotConnected` and its kin; a vendor's error where none could be asked.
    pub async fn objects<O: CrmRecord>(
        self: &Arc<Self>,
        caller: &Caller,
        query: CrmQuery,
    ) -> Result<CrmList<O>, HubError> {
        let operation = O::OPERATIONS.list;
        let targets = self.targets(caller, operation, query.provider.as_deref()).await?;
        let page_of = |target, page| {
            let (objects, query) = (Objects::<O>::of(self, &caller.user, target), &query);
            async move { objects.page(query, page).await }
        };
        pages::list(targets, query.cursor.as_deref(), page_of).await
    }
}

impl<O: CrmRecord> Objects<O> {
    async fn page(
        &self,
        query: &CrmQuery,
        page: Option<String>,
    ) -> Result<Page<CrmItem<O>>, HubError> {
        let input = ListObjects {
            query: query.query.clone(),
            limit: Some(query.limit),
            page,
            fields: query.fields.clone(),
        };
        let page = self.hub.call(&self.target, O::OPERATIONS.list, &input).await?;
        let (objects, warnings, next_page) = O::open(page);
        let ids: Vec<String> = objects.iter().map(|object| object.id().to_owned()).collect();
        let links = self.links().by_external_ids(self.integration(), &ids).await?;
        let links = links.into_iter().filter(|link| link.place == O::KIND);
        let mut links: HashMap<String, CrmLink> =
            links.map(|link| (link.external_id.clone(), link)).collect();
        let contacts = self.contacts_of(&objects).await?;
        let items = objects.into_iter().zip(contacts).map(|(object, contacts)| CrmItem {
            provider: self.target.provider.id.clone(),
            link: links.remove(object.id()),
            object,
            contacts,
        });
        Ok(Page { items: items.collect(), warnings, next_page })
    }
}
