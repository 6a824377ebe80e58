use chrono::{DateTime, Utc};

/// The time of day. May jump in either direction between two looks.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}

/// Randomness fit for secrets.
pub trait Rng: Send + Sync {
    /// 256 random bits.
    fn bytes32(&self) -> [u8; 32];
}
