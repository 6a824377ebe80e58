//! An RRULE's parts, taken out one by one; what is left at the end does not map.

use std::collections::BTreeMap;

use mortise_plugin_api::{Error, Result};

/// One line of a draft's recurrence.
pub(super) struct Rule<'a> {
    field: String,
    parts: BTreeMap<&'a str, &'a str>,
}

impl<'a> Rule<'a> {
    /// Reads the one line that there may be. `lines` is not empty.
    ///
    /// # Errors
    /// `InvalidInput` with the line's number.
    pub(super) fn read(lines: &'a [String]) -> Result<Self> {
        let mut rule = None;
        for (number, line) in lines.iter().enumerate() {
            let field = format!("event.recurrence.{number}");
            let name = line.split([':', ';']).next().unwrap_or_default();
            let Some(parts) = line.strip_prefix("RRULE:") else {
                let message = format!(
                    "Outlook keeps one RRULE and no {name}: change or delete single occurrences \
                     after the series was made"
                );
                return Err(Error::invalid(field, message));
            };
            if rule.is_some() {
                return Err(Error::invalid(field, "Outlook keeps one RRULE, this is the second"));
            }
            rule = Some(Self::parse(field, parts)?);
        }
        rule.ok_or_else(|| Error::invalid("event.recurrence", "there is no line"))
    }

    fn parse(field: String, text: &'a str) -> Result<Self> {
        let mut parts = BTreeMap::new();
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                return Err(Error::invalid(
                    field,
                    format!("`{}` is no part of a rule", clip(part)),
                ));
            };
            if parts.insert(name, value).is_some() {
                return Err(Error::invalid(field, format!("{} is given twice", clip(name))));
            }
        }
        Ok(Self { field, parts })
    }

    pub(super) fn take(&mut self, name: &str) -> Option<&'a str> {
        self.parts.remove(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.parts.contains_key(name)
    }

    /// A part that is a number of at least one.
    pub(super) fn count(&mut self, name: &str) -> Result<Option<u32>> {
        let Some(text) = self.take(name) else { return Ok(None) };
        match text.parse::<u32>() {
            Ok(number) if (1..=i32::MAX.unsigned_abs()).contains(&number) => Ok(Some(number)),
            _ => Err(self.refuse(&format!("{name}={text}"))),
        }
    }

    /// Refuses the rule for one of its parts.
    pub(super) fn refuse(&self, part: &str) -> Error {
        self.refuse_because(part, "Outlook has no pattern for it")
    }

    pub(super) fn refuse_because(&self, part: &str, reason: &str) -> Error {
        Error::invalid(self.field.clone(), format!("{}: {reason}", clip(part)))
    }

    /// # Errors
    /// `InvalidInput` for the first part that nobody took.
    pub(super) fn finish(self) -> Result<()> {
        match self.parts.first_key_value() {
            Some((name, value)) => Err(self.refuse(&format!("{name}={value}"))),
            None => Ok(()),
        }
    }
}

fn clip(text: &str) -> String {
    text.chars().take(64).collect()
}
