//! The limits that the block store reached, as problems of the report.

use super::state::Session;
use crate::error::Problem;
use crate::limits::{MATCHED_BLOCK_BYTES, PARTS, REMEMBERED_BLOCKS, TEXT_BYTES};
use crate::reassemble::MatchedBlocks;

impl Session {
    pub(super) fn store_problems(&self, matched: &MatchedBlocks) -> Vec<Problem> {
        let too_long = self.store.too_long().map(|(computer, id)| {
            let message = format!(
                "script block {id} on {computer} is longer than {} MiB or has more than {PARTS} parts: later \
                 parts are left out",
                TEXT_BYTES >> 20
            );
            Problem::error("block-too-long", message)
        });
        let mut problems: Vec<Problem> = too_long.collect();
        if self.store.conflicts() > 0 {
            let message = format!(
                "{} parts of script blocks occur with different texts under one id; the longest of each is used",
                self.store.conflicts()
            );
            problems.push(Problem::warning("part-differs", message));
        }
        if matched.over_budget > 0 {
            let message = format!(
                "{} script blocks that rules may match are counted and not kept, because the blocks kept take \
                 {} MiB: no result shows them, and their risk is not counted",
                matched.over_budget,
                MATCHED_BLOCK_BYTES >> 20
            );
            problems.push(Problem::warning("blocks-not-kept", message));
        }
        for (rule, count) in &matched.over_budget_by_rule {
            if let Some(rule) = self.rules.rule_set().rules.get(*rule as usize) {
                let message = format!("matches {count} more script blocks, which are not kept");
                problems.push(Problem::warning("blocks-not-kept", message).rule(&rule.id));
            }
        }
        if self.store.closed_early() > 0 {
            let message = format!(
                "{} script blocks were searched before all their parts were read, because too many blocks were \
                 incomplete at once",
                self.store.closed_early()
            );
            problems.push(Problem::warning("closed-early", message));
        }
        if self.store.not_remembered() > 0 {
            let message = format!(
                "{} script blocks came after the first {REMEMBERED_BLOCKS}, the most that are remembered: \
                 repetitions of these count again",
                self.store.not_remembered()
            );
            problems.push(Problem::warning("not-remembered", message));
        }
        problems
    }
}
