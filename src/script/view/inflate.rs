//! Deflate (RFC 1951), bare or in gzip's wrapper (RFC 1952): how droppers pack what they carry in
//! base64, and how the built-in detections are packed. The sizes are small, so a bit at a time is fast enough.

use crate::sort;

/// What packed data say; none where they are damaged, or say more than `limit`, from which every byte that
/// was unpacked is taken.
pub(crate) fn inflate(data: &[u8], limit: &mut usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let whole = blocks(data, &mut out, *limit);
    *limit = limit.saturating_sub(out.len());
    whole.map(|()| out)
}

fn blocks(data: &[u8], out: &mut Vec<u8>, limit: usize) -> Option<()> {
    let mut bits = Bits { data: gzip_body(data).unwrap_or(data), at: 0 };
    loop {
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => stored(&mut bits, out, limit)?,
            1 => {
                let (literals, distances) = fixed();
                compressed(&mut bits, &literals, &distances, out, limit)?;
            }
            2 => {
                let (literals, distances) = dynamic(&mut bits)?;
                compressed(&mut bits, &literals, &distances, out, limit)?;
            }
            _ => return None,
        }
        if last {
            return Some(());
        }
    }
}

/// What follows gzip's header.
fn gzip_body(data: &[u8]) -> Option<&[u8]> {
    let (header, mut rest) = data.split_first_chunk::<10>()?;
    let [0x1F, 0x8B, 8, flags, ..] = *header else {
        return None;
    };
    if flags & 4 != 0 {
        let (len, extra) = rest.split_first_chunk::<2>()?;
        rest = extra.get(usize::from(u16::from_le_bytes(*len))..)?;
    }
    // A name and a comment, each ending with a zero.
    for _ in 0..(flags >> 3 & 1) + (flags >> 4 & 1) {
        let end = rest.iter().position(|byte| *byte == 0)?;
        rest = rest.get(end + 1..)?;
    }
    if flags & 2 != 0 { rest.get(2..) } else { Some(rest) }
}

struct Bits<'a> {
    data: &'a [u8],
    /// In bits.
    at: usize,
}

impl Bits<'_> {
    /// The next bits as a number, the first being its lowest.
    fn take(&mut self, count: usize) -> Option<usize> {
        let mut value = 0;
        for place in 0..count {
            let byte = *self.data.get(self.at / 8)?;
            value |= usize::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Some(value)
    }

    fn skip_to_byte(&mut self) {
        self.at = self.at.next_multiple_of(8);
    }
}

/// A canonical Huffman code: how many symbols have a code of each length, and the symbols by code.
struct Code {
    counts: [usize; LONGEST + 1],
    symbols: Vec<usize>,
}

/// Bits of the longest code.
const LONGEST: usize = 15;

impl Code {
    /// Of each symbol's code length; 0 is a symbol without a code.
    fn new(lengths: &[usize]) -> Self {
        let mut counts = [0; LONGEST + 1];
        let mut coded: Vec<(usize, usize)> = lengths
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, length)| *length > 0)
            .map(|(symbol, length)| (length, symbol))
            .collect();
        sort::sort(&mut coded);
        for (length, _) in &coded {
            if let Some(count) = counts.get_mut(*length) {
                *count += 1;
            }
        }
        Self { counts, symbols: coded.into_iter().map(|(_, symbol)| symbol).collect() }
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Option<usize> {
        // Codes of one length are successive numbers, and follow on those of the length before.
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in self.counts.iter().skip(1) {
            code = code << 1 | bits.take(1)?;
            first <<= 1;
            if let Some(at) = usize::checked_sub(code, first).filter(|at| at < count) {
                return self.symbols.get(index + at).copied();
            }
            index += count;
            first += count;
        }
        None
    }
}

fn fixed() -> (Code, Code) {
    let lengths: Vec<usize> = [(8, 144), (9, 112), (7, 24), (8, 8)]
        .into_iter()
        .flat_map(|(length, count)| std::iter::repeat_n(length, count))
        .collect();
    (Code::new(&lengths), Code::new(&[5; 30]))
}

