use std::{sync::Arc, time::Duration};

use mortise_sandbox::Dice;
use tokio::sync::watch;

use crate::{
    calls::{self, Call, Content, VENDORS},
    ledger::{Effect, Ledger, RecordName, Sort},
    outcome::{self, Outcome, Taken},
    tally::Tally,
};

/// Longer than any hub works on a request.
const PATIENCE: Duration = Duration::from_secs(90);
/// Records of its own that a client has at once; shared and contested ones of each user.
const OWN: u64 = 4;
const SHARED: u64 = 4;
const CONTESTED: u64 = 2;
/// Of the unclear outcomes, those after which the client sends the same call again.
const PERSISTENT: f64 = 0.8;

/// Writes for one user, as a backend would that takes care.
pub struct Client {
    index: usize,
    user: String,
    hubs: Vec<mortise_tests::Client>,
    ledger: Arc<Ledger>,
    tally: Arc<Tally>,
    dice: Dice,
    /// How often each place for an own record was taken by a new one.
    rounds: [u64; OWN as usize],
    writes: u64,
}

/// A record that is written to.
struct Record {
    name: RecordName,
    sort: Sort,
    slot: u64,
    /// The vendor of a shared one.
    home: &'static str,
}

impl Client {
    pub fn new(
        index: usize,
        user: &str,
        hubs: Vec<mortise_tests::Client>,
        (ledger, tally): (Arc<Ledger>, Arc<Tally>),
        dice: Dice,
    ) -> Self {
        let (user, rounds, writes) = (user.to_owned(), [0; OWN as usize], 0);
        Self { index, user, hubs, ledger, tally, dice, rounds, writes }
    }

