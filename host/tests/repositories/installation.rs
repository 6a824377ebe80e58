use std::sync::atomic::{AtomicU8, Ordering};

use mortise::{
    adapters::sea_orm::{Database, DatabaseOptions},
    ports::Rng,
};

use crate::{databases::on_each_database, words::at_once};

/// Never the same twice.
struct Counting(AtomicU8);

impl Rng for Counting {
    fn bytes32(&self) -> [u8; 32] {
        [self.0.fetch_add(1, Ordering::Relaxed); 32]
    }
}

on_each_database! {
    async fn the_salt_is_made_once_and_stays(fixture) {
        let rng = Counting(AtomicU8::new(7));
        assert_eq!(fixture.db.installation_salt(&rng).await.unwrap(), [7; 32]);
        assert_eq!(fixture.db.installation_salt(&rng).await.unwrap(), [7; 32]);
        let later = Database::open(&fixture.url, DatabaseOptions::default()).await.unwrap();
        assert_eq!(later.installation_salt(&rng).await.unwrap(), [7; 32]);
        later.close().await.unwrap();
    }

    async fn hosts_that_start_at_once_have_the_same_salt(fixture) {
        let url = fixture.url;
        let salts = at_once(4, |n| {
            let (url, first) = (url.clone(), u8::try_from(n).unwrap() * 10);
            async move {
                let host = Database::open(&url, DatabaseOptions::default()).await.unwrap();
                let salt = host.installation_salt(&Counting(AtomicU8::new(first))).await.unwrap();
                host.close().await.unwrap();
                salt
            }
        })
        .await;
        assert!(salts.iter().all(|salt| *salt == salts[0]), "{salts:?}");
    }
}
