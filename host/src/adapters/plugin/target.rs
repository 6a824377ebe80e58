//! Where a plugin's requests go: from a target in its words to a URL that it may have.

use mortise_plugin_api::encode_segment;
use url::Url;

use super::templates::absolute;
use crate::ports::Egress;

/// Why a target is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetFault {
    /// A host that neither the manifest nor the operator names.
    #[error("the plugin asked for {host}, which its manifest does not name")]
    Foreign {
        /// That host, with its port where it is not the usual one.
        host: String,
    },
    /// Neither a path below the API's base nor a whole URL.
    #[error("the plugin asked for an address that is neither a path nor a URL: {0}")]
    Malformed(&'static str),
    /// A value in the path that consists of dots; encoding does not help (WHATWG URL 4.5).
    #[error("a name or id in the request is . or .., which no address can hold")]
    DotSegment,
}

/// The base of a provider's relative targets, and where else it may go.
#[derive(Debug, Clone)]
pub struct Addresses {
    base: Url,
    egress: Egress,
}

impl Addresses {
    /// From the provider's base and the manifest's hosts. A base that the operator `configured` is
    /// permitted by its exact origin, else by its host.
    ///
    /// # Errors
    /// Why the base cannot be one.
    pub fn new(api_base: &str, hosts: &[String], configured: bool) -> Result<Self, String> {
        let base = absolute(api_base)?;
        if base.query().is_some() {
            return Err("must not have a query".to_owned());
        }
        let mut hosts = hosts.to_vec();
        let mut origins = Vec::new();
        if configured {
            origins.push(base.origin().ascii_serialization());
        } else if let Some(host) = base.host_str()
            && !hosts.iter().any(|named| named == host)
        {
            hosts.push(host.to_owned());
        }
        Ok(Self { base, egress: Egress { hosts, origins } })
    }

    /// Where requests may go.
    #[must_use]
    pub fn egress(&self) -> &Egress {
        &self.egress
    }

    /// The URL of a target, with query parameters added.
    ///
    /// A relative one stays below the base's path, an absolute one on the permitted hosts.
    ///
    /// # Errors
    /// See [`TargetFault`].
    pub fn resolve(&self, target: &str, query: &[(String, String)]) -> Result<Url, TargetFault> {
        // The URL parser would drop tabs and newlines and read \ as /.
        if target.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(TargetFault::Malformed("it has spaces, control characters or \\"));
        }
        let mut url =
            if is_absolute(target) { self.elsewhere(target)? } else { self.below(target)? };
        if !query.is_empty() {
            let mut pairs = url.query().map_or_else(Vec::new, |query| vec![query.to_owned()]);
            pairs.extend(query.iter().map(|(name, value)| {
                format!("{}={}", encode_segment(name), encode_segment(value))
            }));
            url.set_query(Some(&pairs.join("&")));
        }
        Ok(url)
    }

    fn below(&self, target: &str) -> Result<Url, TargetFault> {
        if target.contains('#') {
            return Err(TargetFault::Malformed("it has a fragment"));
        }
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let path = path.strip_prefix('/').unwrap_or(path);
        if path.starts_with('/') {
            return Err(TargetFault::Malformed("it begins with //"));
        }
        for segment in path.split('/') {
            let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
            if decoded == "." || decoded == ".." {
                return Err(if segment.contains('%') {
                    TargetFault::DotSegment
                } else {
                    TargetFault::Malformed("it has . or .. in its path")
                });
            }
        }
        let prefix = self.base.path().trim_end_matches('/');
        let mut url = self.base.clone();
        if !path.is_empty() {
            url.set_path(&format!("{prefix}/{path}"));
            if !url.path().starts_with(&format!("{prefix}/")) {
                return Err(TargetFault::Malformed("it leaves the API's base"));
            }
        }
        url.set_query(query);
        Ok(url)
    }

    fn elsewhere(&self, target: &str) -> Result<Url, TargetFault> {
        let mut url = Url::parse(target)
            .map_err(|_| TargetFault::Malformed("it begins like a URL and is none"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetFault::Malformed("it names a user"));
        }
        if !self.permits(&url) {
            let host = url.host_str().unwrap_or("no host");
            let host = match url.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            };
            // A plain http address of a named host is foreign too; say which it was.
            let host =
                if url.scheme() == "https" { host } else { format!("{}://{host}", url.scheme()) };
            return Err(TargetFault::Foreign { host });
        }
        url.set_fragment(None);
        Ok(url)
    }

    fn permits(&self, url: &Url) -> bool {
        if self.egress.origins.contains(&url.origin().ascii_serialization()) {
            return true;
        }
        let same_host = url.host_str() == self.base.host_str();
        let port_of_base =
            same_host && url.port_or_known_default() == self.base.port_or_known_default();
        url.scheme() == "https"
            && (url.port().is_none() || port_of_base)
            && url.host_str().is_some_and(|host| self.egress.hosts.iter().any(|h| h == host))
    }
}

