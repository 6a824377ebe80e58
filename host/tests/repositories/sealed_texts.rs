use std::collections::BTreeMap;

use mortise::{
    adapters::{fernet::FernetCipher, sea_orm::Database},
    app::{KeyFit, RotationReport, Unreadable, key_fit, rotate_keys},
    domain::connection::SealedTokens,
    ports::{
        Cipher, IntegrationRepository as _, NewConnection, OAuthStateStore as _, SealedColumn,
        SealedText, SealedTexts as _, TokenStore as _,
    },
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    databases::{Fixture, on_each_database},
    words::{at, attempt, google, granted, hash, provider, tokens, user},
};

const OLD: &str = "bW9ydGlzZSBmaXh0dXJlIGtleSwgMzIgYnl0ZXMgb2s=";
const NEW: &str = "bmV3IGZpeHR1cmUga2V5IG9mIHRoZSBodWIsIDMyISE=";

fn keys(keys: &[&str]) -> FernetCipher {
    let keys: Vec<SecretString> = keys.iter().map(|&key| key.into()).collect();
    FernetCipher::new(&keys).unwrap()
}

fn sealed_by(cipher: &dyn Cipher, name: &str) -> SealedTokens {
    SealedTokens {
        access_token_enc: cipher.encrypt(&format!("access {name}").into()),
        refresh_token_enc: Some(cipher.encrypt(&format!("refresh {name}").into())),
        ..tokens(name)
    }
}

fn connection(cipher: &dyn Cipher, name: &str) -> NewConnection {
    NewConnection { tokens: sealed_by(cipher, name), ..granted(name) }
}

async fn rotated(db: &Database, cipher: &dyn Cipher) -> RotationReport {
    let mut last = None;
    let report = rotate_keys(db, cipher, &mut |progress| last = Some(progress)).await.unwrap();
    assert_eq!(last.map_or(0, |last| last.seen), report.seen);
    report
}

/// A text in each column, and some of them several times.
async fn filled(fixture: &Fixture, cipher: &dyn Cipher) {
    let db = &fixture.db;
    for name in ["1", "2", "3"] {
        db.connect(&user(name), &google(), &connection(cipher, name), at(0)).await.unwrap();
    }
    let ended = provider("outlook");
    let gone = db.connect(&user("1"), &ended, &connection(cipher, "gone"), at(0)).await.unwrap();
    let revoke = cipher.encrypt(&"revoke".into());
    db.disconnect(gone.id, Some(&revoke), at(1)).await.unwrap();
    let verifier = Some(cipher.encrypt(&"verifier".into()));
    for n in 1..=2 {
        let begun = mortise::domain::oauth::OAuthAttempt {
            verifier_enc: verifier.clone(),
            ..attempt("1", at(600))
        };
        db.put(&hash(n), &begun).await.unwrap();
    }
    for (endpoint, key) in [("a", "y"), ("b", "x"), ("b", "z")] {
        let answer = cipher.encrypt(&format!("answer {endpoint}{key}").into());
        fixture
            .run(&format!(
                "INSERT INTO idempotency_keys (user_id, endpoint, idempotency_key, request_hash, \
                 answer_status, answer_headers, answer_body, created_at, expires_at) \
                 SELECT id, '{endpoint}', '{key}', 'hash', 200, '{answer}', '{answer}', 1, 2 \
                 FROM users WHERE external_id <> '3'"
            ))
            .await;
    }
}

async fn all(db: &Database, column: SealedColumn, limit: u64) -> Vec<SealedText> {
    let mut found: Vec<SealedText> = Vec::new();
    loop {
        let after = found.last().map(|text| text.row.clone());
        let batch = db.beyond(column, after.as_deref(), limit).await.unwrap();
        if batch.is_empty() {
            return found;
        }
        assert!(batch.len() as u64 <= limit);
        found.extend(batch);
    }
}

async fn opened(db: &Database, cipher: &dyn Cipher) -> Vec<String> {
    let mut clear = Vec::new();
    for column in SealedColumn::ALL {
        for text in all(db, column, 100).await {
            clear.push(cipher.decrypt(&text.sealed).unwrap().expose_secret().to_owned());
        }
    }
    clear
}

