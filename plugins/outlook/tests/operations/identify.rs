use mortise_plugin_api::{ErrorKind, json, testing::json_answer};

use crate::support::{host, lines, refusal};

#[test]
fn the_account_is_that_of_graphs_me_with_its_default_calendar() {
    let host = host();
    host.answer_json(
        200,
        json!({
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
            "id": "48d31887-5fad-4d73-a9f5-3c356e68a038",
            "displayName": "Zoë Ångström",
            "mail": "zoe@example.org",
            "userPrincipalName": "zoe.angstrom@example.org",
        }),
    );
    host.answer_json(200, json!({"id": "AAMk="}));
    let account = host.call("identify", json!(null)).unwrap();
    assert_eq!(
        account,
        json!({
            "id": "48d31887-5fad-4d73-a9f5-3c356e68a038",
            "name": "Zoë Ångström",
            "email": "zoe@example.org",
            "calendar_id": "AAMk=",
        })
    );
    let me = "GET /me?$select=id,displayName,mail,userPrincipalName";
    assert_eq!(lines(&host), [me, "GET /me/calendar?$select=id"]);
}

#[test]
fn an_account_without_calendar_is_an_account() {
    let host = host();
    let mut html = json_answer(200, &json!(null));
    html.body = b"<html>".to_vec();
    for calendar in [
        json_answer(403, &refusal("ErrorAccessDenied")),
        json_answer(404, &refusal("MailboxNotEnabledForRESTAPI")),
        json_answer(503, &json!({})),
        json_answer(200, &json!({})),
        html,
    ] {
        host.answer_json(200, json!({"id": "1", "mail": "zoe@example.org"}));
        host.answer(calendar);
        let account = host.call("identify", json!(null)).unwrap();
        assert_eq!(account, json!({"id": "1", "email": "zoe@example.org"}));
    }
}

#[test]
fn without_a_mailbox_the_sign_in_name_stands_for_the_address_if_it_is_one() {
    let host = host();
    for (name, account) in [
        ("zoe@example.org", json!({"id": "1", "email": "zoe@example.org"})),
        ("zoe_example.org#EXT#@host.example", json!({"id": "1"})),
    ] {
        host.answer_json(200, json!({"id": "1", "mail": null, "userPrincipalName": name}));
        host.answer_json(404, refusal("MailboxNotEnabledForRESTAPI"));
        assert_eq!(host.call("identify", json!(null)).unwrap(), account);
    }
}

#[test]
fn an_answer_without_an_account_is_none() {
    let host = host();
    for nonsense in [json!({}), json!([]), json!({"access_token": "s3cret"})] {
        host.answer_json(200, nonsense);
        host.answer_json(200, json!({"id": "AAMk="}));
        let error = host.call("identify", json!(null)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer);
        assert!(!error.message.contains("s3cret"), "{}", error.message);
    }
}