fn is_absolute(target: &str) -> bool {
    target.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn google() -> Addresses {
        let hosts = ["people.example.com".to_owned()];
        Addresses::new("https://www.example.com/calendar/v3", &hosts, false).unwrap()
    }

    fn resolve(target: &str) -> Result<String, TargetFault> {
        google().resolve(target, &[]).map(String::from)
    }

    #[test]
    fn a_relative_target_is_put_below_the_base() {
        for (target, url) in [
            ("/calendars", "https://www.example.com/calendar/v3/calendars"),
            ("calendars", "https://www.example.com/calendar/v3/calendars"),
            ("", "https://www.example.com/calendar/v3"),
            ("/a?b=c", "https://www.example.com/calendar/v3/a?b=c"),
            ("a:b/c", "https://www.example.com/calendar/v3/a:b/c"),
            ("/a%2Fb/%40", "https://www.example.com/calendar/v3/a%2Fb/%40"),
            ("/ü", "https://www.example.com/calendar/v3/%C3%BC"),
            ("https:evil.org", "https://www.example.com/calendar/v3/https:evil.org"),
            ("/x?to=https://evil.org", "https://www.example.com/calendar/v3/x?to=https://evil.org"),
        ] {
            assert_eq!(resolve(target).as_deref(), Ok(url), "{target}");
        }
    }

    #[test]
    fn a_relative_target_never_leaves_the_base() {
        for target in [
            "../",
            "..",
            "/..",
            "/../v2/calendars",
            "/a/../../../drive",
            "/./a",
            "//evil.org",
            "//evil.org/a",
            "///evil.org",
            "\\\\evil.org",
            "/\\evil.org",
            "/a\\..\\..\\b",
            "/\t/evil.org",
            "/a\n",
            "\t//evil.org",
            "/a#b",
            "/a b",
        ] {
            let fault = resolve(target).unwrap_err();
            assert!(matches!(fault, TargetFault::Malformed(_)), "{target}: {fault:?}");
        }
    }

    #[test]
    fn an_encoded_id_of_dots_is_no_address_either() {
        for target in ["/calendars/%2E%2E/events", "/%2e", "/a/.%2E", "/%2e."] {
            assert_eq!(resolve(target), Err(TargetFault::DotSegment), "{target}");
        }
    }

    #[test]
    fn an_absolute_target_stays_on_the_named_hosts() {
        for target in [
            "https://www.example.com/other/api?x=y",
            "https://people.example.com/v1/people/me",
            "HTTPS://People.Example.com/",
        ] {
            resolve(target).unwrap();
        }
        for (target, host) in [
            ("https://evil.org/x", "evil.org"),
            ("https://people.example.com.evil.org/", "people.example.com.evil.org"),
            ("https://people.example.com:8443/", "people.example.com:8443"),
            ("http://people.example.com/", "http://people.example.com"),
            ("https://169.254.169.254/latest", "169.254.169.254"),
            ("https://[::1]/", "[::1]"),
            ("ftp://people.example.com/", "ftp://people.example.com"),
            ("file:///etc/passwd", "file://no host"),
        ] {
            let fault = TargetFault::Foreign { host: host.to_owned() };
            assert_eq!(resolve(target), Err(fault), "{target}");
        }
        for target in ["https://people.example.com@evil.org/", "https://u:p@people.example.com/"] {
            assert!(matches!(resolve(target), Err(TargetFault::Malformed(_))), "{target}");
        }
        assert_eq!(
            resolve("https://people.example.com/a#b").as_deref(),
            Ok("https://people.example.com/a")
        );
    }

    #[test]
    fn a_configured_base_is_permitted_by_its_origin_alone() {
        let sandbox = Addresses::new("http://127.0.0.1:9000/google/", &[], true).unwrap();
        assert_eq!(sandbox.egress().origins, ["http://127.0.0.1:9000"]);
        assert!(sandbox.egress().hosts.is_empty());
        assert_eq!(
            sandbox.resolve("/calendars", &[]).map(String::from).as_deref(),
            Ok("http://127.0.0.1:9000/google/calendars")
        );
        sandbox.resolve("http://127.0.0.1:9000/next?page=2", &[]).unwrap();
        sandbox.resolve("http://127.0.0.1:9001/", &[]).unwrap_err();
        sandbox.resolve("https://www.example.com/calendar/v3/x", &[]).unwrap_err();
    }

    #[test]
    fn query_parameters_are_encoded_and_added_to_those_of_the_target() {
        let query = [("$filter".to_owned(), "a eq 'b&c'".to_owned()), ("é".into(), "+".into())];
        assert_eq!(
            google().resolve("/events?page=2", &query).map(String::from).as_deref(),
            Ok(
                "https://www.example.com/calendar/v3/events?page=2&%24filter=a%20eq%20%27b%26c%27&%C3%A9=%2B"
            )
        );
    }

    #[test]
    fn a_base_that_is_none_is_refused() {
        for bad in ["", "v3", "http://www.example.com", "https://x/?a=b", "https://u@x.org/"] {
            assert!(Addresses::new(bad, &[], true).is_err(), "{bad}");
        }
    }
}
