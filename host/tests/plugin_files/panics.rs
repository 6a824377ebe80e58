//! Plugins that panic, wherever they can: an error each time, and this process goes on.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use mortise::domain::plugins::PluginState;
use mortise_plugin_api::{ErrorKind, json};

use crate::{
    double::Play,
    fixtures::{Folder, ask, fixture},
};

fn with(name: &str) -> Folder {
    let folder = Folder::new();
    folder.put(name, &fixture(name));
    folder
}

#[tokio::test]
async fn a_panic_in_manifest_is_a_refusal_in_one_line() {
    let folder = with("panics_in_manifest");
    let reason = folder.refusal("panics_in_manifest");
    assert!(
        reason.ends_with("it makes no manifest: plugin panicked: no idea who I am"),
        "{reason}"
    );
    folder.echo_answers().await;
}

#[tokio::test]
async fn a_panic_in_instantiate_is_a_refusal() {
    let folder = with("panics_in_instantiate");
    let reason = folder.refusal("panics_in_instantiate");
    assert!(reason.contains("it does not start: plugin panicked: index out of bounds"), "{reason}");
    let report = folder.report("panics_in_instantiate");
    assert_eq!((report.state, report.version.as_deref()), (PluginState::Refused, Some("1.2.3")));
    assert_eq!(report.providers, ["panics_in_instantiate"]);
    folder.echo_answers().await;
}

#[tokio::test]
async fn a_panic_in_start_is_an_error_and_the_instance_takes_no_more_calls() {
    let folder = with("panics_in_start");
    let provider = folder.provider("panics_in_start").unwrap();
    let first = ask(&provider).await.unwrap_err();
    assert_eq!(first.kind, ErrorKind::Internal);
    assert_eq!(first.message, "plugin panicked: no way to start ask");
    let second = ask(&provider).await.unwrap_err();
    assert_eq!(second.kind, ErrorKind::Internal);
    assert_eq!(second.message, "the plugin panicked earlier and takes no more calls");
    folder.echo_answers().await;
}

#[tokio::test]
async fn a_panic_in_resume_is_an_error_and_the_instance_takes_no_more_calls() {
    let folder = with("panics_in_resume");
    let provider = folder.provider("panics_in_resume").unwrap();
    folder.http.then(Play::Answer(200, json!([])));
    let first = ask(&provider).await.unwrap_err();
    assert_eq!(first.kind, ErrorKind::Internal);
    assert!(first.message.starts_with("plugin panicked: attempt to divide by zero"), "{first}");
    assert_eq!(folder.http.asked().len(), 1);
    let second = ask(&provider).await.unwrap_err();
    assert!(second.message.contains("takes no more calls"), "{second}");
    assert_eq!(folder.http.asked().len(), 0);
    folder.echo_answers().await;
}

#[tokio::test]
async fn a_panic_while_a_cancelled_call_is_cleared_away_is_caught() {
    let folder = with("panics_when_cancelled");
    let provider = folder.provider("panics_when_cancelled").unwrap();
    folder.http.otherwise(Play::Hang);
    {
        let mut call = pin!(ask(&provider));
        let mut task = Context::from_waker(Waker::noop());
        assert!(matches!(call.as_mut().poll(&mut task), Poll::Pending));
    }
    assert_eq!(folder.http.asked().len(), 1);
    folder.echo_answers().await;
}
