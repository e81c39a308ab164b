//! Lookup tables: CSV files whose first row names the columns.

use crate::limits::{LOOKUP_CELLS, LOOKUP_COLUMNS};
use csv_core::ReadRecordResult;

/// A lookup table. Every row has as many cells as there are columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LookupTable {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// Parses a table whose cells are separated by commas. Short rows are padded with empty cells, and invalid UTF-8 becomes U+FFFD.
///
/// # Errors
///
/// An unclosed quote, no columns, more than [`LOOKUP_COLUMNS`] in a row or more than [`LOOKUP_CELLS`] in all.
pub(crate) fn parse(bytes: &[u8]) -> Result<LookupTable, String> {
    parse_separated(bytes, b',')
}

/// Parses a table whose cells are separated by this character, as [`parse`] does.
pub(crate) fn parse_separated(bytes: &[u8], separator: u8) -> Result<LookupTable, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv_core::ReaderBuilder::new().delimiter(separator).build();
    let mut table = LookupTable::default();
    let mut cells = 0_usize;
    let mut output = vec![0; bytes.len() + 1];
    let mut ends = vec![0; LOOKUP_COLUMNS];
    // The added line end completes the last row.
    let terminated = [bytes, b"\n"].concat();
    let mut input = terminated.as_slice();
    loop {
        let (result, read, written, fields) = reader.read_record(input, &mut output, &mut ends);
        input = input.get(read..).unwrap_or_default();
        match result {
            ReadRecordResult::Record => {
                let row = row(&output, ends.get(..fields).unwrap_or_default());
                cells = cells.saturating_add(row.len());
                if cells > LOOKUP_CELLS {
                    return Err(format!("more than {LOOKUP_CELLS} cells"));
                }
                if table.columns.is_empty() {
                    table.columns = row;
                } else {
                    table.rows.push(row);
                }
            }
            ReadRecordResult::InputEmpty if written > 0 => {
                return Err("a quotation mark is not closed".into());
            }
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::End => break,
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                return Err(format!("a row has more than {LOOKUP_COLUMNS} columns"));
            }
        }
    }
    let width = table.columns.len();
    table.rows.iter_mut().for_each(|row| row.resize(width, String::new()));
    if width == 0 { Err("no columns".into()) } else { Ok(table) }
}

fn row(output: &[u8], ends: &[usize]) -> Vec<String> {
    let mut start = 0;
    ends.iter()
        .map(|&end| {
            let cell = output.get(start..end).unwrap_or_default();
            start = end;
            String::from_utf8_lossy(cell).into_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table() {
        let table = parse(b"a,b\n1,\"x, \"\"y\"\"\"\n2\n\n3,\xFF").unwrap();
        assert_eq!(table.columns, ["a", "b"]);
        assert_eq!(table.rows, [["1", "x, \"y\""], ["2", ""], ["3", "\u{FFFD}"]]);
        assert!(parse(b"").is_err());
        assert!(parse(b"a,b\n1,\"2").is_err());
        assert!(parse(&b"a,".repeat(LOOKUP_COLUMNS + 1)).is_err());
    }
}
