use mortise_tests::Answer;

/// What a client knows after an answer, or after none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// 4xx: the hub wrote nothing.
    Refused,
    /// Done or not; whoever was at it has ended.
    Unclear,
    /// As that, and somebody may still be at it.
    Late,
}

/// An answer as a client takes it.
pub struct Taken {
    pub outcome: Outcome,
    /// For the tally: `201`, `409 conflict`, `no answer`.
    pub name: String,
    /// The `code` of a problem.
    pub code: String,
    /// The title of the event in the answer.
    pub title: Option<String>,
}

pub fn take(answer: Option<Result<Answer, reqwest::Error>>) -> Taken {
    let nameless = |outcome, name: &str| {
        let (name, code) = (name.to_owned(), String::new());
        Taken { outcome, name, code, title: None }
    };
    match answer {
        // Longer than any hub works on it.
        None => nameless(Outcome::Late, "no answer in time"),
        // Nobody has read it.
        Some(Err(error)) if error.is_connect() => nameless(Outcome::Refused, "not connected"),
        Some(Err(_)) => nameless(Outcome::Unclear, "connection lost"),
        Some(Ok(answer)) => {
            let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
            let title = answer.body["event"]["title"].as_str().map(str::to_owned);
            let outcome = match answer.status {
                200..=299 => Outcome::Done,
                // The hub may go on with what it began.
                504 => Outcome::Late,
                500..=599 => Outcome::Unclear,
                _ if code == IN_FLIGHT || code == HALF_MOVED => Outcome::Unclear,
                _ => Outcome::Refused,
            };
            let name = format!("{} {code}", answer.status).trim_end().to_owned();
            Taken { outcome, name, code, title }
        }
    }
}

/// The new event is there, the old one not gone.
const HALF_MOVED: &str = "move-unfinished";
/// An earlier request with the same `Idempotency-Key` has not been answered yet.
const IN_FLIGHT: &str = "in-flight";
