use std::sync::Arc;

use serde_json::Value;

use crate::backend::Backend;
use crate::fault::Fault;
use crate::google::{CalendarStore, StoredEvent};
use crate::journal::LoggedRequest;
use crate::oauth::{AuthorizeRefusal, Consent, LiveTokens};

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

    /// The last 10,000 requests answered, in order, without the `/_sandbox/` ones. A request is
    /// in here before its answer is sent.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.backend.journal.all()
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
