//! The types of a case.

use super::json::object_json;
use crate::report::{AllowEntry, to_json};
use crate::sort;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// A case: the logs by name and hash, the options and rules that they were read with, the allow-list of this case, and
/// what analysts decided.
///
/// ```
/// use scriptscope::case::{Case, Mark, MarkKey, MarkKind, Verdict};
///
/// let mut case = Case::default();
/// case.name = "FS03".to_owned();
/// let mut mark = Mark::default();
/// mark.set_opinion("kim", Some(Verdict::Hostile), "contain it now");
/// case.marks.insert(MarkKey::new(MarkKind::Result, "00ff"), mark);
/// let text = case.to_json();
/// assert_eq!(Case::parse(&text).unwrap(), case);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Notes about the case as a whole.
    pub notes: Vec<CaseNote>,
    /// The logs.
    pub sources: Vec<CaseSource>,
    /// Options of a session by their names in JavaScript, each value as JSON. Neither `rules` nor `allowList`.
    pub options: BTreeMap<String, String>,
    /// Files of rules, macros and lookups.
    pub rules: Vec<CaseRule>,
    /// The allow-list of this case. Merged cases may have two entries of one name: see [`Case::allow_list`].
    pub allow: Vec<AllowEntry>,
    /// What was marked.
    pub marks: BTreeMap<MarkKey, Mark>,
}

/// A note about a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct CaseNote {
    /// Its author; empty if unknown.
    pub by: String,
    /// The note.
    pub note: String,
}

/// A log of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct CaseSource {
    /// Base name, or path inside the folder or archive.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 in hex, if it was computed.
    pub sha256: Option<String>,
}

/// A file of rules, macros, lookups or stories.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct CaseRule {
    /// Its path or base name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What a mark is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MarkKind {
    /// A result.
    Result,
    /// A script block.
    Block,
    /// A script text.
    Script,
    /// An indicator.
    Indicator,
}

/// The kind and id of what is marked. Displayed as `result:00ff`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MarkKey {
    /// What the mark is on.
    pub kind: MarkKind,
    /// Its id in a report or a list.
    pub id: String,
}

/// Marks with what they are on.
pub(crate) type KeyedMarks<'a> = Vec<(&'a MarkKey, &'a Mark)>;

/// A judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// An attacker's.
    Hostile,
    /// Not known yet.
    Unclear,
    /// Harmless.
    Benign,
}

/// What was decided about one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mark {
    /// Verdicts and notes, one for each author who gave one; several of one author if their files differed. The first is
    /// the gravest.
    pub opinions: Vec<Opinion>,
    /// It is starred.
    pub star: bool,
    /// It is expected here.
    pub expected: bool,
    /// It belongs in the report.
    pub to_report: bool,
    /// Its position among the marks, by which the report is ordered; 0 if it has none.
    pub order: u64,
}

/// A verdict and a note of one author.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opinion {
    /// The verdict.
    pub verdict: Option<Verdict>,
    /// The note; empty for none.
    pub note: String,
    /// The author; empty if unknown.
    pub by: String,
}

/// The gravest verdict first, none last.
impl Ord for Opinion {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |own: &Self| (own.verdict.is_none(), own.verdict);
        (key(self), &self.by, &self.note).cmp(&(key(other), &other.by, &other.note))
    }
}

impl PartialOrd for Opinion {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl MarkKind {
    pub(super) const ALL: [Self; 4] = [Self::Result, Self::Block, Self::Script, Self::Indicator];

    /// Returns its name in a case file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Block => "block",
            Self::Script => "script",
            Self::Indicator => "indicator",
        }
    }
}

impl MarkKey {
    /// A key of this kind and id.
    pub fn new(kind: MarkKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }

    /// Whether it is a script block or a script, which only a session with
    /// [`Options::inventory`](crate::Options::inventory) finds if no rule matches it.
    pub fn is_text(&self) -> bool {
        matches!(self.kind, MarkKind::Block | MarkKind::Script)
    }

    /// Returns the key that is displayed like this.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        let kind = MarkKind::ALL.into_iter().find(|own| own.as_str() == kind)?;
        Some(Self::new(kind, id))
    }
}

impl fmt::Display for MarkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.id)
    }
}

