//! From Graph's error bodies to kinds: `{"error": {"code", "message", "innerError"}}`.

use mortise_plugin_api::{Error, ErrorKind, Response, Value};

/// How much of Microsoft's own sentence is repeated.
const LONGEST_MESSAGE: usize = 200;

/// The error that an answer outside 2xx stands for.
pub(crate) fn read(answer: &Response) -> Error {
    let body: Value = answer.json().unwrap_or_default();
    let code = body["error"]["code"].as_str().filter(|code| !code.is_empty());
    let by_status = Error::from_status(answer);
    let kind = match (answer.status(), code) {
        // Graph gives the same code to a mailbox that may not be seen as to a scope that lacks.
        (403, Some("ErrorAccessDenied" | "Authorization_RequestDenied")) => ErrorKind::MissingScope,
        (410, Some("SyncStateNotFound" | "resyncRequired")) => ErrorKind::CursorLost,
        // Bandwidth limit exceeded.
        (509, _) => ErrorKind::RateLimited,
        _ => by_status.kind,
    };
    let said = one_line(body["error"]["message"].as_str().unwrap_or_default());
    let message = match sentence(kind) {
        None => by_status.message.clone(),
        Some(ours) if said.is_empty() => ours.to_owned(),
        Some(ours) => format!("{ours} (Microsoft: {said})"),
    };
    Error { kind, message, vendor_code: code.map(str::to_owned), ..by_status }
}

/// `None` where the status says all.
fn sentence(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::InvalidInput => "Microsoft cannot carry this out as it stands",
        ErrorKind::Unauthorized => "Microsoft does not accept the access token",
        ErrorKind::Forbidden => "Microsoft does not allow this to the account",
        ErrorKind::MissingScope => {
            "the permission for this was not granted: connect Outlook again and allow it"
        }
        ErrorKind::NotFound => "Microsoft has no such thing, or the account may not see it",
        ErrorKind::CursorLost => "the cursor is no longer good: start again without it",
        ErrorKind::RateLimited => "Microsoft takes no more requests for now: try again later",
        ErrorKind::Unavailable => "Microsoft Graph is out of order for now: try again later",
        _ => return None,
    })
}

fn one_line(text: &str) -> String {
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > LONGEST_MESSAGE {
        line = line.chars().take(LONGEST_MESSAGE).collect();
        line.push('…');
    }
    line
}
