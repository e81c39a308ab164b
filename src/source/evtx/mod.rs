//! Windows event logs (EVTX): a file header of 4 KiB, then chunks of 64 KiB, each complete in itself.
//!
//! The format is undocumented by Microsoft; its public description is Joachim Metz's *Windows XML Event Log (EVTX)
//! format* (libevtx).
//!
//! # A chunk
//!
//! ```text
//! byte 0 ┌───────────────────────────────────────────────────────────────┐
//!        │ header      "ElfChnk\0", ids of the first and last record,    │
//!        │             end of the records, flags, checksums              │
//!    128 ├───────────────────────────────────────────────────────────────┤
//!        │ string table    64 offsets of names, by hash                  │
//!    384 ├───────────────────────────────────────────────────────────────┤
//!        │ template table  32 offsets of template definitions, by id     │
//!    512 ├───────────────────────────────────────────────────────────────┤
//!        │ record      "**\0\0", size, id, time │ BinXML tokens │ size   │
//!        ├──────────────────────────────────────┴───────────────┴────────┤
//!        │ record                                                        │
//!        ├───────────────────────────────────────────────────────────────┤
//!        │ free        zeroes, or records of the chunk's former use      │
//! 65,536 └───────────────────────────────────────────────────────────────┘
//! ```
//!
//! The two tables are how Windows finds names and templates while it writes. A reader does not need them: tokens refer
//! to names and definitions by their offset in the chunk.
//!
//! # A record
//!
//! Nearly every record is one instance of a template: the offset of a definition, and a table of values. The first
//! record of a chunk that uses a template, or a name, contains it.
//!
//! ```text
//! definition (once a chunk)                     instance (each record)
//! <Event><System>                               offset of the definition
//!   <EventID>{value 3}</EventID>                value 3   u16     4104
//!   <Computer>{value 11}</Computer>             value 11  string  FS03.corp.example
//! </System>{value 18}</Event>                   value 18  BinXML  an instance of the template of <EventData>
//! ```
//!
//! # From bytes to fields
//!
//! ```text
//! decoder ─▶ chunk ─▶ record ─┬▶ instance, chunk_plans ─▶ core fields, borrowed from the chunk
//!                             ├▶ plain                 ─▶ the same of a record without a template
//!                             └▶ event                 ─▶ all fields of a record, copied
//! ```
//!
//! [`EvtxDecoder`] finds chunks at any offset, because headers are zeroed, files are carved and copies are cut. `chunk`
//! walks the frames of records and continues after broken ones. `binxml` walks tokens. `plan` works out once for each
//! template where the fields are that every record is asked for, so that `record` reads them without walking the
//! tokens again. Only a chunk that two pushes share is copied.

mod binxml;
mod bytes;
mod checksum;
mod chunk;
mod chunk_data;
mod chunk_plans;
mod core_values;
mod decoder;
mod event;
mod fields;
mod instance;
mod plain;
mod plan;
mod plan_cache;
mod provider;
mod range;
mod record;
mod structure;
mod token;
mod value;

pub use checksum::has_checksums;
pub use decoder::EvtxDecoder;
pub use range::SourceRange;
pub(crate) use structure::FILE_MAGIC;

use crate::event::{Event, RecordLocation};

/// Reads one record again. `chunk` is the source's bytes from `location.frame` to the end of the chunk or of the record.
/// Returns `None` if there is no such record.
///
/// ```
/// use scriptscope::internal::{Event, source::evtx::read_again};
///
/// let location = Event::default().place;
/// assert_eq!(read_again(b"no chunk", location), None);
/// ```
pub fn read_again(chunk: &[u8], location: RecordLocation) -> Option<Event> {
    record::read_again(chunk, location)
}
