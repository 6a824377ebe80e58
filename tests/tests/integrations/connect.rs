//! `GET /api/integrations/{slug}/connect` and the page that its link opens.

use mortise::ports::Clock as _;
use mortise_tests::{ADA, Consent, GOOGLE, OUTLOOK, TestHub};
use serde_json::json;

use crate::support::{EVENTS, READONLY, assert_refused, exchanges, parameter, unknown_provider};

const CONNECT: &str = "/api/integrations/google-calendar/connect";

async fn hub_for_an_application() -> TestHub {
    TestHub::options()
        .set("oauth.return_to", "https://app.example.com/settings,http://localhost:3000/")
        .set("oauth.opener_origins", "https://app.example.com")
        .start()
        .await
}

#[tokio::test]
async fn it_gives_a_link_to_the_hub_that_works_ten_minutes() {
    let hub = TestHub::start().await;
    let answer = hub.as_user("ada").get(CONNECT).await.expect(200);
    let url = answer.body["url"].as_str().unwrap();
    let attempt = url.strip_prefix(&format!("{}{CONNECT}/", hub.url)).unwrap();
    assert!(attempt.len() >= 43, "256 random bits");
    let expires_at: chrono::DateTime<chrono::Utc> =
        answer.body["expires_at"].as_str().unwrap().parse().unwrap();
    assert_eq!((expires_at - hub.clock.now()).num_seconds(), 600);
    let again = hub.as_user("ada").get(CONNECT).await;
    assert_ne!(again.body["url"], url);
}

#[tokio::test]
async fn the_link_binds_the_browser_and_leads_on_to_the_vendor_with_pkce() {
    let hub = TestHub::start().await;
    let link = hub.connect_link("ada", GOOGLE).await;
    let answer = hub.browser().open(&link).await.expect(303);
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("mortise-browser="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"), "{cookie}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");

    let vendor = answer.header("location");
    let asked = |name: &str| parameter(vendor, name);
    assert!(vendor.starts_with(&format!("{}/o/oauth2/v2/auth?", hub.sandbox.google().url())));
    assert_eq!(asked("response_type").unwrap(), "code");
    assert_eq!(asked("client_id").unwrap(), hub.sandbox.google().client_id());
    let callback = format!("{}/api/integrations/google-calendar/callback", hub.url);
    assert_eq!(asked("redirect_uri").unwrap(), callback);
    assert_eq!(asked("scope").unwrap(), format!("{EVENTS} {READONLY}"));
    assert_eq!(asked("code_challenge_method").unwrap(), "S256");
    assert_eq!(asked("code_challenge").unwrap().len(), 43);
    assert_eq!(asked("access_type").unwrap(), "offline");
    assert_eq!(asked("prompt").unwrap(), "consent");
    assert_eq!(asked("state").unwrap(), link.rsplit('/').next().unwrap());
    assert!(!vendor.contains(&hub.sandbox.google().client_secret()));
    assert_eq!(asked("code_verifier"), None);
}

#[tokio::test]
async fn a_session_connects_its_own_user() {
    let hub = TestHub::start().await;
    let session = hub.session_for("ada").await;
    let link = session.get(CONNECT).await.expect(200);
    let browser = hub.browser();
    let vendor = hub.lead_on(&browser, link.body["url"].as_str().unwrap()).await;
    browser.open(&hub.consent(GOOGLE, &vendor, &Consent::of(ADA))).await.expect(200);
    assert_eq!(hub.status("ada", GOOGLE).await["account"]["email"], ADA);
}

#[tokio::test]
async fn a_provider_that_is_not_enabled_cannot_be_connected() {
    let hub = TestHub::options().providers(&["google_calendar"]).start().await;
    for unknown in ["outlook", "hub_spot", "GOOGLE-CALENDAR", "nothing"] {
        let path = format!("/api/integrations/{unknown}/connect");
        let answer = hub.as_user("ada").get(&path).await;
        assert_eq!(answer.problem(), unknown_provider(unknown));
    }
}

#[tokio::test]
async fn a_name_with_underscores_in_a_path_is_answered_with_the_slug() {
    let hub = TestHub::start().await;
    let answer = hub.as_user("ada").get("/api/integrations/google_calendar/status").await;
    assert_eq!(answer.refusal(), (404, "unknown-provider"));
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains("in paths: write google-calendar."), "{detail}");
}

