//! Reads sources of every text format through the dispatcher, as the library does.

mod corpus;
mod damage;
mod encodings;
mod fixtures;
mod gaps;
mod shapes;

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
    /// Number of bytes that were replaced, and the offset of the first.
    pub(crate) replaced: Option<(u64, u64)>,
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
        assert_eq!((event.number, event.total), (seen.number, seen.total), "{event:?}");
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

    fn non_event(&mut self, offset: u64, _: &dyn Fn() -> String) {
        self.non_events.push(offset);
    }

    fn replaced(&mut self, count: u64, first: u64) {
        self.replaced = Some((count, first));
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

impl Read {
    /// Returns the texts of the scripts.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.events.iter().map(|event| event.text.to_lossy().into_owned()).collect()
    }

    /// Returns the code and the offset of each problem.
    pub(crate) fn codes(&self) -> Vec<(&str, u64)> {
        let offset = |problem: &Problem| problem.offset.unwrap_or_default();
        self.problems.iter().map(|problem| (problem.code.as_ref(), offset(problem))).collect()
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

/// Reads a source in one piece and in pieces of several sizes, which must give the same.
pub(crate) fn read_divided(bytes: &[u8], options: SourceOptions) -> Read {
    let read = read_pieces([bytes], options);
    let sizes: &[usize] = if bytes.len() < 20_000 { &[1, 3, 64, 1_000] } else { &[777, 65_537] };
    for size in sizes {
        assert_eq!(read_pieces(bytes.chunks(*size), options), read, "pieces of {size} bytes");
    }
    read
}

/// Returns an event in JSON, on a line of its own.
pub(crate) fn json_event(text: &str) -> String {
    format!(
        "{{\"EventID\":4104,\"ProviderName\":\"Microsoft-Windows-PowerShell\",\"Computer\":\"WS1\",\
         \"ScriptBlockText\":\"{text}\"}}\n"
    )
}

/// Returns an event in XML, on a line of its own.
pub(crate) fn xml_event(text: &str) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <Provider Name='Microsoft-Windows-PowerShell'/><EventID>4104</EventID><Computer>WS1</Computer></System>\
         <EventData><Data Name='ScriptBlockText'>{text}</Data></EventData></Event>\n"
    )
}

/// Returns an event of Splunk's text.
pub(crate) fn classic_event(text: &str) -> String {
    format!(
        "02/17/2022 02:15:47 AM\nLogName=Microsoft-Windows-PowerShell/Operational\nEventCode=4104\n\
         SourceName=Microsoft-Windows-PowerShell\nComputerName=WS1\n\
         Message=Creating Scriptblock text (1 of 1):\r\n{text}\r\n\r\nScriptBlock ID: \
         e4e0d0a0-0000-4000-8000-000000000001\r\nPath: \n"
    )
}

/// Returns the heading of a table and a row.
pub(crate) fn csv_table(texts: &[&str]) -> String {
    let rows = texts.iter().map(|text| csv_row(text));
    let heading = "EventID,ProviderName,Computer,TimeCreated,ScriptBlockText\n".to_owned();
    std::iter::once(heading).chain(rows).collect()
}

/// Returns a row of [`csv_table`].
pub(crate) fn csv_row(text: &str) -> String {
    format!("4104,Microsoft-Windows-PowerShell,WS1,2026-08-08T06:13:01Z,\"{text}\"\n")
}
