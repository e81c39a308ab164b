//! [`Outline`]: the report without its texts, for views that list thousands of results and open one at a time.

use super::contract::{Cell, Report};
use crate::script::views;
use crate::sort;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Longest line, in characters.
const LINE_CHARS: usize = 300;

/// A report without script texts, and for each result the line that matched.
///
/// ```
/// use scriptscope::{Options, Session};
///
/// let mut session = Session::new(Options::default()).unwrap();
/// session.begin("log.json").unwrap();
/// session.push(br#"{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","ScriptBlockText":
///     "cd C:\\\nEnable-PSRemoting -Force\n","Computer":"FS03","ScriptBlockId":"1"}"#).unwrap();
/// session.end().unwrap();
/// let outline = session.outline();
/// assert_eq!(outline.lines[&outline.report.results[0].id], "Enable-PSRemoting -Force");
/// assert_eq!(&*outline.report.script_blocks[0].text, "");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Outline {
    /// The report. Texts of blocks and cells of `ScriptBlockText` are empty.
    pub report: Report,
    /// The matching lines by result id.
    pub lines: BTreeMap<String, String>,
}

/// Takes the texts out of a report.
pub(crate) fn outline(mut report: Report) -> Outline {
    let blocks: HashMap<_, _> =
        report.script_blocks.iter().map(|block| (block.id.as_str(), block)).collect();
    let lines = sort::collect_map(report.results.iter().filter_map(|result| {
        let matched = result.blocks.first()?;
        let block = blocks.get(matched.id.as_str())?;
        let spans = matched.spans.first();
        let start = spans.and_then(|spans| spans.ranges.first()).map_or(0, |range| range.0);
        let hidden = spans
            .filter(|spans| spans.view != "original")
            .and_then(|spans| views(&block.text).into_iter().find(|view| view.name == spans.view));
        let line = line_at(hidden.as_ref().map_or(&*block.text, |view| &view.text), start);
        Some((result.id.clone(), line))
    }));
    for block in &mut report.script_blocks {
        block.text = "".into();
    }
    for result in &mut report.results {
        for (column, cell) in &mut result.fields.0 {
            if column == "ScriptBlockText" {
                *cell = Cell::One("".into());
            }
        }
    }
    Outline { report, lines }
}

/// Returns the trimmed line at a UTF-16 offset. A long line is cut, and begins shortly before the offset.
fn line_at(text: &str, offset: usize) -> String {
    let mut start = Vec::with_capacity(LINE_CHARS);
    let mut rest = String::new();
    let mut units = 0;
    for char in text.chars() {
        let ends = matches!(char, '\r' | '\n');
        if units < offset {
            if ends {
                start.clear();
            } else {
                start.push(char);
            }
        } else if ends && !(rest.is_empty() && start.is_empty()) {
            break;
        } else if !ends {
            rest.push(char);
            if rest.len() >= LINE_CHARS {
                break;
            }
        }
        units += char.len_utf16();
    }
    let skipped = start.len().saturating_sub(LINE_CHARS / 3);
    let before: String = start.iter().skip(skipped).collect();
    let line = format!("{}{before}{rest}", if skipped > 0 { "…" } else { "" });
    line.trim().chars().take(LINE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_has_its_line() {
        assert_eq!(line_at("a\r\n  Enable-PSRemoting -Force\r\nb", 5), "Enable-PSRemoting -Force");
        assert_eq!(line_at("", 0), "");
        assert_eq!(line_at("\r\nfirst\nsecond", 0), "first");
        let long = format!("{}here{}", "x".repeat(1_000), "y".repeat(1_000));
        let line = line_at(&long, 1_000);
        assert!(line.starts_with("…x") && line.contains("xhere"));
        assert!(line.chars().count() <= LINE_CHARS);
    }
}
