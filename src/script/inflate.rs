//! Unpacks deflate data (RFC 1951), raw or in a gzip member (RFC 1952): the two forms in which droppers pack the payload
//! that they carry as base64.
//!
//! Raw deflate has no magic number, so every decoded base64 string that is not readable text is tried. The output is
//! bounded, because a few bytes of deflate expand a thousandfold.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// Bytes that the packed strings of one script may unpack to, together.
#[derive(Debug)]
pub(in crate::script) struct InflateBudget {
    pub(in crate::script) left: usize,
    /// Data had more than its share, half of what was left: of it, that much was unpacked.
    pub(in crate::script) is_exceeded: bool,
}

impl InflateBudget {
    pub(in crate::script) fn new(bytes: usize) -> Self {
        Self { left: bytes, is_exceeded: false }
    }
}

/// Returns the unpacked bytes, or `None` if the data is damaged or cut short. Data that unpacks to more than its share of the
/// budget is cut there, so that what is packed behind it is read too.
///
/// Every unpacked byte is subtracted from `budget`, those of a failed attempt too, so the work for all packed strings
/// of one script is bounded together. A gzip member's checksum is not verified: a payload with a wrong one is still
/// worth reading.
pub(in crate::script) fn inflate(data: &[u8], budget: &mut InflateBudget) -> Option<Vec<u8>> {
    let mut input = gzip_body(data).unwrap_or(data);
    if let Some(unpacked) = fails_after(input) {
        budget.left = budget.left.saturating_sub(unpacked);
        return None;
    }
    let share = budget.left / 2;
    // One byte more shows that it is exceeded.
    let limit = share + 1;
    let mut out = vec![0; input.len().saturating_mul(2).clamp(1, limit)];
    let mut inflater = Box::<DecompressorOxide>::default();
    let mut written = 0;
    let status = loop {
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, read, more) = decompress(&mut inflater, input, &mut out, written, flags);
        written += more;
        if status != TINFLStatus::HasMoreOutput || out.len() >= limit {
            break status;
        }
        input = input.get(read..).unwrap_or_default();
        out.resize(out.len().saturating_mul(2).min(limit), 0);
    };
    let is_cut = written > share;
    budget.is_exceeded |= is_cut;
    out.truncate(written.min(share));
    budget.left -= out.len();
    (is_cut || status == TINFLStatus::Done).then_some(out)
}

/// Returns the number of bytes that are unpacked before the data fails, where its first 16 bytes show that it does. Words of
/// sixteen letters and more are common in scripts, and hardly any pass, so no table is built for them.
fn fails_after(data: &[u8]) -> Option<usize> {
    /// Lengths of codes, which are read first, are in this many groups of three bits at least.
    const LEAST_GROUPS: u32 = 4;
    let bits = FirstBits(u128::from_le_bytes(*data.first_chunk::<16>()?));
    let is_damaged = match bits.field(1, 2) {
        // Stored: a length and its complement, in whole bytes.
        0 => bits.field(8, 16) != !bits.field(24, 16) & 0xFFFF,
        1 => return bits.fixed_codes_fail_after(),
        // The numbers of codes are bounded, and the lengths of the codes of code lengths fill the space of seven bits.
        2 => {
            let groups = LEAST_GROUPS + bits.field(13, 4);
            let share = |group: u32| match bits.field(17 + 3 * group, 3) {
                0 => 0,
                length => 128 >> length,
            };
            bits.field(3, 5) >= 30
                || bits.field(8, 5) >= 30
                || (0..groups).map(share).sum::<u32>() != 128
        }
        _ => true,
    };
    is_damaged.then_some(0)
}

/// The first bits of deflate data, from the lowest.
#[derive(Clone, Copy)]
struct FirstBits(u128);

impl FirstBits {
    fn field(self, at: u32, width: u32) -> u32 {
        ((self.0 >> at) & ((1 << width) - 1)) as u32
    }

    /// Returns a code, whose first bit is the highest.
    fn code(self, at: u32, width: u32) -> u32 {
        self.field(at, width).reverse_bits() >> (32 - width)
    }

    /// Returns the number of literals at the start of a block of fixed codes if a repetition follows that begins before
    /// them.
    fn fixed_codes_fail_after(self) -> Option<usize> {
        /// Bits of the longest repetition: codes of a length and a distance, and the bits after each.
        const LONGEST: u32 = 8 + 5 + 5 + 13;
        let (mut at, mut literals) = (3, 0);
        while at <= u128::BITS - LONGEST {
            let code = self.code(at, 9);
            match code {
                // 7 bits: the end of the block, and lengths.
                0..0b001_100_000 => {
                    let symbol = code >> 2;
                    // Four lengths for each number of bits after the code.
                    let bits = symbol.checked_sub(1)?.saturating_sub(4) / 4;
                    return self
                        .distance(at + 7 + bits)
                        .filter(|own| *own > literals)
                        .map(|_| literals);
                }
                0b110_000_000..0b110_010_000 => return None,
                0b110_010_000.. => at += 9,
                _ => at += 8,
            }
            literals += 1;
        }
        None
    }

    /// Returns the distance of a repetition.
    fn distance(self, at: u32) -> Option<usize> {
        let code = self.code(at, 5);
        let bits = (code / 2).saturating_sub(1);
        let base = match code {
            0..4 => code,
            4..30 => (2 + code % 2) << bits,
            _ => return None,
        };
        Some((base + self.field(at + 5, bits)) as usize + 1)
    }
}

