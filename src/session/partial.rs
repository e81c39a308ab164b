//! Partial results: a session's state as bytes, and such bytes merged into another session.
//!
//! Files, or ranges of a file, read by different sessions and merged in any order give the report of one pass. The
//! bytes are the same on every target; `docs/partial.md` documents them. A partial names the rule set and the options it
//! was made with, and a session refuses one of others.

use super::config::Config;
use super::state::Session;
use crate::detect::{EvaluationCount, KeptViews};
use crate::error::{Error, Problem, Severity};
use crate::event::UserNames;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::reassemble::{BlockStore, Mode, TakenBlocks};
use crate::report::{SourceStats, UnnumberedTexts};
use crate::source::Encoding;
use crate::wire::{WireReader, WireWriter};
use std::borrow::Cow;
use xxhash_rust::xxh3::xxh3_64;

/// The header's text, before the version.
const MAGIC: &str = "scriptscope partial ";

/// The version of the format. Every change of the bytes increases it.
const VERSION: &str = "12";

/// A session's state on its way to another session of this process: see [`Session::hand_over`].
pub struct Handover {
    /// The state without the blocks.
    partial: Vec<u8>,
    blocks: TakenBlocks,
    views: KeptViews,
}

impl Session {
    /// Returns the session's state, incomplete script blocks included, for another session to [merge](Session::merge).
    ///
    /// ```
    /// use scriptscope::{Options, Session};
    ///
    /// let mut worker = Session::new(Options::default()).unwrap();
    /// worker.begin("a.txt").unwrap();
    /// worker.end().unwrap();
    /// let mut root = Session::new(Options::default()).unwrap();
    /// root.merge(&worker.partial().unwrap()).unwrap();
    /// assert_eq!(root.report(), worker.report());
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Order`] while a source is open.
    pub fn partial(&self) -> Result<Vec<u8>, Error> {
        if self.open.is_some() {
            return Err(Error::Order("a source is open: end it before a partial result is made"));
        }
        Ok(self.to_bytes())
    }

    /// Returns the session's state and clears it, also in the middle of a source. `number` is then the caller's number
    /// for that source: later partials continue it, as with the ranges of [`Session::begin_range`].
    ///
    /// ```
    /// use scriptscope::{Options, Session};
    ///
    /// let mut reader = Session::new(Options::default()).unwrap();
    /// let mut root = Session::new(Options::default()).unwrap();
    /// reader.begin("log.json").unwrap();
    /// for piece in ["{\"EventID\":1}\n", "{\"EventID\":2}\n"] {
    ///     reader.push(piece.as_bytes()).unwrap();
    ///     root.merge(&reader.drain(Some(1)).unwrap()).unwrap();
    /// }
    /// reader.end().unwrap();
    /// root.merge(&reader.drain(None).unwrap()).unwrap();
    /// assert_eq!(root.counts().records, 2);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Order`] while a source is open that has no number.
    pub fn drain(&mut self, number: Option<u64>) -> Result<Vec<u8>, Error> {
        let continued = self.continued_source(number)?;
        Ok(self.take_bytes(continued))
    }

    /// As [`drain`](Self::drain), for a session of this process, which [takes it over](Self::take_over): most of the state
    /// is moved, and takes neither the time nor the memory of bytes.
    ///
    /// ```
    /// use scriptscope::{Options, Session};
    ///
    /// let mut worker = Session::new(Options::default()).unwrap();
    /// worker.begin("a.txt").unwrap();
    /// worker.end().unwrap();
    /// let mut root = Session::new(Options::default()).unwrap();
    /// root.take_over(worker.hand_over(None).unwrap()).unwrap();
    /// assert_eq!(root.report().totals.sources, 1);
    /// assert_eq!(worker.report().totals.sources, 0);
    /// ```
    ///
    /// # Errors
    ///
    /// As [`drain`](Self::drain).
    pub fn hand_over(&mut self, number: Option<u64>) -> Result<Handover, Error> {
        let continued = self.continued_source(number)?;
        self.discard_made();
        let (blocks, views) = (self.store.take_blocks(), self.rules.take_kept_views());
        Ok(Handover { partial: self.take_bytes(continued), blocks, views })
    }

