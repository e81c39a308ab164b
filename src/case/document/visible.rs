//! Text of logs made safe to show: no character hides, reorders or ends a line.

use crate::text::is_invisible;
use std::borrow::Cow;
use std::fmt::Write;

/// Returns a text on one line, with every control, bidirectional and zero-width character made visible.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    shown(text, |_| false)
}

/// Applies [`visible`] to each line. Line ends become line feeds, tabs stay.
pub(super) fn visible_lines(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return shown(text, |char| matches!(char, '\n' | '\t'));
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(shown(&text, |char| matches!(char, '\n' | '\t')).into_owned())
}

fn shown(text: &str, stays: fn(char) -> bool) -> Cow<'_, str> {
    let is_hidden = |char: char| is_invisible(char) && !stays(char);
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char as u32 {
            _ if !is_hidden(char) => shown.push(char),
            9 => shown.push(' '),
            // Unicode has control pictures for these characters.
            code @ 0..=0x1F => shown.extend(char::from_u32(0x2400 + code)),
            0x7F => shown.push('\u{2421}'),
            code => {
                let _ = write!(shown, "⟨U+{code:04X}⟩");
            }
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_or_reorders() {
        assert_eq!(visible("a\r\nb\u{202e}c\u{1b}[0m\t\u{feff}"), "a␍␊b⟨U+202E⟩c␛[0m ⟨U+FEFF⟩");
        assert_eq!(visible_lines("a\r\n\tb\rc\0"), "a\n\tb\nc␀");
        assert!(matches!(visible("日本 é"), Cow::Borrowed(_)));
    }
}
