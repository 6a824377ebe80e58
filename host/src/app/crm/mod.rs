//! Contacts and deals over all vendors: linked ones, and lists.
//!
//! - One set of use cases serves both: [`CrmRecord`] is what they need to know of either.
//! - Creations are upserts at the vendor, by the key or by what makes two contacts the same there.
//!   So a repeated creation meets its object, whatever became of the call before.
//! - Creations and replacements of one record's object take turns, so that none answers with what
//!   another has just overwritten. Deletes do not wait: they have to get at what hangs.

mod check;
mod compare;
mod create;
mod deal_contacts;
mod input;
mod linked;
mod list;
mod objects;
mod record;
mod settle;
mod turns;
mod write;

pub use check::read_fields;
pub use create::CreateObject;
pub use deal_contacts::DealContact;
pub use input::{AmountInput, ContactInput, DealContactInput, DealInput};
pub use linked::{LinkedObject, LinkedQuery};
pub use list::{CrmItem, CrmList, CrmQuery};
pub use record::CrmRecord;
pub(super) use turns::ObjectTurns;
pub use write::{DeleteObjectRequest, UpdateObject};
