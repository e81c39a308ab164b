//! [`Search`]: a search that can be run.

use crate::literal::Required;
use crate::reassemble::ScriptBlock;
use crate::script::without_comments;
use crate::search::analysis::columns::columns;
use crate::search::analysis::cost::{SearchCost, cost};
use crate::search::analysis::required::required;
use crate::search::ast::command::Command;
use crate::search::ast::condition::Condition;
use crate::search::eval::obstacle::Obstacle;
use crate::search::eval::table::{ResultTable, RunContext};
use crate::search::eval::{self, Assumptions, BlockRow};
use crate::search::parse::ParsedSearch;
use crate::search::parse::error::SearchError;
use crate::search::parse::library::{Library, ParseContext};
use crate::search::{parse, to_spl};
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A search: a condition that selects script blocks, and commands that make a [`ResultTable`] of them.
///
/// ```
/// use scriptscope::internal::search::{Library, Search};
///
/// let search = Search::parse("ScriptBlockText=*mimikatz* | head 5", &Library::new()).unwrap();
/// assert_eq!(search.to_spl().unwrap(), "ScriptBlockText=\"*mimikatz*\" | head 5");
///
/// let error = Search::parse("a | stat count", &Library::new()).unwrap_err();
/// assert_eq!((error.line, error.column), (1, 5));
/// assert_eq!(error.help.as_deref(), Some("did you mean `stats`?"));
/// ```
#[derive(Clone, Debug)]
pub struct Search {
    /// Made at the first use of a prepared search.
    parts: OnceLock<SearchParts>,
    prepared: Option<PreparedSearch>,
    /// Words in comments of the script do not count.
    ignores_comments: bool,
}

/// A script block that several searches are asked about. What it is without comments is made once for all of them.
pub(crate) struct SearchedBlock<'a> {
    block: &'a ScriptBlock,
    /// See [`BlockRow::lacks`].
    lacks: Option<&'a dyn Fn(&str) -> bool>,
    code: OnceCell<Option<ScriptBlock>>,
}

impl<'a> SearchedBlock<'a> {
    pub(crate) fn new(block: &'a ScriptBlock) -> Self {
        Self::knowing(block, None)
    }

    /// `lacks` says of which literals it is known that the block's text does not contain them, in any case.
    pub(crate) fn knowing(block: &'a ScriptBlock, lacks: Option<&'a dyn Fn(&str) -> bool>) -> Self {
        Self { block, lacks, code: OnceCell::new() }
    }

    /// Returns the block with blanks in place of its comments, of the same length; `None` if it has none.
    fn code(&self) -> Option<&ScriptBlock> {
        let code = || {
            let text = without_comments(&self.block.text)?.into();
            Some(ScriptBlock { text, ..self.block.clone() })
        };
        self.code.get_or_init(code).as_ref()
    }
}

#[derive(Clone, Debug, PartialEq)]
struct SearchParts {
    base: Condition,
    commands: Vec<Command>,
    /// Conjunction of `base` and the conditions of the commands that follow it immediately.
    filter: Condition,
    /// The filter with its time-dependent parts replaced by true, if it has such parts.
    time_independent: Option<Condition>,
    /// Number of leading commands that `filter` covers.
    filter_commands: usize,
    /// For each conjunct of the filter, in order, whether it reads nothing but the script's text.
    of_text: Vec<bool>,
    /// Some other conjunct may read the text too.
    mixes_text: bool,
}

/// What a session needs to know of a search before any text is a candidate for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PreparedFacts {
    pub(crate) required: Required,
    pub(crate) columns: Vec<String>,
    pub(crate) cost: SearchCost,
}

/// A search that is parsed when it is first used.
#[derive(Clone, Debug)]
struct PreparedSearch {
    text: String,
    library: Arc<Library>,
    facts: PreparedFacts,
}

impl PartialEq for Search {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Search {
    /// Parses a search as a rule writes it.
    ///
    /// # Errors
    ///
    /// Returns the place and cause of the first syntax error, of the first command, function, macro or lookup table
    /// that is not known, or of the first limit that the search exceeds.
    pub fn parse(text: &str, library: &Library) -> Result<Self, SearchError> {
        Ok(Self::parse_with_notes(text, library)?.0)
    }

    /// As [`parse`](Self::parse), with what a reader should know of a search that runs: a command that has no effect here.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub(crate) fn parse_with_notes(
        text: &str,
        library: &Library,
    ) -> Result<(Self, Vec<SearchError>), SearchError> {
        let ParsedSearch { base, commands, notes } = parse::parse(text, parse_context(library))?;
        Ok((Self::from_parts(base, commands), notes))
    }

