//! What an allow-list could say of a result, and what it would change.

use super::allow::{AllowEntry, ParsedEntry, Suppression};
use super::assemble::{Evaluation, ReportInputs, candidates};
use super::blocks::BlockDraft;
use super::contract::Number;
use super::generalize::like;
use super::results::ResultDraft;
use super::source_stats::SourceNames;
use crate::error::Error;
use crate::limits;
use crate::reassemble::ScriptBlock;
use crate::risk::{Contribution, RankedObject};
use crate::rule::Rule;
use crate::search::{Value, quoted};
use crate::sort;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// An entry that can be made from a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// What it goes by: `computer`, `user`, `script`, `path` or `text`.
    pub kind: &'static str,
    /// A name for it.
    pub name: String,
    /// The result's rule.
    pub rule: Option<String>,
    /// The condition.
    pub search: String,
    /// Always.
    pub enabled: bool,
}

impl From<Proposal> for AllowEntry {
    fn from(proposal: Proposal) -> Self {
        let Proposal { name, rule, search, enabled, .. } = proposal;
        Self { name, rule, search, enabled }
    }
}

/// What an entry would hide.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// The ids of the results that are shown without it and hidden with it, in the report's order.
    pub results: Vec<String>,
    /// How many of them each rule has.
    pub rows: BTreeMap<String, u64>,
    /// The risk objects whose score it lowers, in the report's order.
    pub risk_objects: Vec<RiskChange>,
}

/// What becomes of an object's risk.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
pub struct RiskChange {
    pub object: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub before: Number,
    pub after: Number,
}

/// The entries that can be made from a result; none for an unknown id.
pub(crate) fn proposals(inputs: &ReportInputs<'_>, id: &str) -> Vec<Proposal> {
    let names = SourceNames::of(inputs.sources);
    let blocks = candidates(inputs, &names);
    let judged = Evaluation::of(inputs, &blocks, &Suppression::of(inputs.allow));
    let Some(result) = judged.results.iter().find(|result| result.id == id) else {
        return Vec::new();
    };
    let rule = result.rule;
    let behind: Vec<&BlockDraft<'_>> =
        result.behind.iter().filter_map(|&index| blocks.get(index)).collect();
    let field = |kind, words, name: &str| {
        let values = values(&behind, |block| block.field(name).map(|value| value.into_owned()))?;
        let (search, shown) = one_of(name, values)?;
        Some((kind, words, shown, search))
    };
    let all = [
        field("computer", "on", "Computer"),
        field("user", "by", "UserID"),
        field("script", "script", "ScriptBlockHash"),
        field("path", "from", "Path"),
        texts_like(rule, result.cell("ScriptBlockText", &judged.tables), &behind),
    ];
    let proposal = |(kind, words, shown, search): (&'static str, &str, String, String)| {
        let short: String = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let short: String = short.chars().take(NAME).collect();
        let name = format!("{} {words} {short}", rule.title);
        Proposal { kind, name, rule: Some(rule.id.clone()), search, enabled: true }
    };
    all.into_iter().flatten().map(proposal).collect()
}

/// What an entry would hide beside the allow-list that is in use, of which one of its name is left out. Nothing is
/// changed.
pub(crate) fn preview(inputs: &ReportInputs<'_>, entry: AllowEntry) -> Result<Preview, Error> {
    let entry = ParsedEntry::new(entry)?;
    let names = SourceNames::of(inputs.sources);
    let blocks = candidates(inputs, &names);
    let judged = Evaluation::of(inputs, &blocks, &Suppression::trying(inputs.allow, &entry));
    let hidden: Vec<&ResultDraft<'_>> = judged
        .results
        .iter()
        .filter(|result| result.suppressed_by.is_none() && result.on_trial)
        .collect();
    let mut rows = BTreeMap::new();
    for result in &hidden {
        *rows.entry(result.rule.id.clone()).or_default() += 1;
    }
    let ids: HashSet<&str> = hidden.iter().map(|result| result.id.as_str()).collect();
    let change = |object: &RankedObject<'_>| {
        let stays = |contribution: &&Contribution<'_>| !ids.contains(contribution.result);
        let after = object.contributions.iter().filter(stays);
        RiskChange {
            object: object.object.clone(),
            kind: object.kind.to_string(),
            before: Number(object.score.hundredths()),
            after: Number(after.map(|contribution| contribution.event.score.hundredths()).sum()),
        }
    };
    let changes = judged.objects(inputs.rules).iter().map(change).collect::<Vec<_>>();
    let risk_objects = changes.into_iter().filter(|change| change.before != change.after).collect();
    let results = hidden.iter().map(|result| result.id.clone()).collect();
    Ok(Preview { results, rows, risk_objects })
}

/// Characters of a value in a proposed name.
const NAME: usize = 60;

/// The different values of all blocks; `None` where one has none, for an entry by this value would not hide the row.
fn values(
    behind: &[&BlockDraft<'_>],
    value: impl Fn(&ScriptBlock) -> Option<String>,
) -> Option<BTreeSet<String>> {
    let values: Option<Vec<String>> = behind.iter().map(|block| value(&block.kept.block)).collect();
    values.map(sort::collect_set)
}

/// The condition that a field has one of these values, and what to call them.
fn one_of(field: &str, values: BTreeSet<String>) -> Option<(String, String)> {
    let first = values.first()?;
    if values.len() > limits::PROPOSED_VALUES {
        return None;
    }
    let shown = match values.len() {
        1 => first.clone(),
        more => format!("{first} and {} more", more - 1),
    };
    let all: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    match all.as_slice() {
        [one] => Some((format!("{field}={one}"), shown)),
        several => Some((format!("{field} IN ({})", several.join(", ")), shown)),
    }
}

/// By the row's text, else by the texts of the blocks behind it.
fn texts_like(
    rule: &Rule,
    own: Option<&Value>,
    behind: &[&BlockDraft<'_>],
) -> Option<(&'static str, &'static str, String, String)> {
    let own = own.and_then(|cell| match cell {
        Value::Null | Value::Multi(_) => None,
        single => single.text(),
    });
    let patterns = match own {
        Some(text) => {
            let block =
                behind.iter().map(|block| &block.kept.block).find(|block| *block.text == *text);
            sort::collect_set([like(&text, block.and_then(|block| first_match(rule, block)))])
        }
        None => values(behind, |block| Some(like(&block.text, first_match(rule, block))))?,
    };
    // A pattern that has nothing of the text in it would hide everything.
    if patterns.iter().any(|pattern| pattern.chars().filter(|char| *char != '*').count() < LEAST) {
        return None;
    }
    let (search, shown) = one_of("ScriptBlockText", patterns)?;
    Some(("text", "like", shown, search))
}

/// Characters of a text that a pattern must hold.
const LEAST: usize = 8;

fn first_match(rule: &Rule, block: &ScriptBlock) -> Option<std::ops::Range<usize>> {
    let search = rule.search.as_ref().ok()?;
    search.highlights(block).into_iter().next()
}
