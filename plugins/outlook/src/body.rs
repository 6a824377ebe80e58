//! An event's text.
//!
//! It is asked for and written as plain text, so that a description comes back as it was; Exchange
//! makes text of what others wrote as HTML. An update sends the text only where it changed, so that
//! their HTML stays.
//!
//! Outlook keeps the way into an online meeting inside the text, between two lines of underscores,
//! and a text without it ends the meeting. That part is no description: it is cut off when read, and
//! when the text changes it is carried over from the HTML. Where that part cannot be made out but the
//! HTML has the meeting's link, a new text is put before all of it.

use mortise_plugin_api::{Value, json};

use crate::{graph::decode, wire};

/// Outlook draws 80; fewer are somebody's own line.
const SHORTEST_LINE: usize = 40;

/// Whether Graph sent HTML although text was asked for.
pub(crate) fn is_html(item: &Value) -> bool {
    let kind = item.pointer("/body/contentType").and_then(Value::as_str);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("html"))
}

/// The description in a body; `online` says whether there is an online meeting.
pub(crate) fn description(body: wire::ItemBody, online: bool) -> Option<String> {
    let html = body.content_type.is_some_and(|kind| kind.eq_ignore_ascii_case("html"));
    let mut text = body.content?;
    if text.contains("\r\n") {
        text = text.replace("\r\n", "\n");
    }
    if online
        && !html
        && let Some(place) = meeting_place(&text)
    {
        text.truncate(place);
        text.truncate(text.trim_end().len());
    }
    (!text.trim().is_empty()).then_some(text)
}

/// The body of an event that has no online meeting.
pub(crate) fn plain(description: Option<&str>) -> Value {
    json!({"contentType": "text", "content": description.unwrap_or_default()})
}

/// A body with another description and the online meeting's part of `html`; `None` where that part
/// cannot be made out.
pub(crate) fn around_meeting(html: &str, description: Option<&str>) -> Option<Value> {
    let line = meeting_place(html)?;
    let part = html[..line].rfind("<div").unwrap_or(line);
    let head = match html.find("<body") {
        Some(body) if body < part => &html[..=body + html[body..part].find('>')?],
        _ => "<html><body>",
    };
    let text = escape(description.unwrap_or_default());
    Some(html_body(head, &text, &html[part..]))
}

/// Whether HTML holds a link, perhaps inside another: Outlook leads links over a service of its own
/// (Safe Links).
pub(crate) fn has_link(html: &str, url: &str) -> bool {
    html.contains(url) || html.contains(&escape(url)) || decode(html).contains(url)
}

/// A body with a description before all of `html`: for a meeting of which only the link is there,
/// and nobody can tell where its part begins. `None` where that changes nothing.
pub(crate) fn before(html: &str, description: Option<&str>) -> Option<Value> {
    let text = description.map(str::trim).filter(|text| !text.is_empty()).map(escape)?;
    let place = html.find("<body").and_then(|body| Some(body + html[body..].find('>')? + 1));
    let (head, kept) = html.split_at(place.unwrap_or(0));
    if opening(kept).strip_prefix(&*text).is_some_and(|rest| rest.trim_start().starts_with('<')) {
        return None;
    }
    Some(html_body(head, &text, kept))
}

fn html_body(head: &str, text: &str, rest: &str) -> Value {
    json!({
        "contentType": "html",
        "content": format!("{head}<div style=\"white-space:pre-wrap\">{text}</div>{rest}"),
    })
}

/// HTML from its first text on.
fn opening(html: &str) -> &str {
    let mut rest = html.trim_start();
    while let Some((_, after)) = rest.strip_prefix('<').and_then(|tag| tag.split_once('>')) {
        rest = after.trim_start();
    }
    rest
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\n' => escaped.push_str("<br>"),
            '\r' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// Where the last but one line of underscores starts, or the only one.
fn meeting_place(text: &str) -> Option<usize> {
    let mut lines = Vec::new();
    let mut run = 0;
    for (index, byte) in text.bytes().enumerate() {
        run = if byte == b'_' { run + 1 } else { 0 };
        if run == SHORTEST_LINE {
            lines.push(index + 1 - SHORTEST_LINE);
        }
    }
    match lines[..] {
        [.., place, _] | [place] => Some(place),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content: &str, online: bool) -> Option<String> {
        let body = wire::ItemBody {
            content: Some(content.to_owned()),
            content_type: Some("text".to_owned()),
        };
        description(body, online)
    }

    #[test]
    fn line_ends_are_made_alike_and_nothing_else_changes() {
        assert_eq!(text(" a\r\n\r\nb \n", false).as_deref(), Some(" a\n\nb \n"));
        assert_eq!(text("\r\n", false), None);
        assert_eq!(text("", false), None);
    }

    #[test]
    fn the_way_into_a_meeting_is_no_description() {
        let line = "_".repeat(80);
        let content = format!("Bring the card\r\n{line}\r\nJoin: https://x\r\n{line}\r\n");
        assert_eq!(text(&content, true).as_deref(), Some("Bring the card"));
        assert_eq!(text(&content, false).map(|text| text.len()), Some(content.len() - 4));
        assert_eq!(text(&format!("{line}\r\nJoin\r\n{line}"), true), None);
        let own = format!("{line}\nmine\n{line}\nJoin\n{line}");
        assert_eq!(text(&own, true), Some(format!("{line}\nmine")));
    }

    #[test]
    fn a_new_description_leaves_the_way_into_the_meeting() {
        let line = "_".repeat(80);
        let part = format!(
            "<div><span>{line}</span></div><a href=\"https://x\">Join</a>\
                            <div><span>{line}</span></div></body></html>"
        );
        let html = format!("<html><head></head><body dir=\"ltr\"><div>old</div>{part}");
        let body = around_meeting(&html, Some("1 < 2\nnew")).unwrap();
        assert_eq!(body["contentType"], "html");
        assert_eq!(
            body["content"],
            format!(
                "<html><head></head><body dir=\"ltr\">\
                 <div style=\"white-space:pre-wrap\">1 &lt; 2<br>new</div>{part}"
            )
        );
        assert_eq!(around_meeting("<html><body>old</body></html>", Some("new")), None);
    }
}
