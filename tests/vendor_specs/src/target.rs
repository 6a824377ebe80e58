//! Taking a request's address apart.

use url::form_urlencoded;

/// A path below the server's address, and the query that was written into the target itself.
pub(crate) struct Target {
    /// Encoded as they were sent.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
}

impl Target {
    /// Reads `/me/events?$top=1` or `https://host/v1.0/me/events?$top=1`.
    pub(crate) fn read(target: &str, base: &str) -> Result<Self, String> {
        let (address, query) = target.split_once('?').unwrap_or((target, ""));
        let path = if address.starts_with('/') {
            address
        } else if address.contains("://") {
            path_of(address)
                .strip_prefix(base)
                .ok_or_else(|| format!("an absolute address has to lie below {base}"))?
        } else {
            return Err("a target is a path from / or an absolute address".to_owned());
        };
        let Some(path) = path.strip_prefix('/') else {
            return Err("the address has no path".to_owned());
        };
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Ok(Self { segments: path.split('/').map(str::to_owned).collect(), query })
    }
}

/// The path of an absolute address without query.
pub(crate) fn path_of(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    address[host..].find('/').map_or("", |at| &address[host + at..])
}

/// Decodes a path segment. `None` where it is not UTF-8 or holds a `%` without two digits.
pub(crate) fn decode(segment: &str) -> Option<String> {
    let mut bytes = segment.bytes();
    let mut decoded = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            decoded.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}
