//! Lists over several connections, asked at once.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{HubError, call::Target, targets::Targets};

/// What one connection gave.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// Broken items, one sentence each.
    pub(super) warnings: Vec<String>,
    /// Where its next page starts.
    pub(super) next_page: Option<String>,
}

/// What all of them gave.
#[derive(Debug, Clone)]
pub struct List<T> {
    /// One connection's after the other's.
    pub items: Vec<T>,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
    /// Broken items and vendors that could not be asked, one sentence each.
    pub warnings: Vec<String>,
    /// Whether a vendor could not be asked.
    pub partial: bool,
}

/// Where each vendor's list goes on, `None` at its start; vendors that are through are left out.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cursor(HashMap<String, Option<String>>);

impl Cursor {
    fn read(text: &str) -> Result<Self, HubError> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| Self::unreadable())?;
        serde_json::from_slice(&json).map_err(|_| Self::unreadable())
    }

    fn unreadable() -> HubError {
        HubError::invalid("cursor", "not a next_cursor of an earlier page: leave it out")
    }

    fn write(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        serde_json::to_vec(self).ok().map(|json| URL_SAFE_NO_PAD.encode(json))
    }
}

/// Asks all connections at once, each for the page where its list goes on. One that fails is a
/// warning, and is asked for the same page again with the next cursor.
///
/// # Errors
/// `Invalid` for a cursor that cannot be read; the first failure where all failed.
pub(super) async fn list<T, F>(
    targets: Targets,
    cursor: Option<&str>,
    page_of: impl Fn(Target, Option<String>) -> F,
) -> Result<List<T>, HubError>
where
    F: Future<Output = Result<Page<T>, HubError>>,
{
    let warnings = targets.warnings().collect();
    let partial = !targets.unusable.is_empty();
    let Targets { usable: mut targets, unusable } = targets;
    let cursor = cursor.map(Cursor::read).transpose()?;
    if let Some(Cursor(pages)) = &cursor {
        targets.retain(|target| pages.contains_key(target.provider.id.as_str()));
        if targets.is_empty() {
            let lost = unusable.into_iter().next();
            return Err(lost.unwrap_or_else(Cursor::unreadable));
        }
    }
    let mut pages = cursor.unwrap_or_default().0;
    let places: Vec<_> = targets
        .iter()
        .map(|target| {
            let id = target.provider.id.to_string();
            let page = pages.remove(&id).flatten();
            (id, page)
        })
        .collect();
    let asked =
        targets.into_iter().zip(&places).map(|(target, (_, page))| page_of(target, page.clone()));
    let answers = futures::future::join_all(asked).await;
    let mut list = List { items: Vec::new(), next_cursor: None, warnings, partial };
    let (mut next, mut failed, mut failures) = (Cursor::default(), None, 0);
    let all = places.len();
    for ((id, asked_for), answer) in places.into_iter().zip(answers) {
        match answer {
            Ok(page) => {
                list.items.extend(page.items);
                list.warnings.extend(page.warnings.iter().map(|text| format!("{id}: {text}")));
                next.0.extend(page.next_page.map(|page| (id, Some(page))));
            }
            Err(error) => {
                failures += 1;
                list.warnings.push(error.to_string());
                next.0.insert(id, asked_for);
                failed = failed.or(Some(error));
            }
        }
    }
    if let Some(error) = failed {
        if failures == all {
            return Err(error);
        }
        list.partial = true;
    }
    list.next_cursor = next.write();
    Ok(list)
}
