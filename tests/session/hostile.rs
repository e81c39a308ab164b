//! Hostile logs in every export: what an attacker writes into a script, a name or a path stays text for each program that
//! reads the export.

use super::exports::TABLES;
use scriptscope::case::{Case, DocumentFormat};
use scriptscope::report::{ExportFormat, ExportOptions, Table, json};
use scriptscope::{Options, RuleFile, Session};
use serde_json::Value;
use std::collections::BTreeSet;

/// What no export may pass on, each with the reader that would obey it.
const ATTACKS: [&str; 20] = [
    // Browsers.
    "</pre></script><script>INJECTED()</script><img src=x onerror=INJECTED()>",
    "\" onmouseover=\"INJECTED()\" x='",
    "<!-- <style>*{display:none}</style> <a href=javascript:INJECTED()>",
    // Spreadsheets.
    "=cmd|'/c INJECTED'!A1",
    "+1+cmd|'/c INJECTED'!A1",
    "-2+3+cmd|'/c INJECTED'!A1",
    "@SUM(INJECTED)",
    "\t=INJECTED()",
    "\r=INJECTED()",
    "\u{feff}=INJECTED()",
    "\",=INJECTED()\r\n=INJECTED(),\"",
    // Terminals, and eyes.
    "\u{1b}]0;INJECTED\u{7}\u{1b}[2J\u{9b}31m",
    "\u{202e}txt.1sp\u{2066}INJECTED\u{2069}\u{200b}",
    // Markdown.
    "[x](javascript:INJECTED) ![x](http://INJECTED.example/a.png)",
    "```\n\n# INJECTED\n\n~~~~~~\n# INJECTED\n<b>INJECTED</b>",
    "` | INJECTED |\n|---|\n| x |",
    // Readers of lines.
    "a\u{2028}{\"INJECTED\":1}\u{2029}\u{85}\u{b}\u{c}INJECTED",
    // File systems.
    "../../../INJECTED/..\\..\\CON:stream\0",
    // Patterns of STIX, and JSON.
    "'] OR [url:value = 'INJECTED",
    "\\\",\"INJECTED\":[{\\u0022",
];

/// A rule that matches every script, with an attack in its words too, which become titles and messages.
const RULE: &str = "title: \"[x](javascript:INJECTED) <script>INJECTED()</script> =INJECTED() `\"\n\
    id: 00000000-0000-4000-8000-0000000000aa\nlevel: critical\ntags: [attack.t1059.001, attack.execution]\n\
    description: \"</pre><script>INJECTED()</script>\"\nfalsepositives: [\"=INJECTED() <img src=x>\"]\n\
    logsource: {product: windows, category: ps_script}\n\
    detection: {s: {ScriptBlockText|contains: Enable-PSRemoting}, condition: s}\n";

/// Reads a log whose every field is each attack once, in the text both first and behind code.
fn session() -> Session {
    let options =
        Options::default().with_inventory(true).with_rules([RuleFile::new("<b>.yml", RULE)]);
    let mut session = Session::new(options).unwrap();
    session.begin("<img src=x onerror=INJECTED()>\u{202e}=INJECTED().json").unwrap();
    for (index, attack) in ATTACKS.iter().enumerate() {
        for (order, text) in [
            format!("{attack}\r\nEnable-PSRemoting -Force; iwr 'http://evil{index}.net/{attack}'"),
            format!("Enable-PSRemoting; reg add 'HKLM\\Software\\{attack}'; '{attack}'"),
            format!("Get-Date # {attack}"),
        ]
        .iter()
        .enumerate()
        {
            let record = serde_json::json!({
                "EventID": 4104, "Channel": "Microsoft-Windows-PowerShell/Operational", "MessageNumber": 1,
                "MessageTotal": 1, "ScriptBlockId": format!("{attack}{order}"), "ScriptBlockText": text,
                "Computer": attack, "UserID": attack, "Path": attack, "ProcessID": attack,
                "EventRecordID": (index * 3 + order).to_string(),
                "TimeCreated": format!("2026-08-08T06:{index:02}:0{order}.1234567Z"),
            });
            session.push(record.to_string().as_bytes()).unwrap();
        }
    }
    session.end().unwrap();
    session
}

