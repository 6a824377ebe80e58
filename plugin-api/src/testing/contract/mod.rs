//! What every provider of a capability has to keep, as a table of rules.
//!
//! A rule calls one operation, plays the vendor with recorded answers and says what must come of it:
//! a canonical event or contact, or an error of one kind. The recording presents the canonical
//! values in the vendor's own shapes, so that the same event is read alike from every vendor. It is
//! one JSON file per plugin:
//!
//! ```json
//! {
//!   "settings": {},
//!   "calendar": "the id of a calendar",
//!   "rules": {
//!     "get": {"answers": [{"status": 200, "body": {"...": "the event, as the vendor has it"}}]},
//!     "get_missing": {"input": {"event_id": "gone"}, "answers": [{"status": 404, "text": ""}]},
//!     "timeout": {"answers": [{"error": "timeout"}]}
//!   }
//! }
//! ```
//!
//! `input` holds what is the vendor's own: `event_id`, `etag`, `page`, `sync`, `retry_after`,
//! `contact_id`, `deal_id`. An answer has a `status`, `headers`, and a `body` of JSON or a `text`; or
//! an `error`, which is `timeout`, `connect` or `cut`. Where a rule makes two calls and one of them
//! needs more than one answer, `answers` is a list of lists.
//!
//! Besides its own demand each rule holds that
//! - every recorded answer is asked for, and no other;
//! - no request carries a token, and each goes to a path below `api_base` or over https to one of
//!   the manifest's hosts;
//! - the check of [`Recorded::checked_by`] accepts each request;
//! - the same call sends the same requests when it is repeated;
//! - no error's message holds the text `s3cret-marker`, which recordings put where a vendor's body
//!   may hold anything.
//!
//! Operations that the manifest does not list are not asked for. A rule without recording is broken.

mod calendar;
mod crm;
mod event;
mod object;
mod recorded;
mod run;

pub use recorded::Recorded;

use crate::export::Exported;

/// The key of every creation: 52 characters of base32hex, as the host makes them.
const KEY: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Runs every rule of the calendar capability.
///
/// # Panics
/// Where a rule is broken, with all broken rules.
pub fn calendar<P: Exported>(recorded: &Recorded) {
    run::all::<P>(recorded, crate::calendar::CAPABILITY, calendar::RULES);
}

/// Runs every rule of the CRM capability.
///
/// # Panics
/// Where a rule is broken, with all broken rules.
pub fn crm<P: Exported>(recorded: &Recorded) {
    run::all::<P>(recorded, crate::crm::CAPABILITY, crm::RULES);
}
