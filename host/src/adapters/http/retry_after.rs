//! `Retry-After` (RFC 9110 10.2.3), in seconds with or without a fraction, or as a date.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};

const NAME: &str = "retry-after";
/// Whoever is told more comes back after a day.
const LONGEST: f64 = 86_400.0;

/// How long the vendor asks to wait. A date is compared with the answer's own `Date`, where there is
/// one: the vendor's clock counts, and ours may go wrong. A moment that is over is no wait.
pub(super) fn wait(headers: &[(String, String)], now: DateTime<Utc>) -> Option<Duration> {
    let text = value(headers, NAME)?.trim();
    if let Some(seconds) = seconds(text) {
        return Some(Duration::from_secs_f64(seconds.min(LONGEST)));
    }
    let now = value(headers, "date").and_then(date).unwrap_or(now);
    let wait = (date(text)? - now).to_std().unwrap_or(Duration::ZERO);
    Some(wait.min(Duration::from_secs_f64(LONGEST)))
}

/// Writes a date as seconds, which is all that plugins read.
pub(super) fn rewrite(headers: &mut [(String, String)], now: DateTime<Utc>) {
    let Some(wait) = wait(headers, now) else { return };
    for (name, value) in headers {
        if name == NAME && seconds(value.trim()).is_none() {
            *value = wait.as_secs().to_string();
        }
    }
}

fn value<'h>(headers: &'h [(String, String)], wanted: &str) -> Option<&'h str> {
    headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
}

/// Digits and a point: `inf`, `nan` and `1e9` are numbers for Rust alone.
fn seconds(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { text.parse().ok() } else { None }
}

/// The three forms of RFC 9110 5.6.7.
fn date(text: &str) -> Option<DateTime<Utc>> {
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text.trim(), form).ok())
        .map(|moment| moment.and_utc())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn told(value: &str) -> Option<f64> {
        let headers = [(NAME.to_owned(), value.to_owned())];
        wait(&headers, date(NOW).unwrap()).map(|wait| wait.as_secs_f64())
    }

    #[rstest]
    #[case("0", 0.0)]
    #[case("120", 120.0)]
    #[case(" 2.128 ", 2.128)]
    #[case("999999999999999999999999", 86_400.0)]
    #[case("Sun, 06 Nov 1994 08:49:39 GMT", 2.0)]
    #[case("Sunday, 06-Nov-94 08:49:40 GMT", 3.0)]
    #[case("Sun Nov  6 08:50:37 1994", 60.0)]
    #[case("Sun, 06 Nov 1994 08:49:30 GMT", 0.0)]
    #[case("Sat, 06 Nov 2094 08:49:30 GMT", 86_400.0)]
    fn every_form_is_read(#[case] text: &str, #[case] seconds: f64) {
        assert_eq!(told(text), Some(seconds), "{text}");
    }

    #[rstest]
    #[case("")]
    #[case("soon")]
    #[case("-1")]
    #[case("inf")]
    #[case("NaN")]
    #[case("1e3")]
    #[case("1.2.3")]
    #[case("Sun, 06 Nov 1994")]
    #[case("Sun, 31 Feb 1994 08:49:37 GMT")]
    #[case("Mon, 06 Nov 1994 08:49:37 GMT")]
    fn what_is_neither_is_not_guessed(#[case] text: &str) {
        assert_eq!(told(text), None, "{text}");
    }

    #[test]
    fn a_date_is_measured_by_the_vendors_own_clock() {
        let headers = [(NAME, "Sun, 06 Nov 1994 08:49:39 GMT"), ("date", NOW)];
        let mut headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let an_hour_later = date("Sun, 06 Nov 1994 09:49:37 GMT").unwrap();
        assert_eq!(wait(&headers, an_hour_later), Some(Duration::from_secs(2)));
        rewrite(&mut headers, an_hour_later);
        assert_eq!(headers[0].1, "2");
        rewrite(&mut headers, an_hour_later);
        assert_eq!(headers[0].1, "2");
    }

    #[test]
    fn seconds_stay_as_they_were_written() {
        let mut headers = [(NAME.to_owned(), "0.5".to_owned())];
        rewrite(&mut headers, date(NOW).unwrap());
        assert_eq!(headers[0].1, "0.5");
    }
}
