//! The scripts of a report: each text once, with highlights, where it ran and which records it was read from.

use super::model::{Excerpt, Node, Section, Span, quiet, text, value};
use super::selection::{Selection, level};
use crate::report::{Block, Matched, Row};
use crate::script::views;
use crate::text::{count, moment, plural, to_hex};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Upper bound on scripts that are shown. The results below them are listed.
const SCRIPTS: usize = 50;

/// Upper bound on script blocks of one result whose texts are shown.
const BLOCKS: usize = 5;

/// Upper bound on records of one script that are listed.
const RECORDS: usize = 20;

/// The scripts in order, and their numbers by text.
pub(super) struct Scripts<'a> {
    entries: Vec<ScriptEntry<'a>>,
    numbers: HashMap<&'a str, usize>,
    left_out: u64,
}

struct ScriptEntry<'a> {
    text: &'a str,
    blocks: Vec<&'a Block>,
    results: Vec<&'a Row>,
    /// Highlights by view, in UTF-16 units.
    spans: BTreeMap<&'a str, Vec<(usize, usize)>>,
}

impl<'a> Scripts<'a> {
    /// Collects the scripts of results and of script blocks, in this order.
    pub(super) fn new(selection: &Selection<'a>, rows: &[&'a Row], blocks: &[&'a Block]) -> Self {
        let mut scripts = Self { entries: Vec::new(), numbers: HashMap::new(), left_out: 0 };
        for row in rows {
            for matched in row.blocks.iter().take(BLOCKS) {
                let Some(block) = selection.block(&matched.id) else { continue };
                let Some(entry) = scripts.entry(block) else { continue };
                entry.add(row, matched);
            }
        }
        for block in blocks {
            scripts.add_marked(selection, block);
        }
        scripts
    }

    /// Adds a marked script block with the results that name it.
    fn add_marked(&mut self, selection: &Selection<'a>, block: &'a Block) {
        let Some(entry) = self.entry(block) else { return };
        for row in selection.counted() {
            let Some(matched) = row.blocks.iter().find(|own| own.id == block.id) else { continue };
            entry.add(row, matched);
        }
    }

    /// Returns the entry of a script block's text; `None` past the limit.
    fn entry(&mut self, block: &'a Block) -> Option<&mut ScriptEntry<'a>> {
        let next = self.entries.len();
        let number = *self.numbers.entry(&block.text).or_insert(next);
        if number == next {
            if next >= SCRIPTS {
                self.numbers.remove(&*block.text);
                self.left_out += 1;
                return None;
            }
            self.entries.push(ScriptEntry {
                text: &block.text,
                blocks: Vec::new(),
                results: Vec::new(),
                spans: BTreeMap::new(),
            });
        }
        let entry = self.entries.get_mut(number)?;
        if entry.blocks.iter().all(|other| other.id != block.id) {
            entry.blocks.push(block);
        }
        Some(entry)
    }

    /// Returns a link to the script of a text.
    pub(super) fn link(&self, text: &str) -> Option<Span> {
        let number = self.numbers.get(text)? + 1;
        Some(Span::Link(format!("script{number}"), format!("script {number}")))
    }

    pub(super) fn section(&self, selection: &Selection<'a>) -> Option<Section> {
        if self.entries.is_empty() {
            return None;
        }
        let mut section = Section::new("scripts", "Scripts");
        for (index, entry) in self.entries.iter().enumerate() {
            entry.show(index + 1, selection, &mut section.nodes);
        }
        if self.left_out > 0 {
            let words = plural(self.left_out, "further script block");
            section.words(format!("The texts of {words} of these results are not shown here."));
        }
        Some(section)
    }
}

impl<'a> ScriptEntry<'a> {
    /// Adds a result with its highlights in one of the script's blocks.
    fn add(&mut self, row: &'a Row, matched: &'a Matched) {
        if self.results.iter().all(|other| other.id != row.id) {
            self.results.push(row);
        }
        for spans in &matched.spans {
            self.spans.entry(&spans.view).or_default().extend(&spans.ranges);
        }
    }
}

impl ScriptEntry<'_> {
    fn show(&self, number: usize, selection: &Selection<'_>, nodes: &mut Vec<Node>) {
        let title = self.results.first().map(|row| {
            let class = level(selection.rule(&row.rule_id), row);
            [
                Span::Badge(class, class.to_owned()),
                text(format!(" {}", selection.title(&row.rule_id))),
            ]
        });
        let mut heading = vec![text(format!("Script {number} "))];
        match title {
            Some(title) => heading.extend(title),
            None => heading.push(quiet("no rule matched it")),
        }
        nodes.push(Node::Heading(Some(format!("script{number}")), heading));
        nodes.push(Node::Facts(self.facts(selection)));
        let original = self.spans.get("original").map_or(&[][..], Vec::as_slice);
        nodes.push(Node::Script(Excerpt::new(self.text, byte_ranges(self.text, original), "")));
        if self.spans.keys().all(|view| *view == "original") {
            return;
        }
        for view in views(self.text) {
            if let Some(ranges) = self.spans.get(view.name.as_str()) {
                let caption = format!("Decoded: {}", view.name);
                let ranges = byte_ranges(&view.text, ranges);
                nodes.push(Node::Script(Excerpt::new(&view.text, ranges, &caption)));
            }
        }
    }

