//! Where in its file a place in a search stands: a search is written there with other line ends, indents and
//! quotes, so the two are walked side by side.

use super::{Rule, RuleFile, Unsupported};
use crate::search::{SearchError, pointed};
use std::borrow::Cow;
use std::collections::HashMap;

/// The texts of rule files, read again for those alone in which a search is wrong.
pub(super) struct Files<'a> {
    files: &'a [RuleFile],
    read: HashMap<&'a str, Option<File<'a>>>,
}

struct File<'a> {
    text: Cow<'a, str>,
    /// Where its lines begin.
    lines: Vec<usize>,
}

/// Lines between the beginning of a rule and its search. A published one has some 20.
const LINES: usize = 2_000;

/// How many characters a search may have in its file for each that it has by itself.
const SPREAD: usize = 8;

impl<'a> Files<'a> {
    pub(super) fn new(files: &'a [RuleFile]) -> Self {
        Self { files, read: HashMap::new() }
    }

    /// The error as its file shows it, where that can be told.
    pub(super) fn placed(&mut self, error: SearchError, rule: &Rule) -> SearchError {
        match self.of(rule).and_then(|file| file.place(rule, error.offset)) {
            Some((line, column)) => error.at(line, column),
            None => error,
        }
    }

    /// A refusal that knows its place, with the line it stands in.
    pub(super) fn pointed(&mut self, refusal: Unsupported, rule: &Rule) -> Unsupported {
        let place = refusal.line.zip(refusal.column);
        let around = place.and_then(|place| self.of(rule)?.around(place));
        match (around, refusal.line) {
            (Some((before, after)), Some(line)) => {
                Unsupported { reason: pointed(&refusal.reason, line, before, after), ..refusal }
            }
            _ => refusal,
        }
    }

    fn of(&mut self, rule: &Rule) -> Option<&File<'a>> {
        let files = self.files;
        let own = files.iter().find(|file| Some(file.name.as_str()) == rule.file.as_deref())?;
        self.read.entry(&own.name).or_insert_with(|| File::new(own)).as_ref()
    }
}

impl<'a> File<'a> {
    fn new(file: &'a RuleFile) -> Option<Self> {
        let text = super::loader::decode(&file.bytes);
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Some(Self { text, lines })
    }

    fn place(&self, rule: &Rule, offset: usize) -> Option<(u32, u32)> {
        let start = self.search(rule.line.max(1) as usize - 1)?;
        let before = rule.text.get(..offset)?;
        let most = SPREAD * (before.len() + 1_024);
        let mut written = self.text.get(start..)?.char_indices().take(most).peekable();
        for char in before.chars().filter(|char| !char.is_whitespace()) {
            written.find(|(_, own)| *own == char)?;
        }
        while written.next_if(|(_, own)| own.is_whitespace()).is_some() {}
        let at = start + written.peek().map_or(self.text.len() - start, |(at, _)| *at);
        let line = self.lines.partition_point(|line| *line <= at);
        let head = self.text.get(*self.lines.get(line.checked_sub(1)?)?..at)?;
        let column = head.chars().count() + 1;
        Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
    }

    /// What stands in a line before and after a place of it.
    fn around(&self, (line, column): (u32, u32)) -> Option<(&str, &str)> {
        let start = *self.lines.get((line as usize).checked_sub(1)?)?;
        let own = self.text.get(start..)?.split(['\r', '\n']).next()?;
        let at = own.char_indices().nth((column as usize).checked_sub(1)?);
        own.split_at_checked(at.map_or(own.len(), |(at, _)| at))
    }

