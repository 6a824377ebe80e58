//! How many requests one API key or session may make.

mod steady;

use std::{
    hash::Hash,
    num::NonZeroU32,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use governor::{
    Quota, RateLimiter, clock, middleware::StateInformationMiddleware,
    state::keyed::HashMapStateStore,
};

use self::steady::Steady;
use super::Problem;
use crate::{
    app::{Access, hash_secret},
    ports::Clock,
};

/// draft-ietf-httpapi-ratelimit-headers
static RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
static RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// So many requests a second, of which so many may be saved up.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// Requests a second.
    pub per_second: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

/// The limits of all callers. Only a credential that was found good has an entry, and only while
/// its allowance is not whole.
pub struct RateLimits {
    keys: Option<Limit<i64>>,
    sessions: Option<Limit<String>>,
}

struct Limit<K: Hash + Eq + Clone> {
    allowance: Allowance,
    policy: HeaderValue,
    limiter: RateLimiter<K, HashMapStateStore<K>, Steady, StateInformationMiddleware>,
}

/// What a caller is told of its allowance.
#[derive(Debug, Clone)]
pub struct Standing {
    policy: HeaderValue,
    value: HeaderValue,
}

/// An allowance is used up.
#[derive(Debug)]
pub struct UsedUp {
    credential: &'static str,
    wait: Duration,
}

impl From<UsedUp> for Problem {
    fn from(UsedUp { credential, wait }: UsedUp) -> Self {
        let detail = format!(
            "This {credential} has used up its allowance, and nothing was done. Send the same \
             request again after the seconds of Retry-After."
        );
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self::new(status, "rate-limited", "Too many requests", detail).wait(wait.as_secs_f64())
    }
}

/// Where the answer finds what the caller is told.
#[derive(Clone, Default)]
pub struct Told(Arc<OnceLock<Standing>>);

impl RateLimits {
    /// `None`: no limit.
    #[must_use]
    pub fn new(
        keys: Option<Allowance>,
        sessions: Option<Allowance>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        Self {
            keys: keys.map(|allowance| Limit::new(allowance, clock)),
            sessions: sessions.map(|allowance| Limit::new(allowance, clock)),
        }
    }

    /// Counts a request of a credential that was found good.
    ///
    /// # Errors
    /// `UsedUp` where it has no allowance left.
    pub fn count(&self, access: &Access, bearer: &str, told: &Told) -> Result<(), UsedUp> {
        if told.0.get().is_some() {
            // Who calls was found out twice for one request.
            return Ok(());
        }
        let (counted, credential) = match access {
            Access::Key(key) => (self.keys.as_ref().map(|limit| limit.count(&key.id)), "key"),
            Access::Session(_) => {
                let limit = self.sessions.as_ref();
                (limit.map(|limit| limit.count(&hash_secret(bearer))), "session")
            }
        };
        let Some((standing, wait)) = counted else { return Ok(()) };
        let _ = told.0.set(standing);
        let Some(wait) = wait else { return Ok(()) };
        metrics::counter!("mortise_http_requests_limited_total", "credential" => credential)
            .increment(1);
        Err(UsedUp { credential, wait })
    }

    /// Forgets whose allowance is whole again.
    pub fn sweep(&self) {
        if let Some(limit) = &self.keys {
            limit.sweep();
        }
        if let Some(limit) = &self.sessions {
            limit.sweep();
        }
    }
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(allowance: Allowance, clock: &Arc<dyn Clock>) -> Self {
        let Allowance { per_second, burst } = allowance;
        let quota = Quota::per_second(per_second).allow_burst(burst);
        let limiter = RateLimiter::hashmap_with_clock(quota, Steady::new(Arc::clone(clock)));
        let window = burst.get().div_ceil(per_second.get());
        Self {
            allowance,
            policy: written(format!("\"default\";q={burst};w={window}")),
            limiter: limiter.with_middleware(),
        }
    }

    /// How the caller stands now; the time to wait where it may not.
    fn count(&self, key: &K) -> (Standing, Option<Duration>) {
        let (left, wait) = match self.limiter.check_key(key) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(until) => {
                let now = clock::Clock::now(self.limiter.clock());
                (0, Some(until.wait_time_from(now)))
            }
        };
        let Allowance { per_second, burst } = self.allowance;
        let whole_in = burst.get().saturating_sub(left).div_ceil(per_second.get());
        let value = written(format!("\"default\";r={left};t={whole_in}"));
        (Standing { policy: self.policy.clone(), value }, wait)
    }

    fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

fn written(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

impl Told {
    /// Writes what the caller is told, if anything.
    pub fn write(self, headers: &mut HeaderMap) {
        if let Some(Standing { policy, value }) = self.0.get().cloned() {
            headers.insert(RATE_LIMIT_POLICY.clone(), policy);
            headers.insert(RATE_LIMIT.clone(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;

    struct Hand(Mutex<DateTime<Utc>>);

    impl Hand {
        fn turn(&self, seconds: i64) {
            *self.0.lock().unwrap() += TimeDelta::seconds(seconds);
        }
    }

    impl Clock for Hand {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock().unwrap()
        }
    }

    fn limit(per_second: u32, burst: u32) -> (Limit<u8>, Arc<Hand>) {
        let hand = Arc::new(Hand(Mutex::new(DateTime::UNIX_EPOCH)));
        let [per_second, burst] = [per_second, burst].map(|n| NonZeroU32::new(n).unwrap());
        let clock: Arc<dyn Clock> = hand.clone();
        (Limit::new(Allowance { per_second, burst }, &clock), hand)
    }

    #[test]
    fn what_is_saved_up_is_spent_and_comes_back_with_time() {
        let (limit, hand) = limit(2, 5);
        assert_eq!(limit.policy, "\"default\";q=5;w=3");
        for left in (0..5).rev() {
            let (standing, wait) = limit.count(&1);
            assert_eq!(wait, None);
            let value = standing.value.to_str().unwrap();
            assert!(value.starts_with(&format!("\"default\";r={left};t=")), "{value}");
        }
        let (standing, wait) = limit.count(&1);
        assert_eq!((standing.value, wait), (written("\"default\";r=0;t=3".into()), Some(HALF)));
        assert_eq!(limit.count(&2).1, None, "another key");
        hand.turn(1);
        assert_eq!([1, 1, 1].map(|key| limit.count(&key).1), [None, None, Some(HALF)]);
    }

    const HALF: Duration = Duration::from_millis(500);

    #[test]
    fn a_clock_that_is_put_back_makes_nobody_wait_for_it() {
        let (limit, hand) = limit(1, 1);
        hand.turn(3600);
        assert_eq!(limit.count(&1).1, None);
        hand.turn(-3600);
        assert_eq!(limit.count(&1).1, Some(Duration::from_secs(1)));
        hand.turn(1);
        assert_eq!(limit.count(&1).1, None);
    }

    #[test]
    fn whoever_may_do_all_again_is_forgotten() {
        let (limit, hand) = limit(1, 3);
        for key in 0..100 {
            limit.count(&key);
        }
        limit.sweep();
        assert_eq!(limit.limiter.len(), 100);
        hand.turn(10);
        limit.count(&7);
        limit.sweep();
        assert_eq!(limit.limiter.len(), 1);
    }
}
