//! Faults of rule files for tools of continuous integration: SARIF 2.1.0, and annotations of GitHub's workflows.

use crate::terminal::{json_line, visible_lines};
use scriptscope::report::Problem;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Fault of a rule file, with its position.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    pub(crate) level: Level,
    /// Kind of fault, in kebab case.
    pub(crate) code: String,
    /// Subject in a few words, such as the rule's title.
    pub(crate) title: String,
    pub(crate) message: String,
    /// Path of the file from the current folder.
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Error,
    Warning,
    Note,
}

impl Diagnostic {
    /// Returns a problem of a rule file.
    pub(crate) fn of_problem(problem: &Problem, rules: &[PathBuf]) -> Self {
        Self {
            level: match problem.severity {
                "error" => Level::Error,
                "warning" => Level::Warning,
                _ => Level::Note,
            },
            code: problem.code.to_string(),
            title: problem.rule.clone().unwrap_or_else(|| problem.code.to_string()),
            message: problem.message.clone(),
            file: problem.source.as_deref().map(|name| path_of(name, rules)),
            line: problem.line,
            column: problem.column,
        }
    }
}

/// Returns the path of a rule file, from the current folder where it is inside. The engine names a file by its path
/// inside the folder or archive that was given.
pub(crate) fn path_of(name: &str, given: &[PathBuf]) -> String {
    let inside = |path: &PathBuf| Some(path.join(name)).filter(|inside| inside.is_file());
    let is_named = |path: &&PathBuf| path.file_name().is_some_and(|own| own == name);
    let found = given.iter().find_map(inside);
    let found = found.or_else(|| given.iter().find(is_named).cloned());
    // What is left is a member of an archive.
    let archive = || given.iter().find(|path| path.is_file()).cloned();
    let path = found.or_else(archive).unwrap_or_else(|| PathBuf::from(name));
    let current = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(current).unwrap_or(&path);
    let path = path.strip_prefix(".").unwrap_or(path);
    slashes(path)
}

#[cfg(windows)]
fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(not(windows))]
fn slashes(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Returns a SARIF log with a result for each fault.
/// The format: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.
pub(crate) fn sarif(diagnostics: &[Diagnostic]) -> String {
    let mut codes: Vec<&str> = diagnostics.iter().map(|own| own.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<_> = codes.iter().map(|code| json!({"id": code})).collect();
    let results: Vec<_> = diagnostics.iter().map(|own| result(own, &codes)).collect();
    json_line(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "scriptscope",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn result(own: &Diagnostic, codes: &[&str]) -> Value {
    let level = match own.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let mut result = json!({
        "ruleId": own.code,
        "ruleIndex": codes.iter().position(|code| *code == own.code),
        "level": level,
        "message": {"text": format!("{}: {}", own.title, own.message)},
    });
    if let (Some(file), Some(object)) = (&own.file, result.as_object_mut()) {
        let mut place = json!({"artifactLocation": {"uri": uri(file)}});
        if let (Some(line), Some(place)) = (own.line, place.as_object_mut()) {
            let region = match own.column {
                Some(column) => json!({"startLine": line.max(1), "startColumn": column.max(1)}),
                None => json!({"startLine": line.max(1)}),
            };
            place.insert("region".into(), region);
        }
        object.insert("locations".into(), json!([{"physicalLocation": place}]));
    }
    result
}

/// Returns a path as a URI: relative, or `file:` if the path is absolute.
fn uri(path: &str) -> String {
    let mut uri = match path.as_bytes() {
        [b'/', ..] => "file://".to_owned(),
        [drive, b':', ..] if drive.is_ascii_alphabetic() => "file:///".to_owned(),
        _ => String::new(),
    };
    for (index, byte) in path.bytes().enumerate() {
        let is_drive = byte == b':' && index == 1 && !uri.is_empty();
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ if is_drive => uri.push(':'),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

/// Returns a workflow command for each fault, which GitHub shows at the line of a change.
/// The format: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
pub(crate) fn github(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for own in diagnostics {
        let command = match own.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let mut properties = Vec::new();
        if let Some(file) = &own.file {
            properties.push(format!("file={}", property(file)));
            properties.extend(own.line.map(|line| format!("line={line}")));
            properties.extend(own.column.map(|column| format!("col={column}")));
        }
        properties.push(format!("title={}", property(&own.title)));
        let _ = writeln!(text, "::{command} {}::{}", properties.join(","), data(&own.message));
    }
    text
}

/// Escapes the message of a workflow command.
fn data(text: &str) -> String {
    visible_lines(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(message: &str, file: Option<&str>) -> Diagnostic {
        Diagnostic {
            level: Level::Error,
            code: "sample-failed".to_owned(),
            title: "A: b, 100 %".to_owned(),
            message: message.to_owned(),
            file: file.map(str::to_owned),
            line: Some(3),
            column: Some(13),
        }
    }

    #[test]
    fn annotations_cannot_be_left_by_what_they_say() {
        let hostile = "50 %\r\n::stop-commands::x\u{1b}[2J";
        assert_eq!(
            github(&[fault(hostile, Some("rules/a:b,c.yml"))]),
            "::error file=rules/a%3Ab%2Cc.yml,line=3,col=13,title=A%3A b%2C 100 %25::50 %25␍%0A::stop-commands::x␛[2J\n"
        );
        assert_eq!(github(&[fault("x", None)]), "::error title=A%3A b%2C 100 %25::x\n");
    }

    #[test]
    fn sarif_has_a_result_with_its_place() {
        let faults = [fault("x", Some("détections/a b.yml")), fault("y", None)];
        let log: Value = serde_json::from_str(&sarif(&faults)).unwrap();
        let run = &log["runs"][0];
        assert_eq!(
            (&log["version"], &run["tool"]["driver"]["name"]),
            (&json!("2.1.0"), &json!("scriptscope"))
        );
        let result = &run["results"][0];
        assert_eq!(result["ruleId"], run["tool"]["driver"]["rules"][0]["id"]);
        assert_eq!(
            result["locations"],
            json!([{"physicalLocation": {
                "artifactLocation": {"uri": "d%C3%A9tections/a%20b.yml"},
                "region": {"startLine": 3, "startColumn": 13},
            }}])
        );
        assert!(run["results"][1].get("locations").is_none());
        let empty: Value = serde_json::from_str(&sarif(&[])).unwrap();
        assert_eq!(empty["runs"][0]["results"], json!([]));
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("/a/b#c.yml"), "file:///a/b%23c.yml");
        assert_eq!(uri("C:/a.yml"), "file:///C:/a.yml");
        assert_eq!(uri("a:b/100%.yml"), "file:///a:b/100%25.yml");
        assert_eq!(uri("ab:c.yml"), "ab%3Ac.yml");
    }
}
