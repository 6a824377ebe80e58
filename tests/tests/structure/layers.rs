//! `http -> app -> ports <- adapters`; the composition root alone names adapters.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::source::{shipped, sources, tokens};

/// A layer, and the other parts of the host that it may name.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("ports", &["domain"]),
    ("app", &["domain", "ports"]),
    ("http", &["domain", "ports", "app"]),
    ("adapters", &["domain", "ports"]),
    ("config", &["domain", "ports"]),
    ("cli", &["domain", "config"]),
    ("compose", &["domain", "ports", "app", "http", "adapters", "config", "cli"]),
];

/// A library that does I/O or belongs to one side, and the places that may name it.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("abi_stable", &[]),
    ("axum", &["http", "compose"]),
    ("clap", &["cli"]),
    ("fernet", &["adapters/fernet"]),
    ("figment", &["config"]),
    ("getrandom", &["adapters/rng"]),
    ("governor", &["http/rate_limit"]),
    ("hyper", &["http/serve"]),
    ("hyper_util", &["http/serve"]),
    ("indicatif", &["compose"]),
    ("libloading", &["adapters/plugin"]),
    ("metrics_exporter_prometheus", &["http", "compose"]),
    ("mortise_migrations", &["adapters/sea_orm"]),
    ("oauth2", &["adapters/oauth"]),
    ("object", &["adapters/plugin"]),
    ("reqwest", &["adapters/http"]),
    ("sea_orm", &["adapters/sea_orm"]),
    ("sqlx", &["adapters/sea_orm"]),
    ("tower", &["http"]),
    ("tower_http", &["http"]),
    ("tracing_subscriber", &["compose", "config"]),
];

