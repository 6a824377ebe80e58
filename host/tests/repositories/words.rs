//! Short names for what the tests put into the stores.

use chrono::{DateTime, Duration, Utc};
use mortise::{
    adapters::sea_orm::{Database, LinkTable},
    domain::{
        connection::{Integration, SealedTokens},
        ids::{IntegrationId, ProviderId, UserId},
        links::{CrmObject, Entity, EventPlace, Link, LinkDraft},
        oauth::OAuthAttempt,
    },
    ports::{IntegrationRepository as _, LinkRepository as _, NewConnection, Reservation},
};
use serde_json::json;

/// A moment, `seconds` after the beginning of all tests.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_796_000_000, 0).unwrap() + Duration::seconds(seconds)
}

pub fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

pub fn provider(name: &str) -> ProviderId {
    ProviderId::new(name).unwrap()
}

pub fn google() -> ProviderId {
    provider("google_calendar")
}

/// A number that nothing has.
pub const NOBODYS: IntegrationId = IntegrationId(987_654);

pub fn tokens(name: &str) -> SealedTokens {
    SealedTokens {
        access_token_enc: format!("access {name}"),
        refresh_token_enc: Some(format!("refresh {name}")),
        expires_at: Some(at(3600)),
        token_type: "Bearer".into(),
    }
}

pub fn granted(name: &str) -> NewConnection {
    let meta = json!({"account": name, "emoji": "📅", "n": 1}).as_object().unwrap().clone();
    let identity = vec!["account".to_owned()];
    let scopes = vec![format!("https://scope.test/{name}")];
    NewConnection { scopes, meta, identity, tokens: tokens(name) }
}

pub async fn connected(db: &Database, name: &str) -> Integration {
    db.connect(&user(name), &google(), &granted(name), at(0)).await.unwrap()
}

pub fn appointment(id: &str) -> Entity {
    Entity::new("appointment", id).unwrap()
}

/// A sort of links, with a place for the tests to use.
pub trait Sort: LinkTable {
    fn usual() -> Self;
}

impl Sort for EventPlace {
    fn usual() -> Self {
        Self::new("primary")
    }
}

impl Sort for CrmObject {
    fn usual() -> Self {
        Self::Contact
    }
}

pub fn draft<P: Sort>(of: &Integration, entity: Entity) -> LinkDraft<P> {
    LinkDraft { user: of.user, integration: of.id, entity, place: P::usual() }
}

/// Reserves with an external id made of the entity's and the generation.
pub async fn reserved<P: Sort>(db: &Database, of: &Integration, entity: &Entity) -> Reservation<P> {
    let id = |generation| format!("object-{}-{generation}", entity.id);
    db.links::<P>().reserve(&draft(of, entity.clone()), &id, at(0)).await.unwrap()
}

pub async fn new_link<P: Sort>(db: &Database, of: &Integration, entity: &Entity) -> Link<P> {
    match reserved(db, of, entity).await {
        Reservation::New(link) => link,
        Reservation::Existing(link) => panic!("there was one: {link:?}"),
    }
}

/// A SHA-256 in hex, or what looks like one.
pub fn hash(n: u8) -> String {
    hex::encode([n; 32])
}

pub fn attempt(of: &str, expires_at: DateTime<Utc>) -> OAuthAttempt {
    OAuthAttempt {
        user: user(of),
        provider: google(),
        browser_hash: None,
        verifier_enc: Some("sealed verifier".into()),
        redirect_uri: "https://hub.test/api/integrations/google-calendar/callback".into(),
        scopes: vec!["one".into(), "two words".into()],
        return_to: Some("https://app.test/done?x=ä".into()),
        opener_origin: Some("https://app.test".into()),
        expires_at,
    }
}

/// Starts all at once and waits for all.
pub async fn at_once<T: Send + 'static, F>(count: usize, make: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let running: Vec<_> = (0..count).map(|n| tokio::spawn(make(n))).collect();
    let mut done = Vec::with_capacity(count);
    for task in running {
        done.push(task.await.unwrap());
    }
    done
}
