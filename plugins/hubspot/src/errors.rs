//! From HubSpot's error bodies to kinds.
//!
//! `{"status", "message", "correlationId", "category", "errors": [{"message", "in", "context"}]}`,
//! for rate limits with `errorType` and `policyName`; every field may be missing. Anything else
//! (HTML of a proxy, an empty body) is judged by its status alone.

use mortise_plugin_api::{Error, ErrorKind, Response, Value, one_line};

use crate::faults;

/// What to wait for where HubSpot does not tell, in seconds.
const TEN_SECONDS: f64 = 10.0;
const ONE_SECOND: f64 = 1.0;
/// The day ends at midnight of the account's zone, which is not known here.
const ONE_HOUR: f64 = 3600.0;

/// The error that an answer outside 2xx stands for.
pub(crate) fn read(answer: &Response) -> Error {
    Refusal::read(answer).error()
}

/// What HubSpot says about a failure.
pub(crate) struct Refusal {
    by_status: Error,
    limit: Limit,
    /// As sent; null where it is no JSON.
    pub(crate) body: Value,
}

/// The headers of rate limits.
#[derive(Default)]
struct Limit {
    interval: Option<f64>,
    used_up: bool,
    day_used_up: bool,
}

impl Refusal {
    /// Reads an answer outside 2xx.
    pub(crate) fn read(answer: &Response) -> Self {
        let number = |name: &str| answer.header(name)?.trim().parse::<u32>().ok();
        let millis = number("x-hubspot-ratelimit-interval-milliseconds").filter(|&ms| ms > 0);
        Self {
            by_status: Error::from_status(answer),
            limit: Limit {
                interval: millis.map(|millis| f64::from(millis) / 1000.0),
                used_up: number("x-hubspot-ratelimit-remaining") == Some(0),
                day_used_up: number("x-hubspot-ratelimit-daily-remaining") == Some(0),
            },
            body: answer.json().unwrap_or_default(),
        }
    }

    /// Reads an entry of `errors` in a 207; it has no status of its own, only a category.
    pub(crate) fn of_entry(entry: Value) -> Self {
        let category = entry["category"].as_str().unwrap_or_default();
        let kind = match category {
            "VALIDATION_ERROR" | "BAD_REQUEST" => ErrorKind::InvalidInput,
            "CONFLICT" | "OBJECT_ALREADY_EXISTS" => ErrorKind::Conflict,
            "OBJECT_NOT_FOUND" | "NOT_FOUND" => ErrorKind::NotFound,
            "EXPIRED_AUTHENTICATION" | "INVALID_AUTHENTICATION" => ErrorKind::Unauthorized,
            "BANNED" | "FORBIDDEN" => ErrorKind::Forbidden,
            "RATE_LIMIT" | "RATE_LIMITS" => ErrorKind::RateLimited,
            "INTERNAL_ERROR" | "SERVICE_UNAVAILABLE" => ErrorKind::Unavailable,
            _ => ErrorKind::BadAnswer,
        };
        let message = "HubSpot did not carry this out and gave no reason that is known";
        let by_status = Error { vendor_status: Some(207), ..Error::new(kind, message) };
        Self { by_status, limit: Limit::default(), body: entry }
    }

    /// Decides the kind.
    pub(crate) fn kind(&self) -> ErrorKind {
        let (status, by_status) = (self.by_status.vendor_status, self.by_status.kind);
        match by_status {
            ErrorKind::InvalidInput if self.is("CONFLICT") || faults::is_taken(&self.body) => {
                ErrorKind::Conflict
            }
            ErrorKind::Forbidden if self.is("RATE_LIMIT") => ErrorKind::RateLimited,
            ErrorKind::Forbidden | ErrorKind::BadAnswer if self.is("MISSING_SCOPES") => {
                ErrorKind::MissingScope
            }
            // Locked, and an account on the move: HubSpot's ways to say "later".
            ErrorKind::BadAnswer if matches!(status, Some(423 | 477)) => ErrorKind::Unavailable,
            _ => by_status,
        }
    }

    /// The error for a caller.
    pub(crate) fn error(&self) -> Error {
        let kind = self.kind();
        let code = ["category", "errorType"].iter().find_map(|name| self.body[*name].as_str());
        Error {
            kind,
            message: self.message(kind),
            retry_after: self.retry_after(kind),
            field: None,
            vendor_status: self.by_status.vendor_status,
            vendor_code: code.filter(|code| is_word(code)).map(str::to_owned),
        }
    }

