use std::{collections::BTreeMap, fmt, sync::Mutex};

/// What the hubs answered, by call.
#[derive(Default)]
pub struct Tally(Mutex<BTreeMap<(&'static str, String), u64>>);

impl Tally {
    /// Counts an answer: its status and code, or why there was none.
    pub fn count(&self, call: &'static str, answer: String) {
        *self.0.lock().unwrap().entry((call, answer)).or_default() += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.lock().unwrap();
        let all: u64 = counts.values().sum();
        write!(f, "{all} requests")?;
        for ((call, answer), count) in counts.iter() {
            write!(f, "\n  {count:>7} {call}: {answer}")?;
        }
        Ok(())
    }
}
