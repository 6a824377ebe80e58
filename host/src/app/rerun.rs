//! Whether an operation that failed is run once more as a whole. Layers below have repeated what they
//! could by then; this is for what they cannot know: a status that only the plugin reads as "slow
//! down", and a write that is one request of several.

use std::time::Duration;

use mortise_plugin_api::{Error as ProviderError, ErrorKind, Manifest, calendar, crm};
use serde::{Deserialize, de::IgnoredAny};

use super::call::Target;
use crate::ports::Repeats;

/// Where the vendor did not say how long to wait: up to this.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// When running an operation twice is as good as once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    /// Whatever the first did: reads, creations under a key, deletions.
    Always,
    /// Where the first did nothing: had it come through, the version given would be the old one.
    IfNothingWasDone,
    /// What a plugin's own route does is not known.
    Never,
}

impl Sound {
    fn of(manifest: &Manifest, operation: &str, input: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        struct Condition {
            #[serde(default)]
            if_match: Option<IgnoredAny>,
        }
        let known = operation.split_once('.').is_some_and(|(capability, name)| {
            [calendar::CAPABILITY, crm::CAPABILITY].contains(&capability)
                && manifest
                    .capabilities
                    .get(capability)
                    .is_some_and(|all| all.iter().any(|n| n == name))
        });
        if !known {
            return Self::Never;
        }
        match serde_json::from_slice::<Condition>(input).unwrap_or_default().if_match {
            Some(_) => Self::IfNothingWasDone,
            None => Self::Always,
        }
    }

    fn after(self, kind: ErrorKind) -> bool {
        match self {
            Self::Always => kind.is_temporary(),
            Self::IfNothingWasDone => kind == ErrorKind::RateLimited,
            Self::Never => false,
        }
    }
}

/// How long to wait before the operation is run once more; `None` where it is not. Never where one of
/// its requests was sent again already: so a vendor sees a request once more than its attempts at
/// most, and not twice as often.
pub(super) fn pause(
    target: &Target,
    operation: &str,
    input: &[u8],
    error: &ProviderError,
    repeats: &Repeats,
    random: u8,
) -> Option<Duration> {
    let limits = &target.provider.limits;
    if limits.attempts < 2 || repeats.any() || is_ours(error) {
        return None;
    }
    if !Sound::of(target.provider.manifest(), operation, input).after(error.kind) {
        return None;
    }
    let wait = wait(error, random);
    // A vendor that hung through all its time needs as much again to be of use.
    let time = match error.kind {
        ErrorKind::Timeout => wait.saturating_add(limits.timeout),
        _ => wait,
    };
    target.deadline.leaves(time).then_some(wait)
}

/// The hub's own refusal, after waiting: the vendor was not asked.
pub(super) fn is_ours(error: &ProviderError) -> bool {
    error.vendor_status.is_none() && error.retry_after.is_some()
}

fn wait(error: &ProviderError, random: u8) -> Duration {
    match error.retry_after.map(Duration::try_from_secs_f64) {
        Some(Ok(told)) => told,
        Some(Err(_)) => Duration::MAX,
        None => LONGEST_PAUSE * u32::from(random) / 255,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_read("calendar.get_event", "{}", Sound::Always)]
    #[case::a_creation("calendar.create_event", r#"{"key": "k"}"#, Sound::Always)]
    #[case::an_update("calendar.update_event", r#"{"if_match": null}"#, Sound::Always)]
    #[case::of_a_version("calendar.update_event", r#"{"if_match": "1"}"#, Sound::IfNothingWasDone)]
    #[case::not_listed("calendar.paint", "{}", Sound::Never)]
    #[case::a_route("acme.rooms", "{}", Sound::Never)]
    #[case::another_capability("chat.get", "{}", Sound::Never)]
    fn what_may_run_twice_is_known_by_its_name_and_condition(
        #[case] operation: &str,
        #[case] input: &str,
        #[case] sound: Sound,
    ) {
        let manifest = Manifest::new("acme", "Acme", "1.0.0")
            .with_capability("calendar", calendar::OPERATIONS)
            .with_capability("chat", &["get"]);
        assert_eq!(Sound::of(&manifest, operation, input.as_bytes()), sound);
    }

    #[rstest]
    #[case(ErrorKind::RateLimited, [true, true, false])]
    #[case(ErrorKind::Unavailable, [true, false, false])]
    #[case(ErrorKind::Timeout, [true, false, false])]
    #[case(ErrorKind::NotFound, [false, false, false])]
    #[case(ErrorKind::BadAnswer, [false, false, false])]
    fn only_what_may_pass_is_repeated(#[case] kind: ErrorKind, #[case] expected: [bool; 3]) {
        let all = [Sound::Always, Sound::IfNothingWasDone, Sound::Never];
        assert_eq!(all.map(|sound| sound.after(kind)), expected);
    }

    #[test]
    fn the_vendors_wait_is_kept_and_else_a_part_of_a_moment() {
        let told = |seconds| ProviderError {
            retry_after: Some(seconds),
            ..ProviderError::new(ErrorKind::RateLimited, "")
        };
        assert_eq!(wait(&told(0.25), 255), Duration::from_millis(250));
        assert_eq!(wait(&told(f64::MAX), 0), Duration::MAX);
        let silent = ProviderError::new(ErrorKind::RateLimited, "");
        assert_eq!((wait(&silent, 0), wait(&silent, 255)), (Duration::ZERO, LONGEST_PAUSE));
    }
}
