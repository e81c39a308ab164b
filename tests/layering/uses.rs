//! Which files a Rust file depends on, read from its `use` declarations and its qualified paths.
//!
//! A re-export (`pub use`) is followed to the file that defines the item, and is no dependency of the file that
//! re-exports, unless its own code names the item.

use super::graph::Graph;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of a crate by their path (`["source", "evtx"]`; the root is empty).
pub(super) struct Modules(BTreeMap<Vec<String>, Module>);

struct Module {
    /// Path of the file, from the crate's root folder, with `/`.
    file: String,
    /// The code without comments, strings' contents aside, and without tests.
    code: String,
    uses: Vec<Use>,
}

/// One imported name.
#[derive(Clone, Debug, PartialEq)]
struct Use {
    /// The segments as written, such as `["super", "store", "Store"]`; a glob ends in `*`.
    path: Vec<String>,
    /// The name in scope.
    name: String,
    is_public: bool,
}

impl Modules {
    /// Reads every `.rs` file below `src`.
    pub(super) fn read(src: &Path) -> Self {
        let mut modules = BTreeMap::new();
        for file in rust_files(src) {
            let inside = file.strip_prefix(src).unwrap().to_str().unwrap().replace('\\', "/");
            let mut code = product_code(&fs::read_to_string(&file).unwrap());
            if inside == "lib.rs" {
                // What the root hands to tests is nobody's dependency.
                code.truncate(code.find("pub mod internal").unwrap_or(code.len()));
            }
            let uses = uses(&code);
            modules
                .insert(module_path(&inside), Module { file: format!("src/{inside}"), code, uses });
        }
        Self(modules)
    }

    /// Top-level modules and the top-level modules that each depends on.
    pub(super) fn rooms(&self) -> Graph {
        let room = |path: &[String]| path.first().cloned().unwrap_or_else(|| "lib".to_owned());
        let mut rooms = Graph::new();
        for path in self.0.keys() {
            let own = room(path);
            for target in self.dependencies(path) {
                let target = room(&target);
                if target != own {
                    rooms.entry(own.clone()).or_default().insert(target);
                }
            }
            rooms.entry(own).or_default();
        }
        rooms
    }

    /// Files and the files that each depends on.
    pub(super) fn files(&self) -> Graph {
        let edges = self.0.iter().map(|(path, module)| {
            let targets = self.dependencies(path);
            let files = targets.iter().filter(|target| *target != path);
            (module.file.clone(), files.map(|target| self.0[target].file.clone()).collect())
        });
        edges.collect()
    }

    fn dependencies(&self, own: &[String]) -> BTreeSet<Vec<String>> {
        let module = &self.0[own];
        let body = without_uses(&module.code);
        let imports = module.uses.iter().filter(|import| {
            // The declaration of a module with the item's name does not name the item.
            let named = || body.replace(&format!("mod {};", import.name), "");
            !import.is_public || import.name == "*" || has_word(&named(), &import.name)
        });
        let mut paths: Vec<Vec<String>> = imports.map(|import| import.path.clone()).collect();
        paths.extend(qualified_paths(&body));
        let children =
            self.0.keys().filter(|path| path.len() == own.len() + 1 && path.starts_with(own));
        for child in children {
            let name = child.last().unwrap();
            paths.extend(paths_from(&body, name));
        }
        let targets = paths.iter().filter_map(|path| self.resolve(own, path, 0));
        targets.collect()
    }

    /// The module that defines what `path` names, seen from the module `own`. `None` for other crates.
    fn resolve(&self, own: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
        // Two re-exports that name each other do not compile; a bound costs nothing.
        if depth > 16 {
            return None;
        }
        let mut at = own.to_vec();
        let mut segments = path.iter().peekable();
        let mut is_anchored = false;
        while let Some(segment) = segments.peek() {
            match segment.as_str() {
                "crate" => at.clear(),
                "super" => drop(at.pop()),
                "self" => {}
                _ => break,
            }
            is_anchored = true;
            segments.next();
        }
        let mut first = !is_anchored;
        while let Some(segment) = segments.next() {
            let mut child = at.clone();
            child.push(segment.clone());
            if self.0.contains_key(&child) {
                at = child;
                first = false;
                continue;
            }
            let import = self.0.get(&at)?.uses.iter().find(|import| import.name == *segment);
            if let Some(import) = import {
                let mut rest = import.path.clone();
                rest.extend(segments.cloned());
                return self.resolve(&at, &rest, depth + 1);
            }
            // An unanchored path that names no module here begins with another crate.
            return (!first).then_some(at);
        }
        (!first).then_some(at)
    }
}

/// All `.rs` files below a folder, sorted.
pub(super) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn module_path(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    match path {
        "lib" => Vec::new(),
        path => path.split('/').map(str::to_owned).collect(),
    }
}

/// The file without its comments and its tests, which may import anything.
fn product_code(text: &str) -> String {
    let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = product.lines().map(|line| line.split("//").next().unwrap_or_default());
    let kept: Vec<&str> = lines.collect();
    // A file that is only a test module's body is declared under `#[cfg(test)]` by its parent.
    kept.join("\n").replace("#[cfg(test)]\nuse ", "#[cfg(test)]\nunused ")
}

