//! Calls through the boundary: requests go where they may, with the host's token and limits.

use std::time::Duration;

use mortise::ports::{OutboundError, ProviderPort};
use mortise_plugin_api::{ErrorKind, Value, json};
use secrecy::ExposeSecret;

use crate::{
    double::Play,
    fixtures::{Folder, ask, call, context, fixture, options},
};

fn with(name: &str) -> Folder {
    let folder = Folder::new();
    folder.put(name, &fixture(name));
    folder
}

async fn probe(folder: &Folder, requests: Value) -> Result<Value, mortise_plugin_api::Error> {
    let provider = folder.provider("probe").unwrap();
    call(&provider, "probe", json!({"body": {"requests": requests}})).await
}

#[tokio::test]
async fn a_request_goes_below_the_base_with_the_users_token() {
    let folder = Folder::new();
    let echo = folder.provider("echo").unwrap();
    folder.http.then(Play::Answer(204, Value::Null));
    let input = json!({"at": {"calendar": "a/b", "event": "e 1"}, "if_match": "\"7\""});
    call(&echo, "calendar.delete_event", input).await.unwrap();
    let asked = folder.http.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].method, "DELETE");
    assert_eq!(asked[0].url.as_str(), "https://echo.example.com/v1/calendars/a%2Fb/events/e%201");
    assert_eq!(asked[0].headers, [("if-match".to_owned(), "\"7\"".to_owned())]);
    let bearer = asked[0].bearer.as_ref().map(|token| token.expose_secret());
    assert_eq!(bearer, Some("the-users-token"));
    assert_eq!(asked[0].egress.hosts, ["files.example.com", "echo.example.com"]);
    assert!(asked[0].egress.origins.is_empty());
}

#[tokio::test]
async fn a_configured_base_takes_the_place_of_the_manifests_host() {
    let folder = Folder::new();
    let mut options = options("echo", json!({}));
    options.urls.api_base = Some("http://127.0.0.1:9000/echo".parse().unwrap());
    options.urls.token_url = Some("http://127.0.0.1:9000/token".parse().unwrap());
    let echo = folder.configured(&options).unwrap();
    assert_eq!(echo.manifest().oauth.token_url, "http://127.0.0.1:9000/token");
    folder.http.then(Play::Answer(200, json!({"email": "ada@example.com"})));
    let account = call(&echo, "identify", Value::Null).await.unwrap();
    assert_eq!(account["email"], "ada@example.com");
    let asked = folder.http.asked();
    assert_eq!(asked[0].url.as_str(), "http://127.0.0.1:9000/echo/me");
    assert_eq!(asked[0].egress.origins, ["http://127.0.0.1:9000"]);
    assert_eq!(asked[0].egress.hosts, ["files.example.com"]);
}

#[tokio::test]
async fn an_operation_that_the_manifest_does_not_name_never_reaches_the_plugin() {
    // Its `dispatch` panics at every operation.
    let folder = with("panics_in_start");
    let provider = folder.provider("panics_in_start").unwrap();
    for operation in ["calendar.create_event", "identify", "", "ask.more"] {
        let error = call(&provider, operation, json!({})).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotSupported, "{operation}");
    }
}

#[tokio::test]
async fn a_foreign_host_ends_the_call_before_anything_is_sent() {
    let folder = with("foreign_host");
    let provider = folder.provider("foreign_host").unwrap();
    let error = ask(&provider).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Internal);
    assert_eq!(
        error.message,
        "the plugin asked for collector.example.net, which its manifest does not name"
    );
    assert!(folder.http.asked().is_empty());
    folder.echo_answers().await;
}

#[tokio::test]
async fn one_foreign_request_among_good_ones_holds_all_of_them_back() {
    let folder = with("probe");
    let requests = json!([{"target": "/a"}, {"target": "https://evil.org/"}, {"target": "/b"}]);
    let error = probe(&folder, requests).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Internal);
    assert!(error.message.contains("evil.org"), "{error}");
    assert!(folder.http.asked().is_empty());
}

#[tokio::test]
async fn an_address_that_the_guard_blocks_ends_the_call_and_names_the_host() {
    let folder = with("probe");
    folder.http.then(Play::Error(OutboundError::Blocked));
    let error = probe(&folder, json!([{"target": "/a"}])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Internal);
    assert!(error.message.contains("probe.example.com"), "{error}");
}

#[tokio::test]
async fn a_relative_target_cannot_leave_the_base() {
    let folder = with("probe");
    for target in ["../", "/../x", "//evil.org/", "/a/..%2F../../x", "\\\\evil.org", "/\t/evil.org"]
    {
        let error = probe(&folder, json!([{"target": target}])).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Internal, "{target}: {error}");
    }
    assert!(folder.http.asked().is_empty());
}

