//! The search language: the part of SPL that published 4104 detections use, and what Sigma rules become.
//!
//! A [`Search`] is a condition ([`Condition`]) that keeps script blocks, and [`Command`]s that make a [`ResultTable`] of
//! them. `docs/search.md` describes the language.

mod calendar;
mod cidr;
mod columns;
mod command;
mod condition;
mod correlation;
mod cost;
mod error;
mod eval_expr;
mod functions;
mod highlights;
mod json;
mod library;
mod lookup;
mod number;
mod parse;
mod predicate_list;
mod required;
mod run;
mod stats;
mod timespan;
mod to_spl;
mod value;
mod wildcard;

pub use crate::literal::Required;
pub use crate::regex::{Regex, RegexFlags};
pub(crate) use cidr::Cidr;
pub(crate) use command::Command;
pub(crate) use condition::{Comparison, TimePart};
pub use condition::{Condition, FieldRelation, Predicate};
pub(crate) use correlation::{CorrelatedRule, Correlation, CorrelationKind, CountBound};
pub(crate) use cost::SearchCost;
pub(crate) use error::SearchError;
pub(crate) use error::pointed;
pub(crate) use json::Json;
pub use library::Library;
pub use lookup::{Lookup, LookupDefinition, MatchType};
pub(crate) use number::{parse as parse_number, show as show_number};
pub(crate) use run::RowWithBlock;
pub(crate) use stats::{Aggregate, AggregateInput, Aggregation, Stats};
pub(crate) use timespan::TimeBound;
pub(crate) use to_spl::quoted;
pub use value::Value;
pub use wildcard::{Wildcard, WildcardPiece};

use crate::error::Problem;
use crate::reassemble::ScriptBlock;
use crate::time::Time;
use run::Block;
use std::ops::Range;

/// A search that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    base: Condition,
    commands: Vec<Command>,
    /// The base with the conditions that follow it at once.
    filter: Condition,
    /// The filter without what asks when the search is run, if anything in it does.
    time_independent: Option<Condition>,
    /// The commands after those.
    rest: usize,
}

/// What a search is run with.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunContext {
    /// The newest event's time: what relative times count from.
    pub now: Option<Time>,
}

/// What a search finds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultTable {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, in the search's order.
    pub rows: Vec<TableRow>,
    /// Blocks that the search kept before it made rows of them.
    pub matched: u64,
    /// Rows that `stats` left out because a by-field was absent.
    pub dropped: u64,
    /// The by-fields that were absent, sorted.
    pub dropped_fields: Vec<String>,
    /// What was left out or cut short.
    pub problems: Vec<Problem>,
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableRow {
    /// One value a column.
    pub cells: Vec<Value>,
    /// The blocks behind it: indexes into those that were given, sorted.
    pub blocks: Vec<usize>,
    /// The filter macro that would remove it.
    pub suppressed_by: Option<String>,
}

impl Search {
    /// Reads a search as it is written in a rule.
    pub fn parse(text: &str, library: &Library) -> Result<Self, SearchError> {
        let (base, commands) = parse::parse(text, library)?;
        Ok(Self::from_parts(base, commands))
    }

    /// Reads a condition alone, such as `Computer=DC01 NOT ScriptBlockText="*test*"`.
    pub fn parse_condition(text: &str, library: &Library) -> Result<Condition, SearchError> {
        parse::condition(text, library)
    }

    /// A search from its condition and its commands.
    pub fn from_parts(base: Condition, commands: Vec<Command>) -> Self {
        let leading: Vec<Condition> = commands.iter().map_while(Command::condition).collect();
        let rest = leading.len();
        let filter = leading.into_iter().fold(base.clone(), Condition::and);
        let time_independent = filter.depends_on_now().then(|| filter.time_independent());
        Self { base, commands, filter, time_independent, rest }
    }

    /// The condition before the first pipe.
    pub fn base(&self) -> &Condition {
        &self.base
    }

    /// The commands.
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// Whether a block is kept by the condition before the first pipe and those that follow it at once.
    /// What counts from the newest event, which is not known yet, is left to [`run`](Self::run).
    pub fn holds(&self, block: &ScriptBlock) -> bool {
        self.time_independent.as_ref().unwrap_or(&self.filter).holds(&Block { block, now: None })
    }

    /// What stands in the text of every block that holds.
    pub fn required(&self) -> Required {
        required::required(&self.filter)
    }

    /// The byte ranges of a block's text that made it hold, sorted and apart.
    pub fn highlights(&self, block: &ScriptBlock) -> Vec<Range<usize>> {
        highlights::highlights(&self.filter, &block.text, &Block { block, now: None })
    }

    /// The table's columns.
    pub fn columns(&self) -> Vec<String> {
        columns::columns(&self.commands)
    }

    /// The search as SPL, which reads as the same search again if it was SPL. An error names what a Sigma
    /// rule asks and SPL cannot say.
    pub fn to_spl(&self) -> Result<String, String> {
        to_spl::search(self)
    }

    /// Runs the search over blocks in event order: the latest first, then by source and record. Those that
    /// do not hold are passed over.
    pub fn run(&self, blocks: &[&ScriptBlock], context: &RunContext) -> ResultTable {
        let kept: Vec<(usize, &ScriptBlock)> = blocks
            .iter()
            .enumerate()
            .filter(|(_, block)| self.filter.holds(&Block { block, now: context.now }))
            .map(|(index, block)| (index, *block))
            .collect();
        self.table(&kept, context)
    }

    /// [`run`](Self::run) over blocks that [hold](Self::holds): no condition is asked twice.
    pub fn run_matched(&self, blocks: &[&ScriptBlock], context: &RunContext) -> ResultTable {
        if self.time_independent.is_some() {
            return self.run(blocks, context);
        }
        let kept: Vec<(usize, &ScriptBlock)> = blocks.iter().copied().enumerate().collect();
        self.table(&kept, context)
    }

    fn table(&self, kept: &[(usize, &ScriptBlock)], context: &RunContext) -> ResultTable {
        let commands = self.commands.get(self.rest..).unwrap_or_default();
        run::run(kept, commands, context)
    }
}

#[cfg(test)]
mod tests;
