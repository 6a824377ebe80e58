//! Each method of the stores, on some of the seeded rows.

use chrono::{DateTime, Duration, Utc};
use mortise::{
    adapters::{clock::SystemClock, sea_orm::Database},
    domain::{
        connection::{Integration, IntegrationStatus, SealedTokens},
        ids::{ProviderId, UserId},
        keys::{Right, Session},
        links::{CrmObject, EventPlace},
        oauth::OAuthAttempt,
    },
    ports::{
        ApiKeyStore, Begun, CallLimits, Claim, Clock as _, IdempotencyStore, IntegrationRepository,
        Lease, LeaseEnd, NewConnection, OAuthStateStore, PrimaryCalendarStore as _, RepeatableCall,
        RevocationQueue, SealedAnswer, SealedColumn, SealedTexts as _, SessionStore, SyncState,
        SyncStateStore, TokenStore,
    },
};

use crate::links;

/// One user's CRM account with far more objects than the others have.
pub const MANY_OBJECTS: &str = "INSERT INTO crm_links (user_id, integration_id, object_type, \
    internal_entity_type, internal_entity_id, external_object_id, state, generation, created_at, \
    updated_at) WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3000) \
    SELECT i.user_id, i.id, 'contact', 'client', CONCAT('more-', x), CONCAT('more-', x), \
    'confirmed', 1, 0, 0 FROM n CROSS JOIN integrations i JOIN users u ON u.id = i.user_id \
    WHERE u.external_id = 'user-77' AND i.provider = 'hubspot'";

/// Not watched: `aside`.
pub async fn everything(db: &Database, aside: &Database) {
    let now = SystemClock.now();
    let [google, hubspot] = ["google_calendar", "hubspot"].map(|it| ProviderId::new(it).unwrap());
    let user = UserId::new("user-77".to_owned()).unwrap();
    let calendar = connections(db, &user, &google, now).await;
    let crm = db.connection(&user, &hubspot).await.unwrap().unwrap().integration;
    links::all(db, &user, &calendar, EventPlace::new("primary"), now).await;
    links::all(db, &user, &crm, CrmObject::Contact, now).await;
    tokens(db, &calendar, now).await;
    states_of_calendars(db, &user, &calendar, now).await;
    callers(db, &user, now).await;
    attempts(db, &user, &google, now).await;
    kept_answers(db, &user, now).await;
    ciphertexts(db, aside).await;
    revocations(db, &calendar, now).await;
    assert!(db.erase_user(&UserId::new("user-78".to_owned()).unwrap()).await.unwrap());
}

fn sealed() -> SealedTokens {
    SealedTokens {
        access_token_enc: "access".into(),
        refresh_token_enc: Some("refresh".into()),
        expires_at: Some(SystemClock.now() + Duration::hours(1)),
        token_type: "Bearer".into(),
    }
}

async fn connections(
    db: &Database,
    user: &UserId,
    google: &ProviderId,
    now: DateTime<Utc>,
) -> Integration {
    let new = NewConnection {
        scopes: vec!["scope".into()],
        meta: serde_json::Map::new(),
        identity: vec!["email".into()],
        tokens: sealed(),
    };
    db.connect(user, google, &new, now).await.unwrap();
    db.connect(&UserId::new("new".to_owned()).unwrap(), google, &new, now).await.unwrap();
    assert_eq!(IntegrationRepository::list(db, user).await.unwrap().len(), 2);
    let found = db.connection(user, google).await.unwrap().unwrap().integration;
    let failing = IntegrationStatus::Error;
    assert!(db.set_status(found.id, failing, Some("why"), None, now).await.unwrap());
    assert!(db.set_status(found.id, IntegrationStatus::Active, None, Some(2), now).await.unwrap());
    found
}

async fn tokens(db: &Database, of: &Integration, now: DateTime<Utc>) {
    let version = TokenStore::load(db, of.id).await.unwrap().unwrap().version;
    let scopes = ["scope".to_owned()];
    let stored = db.store_if(of.id, version, &sealed(), Some(&scopes), now).await.unwrap();
    assert_eq!(stored, Some(version + 1));
    let minute = std::time::Duration::from_secs(60);
    let hub = "one";
    let taken = db.lease(of.id, version + 1, hub, minute).await.unwrap();
    assert!(matches!(taken, Lease::Taken { .. }), "{taken:?}");
    assert!(db.release(of.id, hub, LeaseEnd::Failed(minute)).await.unwrap());
    db.lease(of.id, version + 1, hub, minute).await.unwrap();
    db.release(of.id, hub, LeaseEnd::Done).await.unwrap();
    let claim = Claim {
        ends_before: now + Duration::hours(2),
        issued_before: now + Duration::hours(1),
        providers: std::slice::from_ref(&of.provider),
        limit: 8,
    };
    db.claim(&claim, hub, minute).await.unwrap();
}

