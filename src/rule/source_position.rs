//! Positions of errors: from an offset in a search to the line and column of its rule file.
//!
//! A search is written in its file with other line ends, indents and quotes, so the two texts are compared character by
//! character, white space aside, up to the offset.

use super::file_text;
use super::model::{Rule, RuleKind, Unsupported};
use super::options::RuleFile;
use crate::search::{SearchError, with_caret};
use std::borrow::Cow;
use std::collections::HashMap;

/// Locates errors in rule files. A file is decoded at its first error.
pub(super) struct PositionResolver<'a> {
    files: &'a [RuleFile],
    decoded: HashMap<&'a str, Option<FileText<'a>>>,
}

impl<'a> PositionResolver<'a> {
    pub(super) fn new(files: &'a [RuleFile]) -> Self {
        Self { files, decoded: HashMap::new() }
    }

    /// Returns the error with its position in the rule's file, or unchanged if the position cannot be determined.
    pub(super) fn locate(&mut self, error: SearchError, rule: &Rule) -> SearchError {
        match self.file_of(rule).and_then(|file| file.position(rule, error.offset)) {
            Some((line, column)) => error.at(line, column),
            None => error,
        }
    }

    /// Adds the line of the file to the reason, if the position is known.
    pub(super) fn with_excerpt(&mut self, unsupported: Unsupported, rule: &Rule) -> Unsupported {
        let position = unsupported.line.zip(unsupported.column);
        let line = position.and_then(|position| self.file_of(rule)?.split_line(position));
        match (line, unsupported.line) {
            (Some((before, after)), Some(line)) => {
                let reason = with_caret(&unsupported.reason, line, before, after);
                Unsupported { reason, ..unsupported }
            }
            _ => unsupported,
        }
    }

    /// Returns the position of the first occurrence of a word in the rule's search or detection.
    pub(super) fn find_word(&mut self, rule: &Rule, word: &str) -> Option<(u32, u32)> {
        self.file_of(rule)?.find_word(rule, word)
    }

    fn file_of(&mut self, rule: &Rule) -> Option<&FileText<'a>> {
        let files = self.files;
        let file = files.iter().find(|file| Some(file.name.as_str()) == rule.file.as_deref())?;
        self.decoded.entry(&file.name).or_insert_with(|| FileText::new(file)).as_ref()
    }
}

/// Lines searched from the beginning of a rule for its search. Published rules have some 20 before it.
const LINES_BEFORE_SEARCH: usize = 2_000;

/// Characters read in the file for each character of the search. Quotes and indents add some.
const CHARS_PER_CHAR: usize = 8;

/// The decoded text of a file.
struct FileText<'a> {
    text: Cow<'a, str>,
    /// The offset of each line.
    lines: Vec<usize>,
}

impl<'a> FileText<'a> {
    fn new(file: &'a RuleFile) -> Option<Self> {
        let text = file_text::decode(&file.bytes);
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Some(Self { text, lines })
    }

    /// Returns the line and column of an offset in the rule's search.
    fn position(&self, rule: &Rule, offset: usize) -> Option<(u32, u32)> {
        let start = self.value_start(rule.line.max(1) as usize - 1, "search")?;
        let before = rule.text.get(..offset)?;
        let most = CHARS_PER_CHAR * (before.len() + 1_024);
        let mut written = self.text.get(start..)?.char_indices().take(most).peekable();
        for char in before.chars().filter(|char| !char.is_whitespace()) {
            written.find(|(_, own)| *own == char)?;
        }
        while written.next_if(|(_, own)| own.is_whitespace()).is_some() {}
        let at = start + written.peek().map_or(self.text.len() - start, |(at, _)| *at);
        self.line_and_column(at)
    }

    fn line_and_column(&self, at: usize) -> Option<(u32, u32)> {
        let line = self.lines.partition_point(|line| *line <= at);
        let head = self.text.get(*self.lines.get(line.checked_sub(1)?)?..at)?;
        let column = head.chars().count() + 1;
        Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
    }

    /// Returns the line and column of a word in the search or detection of the rule.
    fn find_word(&self, rule: &Rule, word: &str) -> Option<(u32, u32)> {
        let first = rule.line.max(1) as usize - 1;
        let keys: &[&str] = match rule.kind {
            RuleKind::Sigma => &["detection", "correlation"],
            RuleKind::Builtin | RuleKind::Splunk => &["search"],
        };
        let start = keys.iter().filter_map(|key| self.value_start(first, key)).min()?;
        let text = self.text.get(start..)?;
        let text = text.get(..text.find("\n---").unwrap_or(text.len()))?;
        let is_part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.');
        let (at, _) = text.match_indices(word).find(|(at, word)| {
            let (before, after) = (text.get(..*at), text.get(at + word.len()..));
            !before.is_some_and(|text| text.ends_with(is_part))
                && !after.is_some_and(|text| text.starts_with(is_part))
        })?;
        self.line_and_column(start + at)
    }

