//! Texts of scripts, taken out of a report on its way to JavaScript.
//!
//! A text that 86 rules match is that of a script block and a cell of 86 rows. Written as JSON and parsed for each of them,
//! such texts took most of the time of a report. Converted once, one JavaScript string is set in all places.

use super::contract::{Cell, Report};
use std::collections::HashMap;
use std::sync::Arc;

/// A text and its places.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct SharedText {
    pub(crate) text: Arc<str>,
    /// Index of the result and name of the column, for each cell.
    pub(crate) cells: Vec<(usize, String)>,
    /// Indexes of the script blocks.
    pub(crate) blocks: Vec<usize>,
}

/// Shortest text, in bytes, that is taken out: setting a member takes as long as parsing so many.
const SHARED_BYTES: usize = 128;

/// Takes out every longer text of cells and script blocks. A cell is null without it, and the text of a block is empty.
/// Equal texts that do not share their memory are taken out each by itself.
pub(crate) fn take_shared(report: &mut Report) -> Vec<SharedText> {
    let mut shared: Vec<SharedText> = Vec::new();
    let mut known: HashMap<*const u8, usize> = HashMap::new();
    let mut place_of = |text: &Arc<str>, shared: &mut Vec<SharedText>| {
        let place = *known.entry(text.as_ptr()).or_insert(shared.len());
        if place == shared.len() {
            shared.push(SharedText { text: Arc::clone(text), ..SharedText::default() });
        }
        place
    };
    for (index, block) in report.script_blocks.iter_mut().enumerate() {
        if block.text.len() < SHARED_BYTES {
            continue;
        }
        let place = place_of(&block.text, &mut shared);
        if let Some(own) = shared.get_mut(place) {
            own.blocks.push(index);
            block.text = Arc::default();
        }
    }
    for (index, result) in report.results.iter_mut().enumerate() {
        for (column, cell) in &mut result.fields.0 {
            let Cell::One(text) = cell else { continue };
            if text.len() < SHARED_BYTES {
                continue;
            }
            let place = place_of(text, &mut shared);
            if let Some(own) = shared.get_mut(place) {
                own.cells.push((index, column.clone()));
                *cell = Cell::Null;
            }
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Options, Session};

    #[test]
    fn long_texts_are_taken_out_once_with_all_their_places() {
        let long = "# ".to_owned() + &"x".repeat(SHARED_BYTES);
        let texts = [
            format!("Enable-PSRemoting; New-LocalUser -Name x; wevtutil cl Security {long}"),
            "Enable-PSRemoting -Force".to_owned(),
        ];
        let mut session = Session::new(Options::default()).unwrap();
        session.begin("log.json").unwrap();
        for (id, text) in (1..).zip(&texts) {
            let event = format!(
                r#"{{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Computer":"FS03",
                    "ScriptBlockId":"{id}","MessageNumber":1,"MessageTotal":1,"ScriptBlockText":"{text}"}}"#
            );
            session.push(event.as_bytes()).unwrap();
        }
        session.end().unwrap();
        let full = session.report();
        let mut report = full.clone();
        let shared = take_shared(&mut report);
        assert_eq!(shared.len(), 1);
        assert_eq!(*shared[0].text, *texts[0]);
        assert_eq!(shared[0].blocks.len(), 1);
        assert!(shared[0].cells.len() > 2);
        assert_ne!(report, full);
        for SharedText { text, cells, blocks } in shared {
            for (row, column) in cells {
                let fields = &mut report.results[row].fields.0;
                let (_, cell) = fields.iter_mut().find(|(name, _)| *name == column).unwrap();
                assert_eq!(std::mem::replace(cell, Cell::One(text.clone())), Cell::Null);
            }
            for block in blocks {
                report.script_blocks[block].text = text.clone();
            }
        }
        assert_eq!(report, full);
    }
}
