//! How much of an answer is taken.

use crate::ports::OutboundError;

/// Reads a body of at most so many bytes.
///
/// # Errors
/// `TooLarge` as soon as that is known; `Cut` and `Timeout` as they come.
pub(super) async fn read(
    answer: &mut reqwest::Response,
    limit: usize,
) -> Result<Vec<u8>, OutboundError> {
    let announced = answer.content_length().unwrap_or(0);
    if announced > limit as u64 {
        return Err(OutboundError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| super::reason(&error))? {
        if body.len() + chunk.len() > limit {
            return Err(OutboundError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
