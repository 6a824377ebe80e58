//! Windows' names of time zones, by CLDR's `windowsZones` (release 46.1).
//!
//! Each line of the table is a Windows name, the IANA zone that CLDR gives it for the whole world
//! (territory 001), and the other IANA names that Windows does not tell from it, older spellings
//! included. So Europe/Vienna goes out as "W. Europe Standard Time", and comes back as
//! Europe/Berlin. Names that CLDR leaves out are those that IANA's `backward` links to one of its.
//!
//! CLDR's data are Unicode's, under the Unicode License v3 (<https://www.unicode.org/license.txt>).

use chrono_tz::Tz;

const TABLE: &str = include_str!("zones.tsv");

struct Row {
    windows: &'static str,
    home: &'static str,
    others: &'static str,
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        Some(Row {
            windows: columns.next()?,
            home: columns.next()?,
            others: columns.next().unwrap_or_default(),
        })
    })
}

/// Windows' name of a zone, and the zone by which Windows knows it; `None` where it has none.
pub(crate) fn windows(zone: Tz) -> Option<(&'static str, Tz)> {
    let name = zone.name();
    let row = rows().find(|row| row.home == name || row.others.split(' ').any(|n| n == name))?;
    Some((row.windows, row.home.parse().ok()?))
}

/// The zone that Graph means by a name: Windows' or IANA's. `None` for a mailbox's own making
/// (`tzone://Microsoft/Custom`) and for names that nobody knows.
pub(crate) fn zone(name: &str) -> Option<Tz> {
    let name = name.strip_prefix("tzone://Microsoft/").unwrap_or(name);
    if name.eq_ignore_ascii_case("UTC") {
        return Some(Tz::UTC);
    }
    let row = rows().find(|row| row.windows.eq_ignore_ascii_case(name));
    row.map_or(name, |row| row.home).parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_name_of_the_table_is_a_zone_and_stands_in_one_line() {
        let mut seen = HashSet::new();
        let mut lines = 0;
        for row in rows() {
            lines += 1;
            assert!(seen.insert(row.windows), "{}", row.windows);
            for name in row.others.split(' ').filter(|name| !name.is_empty()).chain([row.home]) {
                assert!(name.parse::<Tz>().is_ok(), "{name}");
                assert!(name == row.windows || seen.insert(name), "{name}");
            }
        }
        assert_eq!(lines, 139);
    }

    #[test]
    fn windows_knows_all_zones_but_these() {
        let unknown: Vec<_> = chrono_tz::TZ_VARIANTS
            .into_iter()
            .filter(|&tz| windows(tz).is_none())
            .map(Tz::name)
            .collect();
        let expected = "America/Coyhaique Antarctica/Troll CET CST6CDT EET EST EST5EDT HST MET MST \
                        MST7MDT PST8PDT WET";
        assert_eq!(unknown.join(" "), expected);
    }

    #[test]
    fn old_and_new_spellings_are_one_zone() {
        for name in ["Asia/Kolkata", "Asia/Calcutta"] {
            let (windows, home) = windows(name.parse().unwrap()).unwrap();
            assert_eq!((windows, home), ("India Standard Time", Tz::Asia__Kolkata));
        }
        assert_eq!(
            windows(Tz::Europe__Vienna),
            Some(("W. Europe Standard Time", Tz::Europe__Berlin))
        );
    }

    #[test]
    fn graph_may_name_a_zone_in_several_ways() {
        assert_eq!(zone("W. Europe Standard Time"), Some(Tz::Europe__Berlin));
        assert_eq!(zone("w. europe standard time"), Some(Tz::Europe__Berlin));
        assert_eq!(zone("Europe/Vienna"), Some(Tz::Europe__Vienna));
        assert_eq!(zone("UTC"), Some(Tz::UTC));
        assert_eq!(zone("tzone://Microsoft/Utc"), Some(Tz::UTC));
        assert_eq!(zone("tzone://Microsoft/Custom"), None);
        assert_eq!(zone(""), None);
    }
}