    fn facts(&self, selection: &Selection<'_>) -> Vec<(&'static str, Vec<Span>)> {
        let mut facts = Vec::new();
        let distinct = |get: fn(&Block) -> Option<&str>| {
            let names = self.blocks.iter().filter_map(|block| get(block));
            let mut names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
            crate::sort::sort(&mut names);
            names.dedup();
            names
        };
        let mut named = |name, names: Vec<&str>| {
            if !names.is_empty() {
                facts.push((name, values(&names)));
            }
        };
        named("Computer", distinct(|block| block.computer.as_deref()));
        let users = distinct(|block| block.user.as_deref()).into_iter();
        named("User", users.map(|user| selection.account(user)).collect());
        named("File", distinct(|block| block.path.as_deref()));
        let times: Vec<&str> = distinct(|block| block.time.as_deref());
        if let Some(first) = times.first() {
            let more = times.len() as u64 - 1;
            let words = if more > 0 {
                format!(" and {} later", plural(more, "time"))
            } else {
                String::new()
            };
            facts.push(("Logged", vec![text(moment(Some(first))), text(words)]));
        }
        let rules = self.results.iter().skip(1).map(|row| {
            [
                text(selection.title(&row.rule_id).to_owned()),
                quiet(format!(" {}", row.score)),
                Span::Break,
            ]
        });
        let rules: Vec<Span> = rules.flatten().collect();
        if !rules.is_empty() {
            facts.push(("Also matched by", rules));
        }
        if let Some(row) = self.results.first() {
            let message = row.message.as_deref().unwrap_or_default();
            if !message.is_empty() {
                facts.push(("Message", vec![text(message.to_owned())]));
            }
        }
        let incomplete = self.blocks.iter().filter(|block| !block.gaps.is_empty()).count() as u64;
        if incomplete > 0 {
            let words =
                format!("{} of it without some of its parts", plural(incomplete, "script block"));
            facts.push(("Incomplete", vec![Span::Badge("warning", words)]));
        }
        facts.push(("Records", self.records()));
        let hash = to_hex(&Sha256::digest(self.text.as_bytes()));
        let length = count(self.text.chars().count() as u64);
        facts.push((
            "SHA-256",
            vec![value(hash), quiet(format!(" of {length} characters in UTF-8"))],
        ));
        facts
    }

    fn records(&self) -> Vec<Span> {
        let events: Vec<_> = self.blocks.iter().flat_map(|block| &block.events).collect();
        let mut spans = Vec::new();
        for event in events.iter().take(RECORDS) {
            let record = match (&event.record, event.offset) {
                (Some(record), _) => format!(" record {record}"),
                (None, Some(offset)) => format!(" byte {}", count(offset)),
                (None, None) => String::new(),
            };
            spans.extend([value(event.source.clone()), text(record), Span::Break]);
        }
        if events.len() > RECORDS {
            spans.push(quiet(format!("and {} more", count((events.len() - RECORDS) as u64))));
        }
        spans
    }
}

/// Returns values one after the other.
pub(super) fn values(names: &[&str]) -> Vec<Span> {
    const LISTED: usize = 20;
    let mut spans = Vec::new();
    for (index, name) in names.iter().take(LISTED).enumerate() {
        if index > 0 {
            spans.push(text(", "));
        }
        spans.push(value(*name));
    }
    if names.len() > LISTED {
        spans.push(quiet(format!(" and {} more", count((names.len() - LISTED) as u64))));
    }
    spans
}

/// Converts ranges of UTF-16 units to ranges of bytes, in one pass.
fn byte_ranges(text: &str, ranges: &[(usize, usize)]) -> Vec<Range<usize>> {
    let mut ends: Vec<usize> = ranges.iter().flat_map(|(start, end)| [*start, *end]).collect();
    crate::sort::sort(&mut ends);
    ends.dedup();
    let mut bytes: HashMap<usize, usize> = HashMap::with_capacity(ends.len());
    let mut wanted = ends.into_iter().peekable();
    let mut units = 0;
    for (at, char) in text.char_indices() {
        while let Some(unit) = wanted.next_if(|unit| *unit <= units) {
            bytes.insert(unit, at);
        }
        if wanted.peek().is_none() {
            break;
        }
        units += char.len_utf16();
    }
    let byte = |unit: &usize| bytes.get(unit).copied().unwrap_or(text.len());
    ranges.iter().map(|(start, end)| byte(start)..byte(end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_units_become_ranges_of_bytes() {
        let text = "a😀é b";
        let ranges = [(1, 3), (3, 4), (5, 6), (0, 99)];
        let shown: Vec<&str> =
            byte_ranges(text, &ranges).into_iter().map(|range| &text[range]).collect();
        assert_eq!(shown, ["😀", "é", "b", text]);
    }
}
