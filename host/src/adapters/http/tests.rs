use std::{
    io::{Read, Write},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, StatusCode, header::LOCATION},
    routing::{any, get},
};
use bytes::Bytes;
use url::Url;

use super::*;
use crate::ports::{Deadline, Egress, OutboundLimits, Owner, Repeat, Repeats, Service};

const LIMIT: usize = 8 * 1024 * 1024;

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Answers one connection with these bytes, as soon as a request came, and closes it.
fn answer_once(bytes: &'static [u8]) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 1024];
        while !request.windows(4).any(|window| window == b"\r\n\r\n") {
            let read = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..read]);
        }
        stream.write_all(bytes).unwrap();
    });
    address
}

fn request(address: SocketAddr, path: &str) -> OutboundRequest {
    OutboundRequest {
        method: "GET".into(),
        url: Url::parse(&format!("http://{address}{path}")).unwrap(),
        headers: Vec::new(),
        bearer: None,
        body: Vec::new(),
        egress: Egress { hosts: Vec::new(), origins: vec![format!("http://{address}")] },
        owner: Owner { provider: "vendor".into(), integration: None, service: Service::Api },
        limits: OutboundLimits { answer_bytes: LIMIT, ..OutboundLimits::default() },
        repeat: Repeat::ByMethod,
        repeats: Repeats::default(),
        deadline: Deadline::after(Duration::from_secs(60)),
    }
}

/// Limits of requests that are soon given up.
fn hasty() -> OutboundLimits {
    OutboundLimits { timeout: Duration::from_millis(80), ..OutboundLimits::default() }
}

fn http() -> ReqwestHttp {
    ReqwestHttp::new().unwrap()
}

#[tokio::test]
async fn an_answer_comes_back_whole_whatever_its_status() {
    let router = Router::new().route(
        "/teapot",
        any(|headers: HeaderMap, method: axum::http::Method, body: Bytes| async move {
            let told = format!(
                "{method} {} {} {}",
                headers["authorization"].to_str().unwrap(),
                headers["user-agent"].to_str().unwrap(),
                String::from_utf8_lossy(&body)
            );
            let headers =
                [("X-Request-Id", "7"), ("Set-Cookie", "a=b"), ("Keep-Alive", "timeout=5")];
            (StatusCode::IM_A_TEAPOT, headers, told)
        }),
    );
    let address = serve(router).await;
    let asked = OutboundRequest {
        method: "PATCH".into(),
        bearer: Some("tok".into()),
        body: b"{}".to_vec(),
        ..request(address, "/teapot?q=1")
    };
    let answer = http().send(asked).await.unwrap();
    assert_eq!(answer.status, 418);
    let agent = concat!("mortise/", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(answer.body).unwrap(), format!("PATCH Bearer tok {agent} {{}}"));
    let names: Vec<&str> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"x-request-id"), "{names:?}");
    assert!(!names.contains(&"set-cookie") && !names.contains(&"keep-alive"), "{names:?}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let elsewhere = get(|| async { (StatusCode::FOUND, [(LOCATION, "/secret")]) });
    let address =
        serve(Router::new().route("/", elsewhere).route("/secret", get(|| async { "no" }))).await;
    let answer = http().send(request(address, "/")).await.unwrap();
    assert_eq!(answer.status, 302);
    assert!(answer.headers.contains(&("location".into(), "/secret".into())));
    assert!(answer.body.is_empty());
}

#[tokio::test]
async fn a_vendor_that_does_not_answer_in_time_is_a_timeout() {
    let address = serve(Router::new().route("/", get(std::future::pending::<&str>))).await;
    let asked = OutboundRequest { limits: hasty(), ..request(address, "/") };
    assert_eq!(http().send(asked).await.unwrap_err(), OutboundError::Timeout);
}