    /// Parses a condition alone, such as `Computer=DC01 NOT ScriptBlockText="*test*"`.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse); a pipe is an error too.
    pub fn parse_condition(text: &str, library: &Library) -> Result<Condition, SearchError> {
        parse::parse_condition(text, parse_context(library))
    }

    /// Makes a search that is parsed when it is first used. The text is known to be valid with this library, to require
    /// literals and no field that an event may lack, not to name `_raw`, to make no row of no script block, and to have
    /// these facts.
    pub(crate) fn prepared(text: String, library: Arc<Library>, facts: PreparedFacts) -> Self {
        let prepared = Some(PreparedSearch { text, library, facts });
        Self { parts: OnceLock::new(), prepared, ignores_comments: false }
    }

    /// Makes the search select only script blocks that it selects without the comments of their texts too.
    #[must_use]
    pub(crate) fn without_comments(self, ignores_comments: bool) -> Self {
        Self { ignores_comments, ..self }
    }

    fn parts(&self) -> &SearchParts {
        self.parts.get_or_init(|| {
            let parsed = self
                .prepared
                .as_ref()
                .and_then(|own| parse::parse(&own.text, parse_context(&own.library)).ok());
            // A test parses every prepared search. One without a text selects nothing.
            let nothing = || (Condition::Any(Vec::new()), Vec::new());
            let (base, commands) =
                parsed.map_or_else(nothing, |ParsedSearch { base, commands, .. }| (base, commands));
            SearchParts::new(base, commands)
        })
    }

    fn facts(&self) -> Option<&PreparedFacts> {
        self.prepared.as_ref().map(|own| &own.facts)
    }

    /// Builds a search from its condition and its commands.
    pub fn from_parts(base: Condition, commands: Vec<Command>) -> Self {
        let parts = SearchParts::new(base, commands).into();
        Self { parts, prepared: None, ignores_comments: false }
    }

    /// Whether commands follow the condition.
    pub(crate) fn has_commands(&self) -> bool {
        !self.parts().commands.is_empty()
    }

    /// Returns the condition before the first pipe.
    pub fn base(&self) -> &Condition {
        &self.parts().base
    }

    /// Returns the commands.
    pub fn commands(&self) -> &[Command] {
        &self.parts().commands
    }

    /// Whether the filter (the condition before the first pipe and those right after it) selects a script block.
    /// Time-dependent conditions count as true: the time of the newest event is known only to [`run`](Self::run).
    pub fn holds(&self, block: &ScriptBlock) -> bool {
        let parts = self.parts();
        let filter = parts.time_independent.as_ref().unwrap_or(&parts.filter);
        self.holds_without_comments(&SearchedBlock::new(block), &mut |block| {
            filter.holds(&BlockRow::new(block, None))
        })
    }

    /// Whether a condition holds and, if comments do not count, holds without them too.
    fn holds_without_comments(
        &self,
        searched: &SearchedBlock<'_>,
        holds: &mut dyn FnMut(&ScriptBlock) -> bool,
    ) -> bool {
        holds(searched.block)
            && match self.code(searched) {
                Some(code) => holds(code),
                None => true,
            }
    }

    /// Returns the block without comments; `None` if it has none or they count.
    fn code<'a>(&self, searched: &'a SearchedBlock<'_>) -> Option<&'a ScriptBlock> {
        if self.ignores_comments { searched.code() } else { None }
    }

    /// Whether the conditions hold that read nothing but the script's text. A block is selected if these hold and
    /// [the others](Self::holds_beside_text) too.
    pub(crate) fn holds_for_text(&self, searched: &SearchedBlock<'_>) -> bool {
        self.holds_without_comments(searched, &mut |block| {
            // Blanks in place of comments may join to a literal that the text lacks.
            let lacks = searched.lacks.filter(|_| std::ptr::eq(block, searched.block));
            self.conjuncts_hold(&BlockRow { lacks, ..BlockRow::new(block, None) }, true)
        })
    }

    /// Whether the conditions hold that read anything but the script's text.
    pub(crate) fn holds_beside_text(&self, block: &ScriptBlock) -> bool {
        self.conjuncts_hold(&BlockRow::new(block, None), false)
    }

    fn conjuncts_hold(&self, row: &BlockRow<'_>, of_text: bool) -> bool {
        let parts = self.parts();
        let filter = parts.time_independent.as_ref().unwrap_or(&parts.filter);
        let mut kinds = parts.of_text.iter();
        filter.each_conjunct(&mut |part| kinds.next() != Some(&of_text) || part.holds(row))
    }

    /// Whether a condition that reads the script's text reads other fields too, so that it has to be evaluated for each
    /// block.
    pub(crate) fn mixes_text(&self) -> bool {
        self.parts().mixes_text
    }

