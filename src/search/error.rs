//! What is wrong with a search, and where.

use crate::text::floor_char_boundary;
use std::fmt;

/// A search that cannot be run: what is wrong, where it stands and, where we know, what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchError {
    /// What is wrong.
    pub message: String,
    /// Byte offset in the search as it was given.
    pub offset: usize,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What to write instead.
    pub help: Option<String>,
    /// The piece of the line around the place, and how many characters stand before the place in it.
    excerpt: (String, usize),
}

/// Characters of the line that [`SearchError`] shows on either side of the place. Published searches
/// are often one line of several thousand characters.
const AROUND: usize = 48;

impl SearchError {
    /// An error at a byte offset of `text`.
    pub(crate) fn new(text: &str, fault: Fault) -> Self {
        let offset = floor_char_boundary(text, fault.offset);
        let (before, after) = text.split_at(offset);
        let line = before.matches('\n').count() + 1;
        let head = before.rsplit('\n').next().unwrap_or_default();
        let tail = after.split(['\r', '\n']).next().unwrap_or_default();
        let column = head.chars().count() + 1;
        Self {
            message: fault.message,
            offset,
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            help: fault.help,
            excerpt: excerpt(head, tail),
        }
    }

    /// The same error, counted in the file that the search stands in.
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

/// A message, and below it the piece of its line with a caret under the place.
pub(crate) fn pointed(message: &str, line: u32, before: &str, after: &str) -> String {
    let column = u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX);
    shown(message, (line, column), &excerpt(before, after))
}

fn shown(message: &str, (line, column): (u32, u32), (text, before): &(String, usize)) -> String {
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let caret = " ".repeat(*before);
    format!(
        "{message}\n{margin} ┌ line {line}, column {column}\n{number} │ {text}\n{margin} │ {caret}^"
    )
}

impl std::error::Error for SearchError {}

/// An error of the parser: an offset in the text it reads, which has its macros filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Fault {
    pub(crate) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The last characters of `head` and the first of `tail`, with `…` where something was left out.
fn excerpt(head: &str, tail: &str) -> (String, usize) {
    let skipped = head.chars().count().saturating_sub(AROUND);
    let mut text = String::new();
    if skipped > 0 {
        text.push('…');
    }
    text.extend(head.chars().skip(skipped).map(visible));
    let before = text.chars().count();
    text.extend(tail.chars().take(AROUND).map(visible));
    if tail.chars().nth(AROUND).is_some() {
        text.push('…');
    }
    (text, before)
}

/// One column for every character.
fn visible(char: char) -> char {
    if char.is_control() { ' ' } else { char }
}

/// A name of more letters is no slip of the pen.
const LONGEST_NAME: usize = 100;

/// The known name nearest to `name`, where one is near enough to be what was meant.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if name.len() > LONGEST_NAME {
        return None;
    }
    let name = name.to_ascii_lowercase();
    known
        .iter()
        .filter(|known| known.len() <= LONGEST_NAME)
        .map(|known| (distance(&name, known), *known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 5)
        .min()
        .map(|(_, known)| known)
}

/// Letters to insert, remove or replace.
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
    fn shows_the_line_with_a_caret() {
        let error =
            SearchError::new("a=1\n| stat count", Fault::new(6, "unknown command").help("stats"));
        assert_eq!((error.line, error.column), (2, 3));
        assert_eq!(
            error.to_string(),
            "unknown command\n  ┌ line 2, column 3\n2 │ | stat count\n  │   ^\n  = stats"
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = "x".repeat(500);
        let error = SearchError::new(&text, Fault::new(250, "here"));
        let shown = error.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[2].chars().count(), 4 + 2 * AROUND + 2);
        assert_eq!(lines[3].chars().count(), 4 + 1 + AROUND + 1);
    }

    #[test]
    fn a_near_name_is_found() {
        assert_eq!(nearest("stat", &["sort", "stats", "spath"]), Some("stats"));
        assert_eq!(nearest("tstats", &["sort", "stats"]), Some("stats"));
        assert_eq!(nearest("transaction", &["sort", "stats"]), None);
        let long = "x".repeat(10 * LONGEST_NAME);
        assert_eq!(nearest(&long, &["sort", &long]), None);
    }
}
