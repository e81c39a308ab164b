//! [`SourceStats`]: the counts of a source, and the problems that follow from them.

use crate::error::{Problem, Severity};
use crate::limits;
use crate::ordered::OrderedMap;
use crate::ordered::OrderedSet;
use crate::text::{floor_char_boundary, fold_case};
use crate::time::Time;

/// The counts of one source, as far as it was read. Fields without a comment are those of [`Source`](super::Source).
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceStats {
    pub name: String,
    /// The caller's number for the source, where this may be a range of it: sources with one number are one source.
    pub number: Option<u64>,
    pub bytes: u64,
    /// A sum over the fingerprints of its records, so independent of their order. It distinguishes sources of one name
    /// and length.
    pub fingerprint: u64,
    /// A sum over the fingerprints of the record ids of its script block records: the same for the same records in any
    /// format and order.
    pub record_ids: u64,
    pub format: Option<String>,
    pub encoding: Option<String>,
    pub replaced_bytes: u64,
    /// Offset of the first of them.
    pub first_replaced: Option<u64>,
    pub records: u64,
    pub events: u64,
    pub encrypted: u64,
    /// Script block records from space that an EVTX chunk does not use.
    pub recovered: u64,
    /// Script block records with neither a text nor a message.
    pub textless: u64,
    /// Offset of the first of them.
    pub first_textless: Option<u64>,
    /// Records that are no Windows events.
    pub non_events: u64,
    /// Offset of the first of them, and what it holds.
    pub first_non_event: Option<(u64, String)>,
    /// Script block records with an id and without part numbers, by computer and id, both with case folded. Past
    /// [`limits::UNNUMBERED_BLOCKS`] the first names in their order are kept.
    pub unnumbered: OrderedMap<(String, String), UnnumberedTexts>,
    /// There are more names than are kept.
    pub has_more_unnumbered: bool,
    /// A text with records ended, also if none of them could be read.
    pub has_text_with_records: bool,
    /// A text without any record ended. Of a source read in ranges, other ranges may have records.
    pub has_text_without_records: bool,
    /// Script block records by level.
    pub levels: OrderedMap<u32, u64>,
    pub other_events: OrderedMap<u32, u64>,
    /// Records with the event id of script blocks that are none, by provider.
    pub other_providers: OrderedMap<String, u64>,
    pub first_time: Option<Time>,
    pub last_time: Option<Time>,
    pub computers: OrderedSet<String>,
    /// Script block records that have each of [`FIELDS`].
    pub field_counts: [u64; FIELDS.len()],
    pub zone_assumed: bool,
    /// The order of day and month was assumed.
    pub date_order_assumed: bool,
    /// Unusual names of values that were taken for the time.
    pub time_fields: OrderedSet<String>,
    pub sha256: Option<String>,
    /// The first problems, those of the highest severity first, at most [`limits::PROBLEMS_PER_SOURCE`].
    pub problems: Vec<Problem>,
    /// All problems, those that are not kept included.
    pub problems_total: u64,
}

/// The fields that the report lists as missing if no record of a source has them.
pub(crate) const FIELDS: [&str; 5] =
    ["_time", "Computer", "EventRecordID", "ScriptBlockId", "MessageNumber"];

/// The records without part numbers of one id. If the least and the greatest hash of their texts differ, they are parts.
#[derive(Clone, Debug)]
pub(crate) struct UnnumberedTexts {
    /// The computer's name as one of them has it: the first in alphabetical order.
    pub computer: String,
    pub records: u64,
    pub least: u64,
    pub greatest: u64,
    /// Offset of the first record.
    pub offset: u64,
}

impl UnnumberedTexts {
    fn absorb(&mut self, other: Self) {
        if other.computer < self.computer {
            self.computer = other.computer;
        }
        self.records += other.records;
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
        self.offset = self.offset.min(other.offset);
    }
}