on_each_database! {
    async fn every_text_is_found_once_in_pages_of_any_size(fixture) {
        filled(&fixture, &keys(&[OLD])).await;
        for (column, count) in SealedColumn::ALL.into_iter().zip([3, 3, 1, 2, 6, 6]) {
            assert_eq!(fixture.db.count(column).await.unwrap(), count, "{column:?}");
            let whole = all(&fixture.db, column, 100).await;
            assert_eq!(whole.len() as u64, count, "{column:?}");
            for limit in 1..=4 {
                assert!(all(&fixture.db, column, limit).await == whole, "{column:?} by {limit}");
            }
        }
    }

    async fn a_rotation_brings_all_under_the_first_key_and_a_second_one_changes_nothing(fixture) {
        filled(&fixture, &keys(&[OLD])).await;
        let before = opened(&fixture.db, &keys(&[OLD])).await;
        let both = keys(&[NEW, OLD]);
        let report = rotated(&fixture.db, &both).await;
        let done = RotationReport { seen: 21, reencrypted: 21, ..RotationReport::default() };
        assert_eq!(report, done);
        assert_eq!(opened(&fixture.db, &keys(&[NEW])).await, before);
        let again = rotated(&fixture.db, &both).await;
        assert_eq!(again, RotationReport { reencrypted: 0, ..done });
    }

    async fn nothing_but_the_ciphertexts_changes(fixture) {
        filled(&fixture, &keys(&[OLD])).await;
        let rest = [
            "SELECT CONCAT(id, ' ', integration_id, ' ', expires_at, ' ', token_type, ' ', version, \
             ' ', created_at, ' ', updated_at) FROM integration_tokens ORDER BY id",
            "SELECT CONCAT(id, ' ', status, ' ', scopes, ' ', token_version, ' ', updated_at) \
             FROM integrations ORDER BY id",
            "SELECT CONCAT(id, ' ', attempts, ' ', next_attempt_at) FROM pending_revocations",
            "SELECT CONCAT(state_hash, ' ', expires_at) FROM oauth_states ORDER BY state_hash",
        ];
        let mut before = Vec::new();
        for sql in rest {
            before.push(fixture.texts(sql).await);
        }
        rotated(&fixture.db, &keys(&[NEW, OLD])).await;
        for (sql, before) in rest.into_iter().zip(before) {
            assert_eq!(fixture.texts(sql).await, before, "{sql}");
        }
    }

    async fn a_token_that_was_refreshed_meanwhile_is_not_overwritten(fixture) {
        let (db, old) = (&fixture.db, keys(&[OLD]));
        let made = db.connect(&user("1"), &google(), &connection(&old, "1"), at(0)).await.unwrap();
        let mut changes = Vec::new();
        for column in [SealedColumn::AccessTokens, SealedColumn::RefreshTokens] {
            let text = all(db, column, 1).await.remove(0);
            assert_eq!(text.integration, Some(made.id));
            let again = keys(&[NEW, OLD]).reencrypt(&text.sealed).unwrap().unwrap();
            changes.push((column, (text, again)));
        }
        // The refresh token stays, as with a vendor that gives no new one.
        let new = SealedTokens { refresh_token_enc: None, ..sealed_by(&old, "new") };
        db.store_if(made.id, 1, &new, None, at(1)).await.unwrap().unwrap();
        let mut replaced = Vec::new();
        for (column, change) in changes {
            replaced.push(db.replace(column, &[change]).await.unwrap());
        }
        assert_eq!(replaced, [0, 1]);
        let token = db.load(made.id).await.unwrap().unwrap();
        assert_eq!((token.access_token_enc, token.version), (new.access_token_enc, 2));
        let refresh = keys(&[NEW]).decrypt(&token.refresh_token_enc.unwrap()).unwrap();
        assert_eq!(refresh.expose_secret(), "refresh 1");
    }

    async fn what_nothing_opens_is_reported_and_left(fixture) {
        let db = &fixture.db;
        filled(&fixture, &keys(&[OLD])).await;
        let foreign = keys(&["Zm9yZWlnbiBmaXh0dXJlIGtleSwgMzIgYnl0ZXMgISE="]);
        let lost = db.connect(&user("4"), &google(), &connection(&foreign, "4"), at(0)).await.unwrap();
        let cut = "UPDATE pending_revocations SET token_enc = 'gAAAAA'";
        fixture.run(cut).await;
        let report = rotated(db, &keys(&[NEW, OLD])).await;
        let missing = Unreadable { no_key: 1, damaged: 0, integrations: vec![lost.id] };
        let unreadable = BTreeMap::from([
            (SealedColumn::AccessTokens, missing.clone()),
            (SealedColumn::RefreshTokens, missing),
            (SealedColumn::Revocations, Unreadable { damaged: 1, ..Unreadable::default() }),
        ]);
        assert_eq!((report.seen, report.reencrypted), (23, 20));
        assert_eq!(report.unreadable, unreadable);
        assert!(!report.still_written);
        let kept = db.load(lost.id).await.unwrap().unwrap();
        assert!(foreign.decrypt(&kept.access_token_enc).is_ok());
    }

    async fn keys_are_tried_on_the_oldest_tokens(fixture) {
        let db = &fixture.db;
        let fit = |looked_at, no_key| KeyFit { looked_at, no_key };
        assert_eq!(key_fit(db, &keys(&[OLD])).await.unwrap(), fit(0, 0));
        filled(&fixture, &keys(&[OLD])).await;
        assert_eq!(key_fit(db, &keys(&[NEW, OLD])).await.unwrap(), fit(3, 0));
        assert_eq!(key_fit(db, &keys(&[NEW])).await.unwrap(), fit(3, 3));
        fixture.run("UPDATE integration_tokens SET access_token_enc = 'cut'").await;
        assert_eq!(key_fit(db, &keys(&[NEW])).await.unwrap(), fit(3, 0));
    }
}
