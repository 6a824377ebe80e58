//! Which links somebody has to look after, and when.

use chrono::Duration;
use mortise::{
    domain::{
        ids::LinkId,
        links::{CrmObject, EventPlace, LinkDraft, LinkState},
    },
    ports::{
        IntegrationRepository as _, LinkRepository as _, Reservation, Unsettled, UnsettledLink,
    },
};

use crate::{
    databases::{for_each_sort, on_each_database},
    words::{
        appointment, at, at_once, connected, draft, google, granted, new_link, provider, reserved,
        user,
    },
};

fn ids<P>(unsettled: &[UnsettledLink<P>]) -> Vec<LinkId> {
    unsettled.iter().map(|unsettled| unsettled.link.id).collect()
}

for_each_sort! {
    async fn a_write_is_left_to_its_caller_at_first_then_handed_out(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        assert!(links.unsettled(at(74), 10).await.unwrap().is_empty());
        let due = links.unsettled(at(75), 10).await.unwrap();
        assert_eq!(due, [UnsettledLink { link, user: user("42"), attempts: 0 }]);
    }

    async fn the_time_that_a_write_is_left_alone_can_be_chosen(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>().left_alone_for(Duration::seconds(5));
        let of = connected(&db, "42").await;
        let name: fn(i32) -> String = |_| "object".into();
        links.reserve(&draft(&of, appointment("7")), &name, at(0)).await.unwrap();
        assert!(links.unsettled(at(4), 10).await.unwrap().is_empty());
        assert_eq!(links.unsettled(at(5), 10).await.unwrap().len(), 1);
    }

    async fn what_is_handed_out_is_put_off_by_a_minute_and_counted(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        new_link::<Place>(&db, &of, &appointment("7")).await;
        for attempts in 0..3_u32 {
            let now = 100 + 60 * i64::from(attempts);
            assert_eq!(links.unsettled(at(now), 10).await.unwrap()[0].attempts, attempts);
            assert!(links.unsettled(at(now + 59), 10).await.unwrap().is_empty());
        }
    }

    async fn the_longest_due_come_first_and_not_more_than_asked_for(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let mut made = Vec::new();
        for id in ["7", "8", "9"] {
            made.push(new_link::<Place>(&db, &of, &appointment(id)).await.id);
        }
        links.settle_later(made[0], at(500)).await.unwrap();
        let first = links.unsettled(at(900), 2).await.unwrap();
        assert_eq!(ids(&first), made[1..]);
        assert_eq!(ids(&links.unsettled(at(900), 2).await.unwrap()), made[..1]);
    }

    async fn of_several_workers_at_once_one_gets_a_link(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let mut made = Vec::new();
        for id in 0..12 {
            made.push(new_link::<Place>(&db, &of, &appointment(&id.to_string())).await.id);
        }
        let handed_out = at_once(6, |_| {
            let links = db.links::<Place>();
            async move { links.unsettled(at(100), 100).await.unwrap() }
        })
        .await;
        let mut handed_out: Vec<LinkId> = handed_out.iter().flat_map(|due| ids(due)).collect();
        handed_out.sort();
        assert_eq!(handed_out, made);
    }

    async fn a_confirmed_or_adopted_link_has_nothing_to_settle(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        assert!(links.confirm(link.id, "51", at(1)).await.unwrap());
        links.adopt(&draft(&of, appointment("8")), 1, "52", at(1)).await.unwrap();
        assert_eq!(links.backlog().await.unwrap(), Unsettled { links: 0, oldest: None });
        links.settle_later(link.id, at(2)).await.unwrap();
        assert!(links.unsettled(at(9_999), 10).await.unwrap().is_empty());
    }

    async fn a_link_being_deleted_is_handed_out_until_it_is_gone_or_kept(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        links.confirm(link.id, "51", at(1)).await.unwrap();
        links.begin_delete(link.id, at(1_000)).await.unwrap();
        assert!(links.unsettled(at(1_074), 10).await.unwrap().is_empty());
        let due = links.unsettled(at(1_075), 10).await.unwrap();
        assert_eq!((due[0].link.state, due[0].attempts), (LinkState::Deleting, 0));
        // Marked once: the same call again does not put it off.
        links.begin_delete(link.id, at(1_100)).await.unwrap();
        assert_eq!(ids(&links.unsettled(at(1_135), 10).await.unwrap()), [link.id]);
        assert!(links.keep(link.id, at(1_140)).await.unwrap());
        assert!(links.unsettled(at(9_999), 10).await.unwrap().is_empty());
        links.begin_delete(link.id, at(10_000)).await.unwrap();
        assert_eq!(links.unsettled(at(10_075), 10).await.unwrap()[0].attempts, 0);
        assert!(links.release(link.id, LinkState::Deleting, true).await.unwrap());
        assert!(links.unsettled(at(99_999), 10).await.unwrap().is_empty());
    }

    async fn a_call_that_goes_on_with_a_creation_has_as_long_as_the_first(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        let name: fn(i32) -> String = |_| "object".into();
        let again = links.reserve(&draft(&of, appointment("7")), &name, at(50)).await.unwrap();
        assert_eq!(again, Reservation::Existing(link.clone()));
        assert!(links.unsettled(at(124), 10).await.unwrap().is_empty());
        assert_eq!(ids(&links.unsettled(at(125), 10).await.unwrap()), [link.id]);
        // It is left alone no shorter than was said before.
        links.settle_later(link.id, at(5_000)).await.unwrap();
        links.reserve(&draft(&of, appointment("7")), &name, at(200)).await.unwrap();
        assert!(links.unsettled(at(4_999), 10).await.unwrap().is_empty());
    }

    async fn only_what_is_confirmed_can_be_said_to_be_settled(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        links.settled(link.id).await.unwrap();
        assert_eq!(ids(&links.unsettled(at(100), 10).await.unwrap()), [link.id]);
        links.settled(LinkId(987_654)).await.unwrap();
    }

    async fn a_row_that_cannot_be_read_does_not_hold_up_the_others(fixture) {
        let db = fixture.db.clone();
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        new_link::<Place>(&db, &of, &appointment("7")).await;
        for table in ["calendar_event_links", "crm_links"] {
            fixture.run(&format!("UPDATE {table} SET state = 'archived'")).await;
        }
        let other = new_link::<Place>(&db, &of, &appointment("8")).await;
        assert_eq!(ids(&links.unsettled(at(100), 10).await.unwrap()), [other.id]);
        assert!(links.unsettled(at(100), 10).await.unwrap().is_empty());
    }

    async fn the_backlog_tells_how_many_there_are_and_since_when(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        reserved::<Place>(&db, &of, &appointment("8")).await;
        links.begin_delete(link.id, at(30)).await.unwrap();
        let backlog = links.backlog().await.unwrap();
        assert_eq!(backlog, Unsettled { links: 2, oldest: Some(at(0)) });
    }

    async fn what_could_not_be_settled_is_due_when_the_user_connects_again(fixture) {
        let db = fixture.db;
        let links = db.links::<Place>();
        let of = connected(&db, "42").await;
        let put_off = new_link::<Place>(&db, &of, &appointment("7")).await;
        links.unsettled(at(100), 10).await.unwrap();
        links.settle_later(put_off.id, at(3_700)).await.unwrap();
        let name: fn(i32) -> String = |_| "object".into();
        // Its call is under way.
        links.reserve(&draft(&of, appointment("8")), &name, at(190)).await.unwrap();
        db.connect(&user("42"), &google(), &granted("42"), at(200)).await.unwrap();
        assert_eq!(ids(&links.unsettled(at(200), 10).await.unwrap()), [put_off.id]);
    }

    async fn the_links_of_an_erased_user_are_not_handed_out(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        let link = new_link::<Place>(&db, &of, &appointment("7")).await;
        db.erase_user(&user("42")).await.unwrap();
        let links = db.links::<Place>();
        assert!(links.unsettled(at(100), 10).await.unwrap().is_empty());
        links.settle_later(link.id, at(1)).await.unwrap();
        links.settled(link.id).await.unwrap();
    }
}

