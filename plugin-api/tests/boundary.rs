//! What crosses the boundary, seen from both sides.
#![cfg(feature = "testing")]
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends by panicking")]

use mortise_plugin_api::{
    Context, Error, ErrorKind, HttpAnswer, Manifest, Provider, Result, Route, RouteRequest, Routes,
    Settings, TransportError, Value,
    abi::host::Module,
    export::Step,
    json, path,
    testing::{ScriptedHost, json_answer},
};

struct Acme {
    greeting: String,
}

impl Provider for Acme {
    fn manifest() -> Manifest {
        let mut manifest = Manifest::new("acme", "Acme", "0.3.0");
        manifest.routes.push(Route { operation: "acme.pair".into(), ..Route::default() });
        manifest
    }

    fn new(settings: &Settings) -> Result<Self> {
        let greeting: Option<String> = settings.get("greeting")?;
        Ok(Self { greeting: greeting.unwrap_or_else(|| "hello".into()) })
    }
}

impl Routes for Acme {
    async fn route(&self, cx: &Context, operation: &str, request: RouteRequest) -> Result<Value> {
        match operation {
            "acme.greet" => Ok(json!({"said": self.greeting})),
            "acme.pair" => {
                let read = ["a", "b"].map(|name| cx.get(path!("/things/{}", name)).send::<Value>());
                let read = cx.join(read).await.into_iter().collect::<Result<Vec<_>>>()?;
                Ok(Value::Array(read))
            }
            "acme.chain" => {
                let first: Value = cx.get("/first").send().await?;
                cx.post("/second").json(&first).header("x-test", "1").send().await
            }
            "acme.search" => {
                let _: Value = cx.post("/search").repeatable().send().await?;
                cx.post("/make").send().await
            }
            "acme.sleep" => {
                std::future::pending::<()>().await;
                Ok(Value::Null)
            }
            "acme.panic" => panic!("on {}", request.body),
            "acme.panic_later" => {
                let _: Value = cx.get("/first").send().await?;
                panic!("after the answer")
            }
            other => Err(Error::not_supported(other)),
        }
    }
}

mortise_plugin_api::export_plugin!(Acme: Routes);

fn call(operation: &str) -> mortise_plugin_api::abi::host::Call {
    let instance = Module::linked::<Acme>().instantiate("").unwrap();
    instance.start(operation, json!({}).to_string().as_bytes())
}

