//! How the crate names and writes things, as far as it can be counted. CONTRIBUTING.md has the rules.

use super::uses::rust_files;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn sources() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src).into_iter();
    files.map(|file| (file.display().to_string(), fs::read_to_string(&file).unwrap())).collect()
}

/// The name that a line of code defines as a type.
fn defined_type(line: &str) -> Option<&str> {
    let mut words = line.split(|char: char| !(char.is_alphanumeric() || char == '_'));
    let keyword =
        words.by_ref().find(|word| !matches!(*word, "" | "pub" | "crate" | "super" | "in"))?;
    let name = words.find(|word| !word.is_empty())?;
    let is_type = matches!(keyword, "struct" | "enum" | "trait" | "type" | "union");
    (is_type && name.starts_with(char::is_uppercase)).then_some(name)
}

#[test]
fn few_type_names_are_defined_in_two_files() {
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in sources() {
        // Indented definitions are associated types and types local to a function.
        let lines = text.lines().filter(|line| !line.starts_with(char::is_whitespace));
        for name in lines.filter_map(defined_type) {
            names.entry(name.to_owned()).or_default().insert(file.clone());
        }
    }
    let repeated: Vec<&String> =
        names.iter().filter(|(_, files)| files.len() > 1).map(|(name, _)| name).collect();
    assert!(
        repeated.len() * 100 < names.len() * 8,
        "{} of {} type names are defined in two or more files: {repeated:?}",
        repeated.len(),
        names.len()
    );
}

#[test]
fn the_private_language_is_gone() {
    let mut found = Vec::new();
    for (file, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            let words = line.split(|char: char| !char.is_alphanumeric());
            let count = words
                .filter(|word| ["stand", "stands", "told"].contains(&word.to_lowercase().as_str()))
                .count();
            found.extend(std::iter::repeat_n(format!("{file}:{}", number + 1), count));
        }
    }
    assert!(found.len() < 10, "{} times: {found:#?}", found.len());
}

#[test]
fn definitions_are_recognised() {
    assert_eq!(defined_type("pub(crate) struct Row<'a> {"), Some("Row"));
    assert_eq!(defined_type("enum Kind {"), Some("Kind"));
    assert_eq!(defined_type("impl Kind {"), None);
    assert_eq!(defined_type("/// A struct of a thing."), None);
}
