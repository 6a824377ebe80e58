use std::sync::Arc;

use chrono::{DateTime, Utc};
use mortise_plugin_api::calendar::{FreeBusy, FreeBusyQuery};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Window, input::check_calendar_id, operation, target::default_calendar};
use crate::app::{Caller, Hub, HubError, call::Target, targets::Targets};

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

/// Which busy time to ask for.
#[derive(Debug, Clone)]
pub struct BusyQuery {
    /// When.
    pub window: Window,
    /// Only at this vendor.
    pub provider: Option<String>,
    /// Exactly these calendars, by the vendor's ids or by mail addresses, not the user's own.
    pub calendars: Option<Vec<String>>,
}

/// What the vendors say.
#[derive(Default)]
pub(super) struct Blocks {
    pub(super) blocks: Vec<RawBlock>,
    /// What could not be asked, one sentence each.
    pub(super) warnings: Vec<String>,
    /// The first vendor's error, where none could be asked.
    pub(super) failed: Option<HubError>,
}

/// Calendars without an answer, and why.
type Unanswered = Vec<(BusySource, String)>;

impl Hub {
    /// Busy time of all of the caller's own calendars at all connected vendors or the named one, or
    /// of the named calendars.
    ///
    /// # Errors
    /// `Invalid`, `NotConnected` and its kin; the first vendor's error where none could be asked.
    pub async fn free_busy(
        self: &Arc<Self>,
        caller: &Caller,
        query: BusyQuery,
    ) -> Result<BusyReport, HubError> {
        let (provider, window) = (query.provider.as_deref(), query.window);
        let Blocks { blocks, warnings, failed } = match query.calendars {
            Some(calendars) => {
                let mut calendars = check_calendars(calendars)?;
                let target = self.calendar_target(caller, provider).await?;
                for main in calendars.iter_mut().filter(|id| *id == "primary") {
                    *main = default_calendar(&target);
                }
                let (blocks, unanswered) = self.ask_busy(&target, calendars, window).await?;
                Blocks { blocks, warnings: told(unanswered), failed: None }
            }
            None => {
                let targets = self.calendar_targets(caller, provider).await?;
                self.busy_blocks(&targets, window, None).await?
            }
        };
        match failed {
            Some(error) => Err(error),
            None => {
                let partial = !warnings.is_empty();
                Ok(BusyReport { items: merge(blocks), warnings, partial })
            }
        }
    }

    /// The blocks of all own calendars of the targets, asked at once, and what could not be asked.
    /// `also`: a further calendar of the first target.
    ///
    /// # Errors
    /// `Invalid` where the vendor does not know the further calendar.
    pub(super) async fn busy_blocks(
        self: &Arc<Self>,
        targets: &Targets,
        window: Window,
        also: Option<&str>,
    ) -> Result<Blocks, HubError> {
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
        Ok(Blocks { blocks, warnings, failed: failed.filter(|_| failures == all) })
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
        let (blocks, unanswered) = self.ask_busy(target, calendars, window).await?;
        let foreign = also.filter(|id| !known(id));
        if let Some((_, error)) =
            unanswered.iter().find(|(at, _)| Some(&*at.calendar_id) == foreign)
        {
            let message = format!("the vendor does not answer for this calendar: {error}");
            return Err(HubError::invalid("calendar_id", message));
        }
        if !unanswered.is_empty() {
            // One may have been deleted since the list was read.
            self.calendars.forget(target.connection.integration.id).await;
        }
        Ok((blocks, told(unanswered)))
    }

    /// The blocks of these calendars, and those that the vendor does not answer for.
    pub(super) async fn ask_busy(
        self: &Arc<Self>,
        target: &Target,
        calendars: Vec<String>,
        window: Window,
    ) -> Result<(Vec<RawBlock>, Unanswered), HubError> {
        let query = FreeBusyQuery { calendars, start: window.start, end: window.end };
        let answer: FreeBusy = self.call(target, operation::FREE_BUSY, &query).await?;
        let source = |calendar: String| BusySource {
            provider: target.provider.id.to_string(),
            calendar_id: calendar,
        };
        let answered: Vec<String> =
            answer.calendars.iter().map(|entry| entry.calendar.to_lowercase()).collect();
        let missing =
            query.calendars.into_iter().filter(|id| !answered.contains(&id.to_lowercase()));
        let mut unanswered: Unanswered =
            missing.map(|id| (source(id), "it is not in the vendor's answer".to_owned())).collect();
        let mut blocks = Vec::new();
        for entry in answer.calendars {
            let source = source(entry.calendar);
            unanswered.extend(entry.error.map(|error| (source.clone(), error)));
            blocks.extend(entry.busy.into_iter().map(|busy| RawBlock {
                start: busy.start,
                end: busy.end,
                source: source.clone(),
            }));
        }
        Ok((blocks, unanswered))
    }
}

fn told(unanswered: Unanswered) -> Vec<String> {
    let told =
        |(at, error): (BusySource, String)| format!("{}: {}: {error}", at.provider, at.calendar_id);
    unanswered.into_iter().map(told).collect()
}

/// Calendars in one question: as many as the vendors answer for in a moment.
const MOST_CALENDARS: usize = 100;

/// Each once.
fn check_calendars(calendars: Vec<String>) -> Result<Vec<String>, HubError> {
    let mut named: Vec<String> = Vec::new();
    for id in calendars {
        check_calendar_id("calendars", &id)?;
        if !named.contains(&id) {
            named.push(id);
        }
    }
    match named.len() {
        1..=MOST_CALENDARS => Ok(named),
        _ => Err(HubError::invalid("calendars", format!("name 1 to {MOST_CALENDARS} calendars"))),
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