    /// Numbers the open source, and returns one that continues it.
    fn continued_source(&mut self, number: Option<u64>) -> Result<Option<SourceStats>, Error> {
        let (Some(_), Some(stats)) = (&self.open, self.sources.last_mut()) else {
            return Ok(None);
        };
        stats.number = stats.number.or(number);
        if stats.number.is_none() {
            return Err(Error::Order("a source is open: number it, or end it before draining"));
        }
        let (name, number) = (stats.name.clone(), stats.number);
        Ok(Some(SourceStats { name, number, ..SourceStats::default() }))
    }

    /// Returns the session's state and clears it.
    fn take_bytes(&mut self, continued: Option<SourceStats>) -> Vec<u8> {
        let bytes = self.to_bytes();
        self.discard_made();
        self.sources = continued.into_iter().collect();
        self.reread.clear();
        self.store = BlockStore::new(self.config.mode);
        self.inventory = self.config.new_inventory();
        self.fields.reset();
        self.user_names = UserNames::default();
        self.rules.reset_counts();
        self.rules.take_kept_views();
        bytes
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = WireWriter::default();
        writer.text(&[MAGIC, VERSION].concat());
        writer.text(self.rules.rule_set().hash());
        writer.number(options_fingerprint(&self.config));
        writer.list(self.sources.iter(), write_source);
        writer.list(self.rules.counts().into_iter(), |writer, (_, count)| {
            writer.number(count.evaluated);
            writer.number(count.matched);
        });
        writer.list(self.fields.sightings(), WireWriter::number);
        writer.list(self.user_names.iter(), |writer, (sid, name)| {
            writer.text(sid);
            writer.text(name);
        });
        writer.number(u64::from(self.user_names.has_more()));
        self.store.write(&mut writer);
        if let Some(inventory) = &self.inventory {
            inventory.write(&mut writer);
        }
        writer.into_bytes()
    }

    /// Adds the state of another session with the same rules and options.
    ///
    /// # Errors
    ///
    /// [`Error::Order`] while a source is open. [`Error::Partial`] for bytes of another format version, rule set or
    /// options (the session is then unchanged), and for damaged bytes: the session then has what was before the damage.
    pub fn merge(&mut self, partial: &[u8]) -> Result<(), Error> {
        self.merge_with(partial, TakenBlocks::default())
    }

    /// Adds what another session with the same rules and options [handed over](Self::hand_over).
    ///
    /// # Errors
    ///
    /// As [`merge`](Self::merge).
    pub fn take_over(&mut self, handover: Handover) -> Result<(), Error> {
        self.merge_with(&handover.partial, handover.blocks)?;
        self.rules.add_kept_views(handover.views);
        Ok(())
    }

