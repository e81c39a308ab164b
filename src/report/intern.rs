//! Long texts that occur in several cells, taken out of a report on its way to JavaScript.
//!
//! A text that 86 rules match is a cell of 86 rows. Converted by way of JSON for each of them, a megabyte took a second:
//! converted once, one JavaScript string is set in all of them.

use super::contract::{Cell, Report};
use crate::simd;
use std::collections::HashMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// A text and the cells that have it.
#[derive(Debug, PartialEq)]
pub(crate) struct SharedText {
    pub(crate) text: Arc<str>,
    /// Index of the result and name of the column, for each cell.
    pub(crate) places: Vec<(usize, String)>,
}

/// Shortest text, in bytes, that is taken out.
const SHARED_BYTES: usize = 4 << 10;

/// Takes out every long text that occurs in two cells or more, and sets their cells to null.
pub(crate) fn take_shared(report: &mut Report) -> Vec<SharedText> {
    let mut counts: HashMap<u64, usize> = HashMap::new();
    let mut hashes = Vec::new();
    for (_, cell) in report.results.iter().flat_map(|result| &result.fields.0) {
        if let Some(text) = long(cell) {
            let hash = xxh3_64(text.as_bytes());
            *counts.entry(hash).or_default() += 1;
            hashes.push(hash);
        }
    }
    let mut shared: Vec<SharedText> = Vec::new();
    let mut known: HashMap<u64, usize> = HashMap::new();
    let mut hashes = hashes.into_iter();
    for (index, result) in report.results.iter_mut().enumerate() {
        for (column, cell) in &mut result.fields.0 {
            let Some(text) = long(cell) else { continue };
            let Some(hash) = hashes.next() else { continue };
            if counts.get(&hash).is_none_or(|count| *count < 2) {
                continue;
            }
            let place = *known.entry(hash).or_insert(shared.len());
            if place == shared.len() {
                shared.push(SharedText { text: Arc::clone(text), places: Vec::new() });
            }
            let Some(shared) = shared.get_mut(place) else { continue };
            if simd::is_equal(shared.text.as_bytes(), text.as_bytes()) {
                shared.places.push((index, column.clone()));
                *cell = Cell::Null;
            }
        }
    }
    shared
}

/// Returns the text of a cell that is long enough.
fn long(cell: &Cell) -> Option<&Arc<str>> {
    match cell {
        Cell::One(text) if text.len() >= SHARED_BYTES => Some(text),
        Cell::One(_) | Cell::Many(_) | Cell::Null => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Fields, Number, Row};
    use crate::session::{Options, Session};

    #[test]
    fn only_long_texts_of_several_cells_are_taken() {
        let texts = [
            "a".repeat(SHARED_BYTES),
            "b".repeat(SHARED_BYTES),
            "a".repeat(SHARED_BYTES),
            "c".to_owned(),
            "c".into(),
        ];
        let mut report = Session::new(Options::default()).unwrap().report();
        report.results = texts
            .iter()
            .map(|text| Row {
                id: String::new(),
                rule_id: String::new(),
                fields: Fields(vec![("text".into(), Cell::One(text.as_str().into()))]),
                count: 1,
                first_time: None,
                last_time: None,
                score: Number(0),
                message: None,
                suppressed_by: None,
                blocks: Vec::new(),
                blocks_total: 1,
            })
            .collect();
        let full = report.clone();
        let shared = take_shared(&mut report);
        let places = vec![(0, "text".to_owned()), (2, "text".to_owned())];
        assert_eq!(shared, [SharedText { text: "a".repeat(SHARED_BYTES).into(), places }]);
        for SharedText { text, places } in shared {
            for (row, _) in places {
                assert_eq!(report.results[row].fields.0[0].1, Cell::Null);
                report.results[row].fields.0[0].1 = Cell::One(text.clone());
            }
        }
        assert_eq!(report, full);
    }
}
