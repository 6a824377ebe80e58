//! HubSpot for Mortise: contacts and deals over version 3 of the CRM API, associations over
//! version 4, OAuth of version 2026-03.
//!
//! There is no `identify`: HubSpot tells whose token it is only to one who shows the client's secret
//! or writes the token into a URL, and a plugin has neither. The account's number comes with the
//! token.

mod associations;
mod batch;
mod contacts;
mod deals;
mod draft;
mod errors;
mod faults;
mod key_property;
mod kind;
mod manifest;
mod object;
mod objects;
mod refused;
mod routes;
mod settings;
mod write;

use mortise_plugin_api::{
    Context, Error, Manifest, Provider, Response, Result, RouteRequest, Routes, Settings, Value,
    crm::{
        Contact, ContactPage, CreateContact, CreateDeal, Crm, Deal, DealPage, DeleteObject,
        FindContact, FoundContact, GetObject, ListObjects, UpdateContact, UpdateDeal,
    },
};

use crate::{objects::Objects, settings::Config};

/// The provider. It has its settings and no state.
pub struct HubSpot {
    config: Config,
}

impl HubSpot {
    fn contacts<'a>(&'a self, cx: &'a Context) -> Objects<'a> {
        contacts::objects(cx, &self.config)
    }

    fn deals<'a>(&'a self, cx: &'a Context) -> Objects<'a> {
        deals::objects(cx, &self.config)
    }
}

impl Provider for HubSpot {
    fn manifest() -> Manifest {
        manifest::manifest()
    }

    fn new(settings: &Settings) -> Result<Self> {
        Ok(Self { config: Config::read(settings)? })
    }

    fn vendor_error(answer: &Response) -> Error {
        errors::read(answer)
    }
}

impl Crm for HubSpot {
    async fn create_contact(&self, cx: &Context, input: CreateContact) -> Result<Contact> {
        contacts::create(self.contacts(cx), input).await
    }

    async fn get_contact(&self, cx: &Context, input: GetObject) -> Result<Contact> {
        contacts::get(self.contacts(cx), &input).await
    }

    async fn find_contact(&self, cx: &Context, input: FindContact) -> Result<FoundContact> {
        contacts::find(self.contacts(cx), &input).await
    }

    async fn update_contact(&self, cx: &Context, input: UpdateContact) -> Result<Contact> {
        contacts::update(self.contacts(cx), input).await
    }

    async fn delete_contact(&self, cx: &Context, input: DeleteObject) -> Result<()> {
        self.contacts(cx).archive(&input.id).await
    }

    async fn list_contacts(&self, cx: &Context, input: ListObjects) -> Result<ContactPage> {
        contacts::list(self.contacts(cx), &input).await
    }

    async fn create_deal(&self, cx: &Context, input: CreateDeal) -> Result<Deal> {
        deals::create(self.deals(cx), input).await
    }

    async fn get_deal(&self, cx: &Context, input: GetObject) -> Result<Deal> {
        deals::get(self.deals(cx), &input).await
    }

    async fn update_deal(&self, cx: &Context, input: UpdateDeal) -> Result<Deal> {
        deals::update(self.deals(cx), input).await
    }

    async fn delete_deal(&self, cx: &Context, input: DeleteObject) -> Result<()> {
        self.deals(cx).archive(&input.id).await
    }

    async fn list_deals(&self, cx: &Context, input: ListObjects) -> Result<DealPage> {
        deals::list(self.deals(cx), &input).await
    }
}

impl Routes for HubSpot {
    async fn route(&self, cx: &Context, operation: &str, request: RouteRequest) -> Result<Value> {
        routes::answer(cx, operation, &request).await
    }
}

mortise_plugin_api::export_plugin!(HubSpot: Crm, Routes);
