//! Chance that follows from a seed, so that a run can be repeated.

/// Numbers from a seed (SplitMix64): the same seed gives the same numbers.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to below `high`; `low` where there is nothing between.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).max(1);
        low + self.number() % span
    }

    /// True with this chance, from 0 to 1.
    pub fn chance(&mut self, chance: f64) -> bool {
        // 53 bits: as many as the number has.
        let drawn = (self.number() >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < chance
    }

    /// Dice of their own, which follow from these.
    pub fn fork(&mut self) -> Self {
        Self(self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_and_another_seed_gives_others() {
        let drawn = |seed| {
            let mut dice = Dice::new(seed);
            std::array::from_fn::<u64, 8, _>(|_| dice.number())
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        assert_eq!(Dice::new(0).number(), 0xe220_a839_7b1d_cdaf, "as published");
    }

    #[test]
    fn a_chance_comes_true_about_as_often_as_it_says() {
        let mut dice = Dice::new(7);
        let struck = (0..10_000).filter(|_| dice.chance(0.3)).count();
        assert!((2_800..3_200).contains(&struck), "{struck}");
        assert!((0..1_000).all(|_| dice.chance(1.0)) && !(0..1_000).any(|_| dice.chance(0.0)));
    }

    #[test]
    fn what_is_drawn_between_two_numbers_is_between_them() {
        let mut dice = Dice::new(3);
        assert!((0..1_000).all(|_| (50..2_000).contains(&dice.between(50, 2_000))));
        assert_eq!(dice.between(5, 5), 5);
    }
}