    /// Returns the text of a line before and after a position.
    fn split_line(&self, (line, column): (u32, u32)) -> Option<(&str, &str)> {
        let start = *self.lines.get((line as usize).checked_sub(1)?)?;
        let text = self.text.get(start..)?.split(['\r', '\n']).next()?;
        let at = text.char_indices().nth((column as usize).checked_sub(1)?);
        text.split_at_checked(at.map_or(text.len(), |(at, _)| at))
    }

    /// Returns the offset of the value of a key, for the rule that begins on this 0-based line.
    fn value_start(&self, first: usize, key: &str) -> Option<usize> {
        self.lines.get(first..)?.iter().take(LINES_BEFORE_SEARCH).find_map(|start| {
            let line = self.text.get(*start..)?.trim_start_matches([' ', '\t']);
            let after = line.trim_start_matches(['"', '\'']).strip_prefix(key)?;
            let value =
                after.trim_start_matches(['"', '\'', ' ', '\t']).strip_prefix([':', '='])?;
            Some(self.text.len() - value.len())
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::{RuleFile, RuleOptions, RuleSet, load};

    fn loaded(name: &str, text: &str) -> RuleSet {
        let options = RuleOptions { builtin: false, ..RuleOptions::default() };
        load(&[RuleFile::new(name, text)], &options)
    }

    fn position(name: &str, text: &str) -> (u32, u32) {
        let set = loaded(name, text);
        let unsupported = set.rules[0].search.as_ref().unwrap_err();
        let problem = set.problems.iter().find(|problem| problem.code == "rule-refused").unwrap();
        assert_eq!((problem.line, problem.column), (unsupported.line, unsupported.column));
        let (line, column) = (unsupported.line.unwrap(), unsupported.column.unwrap());
        let expected = format!("line {line}, column {column}\n{line} │ ");
        let reason = unsupported.reason.replace(" ", "");
        assert!(reason.contains(&expected.replace(" ", "")), "{}", unsupported.reason);
        (line, column)
    }

    #[test]
    fn an_error_has_its_position_in_the_file() {
        let quoted = "name: It''s\nid: a\nsearch: '`powershell` EventCode=4104 ScriptBlockText=\"*it''s*\"\n  | stat count by Computer'\n";
        assert_eq!(position("a.yml", quoted), (4, 5));
        let block = "name: X\nsearch: |\n  `powershell` EventCode=4104\n    | stats count\n  | lookup nowhere a\n";
        assert_eq!(position("a.yml", block), (5, 12));
        let folded = "# search: not this\nname: X\nsearch: >-\n  EventCode=4104\n  | nonsense\n";
        assert_eq!(position("a.yml", folded), (5, 5));
        let double =
            "name: X\nsearch: \"EventCode=4104 ScriptBlockText=\\\"a\\\\\\\\b\\\" | nonsense\"\n";
        assert_eq!(
            position("a.yml", double),
            (2, double.rfind("nonsense").unwrap() as u32 - 8 + 1)
        );
        let second =
            "name: A\nsearch: EventCode=4104\n---\nname: B\nsearch: EventCode=4104 | nonsense\n";
        let set = loaded("a.yml", second);
        let bad = set.rules.iter().find_map(|rule| rule.search.as_ref().err()).unwrap();
        assert_eq!(bad.line, Some(5));
    }

    #[test]
    fn an_unsupported_sigma_rule_shows_its_line() {
        let sigma = |detection: &str| {
            format!("title: X\nlogsource: {{product: windows, category: ps_script}}\n{detection}")
        };
        let look_behind =
            sigma("detection:\n  a:\n    ScriptBlockText|re: '(?<=a)b'\n  condition: a\n");
        assert_eq!(position("a.yml", &look_behind), (5, 25));
        let modifier = sigma("detection:\n  a:\n    ScriptBlockText|begins: b\n  condition: a\n");
        assert_eq!(position("a.yml", &modifier).0, 5);
        let condition = sigma("detection:\r\n  a: {Path: b}\r\n  condition: a and c\r\n");
        assert_eq!(position("a.yml", &condition), (5, 14));
        let second = ["title: no rule\n---\n", &condition].concat();
        assert_eq!(position("a.yml", &second), (7, 14));
    }

    #[test]
    fn errors_in_stanzas_have_their_own_lines() {
        let conf = "[a]\nsearch = EventCode=4104 | stats count\n\n[b]\ncron = 1\nsearch = EventCode=4104 \\\n  | join Computer\n";
        let set = loaded("savedsearches.conf", conf);
        let bad = set.rules.iter().find_map(|rule| rule.search.as_ref().err()).unwrap();
        assert_eq!((bad.line, bad.column), (Some(7), Some(5)));
    }

    #[test]
    fn ten_thousand_errors_of_one_file_are_located() {
        let text: String = (0..10_000)
            .map(|index| {
                format!("---\nname: N{index}\nsearch: EventCode=4104 | nonsense {index}\n")
            })
            .collect();
        let set = loaded("a.yml", &text);
        assert_eq!(set.rules.len(), 10_000);
        assert!(set.rules.iter().all(|rule| {
            rule.search.as_ref().is_err_and(|unsupported| unsupported.column == Some(26))
        }));
    }
}
