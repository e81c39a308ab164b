//! Rows of CSV, as RFC 4180 has them.

use crate::search::parse_number;
use crate::text::is_invisible;

/// Appends a row. An apostrophe before a cell that begins like a formula keeps spreadsheets from running it.
pub(super) fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            text.push(',');
        }
        push_cell(text, &cell);
    }
    text.push_str("\r\n");
}

fn push_cell(text: &mut String, cell: &str) {
    // Spreadsheets skip white space and invisible characters, such as a byte order mark, before a formula's first one.
    let is_skipped = |char: char| char.is_whitespace() || is_invisible(char);
    let formula = cell
        .trim_start_matches(is_skipped)
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let number = parse_number(cell).is_some();
    let starts_blank = cell.starts_with(|char| char != ' ' && is_skipped(char));
    let guard = if (formula && !number) || starts_blank { "'" } else { "" };
    if guard.is_empty() && !cell.contains(['"', ',', '\r', '\n']) {
        text.push_str(cell);
    } else {
        text.push('"');
        text.push_str(guard);
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
}

/// Returns a row of a table in the format of RFC 4180, as [`csv`](super::csv()) has them.
///
/// ```
/// use scriptscope::report::csv_row;
///
/// assert_eq!(csv_row(["a,b", "=1+1"]), "\"a,b\",\"'=1+1\"\r\n");
/// ```
pub fn csv_row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    line(&mut text, cells.into_iter().map(str::to_owned));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let shown = |cell: &str| {
            let mut text = String::new();
            push_cell(&mut text, cell);
            text
        };
        assert_eq!(shown("plain"), "plain");
        assert_eq!(shown("a,\"b\"\r\nc"), "\"a,\"\"b\"\"\r\nc\"");
        assert_eq!(shown("=cmd|'/c calc'!A1"), "\"'=cmd|'/c calc'!A1\"");
        assert_eq!(shown(" \t@SUM(1)"), "\"' \t@SUM(1)\"");
        assert_eq!(shown("\r\nGet-Date"), "\"'\r\nGet-Date\"");
        assert_eq!(shown("\u{feff}=1+1"), "\"'\u{feff}=1+1\"");
        for blank in [
            "\u{feff}", "\u{200b}", "\t", "\r", "\n", "\0", "\u{a0}", "\u{2028}", "\u{3000}",
            "\u{85}",
        ] {
            assert_eq!(shown(&format!("{blank}x")), format!("\"'{blank}x\""));
            for before in [format!(" {blank}"), format!("{blank}\u{feff} ")] {
                assert_eq!(
                    shown(&format!("{before}＝1")),
                    format!("\"'{before}＝1\""),
                    "{before:?}"
                );
            }
        }
        assert_eq!(shown("é=1"), "é=1");
        assert_eq!(shown("-15.75"), "-15.75");
        assert_eq!(shown("-join"), "\"'-join\"");
    }
}
