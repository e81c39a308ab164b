//! The order of the crate's modules, and that no files import each other in a circle.

mod graph;
mod uses;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use uses::Modules;

/// The modules in the order of the pipeline, as the table in ARCHITECTURE.md lists them: a module imports only from
/// those before it.
const ORDER: [&str; 28] = [
    "simd",
    "memory",
    "ordered",
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
    "indicators",
    "search",
    "rule",
    "detect",
    "risk",
    "report",
    "inventory",
    "case",
    "session",
    "js",
];

/// Files that import each other in a circle for a reason that another arrangement would not remove.
const INHERENT_CYCLES: [(&[&str], &str); 1] = [(
    &["src/search/ast/condition.rs", "src/search/ast/eval_expr.rs"],
    "The grammar is recursive: a condition may be a `where` expression, and `searchmatch` takes a condition.",
)];

/// The folders of `search` in the order in which they may import each other.
const SEARCH_ORDER: [&str; 7] = ["values", "ast", "parse", "analysis", "eval", "to_spl", "query"];

fn modules() -> Modules {
    Modules::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

#[test]
fn a_module_imports_only_from_modules_before_it() {
    let rooms = modules().rooms();
    let position = |name: &str| ORDER.iter().position(|own| *own == name);
    let mut wrong = Vec::new();
    for (room, targets) in rooms.iter().filter(|(room, _)| *room != "lib") {
        let own = position(room).unwrap_or_else(|| panic!("{room} is missing in ORDER"));
        for target in targets {
            if position(target).is_none_or(|target| target > own) {
                wrong.push(format!("{room} imports from {target}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let missing: Vec<_> = ORDER.iter().filter(|name| !rooms.contains_key(**name)).collect();
    assert!(missing.is_empty(), "ORDER lists modules that do not exist: {missing:?}");
}

#[test]
fn the_drawings_and_the_table_show_the_same_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let architecture = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let library = fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let drawing = |text: &str| {
        let lines: Vec<String> = text
            .lines()
            .map(|line| line.trim_start_matches("//!").trim().to_owned())
            .skip_while(|line| !line.starts_with("bytes ─▶"))
            .take(3)
            .collect();
        lines.join("\n")
    };
    assert_eq!(drawing(&architecture), drawing(&library));
    // Data flows through `search` twice: `detect` evaluates a rule's condition, so it comes after `search` in ORDER,
    // and the report runs the whole search, where the drawing has it.
    let drawn = drawing(&architecture);
    let stages = drawn.split(['▶', '─', '\n']).map(str::trim).filter(|stage| ORDER.contains(stage));
    let stages: Vec<&str> = stages.filter(|stage| *stage != "search").collect();
    let ordered: Vec<&str> = ORDER.iter().copied().filter(|name| stages.contains(name)).collect();
    assert_eq!(stages, ordered);
    assert_eq!(stages.len(), 5, "{drawn}");
    let rows =
        architecture.lines().filter_map(|line| line.strip_prefix("| `src/")?.split('`').next());
    let table: Vec<&str> =
        rows.map(|path| path.trim_end_matches('/').trim_end_matches(".rs")).collect();
    assert_eq!(table, ORDER);
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let found: BTreeSet<Vec<String>> = graph::cycles(&modules().files()).into_iter().collect();
    let listed: BTreeSet<Vec<String>> = INHERENT_CYCLES
        .iter()
        .map(|(files, _)| files.iter().map(|file| (*file).to_owned()).collect())
        .collect();
    let new: Vec<_> = found.difference(&listed).collect();
    assert!(new.is_empty(), "import cycles: {new:#?}");
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(gone.is_empty(), "INHERENT_CYCLES lists cycles that do not exist: {gone:#?}");
}

#[test]
fn a_folder_of_search_imports_only_from_folders_before_it() {
    let position = |file: &str| {
        let folder = file.strip_prefix("src/search/")?.split(['/', '.']).next()?;
        SEARCH_ORDER.iter().position(|own| *own == folder)
    };
    let mut wrong = Vec::new();
    let files = modules().files();
    for (file, targets) in files.iter().filter(|(file, _)| !file.ends_with("/tests.rs")) {
        let Some(own) = position(file) else { continue };
        let later = targets.iter().filter(|target| position(target) > Some(own));
        wrong.extend(later.map(|target| format!("{file} imports from {target}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
