use mortise::{
    domain::keys::Right,
    ports::{ApiKeyStore, StoreError},
};

use crate::{
    databases::on_each_database,
    words::{at, at_once, hash},
};

on_each_database! {
    async fn a_key_is_found_by_its_hash(fixture) {
        let db = fixture.db;
        let rights = [Right::Tokens, Right::Admin];
        let made = db.create("backend", &hash(1), &rights, at(0)).await.unwrap().unwrap();
        assert_eq!((made.name.as_str(), made.rights.as_slice()), ("backend", rights.as_slice()));
        assert_eq!((made.created_at, made.revoked_at), (at(0), None));
        assert_eq!(ApiKeyStore::find(&db, &hash(1)).await.unwrap(), Some(made));
        assert_eq!(ApiKeyStore::find(&db, &hash(2)).await.unwrap(), None);
    }

    async fn a_name_is_given_once_even_after_a_revocation(fixture) {
        let db = fixture.db;
        db.create("backend", &hash(1), &[], at(0)).await.unwrap().unwrap();
        assert_eq!(db.create("backend", &hash(2), &[], at(1)).await.unwrap(), None);
        assert!(db.revoke("backend", at(2)).await.unwrap());
        assert_eq!(db.create("backend", &hash(2), &[], at(3)).await.unwrap(), None);
        assert_eq!(ApiKeyStore::find(&db, &hash(2)).await.unwrap(), None);
        assert!(db.create("Backend", &hash(3), &[], at(4)).await.unwrap().is_some());
    }

    async fn a_revoked_key_is_listed_and_not_found(fixture) {
        let db = fixture.db;
        for (n, name) in [(1, "b"), (2, "a"), (3, "_c")] {
            db.create(name, &hash(n), &[], at(0)).await.unwrap().unwrap();
        }
        assert!(db.revoke("b", at(5)).await.unwrap());
        assert!(!db.revoke("b", at(6)).await.unwrap());
        assert!(!db.revoke("nobody", at(6)).await.unwrap());
        assert_eq!(ApiKeyStore::find(&db, &hash(1)).await.unwrap(), None);
        let keys = db.list().await.unwrap();
        let listed: Vec<_> = keys.iter().map(|key| (key.name.as_str(), key.revoked_at)).collect();
        assert_eq!(listed, [("_c", None), ("a", None), ("b", Some(at(5)))]);
    }

    async fn of_several_that_want_a_name_one_gets_it(fixture) {
        let db = fixture.db;
        let made = at_once(8, |n| {
            let (db, hash) = (db.clone(), hash(u8::try_from(n).unwrap()));
            async move { db.create("backend", &hash, &[], at(0)).await.unwrap() }
        })
        .await;
        assert_eq!(made.iter().flatten().count(), 1);
        assert_eq!(db.list().await.unwrap().len(), 1);
    }

    async fn a_refused_statement_does_not_tell_its_values(fixture) {
        let db = fixture.db;
        let secret = hash(7);
        db.create("one", &secret, &[], at(0)).await.unwrap().unwrap();
        let error = db.create("two", &secret, &[], at(0)).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused(_)), "{error}");
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains(&secret[..8]) && !text.contains("two"), "{text}");
        }
    }
}