    fn merge_with(&mut self, partial: &[u8], blocks: TakenBlocks) -> Result<(), Error> {
        if self.open.is_some() {
            return Err(Error::Order("a source is open: end it before a partial result is merged"));
        }
        let damaged = || Error::Partial("the bytes are damaged or cut off".into());
        let mut reader = WireReader::new(partial);
        self.check_header(&mut reader)?;
        self.discard_made();
        let new_sources = reader.list(read_source).ok_or_else(damaged)?;
        let count = |reader: &mut WireReader<'_>| {
            Some(EvaluationCount { evaluated: reader.number()?, matched: reader.number()? })
        };
        let new_counts = reader.list(count).ok_or_else(damaged)?;
        let sightings = reader.list(WireReader::number).ok_or_else(damaged)?;
        self.fields.merge(&sightings).ok_or_else(damaged)?;
        let names = reader.list(|reader| Some((reader.text()?, reader.text()?)));
        let names = names.ok_or_else(damaged)?;
        names.iter().for_each(|(sid, name)| self.user_names.add(sid, name));
        if reader.number().ok_or_else(damaged)? != 0 {
            self.user_names.set_more();
        }
        let sources: Vec<usize> =
            new_sources.into_iter().map(|stats| self.merge_source(stats)).collect();
        let counts = self.rules.counts();
        if new_counts.len() != counts.len() {
            return Err(damaged());
        }
        self.store.merge(&mut reader, &sources, &self.rules).ok_or_else(damaged)?;
        self.store.add_blocks(blocks, &sources, &self.rules).ok_or_else(damaged)?;
        if let Some(inventory) = &mut self.inventory {
            inventory.merge(&mut reader, &sources).ok_or_else(damaged)?;
        }
        self.take_joined();
        // Merging evaluates blocks again, which were counted where they were read.
        self.rules.set_counts(counts.into_iter().map(|(_, own)| own).zip(new_counts));
        if reader.is_at_end() { Ok(()) } else { Err(damaged()) }
    }

    /// Compares the header with this session: format version, rule set, options.
    fn check_header(&self, reader: &mut WireReader<'_>) -> Result<(), Error> {
        let header = reader.text().unwrap_or_default();
        let Some(version) = header.strip_prefix(MAGIC) else {
            return Err(Error::Partial("the bytes do not begin like one".into()));
        };
        if version != VERSION {
            return Err(Error::Partial(format!(
                "it has format version {version}, and this release reads version {VERSION} only: make it again \
                 with this release"
            )));
        }
        let hash = reader.text().unwrap_or_default();
        if hash != self.rules.rule_set().hash() {
            return Err(Error::Partial(format!(
                "it was made with rule set {hash}, and this session has {}",
                self.rules.rule_set().hash()
            )));
        }
        if reader.number() != Some(options_fingerprint(&self.config)) {
            return Err(Error::Partial("it was made with other options".into()));
        }
        Ok(())
    }

    /// Returns the index of a source of another session: that of the source it is a range of, or a new one.
    fn merge_source(&mut self, new: SourceStats) -> usize {
        let known = new
            .number
            .and_then(|number| self.sources.iter().rposition(|old| old.number == Some(number)));
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

/// A hash of every option, beside the rules, that decides a session's state.
fn options_fingerprint(config: &Config) -> u64 {
    let mut writer = WireWriter::default();
    writer.number(u64::from(config.mode == Mode::Event));
    writer.number(u64::from(config.views));
    writer.number(u64::from(config.inventory) + u64::from(config.candidates_only));
    writer.number(u64::from(config.indicators));
    writer.option(config.computer.as_deref(), WireWriter::text);
    writer.text(&config.utc_offset_seconds.to_string());
    writer.option(config.encoding.map(Encoding::as_str), WireWriter::text);
    writer.option(config.since, WireWriter::time);
    writer.option(config.until, WireWriter::time);
    writer.list(config.disabled.iter(), |writer, id| writer.text(id));
    xxh3_64(&writer.into_bytes())
}

fn write_source(writer: &mut WireWriter, stats: &SourceStats) {
    writer.text(&stats.name);
    writer.option(stats.number, WireWriter::number);
    for number in [
        stats.bytes,
        stats.fingerprint,
        stats.record_ids,
        stats.records,
        stats.events,
        stats.encrypted,
        stats.recovered,
        stats.problems_total,
        stats.non_events,
        stats.textless,
    ] {
        writer.number(number);
    }
    writer.option(stats.first_textless, WireWriter::number);
    writer.option(stats.first_non_event.as_ref(), |writer, (offset, description)| {
        writer.number(*offset);
        writer.text(description);
    });
    writer.list(stats.unnumbered.iter(), |writer, ((computer, id), texts)| {
        writer.text(computer);
        writer.text(id);
        writer.text(&texts.computer);
        for number in [texts.records, texts.least, texts.greatest, texts.offset] {
            writer.number(number);
        }
    });
    writer.number(u64::from(stats.has_more_unnumbered));
    writer.number(u64::from(stats.has_text_with_records));
    writer.number(u64::from(stats.has_text_without_records));
    writer.option(stats.format.as_deref(), WireWriter::text);
    writer.option(stats.encoding.as_deref(), WireWriter::text);
    writer.number(stats.replaced_bytes);
    writer.option(stats.first_replaced, WireWriter::number);
    writer.list(stats.levels.iter(), |writer, (level, count)| {
        writer.number((*level).into());
        writer.number(*count);
    });
    writer.list(stats.other_events.iter(), |writer, (id, count)| {
        writer.number((*id).into());
        writer.number(*count);
    });
    writer.list(stats.other_providers.iter(), |writer, (name, count)| {
        writer.text(name);
        writer.number(*count);
    });
    writer.option(stats.first_time, WireWriter::time);
    writer.option(stats.last_time, WireWriter::time);
    writer.list(stats.computers.iter(), |writer, name| writer.text(name));
    writer.list(stats.field_counts.iter(), |writer, count| writer.number(*count));
    writer.number(u64::from(stats.zone_assumed));
    writer.number(u64::from(stats.date_order_assumed));
    writer.list(stats.time_fields.iter(), |writer, name| writer.text(name));
    writer.option(stats.sha256.as_deref(), WireWriter::text);
    writer.list(stats.problems.iter(), write_problem);
}

fn read_source(reader: &mut WireReader<'_>) -> Option<SourceStats> {
    Some(SourceStats {
        name: reader.text()?,
        number: reader.option(WireReader::number)?,
        bytes: reader.number()?,
        fingerprint: reader.number()?,
        record_ids: reader.number()?,
        records: reader.number()?,
        events: reader.number()?,
        encrypted: reader.number()?,
        recovered: reader.number()?,
        problems_total: reader.number()?,
        non_events: reader.number()?,
        textless: reader.number()?,
        first_textless: reader.option(WireReader::number)?,
        first_non_event: reader.option(|reader| Some((reader.number()?, reader.text()?)))?,
        unnumbered: OrderedMap::from_iter(reader.list(|reader| {
            let names = (reader.text()?, reader.text()?);
            let computer = reader.text()?;
            let (records, least) = (reader.number()?, reader.number()?);
            let (greatest, offset) = (reader.number()?, reader.number()?);
            Some((names, UnnumberedTexts { computer, records, least, greatest, offset }))
        })?),
        has_more_unnumbered: reader.number()? != 0,
        has_text_with_records: reader.number()? != 0,
        has_text_without_records: reader.number()? != 0,
        format: reader.option(WireReader::text)?,
        encoding: reader.option(WireReader::text)?,
        replaced_bytes: reader.number()?,
        first_replaced: reader.option(WireReader::number)?,
        levels: OrderedMap::from_iter(reader.list(|r| Some((r.small()?, r.number()?)))?),
        other_events: OrderedMap::from_iter(reader.list(|r| Some((r.small()?, r.number()?)))?),
        other_providers: OrderedMap::from_iter(reader.list(|r| Some((r.text()?, r.number()?)))?),
        first_time: reader.option(WireReader::time)?,
        last_time: reader.option(WireReader::time)?,
        computers: OrderedSet::from_iter(reader.list(WireReader::text)?),
        field_counts: reader.list(WireReader::number)?.try_into().ok()?,
        zone_assumed: reader.number()? != 0,
        date_order_assumed: reader.number()? != 0,
        time_fields: OrderedSet::from_iter(reader.list(WireReader::text)?),
        sha256: reader.option(WireReader::text)?,
        problems: reader.list(read_problem)?,
    })
}

fn write_problem(writer: &mut WireWriter, problem: &Problem) {
    writer.text(&problem.code);
    writer.text(&problem.message);
    writer.number(match problem.severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Info => 2,
    });
    writer.option(problem.offset, WireWriter::number);
    writer.option(problem.record.as_deref(), WireWriter::text);
}

fn read_problem(reader: &mut WireReader<'_>) -> Option<Problem> {
    let (code, message) = (reader.text()?, reader.text()?);
    let problem = match reader.number()? {
        0 => Problem::error(Cow::Owned(code), message),
        1 => Problem::warning(Cow::Owned(code), message),
        2 => Problem::info(Cow::Owned(code), message),
        _ => return None,
    };
    let offset = reader.option(WireReader::number)?;
    Some(Problem { offset, record: reader.option(WireReader::text)?, ..problem })
}
