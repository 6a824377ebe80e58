//! A token endpoint that answers the code with anything but a token.

use std::time::Duration;

use mortise_tests::{ADA, Consent, Fault, FaultKind, GOOGLE, TestHub};

use crate::support::assert_refused;

const NOT_A_TOKEN: &str = "answered with something else than a token";

/// Ada is connected and connects again; the exchange fails. She stays connected as she was.
async fn fails_and_leaves_all_as_it_was(fault: Fault, why: &str) {
    let hub = TestHub::options().set("outbound.timeout_seconds", "1").start().await;
    hub.connect("ada", GOOGLE, &Consent::of(ADA)).await;
    let kept = hub.rows.kept().await;

    for user in ["ada", "newcomer"] {
        hub.sandbox.google().set_fault(fault.clone().times(1));
        let browser = hub.browser();
        let callback = hub.up_to_callback(&browser, user, GOOGLE, &Consent::of(ADA)).await;
        let page = browser.open(&callback).await;
        assert_refused(&page, 502, why);
        assert!(page.text.contains("Nothing was kept"), "{}", page.text);
        assert_eq!(hub.rows.kept().await, kept);
    }
    assert_eq!(hub.status("ada", GOOGLE).await["status"], "active");
    assert_eq!(hub.status("newcomer", GOOGLE).await["status"], "not_connected");

    hub.connect("newcomer", GOOGLE, &Consent::of(ADA)).await;
    assert_eq!(hub.status("newcomer", GOOGLE).await["status"], "active");
}

macro_rules! each {
    ($($name:ident: $kind:ident => $why:expr;)*) => {
        $(#[tokio::test]
        async fn $name() {
            fails_and_leaves_all_as_it_was(Fault::on("/token", FaultKind::$kind), $why).await;
        })*
    };
}

each! {
    an_empty_answer_connects_nobody: Empty => NOT_A_TOKEN;
    a_web_page_connects_nobody: Html => NOT_A_TOKEN;
    broken_json_connects_nobody: BadJson => NOT_A_TOKEN;
    an_answer_without_access_token_connects_nobody: TokenWithoutAccessToken => NOT_A_TOKEN;
    an_enormous_answer_connects_nobody: HugeBody => "the vendor";
    an_answer_cut_in_the_middle_connects_nobody: Cut => "the vendor";
    a_connection_that_closes_connects_nobody: DoThenCut => "the vendor";
    a_server_error_connects_nobody: InternalError => "is failing (status 500)";
    a_vendor_that_is_down_connects_nobody: Unavailable => "is failing (status 503)";
    a_rate_limit_connects_nobody: TooManyRequests => "is failing (status 429)";
    an_error_inside_a_200_connects_nobody: OkWithError => "refused the grant (invalid_grant)";
    a_refused_code_connects_nobody: InvalidGrant => "refused the grant (invalid_grant)";
}

#[tokio::test]
async fn an_answer_that_comes_too_late_connects_nobody() {
    let slow = Fault::on("/token", FaultKind::Slow).delay(Duration::from_secs(3));
    fails_and_leaves_all_as_it_was(slow, "the vendor").await;
}

#[tokio::test]
async fn a_wrong_client_secret_is_told_without_showing_it() {
    let wrong = "not-the-secret-at-all";
    let hub =
        TestHub::options().set("providers.google_calendar.client_secret", wrong).start().await;
    let browser = hub.browser();
    let callback = hub.up_to_callback(&browser, "ada", GOOGLE, &Consent::of(ADA)).await;
    let page = browser.open(&callback).await;
    assert_refused(&page, 502, "refused the request (invalid_client)");
    assert!(!page.text.contains(wrong));
    assert_eq!(hub.rows.count("integrations").await, 0);
}
