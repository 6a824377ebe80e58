//! Query strings and forms, kept as the ordered pairs that they are.

use url::form_urlencoded;

/// Decoded `application/x-www-form-urlencoded` pairs in the order they came.
#[derive(Clone, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The first value of `name`; an empty value counts as absent, as the OAuth servers do.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

const SECRET_PARAMETERS: [&str; 7] = [
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "oauth_token",
    "refresh_token",
    "token",
];

/// The query with the values of secret parameters replaced, fit for a log.
pub(crate) fn without_secrets(query: &str) -> String {
    let mut shown = form_urlencoded::Serializer::new(String::new());
    for (name, value) in Params::parse(query.as_bytes()).pairs() {
        let secret = SECRET_PARAMETERS.contains(&name);
        shown.append_pair(name, if secret { "hidden" } else { value });
    }
    shown.finish()
}

/// Paths that end with a token: those of HubSpot's OAuth, version 1.
const PATHS_OF_TOKENS: [&str; 2] = ["/oauth/v1/access-tokens/", "/oauth/v1/refresh-tokens/"];

/// The path without a token at its end, fit for a log.
pub(crate) fn path_without_secrets(path: &str) -> String {
    let of_token = PATHS_OF_TOKENS.iter().find(|base| path.starts_with(**base));
    of_token.map_or_else(|| path.to_owned(), |base| format!("{base}hidden"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_counts_as_absent() {
        let params = Params::parse(b"scope=&state=a%20b");
        assert_eq!(params.get("scope"), None);
        assert!(params.has("scope"));
        assert_eq!(params.get("state"), Some("a b"));
    }

    #[test]
    fn a_logged_query_names_its_secrets_and_hides_their_values() {
        assert_eq!(without_secrets("token=ya29.x&timeMin=1"), "token=hidden&timeMin=1");
    }

    #[test]
    fn a_logged_path_hides_its_token() {
        let path = "/oauth/v1/refresh-tokens/na1-x";
        assert_eq!(path_without_secrets(path), "/oauth/v1/refresh-tokens/hidden");
        assert_eq!(path_without_secrets("/crm/v3/owners"), "/crm/v3/owners");
    }
}
