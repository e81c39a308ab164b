//! The decoder that JSON and XML share: copies plain text in blocks and replaces escapes.

use crate::simd;

/// Texts shorter than this are decoded byte by byte.
const SHORT_BYTES: usize = 64;

/// Appends a text in WTF-8, whose escapes begin with either of two bytes.
///
/// `usual` returns the character and the length of a frequent escape. `undo` appends the character of any other escape,
/// which is never longer than the escape, and returns the text after it.
///
/// Escapes are close to each other in scripts. Sixteen bytes are therefore copied at a time, and those after an escape
/// are overwritten by the next copy.
pub(super) fn decode<'a>(
    text: &'a [u8],
    escapes: [u8; 2],
    plain: &mut Vec<u8>,
    usual: impl Fn(&[u8]) -> Option<(u8, usize)>,
    undo: impl Fn(&'a [u8], &mut Vec<u8>) -> &'a [u8],
) {
    if text.len() < SHORT_BYTES {
        let mut rest = text;
        while let [first, after @ ..] = rest {
            if !escapes.contains(first) {
                plain.push(*first);
                rest = after;
            } else if let Some((byte, length)) = usual(rest) {
                plain.push(byte);
                rest = rest.get(length..).unwrap_or_default();
            } else {
                rest = undo(rest, plain);
            }
        }
        return;
    }
    let mut to = plain.len();
    plain.resize(to + text.len() + 16, 0);
    let mut rest = text;
    let mut decoded = Vec::new();
    loop {
        let (block, length) = match rest.first_chunk::<16>() {
            Some(block) => (*block, 16),
            None => (padded(rest), rest.len()),
        };
        if let Some(target) = plain.get_mut(to..).and_then(<[u8]>::first_chunk_mut) {
            *target = block;
        }
        let found = simd::mask_of_either(&block, escapes).trailing_zeros() as usize;
        let before = found.min(length);
        (to, rest) = (to + before, rest.get(before..).unwrap_or_default());
        if found >= length {
            if rest.is_empty() {
                return plain.truncate(to);
            }
            continue;
        }
        // Escapes follow each other at most line ends (`\r\n`).
        while rest.first().is_some_and(|first| escapes.contains(first)) {
            if let Some((byte, length)) = usual(rest) {
                if let Some(target) = plain.get_mut(to) {
                    *target = byte;
                }
                (to, rest) = (to + 1, rest.get(length..).unwrap_or_default());
                continue;
            }
            decoded.clear();
            rest = undo(rest, &mut decoded);
            if let Some(target) = plain.get_mut(to..to + decoded.len()) {
                target.copy_from_slice(&decoded);
            }
            to += decoded.len();
        }
    }
}

/// Returns the first sixty-four bytes and their number; a shorter text is copied to `last` and padded with zeros.
///
/// Full blocks and the last one pass through one function, so that what is inlined into its caller is inlined once.
#[inline(always)]
pub(super) fn next_block<'a>(rest: &'a [u8], last: &'a mut [u8; 64]) -> (&'a [u8; 64], usize) {
    match rest.first_chunk() {
        Some(block) => (block, 64),
        None => {
            *last = padded(rest);
            (last, rest.len())
        }
    }
}

/// Returns the text padded with zeros.
fn padded<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut block = [0; N];
    for (to, from) in block.iter_mut().zip(text) {
        *to = *from;
    }
    block
}