    /// Where the search of the rule that begins on this line does.
    fn search(&self, first: usize) -> Option<usize> {
        self.lines.get(first..)?.iter().take(LINES).find_map(|start| {
            let rest = self.text.get(*start..)?;
            let own = rest.trim_start_matches([' ', '\t']);
            let after = own.trim_start_matches(['"', '\'']).strip_prefix("search")?;
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
        load(&[RuleFile::new(name, text.as_bytes())], &options)
    }

    fn place(name: &str, text: &str) -> (u32, u32) {
        let set = loaded(name, text);
        let refusal = set.rules[0].search.as_ref().unwrap_err();
        let problem = set.problems.iter().find(|problem| problem.code == "rule-refused").unwrap();
        assert_eq!((problem.line, problem.column), (refusal.line, refusal.column));
        let (line, column) = (refusal.line.unwrap(), refusal.column.unwrap());
        let said = format!("line {line}, column {column}\n{line} │ ");
        let reason = refusal.reason.replace(" ", "");
        assert!(reason.contains(&said.replace(" ", "")), "{}", refusal.reason);
        (line, column)
    }

    #[test]
    fn an_error_is_told_by_its_place_in_the_file() {
        let quoted = "name: It''s\nid: a\nsearch: '`powershell` EventCode=4104 ScriptBlockText=\"*it''s*\"\n  | stat count by Computer'\n";
        assert_eq!(place("a.yml", quoted), (4, 5));
        let block = "name: X\nsearch: |\n  `powershell` EventCode=4104\n    | stats count\n  | lookup nowhere a\n";
        assert_eq!(place("a.yml", block), (5, 12));
        let folded = "# search: not this\nname: X\nsearch: >-\n  EventCode=4104\n  | nonsense\n";
        assert_eq!(place("a.yml", folded), (5, 5));
        let double =
            "name: X\nsearch: \"EventCode=4104 ScriptBlockText=\\\"a\\\\\\\\b\\\" | nonsense\"\n";
        assert_eq!(place("a.yml", double), (2, double.rfind("nonsense").unwrap() as u32 - 8 + 1));
        let second =
            "name: A\nsearch: EventCode=4104\n---\nname: B\nsearch: EventCode=4104 | nonsense\n";
        let set = loaded("a.yml", second);
        let bad = set.rules.iter().find_map(|rule| rule.search.as_ref().err()).unwrap();
        assert_eq!(bad.line, Some(5));
    }

    #[test]
    fn a_refused_sigma_rule_shows_its_line() {
        let sigma = |detection: &str| {
            format!("title: X\nlogsource: {{product: windows, category: ps_script}}\n{detection}")
        };
        let look = sigma("detection:\n  a:\n    ScriptBlockText|re: '(?<=a)b'\n  condition: a\n");
        assert_eq!(place("a.yml", &look), (5, 25));
        let modifier = sigma("detection:\n  a:\n    ScriptBlockText|begins: b\n  condition: a\n");
        assert_eq!(place("a.yml", &modifier).0, 5);
        let condition = sigma("detection:\r\n  a: {Path: b}\r\n  condition: a and c\r\n");
        assert_eq!(place("a.yml", &condition), (5, 14));
        let second = ["title: no rule\n---\n", &condition].concat();
        assert_eq!(place("a.yml", &second), (7, 14));
    }

    #[test]
    fn stanzas_are_told_by_their_own_lines() {
        let conf = "[a]\nsearch = EventCode=4104 | stats count\n\n[b]\ncron = 1\nsearch = EventCode=4104 \\\n  | transaction Computer\n";
        let set = loaded("savedsearches.conf", conf);
        let bad = set.rules.iter().find_map(|rule| rule.search.as_ref().err()).unwrap();
        assert_eq!((bad.line, bad.column), (Some(7), Some(5)));
    }

    #[test]
    fn ten_thousand_wrong_searches_of_one_file_are_placed_in_a_moment() {
        let text: String = (0..10_000)
            .map(|index| {
                format!("---\nname: N{index}\nsearch: EventCode=4104 | nonsense {index}\n")
            })
            .collect();
        let set = loaded("a.yml", &text);
        assert_eq!(set.rules.len(), 10_000);
        assert!(
            set.rules.iter().all(|rule| {
                rule.search.as_ref().is_err_and(|refusal| refusal.column == Some(26))
            })
        );
    }
}