/// Every `use` declaration, its trees unfolded.
fn uses(code: &str) -> Vec<Use> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let line = code[..at].rsplit('\n').next().unwrap_or_default().trim();
        let is_public = line.starts_with("pub");
        if !(line.is_empty() || is_public && line.ends_with(['b', ')'])) {
            continue;
        }
        let Some(tree) = code[at + 4..].split(';').next() else { continue };
        let first = found.len();
        unfold(&[], tree.trim(), is_public, &mut found);
        let depth = inline_depth(code, at);
        found[first..].iter_mut().for_each(|import| leave_inline(&mut import.path, depth));
        // Names inside of an inline module are not in the file's own scope.
        if depth > 0 {
            found[first..].iter_mut().for_each(|import| import.name = String::new());
        }
    }
    found
}

/// How many inline modules are open at an offset.
fn inline_depth(code: &str, at: usize) -> usize {
    let modules = code[..at].match_indices("mod ").filter(|(start, _)| {
        let name = code[start + 4..]
            .trim_start_matches(|char: char| char.is_alphanumeric() || char == '_');
        name.starts_with(" {") && {
            let body = &code[code.len() - name.len()..at.max(code.len() - name.len())];
            let opened = body.matches('{').count();
            opened > body.matches('}').count()
        }
    });
    modules.count()
}

/// Takes away the leading `super`s that only lead out of inline modules.
fn leave_inline(path: &mut Vec<String>, depth: usize) {
    for _ in 0..depth {
        if path.first().is_some_and(|first| first == "super") {
            path.remove(0);
            if path.first().is_none_or(|next| next != "super") {
                path.insert(0, "self".to_owned());
            }
        }
    }
}

fn unfold(prefix: &[String], tree: &str, is_public: bool, found: &mut Vec<Use>) {
    let (head, list) = match tree.split_once('{') {
        Some((head, list)) => (head, list.trim_end().strip_suffix('}')),
        None => (tree, None),
    };
    let mut path = prefix.to_vec();
    let (head, alias) = match head.split_once(" as ") {
        Some((head, alias)) => (head, Some(alias.trim().to_owned())),
        None => (head, None),
    };
    path.extend(head.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned));
    let Some(list) = list else {
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let Some(last) = path.last().cloned() else { return };
        found.push(Use { path, name: alias.unwrap_or(last), is_public });
        return;
    };
    for item in split_list(list) {
        unfold(&path, item.trim(), is_public, found);
    }
}

/// Splits at the commas outside of braces.
fn split_list(list: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, char) in list.char_indices() {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(&list[start..]);
    items.into_iter().filter(|item| !item.trim().is_empty()).collect()
}

fn without_uses(code: &str) -> String {
    let mut body = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("use ") {
        let line = rest[..at].rsplit('\n').next().unwrap_or_default().trim();
        let is_declaration = line.is_empty() || line.starts_with("pub");
        body.push_str(&rest[..at]);
        let end = if is_declaration { rest[at..].find(';').unwrap_or(3) + 1 } else { 4 };
        rest = &rest[at + end..];
    }
    body + rest
}

/// Paths in code that begin with `crate::`, `super::` or `self::`.
fn qualified_paths(body: &str) -> Vec<Vec<String>> {
    ["crate", "super", "self"].iter().flat_map(|start| paths_from(body, start)).collect()
}

/// Paths in code that begin with the word `start` and go on behind it.
fn paths_from(body: &str, start: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in body.match_indices(start) {
        let before = body[..at].chars().next_back();
        if before.is_some_and(|char| char.is_alphanumeric() || char == '_' || char == ':') {
            continue;
        }
        let word =
            body[at..].split(|char: char| !(char.is_alphanumeric() || char == '_' || char == ':'));
        let path: Vec<String> =
            word.take(1).flat_map(|path| path.split("::")).map(str::to_owned).collect();
        if path.len() > 1 && path[0] == start {
            let mut path: Vec<String> = path.into_iter().filter(|part| !part.is_empty()).collect();
            leave_inline(&mut path, inline_depth(body, at));
            found.push(path);
        }
    }
    found
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|char: char| !(char.is_alphanumeric() || char == '_')).any(|own| own == word)
}

#[test]
fn use_trees_are_unfolded() {
    let code =
        "use crate::{a, b::{self, c as d}};\npub use e::F;\nlet reuse = 1;\n    use super::*;";
    let names: Vec<String> =
        uses(code).iter().map(|own| format!("{}={}", own.path.join("::"), own.name)).collect();
    assert_eq!(names, ["crate::a=a", "crate::b=b", "crate::b::c=d", "e::F=F", "super::*=*"]);
}

#[test]
fn re_exports_are_followed_to_the_file_that_defines() {
    let module = |file: &str, code: &str| {
        let code = product_code(code);
        (module_path(file), Module { file: file.to_owned(), uses: uses(&code), code })
    };
    let modules = Modules(BTreeMap::from([
        module("lib.rs", "mod a;\nmod b;"),
        module("a/mod.rs", "mod x;\nmod y;\npub use x::X;\npub(crate) use y::Y;\nfn own() -> Y {}"),
        module("a/x.rs", "pub struct X;"),
        module("a/y.rs", "use super::X;\nuse std::fmt::Debug;\nfn f() { super::own() }"),
        module("b.rs", "use crate::a::X;\nfn f() { crate::a::own() }"),
    ]));
    let files = modules.files();
    let of = |file: &str| files[file].iter().cloned().collect::<Vec<_>>();
    assert_eq!(of("a/mod.rs"), ["a/y.rs"]);
    assert_eq!(of("a/y.rs"), ["a/mod.rs", "a/x.rs"]);
    assert_eq!(of("b.rs"), ["a/mod.rs", "a/x.rs"]);
    assert_eq!(super::graph::cycles(&files), [vec!["a/mod.rs", "a/y.rs"]]);
}
