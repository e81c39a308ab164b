//! Bytes to events: one file a format, one dispatcher that looks at bytes and never at names.
//!
//! Framing (where does a record end?) is apart from decoding (what does it say?): a [`Decoder`] is pushed
//! pieces of any size and gives the same sightings wherever they are cut. To add a format, write its file
//! and add its line to the dispatcher.

mod carve;
mod csv;
mod decoder;
mod dispatch;
mod emit;
mod encoding;
pub(crate) mod evtx;
mod fast_path;
mod field_names;
mod format;
mod framing;
mod json;
mod layout;
mod near;
mod nested;
mod non_events;
mod problems;
mod read_again;
mod record;
mod record_format;
mod record_start;
mod rendered_message;
mod resync;
mod script_record;
mod sink;
mod sniff;
mod text;
mod text_stream;
mod timestamp;
mod value;
mod value_form;
mod window;
mod xml;

pub use decoder::Decoder;
pub use dispatch::Source;
pub use encoding::Encoding;
pub use format::{Format, SourceOptions};
pub use read_again::read_again;
pub(crate) use sink::{DeferredFields, FullEvent};
pub use sink::{OtherRecord, ScriptRecord, Sink};
