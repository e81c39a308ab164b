//! [`SearchError`]: an error in a search, with its place and an excerpt of the line.

use crate::limits;
use crate::text::floor_char_boundary;
use std::fmt;

/// An error in a search. It displays the message, the line with a caret under the place, and the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchError {
    /// The cause.
    pub message: String,
    /// Byte offset in the text of the search.
    pub offset: usize,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What to write instead, if that is known.
    pub help: Option<String>,
    /// Part of the line around the place, and the number of its characters before the place.
    excerpt: (String, usize),
}

/// Number of characters that [`SearchError`] shows on either side of the place. Published searches are often one line
/// of several thousand characters.
const CONTEXT_CHARS: usize = 48;

impl SearchError {
    /// Locates a syntax error in the text of the search.
    pub(crate) fn new(text: &str, error: SyntaxError) -> Self {
        let offset = floor_char_boundary(text, error.offset);
        let (before, after) = text.split_at(offset);
        let line = before.matches('\n').count() + 1;
        let head = before.rsplit('\n').next().unwrap_or_default();
        let tail = after.split(['\r', '\n']).next().unwrap_or_default();
        let column = head.chars().count() + 1;
        Self {
            message: error.message,
            offset,
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            help: error.help,
            excerpt: excerpt(head, tail),
        }
    }

    /// Returns the error at an offset of a text.
    pub(crate) fn at_offset(
        text: &str,
        offset: usize,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Self {
        Self::new(text, SyntaxError { offset, message: message.into(), help })
    }

    /// Returns the error with the line and column of the file that contains the search.
    pub(crate) fn at(self, line: u32, column: u32) -> Self {
        Self { line, column, ..self }
    }
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.message, (self.line, self.column), &self.excerpt))?;
        match &self.help {
            Some(help) => write!(f, "\n{} = {help}", " ".repeat(self.line.to_string().len())),
            None => Ok(()),
        }
    }
}

/// Returns a message with an excerpt of its line and a caret under the place between `before` and `after`.
pub(crate) fn with_caret(message: &str, line: u32, before: &str, after: &str) -> String {
    let column = u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX);
    shown(message, (line, column), &excerpt(before, after))
}

fn shown(message: &str, (line, column): (u32, u32), (text, before): &(String, usize)) -> String {
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    // Of characters, not columns: a wide one moves the caret twice.
    let caret = " ".repeat(text.chars().take(*before).map(columns).sum());
    format!(
        "{message}\n{margin} ┌ line {line}, column {column}\n{number} │ {text}\n{margin} │ {caret}^"
    )
}

impl std::error::Error for SearchError {}

/// Ranges of characters that take two columns of a terminal: East Asian wide and fullwidth, and emoji (Unicode 16, UAX #11).
const WIDE: &[(char, char)] = &[
    ('\u{1100}', '\u{115f}'),
    ('\u{231a}', '\u{231b}'),
    ('\u{23e9}', '\u{23ec}'),
    ('\u{26a1}', '\u{26a1}'),
    ('\u{2705}', '\u{2705}'),
    ('\u{274c}', '\u{274c}'),
    ('\u{2e80}', '\u{303e}'),
    ('\u{3041}', '\u{4dbf}'),
    ('\u{4e00}', '\u{a4cf}'),
    ('\u{a960}', '\u{a97f}'),
    ('\u{ac00}', '\u{d7a3}'),
    ('\u{f900}', '\u{faff}'),
    ('\u{fe30}', '\u{fe6f}'),
    ('\u{ff01}', '\u{ff60}'),
    ('\u{ffe0}', '\u{ffe6}'),
    ('\u{16fe0}', '\u{18cff}'),
    ('\u{1aff0}', '\u{1b2ff}'),
    ('\u{1f300}', '\u{1f320}'),
    ('\u{1f32d}', '\u{1f335}'),
    ('\u{1f337}', '\u{1f37c}'),
    ('\u{1f37e}', '\u{1f393}'),
    ('\u{1f3a0}', '\u{1f3ca}'),
    ('\u{1f3e0}', '\u{1f3f0}'),
    ('\u{1f3f8}', '\u{1f43e}'),
    ('\u{1f442}', '\u{1f4fc}'),
    ('\u{1f4ff}', '\u{1f53d}'),
    ('\u{1f5fb}', '\u{1f64f}'),
    ('\u{1f680}', '\u{1f6c5}'),
    ('\u{1f90c}', '\u{1f9ff}'),
    ('\u{1fa70}', '\u{1faff}'),
    ('\u{20000}', '\u{3fffd}'),
];

/// Ranges of characters that take no column: accents that are written over the character before.
const COMBINING: &[(char, char)] = &[
    ('\u{300}', '\u{36f}'),
    ('\u{483}', '\u{489}'),
    ('\u{591}', '\u{5bd}'),
    ('\u{64b}', '\u{65f}'),
    ('\u{1ab0}', '\u{1aff}'),
    ('\u{1dc0}', '\u{1dff}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{20d0}', '\u{20ff}'),
    ('\u{3099}', '\u{309a}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{fe20}', '\u{fe2f}'),
];

