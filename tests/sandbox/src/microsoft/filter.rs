//! `$filter`: comparisons joined by `and`, of the properties that a client of calendars needs.

use chrono::{DateTime, Utc};

use super::call::Call;
use super::error::GraphError;
use super::event::Item;
use super::time::read_bound;

/// All of its conditions must hold.
#[derive(Default)]
pub(super) struct Filter(Vec<Condition>);

enum Condition {
    Instant(String, Operator, DateTime<Utc>),
    Text(String, Operator, String),
    Flag(String, Operator, bool),
}

#[derive(Clone, Copy)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

const INSTANTS: [&str; 4] =
    ["createdDateTime", "end/dateTime", "lastModifiedDateTime", "start/dateTime"];
const TEXTS: [&str; 2] = ["iCalUId", "subject"];
const FLAGS: [&str; 4] = ["isAllDay", "isCancelled", "isOnlineMeeting", "isOrganizer"];

impl Filter {
    pub(super) fn read(call: &Call) -> Result<Self, GraphError> {
        let Some(text) = call.query.get("$filter") else { return Ok(Self::default()) };
        let refused = || {
            let message = format!("The filter \"{text}\" is invalid or not supported.");
            GraphError::bad_request("ErrorInvalidUrlQueryFilter", message)
        };
        let (mut conditions, mut rest) = (Vec::new(), text.trim());
        loop {
            let (condition, after) = condition(rest).ok_or_else(refused)?;
            conditions.push(condition);
            let after = after.trim_start();
            if after.is_empty() {
                return Ok(Self(conditions));
            }
            rest = after.strip_prefix("and ").ok_or_else(refused)?.trim_start();
        }
    }

    pub(super) fn admits(&self, item: &Item) -> bool {
        self.0.iter().all(|condition| match condition {
            Condition::Instant(name, operator, value) => {
                instant(item, name).is_some_and(|at| operator.holds(&at, value))
            }
            Condition::Text(name, operator, value) => operator.holds(&item.text(name), &&**value),
            Condition::Flag(name, operator, value) => operator.holds(&item.flag(name), value),
        })
    }
}

/// The instant of one of [`INSTANTS`].
pub(super) fn instant(item: &Item, name: &str) -> Option<DateTime<Utc>> {
    match name {
        "start/dateTime" => item.span().map(|span| span.start),
        "end/dateTime" => item.span().map(|span| span.end),
        _ => item.text(name).parse().ok(),
    }
}

/// The first comparison, and what follows it.
fn condition(text: &str) -> Option<(Condition, &str)> {
    let (name, rest) = text.split_once(' ')?;
    let (operator, rest) = rest.trim_start().split_once(' ')?;
    let operator = Operator::read(operator)?;
    let (literal, quoted, rest) = literal(rest.trim_start())?;
    let name = name.to_owned();
    let condition = if INSTANTS.contains(&&*name) {
        Condition::Instant(name, operator, read_bound(&literal)?)
    } else if TEXTS.contains(&&*name) && quoted {
        Condition::Text(name, operator, literal)
    } else if FLAGS.contains(&&*name) && !quoted {
        Condition::Flag(name, operator, literal.parse().ok()?)
    } else {
        return None;
    };
    Some((condition, rest))
}

/// A literal, whether it was in quotes, and what follows it. A quote in quotes is doubled.
fn literal(text: &str) -> Option<(String, bool, &str)> {
    let Some(mut rest) = text.strip_prefix('\'') else {
        let end = text.find(' ').unwrap_or(text.len());
        return Some((text[..end].to_owned(), false, &text[end..]));
    };
    let mut literal = String::new();
    loop {
        let (before, after) = rest.split_once('\'')?;
        literal.push_str(before);
        match after.strip_prefix('\'') {
            None => return Some((literal, true, after)),
            Some(more) => {
                literal.push('\'');
                rest = more;
            }
        }
    }
}

impl Operator {
    fn read(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }

    fn holds<T: PartialOrd>(self, one: &T, other: &T) -> bool {
        match self {
            Self::Equal => one == other,
            Self::NotEqual => one != other,
            Self::Greater => one > other,
            Self::GreaterOrEqual => one >= other,
            Self::Less => one < other,
            Self::LessOrEqual => one <= other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_may_hold_quotes_and_the_word_and() {
        let (condition, rest) = condition("subject eq 'Ada''s rock and roll' and x").unwrap();
        assert!(matches!(condition, Condition::Text(_, _, text) if text == "Ada's rock and roll"));
        assert_eq!(rest, " and x");
    }

    #[test]
    fn what_is_not_supported_is_no_condition() {
        for text in
            ["subject", "subject eq x", "body/content eq 'x'", "isAllDay eq 'true'", "a b c"]
        {
            assert!(condition(text).is_none(), "{text}");
        }
    }
}
