//! Where a request may go.

use url::Url;

use crate::{
    domain::web::is_loopback,
    ports::{Egress, OutboundError},
};

/// # Errors
/// [`OutboundError::Blocked`] unless the URL is https on one of the hosts, or lies on a configured
/// origin that is https or loopback. A URL with user or password is never sent.
pub(super) fn check(url: &Url, egress: &Egress) -> Result<(), OutboundError> {
    let Some(host) = url.host_str() else { return Err(OutboundError::Blocked) };
    let named = egress.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host));
    let configured = egress
        .origins
        .iter()
        .filter_map(|origin| Url::parse(origin).ok())
        .any(|origin| origin.origin() == url.origin());
    let may_go = match url.scheme() {
        "https" => named || configured,
        "http" => configured && is_loopback(url),
        _ => false,
    };
    let anonymous = url.username().is_empty() && url.password().is_none();
    if may_go && anonymous { Ok(()) } else { Err(OutboundError::Blocked) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn may_go(url: &str) -> bool {
        let egress = Egress {
            hosts: vec!["www.vendor.example".into(), "localhost".into()],
            origins: vec!["http://127.0.0.1:9000".into(), "http://vendor.test".into()],
        };
        check(&Url::parse(url).unwrap(), &egress).is_ok()
    }

    #[rstest]
    #[case("https://www.vendor.example/calendar/v3")]
    #[case("https://WWW.vendor.example/")]
    #[case("http://127.0.0.1:9000/token")]
    fn a_named_host_over_https_and_a_configured_loopback_origin_may_be_reached(#[case] url: &str) {
        assert!(may_go(url));
    }

    #[rstest]
    #[case::plain_http("http://www.vendor.example/")]
    #[case::a_foreign_host("https://evil.test/")]
    #[case::a_subdomain("https://x.www.vendor.example/")]
    #[case::a_name_that_starts_alike("https://www.vendor.example.evil.test/")]
    #[case::a_trailing_dot("https://www.vendor.example./")]
    #[case::another_port_on_loopback("http://127.0.0.1:9001/")]
    #[case::another_loopback_name("http://localhost:9000/")]
    #[case::loopback_that_is_named_but_not_configured("http://localhost/")]
    #[case::a_configured_http_origin_off_this_machine("http://vendor.test/")]
    #[case::a_user("https://user@www.vendor.example/")]
    #[case::a_password("http://:pass@127.0.0.1:9000/")]
    #[case::another_scheme("ftp://www.vendor.example/")]
    #[case::no_host("data:text/plain,x")]
    fn everything_else_may_not(#[case] url: &str) {
        assert!(!may_go(url));
    }
}
