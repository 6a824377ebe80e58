use chrono::Duration;
use mortise::ports::{
    Begun, CallLimits, IdempotencyStore, IntegrationRepository as _, RepeatableCall, SealedAnswer,
    Turn,
};

use crate::{
    databases::on_each_database,
    words::{at, at_once, user},
};

const LIMITS: CallLimits =
    CallLimits { kept: Duration::seconds(86_400), longest: Duration::seconds(90) };

fn call(name: &str, key: &str) -> RepeatableCall {
    RepeatableCall {
        user: user(name),
        endpoint: "POST /api/x".into(),
        key: key.into(),
        request_hash: "a".repeat(64),
    }
}

fn answer(status: u16) -> SealedAnswer {
    SealedAnswer { status, headers_enc: "headers".into(), body_enc: "b\u{f6}dy".into() }
}

on_each_database! {
    async fn a_call_is_in_flight_until_it_has_an_answer_that_is_given_again(fixture) {
        let (db, call) = (fixture.db, call("42", "k"));
        let turn = Turn(at(0));
        assert_eq!(db.begin(&call, LIMITS, at(0)).await.unwrap(), Begun::New(turn));
        assert_eq!(db.begin(&call, LIMITS, at(5)).await.unwrap(), Begun::InFlight(at(0)));
        assert!(db.finish(&call, turn, &answer(201)).await.unwrap());
        for seconds in [6, 100, 86_399] {
            let again = db.begin(&call, LIMITS, at(seconds)).await.unwrap();
            assert_eq!(again, Begun::Answered(answer(201)), "{seconds}");
        }
    }

    async fn an_answer_is_kept_once_and_for_the_turn_that_it_belongs_to(fixture) {
        let (db, call) = (fixture.db, call("42", "k"));
        assert!(!db.finish(&call, Turn(at(0)), &answer(200)).await.unwrap());
        db.begin(&call, LIMITS, at(0)).await.unwrap();
        assert!(!db.finish(&call, Turn(at(1)), &answer(200)).await.unwrap());
        assert!(db.finish(&call, Turn(at(0)), &answer(201)).await.unwrap());
        assert!(!db.finish(&call, Turn(at(0)), &answer(202)).await.unwrap());
        assert!(!db.forget(&call, Turn(at(0))).await.unwrap());
        assert_eq!(db.begin(&call, LIMITS, at(2)).await.unwrap(), Begun::Answered(answer(201)));
    }

    async fn another_request_with_the_key_is_told_apart_in_flight_and_after(fixture) {
        let (db, call) = (fixture.db, call("42", "k"));
        let other = RepeatableCall { request_hash: "b".repeat(64), ..call.clone() };
        db.begin(&call, LIMITS, at(0)).await.unwrap();
        assert_eq!(db.begin(&other, LIMITS, at(1)).await.unwrap(), Begun::Other);
        assert_eq!(db.begin(&other, LIMITS, at(500)).await.unwrap(), Begun::Other);
        db.finish(&call, Turn(at(0)), &answer(201)).await.unwrap();
        assert_eq!(db.begin(&other, LIMITS, at(2)).await.unwrap(), Begun::Other);
    }

    async fn users_endpoints_and_writings_of_a_key_are_kept_apart(fixture) {
        let db = fixture.db;
        let (one, two, capital) = (call("42", "k"), call("43", "k"), call("42", "K"));
        let there = RepeatableCall { endpoint: "POST /api/y".into(), ..one.clone() };
        for call in [&one, &two, &capital, &there] {
            assert_eq!(db.begin(call, LIMITS, at(0)).await.unwrap(), Begun::New(Turn(at(0))));
        }
    }

    async fn a_forgotten_call_is_carried_out_anew(fixture) {
        let (db, call) = (fixture.db, call("42", "k"));
        db.begin(&call, LIMITS, at(0)).await.unwrap();
        assert!(!db.forget(&call, Turn(at(1))).await.unwrap());
        assert!(db.forget(&call, Turn(at(0))).await.unwrap());
        assert!(!db.forget(&call, Turn(at(0))).await.unwrap());
        assert_eq!(db.begin(&call, LIMITS, at(2)).await.unwrap(), Begun::New(Turn(at(2))));
    }

    async fn of_any_number_at_once_one_begins(fixture) {
        let begun = at_once(12, |_| {
            let db = fixture.db.clone();
            async move { db.begin(&call("42", "k"), LIMITS, at(0)).await.unwrap() }
        })
        .await;
        let new = begun.iter().filter(|begun| matches!(begun, Begun::New(_))).count();
        let waiting = begun.iter().filter(|begun| **begun == Begun::InFlight(at(0))).count();
        assert_eq!((new, waiting), (1, 11), "{begun:?}");
    }

    async fn the_call_of_a_host_that_died_is_taken_over_by_one_and_its_own_end_counts_no_more(
        fixture
    ) {
        let (db, mine) = (fixture.db, call("42", "k"));
        db.begin(&mine, LIMITS, at(0)).await.unwrap();
        assert_eq!(db.begin(&mine, LIMITS, at(89)).await.unwrap(), Begun::InFlight(at(0)));
        let begun = at_once(8, |_| {
            let db = db.clone();
            async move { db.begin(&call("42", "k"), LIMITS, at(90)).await.unwrap() }
        })
        .await;
        let new = begun.iter().filter(|begun| **begun == Begun::New(Turn(at(90)))).count();
        let waiting = begun.iter().filter(|begun| **begun == Begun::InFlight(at(90))).count();
        assert_eq!((new, waiting), (1, 7), "{begun:?}");
        assert!(!db.finish(&mine, Turn(at(0)), &answer(200)).await.unwrap());
        assert!(db.finish(&mine, Turn(at(90)), &answer(201)).await.unwrap());
    }

    async fn a_clock_that_was_put_back_blocks_no_call(fixture) {
        let (db, call) = (fixture.db, call("42", "k"));
        db.begin(&call, LIMITS, at(5000)).await.unwrap();
        assert_eq!(db.begin(&call, LIMITS, at(0)).await.unwrap(), Begun::New(Turn(at(0))));
    }

    async fn what_is_over_is_not_there_and_is_swept(fixture) {
        let (db, old, young) = (fixture.db.clone(), call("42", "old"), call("42", "young"));
        db.begin(&old, LIMITS, at(0)).await.unwrap();
        db.finish(&old, Turn(at(0)), &answer(201)).await.unwrap();
        db.begin(&young, LIMITS, at(50)).await.unwrap();
        db.finish(&young, Turn(at(50)), &answer(201)).await.unwrap();
        let other = RepeatableCall { request_hash: "b".repeat(64), ..old.clone() };
        let now = at(86_400);
        assert_eq!(db.begin(&other, LIMITS, now).await.unwrap(), Begun::New(Turn(now)));
        assert_eq!(IdempotencyStore::sweep(&db, now).await.unwrap(), 0, "it is a new one now");
        assert_eq!(IdempotencyStore::sweep(&db, at(86_450)).await.unwrap(), 1);
        assert_eq!(fixture.number("SELECT COUNT(*) FROM idempotency_keys").await, 1);
    }

    async fn the_user_comes_into_being_and_takes_the_answers_along(fixture) {
        let (db, call) = (fixture.db.clone(), call("42", "k"));
        db.begin(&call, LIMITS, at(0)).await.unwrap();
        assert!(db.erase_user(&user("42")).await.unwrap());
        assert_eq!(fixture.number("SELECT COUNT(*) FROM idempotency_keys").await, 0);
        assert!(!db.finish(&call, Turn(at(0)), &answer(201)).await.unwrap());
        assert_eq!(db.begin(&call, LIMITS, at(1)).await.unwrap(), Begun::New(Turn(at(1))));
    }
}
