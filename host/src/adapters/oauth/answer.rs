//! Reads what token and revocation endpoints answer. Anything may come; nothing of it but a
//! well-formed error code leaves this file.

use secrecy::SecretString;
use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    domain::connection::Grant,
    ports::{GrantError, OutboundResponse},
};

/// No grant is larger, and no header that carries its token would be taken.
const TOKEN_LIMIT: usize = 64 * 1024;

/// Ten years in seconds: whatever lives longer needs no refresh, and adding it to a date is safe.
const LONGEST: u64 = 10 * 365 * 24 * 60 * 60;

/// Codes that say that the code or refresh token is dead, in lower case.
const DEAD: [&str; 9] = [
    // RFC 6749 5.2
    "invalid_grant",
    // Microsoft, after OpenID Connect Core 3.1.2.6
    "interaction_required",
    "consent_required",
    "login_required",
    // HubSpot
    "bad_auth_code",
    "bad_refresh_token",
    // Others
    "invalid_refresh_token",
    "token_expired",
    "token_revoked",
];

/// The standard's other codes, which are about client and request (RFC 6749 5.2).
const NOT_THE_GRANT: [&str; 5] = [
    "invalid_request",
    "invalid_client",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// Codes that say that the vendor is in trouble, in lower case.
const PASSING: [&str; 6] = [
    "temporarily_unavailable",
    "server_error",
    "slow_down",
    "rate_limits",
    "rate_limited",
    "ratelimited",
];

/// A grant, or why there is none. The content type is not looked at: some vendors get it wrong.
/// `account_fields`: those that tell whose account it is.
pub(super) fn grant(
    answer: OutboundResponse,
    account_fields: &[String],
) -> Result<Grant, GrantError> {
    let status = answer.status;
    let body = Zeroizing::new(answer.body);
    let mut object = object(&body);
    let granted = match &mut object {
        Some(object) if (200..300).contains(&status) => read_grant(object, account_fields),
        _ => None,
    };
    granted.ok_or_else(|| error(status, object.as_ref()))
}

/// Whether a revocation is done. A token that the vendor does not know any more counts as revoked.
pub(super) fn revoked(answer: &OutboundResponse) -> Result<(), GrantError> {
    let object = object(&answer.body);
    let gone = |code: &str| is_one_of(code, &DEAD) || code.eq_ignore_ascii_case("invalid_token");
    match answer.status {
        200..300 => Ok(()),
        400..500 if codes(object.as_ref()).any(gone) => Ok(()),
        status => Err(error(status, object.as_ref())),
    }
}

fn object(body: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(body).ok()
}

fn read_grant(object: &mut Map<String, Value>, account_fields: &[String]) -> Option<Grant> {
    // Tokens leave the object first, so that no field that is kept can be one.
    let access_token = token(object, "access_token")?;
    let refresh_token = token(object, "refresh_token");
    Some(Grant {
        access_token,
        refresh_token,
        account: account(object, account_fields),
        expires_in: object.get("expires_in").and_then(seconds),
        scopes: ["scope", "scopes"].iter().find_map(|name| scopes(object.get(*name)?)),
        token_type: token_type(object.get("token_type")),
    })
}

/// Longest text that is kept of an account, in bytes.
const LONGEST_FIELD: usize = 255;

fn account(object: &Map<String, Value>, fields: &[String]) -> Map<String, Value> {
    let plain = |value: &&Value| match value {
        Value::String(text) => text.len() <= LONGEST_FIELD && !text.chars().any(char::is_control),
        Value::Number(_) | Value::Bool(_) => true,
        _ => false,
    };
    let known = |name: &String| Some((name.clone(), object.get(name).filter(plain)?.clone()));
    fields.iter().filter_map(known).collect()
}

/// Takes a token out. One with a character that no header can carry is none (RFC 6749 A.12).
fn token(object: &mut Map<String, Value>, name: &str) -> Option<SecretString> {
    let Some(Value::String(mut text)) = object.remove(name) else { return None };
    let fits =
        (1..=TOKEN_LIMIT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let token = fits.then(|| SecretString::from(text.as_str()));
    text.zeroize();
    token
}

/// A number or its writing; a negative or unreadable one tells nothing.
fn seconds(value: &Value) -> Option<u64> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        _ => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "neither negative nor above the limit"
    )]
    let whole = |seconds: f64| seconds.min(LONGEST as f64) as u64;
    (seconds.is_finite() && seconds >= 0.0).then(|| whole(seconds))
}

