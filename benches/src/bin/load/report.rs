//! What was measured, as Markdown.

use std::time::Duration;

use crate::rounds::{CLIENTS, Measured};

/// The table, and how the aims are met.
pub fn table(measured: &[Measured]) {
    println!("| | clients | requests/s | p50 | p99 | to (b) |");
    println!("|---|---:|---:|---:|---:|---:|");
    for (at, clients) in CLIENTS.into_iter().enumerate() {
        let base = find(measured, 'b').map_or(f64::NAN, |b| b.samples[at].rate());
        for Measured { target, samples } in measured {
            let (samples, letter) = (&samples[at], target.letter);
            println!(
                "| ({letter}) {} | {clients} | {:.0} | {} | {} | {:.2} |",
                target.name,
                samples.rate(),
                micros(samples.quantile(0.5)),
                micros(samples.quantile(0.99)),
                samples.rate() / base,
            );
        }
    }
    if let (Some(e), Some(f)) = (find(measured, 'e'), find(measured, 'f')) {
        let p50 = |of: &Measured| of.samples[0].quantile(0.5).as_secs_f64() * 1e3;
        println!("\n(e) over (f) with one client, p50: {:.3} ms", p50(e) - p50(f));
    }
}

/// Median and range of the starts.
pub fn starts(took: &[Duration]) {
    let mut sorted = took.to_vec();
    sorted.sort_unstable();
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return };
    let median = sorted[sorted.len() / 2];
    println!(
        "From start to the first /readyz 200: median {:.0} ms of {} ({:.0} to {:.0})",
        millis(median),
        sorted.len(),
        millis(*first),
        millis(*last)
    );
}

fn find(measured: &[Measured], letter: char) -> Option<&Measured> {
    measured.iter().find(|measured| measured.target.letter == letter)
}

fn micros(duration: Duration) -> String {
    format!("{:.0} us", duration.as_secs_f64() * 1e6)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
