use mortise::{
    domain::{
        connection::IntegrationStatus,
        ids::IntegrationId,
        links::{CrmObject, EventPlace},
    },
    ports::{
        IntegrationRepository, LinkRepository as _, NewConnection, RevocationQueue as _,
        TokenStore as _,
    },
};

use crate::{
    databases::on_each_database,
    words::{
        NOBODYS, appointment, at, at_once, connected, google, granted, new_link, provider, user,
    },
};

on_each_database! {
    async fn an_unknown_user_has_no_connections(fixture) {
        let db = fixture.db;
        assert!(db.connection(&user("nobody"), &google()).await.unwrap().is_none());
        assert!(db.list(&user("nobody")).await.unwrap().is_empty());
        assert!(!db.erase_user(&user("nobody")).await.unwrap());
        connected(&db, "42").await;
        assert!(db.connection(&user("42"), &provider("outlook")).await.unwrap().is_none());
    }

    async fn a_connection_reads_back_as_it_was_made(fixture) {
        let db = fixture.db;
        let made = connected(&db, "42").await;
        let read = db.connection(&user("42"), &google()).await.unwrap().unwrap();
        assert_eq!(read.integration, made);
        assert_eq!(made.status, IntegrationStatus::Active);
        assert_eq!(made.scopes, ["https://scope.test/42"]);
        assert_eq!(made.meta, granted("42").meta);
        assert_eq!((made.created_at, made.updated_at), (at(0), at(0)));
        let token = read.token.unwrap();
        assert_eq!(token.access_token_enc, "access 42");
        assert_eq!(token.refresh_token_enc.as_deref(), Some("refresh 42"));
        assert_eq!(token.expires_at, Some(at(3600)));
        assert_eq!((token.token_type.as_str(), token.version), ("Bearer", 1));
        assert_eq!(db.load(made.id).await.unwrap(), Some(token));
    }

    async fn connecting_again_replaces_the_token_and_clears_the_error(fixture) {
        let db = fixture.db;
        let first = connected(&db, "42").await;
        let broken = IntegrationStatus::NeedsReauth;
        assert!(db.set_status(first.id, broken, Some("refused"), None, at(1)).await.unwrap());
        let mut new = granted("again");
        new.tokens.refresh_token_enc = None;
        let second = db.connect(&user("42"), &google(), &new, at(2)).await.unwrap();
        assert_eq!((second.id, second.created_at), (first.id, first.created_at));
        assert_eq!((second.updated_at, second.last_error), (at(2), None));
        assert_eq!(second.status, IntegrationStatus::Active);
        assert_eq!(second.scopes, ["https://scope.test/again"]);
        let token = db.load(first.id).await.unwrap().unwrap();
        assert_eq!(token.refresh_token_enc, None);
        assert_eq!(token.version, 2);
    }

    async fn a_connection_after_a_disconnect_has_a_version_above_all_before(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        let before = db.load(id).await.unwrap().unwrap().version;
        db.disconnect(id, None, at(1)).await.unwrap();
        connected(&db, "42").await;
        assert!(db.load(id).await.unwrap().unwrap().version > before);
    }

    async fn connections_are_listed_by_provider_and_only_to_their_user(fixture) {
        let db = fixture.db;
        for name in ["outlook", "google_mail", "googlea", "google_calendar"] {
            db.connect(&user("42"), &provider(name), &granted("42"), at(0)).await.unwrap();
        }
        connected(&db, "43").await;
        let list = db.list(&user("42")).await.unwrap();
        let names: Vec<_> = list.iter().map(|one| one.provider.as_str()).collect();
        assert_eq!(names, ["google_calendar", "google_mail", "googlea", "outlook"]);
        assert_eq!(db.list(&user("43")).await.unwrap().len(), 1);
    }

    async fn users_whose_names_differ_little_are_different_users(fixture) {
        let db = fixture.db;
        let names = ["anna", "Anna", "ANNA", "änna", "anna\u{301}", "Straße", "Strasse"];
        for name in names {
            connected(&db, name).await;
        }
        for name in names {
            let read = db.connection(&user(name), &google()).await.unwrap().unwrap();
            assert_eq!(read.token.unwrap().access_token_enc, format!("access {name}"));
        }
        assert!(db.erase_user(&user("anna")).await.unwrap());
        assert!(db.connection(&user("Anna"), &google()).await.unwrap().is_some());
    }

    async fn the_longest_names_are_kept(fixture) {
        let db = fixture.db;
        let (longest, vendor) = ("ü".repeat(127) + "x", provider(&"g".repeat(64)));
        db.connect(&user(&longest), &vendor, &granted("42"), at(0)).await.unwrap();
        assert!(db.connection(&user(&longest), &vendor).await.unwrap().is_some());
    }

    async fn several_connects_at_once_all_succeed_and_leave_one_connection(fixture) {
        let db = fixture.db.clone();
        let made = at_once(12, |n| {
            let db = db.clone();
            async move {
                let new = granted(&n.to_string());
                db.connect(&user("42"), &google(), &new, at(0)).await.unwrap().id
            }
        })
        .await;
        assert!(made.iter().all(|id| *id == made[0]));
        let read = db.connection(&user("42"), &google()).await.unwrap().unwrap();
        let token = read.token.unwrap();
        assert_eq!(token.version, 12);
        // Scopes, meta and token are those of one of them, not a mixture.
        let of = token.access_token_enc.strip_prefix("access ").unwrap();
        assert_eq!(read.integration.scopes, [format!("https://scope.test/{of}")]);
        assert_eq!(read.integration.meta["account"], of);
        assert_eq!(fixture.number("SELECT COUNT(*) FROM users").await, 1);
    }

    async fn one_user_connects_several_providers_at_once(fixture) {
        let db = fixture.db;
        at_once(8, |n| {
            let db = db.clone();
            async move {
                let vendor = provider(&format!("vendor_{n}"));
                db.connect(&user("42"), &vendor, &granted("42"), at(0)).await.unwrap();
            }
        })
        .await;
        assert_eq!(db.list(&user("42")).await.unwrap().len(), 8);
    }

    async fn a_status_is_set_with_its_error(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        let error = IntegrationStatus::Error;
        assert!(db.set_status(id, error, Some("no key fits"), None, at(5)).await.unwrap());
        let read = db.connection(&user("42"), &google()).await.unwrap().unwrap().integration;
        assert_eq!((read.status, read.last_error.as_deref()), (error, Some("no key fits")));
        assert_eq!(read.updated_at, at(5));
        // The same again is no change, and there is such a connection.
        assert!(db.set_status(id, error, Some("no key fits"), None, at(5)).await.unwrap());
        assert!(!db.set_status(NOBODYS, error, None, None, at(5)).await.unwrap());
    }

    async fn what_an_older_token_did_does_not_mark_a_new_connection(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        let old = db.load(id).await.unwrap().unwrap().version;
        connected(&db, "42").await;
        let broken = IntegrationStatus::NeedsReauth;
        assert!(!db.set_status(id, broken, Some("refused"), Some(old), at(9)).await.unwrap());
        let read = db.connection(&user("42"), &google()).await.unwrap().unwrap().integration;
        assert_eq!((read.status, read.last_error), (IntegrationStatus::Active, None));
        assert!(db.set_status(id, broken, Some("refused"), Some(old + 1), at(9)).await.unwrap());
        db.disconnect(id, None, at(10)).await.unwrap();
        assert!(!db.set_status(id, broken, None, Some(old + 1), at(11)).await.unwrap());
    }

    async fn a_disconnect_deletes_the_token_and_queues_its_revocation(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        let queued = db.disconnect(id, Some("refresh 42"), at(7)).await.unwrap().unwrap();
        assert_eq!((queued.token_enc.as_str(), queued.attempts), ("refresh 42", 0));
        assert_eq!(queued.provider, google());
        let read = db.connection(&user("42"), &google()).await.unwrap().unwrap();
        assert_eq!(read.integration.status, IntegrationStatus::Revoked);
        assert_eq!(read.integration.updated_at, at(7));
        assert_eq!(read.token, None);
        assert_eq!(db.load(id).await.unwrap(), None);
        // The caller has it in hand; if it dies, the queue gives it out a minute later.
        assert!(db.due(at(7), 10).await.unwrap().is_empty());
        assert!(db.due(at(7 + 60), 10).await.unwrap() == [queued]);
    }

    async fn ending_a_connection_again_changes_nothing(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        assert!(db.disconnect(id, None, at(1)).await.unwrap().is_none());
        assert!(db.disconnect(id, Some("refresh 42"), at(2)).await.unwrap().is_none());
        let read = db.connection(&user("42"), &google()).await.unwrap().unwrap();
        assert_eq!(read.integration.updated_at, at(1));
        assert!(db.due(at(1000), 10).await.unwrap().is_empty());
        assert!(db.disconnect(NOBODYS, Some("x"), at(2)).await.unwrap().is_none());
    }

    async fn of_several_disconnects_at_once_one_queues_the_revocation(fixture) {
        let db = fixture.db;
        let id = connected(&db, "42").await.id;
        let queued = at_once(8, |_| {
            let db = db.clone();
            async move { db.disconnect(id, Some("refresh 42"), at(1)).await.unwrap().is_some() }
        })
        .await;
        assert_eq!(queued.into_iter().filter(|queued| *queued).count(), 1);
    }

    async fn a_row_of_a_later_version_is_named_and_not_guessed(fixture) {
        let IntegrationId(id) = connected(&fixture.db, "42").await.id;
        fixture.run(&format!("UPDATE integrations SET status = 'paused' WHERE id = {id}")).await;
        let error = fixture.db.connection(&user("42"), &google()).await.unwrap_err();
        assert!(error.to_string().contains("integrations.status"), "{error}");
        assert!(fixture.db.list(&user("42")).await.is_err());
    }

    async fn another_account_brings_no_links_to_the_objects_of_the_one_before(fixture) {
        let (db, links) = (fixture.db.clone(), fixture.db.links::<CrmObject>());
        let of = connected(&db, "42").await;
        new_link::<CrmObject>(&db, &of, &appointment("7")).await;
        let event = new_link::<EventPlace>(&db, &of, &appointment("7")).await;
        let of_record = || async { links.find(&user("42"), &appointment("7")).await.unwrap().len() };
        connected(&db, "42").await;
        assert_eq!(of_record().await, 1, "the same account");
        let untold = NewConnection { meta: serde_json::Map::new(), ..granted("42") };
        db.connect(&user("42"), &google(), &untold, at(1)).await.unwrap();
        assert_eq!(of_record().await, 1, "an account that is not known");
        connected(&db, "42").await;
        db.connect(&user("42"), &google(), &granted("another"), at(2)).await.unwrap();
        assert_eq!(of_record().await, 0);
        // The ids of events are not those of another account's.
        let events = db.links::<EventPlace>().find(&user("42"), &appointment("7")).await.unwrap();
        assert_eq!(events, [event]);
    }
}
