//! The pipeline reads left to right and nothing points back: a module names only what stands before it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules in the order of the pipeline.
const ORDER: [&str; 24] = [
    "simd",
    "memory",
    "sort",
    "float",
    "limits",
    "static_map",
    "error",
    "text",
    "time",
    "fingerprint",
    "literal",
    "regex",
    "event",
    "wire",
    "source",
    "reassemble",
    "script",
    "search",
    "rule",
    "detect",
    "risk",
    "report",
    "session",
    "js",
];

#[test]
fn modules_name_only_what_stands_before_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for file in rust_files(&src) {
        let module = module_of(&src, &file);
        if module == "lib" {
            continue;
        }
        let place = place(&module).unwrap_or_else(|| panic!("{module} has no place in ORDER"));
        seen.insert(module.clone());
        for named in crate_names(&product_code(&fs::read_to_string(&file).unwrap())) {
            match self::place(&named) {
                Some(other) if other <= place => {}
                Some(_) => {
                    wrong.insert(format!("{} names {named}", file.display()));
                }
                None => {
                    wrong.insert(format!(
                        "{} names crate::{named}, which is no module",
                        file.display()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(seen.len(), ORDER.len(), "ORDER lists modules that are not there: {seen:?}");
}

fn place(module: &str) -> Option<usize> {
    ORDER.iter().position(|own| *own == module)
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn module_of(src: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(src).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The file without its comments and its tests, which may look anywhere.
fn product_code(text: &str) -> String {
    let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = product.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// What follows `crate::`, each name of `crate::{a, b::c}` included.
fn crate_names(code: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|char| char.is_alphanumeric() || *char == '_')
            .collect()
    };
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => {
                let mut depth = 0;
                let mut start = true;
                for (at, char) in list.char_indices() {
                    if start && depth == 0 && (char.is_alphabetic() || char == '_') {
                        names.insert(word(&list[at..]));
                        start = false;
                    }
                    match char {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' => start = true,
                        _ => {}
                    }
                }
            }
            None => {
                names.insert(word(rest));
            }
        }
    }
    names
}

#[test]
fn the_reader_of_names_reads_lists() {
    let names = crate_names("use crate::{a, b::{c, d}, e};\nuse crate::f::g; crate::h::i()");
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a", "b", "e", "f", "h"]);
}