async fn states_of_calendars(db: &Database, user: &UserId, of: &Integration, now: DateTime<Utc>) {
    assert!(db.primary(user).await.unwrap().is_some());
    assert!(db.set_primary(user, of.id, Some("other"), now).await.unwrap());
    assert!(db.clear_primary(user).await.unwrap());
    assert!(db.set_primary(user, of.id, None, now).await.unwrap());
    let kept = SyncStateStore::load(db, of.id, "calendar/primary").await.unwrap().unwrap();
    let again = SyncState { cursor: Some("next".into()), ..kept };
    assert!(db.save(of.id, "calendar/primary", &again).await.unwrap());
    assert!(db.save(of.id, "calendar/second", &again).await.unwrap());
}

async fn callers(db: &Database, user: &UserId, now: DateTime<Utc>) {
    let [key_hash, token_hash, ended] = ["a1", "b2", "c3"].map(|it| it.repeat(32));
    let made = ApiKeyStore::create(db, "app", &key_hash, &[Right::Tokens], now).await.unwrap();
    let key = made.unwrap().id;
    assert!(ApiKeyStore::find(db, &key_hash).await.unwrap().is_some());
    for (hash, hours) in [(&token_hash, 1), (&ended, -1)] {
        let session = Session {
            user: user.clone(),
            providers: None,
            origins: None,
            api_key: key,
            expires_at: now + Duration::hours(hours),
        };
        SessionStore::put(db, hash, &session, now).await.unwrap();
    }
    assert!(SessionStore::find(db, &token_hash, now).await.unwrap().is_some());
    assert_eq!(SessionStore::sweep(db, now).await.unwrap(), 1);
    assert!(ApiKeyStore::revoke(db, "app", now).await.unwrap());
}

async fn attempts(db: &Database, user: &UserId, google: &ProviderId, now: DateTime<Utc>) {
    let [hash, ended] = ["d4", "e5"].map(|it| it.repeat(32));
    for (hash, hours) in [(&hash, 1), (&ended, -1)] {
        let attempt = OAuthAttempt {
            user: user.clone(),
            provider: google.clone(),
            browser_hash: None,
            verifier_enc: None,
            redirect_uri: "https://hub.example/callback".into(),
            scopes: Vec::new(),
            return_to: None,
            opener_origin: None,
            expires_at: now + Duration::hours(hours),
        };
        OAuthStateStore::put(db, hash, &attempt).await.unwrap();
    }
    assert!(db.bind_browser(&hash, "browser", now).await.unwrap().is_some());
    assert!(db.take(&hash, now).await.unwrap().is_some());
    assert_eq!(OAuthStateStore::sweep(db, now).await.unwrap(), 1);
}

async fn kept_answers(db: &Database, user: &UserId, now: DateTime<Utc>) {
    let limits = CallLimits { kept: Duration::hours(24), longest: Duration::minutes(2) };
    let call = |key: &str| RepeatableCall {
        user: user.clone(),
        endpoint: "POST /api/calendar/events".into(),
        key: key.into(),
        request_hash: "f6".repeat(32),
    };
    let long_ago = now - Duration::days(2);
    for (key, at) in [("taken over", long_ago), ("taken over", now), ("ended", long_ago)] {
        let begun = db.begin(&call(key), limits, at).await.unwrap();
        assert!(matches!(begun, Begun::New(_)), "{begun:?}");
    }
    assert_eq!(IdempotencyStore::sweep(db, now).await.unwrap(), 1);
    for (key, is_kept) in [("kept", true), ("forgotten", false)] {
        let begun = db.begin(&call(key), limits, now).await.unwrap();
        let Begun::New(turn) = begun else { panic!("{begun:?}") };
        let answer =
            SealedAnswer { status: 201, headers_enc: "head".into(), body_enc: "body".into() };
        let done = match is_kept {
            true => db.finish(&call(key), turn, &answer).await,
            false => IdempotencyStore::forget(db, &call(key), turn).await,
        };
        assert!(done.unwrap());
    }
}

/// Not their number, nor the first page of them: that is to begin with the whole table.
async fn ciphertexts(db: &Database, aside: &Database) {
    for column in SealedColumn::ALL {
        let first = aside.beyond(column, None, 50).await.unwrap();
        let last = first.last().unwrap();
        let next = db.beyond(column, Some(&last.row), 50).await.unwrap();
        let changes: Vec<_> = next.into_iter().take(1).map(|it| (it, "sealed".into())).collect();
        assert_eq!(db.replace(column, &changes).await.unwrap(), 1);
    }
}

async fn revocations(db: &Database, of: &Integration, now: DateTime<Utc>) {
    let queued = db.disconnect(of.id, Some("token"), now).await.unwrap().unwrap();
    db.retry_at(queued.id, now).await.unwrap();
    assert_eq!(db.due(now, 100).await.unwrap().len(), 1);
    RevocationQueue::forget(db, queued.id).await.unwrap();
}
