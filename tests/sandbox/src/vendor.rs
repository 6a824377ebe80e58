use std::sync::Arc;

use serde_json::Value;

use crate::backend::Backend;
use crate::fault::Fault;
use crate::google::{CalendarStore, StoredEvent};
use crate::hubspot::{HubSpotApi, ObjectType, StoredObject};
use crate::journal::LoggedRequest;
use crate::microsoft::{GraphApi, StoredGraphEvent};
use crate::oauth::{AuthorizeRefusal, Consent, LiveTokens};
use crate::sandbox_events::EventStore;

/// A running vendor; `A` is its API. Accounts are named by their e-mail address, in lower case.
pub struct Vendor<A> {
    url: String,
    backend: Arc<Backend<A>>,
}

impl<A> Vendor<A> {
    pub(crate) fn new(url: String, backend: Arc<Backend<A>>) -> Self {
        Self { url, backend }
    }

    /// `http://127.0.0.1:PORT`, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn client_id(&self) -> String {
        self.backend.oauth.client_id()
    }

    pub fn client_secret(&self) -> String {
        self.backend.oauth.client_secret()
    }

    /// Registers an address for the client; it is compared character by character.
    pub fn allow_redirect_uri(&self, uri: impl Into<String>) {
        self.backend.oauth.allow_redirect_uri(uri);
    }

    /// Opens the authorize address and answers its consent page, without HTTP. Gives the address
    /// that the browser would be redirected to, also where that carries an `error`.
    ///
    /// # Errors
    /// Where the vendor would show an error page instead: see [`AuthorizeRefusal`].
    pub fn approve(
        &self,
        authorize_url: &str,
        consent: &Consent,
    ) -> Result<String, AuthorizeRefusal> {
        self.backend.oauth.approve(authorize_url, consent)
    }

    /// Switches a fault on. Of several that match a request, the one set first strikes.
    pub fn set_fault(&self, fault: Fault) {
        self.backend.faults.set(fault);
    }

    pub fn clear_faults(&self) {
        self.backend.faults.clear();
    }

    /// From now on faults with a chance strike as from the start with this seed.
    pub fn set_seed(&self, seed: u64) {
        self.backend.faults.seed(seed);
    }

    /// The last 10,000 requests answered, in order, without the `/_sandbox/` ones. A request is
    /// in here before its answer is sent.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.backend.journal.all()
    }

    /// The most requests that were under way at one moment, without the `/_sandbox/` ones.
    pub fn most_at_once(&self) -> usize {
        self.backend.journal.most_at_once()
    }

    /// Life of access tokens issued from now on, in seconds; zero or less issues expired ones.
    pub fn set_expires_in(&self, seconds: i64) {
        self.backend.oauth.set_expires_in(seconds);
    }

    /// Life of authorization codes issued from now on, in seconds (600 at first).
    pub fn set_code_expires_in(&self, seconds: i64) {
        self.backend.oauth.set_code_expires_in(seconds);
    }

    /// Ends the account's access tokens; its refresh tokens stay good.
    pub fn expire_access_tokens(&self, account: &str) {
        self.backend.oauth.expire_access_tokens(account);
    }

    /// Ends the account's grants, as its owner can on the vendor's site.
    pub fn revoke_grants(&self, account: &str) {
        self.backend.oauth.revoke_grants(account);
    }

    /// The account's tokens that the vendor would accept now.
    pub fn live_tokens(&self, account: &str) -> LiveTokens {
        self.backend.oauth.live_tokens(account)
    }

    /// The client's secret and every code and token issued so far, for tests that search logs
    /// for them.
    pub fn secrets(&self) -> Vec<String> {
        self.backend.oauth.secrets()
    }
}

impl Vendor<CalendarStore> {
    /// All events kept for the account, cancelled ones and exceptions of series included, by
    /// calendar and id.
    pub fn events(&self, account: &str) -> Vec<StoredEvent> {
        self.backend.api.events(account)
    }

