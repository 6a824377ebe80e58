//! Values as applications write them into SQLite.

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use secrecy::SecretString;

use super::{report::Reason, source::Row};
use crate::ports::Cipher;

impl Row {
    /// A time in milliseconds since the epoch, of which a text without offset is in UTC.
    pub(super) fn time(&self, column: &str) -> Result<Option<i64>, Reason> {
        let Some(text) = self.optional(column)? else { return Ok(None) };
        read_time(text.trim()).map(Some).ok_or_else(|| format!("{column} is no time"))
    }

    /// A JSON array of texts, or words between spaces or commas.
    pub(super) fn words(&self, column: &str) -> Result<Vec<String>, Reason> {
        let text = self.optional(column)?.unwrap_or_default().trim();
        if text.starts_with('[') {
            return serde_json::from_str(text)
                .map_err(|_| format!("{column} is no JSON array of texts"));
        }
        let separator = |c: char| c.is_whitespace() || c == ',';
        Ok(text.split(separator).filter(|word| !word.is_empty()).map(str::to_owned).collect())
    }

    /// An encrypted or encoded token.
    pub(super) fn token(
        &self,
        column: &str,
        cipher: &dyn Cipher,
    ) -> Result<Option<SecretString>, Reason> {
        let Some(text) = self.optional(column)? else { return Ok(None) };
        let text = text.trim();
        if let Some(encoded) = text.strip_prefix("base64:") {
            return match decode(encoded) {
                Some(token) => Ok(Some(token)),
                None => Err(format!("{column} is marked as base64 and is not")),
            };
        }
        // Fernet first: it is base64 too, but of what is no text.
        match cipher.decrypt(text).ok().or_else(|| decode(text)) {
            Some(token) => Ok(Some(token)),
            None => Err(format!("the given key does not decrypt {column}, and it is not base64")),
        }
    }
}

fn decode(text: &str) -> Option<SecretString> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = [&STANDARD, &URL_SAFE]
        .into_iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok())?;
    // RFC 6749 A.12: a token is printable ASCII.
    let printable = !bytes.is_empty() && bytes.iter().all(|byte| (0x20..0x7f).contains(byte));
    String::from_utf8(bytes).ok().filter(|_| printable).map(SecretString::from)
}

fn read_time(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(match number.unsigned_abs() {
            0..100_000_000_000 => number * 1000,
            100_000_000_000..100_000_000_000_000 => number,
            _ => number / 1000,
        });
    }
    if let Ok(seconds) = text.parse::<f64>() {
        #[allow(clippy::cast_possible_truncation, reason = "within the range that was checked")]
        return (seconds.abs() < 1e11).then_some((seconds * 1000.0).round() as i64);
    }
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let text = if text.as_bytes().get(10) == Some(&b' ') {
        text.replacen(' ', "T", 1)
    } else {
        text.to_owned()
    };
    let with_offset = DateTime::parse_from_rfc3339(&text)
        .or_else(|_| DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%#z"));
    if let Ok(moment) = with_offset {
        return Some(moment.timestamp_millis());
    }
    let local = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M"))
        .or_else(|_| text.parse().map(|date: NaiveDate| date.and_time(NaiveTime::MIN)));
    local.ok().map(|moment| moment.and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_all_its_usual_writings() {
        let moment = 1_796_119_200_000; // 2026-12-01T10:00:00Z
        for text in [
            "2026-12-01 10:00:00",
            "2026-12-01 10:00:00.000000",
            "2026-12-01T10:00:00",
            "2026-12-01T10:00",
            "2026-12-01T10:00:00Z",
            "2026-12-01 10:00:00 UTC",
            "2026-12-01 11:00:00+01:00",
            "2026-12-01T11:00:00.000+0100",
            "1796119200",
            "1796119200.0",
            "1796119200000",
            "1796119200000000",
        ] {
            assert_eq!(read_time(text), Some(moment), "{text}");
        }
        assert_eq!(read_time("2026-12-01 10:00:00.123456"), Some(moment + 123));
        assert_eq!(read_time("2026-12-01"), Some(moment - 10 * 3_600_000));
        for text in ["", "tomorrow", "2026-13-01 10:00:00", "NaN", "inf"] {
            assert_eq!(read_time(text), None, "{text}");
        }
    }

    #[test]
    fn base64_is_a_token_only_where_it_holds_printable_text() {
        use secrecy::ExposeSecret as _;
        for text in ["eWEyOS5hYmM/Pz8+", "eWEyOS5hYmM_Pz8-"] {
            assert_eq!(decode(text).unwrap().expose_secret(), "ya29.abc???>");
        }
        assert_eq!(decode("eWEyOQ").unwrap().expose_secret(), "ya29");
        assert!(decode("gAAAAABm").is_none());
        assert!(decode("").is_none());
        assert!(decode("ya29.not-base64").is_none());
    }
}