fn failed(step: Step) -> Error {
    match step {
        Step::Failed(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_that_is_marked_is_marked_on_the_other_side_too_and_no_other() {
    let mut call = call("acme.search");
    let Step::NeedHttp(search) = call.resume(Vec::new()) else { panic!("no requests") };
    let Step::NeedHttp(make) = call.resume(vec![json_answer(200, &json!({}))]) else {
        panic!("no requests")
    };
    assert_eq!((search[0].repeatable, make[0].repeatable), (true, false));
}

#[test]
fn requests_that_are_joined_go_out_in_one_step_and_are_answered_in_order() {
    let mut call = call("acme.pair");
    let Step::NeedHttp(requests) = call.resume(Vec::new()) else { panic!("no requests") };
    let targets: Vec<_> = requests.iter().map(|request| request.target.as_str()).collect();
    assert_eq!(targets, ["/things/a", "/things/b"]);
    let answers = vec![json_answer(200, &json!("A")), json_answer(200, &json!("B"))];
    assert_eq!(call.resume(answers), Step::Done(br#"["A","B"]"#.to_vec()));
}

#[test]
fn requests_that_depend_on_each_other_take_a_step_each() {
    let host = ScriptedHost::new::<Acme>();
    host.answer_json(200, json!({"id": 1})).answer_json(201, json!({"id": 2}));
    assert_eq!(host.call("acme.chain", json!({})).unwrap(), json!({"id": 2}));
    let requests = host.requests();
    assert_eq!(requests[1].method, "POST");
    assert_eq!(requests[1].body, br#"{"id":1}"#);
    assert!(requests[1].headers.contains(&("x-test".into(), "1".into())));
}

#[test]
fn settings_reach_the_provider_and_a_wrong_one_is_named() {
    let host = ScriptedHost::with_settings::<Acme>(&json!({"greeting": "moin"}));
    assert_eq!(host.call("acme.greet", json!({})).unwrap(), json!({"said": "moin"}));
    let error = Module::linked::<Acme>().instantiate(r#"{"greeting": 5}"#).err().unwrap();
    assert_eq!(error.field.as_deref(), Some("settings.greeting"));
}

#[test]
fn a_panic_is_an_error_and_poisons_the_instance() {
    let instance = Module::linked::<Acme>().instantiate("").unwrap();
    let mut doomed = instance.start("acme.panic_later", b"{}");
    let mut bystander = instance.start("acme.chain", b"{}");
    assert!(matches!(bystander.resume(Vec::new()), Step::NeedHttp(_)));
    assert!(matches!(doomed.resume(Vec::new()), Step::NeedHttp(_)));
    let error = failed(doomed.resume(vec![json_answer(200, &json!(1))]));
    assert_eq!(error.kind, ErrorKind::Internal);
    assert_eq!(error.message, "plugin panicked: after the answer");
    let error = failed(bystander.resume(vec![json_answer(200, &json!(1))]));
    assert!(error.message.contains("panicked earlier"), "{error}");
    let error = failed(instance.start("acme.greet", b"{}").resume(Vec::new()));
    assert!(error.message.contains("panicked earlier"), "{error}");
}

#[test]
fn a_panic_before_the_first_request_is_an_error_as_well() {
    let host = ScriptedHost::new::<Acme>();
    let error = host.call("acme.panic", json!({"body": "5"})).unwrap_err();
    assert_eq!(error.message, r#"plugin panicked: on "5""#);
}

#[test]
fn waiting_for_anything_but_the_host_is_a_defect() {
    let error = failed(call("acme.sleep").resume(Vec::new()));
    assert_eq!(error.kind, ErrorKind::Internal);
    assert!(error.message.contains("other than the host"), "{error}");
}

#[test]
fn a_call_can_neither_be_resumed_after_its_end_nor_with_answers_that_were_not_asked_for() {
    let mut over = call("acme.greet");
    assert!(matches!(over.resume(Vec::new()), Step::Done(_)));
    assert!(failed(over.resume(Vec::new())).message.contains("is over"));
    let mut early = call("acme.greet");
    let error = failed(early.resume(vec![HttpAnswer::default()]));
    assert!(error.message.contains("another number"), "{error}");
}

#[test]
fn an_input_that_is_not_understood_is_an_error_of_the_input() {
    let instance = Module::linked::<Acme>().instantiate("").unwrap();
    let error = failed(instance.start("acme.greet", b"[").resume(Vec::new()));
    assert_eq!(error.kind, ErrorKind::InvalidInput);
}

#[test]
fn transport_errors_keep_their_kind_over_the_boundary() {
    for (transport, kind) in [
        (TransportError::Timeout, ErrorKind::Timeout),
        (TransportError::Connect, ErrorKind::Unavailable),
        (TransportError::Cut, ErrorKind::Unavailable),
        (TransportError::TooLarge, ErrorKind::BadAnswer),
        (TransportError::Blocked, ErrorKind::Internal),
    ] {
        let host = ScriptedHost::new::<Acme>();
        host.answer_error(transport);
        assert_eq!(host.call("acme.chain", json!({})).unwrap_err().kind, kind, "{transport:?}");
    }
}

#[test]
#[should_panic(expected = "POST /second is not described")]
fn a_request_that_the_check_refuses_ends_the_test() {
    let host = ScriptedHost::new::<Acme>().checked_by(|request| match request.method.as_str() {
        "GET" => Ok(()),
        method => Err(format!("{method} {} is not described", request.target)),
    });
    host.answer_json(200, json!({})).answer_json(200, json!({}));
    let _ = host.call("acme.chain", json!({}));
}

#[test]
fn a_status_outside_2xx_is_an_error_by_its_kind_with_retry_after() {
    let host = ScriptedHost::new::<Acme>();
    let mut limited = json_answer(429, &json!({}));
    limited.headers.push(("retry-after".into(), "1.5".into()));
    host.answer(limited);
    let error = host.call("acme.chain", json!({})).unwrap_err();
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(1.5)));
}

#[test]
fn an_old_host_reads_the_manifest_of_a_newer_plugin() {
    let manifest = json!({"id": "acme", "name": "Acme", "version": "9.0.0", "tariff": {"a": 1}});
    let manifest: Manifest = mortise_plugin_api::serde_json::from_value(manifest).unwrap();
    assert_eq!(manifest.id, "acme");
    let made = Module::linked::<Acme>().manifest().unwrap();
    let made: Manifest = mortise_plugin_api::serde_json::from_str(&made).unwrap();
    assert_eq!(made.plugin_api, "1.2.0");
    assert!(made.has_operation("acme.pair") && !made.has_operation("acme.other"));
}
