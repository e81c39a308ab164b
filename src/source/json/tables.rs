//! Tables in JSON: one list has the names of the columns, another the rows or the columns.
//!
//! | table | form |
//! | --- | --- |
//! | Splunk's `json_rows` | `"fields":["a","b"],"rows":[["1","2"],…]` |
//! | Splunk's `json_cols` | `"fields":["a","b"],"columns":[["1",…],["2",…]]` |
//! | Loki | `"stream":{…},"values":[["1709618828000000000","line"],…]`, times in nanoseconds |
//! | Elastic's ES\|QL | Kusto's, with the rows in `values` |
//! | pandas | `"columns":["a","b"],"data":[[1,2],…]` |
//! | Azure Monitor, Kusto | `"columns":[{"name":"a","type":…},…],"rows":[[1,2],…]`, in `tables` or not, or `Columns` with `ColumnName` |

use crate::source::field_names::{self, FieldKey};
use crate::source::near::string_end;
use crate::text::json::unescape;
use memchr::memmem;

/// Whether this is the name of a list of rows.
pub(super) fn is_rows(name: &[u8]) -> bool {
    matches!(name, b"rows" | b"Rows" | b"values" | b"data")
}

/// Returns the names of the columns. `before` is the text before the rows.
pub(crate) fn column_names(before: &[u8]) -> Vec<Vec<u8>> {
    // Loki writes a list of times and lines after each set of labels.
    if memmem::find(before, b"\"stream\"").is_some() {
        return [&b"tsNs"[..], b"line"].map(<[u8]>::to_vec).into();
    }
    let lists: [&[u8]; 3] = [b"\"fields\"", b"\"columns\"", b"\"Columns\""];
    let ends = lists.iter().filter_map(|list| Some(memmem::rfind(before, list)? + list.len()));
    let list = ends.max().and_then(|end| after_colon(before.get(end..)?));
    let names = list.and_then(elements).unwrap_or_default();
    names.into_iter().map(|name| column_name(name).unwrap_or_default()).collect()
}

/// Whether rows with these columns may be events. Query statistics are tables too.
pub(crate) fn may_be_events(columns: &[Vec<u8>]) -> bool {
    columns.iter().any(|name| match field_names::event_key(name) {
        Some((FieldKey::Id, rank)) => rank > 3,
        Some((FieldKey::Text | FieldKey::Message | FieldKey::Raw | FieldKey::Data, _)) => true,
        _ => false,
    })
}

/// Names of the columns, and rows as JSON lists.
type JsonTable = (Vec<Vec<u8>>, Vec<Vec<u8>>);

/// Converts a table written column by column to rows.
pub(crate) fn transpose(text: &[u8]) -> Option<JsonTable> {
    let key: &[u8] = b"\"columns\"";
    let at = memmem::find(text, key)?;
    let list = after_colon(text.get(at + key.len()..)?)?;
    let columns: Vec<_> = elements(list)?.into_iter().map(elements).collect::<Option<_>>()?;
    let names = column_names(text.get(..at)?);
    let rows = columns.first()?.len();
    let row = |at: usize| {
        let cells = columns.iter().filter_map(|column| column.get(at).copied());
        [b"[", cells.collect::<Vec<_>>().join(&b',').as_slice(), b"]"].concat()
    };
    let is_table = !names.is_empty() && columns.iter().all(|column| column.len() == rows);
    is_table.then(|| (names, (0..rows).map(row).collect()))
}

/// Returns the text after a colon.
fn after_colon(text: &[u8]) -> Option<&[u8]> {
    Some(text.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start())
}

/// Splits the list or object that a text begins with into its elements or pairs.
fn elements(text: &[u8]) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    let (mut at, mut begin, mut depth) = (0, 1, 0_u32);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at += string_end(text.get(at + 1..)?, false)? + 1,
            b'[' | b'{' => depth += 1,
            b',' if depth == 1 => {
                found.push(text.get(begin..at)?.trim_ascii());
                begin = at + 1;
            }
            b']' | b'}' if depth > 1 => depth -= 1,
            b']' | b'}' => {
                let last = text.get(begin..at)?.trim_ascii();
                found.extend((!last.is_empty()).then_some(last));
                return Some(found);
            }
            _ if depth == 0 => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns the name of a column, given as a string or as an object with a name.
fn column_name(element: &[u8]) -> Option<Vec<u8>> {
    let names: [&[u8]; 3] = [b"\"name\"", b"\"ColumnName\"", b"\"Name\""];
    let named = |pair: &'_ [u8]| names.iter().any(|name| pair.starts_with(name));
    let text = match element {
        [b'{', ..] => {
            let pair = elements(element)?.into_iter().find(|pair| named(pair))?;
            after_colon(pair.get(memchr::memchr(b':', pair)?..)?)?
        }
        _ => element,
    };
    Some(unescape(text.strip_prefix(b"\"")?.strip_suffix(b"\"")?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_names_in_every_form() {
        for text in [
            r#"{"preview":false,"fields":["a\"b","c"],"#,
            r#"{"fields" : [ {"name":"a\"b"} , {"name" : "c" , "x":[1]} ] , "#,
            r#"{"tables":[{"name":"x","columns":[{"name":"a\"b","type":"string"},{"type":"{","name":"c"}],"#,
            r#"[{"Columns":[{"ColumnName":"a\"b","DataType":"x"},{"ColumnName":"c"}],"#,
        ] {
            assert_eq!(column_names(text.as_bytes()), [&b"a\"b"[..], b"c"], "{text}");
        }
        assert!(column_names(b"{\"a\":1,").is_empty());
        assert!(column_names(b"{\"fields\":[\"a\"").is_empty());
    }

    #[test]
    fn columns_are_turned_into_rows() {
        let text = br#"{"fields":["a","b"],"columns":[["1","x,]"],[2,["y","z"]]],"x":1}"#;
        let (names, rows) = transpose(text).unwrap();
        assert_eq!(names, [b"a", b"b"]);
        assert_eq!(rows, [&br#"["1",2]"#[..], br#"["x,]",["y","z"]]"#]);
        assert_eq!(transpose(br#"{"columns":[["1"]]}"#), None);
        assert_eq!(transpose(br#"{"fields":["a","b"],"columns":[["1","2"],["3"]]}"#), None);
        assert_eq!(transpose(br#"{"columns":[{"name":"a"}],"fields":["a"]}"#), None);
    }
}
