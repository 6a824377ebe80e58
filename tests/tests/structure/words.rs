//! Words that the product's source does not hold.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::source::{product, shipped, sources, tokens};

/// A new vendor touches no file of the host, so that the host names none.
const VENDORS: &[&str] = &[
    "google",
    "gmail",
    "microsoft",
    "outlook",
    "office365",
    "hubspot",
    "hubapi",
    "salesforce",
    "slack",
    "caldav",
    "icloud",
];

#[test]
fn the_host_names_no_vendor() {
    let mut found = Vec::new();
    for (source, stream) in shipped(sources("host/src")) {
        found.extend(vendors(stream).iter().map(|word| format!("{}: {word}", source.path)));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_vendor_is_found_in_names_and_texts_but_not_in_documentation() {
    assert_eq!(vendors(tokens("fn is_google() {}")), ["is_google"]);
    assert_eq!(vendors(tokens("if id == \"hubspot\" { f() }")), ["\"hubspot\""]);
    assert_eq!(vendors(tokens("#[serde(rename = \"outlook\")] struct A;")), ["\"outlook\""]);
    let documented = "/// Such as Google.\n#[path(params((\"slug\", description = \"as \
                      google-calendar\")))] struct A; // Outlook";
    assert_eq!(vendors(tokens(documented)), Vec::<String>::new());
}

#[test]
fn nothing_is_left_to_be_done() {
    for source in product() {
        assert_eq!(unfinished(tokens(&source.text)), Vec::<String>::new(), "{}", source.path);
    }
    assert_eq!(unfinished(tokens("fn f() { todo!() } fn g() { unimplemented!(\"x\") }")).len(), 2);
    assert!(unfinished(tokens("fn f() { let todo = !unimplemented; }")).is_empty());
}

#[test]
fn no_file_names_somebodys_home() {
    for source in product() {
        let home = homes(&source.text);
        assert_eq!(home, None, "{}", source.path);
    }
    for home in ["/home/ada/x", "/Users/ada", "/root/x", r"C:\Users\ada"] {
        assert!(homes(&format!("let x = \"{home}\";")).is_some(), "{home}");
    }
}

/// The words of a stream that name a vendor; documentation aside.
fn vendors(stream: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    words(stream, false, &mut found);
    found
}

fn words(stream: TokenStream, in_attribute: bool, found: &mut Vec<String>) {
    let mut documents = false;
    let mut after_hash = false;
    for token in stream {
        let hash = matches!(&token, TokenTree::Punct(punct) if "#!".contains(punct.as_char()));
        match token {
            TokenTree::Group(group) => {
                let attribute = after_hash && group.delimiter() == Delimiter::Bracket;
                words(group.stream(), in_attribute || attribute, found);
            }
            TokenTree::Ident(word) => {
                let word = word.to_string();
                // `#[doc = "..."]` is a comment; `description = "..."` ends in the API's document.
                documents = in_attribute && matches!(&*word, "doc" | "description" | "example");
                keep(word, found);
            }
            TokenTree::Literal(text) if !documents => keep(text.to_string(), found),
            TokenTree::Literal(_) => documents = false,
            TokenTree::Punct(_) => {}
        }
        after_hash = hash;
    }
}

fn keep(word: String, found: &mut Vec<String>) {
    let lower = word.to_lowercase();
    if VENDORS.iter().any(|vendor| lower.contains(vendor)) {
        found.push(word);
    }
}

fn unfinished(stream: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => found.extend(unfinished(group.stream())),
            TokenTree::Ident(word) if word == "todo" || word == "unimplemented" => {
                let called = matches!(tokens.get(at + 1), Some(TokenTree::Punct(punct))
                    if punct.as_char() == '!');
                found.extend(called.then(|| word.to_string()));
            }
            _ => {}
        }
    }
    found
}

fn homes(text: &str) -> Option<&'static str> {
    ["/home/", "/Users/", "/root/", r"\Users\"].into_iter().find(|home| text.contains(home))
}
