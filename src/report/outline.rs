//! The report without its texts, for views that show thousands of results and open one at a time.

use super::contract::{Cell, Report};
use crate::script::views;
use crate::sort;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// UTF-16 units of the matching line that are shown.
const LINE_UNITS: usize = 300;

/// A report whose script texts are left empty, and the line of each result that matched.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outline {
    /// Block texts and `ScriptBlockText` cells are `""`.
    pub report: Report,
    /// By result id.
    pub lines: BTreeMap<String, String>,
}

/// Takes the texts out.
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

/// The line that holds this UTF-16 offset, without white space at its ends; of a long line the part from
/// shortly before the offset.
fn line_at(text: &str, offset: usize) -> String {
    let mut start = Vec::with_capacity(LINE_UNITS);
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
            if rest.len() >= LINE_UNITS {
                break;
            }
        }
        units += char.len_utf16();
    }
    let skipped = start.len().saturating_sub(LINE_UNITS / 3);
    let before: String = start.iter().skip(skipped).collect();
    let line = format!("{}{before}{rest}", if skipped > 0 { "…" } else { "" });
    line.trim().chars().take(LINE_UNITS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_around_a_match() {
        assert_eq!(line_at("a\r\n  Enable-PSRemoting -Force\r\nb", 5), "Enable-PSRemoting -Force");
        assert_eq!(line_at("", 0), "");
        assert_eq!(line_at("\r\nfirst\nsecond", 0), "first");
        let long = format!("{}here{}", "x".repeat(1_000), "y".repeat(1_000));
        let line = line_at(&long, 1_000);
        assert!(line.starts_with("…x") && line.contains("xhere"));
        assert!(line.chars().count() <= LINE_UNITS);
    }
}