fn export(session: &mut Session, format: ExportFormat, table: Table) -> Vec<u8> {
    let mut options = ExportOptions::default();
    options.table = table;
    let mut bytes = Vec::new();
    session.export(format, &options, &mut bytes).unwrap();
    bytes
}

/// A case with attacks in all that an analyst types or pastes.
fn case(session: &mut Session) -> Case {
    let mut notes: Vec<Value> =
        ATTACKS.iter().map(|note| serde_json::json!({ "by": note, "note": note })).collect();
    notes.sort_by_key(|note| note["by"].to_string());
    let marks: serde_json::Map<String, Value> = session
        .report()
        .results
        .iter()
        .zip(ATTACKS.iter().cycle())
        .map(|(result, attack)| {
            let mark = serde_json::json!({ "note": attack, "by": attack, "star": true, "verdict": "hostile" });
            (format!("result:{}", result.id), mark)
        })
        .collect();
    let case = serde_json::json!({
        "format": "scriptscope.case", "version": 1, "name": ATTACKS[0], "notes": notes, "marks": marks,
    });
    Case::parse(&case.to_string()).unwrap()
}

/// Asserts that no character of a text moves a cursor, hides or reorders others, or ends a line for some reader only.
fn assert_visible(what: &str, text: &str, allowed: &[char]) {
    let hidden = |char: &char| {
        char.is_control() && *char != '\n' && !allowed.contains(char)
            || matches!(*char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    if let Some((at, char)) = text.char_indices().find(|(_, char)| hidden(char)) {
        let before: Vec<char> = text[..at].chars().rev().take(60).collect();
        panic!("{what}: {char:?} at {at}, after {:?}", before.iter().rev().collect::<String>());
    }
}

/// Returns the tags of a page, without the texts between them.
fn tags(page: &str) -> Vec<&str> {
    let starts = page.match_indices('<').map(|(at, _)| &page[at + 1..]);
    starts.map(|from| &from[..from.find('>').expect("a tag that ends")]).collect()
}

/// Asserts that a page has tags and attributes of documents only, and forbids scripts itself.
fn assert_inert_html(page: &str) {
    let names: BTreeSet<&str> = tags(page)
        .into_iter()
        .map(|tag| tag.trim_start_matches('/').split([' ', '\n']).next().unwrap_or_default())
        .collect();
    for name in &names {
        assert!(
            !["script", "img", "svg", "iframe", "object", "link", "base", "form"].contains(name),
            "<{name}>"
        );
    }
    assert_eq!(page.matches("<style").count(), 1);
    assert!(!page.contains("<b>INJECTED"));
    for tag in tags(page) {
        // Values of attributes are quoted, so that what is outside of quotation marks are names.
        let outside: String = tag.split('"').step_by(2).collect();
        let is_event = |word: &str| word.trim_start().to_ascii_lowercase().starts_with("on");
        assert!(!outside.split([' ', '\n']).any(is_event), "<{tag}>");
        assert!(!tag.contains("INJECTED") && !tag.contains("javascript:"), "<{tag}>");
        // Links lead within the page.
        assert!(!tag.starts_with("a ") || tag.starts_with("a href=\"#"), "<{tag}>");
    }
    assert!(page.contains("default-src 'none'"));
    assert_visible("html", page, &['\t']);
}

/// Returns the lines of Markdown outside of fences, without their code spans.
fn prose(text: &str) -> Vec<String> {
    let mut fence: Option<String> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let start = line.trim_start_matches(' ');
        let run: String = start.chars().take_while(|char| *char == '`' || *char == '~').collect();
        match &fence {
            Some(open) => {
                let closes = run.len() >= open.len()
                    && run.starts_with(&open[..1])
                    && start.trim_end() == run;
                fence = fence.filter(|_| !closes);
            }
            None if run.len() >= 3 => fence = Some(run),
            None => lines.push(without_code(line)),
        }
    }
    assert!(fence.is_none(), "a fence is open at the end");
    lines
}

/// Returns a line without its code spans and escaped characters.
fn without_code(line: &str) -> String {
    let mut rest = line;
    let mut text = String::new();
    while let Some(char) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches('`').len();
        if char == '\\' {
            rest = rest
                .get(1..)
                .and_then(|own| own.char_indices().nth(1))
                .map_or("", |(at, _)| &rest[1 + at..]);
        } else if run > 0 {
            let (fence, own) = rest.split_at(run);
            let ends = |at: &usize| {
                own[*at..].starts_with(fence)
                    && !own[..*at].ends_with('`')
                    && !own[*at + run..].starts_with('`')
            };
            let end = own.match_indices(fence).map(|(at, _)| at).find(ends);
            rest = end.map_or(own, |at| &own[at + run..]);
            text.push('\u{1}');
        } else {
            text.push(char);
            rest = &rest[char.len_utf8()..];
        }
    }
    text
}

