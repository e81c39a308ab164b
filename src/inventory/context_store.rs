//! [`ContextStore`]: the events beside script blocks that are listed.

use super::context::ContextKind;
use super::names::{Name, Names};
use crate::fingerprint;
use crate::limits;
use crate::sort;
use crate::time::Time;
use crate::wire::{WireReader, WireWriter};
use xxhash_rust::xxh3::xxh3_64;

/// An event beside script blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ContextRecord {
    /// Sorts first those that stay where not all can: rare kinds, then by content.
    pub(super) priority: u64,
    pub(super) time: Option<Time>,
    pub(super) id: u16,
    pub(super) kind: ContextKind,
    pub(super) computer: Name,
    pub(super) user: Name,
    pub(super) process: Option<u32>,
    pub(super) text: Name,
    pub(super) host_application: Name,
    pub(super) host_version: Name,
    pub(super) engine_version: Name,
    pub(super) source: u32,
    pub(super) record: Option<u64>,
    pub(super) offset: u64,
}

/// The events beside script blocks that are listed. The same for any order of the events and any division of the input.
#[derive(Debug)]
pub(super) struct ContextStore {
    pub(super) records: Vec<ContextRecord>,
    limit: usize,
    /// Events that are not listed.
    pub(super) left_out: u64,
}

impl Default for ContextStore {
    fn default() -> Self {
        Self { records: Vec::new(), limit: limits::CONTEXT_EVENTS, left_out: 0 }
    }
}

pub(super) fn priority(record: &ContextRecord, names: &Names) -> u64 {
    let [seconds, nanos] = fingerprint::time_words(record.time);
    let text = xxh3_64(names.text(record.text).unwrap_or_default().as_bytes());
    let process = u64::from(record.process.unwrap_or(0)) << 16 | u64::from(record.id);
    let hash = fingerprint::hash_words([
        seconds,
        nanos,
        text,
        process,
        names.folded(record.computer),
        record.record.unwrap_or(0),
    ]);
    u64::from(!record.kind.is_rare()) << 63 | hash >> 1
}

impl ContextStore {
    pub(super) fn push(&mut self, record: ContextRecord) {
        self.records.push(record);
        if self.records.len() > self.limit + self.limit / 8 {
            self.cut();
        }
    }

    /// Removes the events past the limit.
    pub(super) fn cut(&mut self) {
        if self.records.len() <= self.limit {
            return;
        }
        let priorities: Vec<u64> = self.records.iter().map(|record| record.priority).collect();
        let Some(first_out) = sort::nth_smallest(&priorities, self.limit).copied() else { return };
        let before = self.records.len();
        self.records.retain(|record| record.priority < first_out);
        self.left_out += (before - self.records.len()) as u64;
    }

    pub(super) fn write(&self, writer: &mut WireWriter) {
        writer.number(self.left_out);
        writer.list(self.records.iter(), |writer, record| {
            writer.option(record.time, WireWriter::time);
            writer.number(record.id.into());
            writer.number(record.kind as u64);
            for name in record.names() {
                writer.number(u64::from(name) + 1);
            }
            writer.option(record.process, |writer, process| writer.number(process.into()));
            writer.number(record.source.into());
            writer.option(record.record, WireWriter::number);
            writer.number(record.offset);
        });
    }

    /// Adds what another store wrote. `name` and `source` map its names and sources to those of this session.
    pub(super) fn merge(
        &mut self,
        reader: &mut WireReader<'_>,
        names: &Names,
        name: impl Fn(&mut WireReader<'_>) -> Option<Name>,
        sources: &[usize],
    ) -> Option<()> {
        self.left_out += reader.number()?;
        for _ in 0..reader.size()? {
            let (time, id) = (reader.option(WireReader::time)?, reader.small()?);
            let kind = ContextKind::from_number(reader.number()?)?;
            let mut record = ContextRecord {
                priority: 0,
                time,
                id,
                kind,
                computer: name(reader)?,
                user: name(reader)?,
                text: name(reader)?,
                host_application: name(reader)?,
                host_version: name(reader)?,
                engine_version: name(reader)?,
                process: reader.option(WireReader::small)?,
                source: u32::try_from(*sources.get(reader.size()?)?).ok()?,
                record: reader.option(WireReader::number)?,
                offset: reader.number()?,
            };
            record.priority = priority(&record, names);
            self.push(record);
        }
        Some(())
    }
}

impl ContextRecord {
    fn names(&self) -> [Name; 6] {
        let Self { computer, user, text, host_application, host_version, engine_version, .. } =
            *self;
        [computer, user, text, host_application, host_version, engine_version]
    }
}
