//! Reads sources of every text format through the dispatcher, as the library does.

mod corpus;
mod fixtures;

use scriptscope::internal::Event;
use scriptscope::internal::Problem;
use scriptscope::internal::source::{
    Decoder, Encoding, Format, OtherRecord, ScriptRecord, Sink, Source, SourceOptions, read_again,
};

/// Everything that a source emitted.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) format: Option<Format>,
    pub(crate) encoding: Option<Encoding>,
    pub(crate) events: Vec<Event>,
    /// Number of events with a time without a zone.
    pub(crate) zone_assumed: usize,
    /// Id, time and computer of every other record.
    pub(crate) others: Vec<(Option<u32>, Option<String>, Option<String>)>,
    pub(crate) problems: Vec<Problem>,
    /// Offsets of records that are not events.
    pub(crate) non_events: Vec<u64>,
}

impl Sink for Read {
    fn script(&mut self, seen: &ScriptRecord<'_>) {
        let event = seen.full.event();
        // The borrowed record and the full event have the same values.
        assert_eq!(event.place, seen.place);
        assert_eq!(event.time, seen.time);
        assert_eq!(event.computer, seen.computer.map(|computer| computer.to_lossy()));
        assert_eq!(event.level, seen.level);
        assert_eq!((event.number, event.total), (seen.number, seen.total));
        assert_eq!(event.script_block_id, seen.script_block_id.map(|id| id.to_lossy()));
        assert_eq!(event.text, seen.text_until_nul().into());
        assert_eq!(event.record.as_ref().and_then(|record| record.parse().ok()), seen.record);
        self.zone_assumed += usize::from(seen.zone_assumed);
        self.events.push(event);
    }

    fn other(&mut self, seen: &OtherRecord<'_>) {
        let computer = seen.computer.map(|computer| computer.to_lossy());
        self.others.push((seen.id, seen.time.map(|time| time.to_string()), computer));
    }

    fn non_event(&mut self, offset: u64) {
        self.non_events.push(offset);
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

/// Reads pieces of one source.
pub(crate) fn read_pieces<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    options: SourceOptions,
) -> Read {
    let mut read = Read::default();
    let mut source = Source::new(options);
    for piece in pieces {
        source.push(piece, &mut read);
    }
    source.end(&mut read);
    (read.format, read.encoding) = (source.format(), source.encoding());
    read
}

/// Reads a source in one piece, and reads each event again from its location.
pub(crate) fn read(bytes: &[u8]) -> Read {
    let options = SourceOptions::default();
    let read = read_pieces([bytes], options);
    for event in &read.events {
        let place = event.place;
        let (begin, end) = (place.frame as usize, (place.offset + place.length) as usize);
        let again =
            read_again(read.format.unwrap(), read.encoding, &options, &bytes[begin..end], place);
        assert_eq!(again.as_ref(), Some(event));
    }
    read
}
