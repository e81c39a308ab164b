//! [`SourceStats`]: what is counted of a source, and what the counts mean.

use crate::error::Problem;
use crate::limits;
use crate::reassemble::{BlockPart, PartCopy, record_id_order};
use crate::sort;
use crate::text::floor_char_boundary;
use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet};

/// What was counted of one source.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "see Source, which shows the same")]
pub(crate) struct SourceStats {
    pub name: String,
    /// The caller's number for the source, where this may be a range of it.
    pub number: Option<u64>,
    pub bytes: u64,
    /// Tells sources of one name and length apart: a sum over their records, so no order is in it.
    pub fingerprint: u64,
    pub format: Option<String>,
    pub encoding: Option<String>,
    pub records: u64,
    pub events: u64,
    pub encrypted: u64,
    /// Records that are no Windows events, and where the first of them is.
    pub non_events: u64,
    pub first_non_event: Option<u64>,
    /// A text of it ended in which records stood, if only such as could not be read; and one in which none stood.
    pub has_text_with_records: bool,
    pub has_text_without_records: bool,
    /// Script block records by level.
    pub levels: BTreeMap<u32, u64>,
    pub other_events: BTreeMap<u32, u64>,
    pub first_time: Option<Time>,
    pub last_time: Option<Time>,
    pub computers: BTreeSet<String>,
    /// For each of [`FIELDS`], how many script block records have it.
    pub field_counts: [u64; FIELDS.len()],
    pub zone_assumed: bool,
    pub sha256: Option<String>,
    pub problems: Vec<Problem>,
    /// Problems met, those not kept included.
    pub problems_total: u64,
}

/// The fields whose absence from a whole source is said.
pub(crate) const FIELDS: [&str; 5] =
    ["_time", "Computer", "EventRecordID", "ScriptBlockId", "MessageNumber"];

impl SourceStats {
    /// Counts a problem and keeps it, if it is among the first in the source: which are kept depends on no order.
    pub(crate) fn add_problem(&mut self, problem: Problem) {
        self.problems_total += 1;
        self.keep_problem(problem);
    }

    /// Counts an event of another id. Of more ids than are kept, the lowest are.
    pub(crate) fn add_other(&mut self, id: u32, count: u64) {
        *self.other_events.entry(id).or_default() += count;
        if self.other_events.len() > limits::NAMES_PER_SOURCE {
            self.other_events.pop_last();
        }
    }

    /// Names a computer. Of more than are kept, the first in the order of names are; of a name that is longer than any,
    /// the beginning.
    pub(crate) fn add_computer(&mut self, mut name: String) {
        if name.len() > limits::NAME_BYTES {
            name.truncate(floor_char_boundary(&name, limits::NAME_BYTES));
        }
        self.computers.insert(name);
        if self.computers.len() > limits::NAMES_PER_SOURCE {
            self.computers.pop_last();
        }
    }

    fn keep_problem(&mut self, problem: Problem) {
        let at = self.problems.partition_point(|kept| *kept <= problem);
        if at < limits::PROBLEMS_PER_SOURCE {
            self.problems.truncate(limits::PROBLEMS_PER_SOURCE - 1);
            self.problems.insert(at, problem);
        }
    }

    /// Adds what was counted of another range of the same source.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.fingerprint = self.fingerprint.wrapping_add(other.fingerprint);
        self.records += other.records;
        self.events += other.events;
        self.encrypted += other.encrypted;
        self.non_events += other.non_events;
        self.first_non_event = match (self.first_non_event, other.first_non_event) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        self.has_text_with_records |= other.has_text_with_records;
        self.has_text_without_records |= other.has_text_without_records;
        self.problems_total += other.problems_total;
        self.format = self.format.take().or(other.format);
        self.encoding = self.encoding.take().or(other.encoding);
        for (level, count) in other.levels {
            *self.levels.entry(level).or_default() += count;
        }
        for (id, count) in other.other_events {
            self.add_other(id, count);
        }
        self.first_time = match (self.first_time, other.first_time) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        self.last_time = self.last_time.max(other.last_time);
        for name in other.computers {
            self.add_computer(name);
        }
        for (count, more) in self.field_counts.iter_mut().zip(other.field_counts) {
            *count += more;
        }
        self.zone_assumed |= other.zone_assumed;
        for problem in other.problems {
            self.keep_problem(problem);
        }
    }

    /// Forgets problems that are past its share among so many sources. As these only become more, none is missed later.
    pub(crate) fn limit_problems(&mut self, sources: usize) {
        self.problems.truncate(share(sources));
    }

    /// Those of its problems that are listed among so many sources.
    pub(super) fn listed(&self, sources: usize) -> &[Problem] {
        self.problems.get(..share(sources)).unwrap_or(&self.problems)
    }

    /// What its counts mean for whoever relies on them.
    pub(super) fn said(&self, sources: usize) -> Vec<Problem> {
        let mut said = Vec::new();
        let more = self.problems_total.saturating_sub(self.listed(sources).len() as u64);
        if more > 0 {
            let message =
                format!("{more} further problems of this source are counted and not listed");
            said.push(Problem::info("more-problems", message));
        }
        if self.has_text_without_records && !self.has_text_with_records {
            let message = "no event stands in this source";
            said.push(Problem::warning("no-records", message).at(0));
        }
        if let Some(first) = self.first_non_event {
            let message = match self.non_events {
                1 => "a record is no Windows event: it has no event id".to_owned(),
                count => format!(
                    "{count} records are no Windows events, the first of them here: they have no event id"
                ),
            };
            said.push(Problem::warning("no-event", message).at(first));
        }
        if self.encrypted > 0 {
            let message = format!(
                "{} of {} script block records are encrypted by Protected Event Logging and cannot be \
                 searched; decrypt them with the log's certificate (Unprotect-CmsMessage)",
                self.encrypted, self.events
            );
            said.push(Problem::warning("encrypted", message));
        }
        if self.events > 0 && self.levels.get(&3) == Some(&self.events) {
            let message = "every script block here has level 3 (warning): Script Block Logging was not \
                           enabled, and PowerShell logged only what it found suspicious by itself";
            said.push(Problem::info("warnings-only", message));
        }
        if self.zone_assumed {
            let message =
                "times are written without a zone and were read as UTC, unless an offset was given";
            said.push(Problem::info("zone-assumed", message));
        }
        said
    }
}