impl SourceStats {
    /// Adds records of one computer and script block id that have no part numbers.
    pub(crate) fn add_unnumbered(
        &mut self,
        (computer, id): (String, String),
        mut texts: UnnumberedTexts,
    ) {
        let names = (cut_name(computer), cut_name(id));
        texts.computer = cut_name(texts.computer);
        match self.unnumbered.get_mut(&names) {
            Some(same) => same.absorb(texts),
            None => _ = self.unnumbered.insert(names, texts),
        }
        if self.unnumbered.len() > limits::UNNUMBERED_BLOCKS {
            self.unnumbered.pop_last();
            self.has_more_unnumbered = true;
        }
    }

    /// Counts a problem, and keeps it if it is among the first by severity and offset: the same ones are kept in any
    /// order, and many warnings hide no error.
    pub(crate) fn add_problem(&mut self, problem: Problem) {
        self.problems_total += 1;
        self.keep_problem(problem);
    }

    /// Counts events of another id. Past the limit the lowest ids are kept.
    pub(crate) fn add_other(&mut self, id: u32, count: u64) {
        *self.other_events.entry(id).or_default() += count;
        if self.other_events.len() > limits::NAMES_PER_SOURCE {
            self.other_events.pop_last();
        }
    }

    /// Counts records of another provider with the event id of script blocks. Past the limit the first names in their
    /// order are kept.
    pub(crate) fn add_other_provider(&mut self, name: String, count: u64) {
        *self.other_providers.entry(cut_name(name)).or_default() += count;
        if self.other_providers.len() > limits::NAMES_PER_SOURCE {
            self.other_providers.pop_last();
        }
    }

    /// Adds a computer. Past the limit the first names in their order are kept.
    pub(crate) fn add_computer(&mut self, name: String) {
        self.computers.insert(cut_name(name));
        if self.computers.len() > limits::NAMES_PER_SOURCE {
            self.computers.pop_last();
        }
    }

    /// Adds the unusual name of a value that was taken for the time. Past the limit the first names in their order are
    /// kept.
    pub(crate) fn add_time_field(&mut self, name: String) {
        self.time_fields.insert(cut_name(name));
        if self.time_fields.len() > limits::NAMES_PER_SOURCE {
            self.time_fields.pop_last();
        }
    }

    fn keep_problem(&mut self, problem: Problem) {
        let at = self
            .problems
            .partition_point(|kept| (kept.severity, kept) <= (problem.severity, &problem));
        if at < limits::PROBLEMS_PER_SOURCE {
            self.problems.truncate(limits::PROBLEMS_PER_SOURCE - 1);
            self.problems.insert(at, problem);
        }
    }

