//! Google Meet links: asked for by `conferenceData.createRequest`, honoured only with
//! `conferenceDataVersion=1`.

use serde_json::{Map, Value, json};

use super::error::ApiError;
use crate::random;

/// What a write sent as `conferenceData`.
pub(super) enum Asked {
    /// Version 0, or a patch that does not name it: what is there stays.
    Keep,
    Clear,
    Data(Value),
}

impl Asked {
    /// Takes the field out of what was sent. `replaces`: an absent field clears, as in a PUT.
    pub(super) fn take(sent: &mut Map<String, Value>, version_1: bool, replaces: bool) -> Self {
        match sent.remove("conferenceData") {
            _ if !version_1 => Self::Keep,
            None if replaces => Self::Clear,
            None => Self::Keep,
            Some(Value::Null) => Self::Clear,
            Some(data) => Self::Data(data),
        }
    }

    /// Brings the event's `conferenceData` and `hangoutLink` up to date.
    pub(super) fn apply(self, body: &mut Map<String, Value>) -> Result<(), ApiError> {
        let data = match self {
            Self::Keep => return Ok(()),
            Self::Clear => {
                body.remove("conferenceData");
                body.remove("hangoutLink");
                return Ok(());
            }
            Self::Data(data) => data,
        };
        let there = body.get("conferenceData");
        let Some(request) = data.get("createRequest").filter(|request| request.is_object()) else {
            // Data read before and sent back.
            let same = there.is_some_and(|there| there["conferenceId"] == data["conferenceId"]);
            return if same { Ok(()) } else { Err(invalid_conference()) };
        };
        let id = request["requestId"].as_str().filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| ApiError::required("Missing conference request id."))?;
        if there.is_some_and(|there| there["createRequest"]["requestId"] == id) {
            return Ok(());
        }
        match request.pointer("/conferenceSolutionKey/type") {
            None => {}
            Some(kind) if kind == "hangoutsMeet" => {}
            Some(_) => return Err(ApiError::invalid("Invalid conference type value.")),
        }
        let created = meet(id);
        body.insert("hangoutLink".into(), created["entryPoints"][0]["uri"].clone());
        body.insert("conferenceData".into(), created);
        Ok(())
    }
}

fn invalid_conference() -> ApiError {
    ApiError::invalid("Invalid conference data.")
}

fn meet(request_id: &str) -> Value {
    let letters: String = random::hex_id()
        .bytes()
        .take(10)
        .map(|digit| char::from(b'a' + (u32::from(digit) * 7 % 26) as u8))
        .collect();
    let code = [&letters[..3], &letters[3..7], &letters[7..]].join("-");
    json!({
        "createRequest": {
            "requestId": request_id,
            "conferenceSolutionKey": {"type": "hangoutsMeet"},
            "status": {"statusCode": "success"},
        },
        "entryPoints": [{
            "entryPointType": "video",
            "uri": format!("https://meet.google.com/{code}"),
            "label": format!("meet.google.com/{code}"),
        }],
        "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
        "conferenceId": code,
    })
}
