//! Proposals for allow-list entries, and a preview of what an entry would hide.

use super::allow::{AllowEntry, ParsedEntry, Suppression};

use super::blocks::{BlockDraft, draft_blocks};
use super::contract::Number;
use super::evaluation::Evaluation;
use super::generalize::generalize;
use super::inputs::ReportInputs;
use super::results::ResultDraft;
use super::source_names::SourceNames;
use crate::error::Error;
use crate::limits;
use crate::ordered::OrderedSet;
use crate::reassemble::ScriptBlock;
use crate::risk::{Contribution, RankedObject};
use crate::rule::Rule;
use crate::search::{Value, quoted};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// A proposal for an allow-list entry that hides a result.
///
/// ```
/// use scriptscope::{AllowEntry, Options, Session};
///
/// let mut session = Session::new(Options::default()).unwrap();
/// // … read logs …
/// let report = session.report();
/// for result in &report.results {
///     for proposal in session.proposals(&result.id) {
///         let preview = session.preview(AllowEntry::from(proposal)).unwrap();
///         assert!(preview.results.contains(&result.id));
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Proposal {
    /// What it compares: `computer`, `user`, `script` (the text's hash), `path` or `text` (a pattern).
    pub kind: &'static str,
    /// The entry's name.
    pub name: String,
    /// Id of the result's rule.
    pub rule: Option<String>,
    /// The entry's condition.
    pub search: String,
    /// Always true.
    pub enabled: bool,
}

impl From<Proposal> for AllowEntry {
    fn from(proposal: Proposal) -> Self {
        let Proposal { name, rule, search, enabled, .. } = proposal;
        Self { name, rule, search, enabled }
    }
}

/// The results that an entry would hide, and the risk that it would take away.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Preview {
    /// Ids of the results that are shown without it and hidden with it, in the report's order.
    pub results: Vec<String>,
    /// Number of them by rule id.
    pub rows: BTreeMap<String, u64>,
    /// Risk objects whose score it lowers, in the report's order.
    pub risk_objects: Vec<RiskChange>,
}

/// The score of a risk object without an entry and with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
#[non_exhaustive]
pub struct RiskChange {
    pub object: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub before: Number,
    pub after: Number,
}

/// Returns proposals for entries that hide a result; none for an unknown id.
pub(crate) fn proposals(inputs: &ReportInputs<'_>, id: &str) -> Vec<Proposal> {
    let names = SourceNames::new(inputs.sources);
    let blocks = draft_blocks(&inputs.matched, &names);
    let evaluation = Evaluation::new(inputs, &blocks, &Suppression::new(inputs.allow));
    let Some(result) = evaluation.results.iter().find(|result| &*result.id == id) else {
        return Vec::new();
    };
    let rule = result.rule;
    let row_blocks: Vec<&BlockDraft<'_>> =
        result.blocks.iter().filter_map(|&index| blocks.get(index)).collect();
    let field = |kind, words, name: &str| {
        let values =
            values(&row_blocks, |block| block.field(name).map(|value| value.into_owned()))?;
        let (search, shown) = one_of(name, values)?;
        Some((kind, words, shown, search))
    };
    let all = [
        field("computer", "on", "Computer"),
        field("user", "by", "UserID"),
        field("script", "script", "ScriptBlockHash"),
        field("path", "from", "Path"),
        by_pattern(rule, result.cell("ScriptBlockText", &evaluation.tables), &row_blocks),
    ];
    let proposal = |(kind, words, shown, search): (&'static str, &str, String, String)| {
        let short: String = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let short: String = short.chars().take(NAME_CHARS).collect();
        let name = format!("{} {words} {short}", rule.title);
        Proposal { kind, name, rule: Some(rule.id.clone()), search, enabled: true }
    };
    all.into_iter().flatten().map(proposal).collect()
}

/// Returns what an entry would hide beside the allow-list in use, without the list's entry of its name.
pub(crate) fn preview(inputs: &ReportInputs<'_>, entry: AllowEntry) -> Result<Preview, Error> {
    let entry = ParsedEntry::new(entry)?;
    let names = SourceNames::new(inputs.sources);
    let blocks = draft_blocks(&inputs.matched, &names);
    let evaluation =
        Evaluation::new(inputs, &blocks, &Suppression::with_trial(inputs.allow, &entry));
    let hidden: Vec<&ResultDraft<'_>> = evaluation
        .results
        .iter()
        .filter(|result| result.suppressed_by.is_none() && result.trial_hides)
        .collect();
    let mut rows = BTreeMap::new();
    for result in &hidden {
        *rows.entry(result.rule.id.clone()).or_default() += 1;
    }
    let ids: HashSet<&Arc<str>> = hidden.iter().map(|result| &result.id).collect();
    let change = |object: &RankedObject<'_>| {
        let stays = |contribution: &&Contribution<'_>| !ids.contains(contribution.result);
        let after = object.contributions.iter().filter(stays);
        RiskChange {
            object: object.object.clone(),
            kind: object.kind.to_string(),
            before: Number(object.score.hundredths()),
            after: Number(after.map(|contribution| contribution.score().hundredths()).sum()),
        }
    };
    let changes = evaluation.objects(inputs).iter().map(change).collect::<Vec<_>>();
    let risk_objects = changes.into_iter().filter(|change| change.before != change.after).collect();
    let results = hidden.iter().map(|result| result.id.as_ref().to_owned()).collect();
    Ok(Preview { results, rows, risk_objects })
}

/// Characters of a value in a proposal's name.
const NAME_CHARS: usize = 60;

/// Returns the distinct values of all blocks. `None` if a block has none: an entry that compares the value would then not
/// hide the row.
fn values(
    row_blocks: &[&BlockDraft<'_>],
    value: impl Fn(&ScriptBlock) -> Option<String>,
) -> Option<OrderedSet<String>> {
    let values: Option<Vec<String>> =
        row_blocks.iter().map(|block| value(&block.matched.block)).collect();
    values.map(OrderedSet::from_iter)
}

/// Returns the condition that a field has one of these values, and a name for them.
fn one_of(field: &str, values: OrderedSet<String>) -> Option<(String, String)> {
    let first = values.iter().next()?;
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

/// Returns the proposal by pattern: of the row's text if it has one, else of the texts of its blocks.
fn by_pattern(
    rule: &Rule,
    own: Option<&Value>,
    row_blocks: &[&BlockDraft<'_>],
) -> Option<(&'static str, &'static str, String, String)> {
    let own = own.and_then(|cell| match cell {
        Value::Null | Value::Multi(_) => None,
        single => single.text(),
    });
    let patterns = match own {
        Some(text) => {
            let block = row_blocks
                .iter()
                .map(|block| &block.matched.block)
                .find(|block| *block.text == *text);
            OrderedSet::from_iter([generalize(
                &text,
                block.and_then(|block| first_match(rule, block)),
            )])
        }
        None => {
            values(row_blocks, |block| Some(generalize(&block.text, first_match(rule, block))))?
        }
    };
    // A pattern of wildcards would hide everything.
    if patterns
        .iter()
        .any(|pattern| pattern.chars().filter(|char| *char != '*').count() < LITERAL_CHARS)
    {
        return None;
    }
    let (search, shown) = one_of("ScriptBlockText", patterns)?;
    Some(("text", "like", shown, search))
}

/// Fewest literal characters of a pattern.
const LITERAL_CHARS: usize = 8;

fn first_match(rule: &Rule, block: &ScriptBlock) -> Option<std::ops::Range<usize>> {
    let search = rule.search.as_ref().ok()?;
    search.highlights(block).into_iter().next()
}
