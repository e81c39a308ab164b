//! Blocks of an escaped JSON string that hold nothing unusual.

/// Counts the leading blocks of sixty-four bytes that are simple, and the escapes that begin in them.
///
/// A block is simple if its other characters are printable ASCII, every backslash in it begins one of `\"`, `\n`, `\r`
/// and `\t`, and it has no bare quotation mark. The letter of the last escape may lie in the next block. `text` must not
/// begin with a quotation mark, nor with the letter of an escape.
#[inline(always)]
pub(crate) fn count_simple_blocks(text: &[u8]) -> (usize, usize) {
    vectors::count_simple_blocks(text)
}

#[cfg(target_family = "wasm")]
mod vectors {
    use crate::simd::v128::{load_quarters, opaque, splat_opaque};
    use std::arch::wasm32::*;

    #[inline(always)]
    pub(super) fn count_simple_blocks(text: &[u8]) -> (usize, usize) {
        // Escapes are counted per lane, four bytes of a block a lane. Sixty-three blocks add at most 252, which a byte
        // holds.
        const BATCH: usize = 63;
        let scanner = SimpleJson::new();
        let (mut blocks, mut escapes) = (0, 0);
        let following = text.get(1..).unwrap_or_default().as_chunks().0.chunks(BATCH);
        for (batch, following) in text.as_chunks().0.chunks(BATCH).zip(following) {
            let mut counts = u8x16_splat(0);
            let before = blocks;
            for (block, following) in batch.iter().zip(following) {
                let Some(begins) = scanner.escapes(block, following) else { break };
                counts = u8x16_sub(counts, begins);
                blocks += 1;
            }
            let pairs = u16x8_extadd_pairwise_u8x16(counts);
            let sums = u32x4_extadd_pairwise_u16x8(pairs);
            let halves = u64x2_extract_lane::<0>(sums) + u64x2_extract_lane::<1>(sums);
            escapes += (halves as u32 + (halves >> 32) as u32) as usize;
            if blocks < before + BATCH {
                break;
            }
        }
        (blocks, escapes)
    }

    /// The bytes that a block is compared with.
    struct SimpleJson {
        backslash: v128,
        quote: v128,
        letters: [v128; 3],
        space: v128,
    }

    impl SimpleJson {
        #[inline(always)]
        fn new() -> Self {
            Self {
                backslash: splat_opaque(b'\\'),
                quote: splat_opaque(b'"'),
                letters: [splat_opaque(b'n'), splat_opaque(b'r'), splat_opaque(b't')],
                space: splat_opaque(b' '),
            }
        }

        /// Returns the negated number of escapes that begin in each lane of the four quarters; `None` if the block is
        /// not simple. `following` is the block one byte later.
        #[inline(always)]
        fn escapes(&self, block: &[u8; 64], following: &[u8; 64]) -> Option<v128> {
            let ([a, b, c, d], [next_a, next_b, next_c, next_d]) =
                (load_quarters(block), load_quarters(following));
            let begins = |quarter| opaque(u8x16_eq(quarter, self.backslash));
            let [begin_a, begin_b, begin_c, begin_d] = [begins(a), begins(b), begins(c), begins(d)];
            let (odd_a, bare_a) = self.unusual(begin_a, next_a);
            let (odd_b, bare_b) = self.unusual(begin_b, next_b);
            let (odd_c, bare_c) = self.unusual(begin_c, next_c);
            let (odd_d, bare_d) = self.unusual(begin_d, next_d);
            let odd = v128_or(v128_or(odd_a, odd_b), v128_or(odd_c, odd_d));
            let bare = u8x16_min(u8x16_min(bare_a, bare_b), u8x16_min(bare_c, bare_d));
            let bare = u8x16_eq(bare, u8x16_splat(0));
            // As signed numbers, bytes beyond ASCII are below the space too.
            let minimum = i8x16_min(i8x16_min(i8x16_min(a, b), i8x16_min(c, d)), self.space);
            let odd = v128_or(odd, v128_or(bare, v128_xor(minimum, self.space)));
            let sums = i8x16_add(i8x16_add(begin_a, begin_b), i8x16_add(begin_c, begin_d));
            (!v128_any_true(odd)).then_some(sums)
        }

        /// Returns two vectors. In the first, a lane is not zero if an escape begins there with a letter that is not
        /// simple. In the second, a lane is zero if a quotation mark follows though no escape begins.
        ///
        /// Lanes hold the bits in which two bytes differ: comparing them would take more instructions.
        #[inline(always)]
        fn unusual(&self, begins: v128, next: v128) -> (v128, v128) {
            let [n, r, t] = self.letters;
            let quote = v128_xor(next, self.quote);
            let letters =
                u8x16_min(u8x16_min(v128_xor(next, n), v128_xor(next, r)), v128_xor(next, t));
            (v128_and(begins, u8x16_min(letters, quote)), v128_or(begins, quote))
        }
    }
}

#[cfg(not(target_family = "wasm"))]
mod vectors {
    pub(super) fn count_simple_blocks(text: &[u8]) -> (usize, usize) {
        let (mut blocks, mut escapes) = (0, 0);
        while let Some(block) = text.get(64 * blocks..).and_then(<[u8]>::first_chunk::<65>) {
            let (mut unusual, mut begins) = ([0_u8; 64], [0_u8; 64]);
            let outputs = unusual.iter_mut().zip(&mut begins);
            for ((unusual, begins), (byte, next)) in
                outputs.zip(block.iter().zip(block.iter().skip(1)))
            {
                (*unusual, *begins) = classify(*byte, *next);
            }
            let words = unusual.as_chunks::<8>().0;
            if words.iter().fold(0, |any, word| any | u64::from_le_bytes(*word)) != 0 {
                break;
            }
            escapes += usize::from(begins.iter().fold(0, |sum: u8, one| sum.wrapping_add(*one)));
            blocks += 1;
        }
        (blocks, escapes)
    }

    /// Returns 1 for a byte that makes its block unusual, and 1 for a backslash. Without branches, so that LLVM compares
    /// sixteen bytes at a time.
    #[inline(always)]
    fn classify(byte: u8, next: u8) -> (u8, u8) {
        let is = |one: u8, other: u8| u8::from(one == other);
        let begins = is(byte, b'\\');
        let quote = is(next, b'"');
        let letter = quote | is(next, b'n') | is(next, b'r') | is(next, b't');
        let printable = u8::from(byte.wrapping_sub(b' ') <= 0x7F - b' ');
        (begins & (letter ^ 1) | (begins ^ 1) & quote | (printable ^ 1), begins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_at_the_first_block_that_is_not_simple() {
        let simple = r#"Write-Host \"a\"\n"#.repeat(20);
        let escapes = simple[..256].matches('\\').count();
        assert_eq!(count_simple_blocks(&simple.as_bytes()[..257]), (4, escapes));
        for unusual in ["\\\\", "\\u00e4", "\"", "ä", "\u{1}"] {
            let mut text = simple.clone();
            text.replace_range(140..140, unusual);
            let (blocks, _) = count_simple_blocks(text.as_bytes());
            assert_eq!(blocks, 2, "{unusual}");
        }
        assert_eq!(count_simple_blocks(b"short"), (0, 0));
    }
}
