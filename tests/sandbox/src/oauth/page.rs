//! The two web pages of the authorization server.

use std::fmt::Write;

/// `text` with the five characters replaced that end text or an attribute's value in HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:3rem auto;\
padding:0 1rem}label{display:block;margin:.5rem 0}\
.scope{display:flex;gap:.5rem;align-items:baseline}.scope input{flex:none}\
input[type=email]{width:100%;padding:.4rem}\
button{font:inherit;padding:.4rem 1.2rem;margin-right:.5rem}code{overflow-wrap:anywhere}";

fn page(title: &str, content: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n<main>\n<h1>{title}</h1>\n{content}\n</main>\n</html>\n"
    )
}

/// The consent form: account, one box per scope, allow and deny.
pub(super) struct ConsentPage<'a> {
    pub(super) vendor: &'a str,
    pub(super) action: &'a str,
    pub(super) request_id: &'a str,
    pub(super) account: &'a str,
    pub(super) scopes: &'a [String],
    pub(super) complaint: Option<&'a str>,
}

impl ConsentPage<'_> {
    pub(super) fn html(&self) -> String {
        let mut form = String::new();
        if let Some(complaint) = self.complaint {
            let _ = writeln!(form, "<p role=\"alert\">{}</p>", escape(complaint));
        }
        let _ = writeln!(
            form,
            "<p>This is a sandbox, not {vendor}. Any e-mail address is an account here.</p>\n\
             <form method=\"post\" action=\"{action}\">\n\
             <input type=\"hidden\" name=\"request_id\" value=\"{request_id}\">\n\
             <input type=\"hidden\" name=\"scopes_shown\" value=\"1\">\n\
             <label>Account <input type=\"email\" name=\"account\" value=\"{account}\" required>\
             </label>",
            vendor = escape(self.vendor),
            action = escape(self.action),
            request_id = escape(self.request_id),
            account = escape(self.account),
        );
        for scope in self.scopes {
            let scope = escape(scope);
            let _ = writeln!(
                form,
                "<label class=\"scope\">\
                 <input type=\"checkbox\" name=\"scope\" value=\"{scope}\" checked> \
                 <code>{scope}</code></label>"
            );
        }
        form.push_str(
            "<button name=\"decision\" value=\"allow\">Allow</button>\n\
             <button name=\"decision\" value=\"deny\" formnovalidate>Deny</button>\n</form>",
        );
        page(&format!("Sign in with {} (sandbox)", self.vendor), &form)
    }
}

pub(super) fn error_page(vendor: &str, problem: &str) -> String {
    let content = format!("<p>{}</p>", escape(problem));
    page(&format!("{vendor}: access blocked"), &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_sent_can_become_markup() {
        let scopes = ["<script>alert(1)</script>".to_owned()];
        let html = ConsentPage {
            vendor: "Google",
            action: "/x\" onload=\"y",
            request_id: "'>",
            account: "a\"><b>@example.com",
            scopes: &scopes,
            complaint: Some("<i>"),
        }
        .html();
        for markup in ["<script>", "<b>", "<i>", "\" onload", "'>"] {
            assert!(!html.contains(markup), "{markup} is in {html}");
        }
    }
}