/// How many problems are listed of each source.
fn share(sources: usize) -> usize {
    (limits::PROBLEMS / sources.max(1)).clamp(1, limits::PROBLEMS_PER_SOURCE)
}

/// Sources in the report's order: for each source its rank.
pub(crate) fn ranks(sources: &[SourceStats]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sources.len()).collect();
    sort::sort_by_key(&mut order, |&index| {
        sources.get(index).map(|source| {
            let counts =
                (source.records, source.first_time, source.last_time, &source.other_events);
            let names = (&source.computers, &source.problems, &source.levels);
            (&source.name, source.bytes, source.fingerprint, counts, names)
        })
    });
    let mut ranks = vec![0; sources.len()];
    for (rank, &index) in order.iter().enumerate() {
        if let Some(slot) = ranks.get_mut(index) {
            *slot = rank;
        }
    }
    ranks
}

/// The sources' names, ranks and, among those of one name, ordinals.
pub(super) struct SourceNames<'a> {
    names: Vec<&'a str>,
    ranks: Vec<usize>,
    ordinals: Vec<usize>,
}

impl<'a> SourceNames<'a> {
    pub(super) fn of(sources: &'a [SourceStats]) -> Self {
        let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        let ranks = ranks(sources);
        // By rank, sources of one name stand side by side.
        let mut order: Vec<usize> = (0..names.len()).collect();
        sort::sort_by_key(&mut order, |&index| ranks.get(index));
        let mut ordinals = vec![0; names.len()];
        let mut last: Option<(&str, usize)> = None;
        for index in order {
            let Some((name, slot)) = names.get(index).zip(ordinals.get_mut(index)) else {
                continue;
            };
            *slot = last.filter(|(other, _)| other == name).map_or(0, |(_, ordinal)| ordinal + 1);
            last = Some((name, *slot));
        }
        Self { names, ranks, ordinals }
    }

    pub(super) fn name(&self, source: usize) -> &'a str {
        self.names.get(source).copied().unwrap_or_default()
    }

    pub(super) fn rank(&self, source: usize) -> usize {
        self.ranks.get(source).copied().unwrap_or(usize::MAX)
    }

    pub(super) fn ordinal(&self, source: usize) -> usize {
        self.ordinals.get(source).copied().unwrap_or(0)
    }

    /// The copy that stands for a part: the earliest, and of equal ones the first by source and place.
    pub(super) fn first<'b>(&self, part: &'b BlockPart) -> Option<&'b PartCopy> {
        part.copies.iter().min_by_key(|copy| {
            (copy.time, record_id_order(&copy.record), self.rank(copy.source), copy.place)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_many_sources_each_lists_its_share_of_problems() {
        let mut facts = SourceStats::default();
        for offset in (0..300).rev() {
            facts.add_problem(Problem::warning("malformed-json", "no").at(offset));
        }
        assert_eq!(facts.listed(1).len(), limits::PROBLEMS_PER_SOURCE);
        let few = facts.listed(10_000).to_vec();
        assert_eq!(few.len(), limits::PROBLEMS / 10_000);
        assert_eq!(few.first().map(|problem| problem.offset), Some(Some(0)));
        assert!(facts.said(10_000)[0].message.starts_with("290 further problems"));
        // What was forgotten when there were fewer is not among them.
        facts.limit_problems(4_096);
        assert_eq!(facts.listed(10_000), few);
        assert_eq!(facts.listed(1_000_000_000).len(), 1);
    }

    #[test]
    fn a_name_longer_than_any_is_cut_between_characters() {
        let mut facts = SourceStats::default();
        facts.add_computer("é".repeat(limits::NAME_BYTES));
        facts.add_computer(format!("x{}", "é".repeat(limits::NAME_BYTES)));
        let lengths: Vec<_> = facts.computers.iter().map(String::len).collect();
        assert_eq!(lengths, [limits::NAME_BYTES - 1, limits::NAME_BYTES]);
    }

    proptest! {
        #[test]
        fn sources_of_one_name_are_numbered_by_their_rank(
            sources in prop::collection::vec(("[ab]", 0_u64..4), 0..12),
        ) {
            let source = |(name, bytes)| SourceStats { name, bytes, ..SourceStats::default() };
            let sources: Vec<SourceStats> = sources.into_iter().map(source).collect();
            let names = SourceNames::of(&sources);
            for (index, source) in sources.iter().enumerate() {
                let before = sources.iter().enumerate().filter(|(other, facts)| {
                    facts.name == source.name && names.rank(*other) < names.rank(index)
                });
                prop_assert_eq!(names.ordinal(index), before.count());
            }
        }
    }
}