/// Scopes as one text, separated by spaces or commas, or as a list. An empty text tells nothing.
fn scopes(value: &Value) -> Option<Vec<String>> {
    let mut scopes: Vec<String> = Vec::new();
    let mut add = |scope: &str| {
        if !scope.is_empty() && !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    };
    let separates = |c: char| c == ',' || c.is_whitespace();
    match value {
        Value::String(text) => text.split(separates).for_each(&mut add),
        Value::Array(items) => items.iter().filter_map(Value::as_str).for_each(&mut add),
        _ => {}
    }
    (!scopes.is_empty()).then_some(scopes)
}

fn token_type(value: Option<&Value>) -> String {
    match value.and_then(Value::as_str) {
        Some(other) if !other.eq_ignore_ascii_case("bearer") && is_code(other) => other.to_owned(),
        _ => "Bearer".to_owned(),
    }
}

fn error(status: u16, object: Option<&Map<String, Value>>) -> GrantError {
    let succeeded = (200..300).contains(&status);
    let refused = (400..500).contains(&status) && status != 408 && status != 429;
    if !succeeded && !refused {
        let failing = status >= 400;
        return if failing { GrantError::Failing { status } } else { GrantError::BadAnswer };
    }
    if let Some(code) = codes(object).find(|code| is_one_of(code, &DEAD)) {
        return GrantError::InvalidGrant { code: code.to_owned() };
    }
    if codes(object).any(|code| is_one_of(code, &PASSING)) {
        return GrantError::Failing { status };
    }
    if says_dead(object) && !codes(object).any(|code| is_one_of(code, &NOT_THE_GRANT)) {
        return GrantError::InvalidGrant { code: "invalid_grant".to_owned() };
    }
    // HubSpot's `status` is `error` where its `category` says more, and many answers have a
    // `status` that is no error.
    let telling = codes(object).find(|code| !is_one_of(code, &["error", "ok", "success"]));
    match telling {
        Some(code) if refused || object.is_some_and(|object| object.contains_key("error")) => {
            GrantError::Refused { code: code.to_owned() }
        }
        _ if refused => GrantError::Refused { code: status.to_string() },
        _ => GrantError::BadAnswer,
    }
}

/// Whether an answer tells by its sentence alone that the refresh token is dead: some vendors have
/// one code for every fault of the input. The sentence is looked at and goes no further.
fn says_dead(object: Option<&Map<String, Value>>) -> bool {
    let sentences = ["error_description", "message"];
    let said = sentences.iter().filter_map(|name| object?.get(*name)?.as_str());
    said.map(str::to_ascii_lowercase).any(|text| {
        text.contains("refresh token")
            && ["invalid", "expired", "revoked"].iter().any(|word| text.contains(word))
    })
}

/// The well-formed error codes of an answer, the standard's first: `error` (RFC 6749 5.2), also as
/// an object with `status` or `code`, then HubSpot's `status` and `category`.
fn codes(object: Option<&Map<String, Value>>) -> impl Iterator<Item = &str> {
    let found = object.map(|object| {
        let inner = |name: &str| object.get("error").and_then(|error| error.get(name));
        [
            object.get("error"),
            inner("status"),
            inner("code"),
            object.get("status"),
            object.get("category"),
        ]
    });
    found.into_iter().flatten().flatten().filter_map(Value::as_str).filter(|code| is_code(code))
}

/// Whether a text may be shown: a token or a sentence does not pass for a code.
fn is_code(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (1..=40).contains(&text.len()) && text.bytes().all(allowed)
}

fn is_one_of(code: &str, list: &[&str]) -> bool {
    list.iter().any(|listed| listed.eq_ignore_ascii_case(code))
}
