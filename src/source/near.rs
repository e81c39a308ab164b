//! Searches for delimiters that are usually close. The call of a vector search costs more than it saves if the next
//! quotation mark is a dozen bytes away.

use crate::simd;
use crate::text::json;

/// Number of bytes searched here before a vector search is worth its call.
const NEAR_BYTES: usize = 64;

/// Returns the position of the first of three bytes within the first 64 bytes, or `Err` with the number of bytes
/// searched.
pub(super) fn find_near(text: &[u8], any: [u8; 3]) -> Result<usize, usize> {
    let near = text.get(..NEAR_BYTES).unwrap_or(text);
    let (blocks, rest) = near.as_chunks::<16>();
    for (at, block) in blocks.iter().enumerate() {
        let found = simd::mask_of_any(block, any);
        if found != 0 {
            return Ok(at * 16 + found.trailing_zeros() as usize);
        }
    }
    let found = rest.iter().position(|byte| any.contains(byte));
    found.map(|at| blocks.len() * 16 + at).ok_or(near.len())
}

/// Returns the end of the JSON string that begins here. With `line_ends`, a line feed ends it too.
pub(super) fn string_end(text: &[u8], line_ends: bool) -> Option<usize> {
    match find_near(text, [b'"', b'\\', if line_ends { b'\n' } else { b'"' }]) {
        Ok(found) if text.get(found) != Some(&b'\\') => Some(found),
        Ok(found) | Err(found) => string_end_from(text, found, line_ends),
    }
}

/// Returns the end of a JSON string as [`string_end`] does. The bytes before `begin` are known to contain neither the
/// end nor a backslash.
pub(super) fn string_end_from(text: &[u8], begin: usize, line_ends: bool) -> Option<usize> {
    Some(begin + json::find_string_end(text.get(begin..)?, line_ends)?)
}

/// Returns the text after `begin` if the text starts with it.
pub(super) fn strip_literal<'a>(text: &'a [u8], begin: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(begin.len())?;
    simd::is_equal_short(head, begin).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn find_near_equals_a_naive_search(
            text in proptest::collection::vec(prop_oneof![8 => any::<u8>(), 1 => Just(b'"'), 1 => Just(0x21)], 0..80),
        ) {
            let naive = text.iter().position(|byte| matches!(byte, b'"' | b'<' | b'\n'));
            match find_near(&text, *b"\"<\n") {
                Ok(at) => prop_assert_eq!(Some(at), naive),
                Err(passed) => prop_assert!(naive.is_none_or(|at| at >= passed)),
            }
        }

        #[test]
        fn a_string_ends_at_the_first_unescaped_quotation_mark(
            text in prop_oneof![
                "[ab\\\\\"\n]{0,20}",
                "[a-z]{50,70}[ab\\\\\"\n]{0,20}",
                "([a-z]{0,70}\\\\{0,3}[\"n]){0,9}\n?",
            ],
            line_ends in any::<bool>(),
        ) {
            let text = text.as_bytes();
            let mut escaped = false;
            let naive = text.iter().position(|byte| {
                let was = escaped;
                escaped = *byte == b'\\' && !was;
                (*byte == b'"' && !was) || (*byte == b'\n' && line_ends)
            });
            prop_assert_eq!(string_end(text, line_ends), naive);
        }

        #[test]
        fn strip_literal_equals_strip_prefix(text in "[ab]{0,40}", begin in "[ab]{0,40}", cut in 0_usize..41) {
            let (text, begin) = (text.as_bytes(), begin.as_bytes());
            prop_assert_eq!(strip_literal(text, begin), text.strip_prefix(begin));
            let begin = &text[..cut.min(text.len())];
            prop_assert_eq!(strip_literal(text, begin), text.strip_prefix(begin));
        }
    }
}
