use std::time::Duration;

use mortise_sandbox::Dice;
use mortise_tests::HostProcess;

/// Of the kills, those that do not wait until the hub serves again.
const WHILE_STARTING: f64 = 0.2;

/// Kills hubs, and starts them again as a supervisor does.
pub struct Killer {
    hosts: Vec<HostProcess>,
    dice: Dice,
}

impl Killer {
    pub fn new(hosts: Vec<HostProcess>, dice: Dice) -> Self {
        Self { hosts, dice }
    }

    pub fn hosts(&self) -> &[HostProcess] {
        &self.hosts
    }

    /// Kills a hub so many times, each 50 to 2000 milliseconds after the one before.
    pub async fn storm(&mut self, kills: u32) {
        for kill in 1..=kills {
            let victim = usize::try_from(self.dice.between(0, self.hosts.len() as u64)).unwrap();
            if !self.dice.chance(WHILE_STARTING) {
                self.hosts[victim].serving().await;
            }
            let wait = Duration::from_millis(self.dice.between(50, 2_000));
            tokio::time::sleep(wait).await;
            self.hosts[victim].launch();
            for host in &mut self.hosts {
                // It may have met a database that was down.
                if !host.is_running() {
                    host.launch();
                }
            }
            if kill % 25 == 0 {
                println!("{kill} kills");
            }
        }
    }

    /// Waits until every hub serves.
    pub async fn all_serve(&mut self) {
        for host in &mut self.hosts {
            host.serving().await;
        }
    }
}
