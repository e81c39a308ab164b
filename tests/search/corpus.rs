//! Every published search of the corpus parses and has its columns. Skipped if there is no corpus.

use scriptscope::internal::search::{Library, Required, Search};
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("SCRIPTSCOPE_CORPUS").map(PathBuf::from);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = root.join("../shared/corpus");
    let found = named.into_iter().chain([beside]).find(|path| path.is_dir());
    if found.is_none() {
        eprintln!("skipped: no corpus (set SCRIPTSCOPE_CORPUS)");
    }
    found
}

/// Returns the plain, quoted or folded scalar of the top-level key `search` of a YAML file.
fn search_of(yaml: &str) -> String {
    let mut lines = yaml.lines().skip_while(|line| !line.starts_with("search:"));
    let first = lines.next().unwrap_or_default().trim_start_matches("search:").trim();
    let rest: Vec<&str> =
        lines.take_while(|line| line.is_empty() || line.starts_with(' ')).map(str::trim).collect();
    let block = matches!(first, "|" | "|-" | ">" | ">-");
    let head = if block { "" } else { first };
    let text = format!("{head} {}", rest.join(if block { "\n" } else { " " }));
    let text = text.trim();
    match text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        Some(inner) => inner.replace("''", "'"),
        None => text.to_owned(),
    }
}

#[test]
fn every_published_search_parses() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("rules/splunk/detections/endpoint");
    let library = Library::new();
    let mut wrong = Vec::new();
    let mut without_literal = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let search = search_of(&std::fs::read_to_string(&path).unwrap());
        count += 1;
        match Search::parse(&search, &library) {
            Ok(parsed) => {
                let columns = parsed.columns();
                let by = search.split(" by ").nth(1).unwrap_or_default();
                let by = by.split('|').next().unwrap_or_default();
                for field in by.split([' ', ',']).filter(|field| !field.is_empty()) {
                    let renamed = format!("{field} as ");
                    if !columns.iter().any(|column| column == field) && !search.contains(&renamed) {
                        wrong.push(format!("{name}: no column {field}"));
                    }
                }
                if parsed.required() == Required::Nothing {
                    without_literal.push(name);
                }
            }
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 50, "{count}");
    // One of them runs 28 patterns over every text.
    assert_eq!(without_literal, ["powershell_4104_hunting"]);
}
