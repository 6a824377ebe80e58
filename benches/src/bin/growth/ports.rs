use std::time::{Duration, Instant};

use mortise::{
    domain::{
        ids::{ProviderId, UserId},
        links::{Entity, EventPlace},
    },
    ports::{IntegrationRepository as _, LinkRepository as _},
};
use mortise_benches::Outcome;

use crate::place::Place;

/// The statements of the requests by themselves: those for a token or a status, and those for a
/// record's event before the vendor is asked.
pub async fn calls(place: &Place, what: usize, span: Duration) -> Outcome<Vec<Duration>> {
    let google = ProviderId::new("google_calendar").ok_or("no provider's name")?;
    let links = place.database.links::<EventPlace>();
    let mut latencies = Vec::new();
    let end = Instant::now() + span;
    while Instant::now() < end {
        let (user, record) = place.next();
        let user = UserId::new(user)?;
        let entity = Entity::new("appointment", record)?;
        let sent = Instant::now();
        if what == 1 && links.find(&user, &entity).await?.is_empty() {
            return Err("the record has no link".into());
        }
        place.database.connection(&user, &google).await?.ok_or("the user has no connection")?;
        latencies.push(sent.elapsed());
    }
    Ok(latencies)
}
