//! Which service makes a calendar's online meetings.

use mortise_plugin_api::{Context, Error, Result};

use crate::{graph::calendar_path, wire};

/// Graph's word for "none that is known".
const UNKNOWN: &str = "unknown";

/// The calendar's own service, or the first that it allows.
///
/// # Errors
/// `InvalidInput` for the wish where the calendar allows none.
pub(crate) async fn provider(cx: &Context, calendar: &str) -> Result<String> {
    let answer: wire::Calendar = cx
        .get(calendar_path(calendar))
        .query("$select", "id,defaultOnlineMeetingProvider,allowedOnlineMeetingProviders")
        .send()
        .await?;
    let allowed = answer.allowed_online_meeting_providers.unwrap_or_default();
    let may = |name: &String| name != UNKNOWN && (allowed.is_empty() || allowed.contains(name));
    let usual = answer.default_online_meeting_provider.filter(may);
    usual.or_else(|| allowed.iter().find(|name| *name != UNKNOWN).cloned()).ok_or_else(|| {
        let message = "this Outlook calendar cannot make online meetings: leave the conference out";
        Error::invalid("event.conference", message)
    })
}
