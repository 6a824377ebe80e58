use mortise::ports::{SyncState, SyncStateStore};

use crate::{
    databases::on_each_database,
    words::{NOBODYS, at, at_once, connected},
};

fn state(cursor: &str) -> SyncState {
    SyncState {
        cursor: Some(cursor.into()),
        last_synced_at: Some(at(1)),
        status: "idle".into(),
        error: None,
    }
}

on_each_database! {
    async fn a_resource_that_was_never_read_has_no_state(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        assert_eq!(db.load(id, "calendar:primary").await.unwrap(), None);
        assert_eq!(db.load(NOBODYS, "calendar:primary").await.unwrap(), None);
    }

    async fn a_state_is_kept_over_an_older_one(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        assert!(db.save(id, "calendar:primary", &state("a")).await.unwrap());
        assert!(db.save(id, "calendar:Primary", &state("b")).await.unwrap());
        let lost = SyncState {
            cursor: None,
            last_synced_at: None,
            status: "error".into(),
            error: Some("410".into()),
        };
        assert!(db.save(id, "calendar:primary", &lost).await.unwrap());
        assert!(db.save(id, "calendar:primary", &lost).await.unwrap());
        assert_eq!(db.load(id, "calendar:primary").await.unwrap(), Some(lost));
        assert_eq!(db.load(id, "calendar:Primary").await.unwrap(), Some(state("b")));
    }

    async fn a_state_of_no_connection_is_not_kept(fixture) {
        assert!(!fixture.db.save(NOBODYS, "calendar:primary", &state("a")).await.unwrap());
    }

    async fn another_connections_state_is_another(fixture) {
        let db = fixture.db;
        let (mine, other) = (connected(&db, "42").await.id, connected(&db, "43").await.id);
        db.save(mine, "calendar:primary", &state("a")).await.unwrap();
        assert_eq!(db.load(other, "calendar:primary").await.unwrap(), None);
    }

    async fn several_saves_at_once_leave_one_state(fixture) {
        let db = fixture.db.clone();
        let id = connected(&db, "42").await.id;
        let saved = at_once(8, |n| {
            let db = db.clone();
            async move { db.save(id, "calendar:primary", &state(&n.to_string())).await.unwrap() }
        })
        .await;
        assert!(saved.into_iter().all(|saved| saved));
        assert_eq!(fixture.number("SELECT COUNT(*) FROM integration_sync_state").await, 1);
    }
}
