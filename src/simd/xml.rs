//! Blocks of XML content that hold nothing unusual.

pub(crate) use vectors::AsciiContent;

#[cfg(target_family = "wasm")]
mod vectors {
    use crate::simd::v128::{load_quarters, mask_of_quarters, splat_opaque};
    use std::arch::wasm32::*;

    /// A scanner for content without markup.
    pub(crate) struct AsciiContent {
        tag: v128,
        reference: v128,
    }

    impl AsciiContent {
        #[inline(always)]
        pub(crate) fn new() -> Self {
            Self { tag: splat_opaque(b'<'), reference: splat_opaque(b'&') }
        }

        /// Returns a mask of the ampersands; `None` if the block holds a `<` or a byte beyond ASCII.
        #[inline(always)]
        pub(crate) fn references(&self, block: &[u8; 64]) -> Option<u64> {
            let quarters = load_quarters(block);
            let [a, b, c, d] = quarters;
            let is_tag = |quarter| u8x16_eq(quarter, self.tag);
            let tags = v128_or(v128_or(is_tag(a), is_tag(b)), v128_or(is_tag(c), is_tag(d)));
            let union = v128_or(v128_or(a, b), v128_or(c, d));
            (u8x16_bitmask(v128_or(union, tags)) == 0)
                .then(|| mask_of_quarters(quarters, |quarter| u8x16_eq(quarter, self.reference)))
        }
    }
}

#[cfg(not(target_family = "wasm"))]
mod vectors {
    use crate::simd::bytes::mask_of;

    /// A scanner for content without markup.
    pub(crate) struct AsciiContent;

    impl AsciiContent {
        pub(crate) fn new() -> Self {
            Self
        }

        /// Returns a mask of the ampersands; `None` if the block holds a `<` or a byte beyond ASCII.
        pub(crate) fn references(&self, block: &[u8; 64]) -> Option<u64> {
            let is_unusual = |byte: &u8| u8::from(*byte == b'<') | *byte >> 7;
            let unusual = block.iter().fold(0, |any, byte| any | is_unusual(byte));
            (unusual == 0).then(|| mask_of(block, b'&'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_references_in_ascii_content_only() {
        let mut block = [b'x'; 64];
        (block[3], block[63]) = (b'&', b'&');
        assert_eq!(AsciiContent::new().references(&block), Some(1 << 3 | 1 << 63));
        for unusual in [b'<', 0x80] {
            block[40] = unusual;
            assert_eq!(AsciiContent::new().references(&block), None);
        }
    }
}
