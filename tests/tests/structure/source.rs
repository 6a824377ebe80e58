//! The project's own files, and Rust source as tokens: comments are gone, strings are literals.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A file of the project.
pub struct Source {
    /// Below the workspace, with slashes.
    pub path: String,
    pub text: String,
}

/// All `.rs` files below a folder of the workspace, in order of their path.
pub fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort();
    assert!(!found.is_empty(), "{folder} has no source");
    found
        .into_iter()
        .map(|file| Source {
            text: fs::read_to_string(&file).unwrap(),
            path: file.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"),
        })
        .collect()
}

/// All that is shipped: the host, the SDK, the migrations and every plugin.
pub fn product() -> Vec<Source> {
    let mut all = Vec::new();
    for folder in ["host/src", "plugin-api/src", "migrations/src"] {
        all.extend(sources(folder));
    }
    for plugin in fs::read_dir(root().join("plugins")).unwrap() {
        let name = plugin.unwrap().file_name();
        all.extend(sources(&format!("plugins/{}/src", name.to_str().unwrap())));
    }
    all
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

pub fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|error| panic!("not Rust: {error}"))
}

/// Calls `look` with each token, at any depth.
pub fn each_token(stream: TokenStream, look: &mut impl FnMut(&TokenTree)) {
    for token in stream {
        look(&token);
        if let TokenTree::Group(group) = token {
            each_token(group.stream(), look);
        }
    }
}

/// The source without items that only tests see; and the modules among them that lie in files of
/// their own, by name.
pub fn without_tests(stream: TokenStream) -> (TokenStream, Vec<String>) {
    let (mut kept, mut files) = (Vec::new(), Vec::new());
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let attribute = match (&token, tokens.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(group))) if hash.as_char() == '#' => {
                Some(group.stream().to_string())
            }
            _ => None,
        };
        if attribute.as_deref() == Some("cfg (test)") || attribute.as_deref() == Some("cfg(test)") {
            let item: Vec<TokenTree> = item(&mut tokens);
            if let Some(name) = file_module(&item) {
                files.push(name);
            }
            continue;
        }
        kept.push(match token {
            TokenTree::Group(group) => {
                let (inner, more) = without_tests(group.stream());
                files.extend(more);
                TokenTree::Group(Group::new(group.delimiter(), inner))
            }
            other => other,
        });
    }
    (kept.into_iter().collect(), files)
}

/// An item ends with a semicolon or with the braces of its body.
fn item(tokens: &mut impl Iterator<Item = TokenTree>) -> Vec<TokenTree> {
    let mut item = Vec::new();
    for token in tokens {
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        // `use` trees have braces before their semicolon.
        let is_use = matches!(item.iter().find(|t| matches!(t, TokenTree::Ident(_))),
            Some(TokenTree::Ident(word)) if word == "use");
        let is_brace = matches!(token, TokenTree::Group(_));
        item.push(token);
        if ends && !(is_use && is_brace) {
            break;
        }
    }
    item
}

fn file_module(item: &[TokenTree]) -> Option<String> {
    match item {
        [.., TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(_)]
            if word == "mod" =>
        {
            Some(name.to_string())
        }
        _ => None,
    }
}

/// The files of a crate without its tests, each with what is left of it.
pub fn shipped(sources: Vec<Source>) -> Vec<(Source, TokenStream)> {
    let mut test_files = Vec::new();
    let mut kept = Vec::new();
    for source in sources {
        let (stream, modules) = without_tests(tokens(&source.text));
        let module = source.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let at_root = ["lib", "main"].iter().find_map(|root| module.strip_suffix(root));
        let folder = at_root.map_or_else(|| format!("{module}/"), str::to_owned);
        test_files.extend(modules.into_iter().map(|name| format!("{folder}{name}")));
        kept.push((source, stream));
    }
    kept.retain(|(source, _)| {
        let of = |test: &String| {
            source
                .path
                .strip_prefix(test.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        !test_files.iter().any(of)
    });
    kept
}

#[test]
fn what_only_tests_see_is_left_out() {
    let text = "use a::b; #[cfg(test)] use c::{d, e}; #[cfg(test)] mod tests { use f::g; } \
                #[cfg(test)] mod far; fn h() { #[cfg(test)] let i = 1; j() } // k";
    let (kept, files) = without_tests(tokens(text));
    let words: Vec<String> = {
        let mut words = Vec::new();
        each_token(kept, &mut |token| {
            if let TokenTree::Ident(word) = token {
                words.push(word.to_string());
            }
        });
        words
    };
    assert_eq!(words, ["use", "a", "b", "fn", "h", "j"]);
    assert_eq!(files, ["far"]);
}
