use std::sync::Arc;

use chrono::{DateTime, Utc};
use mortise_plugin_api::calendar::{FreeBusy, FreeBusyQuery};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Window, operation, target::Targets};
use crate::app::{Caller, Hub, HubError, call::Target};

/// Busy time over calendars, merged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct BusyReport {
    /// Blocks that do not touch, in order.
    pub items: Vec<BusyBlock>,
    /// Calendars that could not be asked, one sentence each: their time is not in `items`.
    pub warnings: Vec<String>,
    /// Whether anything is missing from `items`.
    pub partial: bool,
}

/// A half-open block of busy time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BusyBlock {
    /// First moment.
    pub start: DateTime<Utc>,
    /// First moment after it.
    pub end: DateTime<Utc>,
    /// The calendars that it comes from.
    pub sources: Vec<BusySource>,
}

/// A calendar that is busy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct BusySource {
    /// `google_calendar`.
    pub provider: String,
    /// The vendor's id of the calendar.
    pub calendar_id: String,
}

/// One calendar's block, not merged.
#[derive(Debug, Clone)]
pub(super) struct RawBlock {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) source: BusySource,
}

impl Hub {
    /// Busy time of all of the caller's own calendars at all connected vendors, or the named one.
    ///
    /// # Errors
    /// `NotConnected` and its kin; the first vendor's error where none could be asked.
    pub async fn free_busy(
        self: &Arc<Self>,
        caller: &Caller,
        provider: Option<&str>,
        window: Window,
    ) -> Result<BusyReport, HubError> {
        let targets = self.calendar_targets(caller, provider).await?;
        let (blocks, warnings) = self.busy_blocks(&targets, window, None).await?;
        let partial = !warnings.is_empty();
        Ok(BusyReport { items: merge(blocks), warnings, partial })
    }

    /// The blocks of all own calendars of the targets, asked at once, and what could not be asked.
    /// `also`: a further calendar of the first target.
    ///
    /// # Errors
    /// The first target's error where none could be asked.
    pub(super) async fn busy_blocks(
        self: &Arc<Self>,
        targets: &Targets,
        window: Window,
        also: Option<&str>,
    ) -> Result<(Vec<RawBlock>, Vec<String>), HubError> {
        let asked = targets
            .usable
            .iter()
            .enumerate()
            .map(|(index, target)| self.blocks_of(target, window, also.filter(|_| index == 0)));
        let answers = futures::future::join_all(asked).await;
        let (mut blocks, mut failed) = (Vec::new(), None);
        let mut warnings: Vec<String> = targets.warnings().collect();
        let all = answers.len();
        let mut failures = 0;
        for answer in answers {
            match answer {
                Ok((more, unknown)) => {
                    blocks.extend(more);
                    warnings.extend(unknown);
                }
                Err(error @ HubError::Invalid(_)) => return Err(error),
                Err(error) => {
                    failures += 1;
                    warnings.push(error.to_string());
                    failed = failed.or(Some(error));
                }
            }
        }
        match failed {
            Some(error) if failures == all => Err(error),
            _ => Ok((blocks, warnings)),
        }
    }

    async fn blocks_of(
        self: &Arc<Self>,
        target: &Target,
        window: Window,
        also: Option<&str>,
    ) -> Result<(Vec<RawBlock>, Vec<String>), HubError> {
        let own = self.own_calendars(target).await?;
        let mut calendars: Vec<String> = own.iter().map(|info| info.id.clone()).collect();
        let known = |id: &str| id == "primary" || own.iter().any(|info| info.id == id);
        calendars.extend(also.filter(|id| !known(id)).map(str::to_owned));
        let query = FreeBusyQuery { calendars, start: window.start, end: window.end };
        let answer: FreeBusy = self.call(target, operation::FREE_BUSY, &query).await?;
        let (mut blocks, mut warnings) = (Vec::new(), Vec::new());
        for calendar in answer.calendars {
            let source = BusySource {
                provider: target.provider.id.to_string(),
                calendar_id: calendar.calendar.clone(),
            };
            if let Some(error) = calendar.error {
                let named = also == Some(source.calendar_id.as_str());
                if named && !known(&source.calendar_id) {
                    let message = format!("the vendor does not answer for this calendar: {error}");
                    return Err(HubError::invalid("calendar_id", message));
                }
                warnings.push(format!("{}: {}: {error}", source.provider, source.calendar_id));
                // It may have been deleted since the list was read.
                self.calendars.forget(target.connection.integration.id).await;
            }
            let block = |busy: mortise_plugin_api::calendar::Busy| RawBlock {
                start: busy.start,
                end: busy.end,
                source: source.clone(),
            };
            blocks.extend(calendar.busy.into_iter().map(block));
        }
        Ok((blocks, warnings))
    }
}

/// Joins blocks that overlap or touch; each keeps the calendars that it came from.
fn merge(mut blocks: Vec<RawBlock>) -> Vec<BusyBlock> {
    blocks.retain(|block| block.start < block.end);
    blocks.sort_by_key(|block| (block.start, block.end));
    let mut merged: Vec<BusyBlock> = Vec::new();
    for block in blocks {
        match merged.last_mut() {
            Some(last) if block.start <= last.end => {
                last.end = last.end.max(block.end);
                if let Err(place) = last.sources.binary_search(&block.source) {
                    last.sources.insert(place, block.source);
                }
            }
            _ => merged.push(BusyBlock {
                start: block.start,
                end: block.end,
                sources: vec![block.source],
            }),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event_time::read_moment;

    fn block(start: &str, end: &str, calendar: &str) -> RawBlock {
        let at = |time: &str| read_moment("x", &format!("2026-12-01T{time}:00Z")).unwrap();
        let source = BusySource { provider: "acme".into(), calendar_id: calendar.into() };
        RawBlock { start: at(start), end: at(end), source }
    }

    #[test]
    fn blocks_that_overlap_or_touch_become_one_and_keep_their_sources() {
        let merged = merge(vec![
            block("14:00", "15:00", "a"),
            block("10:00", "11:00", "b"),
            block("10:30", "12:00", "a"),
            block("12:00", "12:30", "b"),
            block("16:00", "16:00", "a"),
        ]);
        let shown: Vec<_> = merged
            .iter()
            .map(|b| (b.start.format("%H:%M").to_string(), b.end.format("%H:%M").to_string()))
            .collect();
        assert_eq!(shown, [("10:00".into(), "12:30".into()), ("14:00".into(), "15:00".into())]);
        let sources: Vec<_> = merged[0].sources.iter().map(|s| s.calendar_id.as_str()).collect();
        assert_eq!(sources, ["a", "b"]);
    }
}
