//! Turns the bytes of a log into records of Windows events.
//!
//! ```text
//! bytes ─▶ sniff ─▶ decoder of the format ─▶ record ─▶ sink
//!          (dispatch) │ frame: where does the record end?
//!                     │ read:  which values does it have?
//!                     └ emit:  is it an event, a script, and of which script block?
//! ```
//!
//! - vocabulary: `sink` (what a source produces), `format`, `decoder` (the interface of all decoders),
//!   `encoding`, `code_page`.
//! - driving: `dispatch` sniffs the first bytes and drives one decoder; `search` finds a log behind other bytes;
//!   `read_again` reads one record a second time.
//! - text: `segments` divides a source where its encoding changes and where its bytes are no text.
//! - formats: `evtx`, and `text_stream` for everything written as text except tables: `xml`, `json`, `text` (Splunk's
//!   event text, PowerShell lists, Snare, `wevtutil`, syslog headers). Tables are `csv`.
//! - records in text: `record` holds values under the keys of `field_names`; `layout` and `fast_path` read records
//!   that look like the ones before; `nested` reads events inside values, `inner_values` parts of an event, `plaso` its
//!   messages.
//! - division: `record_start` classifies what begins at a position, `cut` finds the ranges of a large source, `resync`
//!   ends records at the positions where a range could begin.
//!
//! Dispatch looks at bytes and never at file names. Framing (where a record ends) is separate from reading (which
//! values it has). A [`Decoder`] accepts pieces of any size and produces the same records wherever the input is
//! divided.
//!
//! To add a format, write its folder and add its line to `dispatch` and `sniff`.
//!
//! # Example
//!
//! ```
//! use scriptscope::internal::Problem;
//! use scriptscope::internal::source::{Decoder, OtherRecord, ScriptRecord, Sink, Source, SourceOptions};
//!
//! #[derive(Default)]
//! struct Counts {
//!     scripts: usize,
//!     others: usize,
//! }
//!
//! impl Sink for Counts {
//!     fn script(&mut self, _: &ScriptRecord<'_>) {
//!         self.scripts += 1;
//!     }
//!     fn other(&mut self, _: &OtherRecord<'_>) {
//!         self.others += 1;
//!     }
//!     fn problem(&mut self, problem: Problem) {
//!         panic!("{}", problem.message);
//!     }
//! }
//!
//! let log = br#"
//! {"EventID": 4104, "ProviderName": "Microsoft-Windows-PowerShell", "ScriptBlockText": "Get-Date"}
//! {"EventID": 4624, "ProviderName": "Microsoft-Windows-Security-Auditing"}
//! "#;
//! let mut counts = Counts::default();
//! let mut source = Source::new(SourceOptions::default());
//! for piece in log.chunks(10) {
//!     source.push(piece, &mut counts);
//! }
//! source.end(&mut counts);
//! assert_eq!((counts.scripts, counts.others), (1, 1));
//! ```

mod carve;
mod code_page;
mod code_page_tables;
mod csv;
mod cut;
mod decoder;
mod dispatch;
mod emit;
mod encoding;
pub(crate) mod evtx;
mod fast_path;
mod field_names;
mod format;
mod framing;
mod inner_values;
mod json;
mod layout;
mod near;
mod nested;
mod non_events;
mod plaso;
mod problems;
mod read_again;
mod record;
mod record_format;
mod record_start;
mod rendered_message;
mod resync;
mod script_record;
mod search;
mod segments;
mod sink;
mod sniff;
mod text;
mod text_stream;
mod timestamp;
mod value;
mod value_form;
mod window;
mod xml;

pub use cut::{CutWindow, Cutter, cut_ranges, range_bytes};
pub use decoder::Decoder;
pub use dispatch::Source;
pub use encoding::Encoding;
pub use evtx::has_checksums;
pub(crate) use field_names::is_usual_name;
pub use format::{Format, SourceOptions};
pub use read_again::read_again;
pub(crate) use read_again::{read_from_whole, read_row};
pub(crate) use sink::{DeferredFields, FullEvent, RawRecord, TimeGuess};
pub use sink::{OtherEvent, OtherRecord, ScriptRecord, Sink};
