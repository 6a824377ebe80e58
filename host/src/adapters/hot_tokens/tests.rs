use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Map;
use tokio::sync::Notify;

use super::*;
use crate::{domain::ids::UserKey, ports::CipherError};

const ID: IntegrationId = IntegrationId(7);
const TTL: i64 = 5;

/// One connection, as another process may change it too.
struct Store {
    now: Mutex<DateTime<Utc>>,
    row: Mutex<Option<Connection>>,
    reads: AtomicUsize,
    opened: AtomicUsize,
    /// Where set, a read stops after it has seen the row.
    stalls: Mutex<bool>,
    seen: Notify,
    go_on: Notify,
}

fn row(version: i64, lives: i64) -> Connection {
    let now = DateTime::<Utc>::UNIX_EPOCH;
    Connection {
        integration: Integration {
            id: ID,
            user: UserKey(1),
            provider: google(),
            status: IntegrationStatus::Active,
            scopes: Vec::new(),
            meta: Map::new(),
            last_error: None,
            created_at: now,
            updated_at: now,
        },
        token: Some(StoredToken {
            access_token_enc: format!("access {version}"),
            refresh_token_enc: Some("refresh".into()),
            issued_at: now,
            expires_at: Some(now + TimeDelta::seconds(lives)),
            token_type: "Bearer".into(),
            version,
        }),
    }
}

fn ada() -> UserId {
    UserId::new("ada").unwrap()
}

fn google() -> ProviderId {
    ProviderId::new("google_calendar").unwrap()
}

fn sealed() -> SealedTokens {
    SealedTokens {
        access_token_enc: "access".into(),
        refresh_token_enc: None,
        expires_at: None,
        token_type: "Bearer".into(),
    }
}

impl Clock for Store {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }
}

impl Cipher for Store {
    fn encrypt(&self, clear: &SecretString) -> String {
        clear.expose_secret().to_owned()
    }

    fn decrypt(&self, sealed: &str) -> Result<SecretString, CipherError> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        if sealed == "damaged" { Err(CipherError::Damaged) } else { Ok(sealed.into()) }
    }

    fn reencrypt(&self, _: &str) -> Result<Option<String>, CipherError> {
        Ok(None)
    }
}

#[async_trait]
impl IntegrationRepository for Store {
    async fn connection(
        &self,
        _: &UserId,
        _: &ProviderId,
    ) -> Result<Option<Connection>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let row = self.row.lock().unwrap().clone();
        if std::mem::take(&mut *self.stalls.lock().unwrap()) {
            self.seen.notify_one();
            self.go_on.notified().await;
        }
        Ok(row)
    }

    async fn list(&self, _: &UserId) -> Result<Vec<Integration>, StoreError> {
        Ok(Vec::new())
    }

    async fn connect(
        &self,
        _: &UserId,
        _: &ProviderId,
        _: &NewConnection,
        _: DateTime<Utc>,
    ) -> Result<Integration, StoreError> {
        let renewed = row(9, 3600);
        *self.row.lock().unwrap() = Some(renewed.clone());
        Ok(renewed.integration)
    }

    async fn set_status(
        &self,
        _: IntegrationId,
        status: IntegrationStatus,
        _: Option<&str>,
        _: Option<i64>,
        _: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        if let Some(row) = &mut *self.row.lock().unwrap() {
            row.integration.status = status;
        }
        Ok(true)
    }

    async fn disconnect(
        &self,
        _: IntegrationId,
        _: Option<&str>,
        _: DateTime<Utc>,
    ) -> Result<Option<PendingRevocation>, StoreError> {
        if let Some(row) = &mut *self.row.lock().unwrap() {
            row.token = None;
        }
        Ok(None)
    }

    async fn erase_user(&self, _: &UserId) -> Result<bool, StoreError> {
        Ok(self.row.lock().unwrap().take().is_some())
    }
}

#[async_trait]
impl TokenStore for Store {
    async fn load(&self, _: IntegrationId) -> Result<Option<StoredToken>, StoreError> {
        Ok(self.row.lock().unwrap().clone().and_then(|row| row.token))
    }

    async fn store_if(
        &self,
        _: IntegrationId,
        version: i64,
        _: &SealedTokens,
        _: Option<&[String]>,
        _: DateTime<Utc>,
    ) -> Result<Option<i64>, StoreError> {
        *self.row.lock().unwrap() = Some(row(version + 1, 3600));
        Ok(Some(version + 1))
    }

    async fn lease(
        &self,
        _: IntegrationId,
        _: i64,
        _: &str,
        _: Duration,
    ) -> Result<Lease, StoreError> {
        Ok(Lease::Taken { failures: 0 })
    }

    async fn release(&self, _: IntegrationId, _: &str, _: LeaseEnd) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn claim(
        &self,
        _: &Claim<'_>,
        _: &str,
        _: Duration,
    ) -> Result<Vec<DueToken>, StoreError> {
        Ok(Vec::new())
    }
}