#[tokio::test]
async fn a_body_that_never_ends_is_a_timeout() {
    let drip = || async {
        let first = futures::stream::once(async { Ok::<_, std::io::Error>(Bytes::from("{")) });
        Body::from_stream(futures::StreamExt::chain(first, futures::stream::pending()))
    };
    let address = serve(Router::new().route("/", get(drip))).await;
    let asked = OutboundRequest { limits: hasty(), ..request(address, "/") };
    assert_eq!(http().send(asked).await.unwrap_err(), OutboundError::Timeout);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_cut() {
    for bytes in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n",
        b"HTTP/1.1 200 O",
        b"",
        b"not http at all\r\n\r\n",
    ] {
        let error = http().send(request(answer_once(bytes), "/")).await.unwrap_err();
        assert_eq!(error, OutboundError::Cut, "{}", String::from_utf8_lossy(bytes));
    }
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_not_reached() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = http().send(request(address, "/")).await.unwrap_err();
    assert_eq!(error, OutboundError::Connect);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_announced_or_not() {
    let endless = || async {
        let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
        Body::from_stream(futures::stream::repeat_with(move || {
            Ok::<_, std::io::Error>(chunk.clone())
        }))
    };
    let router = Router::new()
        .route("/endless", get(endless))
        .route("/announced", get(|| async { vec![b'x'; LIMIT + 1] }))
        .route("/full", get(|| async { vec![b'x'; LIMIT] }));
    let address = serve(router).await;
    for path in ["/endless", "/announced"] {
        let error = http().send(request(address, path)).await.unwrap_err();
        assert_eq!(error, OutboundError::TooLarge, "{path}");
    }
    let full = http().send(request(address, "/full")).await.unwrap();
    assert_eq!(full.body.len(), LIMIT);
}

#[tokio::test]
async fn a_request_that_may_not_go_there_is_never_sent() {
    let address = serve(Router::new().fallback(|| async { "reached" })).await;
    let allowed = request(address, "/");
    let blocked = [
        OutboundRequest {
            egress: Egress { hosts: vec!["127.0.0.1".into()], origins: Vec::new() },
            ..allowed.clone()
        },
        OutboundRequest { url: Url::parse("https://evil.test/").unwrap(), ..allowed.clone() },
        OutboundRequest { method: "GE T".into(), ..allowed.clone() },
        OutboundRequest { headers: vec![("x".into(), "a\nb".into())], ..allowed.clone() },
    ];
    for request in blocked {
        assert_eq!(http().send(request).await.unwrap_err(), OutboundError::Blocked);
    }
    assert_eq!(http().send(allowed).await.unwrap().body, b"reached");
}

#[tokio::test]
async fn a_post_without_a_body_says_so() {
    let length = |headers: HeaderMap| async move { format!("{:?}", headers.get("content-length")) };
    let address = serve(Router::new().fallback(length)).await;
    for (method, told) in [("POST", "Some(\"0\")"), ("GET", "None"), ("DELETE", "None")] {
        let asked = OutboundRequest { method: method.into(), ..request(address, "/") };
        let answer = http().send(asked).await.unwrap();
        assert_eq!(String::from_utf8(answer.body).unwrap(), told, "{method}");
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_not_reached_over_https() {
    let address = serve(Router::new().fallback(|| async { "reached" })).await;
    let url = Url::parse(&format!("https://{address}/")).unwrap();
    let egress = Egress { hosts: vec!["127.0.0.1".into()], origins: Vec::new() };
    let asked = OutboundRequest { url, egress, ..request(address, "/") };
    assert_eq!(http().send(asked).await.unwrap_err(), OutboundError::Connect);
}

/// All that is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// One request that is answered, one that is cut, one that is not reached.
async fn send_secrets() {
    let echo = |body: Bytes| async move { ([("x-secret", "hunter2")], body) };
    let reached = serve(Router::new().fallback(echo)).await;
    let cut = answer_once(b"HTTP/1.1 200 OK\r\nX-A: hunter2\r\nContent-Length: 9\r\n\r\nhunter2");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [reached, cut, closed] {
        let asked = OutboundRequest {
            method: "POST".into(),
            headers: vec![("x-key".into(), "hunter2".into())],
            bearer: Some("hunter2".into()),
            body: b"token=hunter2".to_vec(),
            ..request(address, "/hunter2?token=hunter2")
        };
        let _ = http().send(asked).await;
    }
}

#[tokio::test]
async fn no_secret_of_a_request_is_logged_at_any_level() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    // Whether a line is wanted is asked once, where it first comes by, and that may be the thread
    // of another test, which wants none. After the first round all lines are known: ask again.
    send_secrets().await;
    tracing::callsite::rebuild_interest_cache();
    send_secrets().await;
    drop(guard);
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("outbound_request"), "{logged}");
    assert!(logged.contains("no answer from the vendor"), "{logged}");
    assert!(!logged.contains("hunter2"), "{logged}");
}