    /// Puts an event into a calendar as if it had always been there and gives its stored form.
    /// `primary` is the account's own calendar; account and calendar are made where missing.
    ///
    /// Nothing is checked, so that a test can plant what the vendor should never send; `id`,
    /// `status` and the like are added where absent. An event with the same id is replaced.
    pub fn put_event(&self, account: &str, calendar: &str, event: Value) -> Value {
        self.backend.api.put_event(account, calendar, event)
    }

    /// Makes all sync tokens handed out so far answer 410.
    pub fn expire_sync_tokens(&self) {
        self.backend.api.expire_sync_tokens();
    }
}

impl Vendor<HubSpotApi> {
    /// All contacts of the account's hub, archived ones included, by id.
    pub fn contacts(&self, account: &str) -> Vec<StoredObject> {
        self.backend.api.objects(account, ObjectType::Contacts)
    }

    /// All deals of the account's hub, archived ones included, by id.
    pub fn deals(&self, account: &str) -> Vec<StoredObject> {
        self.backend.api.objects(account, ObjectType::Deals)
    }

    /// Puts a contact into the account's hub as if it had always been there; the hub is made
    /// where missing. `properties` is an object of names and values.
    ///
    /// Nothing is checked, so that a test can plant what the vendor should never send. A contact
    /// with the same `hs_object_id` is replaced.
    pub fn put_contact(&self, account: &str, properties: Value) -> StoredObject {
        self.backend.api.put_object(account, ObjectType::Contacts, &properties)
    }

    /// As [`Self::put_contact`], for a deal.
    pub fn put_deal(&self, account: &str, properties: Value) -> StoredObject {
        self.backend.api.put_object(account, ObjectType::Deals, &properties)
    }

    /// Sets one property of an object without any check, as its owner could in the meantime;
    /// empty text clears it. False where there is no such object.
    pub fn set_property(
        &self,
        account: &str,
        object: ObjectType,
        id: &str,
        name: &str,
        value: &str,
    ) -> bool {
        self.backend.api.set_property(account, object, id, (name, value))
    }

    /// Defines a custom property and gives its definition as the API answers it. Only `name` is
    /// needed; `type` is `string` where absent. A property with the same name is replaced.
    ///
    /// # Errors
    /// Where `property` does not have the shape of a definition.
    pub fn put_property(
        &self,
        account: &str,
        object: ObjectType,
        property: Value,
    ) -> Result<Value, serde_json::Error> {
        self.backend.api.put_property(account, object, property)
    }
}

impl Vendor<GraphApi> {
    /// All events kept for the account, by calendar and age: single events, series masters, and
    /// after each master its exceptions. Deleted events are not kept.
    pub fn events(&self, account: &str) -> Vec<StoredGraphEvent> {
        self.backend.api.events(account)
    }

    /// Puts an event into a calendar as if it had always been there and gives it as a client
    /// without preferences reads it. The calendar is named by its name (`Calendar` is the default
    /// one) or id; account and calendar are made where missing.
    ///
    /// Nothing is checked, so that a test can plant what the vendor should never send; properties
    /// that are absent get the vendor's defaults. An event whose `id` is sent is replaced.
    pub fn put_event(&self, account: &str, calendar: &str, event: Value) -> Value {
        self.backend.api.put_event(account, calendar, event)
    }

    /// Moves an event, named by either kind of id, to another calendar, as its owner can in
    /// Outlook, and gives it with its new id. Nothing where there is no such event.
    pub fn move_event(&self, account: &str, event: &str, calendar: &str) -> Option<Value> {
        self.backend.api.move_event(account, event, calendar)
    }

    /// Makes all delta and page tokens of `calendarView/delta` handed out so far answer 410.
    pub fn expire_sync_tokens(&self) {
        self.backend.api.expire_sync_tokens();
    }
}
