//! The plugin boundary stays in its files.

use std::fs;

use proc_macro2::{TokenStream, TokenTree};

use crate::source::{Source, each_token, product, root, sources, tokens};

const BOUNDARY: &str = "plugin-api/src/abi.rs";
/// Files that may hold unsafe code: the boundary, the macro that exports it, and the loader.
const UNSAFE: [&str; 3] =
    [BOUNDARY, "plugin-api/src/export.rs", "host/src/adapters/plugin/load.rs"];

#[test]
fn one_file_names_abi_stable() {
    let named: Vec<String> = product()
        .into_iter()
        .filter(|source| names(tokens(&source.text), "abi_stable"))
        .map(|source| source.path)
        .collect();
    assert_eq!(named, [BOUNDARY]);
    // The fixtures with a boundary of their own are the exception.
    for source in sources("tests").into_iter().chain(sources("host/tests")) {
        let fixture = source.path.starts_with("tests/fixture_plugins/examples/");
        assert!(fixture || !names(tokens(&source.text), "abi_stable"), "{}", source.path);
    }
}

#[test]
fn one_crate_of_the_product_depends_on_abi_stable() {
    let mut manifests = vec!["host/Cargo.toml".to_owned(), "migrations/Cargo.toml".to_owned()];
    for plugin in fs::read_dir(root().join("plugins")).unwrap() {
        manifests.push(format!("plugins/{}/Cargo.toml", plugin.unwrap().file_name().display()));
    }
    for manifest in manifests {
        let text = fs::read_to_string(root().join(&manifest)).unwrap();
        assert!(!text.contains("abi_stable"), "{manifest}");
    }
    let sdk = fs::read_to_string(root().join("plugin-api/Cargo.toml")).unwrap();
    assert!(sdk.contains("abi_stable"));
}

#[test]
fn unsafe_code_is_in_the_boundary_and_the_loader_only() {
    for source in product() {
        let allowed = UNSAFE.contains(&source.path.as_str());
        assert!(allowed || !has_unsafe(&source), "{} has unsafe code", source.path);
    }
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    let mut blocks = 0;
    for source in product() {
        blocks += source.text.lines().filter(|line| opens_unsafe(line)).count();
        assert_eq!(unexplained(&source.text), Vec::<usize>::new(), "{}", source.path);
    }
    assert!(blocks >= 3, "only {blocks} unsafe blocks were found");
}

#[test]
fn unsafe_code_without_a_reason_is_found() {
    let bad = Source { path: String::new(), text: "fn f() { unsafe { g() } }".to_owned() };
    assert!(has_unsafe(&bad));
    assert!(names(tokens("fn f() { abi_stable::g() }"), "abi_stable"));
    assert!(!names(tokens("// abi_stable\n\"abi_stable\""), "abi_stable"));
    assert_eq!(unexplained("\nlet x = unsafe { g() };"), [2]);
    assert_eq!(unexplained("// SAFETY: g is pure.\nlet x = unsafe { g() };"), Vec::<usize>::new());
}

fn names(stream: TokenStream, word: &str) -> bool {
    let mut found = false;
    each_token(stream, &mut |token| {
        found |= matches!(token, TokenTree::Ident(ident) if ident == word);
    });
    found
}

fn has_unsafe(source: &Source) -> bool {
    names(tokens(&source.text), "unsafe")
}

fn opens_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.contains("unsafe {")
}

/// Lines, counted from 1, that open an unsafe block with no `SAFETY` comment right above.
fn unexplained(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let explained = |at: usize| {
        lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.trim_start().starts_with("//"))
            .any(|line| line.contains("SAFETY:"))
    };
    (0..lines.len())
        .filter(|&at| opens_unsafe(lines[at]) && !explained(at))
        .map(|at| at + 1)
        .collect()
}
