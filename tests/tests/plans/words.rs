//! What the statements ask of a server is in docs/operators.md, so that an operator can tell whether
//! another product serves.

use std::{collections::BTreeSet, fs, path::Path};

const SECTION: &str = "### What is asked of a database server";

/// The words that the document names, in backticks.
pub fn documented() -> BTreeSet<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operators.md");
    let text = fs::read_to_string(file).unwrap();
    let section = text.split_once(SECTION).unwrap().1;
    let section = section.split_once("\n#").map_or(section, |(section, _)| section);
    let section = section.split_once("Not used:").unwrap().0;
    section.split('`').skip(1).step_by(2).flat_map(words).collect()
}

/// The words of a statement that are neither a name nor a value.
pub fn of_statement(sql: &str) -> BTreeSet<String> {
    let mut plain = String::new();
    for (at, part) in sql.split('\'').enumerate() {
        if at % 2 == 0 {
            plain.extend(part.split('"').step_by(2).flat_map(|part| [part, " "]));
        }
    }
    words(&plain)
        .into_iter()
        .filter(|word| word.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_'))
        .collect()
}

/// As [`of_statement`], for the definition of a table, where the types are in lower case.
pub fn of_definition(sql: &str) -> BTreeSet<String> {
    let types = ["bigint", "integer", "varchar", "text", "serial", "bigserial", "boolean", "json"];
    let mut found = of_statement(sql);
    found.extend(words(sql).into_iter().filter(|word| types.contains(&word.as_str())));
    found
}

fn words(text: &str) -> Vec<String> {
    let is_end = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
    let is_word = |word: &&str| word.len() > 1 && word.starts_with(|it: char| it.is_alphabetic());
    text.split(is_end).filter(is_word).map(str::to_owned).collect()
}

#[test]
fn a_word_is_told_from_a_name_and_a_value() {
    let found = of_statement(r#"SELECT "ID", u.id FROM "users" WHERE "x" = 'VALUE' FOR UPDATE"#);
    let expected = ["SELECT", "FROM", "WHERE", "FOR", "UPDATE"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(expected));
    let found = of_definition(r#"ALTER TABLE "t" ADD COLUMN "text" bigint NOT NULL"#);
    assert!(found.contains("bigint") && found.contains("COLUMN"), "{found:?}");
}