/// The order in which the lengths of the code for code lengths are sent.
const LENGTH_ORDER: [usize; 19] =
    [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

fn dynamic(bits: &mut Bits<'_>) -> Option<(Code, Code)> {
    let literals = bits.take(5)? + 257;
    let distances = bits.take(5)? + 1;
    let sent = bits.take(4)? + 4;
    let mut lengths = [0; 19];
    for symbol in LENGTH_ORDER.iter().take(sent) {
        *lengths.get_mut(*symbol)? = bits.take(3)?;
    }
    let code = Code::new(&lengths);
    let mut lengths = Vec::with_capacity(literals + distances);
    while lengths.len() < literals + distances {
        let (length, times) = match code.symbol(bits)? {
            16 => (*lengths.last()?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length, 1),
        };
        lengths.extend(std::iter::repeat_n(length, times));
    }
    let (literals, distances) = lengths.split_at_checked(literals)?;
    Some((Code::new(literals), Code::new(distances)))
}

fn stored(bits: &mut Bits<'_>, out: &mut Vec<u8>, limit: usize) -> Option<()> {
    bits.skip_to_byte();
    let len = bits.take(16)?;
    if bits.take(16)? != len ^ 0xFFFF {
        return None;
    }
    let start = bits.at / 8;
    out.extend_from_slice(bits.data.get(start..start + len)?);
    bits.at += 8 * len;
    (out.len() <= limit).then_some(())
}

fn compressed(
    bits: &mut Bits<'_>,
    literals: &Code,
    distances: &Code,
    out: &mut Vec<u8>,
    limit: usize,
) -> Option<()> {
    loop {
        match literals.symbol(bits)? {
            symbol @ 0..=255 => out.push(symbol as u8),
            256 => return Some(()),
            symbol => {
                let len = match symbol - 257 {
                    28 => 258,
                    short @ 0..=7 => short + 3,
                    long @ 8..=27 => stepped(long, 4, bits)? + 3,
                    _ => return None,
                };
                let distance = match distances.symbol(bits)? {
                    near @ 0..=3 => near,
                    far @ 4..=29 => stepped(far, 2, bits)?,
                    _ => return None,
                };
                let start = out.len().checked_sub(distance + 1)?;
                // It may repeat what it has just written.
                for at in start..start + len {
                    out.push(*out.get(at)?);
                }
            }
        }
        if out.len() > limit {
            return None;
        }
    }
}

/// The number of a symbol that stands for a range: each power of two is cut into so many ranges, and
/// further bits say where in the range.
fn stepped(symbol: usize, ranges: usize, bits: &mut Bits<'_>) -> Option<usize> {
    let extra = symbol / ranges - 1;
    Some(((ranges + symbol % ranges) << extra) + bits.take(extra)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    fn text(hex: &str) -> Option<String> {
        inflate(&bytes(hex), &mut 10_000).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    const TEXT: &str = "Write-Host one; Write-Host two; Write-Host three";
    const FIXED: &str = "0b2fca2c49d5f5c82f2e51c8cf4bb5560847f04bcaf351f91945a9a900";
    const STORED: &str = "010c00f3ff57726974652d486f73742031";
    const GZIP: &str = "1f8b08080000000002ff612e707331000b2fca2c49d5f5c82f2e51c8cf4bb5560847f04bcaf351f91945a9a900c7a4b6c530000000";
    /// 60 lines as the test below makes them.
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

    #[test]
    fn every_kind_of_block() {
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
    fn damaged_data_and_too_much_of_it() {
        let whole = bytes(DYNAMIC);
        for end in 0..whole.len() {
            assert_eq!(inflate(&whole[..end], &mut 10_000), None);
        }
        for at in 0..whole.len() {
            let mut bad = whole.clone();
            bad[at] ^= 0x55;
            inflate(&bad, &mut 10_000);
        }
        assert_eq!(inflate(&whole, &mut 4_000), None);
    }
}
