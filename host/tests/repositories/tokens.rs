use mortise::{
    domain::connection::{IntegrationStatus, SealedTokens},
    ports::{IntegrationRepository as _, TokenStore},
};

use crate::{
    databases::on_each_database,
    words::{NOBODYS, at, at_once, connected, google, tokens, user},
};

on_each_database! {
    async fn a_connection_that_does_not_exist_has_no_token(fixture) {
        assert_eq!(fixture.db.load(NOBODYS).await.unwrap(), None);
        let stored = fixture.db.store_if(NOBODYS, 1, &tokens("x"), None, at(1)).await.unwrap();
        assert_eq!(stored, None);
    }

    async fn a_fitting_version_is_replaced_and_the_connection_works_again(fixture) {
        let db = fixture.db;
        let made = connected(&db, "42").await;
        let broken = IntegrationStatus::Error;
        db.set_status(made.id, broken, Some("was down"), None, at(1)).await.unwrap();
        let stored = db.store_if(made.id, 1, &tokens("new"), None, at(2)).await.unwrap();
        assert_eq!(stored, Some(2));
        let read = db.connection(&user("42"), &google()).await.unwrap().unwrap();
        assert_eq!(read.integration.status, IntegrationStatus::Active);
        assert_eq!(read.integration.last_error, None);
        assert_eq!(read.integration.scopes, made.scopes);
        let token = read.token.unwrap();
        assert_eq!(token.access_token_enc, "access new");
        assert_eq!(token.refresh_token_enc.as_deref(), Some("refresh new"));
        assert_eq!(token.version, 2);
    }

    async fn an_answer_without_refresh_token_keeps_the_stored_one(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        let new = SealedTokens { refresh_token_enc: None, expires_at: None, ..tokens("new") };
        db.store_if(id, 1, &new, None, at(2)).await.unwrap().unwrap();
        let token = db.load(id).await.unwrap().unwrap();
        assert_eq!(token.access_token_enc, "access new");
        assert_eq!(token.refresh_token_enc.as_deref(), Some("refresh 42"));
        assert_eq!(token.expires_at, None);
    }

    async fn scopes_are_replaced_only_where_they_are_given(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        let scopes = ["fewer".to_owned()];
        db.store_if(id, 1, &tokens("new"), Some(&scopes), at(2)).await.unwrap().unwrap();
        let read = db.connection(&user("42"), &google()).await.unwrap().unwrap().integration;
        assert_eq!(read.scopes, scopes);
        assert_eq!(read.updated_at, at(2));
    }

    async fn a_stale_version_writes_nothing(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        connected(&db, "42").await;
        let broken = IntegrationStatus::NeedsReauth;
        db.set_status(id, broken, Some("refused"), None, at(1)).await.unwrap();
        let scopes = ["stolen".to_owned()];
        for version in [0, 1, 3] {
            let stored = db.store_if(id, version, &tokens("old"), Some(&scopes), at(2)).await;
            assert_eq!(stored.unwrap(), None, "{version}");
        }
        let read = db.connection(&user("42"), &google()).await.unwrap().unwrap();
        assert_eq!(read.integration.status, broken);
        assert_eq!(read.integration.scopes, ["https://scope.test/42"]);
        assert_eq!(read.token.unwrap().access_token_enc, "access 42");
    }

    async fn a_refresh_that_ends_after_a_disconnect_brings_nothing_back(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        db.disconnect(id, None, at(1)).await.unwrap();
        for version in 1..4 {
            assert_eq!(db.store_if(id, version, &tokens("new"), None, at(2)).await.unwrap(), None);
        }
        let read = db.connection(&user("42"), &google()).await.unwrap().unwrap();
        assert_eq!(read.integration.status, IntegrationStatus::Revoked);
        assert_eq!(read.token, None);
    }

    async fn of_several_refreshes_at_once_one_is_stored(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        let stored = at_once(8, |n| {
            let db = db.clone();
            async move { db.store_if(id, 1, &tokens(&n.to_string()), None, at(1)).await.unwrap() }
        })
        .await;
        let winners: Vec<_> = (0..8).filter(|n| stored[*n] == Some(2)).collect();
        assert_eq!((winners.len(), stored.iter().flatten().count()), (1, 1), "{stored:?}");
        let token = db.load(id).await.unwrap().unwrap();
        assert_eq!(token.access_token_enc, format!("access {}", winners[0]));
    }

    async fn a_refresh_and_a_new_connect_at_once_leave_the_connect(fixture) {
        let db = fixture.db;
        for round in 0..10 {
            let id = connected(&db, "42").await.id;
            let version = db.load(id).await.unwrap().unwrap().version;
            let renew = {
                let db = db.clone();
                tokio::spawn(async move { connected(&db, "42").await })
            };
            db.store_if(id, version, &tokens("refreshed"), None, at(1)).await.unwrap();
            renew.await.unwrap();
            let token = db.load(id).await.unwrap().unwrap();
            assert_eq!(token.access_token_enc, "access 42", "round {round}");
        }
    }
}
