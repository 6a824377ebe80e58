use mortise::ports::OAuthStateStore;

use crate::{
    databases::on_each_database,
    words::{at, at_once, attempt, hash},
};

on_each_database! {
    async fn an_attempt_is_taken_once(fixture) {
        let db = fixture.db;
        let kept = attempt("42", at(600));
        db.put(&hash(1), &kept).await.unwrap();
        assert_eq!(db.take(&hash(2), at(1)).await.unwrap(), None);
        assert_eq!(db.take(&hash(1), at(1)).await.unwrap(), Some(kept));
        assert_eq!(db.take(&hash(1), at(1)).await.unwrap(), None);
    }

    async fn of_any_number_of_takers_one_gets_it(fixture) {
        let db = fixture.db;
        db.put(&hash(1), &attempt("42", at(600))).await.unwrap();
        let taken = at_once(8, |_| {
            let db = db.clone();
            async move { db.take(&hash(1), at(1)).await.unwrap().is_some() }
        })
        .await;
        assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
    }

    async fn an_expired_attempt_is_deleted_and_not_given(fixture) {
        let db = fixture.db.clone();
        db.put(&hash(1), &attempt("42", at(600))).await.unwrap();
        assert_eq!(db.bind_browser(&hash(1), &hash(9), at(600)).await.unwrap(), None);
        assert_eq!(db.take(&hash(1), at(600)).await.unwrap(), None);
        assert_eq!(fixture.number("SELECT COUNT(*) FROM oauth_states").await, 0);
    }

    async fn an_attempt_belongs_to_the_browser_that_opened_it_last(fixture) {
        let db = fixture.db;
        db.put(&hash(1), &attempt("42", at(600))).await.unwrap();
        let first = db.bind_browser(&hash(1), &hash(8), at(1)).await.unwrap().unwrap();
        assert_eq!(first.browser_hash, Some(hash(8)));
        db.bind_browser(&hash(1), &hash(9), at(2)).await.unwrap().unwrap();
        let taken = db.take(&hash(1), at(3)).await.unwrap().unwrap();
        assert_eq!(taken.browser_hash, Some(hash(9)));
        assert_eq!(db.bind_browser(&hash(1), &hash(9), at(4)).await.unwrap(), None);
    }

    async fn the_same_state_is_not_kept_twice(fixture) {
        let db = fixture.db;
        db.put(&hash(1), &attempt("42", at(600))).await.unwrap();
        assert!(db.put(&hash(1), &attempt("43", at(600))).await.is_err());
        let taken = db.take(&hash(1), at(1)).await.unwrap().unwrap();
        assert_eq!(taken.user.as_str(), "42");
    }

    async fn a_sweep_deletes_the_expired_ones_only(fixture) {
        let db = fixture.db;
        for (n, expires) in [(1, 100), (2, 200), (3, 300)] {
            db.put(&hash(n), &attempt("42", at(expires))).await.unwrap();
        }
        assert_eq!(OAuthStateStore::sweep(&db, at(200)).await.unwrap(), 2);
        assert_eq!(OAuthStateStore::sweep(&db, at(200)).await.unwrap(), 0);
        assert!(db.take(&hash(3), at(200)).await.unwrap().is_some());
    }

    async fn an_attempt_leaves_no_user_behind(fixture) {
        fixture.db.put(&hash(1), &attempt("42", at(600))).await.unwrap();
        assert_eq!(fixture.number("SELECT COUNT(*) FROM users").await, 0);
    }
}
