//! Sink that passes unpacked sources to one worker's session.

use crate::failure::InputFailure;
use crate::inflate::read_some;
use crate::input::{Opened, Resource};
use crate::limits::{FIRST_READ_BYTES, PUSH_BYTES};
use crate::progress::{Cancel, Meter};
use crate::unpack::{Sink, unpack};
use scriptscope::{Error, Failure, Session};
use std::io::{Read, SeekFrom};
use std::ops::Range;

/// Source that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRead {
    /// Name in the report.
    pub name: String,
    /// Number of unpacked bytes.
    pub bytes: u64,
    /// Whether reading broke off.
    pub failed: bool,
}

/// Reason why a run ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    Cancelled,
    Refused(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Refused(error)
    }
}

/// Bytes of an EVTX file's header that say whether its chunks have checksums.
const EVTX_HEADER_BYTES: u64 = 128;

/// Whether a resource is an EVTX file whose chunks must have the checksums in their headers. If its beginning cannot be
/// read, the first range reports that.
fn has_checksums(resource: &Resource) -> bool {
    let Ok(Opened::Seekable(reader)) = resource.open() else { return false };
    let mut head = Vec::new();
    let read = reader.take(EVTX_HEADER_BYTES).read_to_end(&mut head);
    read.is_ok() && scriptscope::has_checksums(&head)
}

/// Reads resources into a session.
pub(crate) struct Reading<'a> {
    session: &'a mut Session,
    meter: &'a Meter,
    cancel: &'a Cancel,
    sources: Vec<SourceRead>,
    /// Packed bytes of the current resource that the meter has counted.
    metered: u64,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(session: &'a mut Session, meter: &'a Meter, cancel: &'a Cancel) -> Self {
        Self { session, meter, cancel, sources: Vec::new(), metered: 0 }
    }

    /// Reads a resource, unpacking archives.
    pub(crate) fn read(
        mut self,
        resource: &Resource,
        passwords: &[String],
    ) -> Result<Vec<SourceRead>, Stop> {
        let result = unpack(resource, passwords, &mut self);
        self.finish(result, resource.size)
    }

    /// Reads a range of the source with number `piece`. Archives are not read in ranges.
    pub(crate) fn read_range(
        mut self,
        resource: &Resource,
        range: &Range<u64>,
        piece: u64,
    ) -> Result<Vec<SourceRead>, Stop> {
        self.sources.push(SourceRead { name: resource.name.clone(), bytes: 0, failed: false });
        let has_checksums = range.start > 0 && has_checksums(resource);
        self.session.begin_range(
            &resource.name,
            piece,
            range.start,
            resource.size,
            has_checksums,
        )?;
        let result = self.push_range(resource, range);
        self.finish(result, Some(range.end - range.start))
    }

    fn push_range(&mut self, resource: &Resource, range: &Range<u64>) -> Result<(), Stop> {
        let mut reader = match resource.open() {
            Ok(Opened::Seekable(reader)) => reader,
            Ok(Opened::Stream(_)) => return self.end(Some(InputFailure::read("not a file"))),
            Err(failure) => return self.end(Some(failure)),
        };
        if let Err(error) = reader.seek(SeekFrom::Start(range.start)) {
            return self.end(Some(error.into()));
        }
        let mut content = reader.take(range.end - range.start);
        let mut buffer = vec![0; PUSH_BYTES];
        let mut most = if range.start == 0 { FIRST_READ_BYTES } else { PUSH_BYTES };
        let mut at = 0;
        loop {
            match read_some(&mut content, buffer.get_mut(..most).unwrap_or_default()) {
                Ok(0) => return self.end(None),
                Ok(length) => {
                    at += length as u64;
                    self.packed(at);
                    self.push(buffer.get(..length).unwrap_or_default())?;
                }
                Err(error) => return self.end(Some(error.into())),
            }
            most = PUSH_BYTES;
        }
    }

    /// Ends the source that a cancelled run leaves open.
    fn finish(
        mut self,
        result: Result<(), Stop>,
        size: Option<u64>,
    ) -> Result<Vec<SourceRead>, Stop> {
        match result {
            Ok(()) => {
                // Counts bytes that an archive's reader skipped, such as padding.
                self.packed(size.unwrap_or(self.metered));
                self.meter.set_source(None);
                Ok(self.sources)
            }
            Err(Stop::Cancelled) => {
                self.end(Some(crate::pool::cancelled()))?;
                Err(Stop::Cancelled)
            }
            Err(stop) => Err(stop),
        }
    }
}

impl Sink for Reading<'_> {
    type Stop = Stop;

    fn begin(&mut self, name: &str) -> Result<(), Stop> {
        self.sources.push(SourceRead { name: name.to_owned(), bytes: 0, failed: false });
        self.meter.set_source(Some(name));
        Ok(self.session.begin(name)?)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        if let Some(source) = self.sources.last_mut() {
            source.bytes += bytes.len() as u64;
        }
        self.session.push(bytes)?;
        self.meter.count_if_due(|| self.session.counts());
        if self.cancel.is_set() { Err(Stop::Cancelled) } else { Ok(()) }
    }

    fn end(&mut self, failure: Option<InputFailure>) -> Result<(), Stop> {
        let is_lost = failure.as_ref().is_some_and(|failure| failure.kind != Failure::AlreadyRead);
        if let (Some(source), true) = (self.sources.last_mut(), is_lost) {
            source.failed = true;
        }
        match failure {
            Some(InputFailure { kind, message }) => self.session.fail(kind, &message)?,
            None => self.session.end()?,
        }
        Ok(())
    }

    fn packed(&mut self, bytes: u64) {
        self.meter.add(bytes.saturating_sub(self.metered));
        self.metered = self.metered.max(bytes);
    }
}
