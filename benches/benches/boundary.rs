//! The plugin boundary: a real plugin file through the loader, and the same code linked in.
#![allow(unsafe_code, reason = "loads a plugin that was built a moment ago")]
#![allow(clippy::expect_used, clippy::panic, reason = "a bench that cannot run ends")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use google_calendar::GoogleCalendar;
use mortise_benches::{artifacts, events};
use mortise_plugin_api::{
    HttpAnswer,
    abi::host::{Instance, Module},
    export::Step,
};
use serde_json::Value;

/// Events on the measured pages.
const PAGES: [usize; 4] = [0, 1, 10, 100];

fn boundary(criterion: &mut Criterion) {
    let files = artifacts::build(&["google_calendar"]).expect("the plugin is built");
    let file = &files["google_calendar"];
    // SAFETY: cargo wrote the file just now, and nothing writes it while this runs.
    let loaded = unsafe { Module::load(file) }.expect("the plugin loads");
    for (name, module) in [("plugin", loaded), ("linked", Module::linked::<GoogleCalendar>())] {
        let instance = module.instantiate("").expect("the plugin starts");
        calls(criterion, name, &instance);
    }
    parsing(criterion);
}

fn calls(criterion: &mut Criterion, name: &str, instance: &Instance) {
    let mut group = criterion.benchmark_group(name);
    group.bench_function("smallest", |bench| bench.iter(|| smallest(instance)));
    for events in PAGES {
        let input = events::list_input().to_string();
        let answer = events::answer(&events::page(events));
        assert_eq!(
            count(&one_step(instance, "calendar.list_events", &input, answer.clone())),
            events
        );
        group.bench_function(format!("list_events/{events}"), |bench| {
            bench.iter_batched(
                || answer.clone(),
                |answer| one_step(instance, "calendar.list_events", &input, answer),
                BatchSize::SmallInput,
            );
        });
    }
    let (input, answer) = (events::create_input().to_string(), events::answer(&events::event(1)));
    group.bench_function("create_event", |bench| {
        bench.iter_batched(
            || answer.clone(),
            |answer| one_step(instance, "calendar.create_event", &input, answer),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// What reading the vendor's JSON takes at the least, without any boundary or model.
fn parsing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parsing");
    for events in PAGES {
        let body = events::page(events).to_string();
        group.bench_function(format!("list_events/{events}"), |bench| {
            bench.iter(|| serde_json::from_str::<Value>(&body).expect("it is JSON"));
        });
    }
    group.finish();
}

/// Start, one resume, an error back.
fn smallest(instance: &Instance) -> Step {
    let step = instance.start("calendar.no_such_operation", b"{}").resume(Vec::new());
    assert!(matches!(step, Step::Failed(_)));
    step
}

/// Start, a request, its answer, the output.
fn one_step(instance: &Instance, operation: &str, input: &str, answer: HttpAnswer) -> Vec<u8> {
    let mut call = instance.start(operation, input.as_bytes());
    let Step::NeedHttp(requests) = call.resume(Vec::new()) else {
        panic!("{operation} asks for nothing")
    };
    assert_eq!(requests.len(), 1);
    match call.resume(vec![answer]) {
        Step::Done(output) => output,
        Step::Failed(error) => panic!("{operation}: {error}"),
        Step::NeedHttp(_) => panic!("{operation} asks for more"),
    }
}

fn count(output: &[u8]) -> usize {
    let page: Value = serde_json::from_slice(output).expect("the output is JSON");
    page["events"].as_array().map_or(0, Vec::len)
}

criterion_group!(benches, boundary);
criterion_main!(benches);
