//! Reading: [`Session::begin`], [`Session::push`], [`Session::end`], and what ends a source early.

use super::failure::Failure;
use super::open_source::OpenSource;
use super::sink::SessionSink;
use super::state::Session;
use crate::error::{Error, Problem};
use crate::memory;
use crate::reassemble::Mode;
use crate::report::SourceStats;
use crate::source::evtx::SourceRange;
use crate::source::{Decoder, Sink, Source, SourceOptions};
use crate::text::to_hex;
use sha2::{Digest, Sha256};

impl Session {
    /// Begins a source. The format is detected from its bytes, never from its name.
    ///
    /// # Errors
    ///
    /// [`Error::Order`] while a source is open.
    pub fn begin(&mut self, name: &str) -> Result<(), Error> {
        self.begin_part(name, None, 0, SourceRange::Whole)
    }

    /// Begins a range of a source, of which other sessions read the other ranges.
    ///
    /// `number` is the caller's number for the source, the same for all its ranges. `offset` is the range's first byte.
    /// `size` is the length of the whole source, if known: the first range compares it with the length that the
    /// source's header gives. An EVTX file may be cut where chunks begin; `has_checksums` is what
    /// [`has_checksums`](crate::has_checksums) says of its first bytes, which later ranges do not see.
    ///
    /// ```
    /// use scriptscope::{Options, Session};
    ///
    /// let log = b"{\"EventID\":1}\n{\"EventID\":2}\n";
    /// let size = Some(log.len() as u64);
    /// let mut root = Session::new(Options::default()).unwrap();
    /// for range in [14..28, 0..14] {
    ///     let mut worker = Session::new(Options::default()).unwrap();
    ///     worker.begin_range("log.json", 1, range.start as u64, size, false).unwrap();
    ///     worker.push(&log[range]).unwrap();
    ///     worker.end().unwrap();
    ///     root.merge(&worker.partial().unwrap()).unwrap();
    /// }
    /// let report = root.report();
    /// assert_eq!((report.sources.len(), report.totals.records), (1, 2));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Order`] while a source is open.
    pub fn begin_range(
        &mut self,
        name: &str,
        number: u64,
        offset: u64,
        size: Option<u64>,
        has_checksums: bool,
    ) -> Result<(), Error> {
        let range = match offset {
            0 => SourceRange::First { size },
            begin => SourceRange::Later { begin, size, has_checksums },
        };
        self.begin_part(name, Some(number), offset, range)
    }

    fn begin_part(
        &mut self,
        name: &str,
        number: Option<u64>,
        offset: u64,
        range: SourceRange,
    ) -> Result<(), Error> {
        if self.open.is_some() {
            return Err(Error::Order("a source is open: end it before the next begins"));
        }
        let options = SourceOptions {
            utc_offset_seconds: self.config.utc_offset_seconds,
            encoding: self.config.encoding,
        };
        self.open = Some(OpenSource {
            source: Source::with_range(options, range),
            sha256: self.config.sha256.then(Sha256::new),
            recent: Vec::new(),
            offset,
            pushed: 0,
        });
        self.add_source(SourceStats { name: name.to_owned(), number, ..SourceStats::default() });
        Ok(())
    }

    /// Reads the source's next bytes. They may be cut anywhere: the report does not depend on it.
    ///
    /// # Errors
    ///
    /// [`Error::Order`] without an open source. Bytes that cannot be read are no error, but a problem of the report.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (source, sha256, mut sink) = self.sink()?;
        sink.stats.bytes += bytes.len() as u64;
        if let Some(hash) = sha256 {
            hash.update(bytes);
        }
        source.push(bytes, &mut sink);
        sink.set_format(source);
        self.take_joined();
        memory::grow_ahead();
        if let Some(open) = &mut self.open {
            open.pushed += bytes.len() as u64;
        }
        Ok(())
    }

    /// Ends the source.
    ///
    /// # Errors
    ///
    /// [`Error::Order`] without an open source.
    pub fn end(&mut self) -> Result<(), Error> {
        let (source, sha256, mut sink) = self.sink()?;
        source.end(&mut sink);
        sink.set_format(source);
        sink.stats.sha256 = sha256.take().map(|hash| to_hex(&hash.finalize()));
        self.open = None;
        self.take_joined();
        self.limit_problems();
        Ok(())
    }

    /// Ends a source that broke off, and adds a problem with this message.
    ///
    /// # Errors
    ///
    /// [`Error::Order`] without an open source.
    pub fn fail(&mut self, failure: Failure, message: &str) -> Result<(), Error> {
        let pushed = self.open.as_ref().map_or(0, |open| open.pushed);
        let (.., mut sink) = self.sink()?;
        let problem = match failure {
            Failure::Cancelled => Problem::warning(failure.code(), message),
            Failure::AlreadyRead => Problem::info(failure.code(), message),
            _ => Problem::error(failure.code(), message),
        };
        // A numbered source without any byte here was read by another session, which alone knows the offset.
        let is_elsewhere = sink.stats.number.is_some() && sink.offset + pushed == 0;
        sink.problem(if is_elsewhere { problem } else { problem.at(pushed) });
        if pushed == 0 {
            // `end` would report an empty source, and whether it is empty is unknown.
            self.open = None;
            return Ok(());
        }
        self.end()
    }

    /// The open source, its hash, and the sink of its records.
    fn sink(&mut self) -> Result<(&mut Source, &mut Option<Sha256>, SessionSink<'_>), Error> {
        self.discard_made();
        let index = self.sources.len().saturating_sub(1);
        let (Some(open), Some(stats)) = (&mut self.open, self.sources.last_mut()) else {
            return Err(Error::Order("no source is open: begin one first"));
        };
        let sink = SessionSink {
            stats,
            store: &mut self.store,
            fields: &mut self.fields,
            rules: &self.rules,
            default_computer: self.config.computer.as_deref(),
            inventory: self.inventory.as_mut(),
            user_names: &mut self.user_names,
            recent: &mut open.recent,
            is_event_mode: self.config.mode == Mode::Event,
            candidates_only: self.config.candidates_only,
            source: index,
            offset: open.offset,
        };
        Ok((&mut open.source, &mut open.sha256, sink))
    }
}
