use mortise::{
    domain::{
        ids::LinkId,
        links::{Entity, LinkDraft, LinkState},
    },
    ports::{IntegrationRepository as _, LinkRepository, Reservation, StoreError},
};

use crate::{
    databases::on_each_database,
    words::{
        NOBODYS, appointment, at, at_once, connected, draft, google, granted, new_link, provider,
        reserved, user,
    },
};

const GONE: LinkId = LinkId(987_654);

on_each_database! {
    async fn a_new_link_is_pending_and_names_its_event(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let link = new_link(&db, &of, &appointment("7")).await;
        assert_eq!((link.user, link.integration, &link.provider), (of.user, of.id, &google()));
        assert_eq!(link.entity, appointment("7"));
        assert_eq!((link.state, link.generation), (LinkState::Pending, 1));
        assert_eq!(link.external_event_id, "event-7-1");
        assert_eq!(link.external_calendar_id, "primary");
        assert_eq!(db.find(&user("42"), &appointment("7")).await.unwrap(), [link]);
    }

    async fn a_record_has_one_link_per_connection(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let first = new_link(&db, &of, &appointment("7")).await;
        let elsewhere =
            LinkDraft { external_calendar_id: "other".into(), ..draft(&of, appointment("7")) };
        let again = db.reserve(&elsewhere, &|_| "something else".into(), at(9)).await.unwrap();
        assert_eq!(again, Reservation::Existing(first.clone()));
        let outlook = provider("outlook");
        let other = db.connect(&user("42"), &outlook, &granted("x"), at(0)).await.unwrap();
        let second = new_link(&db, &other, &appointment("7")).await;
        assert_eq!(db.find(&user("42"), &appointment("7")).await.unwrap(), [first, second]);
    }

    async fn records_whose_names_differ_little_have_links_of_their_own(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let longest = "ä".repeat(191);
        for id in ["a", "A", "ä", "a ", " a", longest.as_str()] {
            let link = new_link(&db, &of, &appointment(id)).await;
            assert_eq!(db.find(&user("42"), &appointment(id)).await.unwrap(), [link], "{id:?}");
        }
        let upper = Entity::new("Appointment", "a").unwrap();
        let id: fn(i32) -> String = |generation| format!("upper-{generation}");
        let made = db.reserve(&draft(&of, upper), &id, at(0)).await.unwrap();
        assert!(matches!(made, Reservation::New(_)));
    }

    async fn of_several_reservations_at_once_one_is_new(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let made = at_once(8, |_| {
            let (db, of) = (db.clone(), of.clone());
            async move { reserved(&db, &of, &appointment("7")).await }
        })
        .await;
        let (mut new, mut existing) = (Vec::new(), Vec::new());
        for reservation in made {
            match reservation {
                Reservation::New(link) => new.push(link),
                Reservation::Existing(link) => existing.push(link),
            }
        }
        assert_eq!((new.len(), existing.len()), (1, 7));
        assert!(existing.iter().all(|link| *link == new[0]));
        assert_eq!(new[0].generation, 1);
    }

    async fn a_spent_generation_is_never_used_again(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        for generation in 1..4 {
            let link = new_link(&db, &of, &appointment("7")).await;
            assert_eq!(link.generation, generation);
            assert_eq!(link.external_event_id, format!("event-7-{generation}"));
            assert!(db.release(link.id, LinkState::Pending, true).await.unwrap());
        }
        assert_eq!(new_link(&db, &of, &appointment("8")).await.generation, 1);
        let other = connected(&db, "43").await;
        assert_eq!(new_link(&db, &other, &appointment("7")).await.generation, 1);
    }

    async fn a_generation_that_was_not_spent_is_given_again(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let link = new_link(&db, &of, &appointment("7")).await;
        assert!(db.release(link.id, LinkState::Pending, false).await.unwrap());
        let again = new_link(&db, &of, &appointment("7")).await;
        assert_eq!(again.external_event_id, link.external_event_id);
        assert!(db.release(again.id, LinkState::Pending, true).await.unwrap());
        assert_eq!(new_link(&db, &of, &appointment("7")).await.generation, 2);
    }

    async fn an_adopted_event_is_confirmed_under_its_own_generation(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let link = new_link(&db, &of, &appointment("7")).await;
        assert!(db.release(link.id, LinkState::Pending, true).await.unwrap());
        let draft = draft(&of, appointment("7"));
        let adopted = db.adopt(&draft, 1, &link.external_event_id, at(1)).await.unwrap();
        let Reservation::New(adopted) = adopted else { panic!("{adopted:?}") };
        assert_eq!((adopted.state, adopted.generation), (LinkState::Confirmed, 1));
        let again = db.adopt(&draft, 1, &link.external_event_id, at(2)).await.unwrap();
        assert_eq!(again, Reservation::Existing(adopted.clone()));
        assert!(db.release(adopted.id, LinkState::Confirmed, true).await.unwrap());
        assert_eq!(new_link(&db, &of, &appointment("7")).await.generation, 2);
    }

    async fn a_link_over_another_users_connection_is_refused(fixture) {
        let db = fixture.db;
        let (mine, other) = (connected(&db, "42").await, connected(&db, "43").await);
        let crossed = LinkDraft { integration: other.id, ..draft(&mine, appointment("7")) };
        let lost = LinkDraft { integration: NOBODYS, ..draft(&mine, appointment("7")) };
        for draft in [crossed, lost] {
            let refused = db.reserve(&draft, &|_| "event".into(), at(0)).await;
            assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        }
        assert!(db.find(&user("42"), &appointment("7")).await.unwrap().is_empty());
        assert!(db.find(&user("43"), &appointment("7")).await.unwrap().is_empty());
    }

    async fn another_users_links_are_not_found(fixture) {
        let db = fixture.db;
        let (mine, other) = (connected(&db, "42").await, connected(&db, "43").await);
        let link = new_link(&db, &mine, &appointment("7")).await;
        assert!(db.find(&user("43"), &appointment("7")).await.unwrap().is_empty());
        assert!(db.find(&user("nobody"), &appointment("7")).await.unwrap().is_empty());
        let ids = [link.external_event_id.clone()];
        assert!(db.by_external_ids(other.id, &ids).await.unwrap().is_empty());
        assert_eq!(db.by_external_ids(mine.id, &ids).await.unwrap(), [link]);
    }

    async fn one_event_is_linked_once_per_connection(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        new_link(&db, &of, &appointment("7")).await;
        let clash = db.reserve(&draft(&of, appointment("8")), &|_| "event-7-1".into(), at(0)).await;
        assert!(matches!(clash, Err(StoreError::Refused(_))), "{clash:?}");
        assert!(db.find(&user("42"), &appointment("8")).await.unwrap().is_empty());
        assert_eq!(new_link(&db, &of, &appointment("8")).await.generation, 1);
    }

    async fn links_are_found_by_hundreds_of_event_ids(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let first = new_link(&db, &of, &appointment("1")).await;
        let last = new_link(&db, &of, &appointment("2")).await;
        let mut ids: Vec<String> = (0..1200).map(|n| format!("foreign-{n}")).collect();
        ids[0] = first.external_event_id.clone();
        ids[1199] = last.external_event_id.clone();
        assert_eq!(db.by_external_ids(of.id, &ids).await.unwrap(), [first, last]);
        assert!(db.by_external_ids(of.id, &[]).await.unwrap().is_empty());
    }

    async fn a_confirmed_link_holds_the_vendors_ids(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let link = new_link(&db, &of, &appointment("7")).await;
        assert!(db.confirm(link.id, "AAMk=", "cal", at(5)).await.unwrap());
        assert!(db.confirm(link.id, "AAMk=", "cal", at(9)).await.unwrap());
        let read = db.find(&user("42"), &appointment("7")).await.unwrap().remove(0);
        assert_eq!((read.state, read.updated_at), (LinkState::Confirmed, at(5)));
        assert_eq!(read.external_event_id, "AAMk=");
        assert_eq!(read.external_calendar_id, "cal");
        // Somebody else's event does not take the place of the one that is linked.
        assert!(!db.confirm(link.id, "AAMk-other", "cal", at(10)).await.unwrap());
        assert!(!db.confirm(link.id, "aamk=", "cal", at(10)).await.unwrap());
    }

    async fn a_link_that_is_gone_or_being_deleted_is_not_confirmed(fixture) {
        let db = fixture.db;
        assert!(!db.confirm(GONE, "x", "cal", at(0)).await.unwrap());
        let of = connected(&db, "42").await;
        let link = new_link(&db, &of, &appointment("7")).await;
        assert!(db.begin_delete(link.id, at(1)).await.unwrap());
        assert!(!db.confirm(link.id, &link.external_event_id, "primary", at(2)).await.unwrap());
        let read = db.find(&user("42"), &appointment("7")).await.unwrap().remove(0);
        assert_eq!((read.state, read.updated_at), (LinkState::Deleting, at(1)));
    }

    async fn a_delete_mark_is_set_once_and_can_be_taken_back(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let link = new_link(&db, &of, &appointment("7")).await;
        assert!(!db.keep(link.id, at(1)).await.unwrap());
        assert!(db.begin_delete(link.id, at(2)).await.unwrap());
        assert!(db.begin_delete(link.id, at(3)).await.unwrap());
        let read = db.find(&user("42"), &appointment("7")).await.unwrap().remove(0);
        assert_eq!((read.state, read.updated_at), (LinkState::Deleting, at(2)));
        assert!(db.keep(link.id, at(4)).await.unwrap());
        assert!(!db.keep(link.id, at(5)).await.unwrap());
        let read = db.find(&user("42"), &appointment("7")).await.unwrap().remove(0);
        assert_eq!((read.state, read.updated_at), (LinkState::Confirmed, at(4)));
        assert!(!db.begin_delete(GONE, at(6)).await.unwrap());
        assert!(!db.keep(GONE, at(6)).await.unwrap());
    }

    async fn a_link_is_released_only_in_the_state_that_is_meant(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let link = new_link(&db, &of, &appointment("7")).await;
        assert!(!db.release(link.id, LinkState::Deleting, true).await.unwrap());
        assert!(!db.release(link.id, LinkState::Confirmed, true).await.unwrap());
        db.begin_delete(link.id, at(1)).await.unwrap();
        assert!(!db.release(link.id, LinkState::Pending, true).await.unwrap());
        assert!(db.release(link.id, LinkState::Deleting, true).await.unwrap());
        assert!(!db.release(link.id, LinkState::Deleting, true).await.unwrap());
        assert!(db.find(&user("42"), &appointment("7")).await.unwrap().is_empty());
    }
}