    /// Adds the counts of another range of the same source.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.fingerprint = self.fingerprint.wrapping_add(other.fingerprint);
        self.record_ids = self.record_ids.wrapping_add(other.record_ids);
        self.records += other.records;
        self.events += other.events;
        self.encrypted += other.encrypted;
        self.recovered += other.recovered;
        self.textless += other.textless;
        self.first_textless = least(self.first_textless, other.first_textless);
        self.non_events += other.non_events;
        self.first_non_event = match (self.first_non_event.take(), other.first_non_event) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        self.replaced_bytes += other.replaced_bytes;
        self.first_replaced = least(self.first_replaced, other.first_replaced);
        for (names, texts) in other.unnumbered {
            self.add_unnumbered(names, texts);
        }
        self.has_more_unnumbered |= other.has_more_unnumbered;
        self.has_text_with_records |= other.has_text_with_records;
        self.has_text_without_records |= other.has_text_without_records;
        self.problems_total += other.problems_total;
        self.format = self.format.take().or(other.format);
        self.encoding = self.encoding.take().or(other.encoding);
        // The part with the end of a source has it.
        self.sha256 = self.sha256.take().or(other.sha256);
        for (level, count) in other.levels {
            *self.levels.entry(level).or_default() += count;
        }
        for (id, count) in other.other_events {
            self.add_other(id, count);
        }
        for (name, count) in other.other_providers {
            self.add_other_provider(name, count);
        }
        self.first_time = least(self.first_time, other.first_time);
        self.last_time = self.last_time.max(other.last_time);
        for name in other.computers {
            self.add_computer(name);
        }
        for (count, more) in self.field_counts.iter_mut().zip(other.field_counts) {
            *count += more;
        }
        self.zone_assumed |= other.zone_assumed;
        self.date_order_assumed |= other.date_order_assumed;
        for name in other.time_fields {
            self.add_time_field(name);
        }
        for problem in other.problems {
            self.keep_problem(problem);
        }
    }

    /// What identifies its script block records in any format: their number, their ids, and the computers. `None` if one has
    /// no id.
    pub(super) fn records_key(&self) -> Option<(u64, u64, Vec<String>)> {
        let [_, _, with_id, ..] = self.field_counts;
        let computers = self.computers.iter().map(|name| fold_case(name)).collect();
        (self.events > 0 && with_id == self.events).then_some((
            self.events,
            self.record_ids,
            computers,
        ))
    }

    /// Number of script block records that nothing joins with others.
    pub(super) fn without_script_block_id(&self) -> u64 {
        let [_, _, _, with_id, _] = self.field_counts;
        self.events - with_id.min(self.events)
    }

    /// Drops problems past the source's share of [`limits::PROBLEMS`]. The number of sources only grows, so none of them
    /// would be listed later.
    pub(crate) fn limit_problems(&mut self, sources: usize) {
        self.problems.truncate(share(sources));
    }

    /// The problems that a report on this many sources lists.
    pub(super) fn listed(&self, sources: usize) -> &[Problem] {
        self.problems.get(..share(sources)).unwrap_or(&self.problems)
    }

    /// Whether nothing of the source could be searched, although something is in it: no record is a Windows event with an id
    /// or a script, all script blocks are without their text, or events 4104 show neither a provider nor a script. Such a
    /// source is not a log.
    pub(super) fn is_unsearched(&self) -> bool {
        self.has_no_event()
            || (self.has_no_record() && self.problems_total > 0)
            || (self.records > 0 && self.without_id() == self.records)
            || (self.events > 0 && self.textless == self.events)
            || (self.events == 0 && self.other_providers.contains_key(""))
    }

    fn has_no_record(&self) -> bool {
        self.has_text_without_records && !self.has_text_with_records
    }

    /// Whether the source has records, but none of them is a Windows event.
    fn has_no_event(&self) -> bool {
        self.non_events > 0 && self.records == 0
    }

    /// Number of records that are Windows events by their form, with neither an event id nor a script. 0 if there are more
    /// ids than are counted.
    fn without_id(&self) -> u64 {
        match self.other_events.len() {
            ..limits::NAMES_PER_SOURCE => {
                let counted = self.events + self.other_events.values().sum::<u64>();
                self.records.saturating_sub(counted)
            }
            _ => 0,
        }
    }

    /// Names the providers whose events have the event id of script blocks.
    fn other_provider_problem(&self) -> Problem {
        let providers = &self.other_providers;
        let names = providers.iter().take(NAMED).map(|(name, count)| match &**name {
            "" => format!("none ({count})"),
            name => format!("{} ({count})", name.escape_debug()),
        });
        let mut names: Vec<String> = names.collect();
        if providers.len() > NAMED {
            names.push(format!("{} more", providers.len() - NAMED));
        }
        let count: u64 = providers.values().sum();
        let message = match providers.contains_key("") && providers.len() == 1 {
            true => format!(
                "{count} events 4104 name no provider and have no script text, so they are no script blocks: nothing of \
                 them was searched"
            ),
            false => format!(
                "{count} events 4104 are from another provider than PowerShell and have no script text, so they are no \
                 script blocks: {}",
                names.join(", ")
            ),
        };
        // In a source without any script block, they may be its script blocks in an unknown form.
        match self.events {
            0 if providers.contains_key("") => Problem::error("other-provider", message),
            0 => Problem::warning("other-provider", message),
            _ => Problem::info("other-provider", message),
        }
    }

    /// Names the script blocks whose records are parts without numbers. They are searched one by one.
    fn part_problems(&self, problems: &mut Vec<Problem>) {
        let parts = self.unnumbered.iter().filter(|(_, texts)| texts.least != texts.greatest);
        if let Some(first) = parts.clone().map(|(_, texts)| texts.offset).min() {
            let count = parts.clone().count();
            let records: u64 = parts.clone().map(|(_, texts)| texts.records).sum();
            let named = parts.take(NAMED).map(|((_, id), texts)| {
                let on = match &*texts.computer {
                    "" => String::new(),
                    computer => format!(" on {}", computer.escape_debug()),
                };
                format!("{}{on} ({} records)", id.escape_debug(), texts.records)
            });
            let mut named: Vec<String> = named.collect();
            if count > NAMED {
                named.push(format!("{} more", count - NAMED));
            }
            let blocks = match count {
                1 => "1 script block".to_owned(),
                count => format!("{count} script blocks"),
            };
            let message = format!(
                "{records} records, the first of them here, are pieces of {blocks} without part numbers that give their \
                 order: {}. The records of one ScriptBlockId belong together, but each was searched by itself, and a word \
                 that is cut between two of them is not found; export MessageNumber and MessageTotal, or Message",
                named.join(", ")
            );
            problems.push(Problem::error("no-part-numbers", message).at(first));
        }
        if self.has_more_unnumbered {
            let message = format!(
                "records of more than {} script blocks have no part numbers: each was searched by itself, and whether \
                 more of them are pieces of one script block was not examined; export MessageNumber and MessageTotal, or \
                 Message",
                limits::UNNUMBERED_BLOCKS
            );
            problems.push(Problem::warning("no-part-numbers", message));
        }
    }

    /// The problems that follow from the counts of the whole source.
    pub(super) fn summary_problems(&self, sources: usize) -> Vec<Problem> {
        let mut problems = Vec::new();
        let listed = self.listed(sources);
        let more = self.problems_total.saturating_sub(listed.len() as u64);
        if more > 0 {
            let message = format!("{more} more problems of this source are counted and not listed");
            // Those that are not listed are no more severe than the last one listed.
            let severity = listed.last().map_or(Severity::Info, |last| last.severity);
            problems.push(Problem { severity, ..Problem::info("more-problems", message) });
        }
        if self.has_no_record() {
            let problem = match self.problems_total {
                0 => Problem::warning("no-records", "this source contains no event"),
                _ => Problem::error("no-records", "not a log: this source contains no event"),
            };
            problems.push(problem.at(0));
        }
        if let Some((first, description)) = &self.first_non_event {
            let holds = match description.is_empty() {
                true => String::new(),
                false => format!("; it holds {description}"),
            };
            let problem = match (self.non_events, self.has_no_event()) {
                (count, true) => {
                    let records = match count {
                        1 => "the only record has".to_owned(),
                        _ => format!("none of {count} records, the first of them here, has"),
                    };
                    let no = if count == 1 { "neither an event id nor" } else { "an event id or" };
                    let message = format!(
                        "not a log of Windows events: {records} {no} a script{holds}; nothing in this source was searched"
                    );
                    Problem::error("no-event", message)
                }
                (1, false) => {
                    let message = "this record has no event id, so it is no Windows event";
                    Problem::warning("no-event", format!("{message}{holds}"))
                }
                (count, false) => {
                    let message = format!(
                        "{count} records, the first of them here, have no event id, so they are no Windows events"
                    );
                    Problem::warning("no-event", format!("{message}{holds}"))
                }
            };
            problems.push(problem.at(*first));
        }
        if let Some(first) = self.first_replaced {
            let encoding = self.encoding.as_deref().unwrap_or("utf-8");
            let bytes = match self.replaced_bytes {
                1 => "this byte is no character".to_owned(),
                count => format!("{count} bytes, the first of them here, are no characters"),
            };
            let message = format!(
                "{bytes} of {encoding}: U+FFFD replaces what cannot be read; name the encoding of this source \
                 (--encoding windows-1252, ibm850, …)"
            );
            problems.push(Problem::warning("replaced-bytes", message).at(first));
        }
        if !self.other_providers.is_empty() {
            problems.push(self.other_provider_problem());
        }
        self.part_problems(&mut problems);
        // Beside script blocks they are only counted.
        if let (0, count @ 1..) = (self.events, self.without_id()) {
            let message = format!(
                "{count} of {} records have neither an event id nor a script, such as the rows of Defender's tables, and \
                 none is a script block: nothing of this source was searched; export events 4104 of the log \
                 Microsoft-Windows-PowerShell/Operational",
                self.records
            );
            problems.push(Problem::error("no-event", message));
        }
        if let Some(first) = self.first_textless {
            let message = format!(
                "{} of {} records 4104, the first of them here, have neither a script text nor a message: their scripts \
                 were not searched; export ScriptBlockText or Message",
                self.textless, self.events
            );
            problems.push(Problem::error("no-script-text", message).at(first));
        }
        if self.encrypted > 0 {
            let message = format!(
                "{} of {} script block records are encrypted by Protected Event Logging and cannot be \
                 searched; decrypt them with the log's certificate (Unprotect-CmsMessage)",
                self.encrypted, self.events
            );
            problems.push(Problem::warning("encrypted", message));
        }
        if self.events > 0 && self.levels.get(&3) == Some(&self.events) {
            let message = "every script block has level 3 (warning): Script Block Logging was not enabled, \
                           and PowerShell logged only the scripts it found suspicious itself";
            problems.push(Problem::info("warnings-only", message));
        }
        if self.zone_assumed {
            let message =
                "times have no zone and were read as UTC, or with the UTC offset of the options";
            problems.push(Problem::info("zone-assumed", message));
        }
        if self.date_order_assumed {
            let message = "dates such as 3/4/2024 have two meanings: with AM or PM they are read as month, day, year, \
                           otherwise as day, month, year";
            problems.push(Problem::warning("date-order", message));
        }
        if !self.time_fields.is_empty() {
            let mut names: Vec<_> =
                self.time_fields.iter().map(|name| format!("{name:?}")).collect();
            names.truncate(NAMED);
            let message = format!(
                "records have no time under a usual name: it is read from {}",
                names.join(", ")
            );
            problems.push(Problem::info("time-field", message));
        }
        let [timed, ..] = self.field_counts;
        if let undated @ 1.. = self.events.saturating_sub(timed) {
            let message = format!(
                "{undated} of {} script block records have no time that can be read: limits of time (--since, --until, \
                 earliest, latest) do not remove them",
                self.events
            );
            problems.push(Problem::info("no-time", message));
        }
        problems
    }
}

