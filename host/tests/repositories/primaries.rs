use mortise::ports::{IntegrationRepository as _, PrimaryCalendar, PrimaryCalendarStore as _};

use crate::{
    databases::on_each_database,
    words::{NOBODYS, at, connected, google, granted, provider, user},
};

on_each_database! {
    async fn a_primary_calendar_is_set_replaced_and_cleared(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        assert_eq!(db.primary(&user("42")).await.unwrap(), None);
        assert!(db.set_primary(&user("42"), of.id, Some("work"), at(0)).await.unwrap());
        let work = PrimaryCalendar {
            integration: of.id,
            provider: google(),
            calendar_id: Some("work".into()),
        };
        assert_eq!(db.primary(&user("42")).await.unwrap(), Some(work));
        let outlook = provider("outlook");
        let other = db.connect(&user("42"), &outlook, &granted("x"), at(0)).await.unwrap();
        assert!(db.set_primary(&user("42"), other.id, None, at(1)).await.unwrap());
        let main =
            PrimaryCalendar { integration: other.id, provider: outlook, calendar_id: None };
        assert_eq!(db.primary(&user("42")).await.unwrap(), Some(main));
        assert!(db.clear_primary(&user("42")).await.unwrap());
        assert!(!db.clear_primary(&user("42")).await.unwrap());
        assert_eq!(db.primary(&user("42")).await.unwrap(), None);
    }

    async fn another_users_connection_is_not_taken(fixture) {
        let db = fixture.db;
        let (mine, other) = (connected(&db, "42").await, connected(&db, "43").await);
        assert!(!db.set_primary(&user("42"), other.id, None, at(0)).await.unwrap());
        assert!(!db.set_primary(&user("42"), NOBODYS, None, at(0)).await.unwrap());
        assert!(!db.set_primary(&user("nobody"), mine.id, None, at(0)).await.unwrap());
        assert!(db.set_primary(&user("42"), mine.id, None, at(0)).await.unwrap());
        assert_eq!(db.primary(&user("43")).await.unwrap(), None);
        assert!(!db.clear_primary(&user("43")).await.unwrap());
        assert!(db.primary(&user("42")).await.unwrap().is_some());
    }

    async fn a_primary_calendar_outlives_a_disconnect(fixture) {
        let db = fixture.db;
        let of = connected(&db, "42").await;
        assert!(db.set_primary(&user("42"), of.id, None, at(0)).await.unwrap());
        db.disconnect(of.id, None, at(1)).await.unwrap();
        assert_eq!(db.primary(&user("42")).await.unwrap().unwrap().integration, of.id);
    }
}
