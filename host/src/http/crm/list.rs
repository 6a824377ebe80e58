//! `GET /api/crm/contacts`, `GET /api/crm/deals`

use axum::{Json, extract::State};
use mortise_plugin_api::crm::{Contact, Deal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{CrmLinkView, DealView};
use crate::{
    app::{CrmItem, CrmQuery, HubError, read_fields},
    http::{AppState, Problem, auth::ForUser, extract::Params, openapi::Problems},
};

/// Which contacts or deals to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    /// Words to look for, as the vendor's own search does; it may lag behind by seconds. Absent:
    /// all.
    query: Option<String>,
    /// Only at this vendor.
    provider: Option<String>,
    /// Objects per vendor and page, 1 to 100; 100 where absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the other parameters unchanged.
    cursor: Option<String>,
    /// The vendor's own fields to be read into `extra`, by the vendor's names, with commas between
    /// them.
    fields: Option<String>,
}

/// A page of contacts.
#[derive(Serialize, ToSchema)]
pub struct ContactListView {
    /// One vendor's after the other's.
    pub items: Vec<ContactItemView>,
    /// Where the next page starts; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Broken contacts and vendors that could not be asked, one sentence each.
    pub warnings: Vec<String>,
    /// Whether a vendor could not be asked.
    pub partial: bool,
}

/// A contact, linked or not.
#[derive(Serialize, ToSchema)]
pub struct ContactItemView {
    /// `acme_crm`.
    pub provider: String,
    /// The contact.
    pub contact: Contact,
    /// Its link, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<CrmLinkView>,
}

impl From<CrmItem<Contact>> for ContactItemView {
    fn from(item: CrmItem<Contact>) -> Self {
        let link = item.link.as_ref().map(CrmLinkView::from);
        Self { provider: item.provider.to_string(), contact: item.object, link }
    }
}

/// A page of deals.
#[derive(Serialize, ToSchema)]
pub struct DealListView {
    /// One vendor's after the other's.
    pub items: Vec<DealItemView>,
    /// Where the next page starts; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Broken deals and vendors that could not be asked, one sentence each.
    pub warnings: Vec<String>,
    /// Whether a vendor could not be asked.
    pub partial: bool,
}

/// A deal, linked or not.
#[derive(Serialize, ToSchema)]
pub struct DealItemView {
    /// `acme_crm`.
    pub provider: String,
    /// The deal.
    pub deal: DealView,
    /// Its link, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<CrmLinkView>,
}

impl From<CrmItem<Deal>> for DealItemView {
    fn from(item: CrmItem<Deal>) -> Self {
        let link = item.link.as_ref().map(CrmLinkView::from);
        let deal = DealView::of(item.object, item.contacts);
        Self { provider: item.provider.to_string(), deal, link }
    }
}

/// Lists or searches the contacts of each connected account.
#[utoipa::path(
    get, path = "/api/crm/contacts", tag = "crm",
    params(
        ListParams,
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    responses((status = 200, description = "A page", body = ContactListView), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn list_contacts(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    Params(params): Params<ListParams>,
) -> Result<Json<ContactListView>, Problem> {
    let list = state.hub.objects::<Contact>(&caller, params.read()?).await?;
    Ok(Json(ContactListView {
        items: list.items.into_iter().map(ContactItemView::from).collect(),
        next_cursor: list.next_cursor,
        warnings: list.warnings,
        partial: list.partial,
    }))
}

/// Lists or searches the deals of each connected account.
#[utoipa::path(
    get, path = "/api/crm/deals", tag = "crm",
    params(
        ListParams,
        ("mortise-user" = Option<String>, Header, description = "With an API key: the user"),
    ),
    responses((status = 200, description = "A page", body = DealListView), Problems),
    security(("api_key" = []), ("session" = []))
)]
pub async fn list_deals(
    State(state): State<AppState>,
    ForUser(caller): ForUser,
    Params(params): Params<ListParams>,
) -> Result<Json<DealListView>, Problem> {
    let list = state.hub.objects::<Deal>(&caller, params.read()?).await?;
    Ok(Json(DealListView {
        items: list.items.into_iter().map(DealItemView::from).collect(),
        next_cursor: list.next_cursor,
        warnings: list.warnings,
        partial: list.partial,
    }))
}

/// A search for more is none.
const LONGEST_QUERY: usize = 500;

impl ListParams {
    fn read(self) -> Result<CrmQuery, HubError> {
        let limit = self.limit.unwrap_or(100);
        if !(1..=100).contains(&limit) {
            return Err(HubError::invalid("limit", "give 1 to 100"));
        }
        let query = self.query.map(|query| query.trim().to_owned()).filter(|q| !q.is_empty());
        if query.as_ref().is_some_and(|query| query.len() > LONGEST_QUERY) {
            let message = format!("longer than {LONGEST_QUERY} bytes");
            return Err(HubError::invalid("query", message));
        }
        let fields = read_fields(self.fields.as_deref())?;
        let (provider, cursor) = (self.provider, self.cursor);
        Ok(CrmQuery { query, provider, limit, cursor, fields })
    }
}