#[test]
fn every_file_of_the_host_names_only_the_layers_below_it() {
    let mut files = 0;
    let mut found = Vec::new();
    for (source, stream) in shipped(sources("host/src")) {
        let path = source.path.strip_prefix("host/src/").unwrap();
        found.extend(violations(path, stream));
        files += 1;
    }
    assert!(files > 100, "only {files} files were read");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_part_of_the_host_is_a_known_layer() {
    let (lib, _) = shipped(sources("host/src")).into_iter().find(is_lib).unwrap();
    let modules: Vec<&str> = lib
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let mut layers: Vec<&str> = MAY_NAME.iter().map(|(layer, _)| *layer).collect();
    layers.sort_unstable();
    assert_eq!(modules, layers);
}

fn is_lib((source, _): &(crate::source::Source, TokenStream)) -> bool {
    source.path == "host/src/lib.rs"
}

#[test]
fn a_wrong_import_is_found_however_it_is_written() {
    let bad = [
        ("domain/ids.rs", "use crate::ports::Clock;"),
        ("ports/store.rs", "use crate::{domain::ids::UserId, app::Hub};"),
        ("app/hub.rs", "use crate::adapters::clock::SystemClock;"),
        ("app/calendar/list.rs", "use super::super::super::adapters::rng::SystemRng;"),
        ("app/mod.rs", "use super::{http, ports};"),
        ("app/hub.rs", "fn f() { crate::http::router() }"),
        ("app/hub.rs", "fn f() -> impl axum::response::IntoResponse {}"),
        ("app/hub.rs", "use ::sea_orm::DbErr;"),
        ("app/hub.rs", "use {std::fmt, reqwest};"),
        ("app/hub.rs", "macro_rules! m { () => { $crate::adapters::fernet::PlainCipher } }"),
        ("app/hub.rs", "fn f() { vec![libloading::Library::new(x)] }"),
        ("app/hub.rs", "mod inner { use super::super::super::config::Config; }"),
        ("http/router.rs", "use crate::{app::{self, Hub}, adapters::*};"),
        ("http/router.rs", "fn f(x: &crate::config::Config) {}"),
        ("adapters/clock.rs", "use crate::app::Hub;"),
        ("adapters/http/mod.rs", "use sea_orm::DbErr;"),
        ("config.rs", "use crate::adapters::fernet::FernetCipher;"),
        ("app/hub.rs", "use crate as host;"),
        ("app/hub.rs", "use crate::*;"),
        ("app/hub.rs", "extern crate axum;"),
    ];
    for (path, text) in bad {
        assert_eq!(violations(path, tokens(text)).len(), 1, "{path}: {text}");
    }
}

#[test]
fn a_right_import_is_no_violation() {
    let good = [
        ("domain/ids.rs", "use crate::domain::links::EventLink; pub(crate) fn f() {}"),
        ("app/calendar/list.rs", "use super::{Window, target}; pub(in crate::app) fn f() {}"),
        ("app/mod.rs", "use crate::ports::{self, StoreError}; // use axum::Router"),
        ("app/hub.rs", "const S: &str = \"use axum::Router\"; fn f(axum: u8) {}"),
        ("app/hub.rs", "mod inner { use super::super::{calendar, tokens}; }"),
        ("compose/mod.rs", "use crate::adapters::clock::SystemClock; use axum::Router;"),
        ("main.rs", "use mortise::{cli::Cli, compose};"),
    ];
    for (path, text) in good {
        assert_eq!(violations(path, tokens(text)), Vec::<String>::new(), "{path}: {text}");
    }
}

/// What a file below `host/src` names and should not, one sentence each.
fn violations(path: &str, stream: TokenStream) -> Vec<String> {
    let module = module_of(path);
    let layer = module.first().map_or("", String::as_str);
    let Some((_, allowed)) = MAY_NAME.iter().find(|(name, _)| *name == layer) else {
        return Vec::new();
    };
    let place = module.join("/");
    let mut found = Vec::new();
    for named in paths(stream, &module) {
        let fault = match named {
            Named::Host(inner) => match inner.first().map(String::as_str) {
                Some(part) if part == layer || allowed.contains(&part) => None,
                Some("*") | None => Some("the whole host".to_owned()),
                Some(part) => Some(part.to_owned()),
            },
            Named::Library(name) => LIBRARIES
                .iter()
                .find(|(library, _)| *library == name)
                .filter(|(_, places)| !places.iter().any(|p| is_in(&place, p)))
                .map(|(library, _)| (*library).to_owned()),
        };
        found.extend(fault.map(|named| format!("{path} names {named}")));
    }
    found
}

fn is_in(place: &str, folder: &str) -> bool {
    place.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `app/calendar/list.rs` is `[app, calendar, list]`; `app/mod.rs` is `[app]`.
fn module_of(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    match path {
        "lib" | "main" => Vec::new(),
        path => path.split('/').map(str::to_owned).collect(),
    }
}

#[derive(Debug, PartialEq)]
enum Named {
    /// A path within the host, from its root.
    Host(Vec<String>),
    /// The first part of a path that begins elsewhere.
    Library(String),
}

/// All paths that a stream names, in `use` trees and elsewhere, macros included.
fn paths(stream: TokenStream, module: &[String]) -> Vec<Named> {
    let mut found = Vec::new();
    walk(&stream.into_iter().collect::<Vec<_>>(), module, &mut found);
    found
}

fn walk(tokens: &[TokenTree], module: &[String], found: &mut Vec<Named>) {
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(word) if word == "use" => {
                let end = at + tokens[at..].iter().take_while(|token| !is(token, ';')).count();
                for path in tree(&tokens[at + 1..end], &[]) {
                    found.extend(resolve(&path, module));
                }
                at = end;
            }
            TokenTree::Ident(word) if word == "extern" && text(tokens.get(at + 1)) == "crate" => {
                found.push(Named::Library(text(tokens.get(at + 2))));
                at += 3;
            }
            TokenTree::Ident(word) if word == "mod" => {
                let name = text(tokens.get(at + 1));
                if let Some(TokenTree::Group(body)) = tokens.get(at + 2) {
                    let inner: Vec<String> = module.iter().cloned().chain([name]).collect();
                    found.extend(paths(body.stream(), &inner));
                    at += 3;
                } else {
                    at += 2;
                }
            }
            // `pub(crate)`, `pub(in crate::app)`: who sees it, not what it names.
            TokenTree::Ident(word) if word == "pub" => {
                let restricted = matches!(tokens.get(at + 1), Some(TokenTree::Group(group))
                    if group.delimiter() == Delimiter::Parenthesis);
                at += if restricted { 2 } else { 1 };
            }
            TokenTree::Ident(_) => {
                let (path, next) = plain(tokens, at);
                if path.len() > 1 {
                    found.extend(resolve(&path, module));
                }
                at = next;
            }
            TokenTree::Group(group) => {
                walk(&group.stream().into_iter().collect::<Vec<_>>(), module, found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// A path in code, and where the tokens go on after it.
fn plain(tokens: &[TokenTree], mut at: usize) -> (Vec<String>, usize) {
    let mut path = vec![text(tokens.get(at))];
    at += 1;
    while is_at(tokens, at, ':') && is_at(tokens, at + 1, ':') {
        let Some(TokenTree::Ident(word)) = tokens.get(at + 2) else { break };
        path.push(word.to_string());
        at += 3;
    }
    (path, at)
}

/// All paths of a `use` tree.
fn tree(tokens: &[TokenTree], prefix: &[String]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for branch in tokens.split(|token| is(token, ',')).filter(|branch| !branch.is_empty()) {
        let mut path = prefix.to_vec();
        let mut whole = true;
        for token in branch {
            match token {
                TokenTree::Ident(word) if word == "as" => break,
                TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    paths.extend(tree(&inner, &path));
                    whole = false;
                }
                token if is(token, '*') => path.push("*".to_owned()),
                _ => {}
            }
        }
        if whole {
            paths.push(path);
        }
    }
    paths
}

fn resolve(path: &[String], module: &[String]) -> Option<Named> {
    let mut inner = module.to_vec();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            inner.clear();
            rest = &rest[1..];
        }
        "self" | "super" => {
            while let Some(step @ ("self" | "super")) = rest.first().map(String::as_str) {
                if step == "super" {
                    inner.pop();
                }
                rest = &rest[1..];
            }
        }
        library => return Some(Named::Library(library.to_owned())),
    }
    inner.extend(rest.iter().cloned());
    Some(Named::Host(inner))
}

fn text(token: Option<&TokenTree>) -> String {
    token.map(ToString::to_string).unwrap_or_default()
}

fn is(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

fn is_at(tokens: &[TokenTree], at: usize, mark: char) -> bool {
    tokens.get(at).is_some_and(|token| is(token, mark))
}
