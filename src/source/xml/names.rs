//! Names of elements.

use memchr::memchr;

/// Strips the namespace prefix from a name.
pub(super) fn local(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(at) => name.get(at + 1..).unwrap_or_default(),
        None => name,
    }
}

/// Returns the length of the name that the text after a `<` begins with.
pub(super) fn name_len(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/' | b'<'))
        .count()
}
