//! The operating system's randomness.

use crate::ports::Rng;

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    #[expect(clippy::disallowed_methods, reason = "this is the Rng port's adapter")]
    #[expect(clippy::panic, reason = "without randomness no secret may be made")]
    fn bytes32(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        match getrandom::fill(&mut bytes) {
            Ok(()) => bytes,
            Err(error) => panic!("the operating system gives no randomness: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(SystemRng.bytes32(), SystemRng.bytes32());
    }
}
