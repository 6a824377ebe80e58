use mortise::{
    domain::{
        ids::LinkId,
        links::{CrmObject, Entity, EventPlace, LinkDraft, LinkState},
    },
    ports::{IntegrationRepository as _, LinkRepository as _, Reservation, StoreError},
};

use crate::{
    databases::{for_each_sort, on_each_database},
    words::{
        NOBODYS, Sort, appointment, at, at_once, connected, draft, google, granted, new_link,
        provider, reserved, user,
    },
};

const GONE: LinkId = LinkId(987_654);

for_each_sort! {
    async fn a_new_link_is_pending_and_names_its_event(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        assert_eq!((link.user, link.integration, &link.provider), (of.user, of.id, &google()));
        assert_eq!(link.entity, appointment("7"));
        assert_eq!((link.state, link.generation), (LinkState::Pending, 1));
        assert_eq!(link.external_id, "object-7-1");
        assert_eq!(link.place, Sort::usual());
        assert_eq!(links.find(&user("42"), &appointment("7")).await.unwrap(), [link]);
    }

    async fn a_record_has_one_link_per_connection(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let first = new_link::<Place>(&db, &of, &appointment("7")).await;
        let draft = draft(&of, appointment("7"));
        let again = links.reserve(&draft, &|_| "something else".into(), at(9)).await.unwrap();
        assert_eq!(again, Reservation::Existing(first.clone()));
        let outlook = provider("outlook");
        let other = db.connect(&user("42"), &outlook, &granted("x"), at(0)).await.unwrap();
        let second = new_link::<Place>(&db, &other, &appointment("7")).await;
        assert_eq!(links.find(&user("42"), &appointment("7")).await.unwrap(), [first, second]);
    }

    async fn records_whose_names_differ_little_have_links_of_their_own(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let longest = "ä".repeat(191);
        for id in ["a", "A", "ä", "a ", " a", longest.as_str()] {
            let link = new_link::<Place>(&db, &of, &appointment(id)).await;
            assert_eq!(links.find(&user("42"), &appointment(id)).await.unwrap(), [link], "{id:?}");
        }
        let upper = Entity::new("Appointment", "a").unwrap();
        let id: fn(i32) -> String = |generation| format!("upper-{generation}");
        let made = links.reserve(&draft(&of, upper), &id, at(0)).await.unwrap();
        assert!(matches!(made, Reservation::New(_)));
    }

    async fn of_several_reservations_at_once_one_is_new(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let made = at_once(8, |_| {
            let (db, of) = (db.clone(), of.clone());
            async move { reserved::<Place>(&db, &of, &appointment("7")).await }
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
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        for generation in 1..4 {
            let link = new_link::<Place>(&db, &of, &appointment("7")).await;
            assert_eq!(link.generation, generation);
            assert_eq!(link.external_id, format!("object-7-{generation}"));
            assert!(links.release(link.id, LinkState::Pending, true).await.unwrap());
        }
        assert_eq!(new_link::<Place>(&db, &of, &appointment("8")).await.generation, 1);
        let other = connected(&db, "43").await;
        assert_eq!(new_link::<Place>(&db, &other, &appointment("7")).await.generation, 1);
    }

    async fn a_generation_that_was_not_spent_is_given_again(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        assert!(links.release(link.id, LinkState::Pending, false).await.unwrap());
        let again = new_link::<Place>(&db, &of, &appointment("7")).await;
        assert_eq!(again.external_id, link.external_id);
        assert!(links.release(again.id, LinkState::Pending, true).await.unwrap());
        assert_eq!(new_link::<Place>(&db, &of, &appointment("7")).await.generation, 2);
    }

    async fn an_adopted_event_is_confirmed_under_its_own_generation(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        assert!(links.release(link.id, LinkState::Pending, true).await.unwrap());
        let draft = draft(&of, appointment("7"));
        let adopted = links.adopt(&draft, 1, &link.external_id, at(1)).await.unwrap();
        let Reservation::New(adopted) = adopted else { panic!("{adopted:?}") };
        assert_eq!((adopted.state, adopted.generation), (LinkState::Confirmed, 1));
        let again = links.adopt(&draft, 1, &link.external_id, at(2)).await.unwrap();
        assert_eq!(again, Reservation::Existing(adopted.clone()));
        assert!(links.release(adopted.id, LinkState::Confirmed, true).await.unwrap());
        assert_eq!(new_link::<Place>(&db, &of, &appointment("7")).await.generation, 2);
    }

    async fn a_link_over_another_users_connection_is_refused(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let (mine, other) = (connected(&db, "42").await, connected(&db, "43").await);
        let crossed = LinkDraft { integration: other.id, ..draft(&mine, appointment("7")) };
        let lost = LinkDraft { integration: NOBODYS, ..draft(&mine, appointment("7")) };
        for draft in [crossed, lost] {
            let refused = links.reserve(&draft, &|_| "event".into(), at(0)).await;
            assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        }
        assert!(links.find(&user("42"), &appointment("7")).await.unwrap().is_empty());
        assert!(links.find(&user("43"), &appointment("7")).await.unwrap().is_empty());
    }

    async fn another_users_links_are_not_found(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let (mine, other) = (connected(&db, "42").await, connected(&db, "43").await);
        let link = new_link::<Place>(&db, &mine, &appointment("7")).await;
        assert!(links.find(&user("43"), &appointment("7")).await.unwrap().is_empty());
        assert!(links.find(&user("nobody"), &appointment("7")).await.unwrap().is_empty());
        let ids = [link.external_id.clone()];
        assert!(links.by_external_ids(other.id, &ids).await.unwrap().is_empty());
        assert_eq!(links.by_external_ids(mine.id, &ids).await.unwrap(), [link]);
    }

    async fn one_event_is_linked_once_per_connection(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        new_link::<Place>(&db, &of, &appointment("7")).await;
        let clash = links.reserve(&draft(&of, appointment("8")), &|_| "object-7-1".into(), at(0)).await;
        assert!(matches!(clash, Err(StoreError::Refused(_))), "{clash:?}");
        assert!(links.find(&user("42"), &appointment("8")).await.unwrap().is_empty());
        assert_eq!(new_link::<Place>(&db, &of, &appointment("8")).await.generation, 1);
    }

    async fn links_are_found_by_hundreds_of_event_ids(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let first = new_link::<Place>(&db, &of, &appointment("1")).await;
        let last = new_link::<Place>(&db, &of, &appointment("2")).await;
        let mut ids: Vec<String> = (0..1200).map(|n| format!("foreign-{n}")).collect();
        ids[0] = first.external_id.clone();
        ids[1199] = last.external_id.clone();
        assert_eq!(links.by_external_ids(of.id, &ids).await.unwrap(), [first, last]);
        assert!(links.by_external_ids(of.id, &[]).await.unwrap().is_empty());
    }

    async fn a_confirmed_link_holds_the_vendors_ids(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        assert!(links.confirm(link.id, "AAMk=", at(5)).await.unwrap());
        assert!(links.confirm(link.id, "AAMk=", at(9)).await.unwrap());
        let read = links.find(&user("42"), &appointment("7")).await.unwrap().remove(0);
        assert_eq!((read.state, read.updated_at), (LinkState::Confirmed, at(5)));
        assert_eq!(read.external_id, "AAMk=");
        // Somebody else's event does not take the place of the one that is linked.
        assert!(!links.confirm(link.id, "AAMk-other", at(10)).await.unwrap());
        assert!(!links.confirm(link.id, "aamk=", at(10)).await.unwrap());
        assert_eq!(links.by_id(link.id).await.unwrap(), Some(read));
        assert_eq!(links.by_id(GONE).await.unwrap(), None);
    }

    async fn a_link_that_is_gone_or_being_deleted_is_not_confirmed(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        assert!(!links.confirm(GONE, "x", at(0)).await.unwrap());
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        assert!(links.begin_delete(link.id, at(1)).await.unwrap());
        assert!(!links.confirm(link.id, &link.external_id, at(2)).await.unwrap());
        let read = links.find(&user("42"), &appointment("7")).await.unwrap().remove(0);
        assert_eq!((read.state, read.updated_at), (LinkState::Deleting, at(1)));
    }

    async fn a_delete_mark_is_set_once_and_can_be_taken_back(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        assert!(!links.keep(link.id, at(1)).await.unwrap());
        assert!(links.begin_delete(link.id, at(2)).await.unwrap());
        assert!(links.begin_delete(link.id, at(3)).await.unwrap());
        let read = links.find(&user("42"), &appointment("7")).await.unwrap().remove(0);
        assert_eq!((read.state, read.updated_at), (LinkState::Deleting, at(2)));
        assert!(links.keep(link.id, at(4)).await.unwrap());
        assert!(!links.keep(link.id, at(5)).await.unwrap());
        let read = links.find(&user("42"), &appointment("7")).await.unwrap().remove(0);
        assert_eq!((read.state, read.updated_at), (LinkState::Confirmed, at(4)));
        assert!(!links.begin_delete(GONE, at(6)).await.unwrap());
        assert!(!links.keep(GONE, at(6)).await.unwrap());
    }

    async fn a_link_is_released_only_in_the_state_that_is_meant(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        assert!(!links.release(link.id, LinkState::Deleting, true).await.unwrap());
        assert!(!links.release(link.id, LinkState::Confirmed, true).await.unwrap());
        links.begin_delete(link.id, at(1)).await.unwrap();
        assert!(!links.release(link.id, LinkState::Pending, true).await.unwrap());
        assert!(links.release(link.id, LinkState::Deleting, true).await.unwrap());
        assert!(!links.release(link.id, LinkState::Deleting, true).await.unwrap());
        assert!(links.find(&user("42"), &appointment("7")).await.unwrap().is_empty());
    }
}

on_each_database! {
    async fn an_event_stays_in_its_calendar(fixture) {
        let (db, links) = (fixture.db.clone(), fixture.db.links::<EventPlace>());
        let of = connected(&db, "42").await;
        let elsewhere =
            LinkDraft { place: EventPlace::new("cal"), ..draft(&of, appointment("7")) };
        let id: fn(i32) -> String = |_| "event".into();
        let Reservation::New(link) = links.reserve(&elsewhere, &id, at(0)).await.unwrap() else {
            panic!("there was one")
        };
        assert_eq!(link.place, EventPlace::new("cal"));
        let again = links.reserve(&draft(&of, appointment("7")), &id, at(1)).await.unwrap();
        assert_eq!(again, Reservation::Existing(link));
    }

    async fn a_move_is_known_until_either_link_is_gone(fixture) {
        let (db, links) = (fixture.db.clone(), fixture.db.links::<EventPlace>());
        let of = connected(&db, "42").await;
        let outlook = provider("outlook");
        let other = db.connect(&user("42"), &outlook, &granted("x"), at(0)).await.unwrap();
        for id in ["7", "8"] {
            let old = new_link::<EventPlace>(&db, &of, &appointment(id)).await;
            let place = EventPlace { calendar: "primary".into(), moved_from: Some(old.id) };
            let draft = LinkDraft { place: place.clone(), ..draft(&other, appointment(id)) };
            let name = |generation| format!("new-{id}-{generation}");
            let Reservation::New(new) = links.reserve(&draft, &name, at(1)).await.unwrap() else {
                panic!("there was one")
            };
            assert_eq!(new.place, place);
            let found = links.find(&user("42"), &appointment(id)).await.unwrap();
            assert_eq!(found, [old.clone(), new.clone()]);
            let (gone, stays) = if id == "7" { (old, new) } else { (new, old) };
            assert!(links.release(gone.id, LinkState::Pending, true).await.unwrap());
            let left = links.find(&user("42"), &appointment(id)).await.unwrap();
            assert_eq!(left.iter().map(|link| link.id).collect::<Vec<_>>(), [stays.id]);
            assert_eq!(left[0].place.moved_from, None);
        }
        assert_eq!(fixture.number("SELECT COUNT(*) FROM calendar_event_moves").await, 0);
    }

    async fn a_move_from_a_link_that_is_gone_or_moves_already_is_refused(fixture) {
        let (db, links) = (fixture.db.clone(), fixture.db.links::<EventPlace>());
        let of = connected(&db, "42").await;
        let old = new_link::<EventPlace>(&db, &of, &appointment("7")).await;
        let reserve = async |name: &str, from| {
            let vendor = provider(name);
            let other = db.connect(&user("42"), &vendor, &granted("x"), at(0)).await.unwrap();
            let place = EventPlace { calendar: "primary".into(), moved_from: Some(from) };
            let draft = LinkDraft { place, ..draft(&other, appointment("7")) };
            links.reserve(&draft, &|_| format!("at-{name}"), at(1)).await
        };
        assert!(matches!(reserve("outlook", GONE).await, Err(StoreError::Refused(_))));
        assert!(matches!(reserve("outlook", old.id).await, Ok(Reservation::New(_))));
        assert!(matches!(reserve("caldav", old.id).await, Err(StoreError::Refused(_))));
        assert_eq!(links.find(&user("42"), &appointment("7")).await.unwrap().len(), 2);
    }

    async fn a_record_has_a_contact_and_a_deal_with_generations_of_their_own(fixture) {
        let (db, links) = (fixture.db.clone(), fixture.db.links::<CrmObject>());
        let of = connected(&db, "42").await;
        let contact = new_link::<CrmObject>(&db, &of, &appointment("7")).await;
        assert!(links.release(contact.id, LinkState::Pending, true).await.unwrap());
        let contact = new_link::<CrmObject>(&db, &of, &appointment("7")).await;
        assert_eq!(contact.generation, 2);
        let deal = LinkDraft { place: CrmObject::Deal, ..draft(&of, appointment("7")) };
        let same_id = contact.external_id.clone();
        let named = links.reserve(&deal, &|_| same_id.clone(), at(0)).await.unwrap();
        let Reservation::New(deal) = named else { panic!("{named:?}") };
        assert_eq!((deal.place, deal.generation), (CrmObject::Deal, 1));
        let both = [contact.clone(), deal];
        assert_eq!(links.find(&user("42"), &appointment("7")).await.unwrap(), both);
        let ids = [contact.external_id];
        assert_eq!(links.by_external_ids(of.id, &ids).await.unwrap(), both);
    }

    async fn an_object_that_is_linked_is_not_confirmed_for_another_record(fixture) {
        let (db, links) = (fixture.db.clone(), fixture.db.links::<CrmObject>());
        let of = connected(&db, "42").await;
        let first = new_link::<CrmObject>(&db, &of, &appointment("7")).await;
        assert!(links.confirm(first.id, "51", at(1)).await.unwrap());
        let second = new_link::<CrmObject>(&db, &of, &appointment("8")).await;
        let clash = links.confirm(second.id, "51", at(2)).await;
        assert!(matches!(clash, Err(StoreError::Refused(_))), "{clash:?}");
        let second = links.find(&user("42"), &appointment("8")).await.unwrap().remove(0);
        assert_eq!(second.state, LinkState::Pending);
    }
}
