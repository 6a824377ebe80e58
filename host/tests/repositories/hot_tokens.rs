use std::{sync::Arc, time::Duration};

use mortise::{
    adapters::{
        clock::SystemClock,
        fernet::PlainCipher,
        hot_tokens::{ColdStores, HotTokenSettings, HotTokens},
        sea_orm::Database,
    },
    domain::connection::{Connection, IntegrationStatus},
    ports::{IntegrationRepository as _, TokenStore as _},
};

use crate::{
    databases::on_each_database,
    words::{at, google, granted, tokens, user},
};

fn over(db: &Database) -> Arc<HotTokens> {
    let store = Arc::new(db.clone());
    let below = ColdStores {
        connections: store.clone(),
        tokens: store,
        cipher: Arc::new(PlainCipher),
        clock: Arc::new(SystemClock),
    };
    let settings =
        HotTokenSettings { ttl: Duration::from_secs(300), margin: chrono::Duration::seconds(120) };
    Arc::new(HotTokens::new(below, settings))
}

/// What is told twice, which has to be what the store holds.
async fn told(hot: &HotTokens, db: &Database) -> Option<Connection> {
    let held = db.connection(&user("42"), &google()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(hot.connection(&user("42"), &google()).await.unwrap(), held);
    }
    held
}

on_each_database! {
    async fn over_each_store_every_write_shows_at_once(fixture) {
        let db = fixture.db;
        let hot = over(&db);
        assert_eq!(told(&hot, &db).await, None);
        let id = hot.connect(&user("42"), &google(), &granted("42"), at(0)).await.unwrap().id;
        assert!(told(&hot, &db).await.is_some());
        assert_eq!(hot.store_if(id, 1, &tokens("new"), None, at(1)).await.unwrap(), Some(2));
        assert_eq!(told(&hot, &db).await.unwrap().token.unwrap().version, 2);
        let broken = IntegrationStatus::NeedsReauth;
        assert!(hot.set_status(id, broken, Some("refused"), Some(2), at(2)).await.unwrap());
        assert_eq!(told(&hot, &db).await.unwrap().integration.status, broken);
        hot.connect(&user("42"), &google(), &granted("43"), at(3)).await.unwrap();
        assert_eq!(told(&hot, &db).await.unwrap().token.unwrap().access_token_enc, "access 43");
        hot.disconnect(id, None, at(4)).await.unwrap();
        assert_eq!(told(&hot, &db).await.unwrap().token, None);
        hot.connect(&user("42"), &google(), &granted("44"), at(5)).await.unwrap();
        told(&hot, &db).await;
        assert!(hot.erase_user(&user("42")).await.unwrap());
        assert_eq!(told(&hot, &db).await, None);
    }

    async fn amid_writes_nobody_sees_an_older_token_than_before(fixture) {
        const WRITES: i64 = 25;
        let hot = over(&fixture.db);
        let id = hot.connect(&user("42"), &google(), &granted("42"), at(0)).await.unwrap().id;
        let version = async |hot: &HotTokens| {
            let found = hot.connection(&user("42"), &google()).await.unwrap();
            found.unwrap().token.unwrap().version
        };
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let hot = hot.clone();
                tokio::spawn(async move {
                    let mut last = 0;
                    while last <= WRITES {
                        let found = hot.connection(&user("42"), &google()).await.unwrap();
                        let seen = found.unwrap().token.unwrap().version;
                        assert!(seen >= last, "{seen} after {last}");
                        last = seen;
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for n in 1..=WRITES {
            hot.store_if(id, n, &tokens("new"), None, at(n)).await.unwrap().unwrap();
            assert_eq!(version(&hot).await, n + 1, "its own write");
        }
        for reader in readers {
            reader.await.unwrap();
        }
    }
}