/// Returns the deflate data of a gzip member; `None` if there is no complete gzip header.
fn gzip_body(data: &[u8]) -> Option<&[u8]> {
    let (header, mut rest) = data.split_first_chunk::<10>()?;
    let [0x1F, 0x8B, 8, flags, ..] = *header else {
        return None;
    };
    if flags & 4 != 0 {
        let (len, extra) = rest.split_first_chunk::<2>()?;
        rest = extra.get(usize::from(u16::from_le_bytes(*len))..)?;
    }
    // File name and comment, each ended by a zero byte.
    for _ in 0..(flags >> 3 & 1) + (flags >> 4 & 1) {
        let end = rest.iter().position(|byte| *byte == 0)?;
        rest = rest.get(end + 1..)?;
    }
    if flags & 2 != 0 { rest.get(2..) } else { Some(rest) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    fn text(hex: &str) -> Option<String> {
        inflate(&bytes(hex), &mut InflateBudget::new(20_000))
            .map(|bytes| String::from_utf8(bytes).unwrap())
    }

    const TEXT: &str = "Write-Host one; Write-Host two; Write-Host three";
    const FIXED: &str = "0b2fca2c49d5f5c82f2e51c8cf4bb5560847f04bcaf351f91945a9a900";
    const STORED: &str = "010c00f3ff57726974652d486f73742031";
    const GZIP: &str = "1f8b08080000000002ff612e707331000b2fca2c49d5f5c82f2e51c8cf4bb5560847f04bcaf351f91945a9a900c7a4b6c530000000";
    /// The 60 lines that the test below builds.
    const DYNAMIC: &str = "\
        8d973b4e034110447324eeb017b034d3f327c4017242424a62990d90596c99c54242dc1d21f2ea976d54eacfabe9daddfbf5\
        749c37dbd3b2ecdf5fa6bf8ff3e73a5f1ef7cb3c7d5cae61da3c1d2eafe7f5feed74384edfd3c3bc6e76ebbc4cdbbbe7af30\
        fddcdeec1c892625229188596a64a261516a0ca4d1752f9588a42245ac10916c5224a14af2d063453329558a54b49c9aa448\
        4794340d6b0c0c57875743b5744d6ccc682c233abca10d0d87dac160d1d4326c6374d847a544dd90756666edc3646845c933\
        22c225394e64e8666dc59c512d457b3177e6686dc6626847559bb134c44bd3ec56c66ed7ec56564bd7ec363697a1d96d6c47\
        baa1ce70d1fd0c466ed4fd0ce62233e700304bdb7064d8fb92b41b63648f5d4ece3d62f416e7381abb02c5b98e899da4ea9e\
        47b4a9e6dcc7c28e75f3621d83b8174786c598e150dc58a41a0ec51dc63b273bb0a419754f16607cd03d596409dcaa936502\
        33b876a6a5801695b5332d07844d6e4eb462101727e755564d75825e63b3a95ed2639b6ace2fd760dc7427eb418abba63845\
        e6a951bdfcca62b05649f0b5d12af9ffe9fb05";

    proptest! {
        #[test]
        fn what_is_ruled_out_fails_after_as_many_bytes(data in prop::collection::vec(any::<u8>(), 16..40)) {
            let mut out = [0; 4_096];
            let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
            let mut inflater = Box::<DecompressorOxide>::default();
            let (status, _, written) = decompress(&mut inflater, &data, &mut out, 0, flags);
            if let Some(unpacked) = fails_after(&data) {
                prop_assert!(status == TINFLStatus::Failed);
                prop_assert_eq!(written, unpacked);
            }
        }
    }

    #[test]
    fn unpacks_every_kind_of_block() {
        assert_eq!(text(FIXED).as_deref(), Some(TEXT));
        assert_eq!(text(GZIP).as_deref(), Some(TEXT));
        assert_eq!(text(STORED).as_deref(), Some("Write-Host 1"));
        let lines = (0..60).map(|n| {
            format!(
                "Invoke-Command -ComputerName srv{} -ScriptBlock {{ Get-Item C:\\x{} }}\r\n",
                n * 7 % 101,
                n * n
            )
        });
        assert_eq!(text(DYNAMIC), Some(lines.collect()));
    }

    #[test]
    fn refuses_damaged_data_and_cuts_output_over_its_share() {
        let packed = bytes(DYNAMIC);
        for end in 0..packed.len() {
            assert_eq!(inflate(&packed[..end], &mut InflateBudget::new(20_000)), None);
        }
        for at in 0..packed.len() {
            let mut bad = packed.clone();
            bad[at] ^= 0x55;
            inflate(&bad, &mut InflateBudget::new(20_000));
        }
        let whole = inflate(&packed, &mut InflateBudget::new(20_000)).unwrap();
        let mut budget = InflateBudget::new(2 * whole.len());
        assert_eq!(inflate(&packed, &mut budget).unwrap(), whole);
        assert_eq!((budget.left, budget.is_exceeded), (whole.len(), false));
        // Half of what is left, and then half of that.
        let half = &whole[..whole.len() / 2];
        assert_eq!(inflate(&packed, &mut budget).unwrap(), half);
        assert_eq!((budget.left, budget.is_exceeded), (whole.len() - half.len(), true));
    }
}