fn assert_inert_markdown(text: &str) {
    assert_visible("markdown", text, &['\t']);
    for line in prose(text) {
        // Cells of tables are divided into lines.
        let line = line.replace("<br>", " ");
        assert!(!line.contains('<') && !line.contains("](") && !line.contains("!["), "{line}");
        assert!(!line.contains("javascript:") && !line.contains("http://"), "{line}");
        assert!(!line.trim_start_matches('#').trim().starts_with("INJECTED"), "{line}");
    }
}

/// Returns the rows of CSV, as RFC 4180 has them.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {
                assert_eq!(chars.next(), Some('\n'), "a line that ends with a carriage return");
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            _ => cell.push(char),
        }
    }
    assert!(!quoted && row.is_empty() && cell.is_empty(), "an unfinished row");
    rows
}

fn assert_inert_csv(what: &str, text: &str) {
    let rows = csv_rows(text);
    for row in &rows {
        assert_eq!(row.len(), rows[0].len(), "{what}: {row:?}");
        for cell in row {
            // Spreadsheets skip white space and what is invisible.
            let shown = cell.trim_start_matches(|char: char| {
                char.is_whitespace() || char.is_control() || matches!(char, '\u{feff}' | '\u{200b}')
            });
            let is_number = cell.parse::<f64>().is_ok();
            assert!(is_number || !shown.starts_with(['=', '+', '-', '@']), "{what}: {cell:?}");
            assert!(!cell.starts_with(['\t', '\r', '\n', '\u{feff}']), "{what}: {cell:?}");
        }
    }
}

/// Asserts that each line is JSON, that no reader sees more lines, and that no key is an attack.
fn assert_inert_json(what: &str, text: &str) {
    assert_visible(what, text, &[]);
    for line in text.lines() {
        let value: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{what}: {error}: {line}"));
        assert_keys(what, &value);
    }
}

fn assert_keys(what: &str, value: &Value) {
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            assert!(!key.contains("INJECTED"), "{what}: {key}");
            assert_keys(what, value);
        }),
        Value::Array(all) => all.iter().for_each(|value| assert_keys(what, value)),
        _ => {}
    }
}

/// Asserts that a pattern of STIX is one comparison with one string.
fn assert_one_comparison(pattern: &str) {
    let (_, value) = pattern.split_once(" = '").expect("a comparison");
    let value = value.strip_suffix("']").expect("an end");
    let unescaped = value.replace("\\\\", "").replace("\\'", "");
    assert!(!unescaped.contains(['\'', '\\']), "{pattern}");
}

/// Returns the names and contents of a zip archive of stored files.
fn files(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let number = |at: usize, size: usize| {
        zip[at..at + size].iter().rev().fold(0, |all, byte| all << 8 | usize::from(*byte))
    };
    let mut all = Vec::new();
    let mut at = 0;
    while zip[at..].starts_with(b"PK\x03\x04") {
        let (size, name) = (number(at + 22, 4), number(at + 26, 2));
        let start = at + 30 + name;
        let name = String::from_utf8(zip[at + 30..start].to_vec()).unwrap();
        all.push((name, zip[start..start + size].to_vec()));
        at = start + size;
    }
    all
}

