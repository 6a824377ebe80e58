use std::collections::BTreeMap;

use crate::{
    domain::ids::IntegrationId,
    ports::{Cipher, CipherError, SealedColumn, SealedText, SealedTexts, StoreError},
};

/// Few enough that the rows of one transaction keep no refresh waiting.
const BATCH: u64 = 100;
/// A hub that was about to write when the first pass went by has long written by the second.
const PASSES: u32 = 3;
/// Of those that were kept first, which are the likeliest to be under an old key.
const SAMPLE: u64 = 100;

/// How far a rotation is in its present pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RotationProgress {
    /// Texts that were looked at.
    pub seen: u64,
    /// Texts that there were at the beginning.
    pub total: u64,
}

/// Texts that could not be opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// For want of a key.
    pub no_key: u64,
    /// For damage.
    pub damaged: u64,
    /// The connections they belong to, in order; none for what belongs to no connection.
    pub integrations: Vec<IntegrationId>,
}

/// What a rotation did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RotationReport {
    /// Texts that are kept.
    pub seen: u64,
    /// Those that were encrypted again.
    pub reencrypted: u64,
    /// Those that were left because nothing opens them.
    pub unreadable: BTreeMap<SealedColumn, Unreadable>,
    /// Texts under other keys were still being written while this ran: by a hub that has not
    /// got the new key, or has it behind another.
    pub still_written: bool,
}

/// Encrypts with the first key whatever is under another one, while hubs serve. What is under the
/// first key is passed over, so a rotation that was cut off is finished by running it again.
///
/// # Errors
/// The first failure of the store.
pub async fn rotate_keys(
    texts: &dyn SealedTexts,
    cipher: &dyn Cipher,
    tell: &mut (dyn FnMut(RotationProgress) + Send),
) -> Result<RotationReport, StoreError> {
    let mut total = 0;
    for column in SealedColumn::ALL {
        total += texts.count(column).await?;
    }
    let mut reencrypted = 0;
    let mut pass = 0;
    loop {
        let mut found = Pass { progress: RotationProgress { seen: 0, total }, ..Pass::default() };
        for column in SealedColumn::ALL {
            found.over(column, texts, cipher, tell).await?;
        }
        reencrypted += found.replaced;
        pass += 1;
        let clean = found.stale == 0;
        if clean || pass == PASSES {
            return Ok(RotationReport {
                seen: found.progress.seen,
                reencrypted,
                unreadable: found.unreadable,
                still_written: !clean,
            });
        }
    }
}

#[derive(Default)]
struct Pass {
    progress: RotationProgress,
    /// Texts that were under another key than the first.
    stale: u64,
    replaced: u64,
    unreadable: BTreeMap<SealedColumn, Unreadable>,
}

impl Pass {
    async fn over(
        &mut self,
        column: SealedColumn,
        texts: &dyn SealedTexts,
        cipher: &dyn Cipher,
        tell: &mut (dyn FnMut(RotationProgress) + Send),
    ) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let batch = texts.beyond(column, after.as_deref(), BATCH).await?;
            let Some(last) = batch.last() else { return Ok(()) };
            after = Some(last.row.clone());
            self.progress.seen += batch.len() as u64;
            let mut changes = Vec::new();
            for text in batch {
                match cipher.reencrypt(&text.sealed) {
                    Ok(Some(sealed)) => changes.push((text, sealed)),
                    Ok(None) => {}
                    Err(fault) => self.leave(column, &text, fault),
                }
            }
            if !changes.is_empty() {
                self.stale += changes.len() as u64;
                self.replaced += texts.replace(column, &changes).await?;
            }
            tell(self.progress);
        }
    }

    fn leave(&mut self, column: SealedColumn, text: &SealedText, fault: CipherError) {
        let unreadable = self.unreadable.entry(column).or_default();
        match fault {
            CipherError::NoKeyFits => unreadable.no_key += 1,
            CipherError::Damaged => unreadable.damaged += 1,
        }
        unreadable.integrations.extend(text.integration);
    }
}

/// How the configured keys fit what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyFit {
    /// Access tokens that were looked at: the oldest.
    pub looked_at: u64,
    /// Those of them for which a key is missing.
    pub no_key: u64,
}

/// Tries the keys on a sample. The tokens themselves are the test, so nothing else need be kept,
/// and a database of before is tested too.
///
/// # Errors
/// Those of the store.
pub async fn key_fit(texts: &dyn SealedTexts, cipher: &dyn Cipher) -> Result<KeyFit, StoreError> {
    let sample = texts.beyond(SealedColumn::AccessTokens, None, SAMPLE).await?;
    let missing = |text: &&SealedText| {
        cipher.decrypt(&text.sealed).is_err_and(|fault| fault == CipherError::NoKeyFits)
    };
    let no_key = sample.iter().filter(missing).count() as u64;
    Ok(KeyFit { looked_at: sample.len() as u64, no_key })
}
