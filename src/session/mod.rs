//! [`Session`]: the façade. Bytes in, report out.

mod config;
mod failure;
mod options;
mod partial;
mod sink;
mod tuning;

pub use failure::Failure;
pub use options::Options;
pub use tuning::{RuleCost, TextView};

use crate::detect::{FilterOptions, RuleFilter};
use crate::error::{Error, Problem};
use crate::memory;
use crate::reassemble::{BlockStore, MatchedBlocks};
use crate::report::{self, AllowList, Block, Outline, Report, Rule, RuleSource, SourceFacts};
use crate::rule::load;
use crate::source::evtx::SourceRange;
use crate::source::{Decoder, Sink, Source, SourceOptions};
use crate::text::to_hex;
use config::Config;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sink::Intake;

/// Reads sources one after the other and says at any time what is known.
///
/// ```
/// use scriptscope::{Options, Session};
///
/// let mut session = Session::new(Options::default()).unwrap();
/// session.begin("notes.txt").unwrap();
/// session.push(b"not a log").unwrap();
/// session.end().unwrap();
/// let report = session.report();
/// assert_eq!(report.totals.bytes, 9);
/// assert_eq!(report.sources[0].format, None);
/// ```
pub struct Session {
    config: Config,
    rules: RuleFilter,
    allow: AllowList,
    store: BlockStore,
    sources: Vec<SourceFacts>,
    open: Option<Open>,
}

/// The source that is being read.
struct Open {
    source: Source,
    sha256: Option<Sha256>,
    /// Computers seen of late, as they stood.
    recent: Vec<Vec<u8>>,
    /// Where in the source its bytes begin.
    offset: u64,
    /// Bytes pushed so far.
    pushed: u64,
}

/// What is known at a glance, for progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the words of the report's totals")]
pub struct Counts {
    pub bytes: u64,
    pub records: u64,
    pub events: u64,
    pub script_blocks: u64,
}

impl Session {
    /// A session without sources.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] names an option whose value is none it can have, and [`Error::Expression`] an
    /// allow-list entry whose condition is none. A rule file is never an error: the report's problems say
    /// which rules cannot run, and why.
    pub fn new(mut options: Options) -> Result<Self, Error> {
        let files = std::mem::take(&mut options.rules);
        let allow = AllowList::new(std::mem::take(&mut options.allow_list))?;
        let config = Config::new(options)?;
        let rules = RuleFilter::new(
            load(&files, &config.rule_options()),
            &FilterOptions {
                disabled: &config.disabled,
                views: config.views,
                since: config.since,
                until: config.until,
            },
        );
        let store = BlockStore::new(config.mode);
        Ok(Self { config, rules, allow, store, sources: Vec::new(), open: None })
    }

    /// Begins a source. Its name is shown, and never used to tell what it is.
    pub fn begin(&mut self, name: &str) -> Result<(), Error> {
        self.begin_part(name, None, 0, SourceRange::Whole)
    }

    /// Begins a range of a source that other sessions read the rest of. `piece` is the caller's number for
    /// the source, the same for all its ranges; `offset` is where the range begins, and `size` how many bytes
    /// the whole source has, by which the first range tells whether as much is there as the source says of
    /// itself. An EVTX file may be cut where its chunks begin.
    pub fn begin_range(
        &mut self,
        name: &str,
        piece: u64,
        offset: u64,
        size: Option<u64>,
    ) -> Result<(), Error> {
        let part = match offset {
            0 => SourceRange::First { size },
            begin => SourceRange::Later { begin, size },
        };
        self.begin_part(name, Some(piece), offset, part)
    }

