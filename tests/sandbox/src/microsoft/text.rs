//! Bodies of events: HTML, and the text that is in it. Enough for what calendars hold; not a
//! sanitizer.

use serde_json::{Value, json};

/// An `itemBody` as the client prefers it.
pub(super) fn item_body(body: &Value, as_text: bool) -> Value {
    let content = body["content"].as_str().unwrap_or_default();
    let is_text = body["contentType"] == "text";
    let (kind, content) = match (as_text, is_text) {
        (true, true) | (false, false) => (if as_text { "text" } else { "html" }, content.into()),
        (true, false) => ("text", plain(content)),
        (false, true) => ("html", html(content)),
    };
    json!({"contentType": kind, "content": content})
}

/// The first 255 characters of the text.
pub(super) fn preview(body: &Value) -> String {
    let text = item_body(body, true);
    text["content"].as_str().unwrap_or_default().trim().chars().take(255).collect()
}

fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let lines = escaped.replace("\r\n", "\n").replace('\n', "<br>\r\n");
    format!(
        "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; \
         charset=utf-8\">\r\n</head>\r\n<body>\r\n{lines}\r\n</body>\r\n</html>\r\n"
    )
}

fn plain(html: &str) -> String {
    // Between tags a line break is white space like any other.
    let html = html.replace(['\r', '\n'], " ");
    let mut text = String::new();
    let mut rest = html.as_str();
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        let name = tag.trim_start_matches('/').to_ascii_lowercase();
        let breaks = name.starts_with("br") || matches!(&*name, "p" | "div" | "li" | "tr");
        if breaks && (tag.starts_with('/') || name.starts_with("br")) {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    let entities =
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    let decoded = entities.iter().fold(text, |text, (name, is)| text.replace(name, is));
    let lines: Vec<_> = decoded.lines().map(str::trim).collect();
    lines.join("\r\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_way_to_html_and_back() {
        let sent = json!({"contentType": "text", "content": "a < b & c\n\nnext"});
        let shown = item_body(&sent, false);
        assert_eq!(shown["contentType"], "html");
        assert!(shown["content"].as_str().unwrap().contains("a &lt; b &amp; c<br>"));
        assert_eq!(item_body(&shown, true)["content"], "a < b & c\r\n\r\nnext");
    }

    #[test]
    fn tags_are_not_text() {
        let sent = json!({"contentType": "html", "content": "<p>One</p><p>T<b>w</b>o&nbsp;!</p>"});
        assert_eq!(item_body(&sent, true)["content"], "One\r\nTwo !");
        assert_eq!(item_body(&sent, false), sent);
        assert_eq!(preview(&sent), "One\r\nTwo !");
    }
}