fn over(connection: Option<Connection>) -> (Arc<Store>, Arc<HotTokens>) {
    let store = Arc::new(Store {
        now: Mutex::new(DateTime::UNIX_EPOCH),
        row: Mutex::new(connection),
        reads: AtomicUsize::new(0),
        opened: AtomicUsize::new(0),
        stalls: Mutex::new(false),
        seen: Notify::new(),
        go_on: Notify::new(),
    });
    let below = ColdStores {
        connections: store.clone(),
        tokens: store.clone(),
        cipher: store.clone(),
        clock: store.clone(),
    };
    let settings =
        HotTokenSettings { ttl: Duration::from_secs(TTL as u64), margin: TimeDelta::seconds(120) };
    (store, Arc::new(HotTokens::new(below, settings)))
}

impl Store {
    fn advance(&self, seconds: i64) {
        *self.now.lock().unwrap() += TimeDelta::seconds(seconds);
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

async fn read(hot: &HotTokens) -> Option<Connection> {
    hot.connection(&ada(), &google()).await.unwrap()
}

#[tokio::test]
async fn a_fresh_token_is_read_once_while_it_is_hot() {
    let (store, hot) = over(Some(row(1, 3600)));
    let first = read(&hot).await;
    for _ in 0..10 {
        assert_eq!(read(&hot).await, first);
    }
    assert_eq!(store.reads(), 1);
    hot.connection(&UserId::new("bob").unwrap(), &google()).await.unwrap();
    assert_eq!(store.reads(), 2, "another user's is another one");
}

#[tokio::test]
async fn what_another_process_writes_shows_when_the_entry_is_over() {
    let (store, hot) = over(Some(row(1, 3600)));
    read(&hot).await;
    *store.row.lock().unwrap() = Some(row(2, 3600));
    store.advance(TTL - 1);
    assert_eq!(read(&hot).await, Some(row(1, 3600)));
    store.advance(1);
    assert_eq!(read(&hot).await, Some(row(2, 3600)));
}

#[tokio::test]
async fn a_clock_that_was_put_back_makes_no_entry_older() {
    let (store, hot) = over(Some(row(1, 3600)));
    read(&hot).await;
    store.advance(-1);
    read(&hot).await;
    assert_eq!(store.reads(), 2);
}

#[tokio::test]
async fn a_token_near_its_end_is_looked_up_each_time() {
    let (store, hot) = over(Some(row(1, 123)));
    read(&hot).await;
    store.advance(2);
    read(&hot).await;
    assert_eq!(store.reads(), 1);
    store.advance(1);
    read(&hot).await;
    read(&hot).await;
    assert_eq!(store.reads(), 3);
}

#[tokio::test]
async fn a_connection_that_does_not_work_is_looked_up_each_time() {
    let mut dead = row(1, 3600);
    dead.integration.status = IntegrationStatus::NeedsReauth;
    let ended = Connection { token: None, ..row(1, 3600) };
    for connection in [Some(dead), Some(ended), None] {
        let (store, hot) = over(connection.clone());
        for _ in 0..2 {
            assert_eq!(read(&hot).await, connection);
        }
        assert_eq!(store.reads(), 2);
    }
}

#[tokio::test]
async fn every_write_of_this_process_shows_at_once() {
    let now = DateTime::UNIX_EPOCH;
    let new = NewConnection {
        scopes: Vec::new(),
        meta: Map::new(),
        identity: Vec::new(),
        tokens: sealed(),
    };
    for write in 0..5 {
        let (store, hot) = over(Some(row(1, 3600)));
        read(&hot).await;
        match write {
            0 => drop(hot.connect(&ada(), &google(), &new, now).await.unwrap()),
            1 => drop(hot.set_status(ID, IntegrationStatus::Error, None, None, now).await.unwrap()),
            2 => drop(hot.disconnect(ID, None, now).await.unwrap()),
            3 => drop(hot.erase_user(&ada()).await.unwrap()),
            _ => drop(hot.store_if(ID, 1, &sealed(), None, now).await.unwrap()),
        }
        let after = store.row.lock().unwrap().clone();
        assert_ne!(after, Some(row(1, 3600)));
        assert_eq!(read(&hot).await, after, "write {write}");
        assert_eq!(hot.load(ID).await.unwrap(), after.and_then(|row| row.token));
    }
}

#[tokio::test]
async fn a_read_that_began_before_a_write_does_not_put_the_old_value_back() {
    let (store, hot) = over(Some(row(1, 3600)));
    *store.stalls.lock().unwrap() = true;
    let slow = tokio::spawn({
        let hot = hot.clone();
        async move { read(&hot).await }
    });
    store.seen.notified().await;
    hot.store_if(ID, 1, &sealed(), None, DateTime::UNIX_EPOCH).await.unwrap();
    store.go_on.notify_one();
    assert_eq!(slow.await.unwrap(), Some(row(1, 3600)), "it began before");
    assert_eq!(read(&hot).await, Some(row(2, 3600)));
}

#[tokio::test]
async fn a_hot_access_token_is_decrypted_once_and_other_texts_each_time() {
    let (store, hot) = over(Some(row(1, 3600)));
    let opened = || store.opened.load(Ordering::SeqCst);
    read(&hot).await;
    for _ in 0..3 {
        assert_eq!(hot.decrypt("access 1").unwrap().expose_secret(), "access 1");
    }
    assert_eq!(opened(), 1);
    for _ in 0..3 {
        hot.decrypt("refresh").unwrap();
    }
    assert_eq!(opened(), 4);
    assert_eq!(hot.decrypt("damaged").err(), Some(CipherError::Damaged));
    assert_eq!(hot.encrypt(&"clear".into()), "clear");
}
