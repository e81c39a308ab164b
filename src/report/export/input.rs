//! [`Export`]: what every form is written from.

use super::format::ExportOptions;
use super::results::Names;
use crate::ordered::OrderedSet;
use crate::report::contract::{Block, Report, Row, Rule};
use crate::report::indicators::IndicatorRow;
use crate::sort;
use crate::time::Time;

/// What a session found.
pub(crate) struct Found<'a> {
    pub(crate) report: &'a Report,
    pub(crate) indicators: &'a [IndicatorRow],
    /// Script blocks that no result names and whose texts were read again to be exported.
    pub(crate) texts: &'a [Block],
    /// Ids of script blocks whose texts were not.
    pub(crate) missing: &'a [String],
}

/// What a session found, and which of it is chosen.
pub(crate) struct Export<'a> {
    pub(super) report: &'a Report,
    indicators: &'a [IndicatorRow],
    texts: &'a [Block],
    pub(super) missing: &'a [String],
    pub(super) names: Names,
    ids: Option<OrderedSet<&'a str>>,
}

impl<'a> Export<'a> {
    pub(crate) fn new(found: &Found<'a>, options: &'a ExportOptions) -> Self {
        let Found { report, indicators, texts, missing } = *found;
        let ids = options.ids.as_ref().map(|ids| {
            let mut chosen: OrderedSet<&str> = ids.iter().map(String::as_str).collect();
            let results = report.results.iter().filter(|row| chosen.contains(row.id.as_str()));
            let blocks: Vec<&str> =
                results.flat_map(|row| &row.blocks).map(|block| block.id.as_str()).collect();
            for block in blocks {
                chosen.insert(block);
            }
            chosen
        });
        Self { report, indicators, texts, missing, names: Names::of(report), ids }
    }

    pub(super) fn is_chosen(&self, id: &str) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.contains(id))
    }

    /// Whether everything is exported.
    pub(super) fn is_all(&self) -> bool {
        self.ids.is_none()
    }

    pub(super) fn results(&self) -> impl Iterator<Item = &'a Row> {
        self.report.results.iter().filter(|row| self.is_chosen(&row.id))
    }

    pub(super) fn blocks(&self) -> impl Iterator<Item = &'a Block> {
        let chosen = self.report.script_blocks.iter().filter(|block| self.is_chosen(&block.id));
        chosen.chain(self.texts)
    }

    pub(super) fn indicators(&self) -> impl Iterator<Item = &'a IndicatorRow> {
        self.indicators.iter().filter(|row| {
            self.is_chosen(&row.id) || row.block_ids.iter().any(|id| self.is_chosen(id))
        })
    }

    pub(super) fn rule(&self, id: &str) -> Option<&'a Rule> {
        self.names.rule(self.report, id)
    }

    /// Returns the results that name each chosen script block, in the order of the blocks.
    pub(super) fn blocks_with_results(&self) -> Vec<(&'a Block, Vec<&'a Row>)> {
        let mut pairs: Vec<(&str, usize)> = Vec::new();
        for (index, row) in self.report.results.iter().enumerate() {
            pairs.extend(row.blocks.iter().map(|block| (block.id.as_str(), index)));
        }
        sort::sort(&mut pairs);
        let results = |block: &Block| {
            let from = pairs.partition_point(|(id, _)| *id < block.id.as_str());
            let of_block = pairs.iter().skip(from).take_while(|(id, _)| *id == block.id);
            of_block.filter_map(|(_, index)| self.report.results.get(*index)).collect()
        };
        self.blocks().map(|block| (block, results(block))).collect()
    }

    /// The earliest and the latest time of the logs.
    pub(super) fn times(&self) -> (Option<Time>, Option<Time>) {
        let parse = |time: &Option<String>| parse_time(time.as_deref());
        let sources = &self.report.sources;
        let first = sources.iter().filter_map(|source| parse(&source.first_time)).min();
        (first, sources.iter().filter_map(|source| parse(&source.last_time)).max())
    }
}

/// Parses a time of the report.
pub(super) fn parse_time(time: Option<&str>) -> Option<Time> {
    Time::parse(time?).map(|(time, _)| time)
}

/// Returns a time with so many digits of a second, cut.
pub(super) fn with_digits(time: Time, digits: u8) -> String {
    Time::new(time.seconds(), time.nanos(), digits).map(|time| time.to_string()).unwrap_or_default()
}

/// Returns the milliseconds since 1970.
pub(super) fn milliseconds(time: Time) -> i64 {
    time.seconds().saturating_mul(1_000).saturating_add(i64::from(time.nanos() / 1_000_000))
}

/// Returns the first line of a text with something in it, cut to some hundred characters.
pub(super) fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(LINE_CHARS).collect()
}

const LINE_CHARS: usize = 300;