#[tokio::test]
async fn the_browser_may_be_sent_back_to_an_allowlisted_page_only() {
    let hub = hub_for_an_application().await;
    for bad in [
        "https://app.example.com/",
        "https://app.example.com/settingsx",
        "https://app.example.com/settings/../admin",
        "https://app.example.com/settings/%2e%2e/admin",
        "https://app.example.com/settings/..%2fadmin",
        "https://app.example.com/settings/%2e%2e%2Fadmin",
        "https://app.example.com/settings/..%5cadmin",
        "https://app.example.com.evil.test/settings",
        "https://evil.test/https://app.example.com/settings",
        "https://app.example.com@evil.test/settings",
        "https://user:pass@app.example.com/settings",
        "https://app.example.com:8443/settings",
        "http://app.example.com/settings",
        "http://localhost:3001/",
        "//app.example.com/settings",
        "/settings",
        "javascript:alert(1)//https://app.example.com/settings",
        "",
    ] {
        let query: String = url::form_urlencoded::byte_serialize(bad.as_bytes()).collect();
        let answer = hub.as_user("ada").get(&format!("{CONNECT}?return_to={query}")).await;
        assert_eq!(answer.refusal(), (422, "invalid"), "{bad}");
        assert_eq!(answer.fields(), ["return_to"], "{bad}");
    }
    assert_eq!(hub.rows.count("oauth_states").await, 0, "nothing was begun");
}

#[tokio::test]
async fn the_page_may_tell_an_allowlisted_opener_only() {
    let hub = hub_for_an_application().await;
    for bad in [
        "https://app.example.com/",
        "https://app.example.com:443",
        "https://APP.example.com",
        "https://app.example.com.evil.test",
        "http://app.example.com",
        "https://evil.test",
        "null",
        "*",
        "",
    ] {
        let query: String = url::form_urlencoded::byte_serialize(bad.as_bytes()).collect();
        let answer = hub.as_user("ada").get(&format!("{CONNECT}?opener_origin={query}")).await;
        assert_eq!(answer.refusal(), (422, "invalid"), "{bad}");
        assert_eq!(answer.fields(), ["opener_origin"], "{bad}");
    }
    assert_eq!(hub.rows.count("oauth_states").await, 0);
}

