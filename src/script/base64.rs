//! Text encoded in base64, compressed or not.

use super::inflate::{InflateBudget, inflate};
use std::borrow::Cow;
use std::ops::Range;

/// Length of the shortest base64 that is decoded: twelve bytes. Shorter runs are too often ordinary words.
const MIN_LENGTH: usize = 16;

/// Digits of the shortest base64, which may end in padding.
const MIN_DIGITS: usize = MIN_LENGTH - 2;

/// Length from which a line of base64 continues in the next line.
const MIN_LINE_LENGTH: usize = 60;

/// Decodes every base64 string of a text that yields readable text. Returns its range and the decoded text. Bytes that
/// are inflated are subtracted from `inflate_budget`.
pub(in crate::script) fn texts(
    text: &str,
    inflate_budget: &mut InflateBudget,
) -> impl Iterator<Item = (Range<usize>, String)> {
    runs(text.as_bytes()).filter_map(|run| {
        let encoded = text.as_bytes().get(run.clone())?;
        let bytes = decode(encoded)?;
        let text = readable(&bytes).or_else(|| {
            // Long words are common in scripts, and packed data of their length without a digit is not.
            encoded.iter().any(|byte| !byte.is_ascii_alphabetic()).then_some(())?;
            let text = inflate(&bytes, inflate_budget);
            text.and_then(|text| readable(&text))
        });
        Some((run, text?))
    })
}

/// Returns the ranges of the longest runs of base64 characters.
///
/// A run has so many digits in a row that most of the text between runs is skipped unread: where the last of them would
/// be is another character, behind which the search goes on.
fn runs(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let digits = text.get(at..)?.first_chunk::<MIN_DIGITS>()?;
            if let Some(other) = digits.iter().rposition(|byte| digit(*byte).is_none()) {
                at += other + 1;
                continue;
            }
            let start = at;
            at = run_end(text, start);
            if at - start >= MIN_LENGTH {
                return Some(start..at);
            }
        }
    })
}

/// Returns the end of the run at `start`: over line ends, and with its padding.
fn run_end(text: &[u8], start: usize) -> usize {
    let count = |from: usize, is: fn(&u8) -> bool| {
        text.get(from..).unwrap_or_default().iter().take_while(|byte| is(byte)).count()
    };
    let mut at = start;
    loop {
        let line = count(at, |byte| digit(*byte).is_some());
        at += line;
        let space = count(at, u8::is_ascii_whitespace);
        let is_continued = text.get(at + space).is_some_and(|byte| digit(*byte).is_some());
        if line < MIN_LINE_LENGTH || space == 0 || !is_continued {
            return at + count(at, |byte| *byte == b'=').min(2);
        }
        at += space;
    }
}

/// Value in [`DIGITS`] of a byte that is no base64 character.
const NO_DIGIT: u8 = 64;

/// The values of the base64 characters, by byte.
static DIGITS: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < NO_DIGIT {
        #[allow(clippy::indexing_slicing, reason = "runs when the crate is compiled")]
        {
            digits[alphabet[value as usize] as usize] = value;
        }
        value += 1;
    }
    digits
};

/// Returns the value of a base64 character.
fn digit(byte: u8) -> Option<u32> {
    DIGITS.get(usize::from(byte)).filter(|digit| **digit != NO_DIGIT).map(|digit| (*digit).into())
}

/// Decodes base64, skipping white space and padding; `None` if no base64 has this length.
pub(in crate::script) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.iter().filter_map(|byte| digit(*byte)) {
        bits = bits << 6 | digit;
        count += 1;
        if count % 4 == 0 {
            bytes.extend(bits.to_be_bytes().iter().skip(1));
            bits = 0;
        }
    }
    match count % 4 {
        0 => {}
        3 => bytes.extend((bits >> 2).to_be_bytes().iter().skip(2)),
        2 => bytes.extend((bits >> 4).to_be_bytes().iter().skip(3)),
        _ => return None,
    }
    Some(bytes)
}

/// Decodes base64 as `[Convert]::FromBase64String` does: nothing but its characters, white space and padding.
pub(in crate::script) fn decode_strictly(text: &[u8]) -> Option<Vec<u8>> {
    let is_allowed =
        |byte: &u8| digit(*byte).is_some() || byte.is_ascii_whitespace() || *byte == b'=';
    text.iter().all(is_allowed).then(|| decode(text)).flatten()
}

/// Returns the text of bytes in UTF-16 or UTF-8, if all of it is readable.
fn readable(bytes: &[u8]) -> Option<String> {
    let (units, odd) = bytes.as_chunks::<2>();
    let latin = units.iter().filter(|[_, high]| *high == 0).count();
    let decoded: Cow<'_, str> = if odd.is_empty() && latin * 10 >= units.len() * 9 {
        let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        String::from_utf16(&units).ok()?.into()
    } else {
        match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            // The last character is cut.
            Err(error) if error.error_len().is_none() => {
                std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?.into()
            }
            Err(_) => return None,
        }
    };
    let text = decoded.trim_start_matches('\u{FEFF}').trim_end_matches('\0');
    let reads = |char: char| !char.is_control() || char.is_whitespace();
    (text.len() > 3 && text.chars().all(reads)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        texts(text, &mut InflateBudget::new(1_000)).map(|(_, text)| text).collect()
    }

    #[test]
    fn utf16_and_utf8_in_base64() {
        assert_eq!(found("powershell -enc VwByAGkAdABlAC0ASABvAHMAdAAgADEA"), ["Write-Host 1"]);
        assert_eq!(found("x('V3JpdGUtSG9zdCAx')"), ["Write-Host 1"]);
        assert_eq!(found("x('V3JpdGUtSG9zdCAxMg==')"), ["Write-Host 12"]);
        assert_eq!(
            texts(" V3JpdGUtSG9zdCAxMg==.", &mut InflateBudget::new(0)).next().map(|(run, _)| run),
            Some(1..21)
        );
    }

    #[test]
    fn compressed_texts() {
        for (packed, text) in [
            (
                "H4sIAAAAAAACAwsvyixJ1fXILy5R0FDPz0tV11YvKc9X17RWCEfIlGQUpaYCAOUxLysqAAAA",
                "Write-Host ('one'+'two'); Write-Host three",
            ),
            (
                "Cy/KLEnV9cgvLlHQUM/PS1XXVi8pz1fXtFYIR8iUZBSlpgIA",
                "Write-Host ('one'+'two'); Write-Host three",
            ),
        ] {
            assert_eq!(found(&format!("[Convert]::FromBase64String('{packed}')")), [text]);
            let cut = texts(packed, &mut InflateBudget::new(20)).next();
            assert_eq!(cut.map(|(_, text)| text).as_deref(), Some(&text[..10]));
        }
    }

    #[test]
    fn base64_in_lines() {
        let line = "V3JpdGUtSG9zdCAx".repeat(4);
        assert_eq!(
            found(&format!("@'\r\n{line}\r\n{line}\r\nV3Jp\r\n'@")),
            ["Write-Host 1".repeat(8) + "Wri"]
        );
    }

    #[test]
    fn words_are_not_base64() {
        for text in [
            "GetDelegateForFunctionPointer",
            "SilentlyContinueSilentlyContinue",
            "0123456789abcdef0123456789abcdef",
            "AAAAAAAAAAAAAAAAAAAAAAAA",
            "",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }
}
