//! Adds events beside script blocks to the inventory, and lists them.

use super::context::{ContextKind, read_context};
use super::context_store::{ContextRecord, priority};
use super::filter::ContextFilter;
use super::list::time_key;
use super::names::NO_NAME;
use super::rows::{ContextEvent, ContextList, ContextQuery};
use super::sort_keys::{SortKey, sort_keys};
use super::store::{Inventory, process_id};
use crate::error::Error;
use crate::event::{Event, UserNames};
use crate::limits;
use crate::ordered::OrderedSet;
use crate::report::SourceNames;
use crate::script;
use crate::text::{Raw, floor_char_boundary};
use crate::time::Time;

impl Inventory {
    /// Adds an event beside script blocks, if it is context. Names that it gives SIDs are added to `user_names`.
    pub(crate) fn add_context(
        &mut self,
        (id, provider): (u32, Option<&str>),
        (event, computer, offset): (&Event, Option<&str>, u64),
        source: usize,
        user_names: &mut UserNames,
    ) {
        let Some((kind, facts)) = read_context(id, provider, event, user_names) else { return };
        user_names.add_user_of(event);
        let names = &mut self.names;
        let text = match kind {
            ContextKind::Pipeline => {
                let line = facts.text.lines().next().unwrap_or_default();
                line.get(..floor_char_boundary(line, limits::PAYLOAD_BYTES)).unwrap_or(line)
            }
            _ => &*facts.text,
        };
        let process = facts.process.or(field(event, "ProcessID"));
        let mut record = ContextRecord {
            priority: 0,
            time: event.time,
            id: u16::try_from(id).unwrap_or(u16::MAX),
            kind,
            computer: names.intern_some(computer),
            user: names.intern_some(facts.user.as_deref().or(event.user.as_deref())),
            process: process_id(process),
            text: names.intern_long(text),
            host_application: facts
                .host_application
                .filter(|line| *line != text)
                .map_or(NO_NAME, |line| names.intern_long(line)),
            host_version: names.intern_some(facts.host_version),
            engine_version: names.intern_some(facts.engine_version),
            source: u32::try_from(source).unwrap_or(u32::MAX),
            record: event.record.as_deref().and_then(|record| record.parse().ok()),
            offset,
        };
        record.priority = priority(&record, names);
        self.context.push(record);
    }

    /// Returns when a computer started processes with this number: what ran before was another process.
    pub(super) fn process_starts(&self, computer: u64, process: u32) -> Vec<u64> {
        let records = self.context.records.iter();
        let is_start = |record: &&ContextRecord| {
            matches!(record.kind, ContextKind::ProcessCreation | ContextKind::ConsoleStart)
                && record.process == Some(process)
                && self.names.folded(record.computer) == computer
        };
        records.filter(is_start).map(|record| time_key(record.time)).collect()
    }

    /// Number of events beside script blocks that are not listed because of a limit.
    pub(crate) fn context_left_out(&self) -> u64 {
        self.context.left_out
    }

    /// Returns events beside script blocks, in the order of time.
    pub(crate) fn context_events(
        &self,
        sources: &SourceNames,
        user_names: &UserNames,
        query: &ContextQuery,
    ) -> Result<ContextList, Error> {
        let filter = ContextFilter::new(self, query)?;
        let mut keys: Vec<SortKey> = (0_u32..)
            .zip(&self.context.records)
            .filter(|(_, record)| filter.passes(record.computer, record.time, record.process))
            .filter(|(_, record)| !query.notable || self.is_notable(record))
            .map(|(index, record)| {
                let rank = sources.rank(record.source as usize) as u64;
                (time_key(record.time), rank << 44 | record.offset, index)
            })
            .collect();
        sort_keys(&mut keys);
        let all = keys.iter().filter_map(|key| self.context.records.get(key.2 as usize));
        // The same event of two copies of a log is listed once. One of them may have fewer digits of its time.
        let mut second = None;
        let mut known = OrderedSet::new();
        let mut distinct = Vec::new();
        for record in all {
            if record.time.map(Time::seconds) != second {
                known = OrderedSet::new();
                second = record.time.map(Time::seconds);
            }
            let computer = self.names.folded(record.computer);
            let key =
                record.record.filter(|_| second.is_some()).map(|own| (own, record.id, computer));
            if key.is_none_or(|key| known.insert(key)) {
                distinct.push(record);
            }
        }
        let total = distinct.len();
        let most = query.limit.unwrap_or(usize::MAX);
        let page = distinct.into_iter().skip(query.offset).take(most);
        let rows = page.map(|record| self.context_event(record, sources, user_names)).collect();
        Ok(ContextList { total, not_listed: self.context.left_out, rows })
    }

    /// Whether an event says that script blocks are missing from the logs.
    fn is_notable(&self, record: &ContextRecord) -> bool {
        match record.kind {
            ContextKind::LogCleared => true,
            ContextKind::EngineStart => {
                self.names.text(record.engine_version).is_some_and(is_downgrade)
            }
            _ => false,
        }
    }

    fn context_event(
        &self,
        record: &ContextRecord,
        sources: &SourceNames,
        user_names: &UserNames,
    ) -> ContextEvent {
        let text = |name| self.names.text(name).map(str::to_owned);
        let line = self.names.text(record.text).unwrap_or_default();
        let host_application = text(record.host_application);
        let engine_version = text(record.engine_version);
        ContextEvent {
            time: record.time.map(|time| time.to_string()),
            computer: text(record.computer),
            user: text(record.user),
            user_name: self.names.user_name(record.user, user_names),
            process_id: record.process.map(|process| process.to_string()),
            event_id: record.id,
            kind: record.kind.as_str(),
            decoded: decoded(line).or_else(|| host_application.as_deref().and_then(decoded)),
            text: line.to_owned(),
            host_application,
            host_version: text(record.host_version),
            is_downgrade: engine_version.as_deref().is_some_and(is_downgrade),
            engine_version,
            source: sources.name(record.source as usize).to_owned(),
            record: record.record.map(|record| record.to_string()),
            offset: record.offset,
        }
    }
}

/// Whether an engine of this version logs no script blocks.
fn is_downgrade(version: &str) -> bool {
    version == "2" || version.starts_with("2.")
}

/// Returns the last text that a command line hides, such as that of `-EncodedCommand`.
fn decoded(line: &str) -> Option<String> {
    let is_hidden = script::is_obfuscated(Raw::from(line));
    let view = is_hidden.then(|| script::limited_views(line).0.pop()).flatten()?;
    Some(view.text).filter(|text| text != line)
}

fn field<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    event.fields.first(name)
}