#[tokio::test]
async fn all_faults_are_told_at_once() {
    let hub = TestHub::start().await;
    let query = "?return_to=https://evil.test/&opener_origin=https://evil.test";
    let answer = hub.as_user("ada").get(&format!("{CONNECT}{query}")).await;
    insta::assert_json_snapshot!(answer.problem(), @r#"
    {
      "code": "invalid",
      "detail": "return_to: not among the addresses of oauth.return_to in the hub's configuration, or longer than 2048 bytes; opener_origin: not among oauth.opener_origins of the hub's configuration, nor among the session's origins.",
      "errors": [
        {
          "detail": "not among the addresses of oauth.return_to in the hub's configuration, or longer than 2048 bytes",
          "field": "return_to"
        },
        {
          "detail": "not among oauth.opener_origins of the hub's configuration, nor among the session's origins",
          "field": "opener_origin"
        }
      ],
      "request_id": "[request id]",
      "status": 422,
      "title": "The input is not valid",
      "type": "urn:problem-type:mortise:invalid"
    }
    "#);
    let answer = hub.as_user("ada").get(&format!("{CONNECT}?returnto=x")).await;
    assert_eq!(answer.refusal(), (422, "invalid"));
    assert!(answer.text.contains("returnto"), "it names the parameter: {}", answer.text);
}

#[tokio::test]
async fn after_the_consent_the_browser_goes_back_to_the_application() {
    let hub = hub_for_an_application().await;
    let back = "https://app.example.com/settings/calendars?tab=2#top";
    let query: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
    let link = hub.as_user("ada").get(&format!("{CONNECT}?return_to={query}")).await.expect(200);
    let browser = hub.browser();
    let vendor = hub.lead_on(&browser, link.body["url"].as_str().unwrap()).await;
    let answer = browser.open(&hub.consent(GOOGLE, &vendor, &Consent::of(ADA))).await.expect(303);
    assert_eq!(
        answer.header("location"),
        "https://app.example.com/settings/calendars?tab=2&mortise_provider=google-calendar\
         &mortise_status=connected#top"
    );
}

#[tokio::test]
async fn a_session_may_name_the_origin_of_its_own_page_as_opener() {
    let hub = TestHub::start().await;
    let origins = json!({"origins": ["https://widget.example.com"]});
    let session = hub.anonymous().bearer(&hub.session_token("ada", origins).await);
    let ask =
        async |origin: &str| session.get(&format!("{CONNECT}?opener_origin={origin}")).await.status;
    assert_eq!(ask("https://widget.example.com").await, 200);
    assert_eq!(ask("https://evil.test").await, 422);
}

#[tokio::test]
async fn the_opener_is_told_with_its_exact_origin() {
    let hub = hub_for_an_application().await;
    let path = format!("{CONNECT}?opener_origin=https://app.example.com");
    let link = hub.as_user("ada").get(&path).await.expect(200);
    let browser = hub.browser();
    let vendor = hub.lead_on(&browser, link.body["url"].as_str().unwrap()).await;
    let page = browser.open(&hub.consent(GOOGLE, &vendor, &Consent::of(ADA))).await.expect(200);
    assert!(page.text.contains("const opener_origin = \"https://app.example.com\";"));
    assert!(page.text.contains(r#""type":"connected""#), "{}", page.text);
    let policy = page.header("content-security-policy");
    let nonce = policy.split_once("script-src 'nonce-").unwrap().1.split_once('\'').unwrap().0;
    assert!(page.text.contains(&format!("<script nonce=\"{nonce}\">")));
    assert!(page.text.contains("connected as ada@example.com"), "{}", page.text);
    let (_, script) = page.text.split_once(&format!("<script nonce=\"{nonce}\">")).unwrap();
    let forgotten = script.find("history.replaceState(null, \"\", location.pathname);").unwrap();
    assert!(forgotten < script.find("postMessage").unwrap(), "the code leaves the address first");
}

#[tokio::test]
async fn an_address_that_looks_like_a_placeholder_is_only_an_address() {
    let hub = hub_for_an_application().await;
    let back = r#"https://app.example.com/settings?a={{text}}&b="\</script><script>alert(1)"#;
    let query: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
    let path = format!("{CONNECT}?return_to={query}&opener_origin=https://app.example.com");
    let link = hub.as_user("ada").get(&path).await.expect(200);
    let browser = hub.browser();
    let vendor = hub.lead_on(&browser, link.body["url"].as_str().unwrap()).await;
    let page = browser.open(&hub.consent(GOOGLE, &vendor, &Consent::of(ADA))).await.expect(200);
    let (_, next) = page.text.split_once("const next = ").unwrap();
    let next: String = serde_json::from_str(next.split_once(";\n").unwrap().0).unwrap();
    let sent_back = |name: &str| parameter(&next, name).unwrap();
    assert_eq!(sent_back("a"), "{{text}}");
    assert_eq!(sent_back("b"), r#""\</script><script>alert(1)"#);
    assert_eq!(sent_back("mortise_status"), "connected");
    assert_eq!(page.text.matches("<script").count(), 1, "{}", page.text);
    assert_eq!(page.text.matches("is connected as").count(), 1, "{}", page.text);
}

#[tokio::test]
async fn who_only_looks_at_the_link_or_the_callback_with_head_uses_nothing_up() {
    let hub = TestHub::start().await;
    let browser = hub.browser();
    let looks = async |url: &str| {
        let cookies = browser.cookies().into_iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let client = hub.anonymous().header("cookie", &cookies);
        let answer = client.send("HEAD", url.strip_prefix(&hub.url).unwrap(), None).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET"), "{url}");
        assert_eq!(answer.header("set-cookie"), "", "no browser is bound");
    };
    let link = hub.connect_link("ada", GOOGLE).await;
    looks(&link).await;
    let callback = hub.consent(GOOGLE, &hub.lead_on(&browser, &link).await, &Consent::of(ADA));
    let bound = hub.rows.all_text().await;
    looks(&link).await;
    looks(&callback).await;
    assert_eq!(hub.rows.all_text().await, bound, "the attempt is as it was");
    assert_eq!(exchanges(&hub), 0, "the code was not exchanged");
    browser.open(&callback).await.expect(200);
    assert_eq!(hub.anonymous().post_nothing(CONNECT).await.status, 405);
}

#[tokio::test]
async fn a_link_that_is_too_old_made_up_or_of_another_provider_opens_a_page_that_says_so() {
    let hub = TestHub::start().await;
    let browser = hub.browser();
    let made_up = format!("{}{CONNECT}/{}", hub.url, "x".repeat(43));
    assert_refused(&browser.open(&made_up).await, 400, "expired or was used already");

    let link = hub.connect_link("ada", GOOGLE).await;
    let other = link.replace(GOOGLE, OUTLOOK);
    assert_refused(&browser.open(&other).await, 400, "another provider");

    let link = hub.connect_link("ada", GOOGLE).await;
    hub.clock.advance(600);
    assert_refused(&browser.open(&link).await, 400, "expired or was used already");
}
