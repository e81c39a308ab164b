//! Partial results: everything a session holds as bytes, and such bytes taken in.
//!
//! Inputs cut into files, or a file cut into ranges, read by different sessions and merged in any order
//! give the report of one pass. A partial carries a mark of the rules and choices it was made with;
//! others are refused.

use super::Session;
use super::config::Config;
use crate::detect::EvaluationCount;
use crate::error::{Error, Problem, Severity};
use crate::reassemble::{BlockStore, Mode};
use crate::report::SourceFacts;
use crate::sort;
use crate::wire::{Reader, Writer};
use std::borrow::Cow;
use xxhash_rust::xxh3::xxh3_64;

/// The first bytes of a partial result; the last is the version.
const MAGIC: &[u8] = b"scriptscope partial 6";

impl Session {
    /// Everything the session holds, unfinished script blocks included. No source may be open.
    pub fn partial(&self) -> Result<Vec<u8>, Error> {
        if self.open.is_some() {
            return Err(Error::Order("a source is open: end it before a partial result is made"));
        }
        Ok(self.written())
    }

    /// Gives away everything the session holds as a partial result and goes on with nothing, also in the
    /// middle of a source. `piece` is then the caller's number for that source: what is read of it from
    /// here on belongs to the same one, as with the ranges of [`Session::begin_range`].
    pub fn drain(&mut self, piece: Option<u64>) -> Result<Vec<u8>, Error> {
        let mut rest = None;
        if let (Some(_), Some(facts)) = (&self.open, self.sources.last_mut()) {
            facts.piece = facts.piece.or(piece);
            if facts.piece.is_none() {
                return Err(Error::Order("a source is open: number it, or end it before draining"));
            }
            let (name, piece) = (facts.name.clone(), facts.piece);
            rest = Some(SourceFacts { name, piece, ..SourceFacts::default() });
        }
        let bytes = self.written();
        self.sources = rest.into_iter().collect();
        self.store = BlockStore::new(self.config.mode);
        self.rules.reset_counts();
        Ok(bytes)
    }

    fn written(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.bytes(MAGIC);
        writer.text(&self.rules.rule_set().hash);
        writer.number(mark(&self.config));
        writer.list(self.sources.iter(), write_facts);
        writer.list(self.rules.counts().into_iter(), |writer, (_, spent)| {
            writer.number(spent.evaluated);
            writer.number(spent.matched);
        });
        self.store.write(&mut writer);
        writer.into_bytes()
    }

    /// Takes in the partial result of another session with the same rules and choices.
    pub fn merge(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.open.is_some() {
            return Err(Error::Order("a source is open: end it before a partial result is merged"));
        }
        let broken = || Error::Partial("the bytes are cut or are no partial result".into());
        let mut reader = Reader::new(bytes);
        let magic = reader.bytes().ok_or_else(broken)?;
        if magic != MAGIC {
            return Err(Error::Partial("it is not one, or was made by another version".into()));
        }
        let hash = reader.text().ok_or_else(broken)?;
        if hash != self.rules.rule_set().hash {
            return Err(Error::Partial(format!(
                "it was made with rule set {hash}, and this session has {}",
                self.rules.rule_set().hash
            )));
        }
        if reader.number().ok_or_else(broken)? != mark(&self.config) {
            return Err(Error::Partial("it was made with other options".into()));
        }
        let facts = reader.list(read_facts).ok_or_else(broken)?;
        let spent = |reader: &mut Reader<'_>| {
            Some(EvaluationCount { evaluated: reader.number()?, matched: reader.number()? })
        };
        let others = reader.list(spent).ok_or_else(broken)?;
        let sources: Vec<usize> = facts.into_iter().map(|facts| self.adopt(facts)).collect();
        let own = self.rules.counts();
        if others.len() != own.len() {
            return Err(broken());
        }
        self.store.merge(&mut reader, &sources, &self.rules).ok_or_else(broken)?;
        // What is looked at again while merging was counted where it was read.
        self.rules.set_counts(own.into_iter().map(|(_, own)| own).zip(others));
        if reader.is_at_end() { Ok(()) } else { Err(broken()) }
    }

    /// The index of a source from another session: a new one, or the one that it is a range of.
    fn adopt(&mut self, new: SourceFacts) -> usize {
        let known = new
            .piece
            .and_then(|piece| self.sources.iter().rposition(|old| old.piece == Some(piece)));
        let Some(index) = known else {
            self.add_source(new);
            return self.sources.len() - 1;
        };
        if let Some(old) = self.sources.get_mut(index) {
            old.absorb(new);
        }
        index
    }
}