#[test]
fn hostile_logs_are_inert_in_every_export() {
    let mut session = session();
    let found = session.report();
    assert!(found.results.len() >= 2 * ATTACKS.len(), "{} results", found.results.len());
    for format in ExportFormat::ALL {
        let is_table = matches!(format, ExportFormat::Csv | ExportFormat::Ndjson);
        for table in TABLES.into_iter().take(if is_table { TABLES.len() } else { 1 }) {
            let what = format!("{} {table:?}", format.name());
            let bytes = export(&mut session, format, table);
            if format == ExportFormat::ScriptsZip {
                let files = files(&bytes);
                assert!(files.len() > ATTACKS.len(), "{} files", files.len());
                for (name, content) in &files {
                    let is_plain =
                        |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
                    let own = name.strip_prefix("scripts/").unwrap_or(name);
                    assert!(own.chars().all(is_plain) && !own.contains(".."), "{name}");
                    assert!(
                        own.ends_with(".txt") || ["manifest.json", "SHA256SUMS"].contains(&own),
                        "{name}"
                    );
                    if own == "manifest.json" {
                        assert_inert_json(name, std::str::from_utf8(content).unwrap());
                    }
                }
                continue;
            }
            let text = String::from_utf8(bytes).unwrap();
            assert!(
                text.contains("INJECTED") || format == ExportFormat::Navigator,
                "{what} has no attack"
            );
            match format {
                ExportFormat::Csv | ExportFormat::TimesketchCsv => assert_inert_csv(&what, &text),
                _ => assert_inert_json(&what, &text),
            }
            if format == ExportFormat::Stix {
                let bundle: Value = serde_json::from_str(&text).unwrap();
                let objects = bundle["objects"].as_array().unwrap();
                let patterns: Vec<&str> =
                    objects.iter().filter_map(|one| one["pattern"].as_str()).collect();
                assert!(patterns.len() > ATTACKS.len(), "{} patterns", patterns.len());
                patterns.into_iter().for_each(assert_one_comparison);
            }
        }
    }
}

#[test]
fn hostile_logs_and_notes_are_inert_in_reports_and_cases() {
    let mut session = session();
    let case = case(&mut session);
    assert!(case.marks.len() >= 2 * ATTACKS.len());
    for case in [&Case::default(), &case] {
        let html = session.case_report(case, DocumentFormat::Html).text;
        assert!(html.contains("INJECTED"));
        assert_inert_html(&html);
        let markdown = session.case_report(case, DocumentFormat::Markdown).text;
        assert!(markdown.contains("INJECTED"));
        assert_inert_markdown(&markdown);
    }
    let text = case.to_json();
    assert_visible("case", &text, &[]);
    assert_eq!(Case::parse(&text).unwrap(), case);
    assert_keys("case", &serde_json::from_str(&text).unwrap());
    assert_inert_json("report", &json(&session.report()));
}

#[test]
fn the_checks_see_what_would_be_obeyed() {
    let fails =
        |check: &(dyn Fn() + std::panic::RefUnwindSafe)| std::panic::catch_unwind(check).is_err();
    let csp = "<meta content=\"default-src 'none'\"><style></style>";
    assert!(!fails(&|| assert_inert_html(&format!("{csp}<p class=\"onx\">a &lt;script&gt;</p>"))));
    for page in [
        "<script>x</script>",
        "<p onclick=\"x\">",
        "<p title=\"javascript:x\">",
        "<img src=x>",
        "\u{202e}",
    ] {
        assert!(fails(&|| assert_inert_html(&format!("{csp}{page}"))), "{page}");
    }
    assert!(!fails(&|| assert_inert_markdown(
        "# a\n\n`<b> [x](y)` \\<b\\>\n\n````\n```\n# INJECTED\n````\n"
    )));
    for text in
        ["[x](javascript:y)", "<b>", "```\n```\n# INJECTED", "``` `\n", "` <b>", "a\u{1b}[2J"]
    {
        assert!(fails(&|| assert_inert_markdown(text)), "{text}");
    }
    assert!(!fails(&|| assert_inert_csv("", "a,b\r\n\"'=1,\",-2\r\n")));
    for text in ["a,b\r\nx\r\n", "=x\r\n", "\"\t=x\"\r\n", "\"\u{feff}=x\"\r\n", "\"a\r\n"] {
        assert!(fails(&|| assert_inert_csv("", text)), "{text}");
    }
    assert!(!fails(&|| assert_inert_json("", "{\"a\":\"INJECTED \\u2028\"}\n")));
    for text in ["{\"a\":1}{", "{\"INJECTED\":1}", "{\"a\":\"\u{2028}\"}"] {
        assert!(fails(&|| assert_inert_json("", text)), "{text}");
    }
    assert!(fails(&|| assert_one_comparison("[url:value = 'a'] OR [url:value = 'b']")));
    assert!(!fails(&|| assert_one_comparison("[url:value = 'a\\'] OR [url:value = \\'b']")));
}
