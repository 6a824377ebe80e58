//! The `crm` capability: one model of contacts and deals over all vendors.

mod object;
mod operations;

use std::{future::Future, sync::Arc};

pub use object::{Address, Contact, ContactDraft, Deal, DealDraft};
pub use operations::{
    ContactPage, CreateContact, CreateDeal, DealPage, DeleteObject, FindContact, FoundContact,
    GetObject, ListObjects, UpdateContact, UpdateDeal,
};

use crate::{
    context::Context,
    error::Result,
    export::{Answer, reply},
};

/// The capability's name.
pub const CAPABILITY: &str = "crm";

/// All operations of the capability, for a manifest that has all of them.
pub const OPERATIONS: &[&str] = &[
    "create_contact",
    "get_contact",
    "find_contact",
    "update_contact",
    "delete_contact",
    "list_contacts",
    "create_deal",
    "get_deal",
    "update_deal",
    "delete_deal",
    "list_deals",
];

/// The operations of a CRM vendor. Name them in `manifest.capabilities`; the host calls no other.
///
/// All may fail with `Unauthorized` (the host refreshes and repeats), `Forbidden`, `MissingScope`,
/// `RateLimited`, `Unavailable`, `Timeout` and `BadAnswer`. A field that the vendor does not know
/// is `InvalidInput` with its dotted name (`contact.extra.shoe_size`): nothing is left out
/// silently.
pub trait Crm: Send + Sync + 'static {
    /// Creates a contact. Where the vendor has it already, by the key or by what makes two contacts
    /// the same to it, that one is taken: the draft's fields are set and the others stay.
    fn create_contact(
        &self,
        cx: &Context,
        input: CreateContact,
    ) -> impl Future<Output = Result<Contact>> + Send;

    /// Reads a contact, archived ones too. Fails with `NotFound`.
    fn get_contact(
        &self,
        cx: &Context,
        input: GetObject,
    ) -> impl Future<Output = Result<Contact>> + Send;

    /// The contact that `create_contact` would take for one with this address.
    fn find_contact(
        &self,
        cx: &Context,
        input: FindContact,
    ) -> impl Future<Output = Result<FoundContact>> + Send;

    /// Replaces a contact's fields. Fails with `NotFound`; with `Conflict` where another contact
    /// has the address.
    fn update_contact(
        &self,
        cx: &Context,
        input: UpdateContact,
    ) -> impl Future<Output = Result<Contact>> + Send;

    /// Archives a contact. Done where it is archived already; fails with `NotFound` where the
    /// vendor says that there is none.
    fn delete_contact(
        &self,
        cx: &Context,
        input: DeleteObject,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Lists or searches contacts. A broken item becomes a warning. Fails with `CursorLost` for a
    /// page that is no longer good.
    fn list_contacts(
        &self,
        cx: &Context,
        input: ListObjects,
    ) -> impl Future<Output = Result<ContactPage>> + Send;

    /// Creates a deal and links its contacts to it. Repeated with the same key it makes no second
    /// one: the draft's fields are set on the first.
    fn create_deal(
        &self,
        cx: &Context,
        input: CreateDeal,
    ) -> impl Future<Output = Result<Deal>> + Send;

    /// Reads a deal with its contacts, archived ones too. Fails with `NotFound`.
    fn get_deal(&self, cx: &Context, input: GetObject)
    -> impl Future<Output = Result<Deal>> + Send;

    /// Replaces a deal's fields, and its contacts where the draft names them. Fails with
    /// `NotFound`.
    fn update_deal(
        &self,
        cx: &Context,
        input: UpdateDeal,
    ) -> impl Future<Output = Result<Deal>> + Send;

    /// Archives a deal. Done where it is archived already; fails with `NotFound` where the vendor
    /// says that there is none.
    fn delete_deal(
        &self,
        cx: &Context,
        input: DeleteObject,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Lists or searches deals. A broken item becomes a warning. Fails with `CursorLost` for a page
    /// that is no longer good.
    fn list_deals(
        &self,
        cx: &Context,
        input: ListObjects,
    ) -> impl Future<Output = Result<DealPage>> + Send;
}

/// Starts an operation of the capability; `None` where the name is not one of them.
#[doc(hidden)]
pub fn dispatch<P: Crm>(
    provider: Arc<P>,
    cx: Context,
    operation: &str,
    input: &[u8],
) -> Option<Answer> {
    Some(match operation.strip_prefix("crm.")? {
        "create_contact" => reply(input, async move |i| provider.create_contact(&cx, i).await),
        "get_contact" => reply(input, async move |i| provider.get_contact(&cx, i).await),
        "find_contact" => reply(input, async move |i| provider.find_contact(&cx, i).await),
        "update_contact" => reply(input, async move |i| provider.update_contact(&cx, i).await),
        "delete_contact" => reply(input, async move |i| provider.delete_contact(&cx, i).await),
        "list_contacts" => reply(input, async move |i| provider.list_contacts(&cx, i).await),
        "create_deal" => reply(input, async move |i| provider.create_deal(&cx, i).await),
        "get_deal" => reply(input, async move |i| provider.get_deal(&cx, i).await),
        "update_deal" => reply(input, async move |i| provider.update_deal(&cx, i).await),
        "delete_deal" => reply(input, async move |i| provider.delete_deal(&cx, i).await),
        "list_deals" => reply(input, async move |i| provider.list_deals(&cx, i).await),
        _ => return None,
    })
}
