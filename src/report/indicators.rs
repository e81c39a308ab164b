//! [`IndicatorList`]: the indicators of script blocks as rows.

use super::blocks::BlockDraft;
use super::contract::Problem;
use super::convert::convert_problem;
use super::ids::hash;
use super::source_names::SourceNames;
use super::source_stats::SourceStats;
use super::times::format_time;
use crate::error;
use crate::indicators::{
    self, Entry, IndicatorKind, IndicatorPlace, IndicatorSet, LeftOut, TextIndicators, defang,
};
use crate::limits;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::reassemble::MatchedBlock;
use crate::sort;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Which indicators are listed.
///
/// ```
/// use scriptscope::report::IndicatorQuery;
///
/// let query: IndicatorQuery = serde_json::from_str(r#"{"kind": "url", "limit": 10}"#).unwrap();
/// assert_eq!(query.limit, Some(10));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct IndicatorQuery {
    /// Of one kind only.
    pub kind: Option<IndicatorKind>,
    /// Number of rows before the first one returned.
    pub offset: usize,
    /// Number of rows returned at most. Default: all.
    pub limit: Option<usize>,
    /// Which rows match.
    pub filter: IndicatorFilter,
}

/// Conditions on indicators, all of which hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct IndicatorFilter {
    /// The value contains this text, in any case.
    pub text: Option<String>,
    /// This computer has it.
    pub computer: Option<String>,
    /// The script block with this id has it.
    pub block: Option<String>,
    /// Those left out, instead of the indicators.
    pub left_out: bool,
}

/// Indicators of script blocks.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct IndicatorList {
    /// Number of rows that match.
    pub total: u64,
    /// Number of values left out, by reason.
    pub left_out: BTreeMap<&'static str, u64>,
    /// By kind, then by the number of script blocks, most first, then by value.
    pub rows: Vec<IndicatorRow>,
    /// Limits that were reached.
    pub problems: Vec<Problem>,
}

/// An indicator.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct IndicatorRow {
    /// Hash of kind and value: the same for the same indicator in any list.
    pub id: String,
    /// Its kind.
    pub kind: IndicatorKind,
    /// Its value.
    pub value: String,
    /// The value in a form that no program follows.
    pub defanged: String,
    /// Number of script blocks that have it.
    pub count: u64,
    /// Number of computers of these script blocks.
    pub computers: u64,
    /// The first of their names.
    pub computer_names: Vec<String>,
    /// The earliest of these script blocks, twenty at most.
    pub block_ids: Vec<String>,
    /// Time of the earliest.
    pub first_time: Option<String>,
    /// Time of the latest.
    pub last_time: Option<String>,
    /// The view in which it was found: `original` for the text as logged.
    pub view: String,
    /// Why it is left out.
    pub left_out: Option<LeftOut>,
}

impl IndicatorList {
    /// Lists the indicators of a set that match. `of_block` has the hashes of those of the query's script block.
    pub(crate) fn new(
        set: &IndicatorSet,
        query: &IndicatorQuery,
        of_block: Option<&OrderedSet<u64>>,
    ) -> Self {
        let mut left_out = BTreeMap::new();
        for reason in set.entries.values().filter_map(|entry| entry.left_out) {
            *left_out.entry(reason.as_str()).or_default() += 1;
        }
        let text = query.filter.text.as_ref().map(|text| text.to_lowercase());
        let matches = |(hash, entry): &(&u64, &Entry)| {
            entry.left_out.is_some() == query.filter.left_out
                && query.kind.is_none_or(|kind| kind == entry.kind)
                && of_block.is_none_or(|hashes| hashes.contains(*hash))
                && text.as_ref().is_none_or(|text| entry.value.to_lowercase().contains(text))
                && query.filter.computer.as_ref().is_none_or(|computer| {
                    entry.computers.iter().any(|own| own.eq_ignore_ascii_case(computer))
                })
        };
        let mut entries: Vec<&Entry> =
            set.entries.iter().filter(matches).map(|(_, entry)| entry).collect();
        sort::sort_by(&mut entries, |a, b| {
            (a.kind, b.count, &a.value).cmp(&(b.kind, a.count, &b.value))
        });
        let total = entries.len() as u64;
        let rows = entries.into_iter().skip(query.offset);
        let rows = rows.take(query.limit.unwrap_or(usize::MAX)).map(to_row).collect();
        Self { total, left_out, rows, problems: problems(set) }
    }
}

