use chrono::{DateTime, Utc};
use mortise::{
    adapters::sea_orm::{Database, LinkTable},
    domain::{
        connection::Integration,
        ids::UserId,
        links::{Entity, Link, LinkDraft, LinkState},
    },
    ports::{LinkRepository as _, Reservation},
};

/// Each method of the links of one sort.
pub async fn all<P: LinkTable>(
    db: &Database,
    user: &UserId,
    of: &Integration,
    place: P,
    now: DateTime<Utc>,
) {
    let links = db.links::<P>();
    let entity = |id: &str| Entity::new("appointment", id).unwrap();
    let draft = |id: &str| LinkDraft {
        user: of.user,
        integration: of.id,
        entity: entity(id),
        place: place.clone(),
    };
    let reserve = async |id: &str| -> Link<P> {
        let name = |generation| format!("{id}-{generation}");
        match links.reserve(&draft(id), &name, now).await.unwrap() {
            Reservation::New(link) => link,
            Reservation::Existing(link) => panic!("there was one: {link:?}"),
        }
    };
    let first = reserve("first").await;
    assert!(links.confirm(first.id, "first", now).await.unwrap());
    assert!(links.confirm(first.id, "first", now).await.unwrap());
    links.adopt(&draft("second"), 1, "second", now).await.unwrap();
    assert_eq!(links.find(user, &entity("first")).await.unwrap().len(), 1);
    assert!(links.by_id(first.id).await.unwrap().is_some());
    let wanted = ["first", "second", "third"].map(str::to_owned);
    assert_eq!(links.by_external_ids(of.id, &wanted).await.unwrap().len(), 2);
    assert!(links.begin_delete(first.id, now).await.unwrap());
    assert!(links.keep(first.id, now).await.unwrap());
    assert!(links.begin_delete(first.id, now).await.unwrap());
    assert!(links.release(first.id, LinkState::Deleting, true).await.unwrap());
    let again = reserve("first").await;
    assert_eq!(again.generation, 2);
    assert!(links.release(again.id, LinkState::Pending, true).await.unwrap());
}
