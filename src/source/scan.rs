//! Searches for what is nearly always near: a call to a vector search costs more than it saves where the next
//! quotation mark is a dozen bytes away.

use memchr::memchr2;

/// Bytes looked at eight by eight before a vector search is worth its call.
const NEAR: usize = 32;

/// Where the first of two bytes stands.
pub(super) fn find2(first: u8, second: u8, text: &[u8]) -> Option<usize> {
    let near = text.get(..NEAR).unwrap_or(text);
    let (words, rest) = near.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ repeat(first)) | zeros(word ^ repeat(second));
        if found != 0 {
            return Some(at * 8 + (found.trailing_zeros() / 8) as usize);
        }
    }
    if near.len() < NEAR {
        let at = rest.iter().position(|byte| *byte == first || *byte == second)?;
        return Some(words.len() * 8 + at);
    }
    Some(NEAR + memchr2(first, second, text.get(NEAR..)?)?)
}

const fn repeat(byte: u8) -> u64 {
    0x0101_0101_0101_0101 * byte as u64
}

/// The highest bit of each byte that is zero, and maybe of bytes above one that is.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(repeat(1)) & !word & repeat(0x80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_is_found_wherever_it_stands(
            text in proptest::collection::vec(prop_oneof![8 => any::<u8>(), 1 => Just(b'"'), 1 => Just(0x21)], 0..80),
        ) {
            let naive = text.iter().position(|byte| matches!(byte, b'"' | b'\\'));
            prop_assert_eq!(find2(b'"', b'\\', &text), naive);
        }
    }
}