    fn begin_part(
        &mut self,
        name: &str,
        piece: Option<u64>,
        offset: u64,
        part: SourceRange,
    ) -> Result<(), Error> {
        if self.open.is_some() {
            return Err(Error::Order("a source is open: end it before the next begins"));
        }
        let options = SourceOptions { utc_offset_seconds: self.config.utc_offset_seconds };
        self.open = Some(Open {
            source: Source::with_range(options, part),
            sha256: self.config.sha256.then(Sha256::new),
            recent: Vec::new(),
            offset,
            pushed: 0,
        });
        self.add_source(SourceFacts { name: name.to_owned(), piece, ..SourceFacts::default() });
        Ok(())
    }

    /// The source's next bytes, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (source, sha256, mut intake) = self.intake()?;
        intake.facts.bytes += bytes.len() as u64;
        if let Some(hash) = sha256 {
            hash.update(bytes);
        }
        source.push(bytes, &mut intake);
        intake.told(source);
        memory::grow_ahead();
        if let Some(open) = &mut self.open {
            open.pushed += bytes.len() as u64;
        }
        Ok(())
    }

    /// Ends the source.
    pub fn end(&mut self) -> Result<(), Error> {
        let (source, sha256, mut intake) = self.intake()?;
        source.end(&mut intake);
        intake.told(source);
        intake.facts.sha256 = sha256.take().map(|hash| to_hex(&hash.finalize()));
        self.open = None;
        self.bound_problems();
        Ok(())
    }

    /// Ends a source that broke off, with a problem that says why.
    pub fn fail(&mut self, failure: Failure, message: &str) -> Result<(), Error> {
        let pushed = self.open.as_ref().map_or(0, |open| open.pushed);
        let (.., mut intake) = self.intake()?;
        let problem = match failure {
            Failure::Cancelled => Problem::warning(failure.code(), message),
            _ => Problem::error(failure.code(), message),
        };
        // Of a source that another session read, the place is not known here.
        let elsewhere = intake.facts.piece.is_some() && intake.offset + pushed == 0;
        intake.problem(if elsewhere { problem } else { problem.at(pushed) });
        if pushed == 0 {
            // That it is empty is not known.
            self.open = None;
            return Ok(());
        }
        self.end()
    }

    /// All that is known. May be asked for at any time: blocks that still lack parts are shown as they stand.
    pub fn report(&mut self) -> Report {
        report::assemble(&self.inputs())
    }

    /// The report without its texts, and the line of each result that matched.
    pub fn outline(&mut self) -> Outline {
        report::outline(self.report())
    }

    /// A script block that results name, with its text.
    pub fn block(&mut self, id: &str) -> Option<Block> {
        let wanted = self.store.matched_blocks(&self.rules);
        report::find_block(&wanted.blocks, &self.sources, id)
    }

    /// What is known at a glance.
    pub fn counts(&self) -> Counts {
        let sum = |value: fn(&SourceFacts) -> u64| self.sources.iter().map(value).sum();
        Counts {
            bytes: sum(|source| source.bytes),
            records: sum(|source| source.records),
            events: sum(|source| source.events),
            script_blocks: self.store.len(),
        }
    }

    /// The session's rules by id, built-in and loaded, as a report without sources lists them.
    pub fn rules(&self) -> Vec<Rule> {
        let rules = self.rules.rule_set().rules.iter();
        rules
            .map(|rule| report::list_rule(rule, !self.config.disabled.contains(&rule.id)))
            .collect()
    }

    /// A rule as its file says it: search, risk, facts, samples; `None` for an unknown id.
    pub fn rule(&self, id: &str) -> Option<RuleSource> {
        self.rules.rule_set().rules.iter().find(|rule| rule.id == id).map(RuleSource::from)
    }

    /// The hash of all that decides results: rules, macros, lookups. Partial results are merged only
    /// between sessions that share it.
    pub fn rule_set_hash(&self) -> &str {
        &self.rules.rule_set().hash
    }

    /// What reports are made from.
    fn inputs(&mut self) -> report::Inputs<'_> {
        let ranks = report::ranks(&self.sources);
        let wanted = self.store.matched_blocks(&self.rules);
        // Searches copy the texts, and so do results and the report.
        memory::reserve(3 * wanted.blocks.iter().map(|kept| kept.block.text.len()).sum::<usize>());
        report::Inputs {
            mode: self.config.mode,
            rules: self.rules.rule_set(),
            disabled: &self.config.disabled,
            sources: &self.sources,
            tallies: self.store.tallies(&ranks),
            problems: self.store_problems(&wanted),
            kept: wanted.blocks,
            min_score: self.config.min_score,
            views: self.config.views,
            allow: &self.allow,
        }
    }

    fn add_source(&mut self, facts: SourceFacts) {
        self.sources.push(facts);
        self.bound_problems();
    }

    /// The newest source may have more problems than its share. Those before it are looked at seldom, for there may be
    /// very many.
    fn bound_problems(&mut self) {
        let count = self.sources.len();
        let first = if count.is_power_of_two() { 0 } else { count.saturating_sub(1) };
        self.sources.iter_mut().skip(first).for_each(|source| source.bound_problems(count));
    }

    /// The open source, its hash, and what takes in what it hands on.
    fn intake(&mut self) -> Result<(&mut Source, &mut Option<Sha256>, Intake<'_>), Error> {
        let index = self.sources.len().saturating_sub(1);
        let (Some(open), Some(facts)) = (&mut self.open, self.sources.last_mut()) else {
            return Err(Error::Order("no source is open: begin one first"));
        };
        let intake = Intake {
            facts,
            store: &mut self.store,
            rules: &self.rules,
            fill: self.config.computer.as_deref(),
            recent: &mut open.recent,
            source: index,
            offset: open.offset,
        };
        Ok((&mut open.source, &mut open.sha256, intake))
    }

    fn store_problems(&self, wanted: &MatchedBlocks) -> Vec<Problem> {
        let too_long = self.store.too_long().map(|(computer, id)| {
            let message = format!(
                "script block {id} on {computer} is longer than {} MiB or has more than {} parts; parts past \
                 that are left out",
                crate::limits::TEXT_BYTES >> 20,
                crate::limits::PARTS
            );
            Problem::error("block-too-long", message)
        });
        let mut problems: Vec<Problem> = too_long.collect();
        if self.store.conflicts() > 0 {
            let message = format!(
                "{} parts of script blocks stand in the logs with different texts under one id; of \
                 each the longest is used",
                self.store.conflicts()
            );
            problems.push(Problem::warning("part-differs", message));
        }
        if wanted.over_budget > 0 {
            let message = format!(
                "{} script blocks that rules may want were counted and not kept: they would take more than {} \
                 MiB; no result shows them, nor counts their risk",
                wanted.over_budget,
                crate::limits::MATCHED_BLOCK_BYTES >> 20
            );
            problems.push(Problem::warning("blocks-not-kept", message));
        }
        for (rule, count) in &wanted.over_budget_by_rule {
            if let Some(rule) = self.rules.rule_set().rules.get(*rule as usize) {
                let message = format!("wants {count} script blocks more, which were not kept");
                problems.push(Problem::warning("blocks-not-kept", message).rule(&rule.id));
            }
        }
        if self.store.closed_early() > 0 {
            let message = format!(
                "{} script blocks were searched before all their parts had come, because too many \
                 were unfinished at once",
                self.store.closed_early()
            );
            problems.push(Problem::warning("closed-early", message));
        }
        if self.store.not_remembered() > 0 {
            let message = format!(
                "{} script blocks came after the first {}, the most that are remembered: one that \
                 is repeated among them counts again",
                self.store.not_remembered(),
                crate::limits::REMEMBERED_BLOCKS
            );
            problems.push(Problem::warning("not-remembered", message));
        }
        problems
    }
}

/// A session may move to another thread: native shells read with one session a thread.
const _: () = {
    const fn is_send<T: Send>() {}
    is_send::<Session>();
};
