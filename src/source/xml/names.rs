//! Names of elements.

use memchr::memchr;

/// A name without its namespace prefix.
pub(super) fn local(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(at) => name.get(at + 1..).unwrap_or_default(),
        None => name,
    }
}

/// The length of the name at the beginning of what follows a `<`.
pub(super) fn name_len(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/' | b'<'))
        .count()
}
