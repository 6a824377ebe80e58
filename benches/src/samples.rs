//! How long requests took.

use std::time::Duration;

/// Latencies of one or more rounds, and how much was done in each.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    nanos: Vec<u64>,
    rates: Vec<f64>,
}

impl Samples {
    /// Adds a round.
    pub fn add(&mut self, latencies: impl IntoIterator<Item = Duration>, took: Duration) {
        let before = self.nanos.len();
        let nanos = |latency: Duration| u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.extend(latencies.into_iter().map(nanos));
        #[expect(clippy::cast_precision_loss, reason = "a count of requests fits")]
        self.rates.push((self.nanos.len() - before) as f64 / took.as_secs_f64());
    }

    /// Requests per second: the median of the rounds.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let mut rates = self.rates.clone();
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().unwrap_or_default()
    }

    /// The latency that this share of the requests stayed below, over all rounds.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        let mut nanos = self.nanos.clone();
        nanos.sort_unstable();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index into the samples"
        )]
        let at = (nanos.len() as f64 * share) as usize;
        nanos
            .get(at.min(nanos.len().saturating_sub(1)))
            .copied()
            .map_or(Duration::ZERO, Duration::from_nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_over_all_rounds_and_a_rate_is_the_median_of_them() {
        let mut samples = Samples::default();
        let millis = |range: std::ops::Range<u64>| range.map(Duration::from_millis);
        samples.add(millis(0..50), Duration::from_secs(1));
        samples.add(millis(50..100), Duration::from_secs(2));
        samples.add([], Duration::from_secs(1));
        assert_eq!(samples.quantile(0.5), Duration::from_millis(50));
        assert_eq!(samples.quantile(0.99), Duration::from_millis(99));
        assert!((samples.rate() - 25.0).abs() < 1e-9);
        assert_eq!(Samples::default().quantile(0.5), Duration::ZERO);
    }
}
