//! Text for terminals. Attackers write the contents of logs, so nothing in them may move the cursor, hide text or
//! reorder it.

use scriptscope::report::is_invisible;
pub(crate) use scriptscope::report::{count, moment, plural};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns the text with every control, escape sequence, bidirectional and zero-width character made visible.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character as u32 {
            9 => shown.push(' '),
            // Unicode has control pictures for these characters.
            code @ 0..=0x1F => shown.extend(char::from_u32(0x2400 + code)),
            0x7F => shown.push('\u{2421}'),
            code if is_invisible(character) => {
                let _ = write!(shown, "<U+{code:04X}>");
            }
            _ => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// Applies [`visible`] to each line; line ends stay.
pub(crate) fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// Returns a value as one line of JSON, with such characters escaped.
pub(crate) fn json_line<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    let mut shown = String::with_capacity(json.len() + 1);
    let mut units = [0; 2];
    for character in json.chars() {
        if character > '~' && is_invisible(character) {
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    shown.push('\n');
    shown
}

/// Returns the number of columns that a visible text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Pads the text with spaces to a width.
pub(crate) fn pad_end(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Returns the text, cut with an ellipsis if it takes more columns.
pub(crate) fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut used = 1;
    let fitting = text.chars().take_while(|character| {
        used += character.width().unwrap_or_default();
        used <= columns
    });
    Cow::Owned(fitting.chain(['…']).collect())
}

/// Emphasis of text.
#[derive(Clone, Copy)]
pub(crate) enum Style {
    Bold,
    Dim,
    Red,
    Yellow,
    Cyan,
}

/// Styles text, or leaves it unchanged if the reader wants no colour.
#[derive(Clone, Copy)]
pub(crate) struct Painter {
    pub(crate) is_on: bool,
}

impl Painter {
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Bold => 1,
            Style::Dim => 2,
            Style::Red => 31,
            Style::Yellow => 33,
            Style::Cyan => 36,
        };
        if self.is_on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Returns a size with its unit: 61.2 MB
pub(crate) fn bytes(value: u64) -> String {
    if value < 1000 {
        return format!("{value} B");
    }
    let mut scaled = value as f64 / 1000.0;
    let mut units = ["kB", "MB", "GB", "TB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    while scaled >= 999.95
        && let Some(larger) = units.next()
    {
        scaled /= 1000.0;
        unit = larger;
    }
    format!("{scaled:.1} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_logs_text_reaches_the_terminal_as_a_command_or_hides() {
        assert_eq!(visible("\x1b[2J\x1b]0;own\x07"), "␛[2J␛]0;own␇");
        assert_eq!(visible("a\tb\r\nc\x7f"), "a b␍␊c␡");
        assert_eq!(visible("x\u{9b}2Jy"), "x<U+009B>2Jy");
        let hidden = "\u{202e}evil\u{2066}\u{200b}\u{feff}\u{2028}";
        assert_eq!(visible(hidden), "<U+202E>evil<U+2066><U+200B><U+FEFF><U+2028>");
        assert_eq!(visible("日本 é 😀"), "日本 é 😀");
        assert_eq!(json_line(&"\u{202e}\u{e0001}é"), "\"\\u202e\\udb40\\udc01é\"\n");
    }

    #[test]
    fn widths_count_columns_not_characters() {
        assert_eq!(pad_end("日本", 5), "日本 ");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("12345", 5), "12345");
        assert_eq!(fit("123456", 5), "1234…");
    }

    #[test]
    fn sizes_and_times_read_well() {
        let values = [0, 999, 1000, 61_240_000, 999_999, 2_500_000_000_000, 50_000_000_000_000_000];
        let shown = ["0 B", "999 B", "1.0 kB", "61.2 MB", "1.0 MB", "2.5 TB", "50000.0 TB"];
        assert_eq!(values.map(bytes), shown);
        assert_eq!(moment(Some("2026-08-08T06:13:52.0830000Z")), "2026-08-08 06:13:52.0830000 UTC");
    }

    #[test]
    fn colour_is_written_where_it_is_wanted() {
        assert_eq!(Painter { is_on: true }.paint(Style::Red, "x"), "\x1b[31mx\x1b[0m");
        assert_eq!(Painter { is_on: false }.paint(Style::Red, "x"), "x");
    }
}
