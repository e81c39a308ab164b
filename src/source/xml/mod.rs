//! Windows event XML, and events among the objects that PowerShell writes as XML.
//!
//! Read by hand rather than through a general parser, because a script's text must arrive as it was
//! logged: no line end is normalised (a lone CR is part of a script), an unknown entity stays as it stands,
//! a reference to half a surrogate pair is that half, and a value is decoded only when it is asked for.

mod frame;
mod object;
mod read;

pub(super) use frame::Framer;
pub(super) use read::{read, read_data, read_unframed};

use crate::text::xml::CDATA;
use memchr::memchr;

/// A name without its namespace prefix.
fn local(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(at) => name.get(at + 1..).unwrap_or_default(),
        None => name,
    }
}

/// The length of the name at the beginning of what follows a `<`.
fn name_len(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/' | b'<'))
        .count()
}