impl Verdict {
    pub(super) const ALL: [Self; 3] = [Self::Hostile, Self::Unclear, Self::Benign];

    /// Returns its name in a case file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hostile => "hostile",
            Self::Unclear => "unclear",
            Self::Benign => "benign",
        }
    }
}

impl Mark {
    /// Returns the gravest verdict.
    pub fn verdict(&self) -> Option<Verdict> {
        self.opinions.first().and_then(|opinion| opinion.verdict)
    }

    /// Whether authors gave different verdicts.
    pub fn is_disputed(&self) -> bool {
        let mut verdicts = self.opinions.iter().filter_map(|opinion| opinion.verdict);
        let first = verdicts.next();
        verdicts.any(|verdict| Some(verdict) != first)
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.opinions.is_empty() && !self.star && !self.expected && !self.to_report
    }

    /// Replaces the verdict and the note of an author; neither removes them.
    pub fn set_opinion(&mut self, by: &str, verdict: Option<Verdict>, note: &str) {
        self.opinions.retain(|opinion| opinion.by != by);
        if verdict.is_some() || !note.is_empty() {
            self.opinions.push(Opinion { verdict, note: note.to_owned(), by: by.to_owned() });
            sort::sort(&mut self.opinions);
        }
    }
}

impl Case {
    /// Returns the marks that a report is about, and those on what is benign or expected. Those for the report come first,
    /// those without a place last.
    pub(crate) fn divided_marks(&self) -> (KeyedMarks<'_>, KeyedMarks<'_>) {
        let is_harmless = |mark: &Mark| mark.expected || mark.verdict() == Some(Verdict::Benign);
        let mut marks: KeyedMarks<'_> = self.marks.iter().collect();
        sort::sort_by_key(&mut marks, |(_, mark)| (!mark.to_report, mark.order.wrapping_sub(1)));
        marks.into_iter().partition(|(_, mark)| mark.to_report || !is_harmless(mark))
    }

    /// Returns the ids of the script blocks and scripts that a report is about, in the order of the marks.
    pub fn marked_texts(&self) -> Vec<String> {
        let marks = self.divided_marks().0.into_iter();
        marks.filter(|(key, _)| key.is_text()).map(|(key, _)| key.id.clone()).collect()
    }

    /// Returns the allow-list for a session, which wants different names: further entries of one name are numbered.
    pub fn allow_list(&self) -> Vec<AllowEntry> {
        let mut names = HashSet::new();
        let mut entries: Vec<AllowEntry> = Vec::with_capacity(self.allow.len());
        // Entries of one name are neighbours.
        let (mut last, mut number) = ("", 1);
        for entry in &self.allow {
            let mut own = entry.clone();
            if last != entry.name {
                (last, number) = (&entry.name, 1);
            }
            while !names.insert(own.name.clone()) {
                number += 1;
                own.name = format!("{} ({number})", entry.name);
            }
            entries.push(own);
        }
        entries
    }

    /// Returns the options of a session that reads the logs as this case says, as JSON: with its rules and its allow-list.
    pub fn session_options(&self) -> String {
        let mut options = self.options.clone();
        let rules = self.rules.iter();
        let rules = rules.map(|rule| {
            format!("{{\"name\":{},\"text\":{}}}", to_json(&rule.name), to_json(&rule.text))
        });
        options.insert("rules".to_owned(), format!("[{}]", rules.collect::<Vec<_>>().join(",")));
        options.insert("allowList".to_owned(), to_json(&self.allow_list()));
        object_json(&options)
    }

    /// Sorts the lists and removes what is in them twice, so that equal cases have equal bytes.
    pub(super) fn sort(&mut self) {
        sort::sort(&mut self.notes);
        self.notes.dedup();
        sort::sort(&mut self.sources);
        self.sources.dedup();
        sort::sort(&mut self.rules);
        self.rules.dedup();
        sort::sort_by(&mut self.allow, |a, b| {
            (&a.name, &a.rule, &a.search, a.enabled).cmp(&(&b.name, &b.rule, &b.search, b.enabled))
        });
        self.allow.dedup();
        self.marks.retain(|_, mark| !mark.is_empty());
        for mark in self.marks.values_mut() {
            sort::sort(&mut mark.opinions);
            mark.opinions.dedup();
        }
    }
}
