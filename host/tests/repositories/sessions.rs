use mortise::{
    adapters::sea_orm::Database,
    domain::keys::{ApiKey, Session},
    ports::{ApiKeyStore, SessionStore, StoreError},
};

use crate::{
    databases::on_each_database,
    words::{at, at_once, google, hash, user},
};

async fn key(db: &Database) -> ApiKey {
    db.create("backend", &hash(200), &[], at(0)).await.unwrap().unwrap()
}

fn session(of: &str, api_key: i64, expires: i64) -> Session {
    Session {
        user: user(of),
        providers: Some(vec![google()]),
        origins: Some(vec!["https://app.test".into()]),
        api_key,
        expires_at: at(expires),
    }
}

on_each_database! {
    async fn a_session_is_found_until_it_ends(fixture) {
        let db = fixture.db;
        let kept = session("42", key(&db).await.id, 100);
        db.put(&hash(1), &kept, at(0)).await.unwrap();
        assert_eq!(SessionStore::find(&db, &hash(1), at(99)).await.unwrap(), Some(kept));
        assert_eq!(SessionStore::find(&db, &hash(1), at(100)).await.unwrap(), None);
        assert_eq!(SessionStore::find(&db, &hash(2), at(0)).await.unwrap(), None);
    }

    async fn a_session_without_limits_reads_back_without_limits(fixture) {
        let db = fixture.db;
        let kept = Session {
            providers: None,
            origins: None,
            ..session("42", key(&db).await.id, 100)
        };
        db.put(&hash(1), &kept, at(0)).await.unwrap();
        let read = SessionStore::find(&db, &hash(1), at(1)).await.unwrap().unwrap();
        assert_eq!(read, kept);
        // None at all is something else than all.
        let none = Session { providers: Some(vec![]), origins: Some(vec![]), ..kept };
        db.put(&hash(2), &none, at(0)).await.unwrap();
        assert_eq!(SessionStore::find(&db, &hash(2), at(1)).await.unwrap(), Some(none));
    }

    async fn a_revoked_key_ends_its_sessions_and_no_others(fixture) {
        let db = fixture.db.clone();
        let mine = key(&db).await.id;
        let other = db.create("other", &hash(201), &[], at(0)).await.unwrap().unwrap().id;
        db.put(&hash(1), &session("42", mine, 100), at(0)).await.unwrap();
        db.put(&hash(2), &session("42", other, 100), at(0)).await.unwrap();
        assert!(db.revoke("backend", at(1)).await.unwrap());
        assert_eq!(SessionStore::find(&db, &hash(1), at(2)).await.unwrap(), None);
        assert!(SessionStore::find(&db, &hash(2), at(2)).await.unwrap().is_some());
        // Minted with a key that was revoked a moment before: kept, and worth nothing.
        db.put(&hash(3), &session("42", mine, 100), at(2)).await.unwrap();
        assert_eq!(SessionStore::find(&db, &hash(3), at(3)).await.unwrap(), None);
    }

    async fn a_session_of_no_key_is_refused(fixture) {
        let refused = fixture.db.put(&hash(1), &session("42", 987_654, 100), at(0)).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        assert_eq!(fixture.number("SELECT COUNT(*) FROM users").await, 0);
    }

    async fn a_sweep_deletes_the_ended_ones_only(fixture) {
        let db = fixture.db;
        let key = key(&db).await.id;
        for (n, expires) in [(1, 100), (2, 200), (3, 300)] {
            db.put(&hash(n), &session("42", key, expires), at(0)).await.unwrap();
        }
        assert_eq!(SessionStore::sweep(&db, at(200)).await.unwrap(), 2);
        assert!(SessionStore::find(&db, &hash(3), at(200)).await.unwrap().is_some());
    }

    async fn first_sessions_of_one_user_at_once_make_one_user(fixture) {
        let db = fixture.db.clone();
        let key = key(&db).await.id;
        at_once(8, |n| {
            let (db, hash) = (db.clone(), hash(u8::try_from(n).unwrap()));
            async move { db.put(&hash, &session("42", key, 100), at(0)).await.unwrap() }
        })
        .await;
        assert_eq!(fixture.number("SELECT COUNT(*) FROM users").await, 1);
        assert_eq!(fixture.number("SELECT COUNT(*) FROM sessions").await, 8);
    }
}