on_each_database! {
    async fn a_moved_event_is_to_settle_until_the_old_link_is_gone(fixture) {
        let (db, links) = (fixture.db.clone(), fixture.db.links::<EventPlace>());
        let of = connected(&db, "42").await;
        let outlook = provider("outlook");
        let other = db.connect(&user("42"), &outlook, &granted("x"), at(0)).await.unwrap();
        let old = new_link::<EventPlace>(&db, &of, &appointment("7")).await;
        links.confirm(old.id, "51", at(1)).await.unwrap();
        let place = EventPlace { calendar: "primary".into(), moved_from: Some(old.id) };
        let draft = LinkDraft { place, ..draft(&other, appointment("7")) };
        let name: fn(i32) -> String = |_| "new".into();
        let Reservation::New(new) = links.reserve(&draft, &name, at(100)).await.unwrap() else {
            panic!("there was one")
        };
        links.confirm(new.id, "61", at(101)).await.unwrap();
        links.settled(new.id).await.unwrap();
        let due = links.unsettled(at(175), 10).await.unwrap();
        assert_eq!((ids(&due), due[0].link.state), (vec![new.id], LinkState::Confirmed));
        assert_eq!(due[0].link.place.moved_from, Some(old.id));
        // A refused delete of the new event changes nothing about the old one.
        links.begin_delete(new.id, at(200)).await.unwrap();
        links.keep(new.id, at(201)).await.unwrap();
        assert_eq!(ids(&links.unsettled(at(275), 10).await.unwrap()), [new.id]);
        links.release(old.id, LinkState::Confirmed, true).await.unwrap();
        links.settled(new.id).await.unwrap();
        assert!(links.unsettled(at(9_999), 10).await.unwrap().is_empty());
    }

    async fn an_adopted_event_that_moves_is_to_settle(fixture) {
        let (db, links) = (fixture.db.clone(), fixture.db.links::<EventPlace>());
        let of = connected(&db, "42").await;
        let outlook = provider("outlook");
        let other = db.connect(&user("42"), &outlook, &granted("x"), at(0)).await.unwrap();
        let old = new_link::<EventPlace>(&db, &of, &appointment("7")).await;
        links.confirm(old.id, "51", at(1)).await.unwrap();
        let place = EventPlace { calendar: "primary".into(), moved_from: Some(old.id) };
        let draft = LinkDraft { place, ..draft(&other, appointment("7")) };
        let adopted = links.adopt(&draft, 1, "61", at(100)).await.unwrap();
        let Reservation::New(adopted) = adopted else { panic!("{adopted:?}") };
        assert_eq!(ids(&links.unsettled(at(175), 10).await.unwrap()), [adopted.id]);
    }
}