/// Everything beside the rules that decides what a session holds.
fn mark(config: &Config) -> u64 {
    let mut writer = Writer::default();
    writer.number(u64::from(config.mode == Mode::Event));
    writer.number(u64::from(config.views));
    writer.option(config.computer.as_deref(), Writer::text);
    writer.text(&config.utc_offset_seconds.to_string());
    writer.option(config.since, Writer::time);
    writer.option(config.until, Writer::time);
    writer.list(config.disabled.iter(), |writer, id| writer.text(id));
    xxh3_64(&writer.into_bytes())
}

fn write_facts(writer: &mut Writer, facts: &SourceFacts) {
    writer.text(&facts.name);
    writer.option(facts.piece, Writer::number);
    for number in [
        facts.bytes,
        facts.fingerprint,
        facts.records,
        facts.events,
        facts.encrypted,
        facts.problems_total,
        facts.strays,
    ] {
        writer.number(number);
    }
    writer.option(facts.first_stray, Writer::number);
    writer.number(u64::from(facts.with_records));
    writer.number(u64::from(facts.without_records));
    writer.option(facts.format.as_deref(), Writer::text);
    writer.option(facts.encoding.as_deref(), Writer::text);
    writer.list(facts.levels.iter(), |writer, (level, count)| {
        writer.number((*level).into());
        writer.number(*count);
    });
    writer.list(facts.other_events.iter(), |writer, (id, count)| {
        writer.number((*id).into());
        writer.number(*count);
    });
    writer.option(facts.first, Writer::time);
    writer.option(facts.last, Writer::time);
    writer.list(facts.computers.iter(), |writer, name| writer.text(name));
    writer.list(facts.having.iter(), |writer, count| writer.number(*count));
    writer.number(u64::from(facts.zone_assumed));
    writer.option(facts.sha256.as_deref(), Writer::text);
    writer.list(facts.problems.iter(), write_problem);
}

fn read_facts(reader: &mut Reader<'_>) -> Option<SourceFacts> {
    Some(SourceFacts {
        name: reader.text()?,
        piece: reader.option(Reader::number)?,
        bytes: reader.number()?,
        fingerprint: reader.number()?,
        records: reader.number()?,
        events: reader.number()?,
        encrypted: reader.number()?,
        problems_total: reader.number()?,
        strays: reader.number()?,
        first_stray: reader.option(Reader::number)?,
        with_records: reader.number()? != 0,
        without_records: reader.number()? != 0,
        format: reader.option(Reader::text)?,
        encoding: reader.option(Reader::text)?,
        levels: sort::collect_map(reader.list(|r| Some((r.small()?, r.number()?)))?),
        other_events: sort::collect_map(reader.list(|r| Some((r.small()?, r.number()?)))?),
        first: reader.option(Reader::time)?,
        last: reader.option(Reader::time)?,
        computers: sort::collect_set(reader.list(Reader::text)?),
        having: reader.list(Reader::number)?.try_into().ok()?,
        zone_assumed: reader.number()? != 0,
        sha256: reader.option(Reader::text)?,
        problems: reader.list(read_problem)?,
    })
}

fn write_problem(writer: &mut Writer, problem: &Problem) {
    writer.text(&problem.code);
    writer.text(&problem.message);
    writer.number(match problem.severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Info => 2,
    });
    writer.option(problem.offset, Writer::number);
    writer.option(problem.record.as_deref(), Writer::text);
}

fn read_problem(reader: &mut Reader<'_>) -> Option<Problem> {
    let (code, message) = (reader.text()?, reader.text()?);
    let problem = match reader.number()? {
        0 => Problem::error(Cow::Owned(code), message),
        1 => Problem::warning(Cow::Owned(code), message),
        2 => Problem::info(Cow::Owned(code), message),
        _ => return None,
    };
    let offset = reader.option(Reader::number)?;
    Some(Problem { offset, record: reader.option(Reader::text)?, ..problem })
}
