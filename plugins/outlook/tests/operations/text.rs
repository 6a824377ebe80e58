//! Descriptions: plain text here, and perhaps HTML or an online meeting's part at Outlook.

use mortise_plugin_api::{Value, json};

use crate::support::{
    body, changed, create, draft, fixture, header, host, line, only_request, patched, read, update,
};

fn text(content: &str) -> Value {
    json!({"body": {"contentType": "text", "content": content}})
}

#[test]
fn line_ends_of_exchange_come_back_as_they_were_written() {
    let event = read(changed("simple_event", text("one\r\n\r\ntwo\r\n")));
    assert_eq!(event["description"], "one\n\ntwo\n");
}

#[test]
fn html_of_others_stays_while_its_text_does() {
    let current = changed("simple_event", text("Agenda\r\n1. Numbers"));
    let same = draft(json!({"description": "Agenda\n1. Numbers"}));
    assert_eq!(patched(current.clone(), same).get("body"), None);
    let other = draft(json!({"description": "Agenda\n1. Figures"}));
    let plain = json!({"contentType": "text", "content": "Agenda\n1. Figures"});
    assert_eq!(patched(current, other)["body"], plain);
}

#[test]
fn an_answer_in_html_is_read_again_as_text() {
    let html = json!({"body": {"contentType": "html", "content": "<html>..."}});
    let host = host();
    host.answer_json(201, changed("simple_event", html.clone()));
    host.answer_json(200, changed("simple_event", text("a < b")));
    let event = draft(json!({"description": "a < b"}));
    let event = host.call("calendar.create_event", create(event)).unwrap();
    assert_eq!(event["description"], "a < b");
    let requests = host.requests();
    assert_eq!(line(&requests[1]), "GET /me/calendar/events/simple");

    // The write is done, whatever becomes of that.
    host.answer_json(201, changed("simple_event", html));
    host.answer_json(503, json!({}));
    let event = host.call("calendar.create_event", create(draft(json!({})))).unwrap();
    assert_eq!(event["description"], "<html>...");
}

fn blob() -> String {
    let line = "_".repeat(80);
    format!("{line}\r\nMicrosoft Teams meeting\r\nJoin: https://teams.example\r\n{line}\r\n")
}

fn online(description: &str) -> Value {
    let content = format!("{description}\r\n\r\n{}", blob());
    let mut event = changed("simple_event", text(&content));
    event["isOnlineMeeting"] = json!(true);
    event["onlineMeeting"] = json!({"joinUrl": "https://teams.example"});
    event
}

#[test]
fn the_way_into_a_meeting_is_no_part_of_the_description() {
    assert_eq!(read(online("Bring the card"))["description"], "Bring the card");
    assert_eq!(read(online("")).get("description"), None);
}

#[test]
fn an_unchanged_description_leaves_the_meetings_text_alone() {
    let same = draft(json!({"description": "Bring the card"}));
    assert_eq!(patched(online("Bring the card"), same).get("body"), None);
}

#[test]
fn a_new_description_keeps_the_way_into_the_meeting() {
    let line_of_html = "_".repeat(80);
    let part = format!(
        "<div><span>{line_of_html}</span></div><div><a href=\"https://teams.example\">Join</a>\
         </div><div><span>{line_of_html}</span></div></body></html>"
    );
    let html = format!("<html><head></head><body><div>Bring the card</div>{part}");
    let host = host();
    host.answer_json(200, online("Bring the card"));
    host.answer_json(
        200,
        json!({"id": "simple", "body": {"contentType": "html", "content": html}}),
    );
    host.answer_json(200, online("Bring <both>"));
    let event = draft(json!({"description": "Bring <both>"}));
    let event = host.call("calendar.update_event", update(event)).unwrap();
    assert_eq!(event["description"], "Bring <both>");

    let requests = host.requests();
    assert_eq!(line(&requests[1]), "GET /me/calendar/events/AAMk%3D?$select=body");
    assert!(header(&requests[1], "prefer").unwrap().contains("body-content-type=\"html\""));
    let sent = &body(&requests[2])["body"];
    assert_eq!(sent["contentType"], "html");
    let content = sent["content"].as_str().unwrap();
    assert!(content.contains("Bring &lt;both&gt;"), "{content}");
    assert!(content.ends_with(&part), "{content}");
    assert!(!content.contains("Bring the card"), "{content}");
}

#[test]
fn a_meeting_without_such_a_part_has_its_text_replaced() {
    let host = host();
    let mut current = online("x");
    current["body"]["content"] = json!("Bring the card");
    host.answer_json(200, current);
    host.answer_json(200, json!({"body": {"contentType": "html", "content": "<p>Bring</p>"}}));
    host.answer_json(200, fixture("simple_event"));
    host.call("calendar.update_event", update(draft(json!({})))).unwrap();
    let plain = json!({"contentType": "text", "content": ""});
    assert_eq!(body(&host.requests()[2])["body"], plain);
}

#[test]
fn a_hundred_kilobytes_of_emoji_go_through() {
    let long = "🦷 Zähne & <br>\n".repeat(6000);
    let host = host();
    host.answer_json(201, changed("simple_event", text(&long.replace('\n', "\r\n"))));
    let event = draft(json!({"description": long}));
    let event = host.call("calendar.create_event", create(event)).unwrap();
    assert!(long.len() > 100_000);
    assert_eq!(event["description"], *long);
    assert_eq!(body(&only_request(&host))["body"]["content"], *long);
}

/// What is sent for a description, where Graph has this HTML, without the lines that part it.
fn sent_around(html: &str, description: Value) -> Value {
    let host = host();
    let mut current = online("x");
    current["body"]["content"] = json!("old\r\nMicrosoft Teams Join");
    current["onlineMeeting"]["joinUrl"] = json!("https://teams.example/?a=1&b=2");
    host.answer_json(200, current);
    host.answer_json(200, json!({"body": {"contentType": "html", "content": html}}));
    host.answer_json(200, fixture("simple_event"));
    host.call("calendar.update_event", update(draft(json!({"description": description})))).unwrap();
    body(&host.requests()[2])
}

#[test]
fn a_meetings_link_that_cannot_be_parted_from_the_text_is_kept() {
    for link in [
        "https://teams.example/?a=1&b=2",
        "https://teams.example/?a=1&amp;b=2",
        "https://safe.example/?url=https%3A%2F%2Fteams.example%2F%3Fa%3D1%26b%3D2&amp;data=5",
    ] {
        let kept = format!("<div>old</div><hr><a href=\"{link}\">Join</a></body></html>");
        let html = format!("<html><head></head><body dir=\"ltr\">{kept}");
        let sent = &sent_around(&html, json!("new < this"))["body"];
        assert_eq!(sent["contentType"], "html");
        let new = "<div style=\"white-space:pre-wrap\">new &lt; this</div>";
        let expected = format!("<html><head></head><body dir=\"ltr\">{new}{kept}");
        assert_eq!(sent["content"], expected);

        // Written again, it does not grow.
        assert_eq!(sent_around(&expected, json!("new < this")).get("body"), None);
        assert_eq!(sent_around(&html, Value::Null).get("body"), None);
        assert_ne!(sent_around(&expected, json!("new")).get("body"), None);
    }
    let bare = sent_around("<a href=\"https://teams.example/?a=1&b=2\">Join</a>", json!("new"));
    let content = bare["body"]["content"].as_str().unwrap();
    assert!(content.starts_with("<div") && content.ends_with(">Join</a>"), "{content}");
}
