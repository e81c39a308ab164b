//! One rule file by itself, as an editor shows it: loaded beside the definitions of a rule set.

use super::loader::Loader;
use super::{Refusal, Rule, RuleFile, RuleOptions, RuleSet};

/// Loads one file alone, with the macros and lookup tables of a rule set. What is wrong with a search is told by its place
/// in the file.
pub fn check(file: &RuleFile<'_>, beside: &RuleSet, options: &RuleOptions) -> RuleSet {
    let mut loader = Loader::beside(beside);
    loader.file(file);
    let mut set = loader.finish(options);
    let text = String::from_utf8_lossy(file.bytes);
    for rule in &mut set.rules {
        let placed = rule.search.as_ref().err().and_then(|refusal| in_file(&text, rule, refusal));
        if let (Err(refusal), Some((line, column))) = (&mut rule.search, placed) {
            for problem in &mut set.problems {
                let same =
                    problem.code == "rule-refused" && problem.rule.as_ref() == Some(&rule.id);
                if same {
                    (problem.line, problem.column) = (Some(line), Some(column));
                }
            }
            (refusal.line, refusal.column) = (Some(line), Some(column));
        }
    }
    set
}

/// Where in its file a search's place is: a search is written there with other line ends, indents and quotes, so
/// the two are walked side by side.
fn in_file(file: &str, rule: &Rule, refusal: &Refusal) -> Option<(u32, u32)> {
    let (line, column) = (refusal.line?, refusal.column?);
    let document = line_start(file, rule.line.max(1));
    let key = ["search:", "search ="].iter().filter_map(|key| {
        let lines = file.get(document..)?.split_inclusive('\n');
        let mut at = document;
        for own in lines {
            if own.trim_start().starts_with(key) {
                return Some(at + (own.len() - own.trim_start().len()) + key.len());
            }
            at += own.len();
        }
        None
    });
    let start = key.min()?;
    let to = line_start(&rule.text, line);
    let offset = rule.text.get(to..)?.char_indices().nth(column.saturating_sub(1) as usize);
    let offset = offset.map_or(rule.text.len(), |(at, _)| to + at);
    let mut written = file.get(start..)?.char_indices().peekable();
    for char in rule.text.get(..offset)?.chars().filter(|char| !char.is_whitespace()) {
        written.find(|(_, own)| *own == char)?;
    }
    let skipped = |own: &char| own.is_whitespace();
    while written.next_if(|(_, own)| skipped(own)).is_some() {}
    let at = start + written.peek().map_or(file.len() - start, |(at, _)| *at);
    let before = file.get(..at)?;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
}

/// The offset at which a line begins, counted from 1.
fn line_start(text: &str, line: u32) -> usize {
    let before = line.saturating_sub(1) as usize;
    text.split_inclusive('\n').take(before).map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::load;

    fn checked(text: &str) -> RuleSet {
        let macros =
            [RuleFile { name: "m.yml", bytes: b"name: known\ndefinition: EventCode=4104\n" }];
        let options = RuleOptions { builtin: false, ..RuleOptions::default() };
        let beside = load(&macros, &options);
        check(&RuleFile { name: "r.yml", bytes: text.as_bytes() }, &beside, &options)
    }

    fn place(text: &str) -> (u32, u32) {
        let set = checked(text);
        let refusal = set.rules[0].search.as_ref().unwrap_err();
        let problem = set.problems.iter().find(|problem| problem.code == "rule-refused").unwrap();
        assert_eq!((problem.line, problem.column), (refusal.line, refusal.column));
        (refusal.line.unwrap(), refusal.column.unwrap())
    }

    #[test]
    fn a_search_names_what_the_rule_set_defines() {
        let set =
            checked("name: X\nsearch: '`known` ScriptBlockText=*abc* | stats count by Computer'\n");
        assert!(set.rules[0].search.is_ok());
        assert_eq!(set.rules.len(), 1, "the built-in rules are not loaded with it");
    }

    #[test]
    fn an_error_is_told_by_its_place_in_the_file() {
        let quoted = "name: It''s\nid: a\nsearch: '`powershell` EventCode=4104 ScriptBlockText=\"*it''s*\"\n  | stat count by Computer'\n";
        assert_eq!(place(quoted), (4, 5));
        let block = "name: X\nsearch: |\n  `powershell` EventCode=4104\n    | stats count\n  | lookup nowhere a\n";
        assert_eq!(place(block), (5, 12));
        let folded = "# search: not this\nname: X\nsearch: >-\n  EventCode=4104\n  | nonsense\n";
        assert_eq!(place(folded), (5, 5));
        let double =
            "name: X\nsearch: \"EventCode=4104 ScriptBlockText=\\\"a\\\\\\\\b\\\" | nonsense\"\n";
        assert_eq!(place(double), (2, double.rfind("nonsense").unwrap() as u32 - 8 + 1));
        let second =
            "name: A\nsearch: EventCode=4104\n---\nname: B\nsearch: EventCode=4104 | nonsense\n";
        let set = checked(second);
        let bad = set.rules.iter().find_map(|rule| rule.search.as_ref().err()).unwrap();
        assert_eq!(bad.line, Some(5));
    }
}
