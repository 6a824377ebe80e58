//! Addresses of other people's pages.

use url::{Host, Origin, Url};

/// Whether a text is an exact web origin: scheme, host and port, nothing more.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    origin_of(text).is_some_and(|origin| origin == text)
}

/// The origin of an http(s) address.
#[must_use]
pub fn origin_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    match url.origin() {
        origin @ Origin::Tuple(..) if web => Some(origin.ascii_serialization()),
        _ => None,
    }
}

/// Whether the URL's host is this machine, by its name or address alone: no name is resolved.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether an address lies below one of the allowed ones: the same origin, and a path that is
/// theirs or continues it at a `/` and does not climb.
#[must_use]
pub fn is_below(address: &Url, allowed: &[Url]) -> bool {
    let bare = address.username().is_empty() && address.password().is_none();
    bare && !climbs(address.path())
        && allowed.iter().any(|base| {
            let path = base.path().trim_end_matches('/');
            base.origin() == address.origin()
                && address
                    .path()
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// Whether a path has dot segments for a server that reads encoded dots and slashes as such.
#[must_use]
pub fn climbs(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let decoded = lower.replace("%2e", ".").replace("%2f", "/").replace("%5c", "\\");
    decoded.split(['/', '\\']).any(|segment| segment == ".." || segment == ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path_and_no_default_port() {
        assert!(is_origin("https://app.example.com"));
        assert!(is_origin("http://localhost:3000"));
        for bad in ["https://app.example.com/", "https://a.b:443", "app.example.com", "null", "*"] {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[rstest::rstest]
    #[case("http://localhost:1", true)]
    #[case("http://127.8.9.1", true)]
    #[case("http://[::1]:80", true)]
    #[case("http://0x7f.1", true)]
    #[case("http://localhost.evil.test", false)]
    #[case("http://0.0.0.0", false)]
    #[case("http://10.0.0.1", false)]
    fn loopback_is_known_by_its_name_or_address(#[case] url: &str, #[case] loopback: bool) {
        assert_eq!(is_loopback(&Url::parse(url).unwrap()), loopback);
    }

    #[test]
    fn only_what_lies_below_an_allowed_address_is_allowed() {
        let allowed = [Url::parse("https://app.example.com/settings").unwrap()];
        let below = |text: &str| is_below(&Url::parse(text).unwrap(), &allowed);
        assert!(below("https://app.example.com/settings"));
        assert!(below("https://app.example.com/settings/a?b=c"));
        assert!(below("https://app.example.com/settings/a..b%2fc.?next=..%2fadmin#..%2f"));
        for bad in [
            "https://app.example.com/settingsx",
            "https://app.example.com/settings/../admin",
            "https://app.example.com/settings/%2e%2e/admin",
            "https://app.example.com/settings/..%2fadmin",
            "https://app.example.com/settings/%2E%2e%2Fadmin",
            "https://app.example.com/settings/..%5Cadmin",
            "https://app.example.com/settings/a%2f..%2f..%2fadmin",
            "https://app.example.com/settings/a%5c.%2E",
            "https://app.example.com/settings%2f..%2fadmin",
            "https://app.example.com.evil.test/settings",
            "http://app.example.com/settings",
            "https://app.example.com:8443/settings",
            "https://app.example.com@evil.test/settings",
            "https://u:p@app.example.com/settings",
            "javascript:alert(1)",
        ] {
            assert!(!below(bad), "{bad}");
        }
    }
}
