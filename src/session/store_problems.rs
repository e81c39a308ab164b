//! The limits that the block store reached, and what records say against each other, as problems of the report.

use super::state::Session;
use crate::error::Problem;
use crate::limits::{
    COMBINATIONS, CONTEXT_EVENTS, INCOMPLETE_BLOCK_BYTES, INVENTORY_BLOCKS, INVENTORY_NAME_BYTES,
    MATCHED_BLOCK_BYTES, PAIR_BYTES, PART_TEXTS, PARTS, REMEMBERED_BLOCKS, TEXT_BYTES, VIEW_DEPTH,
    VIEW_FACTOR,
};
use crate::ordered::OrderedMap;
use crate::reassemble::{BlockNames, Conflict, MatchedBlocks, MissedViewNames};

/// Records of one script block that a problem lists.
const LISTED_RECORDS: usize = 8;

impl Session {
    pub(super) fn store_problems(&self, matched: &MatchedBlocks, ranks: &[usize]) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.length_problems(&mut problems);
        self.view_problems(&mut problems);
        self.conflict_problems(matched, ranks, &mut problems);
        self.budget_problems(matched, &mut problems);
        self.inventory_problems(&mut problems);
        let (closed, count) = self.store.closed_early();
        if count > 0 {
            let message = format!(
                "{count} script blocks were searched before all their parts were read, because incomplete ones took more \
                 than {} MiB: a word that is cut between two parts was not found in {}",
                INCOMPLETE_BLOCK_BYTES >> 20,
                list(closed)
            );
            problems.push(Problem::error("closed-early", message));
        }
        if self.store.is_estimated() {
            let message = format!(
                "there are more script blocks than the {REMEMBERED_BLOCKS} that are remembered: numbers of script blocks \
                 are estimates from a sample, and of script blocks that no rule matches, not all that came with different \
                 texts are counted"
            );
            problems.push(Problem::warning("not-remembered", message));
        }
        problems
    }

    fn length_problems(&self, problems: &mut Vec<Problem>) {
        let too_long = self.store.too_long();
        problems.extend(too_long.iter().map(|(computer, id)| {
            let message = format!(
                "script block {id} on {computer} is longer than {} MiB or has more than {PARTS} parts: later \
                 parts are searched by themselves",
                TEXT_BYTES >> 20
            );
            Problem::error("block-too-long", message)
        }));
        if too_long.has_more() {
            let message = "further script blocks are too long: later parts of them are searched by themselves";
            problems.push(Problem::error("block-too-long", message));
        }
    }

    /// Scripts that hide more than is searched.
    fn view_problems(&self, problems: &mut Vec<Problem>) {
        let MissedViewNames { unsearched, unevaluated } = self.store.missed_views();
        if unsearched.iter().next().is_some() {
            let message = format!(
                "some script blocks hide more than the {VIEW_FACTOR} times their length that is searched, or {VIEW_DEPTH} \
                 texts within each other: a match in their other texts was not found in {}",
                list(unsearched)
            );
            problems.push(Problem::warning("views-not-searched", message));
        }
        let count = unevaluated.iter().count();
        if count > 0 {
            let least = if unevaluated.has_more() { "at least " } else { "" };
            let message = format!(
                "{least}{count} script blocks have loops, calls, brackets or values that take more steps, bytes or levels than \
                 are evaluated: what they make of their data may not have been searched in {}",
                list(unevaluated)
            );
            problems.push(Problem::warning("views-not-evaluated", message));
        }
    }

    /// Blocks with several texts: someone may have tried to hide a script behind another one.
    fn conflict_problems(
        &self,
        matched: &MatchedBlocks,
        ranks: &[usize],
        problems: &mut Vec<Problem>,
    ) {
        problems.extend(matched.conflicts.iter().map(|conflict| {
            let block = match &conflict.names {
                Some((computer, id)) => format!("script block {id} on {computer}"),
                None => "a script block that no rule matches".to_owned(),
            };
            let message = format!(
                "{block} was logged with different texts or numbers of parts under one id ({}): each text is searched. An export may have \
                 cut one of them, or someone wrote a record to hide the other",
                self.list_records(conflict, ranks)
            );
            Problem::error("part-differs", message)
        }));
        let others = matched.conflicts_total.saturating_sub(matched.conflicts.len() as u64);
        if others > 0 {
            let message = format!(
                "{others} further script blocks were logged with different texts under one id: each text is searched"
            );
            problems.push(Problem::error("part-differs", message));
        }
        let (in_pairs, in_some_pairs) = self.store.in_pairs();
        if in_pairs.iter().next().is_some() {
            let message = format!(
                "the parts of some script blocks have texts for more than {COMBINATIONS} combinations: {COMBINATIONS} of \
                 them were searched, and all pairs of neighbouring parts: {}",
                list(in_pairs)
            );
            problems.push(Problem::error("part-combinations", message));
        }
        if in_some_pairs.iter().next().is_some() {
            let message = format!(
                "parts of some script blocks have more than {PART_TEXTS} texts, or their pairs more than {} MiB: each \
                 text was searched by itself, and not all pairs of neighbouring parts: {}",
                PAIR_BYTES >> 20,
                list(in_some_pairs)
            );
            problems.push(Problem::error("part-pairs", message));
        }
    }

    /// Script blocks and names that are not listed.
    fn inventory_problems(&self, problems: &mut Vec<Problem>) {
        let Some(inventory) = &self.inventory else { return };
        let not_listed = inventory.not_listed();
        if not_listed > 0 {
            let message = format!(
                "about {not_listed} script blocks are searched and not listed, because a list has at most \
                 {INVENTORY_BLOCKS}: those listed are an even sample; read fewer logs at once, or limit the time"
            );
            problems.push(Problem::warning("blocks-not-listed", message));
        }
        if inventory.context_left_out() > 0 {
            let message = format!(
                "{} events beside script blocks are not listed, because there are more than {CONTEXT_EVENTS}: pipelines and \
                 invocations of script blocks are left out first",
                inventory.context_left_out()
            );
            problems.push(Problem::warning("context-not-listed", message));
        }
        if inventory.names_left_out() > 0 {
            let message = format!(
                "the names in the list of script blocks take more than {} MiB: some of its rows lack a computer, user, \
                 path or script block id; read fewer logs at once",
                INVENTORY_NAME_BYTES >> 20
            );
            problems.push(Problem::warning("names-not-listed", message));
        }
    }

    fn budget_problems(&self, matched: &MatchedBlocks, problems: &mut Vec<Problem>) {
        let total: u64 = matched.not_kept.values().sum();
        if total == 0 {
            return;
        }
        let about = if matched.not_kept_is_estimated { "about " } else { "" };
        let message = format!(
            "{about}{total} script blocks that rules may match are counted and not kept, because the blocks kept take {} \
             MiB: no result shows them, and their risk is in no sum. Those of the highest scores are kept, with a share for \
             each rule and computer; read fewer logs at once, or disable the rules that match most",
            MATCHED_BLOCK_BYTES >> 20
        );
        problems.push(Problem::error("blocks-not-kept", message));
        let mut by_rule: OrderedMap<u32, u64> = OrderedMap::new();
        for (facts, count) in &matched.not_kept {
            facts.rules.iter().for_each(|rule| *by_rule.entry(*rule).or_default() += count);
        }
        for (rule, count) in by_rule {
            if let Some(rule) = self.rules.rule_set().rules.get(rule as usize) {
                let message =
                    format!("matches {about}{count} more script blocks, which are not kept");
                problems.push(Problem::error("blocks-not-kept", message).rule(&rule.id));
            }
        }
    }

    /// The records of a conflict: each in the source of lowest rank that has it.
    fn list_records(&self, conflict: &Conflict, ranks: &[usize]) -> String {
        let rank = |source: usize| ranks.get(source).copied().unwrap_or(usize::MAX);
        let mut records: Vec<(usize, usize, Option<&str>)> = conflict
            .records
            .iter()
            .map(|(source, record)| (rank(*source), *source, record.as_deref()))
            .collect();
        records.sort_by_key(|(rank, _, record)| (record.map(|own| (own.len(), own)), *rank));
        let named = records.iter().take(LISTED_RECORDS).map(|(_, source, record)| {
            let name = self.sources.get(*source).map_or("", |source| &source.name);
            format!("record {} of {name}", record.unwrap_or("without a number"))
        });
        let mut list = named.collect::<Vec<_>>().join(", ");
        if records.len() > LISTED_RECORDS {
            list.push_str(" and others");
        }
        list
    }
}

/// The names of script blocks in a row.
fn list(names: &BlockNames) -> String {
    let named = names.iter().map(|(computer, id)| format!("{id} on {computer}"));
    let mut list = named.collect::<Vec<_>>().join(", ");
    if names.has_more() {
        list.push_str(" and others");
    }
    list
}
