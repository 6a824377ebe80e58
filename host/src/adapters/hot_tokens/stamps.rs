use std::{
    hash::{DefaultHasher, Hash, Hasher as _},
    sync::atomic::{AtomicU64, Ordering},
};

/// Things share a place; one that shares with another is only looked up once more.
const PLACES: usize = 4096;

/// When what was last written, in an order that all threads agree on. What was read before the last
/// write of its thing is old, also where the reading ended after the writing.
pub struct Stamps {
    order: AtomicU64,
    places: Box<[AtomicU64]>,
}

/// A write under way; its end is stamped, however it ends.
pub struct Write<'s> {
    stamps: &'s Stamps,
    place: usize,
}

impl Default for Stamps {
    fn default() -> Self {
        let places = std::iter::repeat_with(AtomicU64::default).take(PLACES).collect();
        Self { order: AtomicU64::default(), places }
    }
}

impl Stamps {
    /// To be asked before something is read.
    pub fn now(&self) -> u64 {
        self.order.load(Ordering::SeqCst)
    }

    /// Whether a thing has not been written since.
    pub fn untouched(&self, thing: impl Hash, since: u64) -> bool {
        self.places[place(thing)].load(Ordering::SeqCst) <= since
    }

    /// Marks a thing as written once the answer is dropped.
    pub fn write(&self, thing: impl Hash) -> Write<'_> {
        Write { stamps: self, place: place(thing) }
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        let stamp = self.stamps.order.fetch_add(1, Ordering::SeqCst) + 1;
        self.stamps.places[self.place].fetch_max(stamp, Ordering::SeqCst);
    }
}

fn place(thing: impl Hash) -> usize {
    let mut hasher = DefaultHasher::new();
    thing.hash(&mut hasher);
    usize::try_from(hasher.finish() % PLACES as u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_the_end_of_a_write_is_old() {
        let stamps = Stamps::default();
        let before = stamps.now();
        assert!(stamps.untouched(1, before));
        let write = stamps.write(1);
        let amid = stamps.now();
        drop(write);
        assert!(!stamps.untouched(1, before));
        assert!(!stamps.untouched(1, amid));
        assert!(stamps.untouched(1, stamps.now()));
    }

    #[test]
    fn other_things_are_left_alone() {
        let stamps = Stamps::default();
        let before = stamps.now();
        drop(stamps.write(1));
        assert!((2..10).all(|thing| stamps.untouched(thing, before)));
    }
}