#[tokio::test]
async fn an_id_of_dots_is_the_callers_mistake() {
    let folder = Folder::new();
    let echo = folder.provider("echo").unwrap();
    let input = json!({"calendar": "..", "event": "x"});
    let error = call(&echo, "calendar.get_event", input).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert!(folder.http.asked().is_empty());
}

#[tokio::test]
async fn a_plugin_cannot_set_the_hosts_headers() {
    let folder = with("probe");
    folder.http.then(Play::Answer(200, json!({})));
    let headers = json!({
        "Authorization": "Bearer other", "Host": "evil.org", "Cookie": "a=b", "X-Own": "yes"
    });
    probe(&folder, json!([{"target": "/a", "headers": headers}])).await.unwrap();
    let asked = folder.http.asked();
    assert_eq!(asked[0].headers, [("x-own".to_owned(), "yes".to_owned())]);
    for (name, value) in [("x-own", "a\r\nauthorization: b"), ("x own", "a")] {
        let headers = json!({name: value});
        let error = probe(&folder, json!([{"target": "/a", "headers": headers}])).await;
        assert_eq!(error.unwrap_err().kind, ErrorKind::Internal);
    }
    assert!(folder.http.asked().is_empty());
}

#[tokio::test]
async fn an_unknown_method_is_not_sent() {
    let folder = with("probe");
    let requests = json!([{"target": "/a", "method": "CONNECT"}]);
    assert_eq!(probe(&folder, requests).await.unwrap_err().kind, ErrorKind::Internal);
    assert!(folder.http.asked().is_empty());
}

#[tokio::test]
async fn the_requests_of_one_step_run_at_once_and_are_answered_in_order() {
    let folder = with("probe");
    for status in 200..208 {
        folder.http.then(Play::Answer(status, json!({})));
    }
    let targets: Vec<_> = (0..8).map(|n| json!({"target": format!("/{n}")})).collect();
    let answer = probe(&folder, json!(targets)).await.unwrap();
    assert_eq!(answer["statuses"], json!([200, 201, 202, 203, 204, 205, 206, 207]));
    let paths: Vec<_> = folder.http.asked().iter().map(|a| a.url.path().to_owned()).collect();
    assert_eq!(paths, ["/v1/0", "/v1/1", "/v1/2", "/v1/3", "/v1/4", "/v1/5", "/v1/6", "/v1/7"]);
    assert_eq!(folder.http.most_at_once(), 8);
}

#[tokio::test]
async fn more_requests_at_once_than_a_step_may_have_are_not_sent() {
    let folder = with("probe");
    let targets: Vec<_> = (0..65).map(|_| json!({"target": "/a"})).collect();
    let error = probe(&folder, json!(targets)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Internal);
    assert!(error.message.contains("more than 64 requests at once"), "{error}");
    assert!(folder.http.asked().is_empty());
}

#[tokio::test]
async fn a_plugin_that_never_finishes_is_stopped_after_a_hundred_steps() {
    let folder = with("never_finishes");
    let provider = folder.provider("never_finishes").unwrap();
    folder.http.otherwise(Play::Answer(200, json!(false)));
    let error = ask(&provider).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Internal);
    assert_eq!(error.message, "the plugin asked for more than 100 steps");
    assert_eq!(folder.http.asked().len(), 100);
    folder.echo_answers().await;
}

#[tokio::test]
async fn a_call_ends_at_its_deadline_whatever_the_vendor_does() {
    let folder = with("mirror");
    let mut options = options("mirror", json!({}));
    options.limits.call = Duration::from_millis(20);
    let mirror = folder.configured(&options).unwrap();
    folder.http.otherwise(Play::Hang);
    let error = ask(&mirror).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout);
    assert!(error.message.contains("within 0.02 s"), "{error}");
    // A request may not outlast its call.
    assert!(!folder.http.asked()[0].deadline.leaves(Duration::from_millis(20)));
    folder.echo_answers().await;
}

#[tokio::test]
async fn a_request_without_an_answer_reaches_the_plugin_as_its_kind() {
    let folder = with("mirror");
    let mirror = folder.provider("mirror").unwrap();
    for (error, kind) in [
        (OutboundError::Timeout, ErrorKind::Timeout),
        (OutboundError::Connect, ErrorKind::Unavailable),
        (OutboundError::Cut, ErrorKind::Unavailable),
        (OutboundError::TooLarge, ErrorKind::BadAnswer),
    ] {
        folder.http.then(Play::Error(error));
        assert_eq!(ask(&mirror).await.unwrap_err().kind, kind, "{error}");
    }
}

#[tokio::test]
async fn input_that_is_not_json_is_the_callers_mistake() {
    let folder = Folder::new();
    let echo = folder.provider("echo").unwrap();
    let input = b"{\"calendar\": ".to_vec();
    let token = crate::fixtures::token();
    let error = echo.call("calendar.get_event", input, &context(&token)).await;
    assert_eq!(error.unwrap_err().kind, ErrorKind::InvalidInput);
}
