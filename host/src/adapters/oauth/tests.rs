use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::{domain::ids::ProviderId, ports::OutboundLimits};

/// Gives the scripted answers one after another, and keeps the requests.
struct Script {
    answers: Mutex<VecDeque<Result<OutboundResponse, OutboundError>>>,
    requests: Mutex<Vec<OutboundRequest>>,
}

#[async_trait]
impl OutboundHttp for Script {
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        self.requests.lock().unwrap().push(request);
        self.answers.lock().unwrap().pop_front().unwrap()
    }
}

fn scripted(answer: Result<OutboundResponse, OutboundError>) -> (OAuth2Client, Arc<Script>) {
    let script = Arc::new(Script {
        answers: Mutex::new(VecDeque::from([answer])),
        requests: Mutex::default(),
    });
    (OAuth2Client::new(script.clone()), script)
}

fn answer(status: u16, body: &str) -> OutboundResponse {
    OutboundResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

fn endpoints() -> OAuthEndpoints {
    let url = |text: &str| Url::parse(text).unwrap();
    OAuthEndpoints {
        provider: ProviderId::new("vendor").unwrap(),
        limits: OutboundLimits { timeout: Duration::from_secs(7), ..OutboundLimits::default() },
        authorize_url: url("https://accounts.vendor.test/auth?tenant=a"),
        token_url: url("https://api.vendor.test/token"),
        revoke_url: Some(url("https://revoke.vendor.test/revoke")),
        client_id: "id:1".into(),
        client_secret: "s&cret/ü".into(),
        client_auth: ClientAuth::Body,
        revoke_style: RevokeStyle::TokenOnly,
        scope_separator: " ".into(),
        extra_authorize_params: BTreeMap::from([("access_type".into(), "offline".into())]),
        account_fields: ["hub_id", "region", "refresh_token"].map(str::to_owned).into(),
    }
}

async fn refreshed(status: u16, body: &str) -> Result<Grant, GrantError> {
    let (client, _) = scripted(Ok(answer(status, body)));
    client.refresh(&endpoints(), &"1//refresh".into()).await
}

fn pairs(bytes: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(bytes).into_owned().collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(name, value)| (name.into(), value.into())).collect()
}

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[test]
fn an_authorize_url_carries_the_challenge_and_not_the_verifier() {
    let (client, _) = scripted(Err(OutboundError::Connect));
    let scopes = ["a.read".to_owned(), "b.write".to_owned()];
    let url = client.authorize_url(
        &endpoints(),
        &AuthorizeRequest {
            state: "st",
            redirect_uri: "https://hub.test/callback",
            scopes: &scopes,
            verifier: Some(&VERIFIER.into()),
        },
    );
    let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    let expected = BTreeMap::from_iter(owned(&[
        ("tenant", "a"),
        ("response_type", "code"),
        ("client_id", "id:1"),
        ("state", "st"),
        ("redirect_uri", "https://hub.test/callback"),
        ("scope", "a.read b.write"),
        // RFC 7636, appendix B
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("access_type", "offline"),
    ]));
    assert_eq!(query, expected);
    assert_eq!(url.query_pairs().count(), expected.len(), "no parameter comes twice");
    assert_eq!(url.host_str(), Some("accounts.vendor.test"));
}

#[test]
fn scopes_are_separated_as_the_vendor_wants_them_and_left_out_where_there_are_none() {
    let (client, _) = scripted(Err(OutboundError::Connect));
    let at = OAuthEndpoints { scope_separator: ",".into(), ..endpoints() };
    let scopes = ["a".to_owned(), "b".to_owned()];
    let ask = |scopes| AuthorizeRequest {
        state: "st",
        redirect_uri: "https://hub.test/callback",
        scopes,
        verifier: None,
    };
    let query = |url: Url| -> BTreeMap<_, _> { url.query_pairs().into_owned().collect() };
    assert_eq!(query(client.authorize_url(&at, &ask(&scopes)))["scope"], "a,b");
    let bare = query(client.authorize_url(&at, &ask(&[])));
    assert!(!bare.contains_key("scope") && !bare.contains_key("code_challenge"));
}

