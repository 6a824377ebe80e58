//! What an operator sees of calls: metrics and the log.

use std::{
    future::Future,
    io,
    sync::{Arc, Mutex},
};

use metrics_exporter_prometheus::PrometheusBuilder;
use mortise_plugin_api::json;

use crate::{
    double::Play,
    fixtures::{Folder, ask, call, fixture},
};

fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(future)
}

#[test]
fn calls_are_counted_by_provider_operation_and_outcome() {
    let folder = Folder::new();
    let echo = folder.provider("echo").unwrap();
    folder.http.then(Play::Answer(404, json!({})));
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || {
        run(async {
            ask(&echo).await.unwrap();
            ask(&echo).await.unwrap();
            let at = json!({"calendar": "c", "event": "e"});
            call(&echo, "calendar.get_event", at).await.unwrap_err();
            call(&echo, "calendar.no_such_operation", json!({})).await.unwrap_err();
            folder.http.otherwise(Play::Hang);
            let given_up = call(&echo, "identify", json!(null));
            tokio::select! {
                biased;
                _ = given_up => panic!("the vendor has not answered"),
                () = std::future::ready(()) => {}
            }
        });
    });
    let rendered = recorder.handle().render();
    let mut counted: Vec<_> = rendered
        .lines()
        .filter_map(|line| line.strip_prefix("mortise_plugin_calls_total"))
        .collect();
    counted.sort_unstable();
    assert_eq!(
        counted,
        [
            r#"{provider="echo",operation="ask",outcome="ok"} 2"#,
            r#"{provider="echo",operation="calendar.get_event",outcome="not_found"} 1"#,
            r#"{provider="echo",operation="identify",outcome="cancelled"} 1"#,
        ]
    );
    assert!(rendered.contains("mortise_plugin_call_seconds_count"), "{rendered}");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_panic_is_logged_once_and_the_token_never() {
    let folder = Folder::new();
    folder.put("panics_in_start", &fixture("panics_in_start"));
    let provider = folder.provider("panics_in_start").unwrap();
    let log = Log::default();
    let to = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || to.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        run(async {
            for _ in 0..3 {
                ask(&provider).await.unwrap_err();
            }
        });
    });
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let errors: Vec<_> = text.lines().filter(|line| line.contains("ERROR")).collect();
    assert_eq!(errors.len(), 1, "{text}");
    assert!(errors[0].contains("the plugin panicked and takes no more calls"), "{text}");
    assert!(errors[0].contains("provider.id=panics_in_start"), "{text}");
    assert!(!text.contains("the-users-token"), "{text}");
}
