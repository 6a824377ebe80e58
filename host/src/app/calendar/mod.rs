//! One calendar over all vendors: linked events, lists, busy time and conflicts.

mod calendars;
mod compare;
mod conflicts;
mod create;
mod delete;
mod free_busy;
mod input;
mod linked;
mod list;
mod moves;
mod own;
mod primary;
mod record;
mod settle;
mod target;
mod write;

pub(super) use calendars::CalendarCache;
pub use conflicts::{Conflict, ConflictQuery, ConflictReport};
pub use create::CreateRequest;
pub use delete::DeleteRequest;
pub use free_busy::{BusyBlock, BusyQuery, BusyReport, BusySource};
pub use input::{ConferenceInput, EventInput, TimeInput};
pub use linked::LinkedEvent;
pub use list::{EventItem, EventList, ListQuery};
pub use primary::PrimaryReport;
pub use target::Window;
pub use write::UpdateRequest;

/// Operations by their names in manifests.
pub(super) mod operation {
    pub(in crate::app) const CREATE: &str = "calendar.create_event";
    pub(in crate::app) const GET: &str = "calendar.get_event";
    pub(in crate::app) const UPDATE: &str = "calendar.update_event";
    pub(in crate::app) const DELETE: &str = "calendar.delete_event";
    pub(in crate::app) const LIST: &str = "calendar.list_events";
    pub(in crate::app) const FREE_BUSY: &str = "calendar.free_busy";
    pub(in crate::app) const CALENDARS: &str = "calendar.list_calendars";
}
