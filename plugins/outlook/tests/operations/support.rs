pub use mortise_plugin_api::testing::{body, header, line, lines, only_request};
use mortise_plugin_api::{
    ErrorKind, HttpRequest, Value,
    abi::host::Module,
    export::Step,
    json, serde_json,
    testing::{ScriptedHost, json_answer},
};
use mortise_vendor_specs::microsoft_graph;
use outlook::Outlook;

/// A key as the host makes them: 52 characters of base32hex.
pub const KEY: &str = "0123456789abcdefghijklmnopqrstuv0123456789abcdefghij";

/// A host that lets no request pass that Microsoft does not describe.
pub fn host() -> ScriptedHost {
    let check = |request: &HttpRequest| microsoft_graph().check_request(request);
    ScriptedHost::new::<Outlook>().checked_by(check)
}

/// A file of `tests/fixtures`.
pub fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    serde_json::from_str(&text).expect("the fixture is JSON")
}

/// A fixture with some fields replaced.
pub fn changed(name: &str, fields: Value) -> Value {
    with(fixture(name), fields)
}

pub fn with(mut value: Value, fields: Value) -> Value {
    let (Value::Object(whole), Value::Object(fields)) = (&mut value, fields) else {
        panic!("fields are an object")
    };
    whole.extend(fields);
    value
}

/// An error of Graph's.
pub fn refusal(code: &str) -> Value {
    json!({"error": {
        "code": code,
        "message": "Microsoft's words.",
        "innerError": {"date": "2026-11-24T10:00:00", "request-id": "s3cret"},
    }})
}

/// A `dateTimeTimeZone` in UTC.
pub fn utc(time: &str) -> Value {
    json!({"dateTime": format!("{time}.0000000"), "timeZone": "UTC"})
}

/// A draft of one hour, with more fields.
pub fn draft(more: Value) -> Value {
    let draft = json!({
        "title": "Check-up",
        "start": {"date_time": "2026-12-01T10:00:00+01:00", "time_zone": "Europe/Berlin"},
        "end": {"date_time": "2026-12-01T11:00:00+01:00", "time_zone": "Europe/Berlin"},
    });
    with(draft, more)
}

pub fn create(event: Value) -> Value {
    json!({"calendar": "primary", "key": KEY, "event": event})
}

pub fn update(event: Value) -> Value {
    json!({"at": {"calendar": "primary", "event": "AAMk="}, "event": event})
}

/// What is posted for a draft.
pub fn posted(event: Value) -> Value {
    let host = host();
    host.answer_json(201, fixture("simple_event"));
    host.call("calendar.create_event", create(event)).unwrap();
    body(&only_request(&host))
}

/// What is patched for a draft, where Graph has `current`.
pub fn patched(current: Value, event: Value) -> Value {
    let host = host();
    host.answer_json(200, current);
    host.answer_json(200, fixture("simple_event"));
    host.call("calendar.update_event", update(event)).unwrap();
    body(&host.requests()[1])
}

/// The event that is read from Graph's.
pub fn read(item: Value) -> Value {
    let host = host();
    host.answer_json(200, item);
    host.call("calendar.get_event", json!({"calendar": "primary", "event": "AAMk="})).unwrap()
}

/// Asserts that a draft is refused for a field, before anything is asked; gives the message.
pub fn refused(event: Value, field: &str) -> String {
    let host = host();
    let calls = [
        ("calendar.create_event", create(event.clone())),
        ("calendar.update_event", update(event)),
    ];
    let [message, same] = calls.map(|(operation, input)| {
        let error = host.call(operation, input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{error:?}");
        assert_eq!(error.field.as_deref(), Some(field), "{error:?}");
        error.message
    });
    assert!(host.requests().is_empty());
    assert_eq!(message, same);
    message
}

/// How many requests an operation sends at once each time, where all of a wave are answered alike.
pub fn waves(operation: &str, input: &Value, answer: impl Fn(usize) -> Value) -> Vec<usize> {
    let instance = Module::linked::<Outlook>().instantiate("{}").unwrap();
    let mut call = instance.start(operation, input.to_string().as_bytes());
    let (mut answers, mut waves) = (Vec::new(), Vec::new());
    loop {
        match call.resume(std::mem::take(&mut answers)) {
            Step::NeedHttp(requests) => {
                let body = answer(waves.len());
                waves.push(requests.len());
                answers = requests.iter().map(|_| json_answer(200, &body)).collect();
            }
            Step::Done(_) => return waves,
            Step::Failed(error) => panic!("{error}"),
        }
    }
}
