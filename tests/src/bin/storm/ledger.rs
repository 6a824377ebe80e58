use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::outcome::Outcome;

/// What a write makes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Gone,
    /// An event with this title, which no other write has; at this vendor, where the write says.
    Is {
        title: String,
        provider: Option<&'static str>,
    },
}

/// A write with all its repetitions, by the ledger's own count of moments.
#[derive(Debug, Clone)]
pub struct Write {
    began: u64,
    /// Never, where somebody may still be at it.
    ended: u64,
    effect: Effect,
    acknowledged: bool,
}

impl Write {
    /// Whether the event with this title may be of this write.
    pub fn made(&self, title: &str) -> bool {
        matches!(&self.effect, Effect::Is { title: own, .. } if own == title)
    }
}

/// A record of a user's: `(user, entity id)`.
pub type RecordName = (String, String);

/// Who writes to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// One client, which also moves it.
    Own,
    /// All clients of its user, at one vendor.
    Shared,
    /// All clients of its user, at both vendors: nobody can say what it has to be.
    Contested,
}

/// All that clients wrote, or may have written.
#[derive(Default)]
pub struct Ledger {
    moment: AtomicU64,
    records: Mutex<BTreeMap<RecordName, (Sort, Vec<Write>)>>,
    /// What no client should have been answered.
    surprises: Mutex<Vec<String>>,
}

impl Ledger {
    pub fn moment(&self) -> u64 {
        self.moment.fetch_add(1, Ordering::SeqCst)
    }

    /// Notes a write that began at this moment and is over for its client.
    pub fn note(&self, record: (&RecordName, Sort), began: u64, effect: Effect, outcome: Outcome) {
        if outcome == Outcome::Refused {
            return;
        }
        let ended = if outcome == Outcome::Late { u64::MAX } else { self.moment() };
        let acknowledged = outcome == Outcome::Done;
        let mut records = self.records.lock().unwrap();
        let (_, writes) = records.entry(record.0.clone()).or_insert_with(|| (record.1, Vec::new()));
        writes.push(Write { began, ended, effect, acknowledged });
    }

    /// What the record can be at this moment, while nobody writes to it.
    pub fn possible(&self, record: &RecordName) -> Vec<Effect> {
        let records = self.records.lock().unwrap();
        possible(records.get(record).map_or(&[], |(_, writes)| writes))
    }

    pub fn surprise(&self, what: String) {
        self.surprises.lock().unwrap().push(what);
    }

    pub fn surprises(&self) -> Vec<String> {
        self.surprises.lock().unwrap().clone()
    }

    /// Every record with what was written to it, and what it can be now.
    pub fn records(&self) -> Vec<(RecordName, Sort, Vec<Effect>, Vec<Write>)> {
        let records = self.records.lock().unwrap();
        let record = |(name, (sort, writes)): (&RecordName, &(Sort, Vec<Write>))| {
            (name.clone(), *sort, possible(writes), writes.clone())
        };
        records.iter().map(record).collect()
    }
}

/// The effects that no acknowledged write has replaced: one that began after they had ended.
fn possible(writes: &[Write]) -> Vec<Effect> {
    let replaced =
        |ended: u64| writes.iter().any(|later| later.acknowledged && later.began > ended);
    let mut possible: Vec<Effect> = Vec::new();
    if !writes.iter().any(|write| write.acknowledged) {
        possible.push(Effect::Gone);
    }
    for write in writes.iter().filter(|write| !replaced(write.ended)) {
        if !possible.contains(&write.effect) {
            possible.push(write.effect.clone());
        }
    }
    possible
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let records = self.records.lock().unwrap();
        let writes: Vec<&Write> = records.values().flat_map(|(_, writes)| writes).collect();
        let acknowledged = writes.iter().filter(|write| write.acknowledged).count();
        let unclear = writes.len() - acknowledged;
        write!(f, "{} records; {acknowledged} writes acknowledged, ", records.len())?;
        write!(f, "{unclear} given up with an unclear outcome")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(title: &str) -> Effect {
        Effect::Is { title: title.to_owned(), provider: None }
    }

    fn write(began: u64, ended: u64, effect: Effect, acknowledged: bool) -> Write {
        Write { began, ended, effect, acknowledged }
    }

    #[test]
    fn a_record_that_nobody_wrote_to_is_gone() {
        assert_eq!(possible(&[]), [Effect::Gone]);
    }

    #[test]
    fn an_acknowledged_write_replaces_all_before_it_and_leaves_open_what_came_after() {
        let writes = [
            write(0, 1, is("a"), false),
            write(2, 3, is("b"), true),
            write(4, 5, Effect::Gone, false),
        ];
        assert_eq!(possible(&writes), [is("b"), Effect::Gone]);
    }

    #[test]
    fn of_two_writes_at_once_either_may_be_the_last() {
        let writes = [write(0, 3, is("a"), true), write(1, 2, is("b"), true)];
        assert_eq!(possible(&writes), [is("a"), is("b")]);
    }

    #[test]
    fn a_write_that_somebody_may_still_be_at_is_never_replaced() {
        let writes = [write(0, u64::MAX, is("a"), false), write(2, 3, is("b"), true)];
        assert_eq!(possible(&writes), [is("a"), is("b")]);
    }
}