#[tokio::test]
async fn a_code_is_exchanged_with_verifier_and_client_in_the_body() {
    let (client, script) = scripted(Ok(answer(200, r#"{"access_token":"t"}"#)));
    let code = CodeExchange {
        code: &"4/code+x".into(),
        redirect_uri: "https://hub.test/callback",
        verifier: Some(&VERIFIER.into()),
    };
    client.exchange(&endpoints(), &code).await.unwrap();
    let sent = script.requests.lock().unwrap().remove(0);
    assert_eq!(
        (sent.method.as_str(), sent.url.as_str()),
        ("POST", "https://api.vendor.test/token")
    );
    assert_eq!(
        pairs(&sent.body),
        owned(&[
            ("grant_type", "authorization_code"),
            ("code", "4/code+x"),
            ("redirect_uri", "https://hub.test/callback"),
            ("code_verifier", VERIFIER),
            ("client_id", "id:1"),
            ("client_secret", "s&cret/ü"),
        ])
    );
    let hosts = vec!["api.vendor.test".to_owned()];
    assert_eq!(sent.egress, Egress { hosts, origins: Vec::new() });
    assert_eq!(sent.limits.timeout, Duration::from_secs(7));
    assert_eq!((&*sent.owner.provider, sent.repeat), ("vendor", Repeat::Never));
    assert!(sent.bearer.is_none());
    assert!(!sent.headers.iter().any(|(name, _)| name == "authorization"));
}

#[tokio::test]
async fn basic_authentication_form_encodes_id_and_secret_first() {
    let (client, script) = scripted(Ok(answer(200, r#"{"access_token":"t"}"#)));
    let at = OAuthEndpoints { client_auth: ClientAuth::Basic, ..endpoints() };
    client.refresh(&at, &"1//refresh".into()).await.unwrap();
    let sent = script.requests.lock().unwrap().remove(0);
    let value = &sent.headers.iter().find(|(name, _)| name == "authorization").unwrap().1;
    let pair = STANDARD.decode(value.strip_prefix("Basic ").unwrap()).unwrap();
    assert_eq!(String::from_utf8(pair).unwrap(), "id%3A1:s%26cret%2F%C3%BC");
    assert_eq!(
        pairs(&sent.body),
        owned(&[("grant_type", "refresh_token"), ("refresh_token", "1//refresh")])
    );
}

#[rstest]
#[case(ClientAuth::Basic)]
#[case(ClientAuth::Body)]
#[tokio::test]
async fn a_client_without_a_secret_names_itself_in_the_body(#[case] client_auth: ClientAuth) {
    let (client, script) = scripted(Ok(answer(200, r#"{"access_token":"t"}"#)));
    let at = OAuthEndpoints { client_auth, client_secret: "".into(), ..endpoints() };
    client.refresh(&at, &"r".into()).await.unwrap();
    let sent = script.requests.lock().unwrap().remove(0);
    assert_eq!(pairs(&sent.body).last(), Some(&("client_id".to_owned(), "id:1".to_owned())));
    assert!(!sent.headers.iter().any(|(name, _)| name == "authorization"));
}

#[tokio::test]
async fn a_loopback_endpoint_is_reached_at_its_exact_origin() {
    let (client, script) = scripted(Ok(answer(200, r#"{"access_token":"t"}"#)));
    let token_url = Url::parse("http://127.0.0.1:9000/google/token").unwrap();
    client.refresh(&OAuthEndpoints { token_url, ..endpoints() }, &"r".into()).await.unwrap();
    let sent = script.requests.lock().unwrap().remove(0);
    assert_eq!(sent.egress.origins, ["http://127.0.0.1:9000"]);
}

#[tokio::test]
async fn a_whole_grant_is_read() {
    let body = r#"{"access_token":"ya29","refresh_token":"1//new","expires_in":3599,
        "scope":"a b","token_type":"bearer","id_token":"x"}"#;
    let grant = refreshed(200, body).await.unwrap();
    assert_eq!(grant.access_token.expose_secret(), "ya29");
    assert_eq!(grant.refresh_token.unwrap().expose_secret(), "1//new");
    assert_eq!(grant.expires_in, Some(3599));
    assert_eq!(grant.scopes, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(grant.token_type, "Bearer");
}

#[tokio::test]
async fn a_bare_grant_tells_nothing_further() {
    for body in [
        r#"{"access_token":"t"}"#,
        r#"{"access_token":"t","refresh_token":"","expires_in":null,"scope":"","token_type":null}"#,
        r#"{"access_token":"t","refresh_token":7,"expires_in":-1,"scope":7,"token_type":{}}"#,
        r#"{"access_token":"t","expires_in":"soon","scopes":[],"token_type":"not a word"}"#,
    ] {
        let grant = refreshed(200, body).await.unwrap();
        assert!(grant.refresh_token.is_none(), "{body}");
        assert_eq!((grant.expires_in, grant.scopes), (None, None), "{body}");
        assert_eq!(grant.token_type, "Bearer", "{body}");
    }
}

#[rstest]
#[case(r#""a,b""#)]
#[case(r#""a, b  a""#)]
#[case(r#"["a","b","",7]"#)]
#[tokio::test]
async fn scopes_are_read_in_any_writing(#[case] scopes: &str) {
    for name in ["scope", "scopes"] {
        let body = format!(r#"{{"access_token":"t","{name}":{scopes}}}"#);
        let grant = refreshed(200, &body).await.unwrap();
        assert_eq!(grant.scopes.unwrap(), ["a", "b"], "{body}");
    }
}

#[rstest]
#[case("3600", 3600)]
#[case("\"3600\"", 3600)]
#[case("3599.9", 3599)]
#[case("0", 0)]
#[case("99999999999999999999999", 315_360_000)]
#[case("1e300", 315_360_000)]
#[tokio::test]
async fn a_lifetime_is_read_in_any_writing_and_bounded(#[case] told: &str, #[case] seconds: u64) {
    let body = format!(r#"{{"access_token":"t","expires_in":{told}}}"#);
    assert_eq!(refreshed(200, &body).await.unwrap().expires_in, Some(seconds));
}

#[tokio::test]
async fn an_odd_token_type_is_kept_where_it_is_a_word() {
    let grant = refreshed(200, r#"{"access_token":"t","token_type":"bot"}"#).await.unwrap();
    assert_eq!(grant.token_type, "bot");
}

#[rstest]
#[case::told(r#""hub_id":901,"region":"eu1","plan":"free""#, json!({"hub_id": 901, "region": "eu1"}))]
#[case::nothing(r#""plan":"free""#, json!({}))]
#[case::no_plain_value(r#""hub_id":{"a":1},"region":["x"]"#, json!({}))]
#[case::never_a_token(r#""refresh_token":"r","hub_id":null"#, json!({}))]
#[tokio::test]
async fn fields_that_tell_whose_account_it_is_are_kept(
    #[case] fields: &str,
    #[case] account: serde_json::Value,
) {
    let grant = refreshed(200, &format!(r#"{{"access_token":"t",{fields}}}"#)).await.unwrap();
    assert_eq!(serde_json::Value::Object(grant.account), account);
}

#[tokio::test]
async fn a_field_as_long_as_a_book_is_left_out() {
    let region = "x".repeat(256);
    let body = format!(r#"{{"access_token":"t","hub_id":1,"region":"{region}"}}"#);
    assert_eq!(refreshed(200, &body).await.unwrap().account.len(), 1);
}

#[rstest]
#[case::empty(200, "")]
#[case::blank(200, "  \n")]
#[case::html(200, "<html><body>access_token</body></html>")]
#[case::cut_off(200, r#"{"access_token":"t","expires_in":36"#)]
#[case::no_token(200, r#"{"expires_in":3600,"status":"ok"}"#)]
#[case::an_empty_token(200, r#"{"access_token":""}"#)]
#[case::a_token_with_a_line_break(200, r#"{"access_token":"a\r\nx: y"}"#)]
#[case::a_token_that_is_a_number(200, r#"{"access_token":7}"#)]
#[case::a_list(200, r#"["access_token"]"#)]
#[case::null(200, "null")]
#[case::a_number_without_end(200, r#"{"access_token":"t","expires_in":1e999}"#)]
#[case::no_utf8(200, "{\"access_token\":\"\u{fffd}\"}")]
#[case::no_content(204, "")]
#[case::a_redirect(302, r#"{"access_token":"t"}"#)]
#[tokio::test]
async fn what_is_neither_grant_nor_error_is_a_bad_answer(#[case] status: u16, #[case] body: &str) {
    assert_eq!(refreshed(status, body).await.unwrap_err(), GrantError::BadAnswer);
}

#[rstest]
#[case::standard(400, r#"{"error":"invalid_grant","error_description":"d"}"#, "invalid_grant")]
#[case::in_a_200(200, r#"{"error":"invalid_grant"}"#, "invalid_grant")]
#[case::unauthorized(401, r#"{"error":"invalid_grant"}"#, "invalid_grant")]
#[case::microsoft(
    400,
    r#"{"error":"interaction_required","error_codes":[50076]}"#,
    "interaction_required"
)]
#[case::consent(400, r#"{"error":"consent_required"}"#, "consent_required")]
#[case::hubspot_status(
    400,
    r#"{"status":"BAD_REFRESH_TOKEN","message":"missing or invalid"}"#,
    "BAD_REFRESH_TOKEN"
)]
#[case::hubspot_category(
    400,
    r#"{"status":"error","message":"m","category":"BAD_REFRESH_TOKEN"}"#,
    "BAD_REFRESH_TOKEN"
)]
#[case::by_its_sentence_alone(
    400,
    r#"{"status":"error","message":"missing or invalid refresh token","category":"VALIDATION_ERROR"}"#,
    "invalid_grant"
)]
#[case::hubspot_code(400, r#"{"status":"BAD_AUTH_CODE","message":"m"}"#, "BAD_AUTH_CODE")]
#[tokio::test]
async fn a_dead_grant_is_known_as_such(
    #[case] status: u16,
    #[case] body: &str,
    #[case] code: &str,
) {
    let expected = GrantError::InvalidGrant { code: code.into() };
    assert_eq!(refreshed(status, body).await.unwrap_err(), expected);
}

#[rstest]
#[case::standard(401, r#"{"error":"invalid_client"}"#, "invalid_client")]
#[case::whatever_its_sentence_says(
    401,
    r#"{"error":"invalid_client","error_description":"refresh token of an invalid client"}"#,
    "invalid_client"
)]
#[case::in_a_200(200, r#"{"ok":false,"error":"bad_client_secret"}"#, "bad_client_secret")]
#[case::hubspot(400, r#"{"status":"error","category":"VALIDATION_ERROR"}"#, "VALIDATION_ERROR")]
#[case::hubspot_client(400, r#"{"status":"BAD_CLIENT_SECRET","message":"m"}"#, "BAD_CLIENT_SECRET")]
#[case::google_api(
    403,
    r#"{"error":{"code":403,"status":"PERMISSION_DENIED"}}"#,
    "PERMISSION_DENIED"
)]
#[case::a_sentence(400, r#"{"error":"token 1//refresh is bad"}"#, "400")]
#[case::an_overlong_code(400, r#"{"error":"a123456789a123456789a123456789a123456789a"}"#, "400")]
#[case::html(404, "<html>not here</html>", "404")]
#[case::empty(403, "", "403")]
#[tokio::test]
async fn another_refusal_tells_its_code_or_else_its_status(
    #[case] status: u16,
    #[case] body: &str,
    #[case] code: &str,
) {
    let expected = GrantError::Refused { code: code.into() };
    assert_eq!(refreshed(status, body).await.unwrap_err(), expected);
}

#[rstest]
#[case::limited(429, r#"{"error":"invalid_grant"}"#)]
#[case::down(500, "")]
#[case::unavailable(503, "<html>")]
#[case::invalid_grant_from_a_broken_server(502, r#"{"error":"invalid_grant"}"#)]
#[case::request_timeout(408, "")]
#[case::a_passing_code(400, r#"{"error":"temporarily_unavailable"}"#)]
#[case::a_passing_code_in_a_200(200, r#"{"error":"slow_down"}"#)]
#[tokio::test]
async fn a_failing_vendor_says_nothing_of_the_grant(#[case] status: u16, #[case] body: &str) {
    let error = refreshed(status, body).await.unwrap_err();
    assert_eq!(error, GrantError::Failing { status });
    assert!(error.is_temporary());
}

#[rstest]
#[case(OutboundError::Cut)]
#[case(OutboundError::Timeout)]
#[case(OutboundError::TooLarge)]
#[tokio::test]
async fn without_an_answer_the_reason_is_passed_on(#[case] reason: OutboundError) {
    let (client, _) = scripted(Err(reason));
    let error = client.refresh(&endpoints(), &"r".into()).await.unwrap_err();
    assert_eq!(error, GrantError::Unreachable(reason));
}

#[tokio::test]
async fn nothing_of_an_answer_is_in_an_error() {
    for status in [200, 302, 400, 401, 429, 500] {
        for body in [
            "hunter2",
            r#"{"error":"hunter2 is wrong"}"#,
            r#"{"access_token":"hunter2\n","refresh_token":"hunter2"}"#,
            r#"{"error_description":"hunter2","message":"hunter2"}"#,
        ] {
            let error = refreshed(status, body).await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{status} {body}");
        }
    }
}

async fn revoked(at: &OAuthEndpoints, status: u16, body: &str) -> Result<(), GrantError> {
    let (client, _) = scripted(Ok(answer(status, body)));
    client.revoke(at, &"1//refresh".into()).await
}

#[tokio::test]
async fn a_token_is_revoked_alone_or_with_the_client_as_the_vendor_wants() {
    let (client, script) = scripted(Ok(answer(200, "")));
    client.revoke(&endpoints(), &"1//refresh".into()).await.unwrap();
    let sent = script.requests.lock().unwrap().remove(0);
    assert_eq!(sent.url.as_str(), "https://revoke.vendor.test/revoke");
    assert_eq!(sent.egress.hosts, ["revoke.vendor.test"]);
    assert_eq!(pairs(&sent.body), owned(&[("token", "1//refresh")]));

    let (client, script) = scripted(Ok(answer(200, "")));
    let at = OAuthEndpoints { revoke_style: RevokeStyle::WithClient, ..endpoints() };
    client.revoke(&at, &"1//refresh".into()).await.unwrap();
    assert_eq!(
        pairs(&script.requests.lock().unwrap()[0].body),
        owned(&[
            ("token", "1//refresh"),
            ("token_type_hint", "refresh_token"),
            ("client_id", "id:1"),
            ("client_secret", "s&cret/ü"),
        ])
    );
}

#[tokio::test]
async fn revoking_alone_shows_no_client_even_where_it_is_shown_by_header() {
    let (client, script) = scripted(Ok(answer(200, "")));
    let at = OAuthEndpoints { client_auth: ClientAuth::Basic, ..endpoints() };
    client.revoke(&at, &"r".into()).await.unwrap();
    let sent = script.requests.lock().unwrap().remove(0);
    assert!(!sent.headers.iter().any(|(name, _)| name == "authorization"));
}

#[tokio::test]
async fn a_revocation_is_done_where_the_vendor_does_not_know_the_token_any_more() {
    let at = endpoints();
    assert_eq!(revoked(&at, 204, "").await, Ok(()));
    assert_eq!(revoked(&at, 400, r#"{"error":"invalid_token"}"#).await, Ok(()));
    assert_eq!(revoked(&at, 400, r#"{"status":"BAD_REFRESH_TOKEN"}"#).await, Ok(()));
    let refused = GrantError::Refused { code: "invalid_client".into() };
    assert_eq!(revoked(&at, 401, r#"{"error":"invalid_client"}"#).await, Err(refused));
    let failing = GrantError::Failing { status: 503 };
    assert_eq!(revoked(&at, 503, r#"{"error":"invalid_token"}"#).await, Err(failing));
    assert_eq!(revoked(&at, 302, "").await, Err(GrantError::BadAnswer));
}

#[tokio::test]
async fn without_a_revocation_endpoint_nothing_is_sent() {
    let (client, script) = scripted(Err(OutboundError::Connect));
    let at = OAuthEndpoints { revoke_url: None, ..endpoints() };
    assert_eq!(client.revoke(&at, &"r".into()).await, Ok(()));
    assert!(script.requests.lock().unwrap().is_empty());
}