/// Returns the number of columns that a character takes.
fn columns(char: char) -> usize {
    let is_in = |ranges: &[(char, char)]| {
        char >= '\u{300}' && ranges.iter().any(|(first, last)| (*first..=*last).contains(&char))
    };
    match (is_in(COMBINING), is_in(WIDE)) {
        (true, _) => 0,
        (_, true) => 2,
        _ => 1,
    }
}

/// An error at an offset of the text that the parser reads, in which macros are expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) offset: usize,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl SyntaxError {
    pub(crate) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into(), help: None }
    }

    /// Returns the error that a list has more than [`limits::SEARCH_ITEMS`] items, which would be processed for each
    /// row.
    pub(crate) fn too_many(offset: usize, owner: &str, items: &str) -> Self {
        Self::new(offset, format!("{owner} at most {} {items}", limits::SEARCH_ITEMS))
    }

    /// Returns the error with a message that names the macro whose text has it.
    pub(crate) fn in_macro(self, name: &str) -> Self {
        Self { message: format!("in the macro `{name}`: {}", self.message), ..self }
    }

    /// Adds what to write instead.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Returns the last characters of `head` and the first of `tail`, with `…` for omitted ones, and the number of
/// characters before `tail`.
fn excerpt(head: &str, tail: &str) -> (String, usize) {
    let skipped = head.chars().count().saturating_sub(CONTEXT_CHARS);
    let mut text = String::new();
    if skipped > 0 {
        text.push('…');
    }
    text.extend(head.chars().skip(skipped).map(visible));
    let before = text.chars().count();
    text.extend(tail.chars().take(CONTEXT_CHARS).map(visible));
    if tail.chars().nth(CONTEXT_CHARS).is_some() {
        text.push('…');
    }
    (text, before)
}

/// Replaces control characters, so that every character takes one column.
fn visible(char: char) -> char {
    if char.is_control() { ' ' } else { char }
}

/// Returns a number of arguments in words.
pub(crate) fn arguments_text(count: usize) -> String {
    format!("{count} argument{}", if count == 1 { "" } else { "s" })
}

/// Length in bytes of a name above which no similar name is suggested: the distance takes quadratic time.
const MAX_SUGGESTED_BYTES: usize = 100;

/// Returns the known name that is most similar to `name`, if one is similar enough to be a misspelling of it.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if name.len() > MAX_SUGGESTED_BYTES {
        return None;
    }
    let name = name.to_ascii_lowercase();
    known
        .iter()
        .filter(|known| known.len() <= MAX_SUGGESTED_BYTES)
        .map(|known| (distance(&name, &known.to_ascii_lowercase()), *known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 5)
        .min()
        .map(|(_, known)| known)
}

/// Returns the Levenshtein distance.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (index, a) in left.chars().enumerate() {
        let mut next = vec![index + 1];
        for ((b, diagonal), above) in right.chars().zip(&row).zip(row.iter().skip(1)) {
            let beside = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(a != b)).min(above + 1).min(beside + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_display_the_line_with_a_caret() {
        let error = SearchError::new(
            "a=1\n| stat count",
            SyntaxError::new(6, "unknown command").help("stats"),
        );
        assert_eq!((error.line, error.column), (2, 3));
        assert_eq!(
            error.to_string(),
            "unknown command\n  ┌ line 2, column 3\n2 │ | stat count\n  │   ^\n  = stats"
        );
    }

    #[test]
    fn the_caret_is_below_its_column() {
        for (before, columns) in [
            ("a\tb", 3),
            ("日本", 4),
            ("e\u{301}", 1),
            ("😀", 2),
            ("ｱ", 1),
            ("Ａ", 2),
            ("한글 ", 5),
        ] {
            let text = format!("{before}|");
            let shown = SearchError::new(&text, SyntaxError::new(before.len(), "here")).to_string();
            let caret = shown.lines().nth(3).unwrap();
            assert_eq!(caret, format!("  │ {}^", " ".repeat(columns)), "{before}");
        }
    }

    #[test]
    fn long_lines_are_truncated_around_the_place() {
        let text = "x".repeat(500);
        let error = SearchError::new(&text, SyntaxError::new(250, "here"));
        let shown = error.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[2].chars().count(), 4 + 2 * CONTEXT_CHARS + 2);
        assert_eq!(lines[3].chars().count(), 4 + 1 + CONTEXT_CHARS + 1);
    }

    #[test]
    fn similar_names_are_suggested() {
        assert_eq!(nearest("stat", &["sort", "stats", "spath"]), Some("stats"));
        assert_eq!(nearest("tstats", &["sort", "stats"]), Some("stats"));
        assert_eq!(nearest("transaction", &["sort", "stats"]), None);
        let long = "x".repeat(10 * MAX_SUGGESTED_BYTES);
        assert_eq!(nearest(&long, &["sort", &long]), None);
    }
}