/// The lesser of two values, of which either may be missing.
fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Cuts a name that is longer than any real one.
fn cut_name(mut name: String) -> String {
    if name.len() > limits::NAME_BYTES {
        name.truncate(floor_char_boundary(&name, limits::NAME_BYTES));
    }
    name
}

/// Number of names that a problem lists.
const NAMED: usize = 8;

/// The number of problems that a report on this many sources lists of each.
fn share(sources: usize) -> usize {
    (limits::PROBLEMS / sources.max(1)).clamp(1, limits::PROBLEMS_PER_SOURCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_many_sources_lists_its_share_of_problems() {
        let mut stats = SourceStats::default();
        for offset in (0..300).rev() {
            stats.add_problem(Problem::warning("malformed-json", "no").at(offset));
        }
        assert_eq!(stats.listed(1).len(), limits::PROBLEMS_PER_SOURCE);
        let few = stats.listed(10_000).to_vec();
        assert_eq!(few.len(), limits::PROBLEMS / 10_000);
        assert_eq!(few.first().map(|problem| problem.offset), Some(Some(0)));
        assert!(stats.summary_problems(10_000)[0].message.starts_with("290 more problems"));
        // Problems dropped when there were fewer sources are not among them.
        stats.limit_problems(4_096);
        assert_eq!(stats.listed(10_000), few);
        assert_eq!(stats.listed(1_000_000_000).len(), 1);
    }

    #[test]
    fn many_warnings_hide_no_error() {
        let mut stats = SourceStats::default();
        let mut late = SourceStats::default();
        for offset in 0..300 {
            stats.add_problem(Problem::warning("no-script-text", "no").at(offset));
        }
        assert_eq!(stats.summary_problems(1)[0].severity, Severity::Warning);
        late.add_problem(Problem::error("cut-off", "no").at(1_000));
        stats.absorb(late);
        assert_eq!(stats.listed(1).first().map(|first| first.code.as_ref()), Some("cut-off"));
        for offset in 0..limits::PROBLEMS_PER_SOURCE as u64 {
            stats.add_problem(Problem::error("cut-off", "no").at(offset));
        }
        assert_eq!(stats.summary_problems(1)[0].severity, Severity::Error);
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let mut stats = SourceStats::default();
        stats.add_computer("é".repeat(limits::NAME_BYTES));
        stats.add_computer(format!("x{}", "é".repeat(limits::NAME_BYTES)));
        let lengths: Vec<_> = stats.computers.iter().map(String::len).collect();
        assert_eq!(lengths, [limits::NAME_BYTES - 1, limits::NAME_BYTES]);
    }

    #[test]
    fn a_source_whose_every_record_is_no_event_is_an_error() {
        let of = |non_events, records| {
            let first_non_event = Some((7, "\"a\", \"b\"".to_owned()));
            let stats =
                SourceStats { non_events, records, first_non_event, ..SourceStats::default() };
            let problems = stats.summary_problems(1);
            (problems[0].severity, problems[0].message.clone(), problems[0].offset)
        };
        assert_eq!(
            of(1, 0).1,
            "not a log of Windows events: the only record has neither an event id nor a script; it holds \"a\", \"b\"; \
             nothing in this source was searched"
        );
        assert!(
            of(2, 0)
                .1
                .contains("none of 2 records, the first of them here, has an event id or a script")
        );
        assert_eq!((of(2, 0).0, of(2, 0).2), (crate::error::Severity::Error, Some(7)));
        assert_eq!(of(2, 1).0, crate::error::Severity::Warning);
    }

    #[test]
    fn a_source_of_events_without_ids_and_scripts_is_said() {
        let codes = |events| {
            let stats = SourceStats { records: 3, events, ..SourceStats::default() };
            let problems = stats.summary_problems(1);
            problems.iter().map(|problem| problem.code.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(codes(0), ["no-event"]);
        assert_eq!(codes(1), ["no-time"]);
        let mut stats = SourceStats { records: 3, ..SourceStats::default() };
        stats.add_other(4103, 3);
        assert!(stats.summary_problems(1).is_empty());
    }

    #[test]
    fn pieces_without_numbers_are_said_to_belong_together() {
        let mut stats = SourceStats::default();
        let names = |id: &str| ("host1".to_owned(), id.to_owned());
        let texts = |hash, offset| UnnumberedTexts {
            computer: "HOST1".into(),
            records: 1,
            least: hash,
            greatest: hash,
            offset,
        };
        stats.add_unnumbered(names("a"), texts(5, 70));
        stats.add_unnumbered(names("a"), texts(5, 80));
        stats.add_unnumbered(names("b"), texts(6, 50));
        assert!(stats.summary_problems(1).is_empty());
        let mut other = SourceStats::default();
        other.add_unnumbered(names("b"), texts(4, 60));
        stats.absorb(other);
        let problems = stats.summary_problems(1);
        assert_eq!((problems[0].code.as_ref(), problems[0].offset), ("no-part-numbers", Some(50)));
        assert!(problems[0].message.contains("pieces of 1 script block "));
        assert!(problems[0].message.contains("b on HOST1 (2 records)"));
        assert_eq!(problems.len(), 1);
        for id in 0..2 * limits::UNNUMBERED_BLOCKS {
            stats.add_unnumbered(names(&id.to_string()), texts(1, 1));
        }
        assert_eq!(stats.unnumbered.len(), limits::UNNUMBERED_BLOCKS);
        assert!(stats.summary_problems(1).iter().any(|problem| problem.code == "no-part-numbers"));
    }
}