    /// Whether HubSpot found the values at fault.
    pub(crate) fn is_about_values(&self) -> bool {
        self.kind() == ErrorKind::InvalidInput && self.is("VALIDATION_ERROR")
    }

    /// Whether it is about the cursor of a list.
    pub(crate) fn is_about_a_cursor(&self) -> bool {
        let names_it = |text: &str| {
            text.split(|c: char| !c.is_alphanumeric()).any(|word| {
                matches!(&*word.to_lowercase(), "after" | "cursor" | "offset" | "paging")
            })
        };
        let entry = |entry: &Value| {
            let in_context = entry["context"].as_object().into_iter().flatten();
            ["message", "in"].iter().filter_map(|name| entry[*name].as_str()).any(names_it)
                || in_context.into_iter().any(|(name, _)| names_it(name))
        };
        let mut errors = self.body["errors"].as_array().into_iter().flatten();
        self.kind() == ErrorKind::InvalidInput && (entry(&self.body) || errors.any(entry))
    }

    fn is(&self, word: &str) -> bool {
        self.body["category"] == word || self.body["errorType"] == word
    }

    fn message(&self, kind: ErrorKind) -> String {
        let Some(ours) = sentence(kind) else { return self.by_status.message.clone() };
        let theirs = match kind {
            ErrorKind::MissingScope => {
                let scopes = self.required_scopes();
                if scopes.is_empty() {
                    return ours.to_owned();
                }
                return format!("{ours} (HubSpot wants one of: {})", scopes.join(", "));
            }
            // HubSpot repeats tokens in some of these.
            ErrorKind::Unauthorized | ErrorKind::Forbidden => String::new(),
            _ => sentence_of(self.body["message"].as_str().unwrap_or_default()),
        };
        if theirs.is_empty() { ours.to_owned() } else { format!("{ours} (HubSpot: {theirs})") }
    }

    fn required_scopes(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().into_iter().flatten();
        let contexts = errors.chain([&self.body]).filter_map(|entry| entry["context"].as_object());
        let required = contexts.flatten().filter(|(name, _)| name.to_lowercase().contains("scope"));
        let names = required.filter_map(|(_, value)| value.as_array()).flatten();
        names.filter_map(Value::as_str).filter(|name| is_word(name)).take(5).collect()
    }

    fn retry_after(&self, kind: ErrorKind) -> Option<f64> {
        if kind != ErrorKind::RateLimited || self.by_status.retry_after.is_some() {
            return self.by_status.retry_after;
        }
        let policy = self.body["policyName"].as_str().unwrap_or_default().to_uppercase();
        if policy.contains("DAILY") {
            return Some(ONE_HOUR);
        }
        let ten_seconds = policy.starts_with("TEN_SECONDLY");
        match self.limit.interval {
            Some(interval) if ten_seconds || self.limit.used_up => Some(interval),
            _ if ten_seconds => Some(TEN_SECONDS),
            _ if self.limit.day_used_up => Some(ONE_HOUR),
            _ if policy.starts_with("SECONDLY") => Some(ONE_SECOND),
            _ => None,
        }
    }
}

/// `None` where the status says all.
fn sentence(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::InvalidInput => "HubSpot cannot carry this out as it stands",
        ErrorKind::Unauthorized => "HubSpot does not accept the access token",
        ErrorKind::Forbidden => "HubSpot does not allow this to the account",
        ErrorKind::MissingScope => {
            "the permission for this was not granted: connect HubSpot again and allow it"
        }
        ErrorKind::NotFound => "HubSpot has no such object, or the account may not see it",
        ErrorKind::Gone => "the object was deleted at HubSpot",
        ErrorKind::Conflict => "HubSpot refuses this because of what is there already",
        ErrorKind::RateLimited => "HubSpot takes no more requests for now: try again later",
        ErrorKind::Unavailable => "HubSpot is out of order for now: try again later",
        _ => return None,
    })
}

/// HubSpot's sentence up to where it goes on in JSON.
fn sentence_of(text: &str) -> String {
    let line = one_line(text.split(['{', '[']).next().unwrap_or_default());
    line.trim_end_matches([':', ' ']).to_owned()
}

/// A name of scope or category, and no free text.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 80
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}
