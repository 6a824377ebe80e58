use mortise::{
    adapters::sea_orm::Database,
    ports::{IntegrationRepository as _, PendingRevocation, RevocationQueue},
};

use crate::{
    databases::on_each_database,
    words::{at, at_once, connected, user},
};

async fn queued(db: &Database, name: &str, second: i64) -> PendingRevocation {
    let id = connected(db, name).await.id;
    db.disconnect(id, Some(name), at(second)).await.unwrap().unwrap()
}

fn names(due: &[PendingRevocation]) -> Vec<&str> {
    due.iter().map(|one| one.token_enc.as_str()).collect()
}

on_each_database! {
    async fn the_due_ones_come_oldest_first_and_not_twice_within_a_minute(fixture) {
        let db = fixture.db;
        for name in ["a", "b", "c"] {
            queued(&db, name, 0).await;
        }
        assert_eq!(names(&db.due(at(59), 10).await.unwrap()), Vec::<&str>::new());
        assert_eq!(names(&db.due(at(60), 2).await.unwrap()), ["a", "b"]);
        assert_eq!(names(&db.due(at(60), 10).await.unwrap()), ["c"]);
        assert_eq!(names(&db.due(at(119), 10).await.unwrap()), Vec::<&str>::new());
        assert_eq!(names(&db.due(at(120), 10).await.unwrap()), ["a", "b", "c"]);
    }

    async fn one_that_is_forgotten_does_not_come_again(fixture) {
        let db = fixture.db;
        let one = queued(&db, "a", 0).await;
        db.forget(one.id).await.unwrap();
        db.forget(one.id).await.unwrap();
        assert!(db.due(at(1000), 10).await.unwrap().is_empty());
        db.retry_at(one.id, at(0)).await.unwrap();
        assert!(db.due(at(1000), 10).await.unwrap().is_empty());
    }

    async fn one_that_is_put_off_comes_at_its_time_with_its_attempts(fixture) {
        let db = fixture.db;
        let one = queued(&db, "a", 0).await;
        db.retry_at(one.id, at(500)).await.unwrap();
        db.retry_at(one.id, at(900)).await.unwrap();
        assert!(db.due(at(899), 10).await.unwrap().is_empty());
        assert_eq!(db.due(at(900), 10).await.unwrap()[0].attempts, 2);
    }

    async fn a_revocation_outlives_its_user(fixture) {
        let db = fixture.db;
        queued(&db, "a", 0).await;
        assert!(db.erase_user(&user("a")).await.unwrap());
        assert_eq!(names(&db.due(at(100), 10).await.unwrap()), ["a"]);
    }

    async fn two_workers_do_not_get_the_same(fixture) {
        let db = fixture.db;
        for n in 0..6 {
            queued(&db, &n.to_string(), 0).await;
        }
        let mut handed_out: Vec<i64> = at_once(4, |_| {
            let db = db.clone();
            async move { db.due(at(60), 10).await.unwrap() }
        })
        .await
        .iter()
        .flatten()
        .map(|one| one.id)
        .collect();
        handed_out.sort_unstable();
        let count = handed_out.len();
        handed_out.dedup();
        assert_eq!((count, handed_out.len()), (6, 6));
    }
}
