//! Names of time zones: Windows ones, and those of the IANA database.

use chrono_tz::Tz;
use windows_timezones::WindowsTimezone;

pub(super) fn zone(name: &str) -> Option<Tz> {
    let windows = name.parse::<WindowsTimezone>().ok().map(Tz::from);
    windows.or_else(|| name.parse().ok())
}

/// What the vendor calls the zone; its IANA name where Windows has none.
pub(super) fn windows_name(zone: Tz) -> &'static str {
    WindowsTimezone::try_from(zone).map_or_else(|_| zone.name(), WindowsTimezone::name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_and_iana_names_mean_the_same_zone() {
        assert_eq!(zone("W. Europe Standard Time"), Some(Tz::Europe__Berlin));
        assert_eq!(zone("Europe/Berlin"), Some(Tz::Europe__Berlin));
        assert_eq!(zone("Middle-earth Standard Time"), None);
        assert_eq!(windows_name(Tz::America__Los_Angeles), "Pacific Standard Time");
    }
}