    /// Whether the search reads a field under this name.
    pub(crate) fn reads(&self, field: &str) -> bool {
        if self.prepared.is_some() && field == "_raw" {
            return false;
        }
        let mut is_read = false;
        let mut found = |name: &str| is_read |= name == field;
        self.base().each_field(&mut found);
        self.commands().iter().for_each(|command| command.each_field(&mut found));
        is_read
    }

    /// Returns literals that the text of every selected script block contains.
    pub fn required(&self) -> Required {
        match self.facts() {
            Some(facts) => facts.required.clone(),
            None => required(&self.parts().filter),
        }
    }

    /// Returns why no event 4104 can pass the search's conditions; `None` if one can.
    pub(crate) fn obstacles(&self, assumptions: Assumptions<'_>) -> Option<Vec<Obstacle>> {
        // Built-in searches require fields that every event has, or measures of obfuscation, which depend on options.
        if self.prepared.as_ref().is_some_and(|own| !own.text.contains("obfuscation.")) {
            return None;
        }
        eval::obstacles(self.base(), self.commands(), assumptions)
    }

    /// Returns the byte ranges of a script block's text that satisfied the filter, sorted and disjoint.
    pub fn highlights(&self, block: &ScriptBlock) -> Vec<Range<usize>> {
        let searched = SearchedBlock::new(block);
        let block = self.code(&searched).unwrap_or(block);
        eval::highlights(&self.parts().filter, &block.text, &BlockRow::new(block, None))
    }

    /// Returns the columns of the table that [`run`](Self::run) makes. Those that a wildcard of `stats` or `table`
    /// expands to depend on the rows.
    pub fn columns(&self) -> Vec<String> {
        match self.facts() {
            Some(facts) => facts.columns.clone(),
            None => columns(self.commands()),
        }
    }

    /// Returns the cost of the search, from its text alone.
    pub fn cost(&self) -> SearchCost {
        match self.facts() {
            Some(facts) => facts.cost,
            None => cost(self.base(), self.commands(), &self.required()),
        }
    }

    /// Writes the search as SPL. A search that was parsed from SPL parses from the result to an equal one.
    ///
    /// # Errors
    ///
    /// Returns the name of the Sigma feature that SPL cannot express.
    pub fn to_spl(&self) -> Result<String, String> {
        to_spl::search(self.base(), self.commands())
    }

    /// Runs the search over script blocks in event order: latest first, then by source and record. Blocks that the
    /// filter does not select are skipped.
    pub fn run(&self, blocks: &[&ScriptBlock], context: &RunContext) -> ResultTable {
        let filter = &self.parts().filter;
        let matched: Vec<(usize, &ScriptBlock)> = blocks
            .iter()
            .enumerate()
            .filter(|(_, block)| {
                self.holds_without_comments(&SearchedBlock::new(block), &mut |block| {
                    filter.holds(&BlockRow::new(block, context.now))
                })
            })
            .map(|(index, block)| (index, *block))
            .collect();
        self.table(&matched, context)
    }

    /// Runs the search over script blocks that all [hold](Self::holds), without evaluating the filter a second time.
    pub fn run_matched(&self, blocks: &[&ScriptBlock], context: &RunContext) -> ResultTable {
        // Most searches match nothing in most logs, and parsing all of them takes half of the time from the start of a
        // process to a report of a small log.
        if blocks.is_empty()
            && let Some(facts) = self.facts()
        {
            return ResultTable { columns: facts.columns.clone(), ..ResultTable::default() };
        }
        if self.parts().time_independent.is_some() {
            return self.run(blocks, context);
        }
        let matched: Vec<(usize, &ScriptBlock)> = blocks.iter().copied().enumerate().collect();
        self.table(&matched, context)
    }

    fn table(&self, matched: &[(usize, &ScriptBlock)], context: &RunContext) -> ResultTable {
        let parts = self.parts();
        let commands = parts.commands.get(parts.filter_commands..).unwrap_or_default();
        eval::run(matched, commands, context)
    }
}

impl SearchParts {
    fn new(base: Condition, commands: Vec<Command>) -> Self {
        let leading: Vec<Condition> = commands.iter().map_while(Command::condition).collect();
        let filter_commands = leading.len();
        let filter = leading.into_iter().fold(base.clone(), Condition::and);
        let time_independent = filter.depends_on_now().then(|| filter.time_independent());
        let (mut of_text, mut mixes_text) = (Vec::new(), false);
        let selecting = time_independent.as_ref().unwrap_or(&filter);
        selecting.each_conjunct(&mut |part| {
            of_text.push(part.reads_only_text());
            mixes_text |= !part.reads_only_text() && part.may_read_text();
            true
        });
        Self { base, commands, filter, time_independent, filter_commands, of_text, mixes_text }
    }
}

fn parse_context(library: &Library) -> ParseContext<'_> {
    ParseContext { library, evaluate: eval::evaluate }
}

#[cfg(test)]
mod tests;