fn to_row(entry: &Entry) -> IndicatorRow {
    let names = entry.computers.iter().take(limits::INDICATOR_BLOCKS);
    IndicatorRow {
        id: id(entry.kind, &entry.value),
        kind: entry.kind,
        value: entry.value.clone(),
        defanged: defang(entry.kind, &entry.value),
        count: entry.count,
        computers: entry.computers.len() as u64,
        computer_names: names.map(|name| name.as_ref().to_owned()).collect(),
        block_ids: entry.blocks.iter().map(|block| block.id.as_ref().to_owned()).collect(),
        first_time: format_time(entry.first),
        last_time: format_time(entry.last),
        view: entry.view.clone().unwrap_or_else(|| "original".to_owned()),
        left_out: entry.left_out,
    }
}

fn id(kind: IndicatorKind, value: &str) -> String {
    let bits = indicators::hash(kind, value).to_string();
    hash(&["indicator", kind.as_str(), &bits])
}

fn problems(set: &IndicatorSet) -> Vec<Problem> {
    let mut problems = Vec::new();
    if set.limited_texts > 0 {
        problems.push(error::Problem::warning(
            "indicators-limit",
            format!(
                "{} script blocks have more than {} indicators: only the first are listed",
                set.limited_texts,
                limits::TEXT_INDICATORS
            ),
        ));
    }
    if set.is_limited {
        problems.push(error::Problem::warning(
            "indicators-limit",
            format!(
                "there are more than {} indicators, or one on more than {} computers: the others are not listed; read fewer \
                 logs at once, or give a time with since and until",
                limits::INDICATORS,
                limits::INDICATOR_COMPUTERS
            ),
        ));
    }
    if set.unread > 0 {
        problems.push(error::Problem::warning(
            "indicators-unread",
            format!(
                "{} script blocks lack parts or have several texts of one, and no rule matches them: their indicators are \
                 not listed; read the logs that have the other parts",
                set.unread
            ),
        ));
    }
    if set.lacks_texts {
        problems.push(error::Problem::warning(
            "indicators-limit",
            format!(
                "the indicators of all texts take more than {} MiB: those of some texts are not listed; read fewer logs at \
                 once, or give a time with since and until",
                limits::TEXT_INDEX_BYTES >> 20
            ),
        ));
    }
    problems.iter().map(|problem| convert_problem(problem, None)).collect()
}

/// Adds the indicators of these script blocks, and of their views if `views` says so; with `ids`, of these blocks only.
pub(crate) fn collect_indicators(
    set: &mut IndicatorSet,
    matched: &[Arc<MatchedBlock>],
    ids: Option<&OrderedSet<String>>,
    sources: &[SourceStats],
    views: bool,
) {
    let names = SourceNames::new(sources);
    let mut by_text: OrderedMap<u64, Vec<BlockDraft<'_>>> = OrderedMap::new();
    for matched in matched {
        let draft = BlockDraft::new(matched, &names);
        if ids.is_some_and(|ids| !ids.contains(&draft.id)) {
            continue;
        }
        by_text.entry(xxh3_64(matched.block.text.as_bytes())).or_default().push(draft);
    }
    let mut computers = OrderedSet::new();
    for drafts in by_text.into_values() {
        let mut known: Option<(&str, TextIndicators)> = None;
        for draft in &drafts {
            let block = &draft.matched.block;
            let (_, texts) = match known.take() {
                Some(known) if known.0 == &*block.text => known,
                _ => (&*block.text, TextIndicators::new(&block.text, views)),
            };
            let computer = block.event.computer.as_deref().map(|name| shared(&mut computers, name));
            let place = IndicatorPlace {
                block: &draft.id,
                computer: computer.as_ref(),
                time: block.event.time,
            };
            set.add(&texts, &place);
            known = Some((&block.text, texts));
        }
    }
}

/// Returns the name as one text for all that have it.
fn shared(names: &mut OrderedSet<Arc<str>>, name: &str) -> Arc<str> {
    if let Some(known) = names.get(name) {
        return Arc::clone(known);
    }
    let name: Arc<str> = name.into();
    names.insert(Arc::clone(&name));
    name
}
