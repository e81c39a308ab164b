//! [`Pieces`]: an export in pieces, for hosts that cannot hold it as one text.
//!
//! JavaScript's texts end at 512 MiB. Pieces are made one at a time, so that memory holds one of them.

use super::contract::Report;
use super::export::{Format, Names, write_csv_header, write_csv_row, write_ndjson_line};
use super::json::{to_json, write_json};
use serde::Serialize;
use std::mem::take;

/// Smallest size of a piece, except of the last one. A piece ends with an element of a list.
const PIECE_BYTES: usize = 256 << 10;

/// Lists that are written element by element, in the report's order.
const LISTS: [&str; 6] = ["sources", "problems", "results", "scriptBlocks", "riskObjects", "acts"];

/// An export of a report, piece by piece. Joined, the pieces are what [`Report::write`] writes.
pub(crate) struct Pieces {
    report: Report,
    format: Format,
    names: Names,
    /// What comes before each element list of [`LISTS`], and after the last one.
    frame: Vec<String>,
    list: usize,
    /// Number of the next element of the list.
    element: usize,
}

impl Pieces {
    pub(crate) fn new(mut report: Report, format: Format) -> Self {
        let frame = if format == Format::Json { frame_of(&mut report) } else { Vec::new() };
        let names = Names::of(&report);
        Self { report, format, names, frame, list: 0, element: 0 }
    }

    /// Returns the next piece; `None` after the last one.
    pub(crate) fn next(&mut self) -> Option<Vec<u8>> {
        let mut piece = Vec::new();
        while piece.len() < PIECE_BYTES && self.push_next(&mut piece) {}
        (!piece.is_empty()).then_some(piece)
    }

    /// Appends the next element with what is before it. Returns whether there was anything to append.
    fn push_next(&mut self, to: &mut Vec<u8>) -> bool {
        match self.format {
            Format::Json => self.push_json(to),
            Format::Ndjson | Format::Csv => self.push_line(to),
        }
    }

    // Writing to memory cannot fail.
    fn push_line(&mut self, to: &mut Vec<u8>) -> bool {
        let is_csv = self.format == Format::Csv;
        if is_csv && self.list == 0 {
            self.list = 1;
            let _ = write_csv_header(to);
            return true;
        }
        let Some(result) = self.report.results.get(self.element) else { return false };
        self.element += 1;
        let write = if is_csv { write_csv_row } else { write_ndjson_line };
        let _ = write(&self.report, &self.names, result, to);
        true
    }

    fn push_json(&mut self, to: &mut Vec<u8>) -> bool {
        if self.element == 0 {
            let Some(before) = self.frame.get(self.list) else { return false };
            to.extend_from_slice(before.as_bytes());
        }
        let (report, at) = (&self.report, self.element);
        let is_written = match self.list {
            0 => push_element(&report.sources, at, to),
            1 => push_element(&report.problems, at, to),
            2 => push_element(&report.results, at, to),
            3 => push_element(&report.script_blocks, at, to),
            4 => push_element(&report.risk_objects, at, to),
            5 => push_element(&report.acts, at, to),
            _ => false,
        };
        if is_written {
            self.element += 1;
        } else {
            self.list += 1;
            self.element = 0;
        }
        true
    }
}

fn push_element<T: Serialize>(list: &[T], at: usize, to: &mut Vec<u8>) -> bool {
    let Some(element) = list.get(at) else { return false };
    if at > 0 {
        to.push(b',');
    }
    // Writing to memory cannot fail.
    let _ = write_json(element, to);
    true
}

/// Returns the JSON of the report without the elements of its lists, cut where they belong.
fn frame_of(report: &mut Report) -> Vec<String> {
    let sources = take(&mut report.sources);
    let problems = take(&mut report.problems);
    let results = take(&mut report.results);
    let script_blocks = take(&mut report.script_blocks);
    let risk_objects = take(&mut report.risk_objects);
    let acts = take(&mut report.acts);
    let json = to_json(report);
    report.sources = sources;
    report.problems = problems;
    report.results = results;
    report.script_blocks = script_blocks;
    report.risk_objects = risk_objects;
    report.acts = acts;
    let mut frame = Vec::new();
    let mut rest = json.as_str();
    for list in LISTS {
        // Inside a text, the quotes of such a key would be escaped.
        let key = format!(",\"{list}\":[");
        let Some(at) = rest.find(&format!("{key}]")) else { continue };
        let (before, after) = rest.split_at(at + key.len());
        frame.push(before.to_owned());
        rest = after;
    }
    frame.push(rest.to_owned());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Options, Session};

    fn report(records: usize) -> Report {
        let mut session = Session::new(Options::default()).unwrap();
        for index in 0..records {
            session.begin(&format!("\",\"results\":[]{index}.json")).unwrap();
            let text = format!("Enable-PSRemoting -Force # {index} {}", "é\\u202e,".repeat(20_000));
            let record = format!(
                r#"{{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Computer":"H{index}",
                    "MessageNumber":1,"MessageTotal":1,"ScriptBlockId":"{index}","ScriptBlockText":"{text}"}}"#
            );
            session.push(record.as_bytes()).unwrap();
            session.push(b"{\"EventID\":").unwrap();
            session.end().unwrap();
        }
        session.report()
    }

    #[test]
    fn the_pieces_are_the_export() {
        for records in [0, 1, 7] {
            let report = report(records);
            for format in [Format::Json, Format::Ndjson, Format::Csv] {
                let mut pieces = Pieces::new(report.clone(), format);
                let pieces: Vec<_> = std::iter::from_fn(|| pieces.next()).collect();
                assert_eq!(String::from_utf8(pieces.concat()).unwrap(), report.to_text(format));
                assert!(records < 7 || pieces.len() > 1, "{}", pieces.len());
                let shorter = pieces.iter().filter(|piece| piece.len() < PIECE_BYTES).count();
                assert!(shorter <= 1, "{shorter}");
            }
        }
    }
}