    /// Writes until it is told to stop.
    pub async fn run(mut self, stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let place = self.dice.between(0, OWN + SHARED.div_ceil(2) + CONTESTED.div_ceil(2));
            let record = self.record(place);
            let Some(call) = self.next_call(&record) else {
                self.abandon(place);
                continue;
            };
            let gave_up = self.carry_out(&record, call, &stopped).await;
            // What is left open is for the hubs to settle.
            if gave_up && record.sort == Sort::Own && self.dice.chance(0.5) {
                self.abandon(place);
            }
            let pause = self.dice.between(0, 60);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    fn record(&mut self, place: u64) -> Record {
        let home = |number: u64| VENDORS[usize::try_from(number % 2).unwrap()];
        let of_all = u64::try_from(self.index).unwrap();
        let (sort, id, slot, number) = if let Some(round) = self.rounds.get(place as usize) {
            // No two records of one user have the same half hour, over 800 rounds.
            let slot = (of_all * OWN + place) * 800 + round % 800 + 100;
            (Sort::Own, format!("c{of_all}-{place}-{round}"), slot, place)
        } else if place < OWN + SHARED.div_ceil(2) {
            let number = self.dice.between(0, SHARED);
            (Sort::Shared, format!("shared-{number}"), number, number)
        } else {
            let number = self.dice.between(0, CONTESTED);
            (Sort::Contested, format!("contested-{number}"), SHARED + number, number)
        };
        Record { name: (self.user.clone(), id), sort, slot, home: home(number) }
    }

    /// Leaves an own record for good; another takes its place.
    fn abandon(&mut self, place: u64) {
        if let Some(round) = self.rounds.get_mut(place as usize) {
            *round += 1;
        }
    }

    /// What to do with a record next; nothing where it cannot be known what makes sense.
    fn next_call(&mut self, record: &Record) -> Option<Call> {
        self.writes += 1;
        let title = format!("{} w{}-{}", record.name.1, self.index, self.writes);
        let allow_conflicts = self.dice.chance(0.9);
        let content = Content { title: &title, slot: record.slot, allow_conflicts };
        let id = record.name.1.as_str();
        let any = VENDORS[usize::try_from(self.dice.between(0, 2)).unwrap()];
        let die = self.dice.between(0, 100);
        if record.sort != Sort::Own {
            let at = if record.sort == Sort::Shared { record.home } else { any };
            return Some(match die {
                0..35 => calls::create(id, at, &content),
                35..60 => calls::update(id, None, &content),
                60..75 if record.sort == Sort::Contested => calls::update(id, Some(any), &content),
                60..75 => calls::update(id, None, &content),
                _ => calls::delete(id),
            });
        }
        match self.ledger.possible(&record.name).as_slice() {
            [Effect::Gone] => Some(calls::create(id, any, &content)),
            [Effect::Is { provider, .. }] => Some(match (die, provider) {
                (0..25, Some(from)) => {
                    let to = VENDORS.into_iter().find(|vendor| vendor != from)?;
                    calls::update(id, Some(to), &content)
                }
                (0..70, _) => calls::update(id, None, &content),
                _ => calls::delete(id),
            }),
            // It may be there or not, with this content or with that.
            _ => match die {
                0..40 => Some(calls::delete(id)),
                40..80 => Some(calls::update(id, None, &content)),
                _ => None,
            },
        }
    }

    /// Sends a call until its outcome is clear, or the client gives up: true then.
    async fn carry_out(
        &mut self,
        record: &Record,
        call: Call,
        stopped: &watch::Receiver<bool>,
    ) -> bool {
        let possible = self.ledger.possible(&record.name);
        let began = self.ledger.moment();
        let key = self.idempotency_key(&call);
        let (mut worst, mut tries) = (Outcome::Refused, 0);
        loop {
            let taken = self.send(&call, key.as_deref()).await;
            tries += 1;
            self.tally.count(call.name, taken.name.clone());
            if taken.name == "not connected" {
                if *stopped.borrow() {
                    break;
                }
                self.pause(50).await;
                continue;
            }
            if record.sort == Sort::Own {
                self.look_for_surprises(record, &call, &taken, &possible, worst);
            }
            match taken.outcome {
                Outcome::Done => {
                    worst = Outcome::Done;
                    break;
                }
                // The record has no link: what was to be deleted is gone.
                Outcome::Refused if call.name == "delete" && taken.code == "not-linked" => {
                    worst = Outcome::Done;
                    break;
                }
                Outcome::Refused => break,
                Outcome::Late => worst = Outcome::Late,
                Outcome::Unclear if worst == Outcome::Late => {}
                Outcome::Unclear => worst = Outcome::Unclear,
            }
            if tries >= 30 || *stopped.borrow() || !self.dice.chance(PERSISTENT) {
                break;
            }
            self.pause(200).await;
        }
        let effect = match (&call.effect, possible.as_slice()) {
            // Where it is, it stays.
            (Effect::Is { title, provider: None }, [Effect::Is { provider, .. }]) => {
                Effect::Is { title: title.clone(), provider: *provider }
            }
            (effect, _) => effect.clone(),
        };
        self.ledger.note((&record.name, record.sort), began, effect, worst);
        matches!(worst, Outcome::Unclear | Outcome::Late)
    }

    fn idempotency_key(&mut self, call: &Call) -> Option<String> {
        (call.method == "POST" && self.dice.chance(0.5))
            .then(|| format!("storm-{}-{}", self.index, self.writes))
    }

    async fn send(&mut self, call: &Call, key: Option<&str>) -> Taken {
        let hub = usize::try_from(self.dice.between(0, self.hubs.len() as u64)).unwrap();
        let mut hub = self.hubs[hub].clone();
        if let Some(key) = key {
            hub = hub.header("idempotency-key", key);
        }
        let sending = hub.try_send(call.method, &call.path, call.body.clone());
        outcome::take(tokio::time::timeout(PATIENCE, sending).await.ok())
    }

    async fn pause(&mut self, least: u64) {
        let wait = self.dice.between(least, 2 * least);
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }

    /// Answers that contradict what was acknowledged before. Nobody else writes to the record.
    fn look_for_surprises(
        &self,
        record: &Record,
        call: &Call,
        taken: &Taken,
        possible: &[Effect],
        before: Outcome,
    ) {
        let absent = matches!(taken.code.as_str(), "not-linked" | "event-gone");
        let lost = absent && !possible.contains(&Effect::Gone);
        // A delete that is sent again may have been done before.
        let lost = lost && !(call.name == "delete" && before != Outcome::Refused);
        let back = taken.code == "already-linked" && possible == [Effect::Gone];
        let asked = match &call.effect {
            Effect::Is { title, .. } => Some(title),
            Effect::Gone => None,
        };
        let other = taken.outcome == Outcome::Done && taken.title.as_ref() != asked;
        if lost || back || other {
            let (name, said) = (&record.name, &taken.name);
            self.ledger.surprise(format!(
                "{name:?}: {} {:?} was answered {said} with {:?}, while it was {possible:?}",
                call.name, call.effect, taken.title
            ));
        }
    }
}
