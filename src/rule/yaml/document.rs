//! Splits a file into its documents, and prepares the text of each for the parser.

use super::node::{Position, YamlDocument, YamlError, YamlNode};
use super::tree::TreeBuilder;
use crate::limits::{SEARCH_NESTING, YAML_BYTES};
use libyaml_safer::{Parser, Scanner, TokenData};
use std::borrow::Cow;
use std::collections::HashSet;

/// Splits a file before its `---` lines and after its `...` lines, in order.
pub(crate) fn split(text: &str) -> impl Iterator<Item = YamlDocument<'_>> {
    YamlDocuments { rest: text, line: 1 }
}
impl YamlDocument<'_> {
    /// Parses the document. `None` if it has only white space, comments and directives.
    pub(crate) fn parse(&self) -> Result<Option<YamlNode>, YamlError> {
        if self.text.split(LINE_ENDS).all(is_empty_line) {
            return Ok(None);
        }
        let start = Position { line: self.line, column: 1 };
        if self.text.len() > YAML_BYTES {
            let message = format!("the document has more than {} KiB", YAML_BYTES >> 10);
            return Err(YamlError { message, at: start });
        }
        self.check_characters()?;
        let text = self.with_spaces_after_tags();
        let last_line = text.rsplit(LINE_ENDS).next().unwrap_or_default();
        // The parser needs a line end after the last line. A block scalar there would get it as part of its value.
        let (text, added) = match last_line.trim_end_matches(' ') {
            "" => (Cow::Borrowed(text.trim_end_matches(' ')), None),
            _ => (Cow::Owned(format!("{text}\n")), Some(text.len() as u64 + 1)),
        };
        let mut bytes = text.as_bytes();
        let mut parser = Parser::new();
        parser.set_input_string(&mut bytes);
        TreeBuilder::new(parser, self.line, added).build()
    }

    /// Checks for characters that YAML does not allow: libyaml does not read a file with one.
    fn check_characters(&self) -> Result<(), YamlError> {
        let is_allowed = |char: char| matches!(char, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..);
        let Some(at) = self.text.find(|char| !is_allowed(char)) else { return Ok(()) };
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        let char = self.text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
        let message = format!(
            "the character U+{:04X} is not allowed: write it as an escape in double quotes",
            u32::from(char)
        );
        let at = Position::in_document(self.line, line as u64, column as u64);
        Err(YamlError { message, at })
    }

    /// Puts a space between a tag and a comma, as in `[!!str, a]`: the port of libyaml panics without one.
    fn with_spaces_after_tags(&self) -> Cow<'_, str> {
        let comma_after = |(at, _): (usize, &str)| {
            let tag = self.text.get(at..)?;
            let end = tag.find(|char: char| char == ',' || char.is_whitespace())?;
            tag.get(end..)?.starts_with(',').then_some(at + end)
        };
        let mut commas: Vec<usize> = self.text.match_indices('!').filter_map(comma_after).collect();
        commas.dedup();
        if commas.is_empty() {
            return Cow::Borrowed(self.text);
        }
        let all = spaced(self.text, &commas);
        // A comma may also be a part of a scalar. Spaces add no tokens, so the spaced text shows where tags end.
        let Some(tag_ends) = tag_ends(&all) else { return Cow::Owned(all) };
        let mut spaces = 0;
        commas.retain(|comma| {
            spaces += 1;
            tag_ends.contains(&(comma + spaces - 1))
        });
        Cow::Owned(spaced(self.text, &commas))
    }
}

/// Inserts a space at each of these offsets, which are in ascending order.
fn spaced(text: &str, offsets: &[usize]) -> String {
    let mut result = String::with_capacity(text.len() + offsets.len());
    let mut from = 0;
    for at in offsets {
        result.push_str(text.get(from..*at).unwrap_or_default());
        result.push(' ');
        from = *at;
    }
    result.push_str(text.get(from..).unwrap_or_default());
    result
}

/// Returns the offset of the end of each tag. `None` if the text is malformed or nested too deep.
fn tag_ends(text: &str) -> Option<HashSet<usize>> {
    let text = format!("{text}\n");
    let mut bytes = text.as_bytes();
    let mut scanner = Scanner::new();
    scanner.set_input_string(&mut bytes);
    let mut ends = HashSet::new();
    let mut depth = 0_usize;
    for token in scanner {
        let token = token.ok()?;
        match token.data {
            TokenData::FlowSequenceStart | TokenData::FlowMappingStart => depth += 1,
            TokenData::FlowSequenceEnd | TokenData::FlowMappingEnd => {
                depth = depth.saturating_sub(1);
            }
            TokenData::Tag { .. } => ends.extend(usize::try_from(token.end_mark.index)),
            _ => {}
        }
        if depth > SEARCH_NESTING {
            return None;
        }
    }
    Some(ends)
}
/// Line ends. A lone CR is one too.
const LINE_ENDS: [char; 2] = ['\r', '\n'];

/// The documents of a file. A `---` line begins a document even inside a quoted scalar, so no parser is needed to
/// find them.
struct YamlDocuments<'a> {
    rest: &'a str,
    line: u32,
}

impl<'a> Iterator for YamlDocuments<'a> {
    type Item = YamlDocument<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let mut end = 0;
        let mut lines = 0;
        // Directives and comments belong to the document after them.
        let mut has_content = false;
        for line in lines_of(self.rest) {
            let begins = has_marker(line, "---");
            if has_content && begins {
                break;
            }
            has_content |= begins || !is_empty_line(line);
            end += line.len();
            lines += 1;
            if has_marker(line, "...") {
                break;
            }
        }
        let (text, rest) = self.rest.split_at_checked(end)?;
        let line = self.line;
        self.rest = rest;
        self.line += lines;
        Some(YamlDocument { text, line })
    }
}

/// Returns the lines of a text with their line ends.
fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = match rest.find(LINE_ENDS) {
            Some(at) if rest.get(at..)?.starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
            None if rest.is_empty() => return None,
            None => rest.len(),
        };
        let (line, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(line)
    })
}

/// Returns whether a line begins with the marker of a document's start or end.
fn has_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Returns whether a line has only white space, a comment, a directive or a marker.
fn is_empty_line(line: &str) -> bool {
    let line = line.trim_end();
    line.trim_start().is_empty()
        || line.trim_start().starts_with('#')
        || line.starts_with('%')
        || line == "---"
        || line == "..."
}
