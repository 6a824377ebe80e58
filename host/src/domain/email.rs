//! E-mail addresses.

/// Whether a text may be an address. The vendors decide what is one; this keeps out what certainly
/// is none.
#[must_use]
pub fn looks_like_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let clean = |c: char| !c.is_whitespace() && !c.is_control();
    !local.is_empty() && !domain.is_empty() && text.len() <= 320 && text.chars().all(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_certainly_is_no_address_is_kept_out() {
        for text in ["", "ada", "@example.org", "ada@", "a da@example.org", "ada@example.org\n"] {
            assert!(!looks_like_address(text), "{text:?}");
        }
        assert!(!looks_like_address(&format!("{}@example.org", "a".repeat(320))));
        assert!(looks_like_address("ada+1@example.org"));
        assert!(looks_like_address("łódź@müller.example"));
    }
}
