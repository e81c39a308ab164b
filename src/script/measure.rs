//! Measures of obfuscation: the fields `obfuscation.…` of rules.
//!
//! | field | value |
//! | --- | --- |
//! | `layers` | texts that were encoded in the script, one in another counted too |
//! | `steps` | places where a constant expression or an encoded text was replaced |
//! | `folded` | share of the script that was replaced, in percent; data that hides no text, such as a file in base64, does not count |
//! | `backticks` | backticks within words |
//! | `symbols` | share of characters other than letters, digits, `_` and white space, in percent |
//! | `entropy` | Shannon entropy of the characters in hundredths of a bit |
//! | `longest` | characters of the longest run without white space |
//!
//! The first three measure the views, and a script without views has none of the fields: a comparison with any of them
//! selects obfuscated scripts only.

use super::view::View;
use crate::reassemble::Hidden;
use crate::sort::{sort, sort_by_key};
use std::ops::Range;

/// Measures the views of a script of `len` bytes; `None` if it has none.
pub(crate) fn measure_views(len: usize, views: &[View]) -> Option<Hidden> {
    let first = views.first()?;
    let plain = Some(first).filter(|view| !view.is_layer());
    let layers = views.iter().filter(|view| view.is_layer()).count();
    let steps = layers + plain.map_or(0, |view| view.map.replaced().count());
    let mut replaced: Vec<Range<usize>> = views.iter().flat_map(hiding).collect();
    sort_by_key(&mut replaced, |range| (range.start, range.end));
    let (mut end, mut folded) = (0, 0);
    for range in replaced {
        folded += range.end.saturating_sub(range.start.max(end));
        end = end.max(range.end);
    }
    Some(Hidden {
        layers: saturated(layers),
        steps: saturated(steps),
        folded: percent(folded, len),
    })
}

/// Bytes from which a constant without white space is data: no name or path is so long.
const DATA_BYTES: usize = 1 << 10;

/// Returns the ranges of the original that a view replaced, except by data. Data that hides a text is that of a layer.
fn hiding(view: &View) -> impl Iterator<Item = Range<usize>> {
    let is_data = |range: &Range<usize>| {
        let text = view.text.get(range.clone()).unwrap_or_default();
        !view.is_layer() && text.len() >= DATA_BYTES && !text.contains(char::is_whitespace)
    };
    view.map.replaced().filter(move |(range, _)| !is_data(range)).map(|(_, original)| original)
}

/// Returns a measure of a text by the name of its field without `obfuscation.`; `None` for other names.
pub(crate) fn text_measure(text: &str, name: &str) -> Option<u32> {
    Some(match name {
        "backticks" => saturated(backticks(text)),
        "symbols" => {
            let is_symbol =
                |char: &char| !char.is_alphanumeric() && !char.is_whitespace() && *char != '_';
            percent(text.chars().filter(is_symbol).count(), text.chars().count())
        }
        "entropy" => entropy(text),
        "longest" => {
            saturated(text.split_whitespace().map(|run| run.chars().count()).max().unwrap_or(0))
        }
        _ => return None,
    })
}

fn backticks(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_within_word = |three: &&[u8]| matches!(three, [before, b'`', after] if before.is_ascii_alphabetic() && after.is_ascii_alphabetic());
    bytes.windows(3).filter(is_within_word).count()
}

/// Returns the Shannon entropy of the characters in hundredths of a bit. In whole numbers, so that every machine has the
/// same.
fn entropy(text: &str) -> u32 {
    let mut chars: Vec<char> = text.chars().collect();
    let total = chars.len() as u64;
    sort(&mut chars);
    let sum: u64 = chars
        .chunk_by(|a, b| a == b)
        .map(|same| same.len() as u64 * (log2(total).saturating_sub(log2(same.len() as u64))))
        .sum();
    sum.checked_div(total).map_or(0, |mean| saturated(((mean * 100 + (1 << 15)) >> 16) as usize))
}

/// Returns the binary logarithm of a positive number in units of 2^-16: a bit of the fraction for each squaring.
fn log2(number: u64) -> u64 {
    let Some(whole) = number.checked_ilog2() else { return 0 };
    // The number between 1 and 2 in units of 2^-31.
    let mut rest = if whole > 31 { number >> (whole - 31) } else { number << (31 - whole) };
    let mut log = u64::from(whole);
    for _ in 0..16 {
        rest = (rest * rest) >> 31;
        let bit = rest >> 32;
        rest >>= bit;
        log = log << 1 | bit;
    }
    log
}

fn percent(part: usize, whole: usize) -> u32 {
    saturated((part * 100).checked_div(whole).unwrap_or(0))
}

fn saturated(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::views;

    fn hidden(text: &str) -> Option<(u32, u32, u32)> {
        measure_views(text.len(), &views(text)).map(|own| (own.layers, own.steps, own.folded))
    }

    #[test]
    fn what_is_hidden_is_counted() {
        assert_eq!(hidden("Get-ChildItem"), None);
        assert_eq!(hidden("& ('i'+'ex') $code"), Some((0, 1, 66)));
        let inner = "VwByAGkAdABlAC0ASABvAHMAdAAgACgAJwBhACcAKwAnAGIAJwApAA==";
        assert_eq!(hidden(&format!("powershell -e {inner}")), Some((1, 1, 80)));
    }

    #[test]
    fn data_in_pieces_hides_nothing() {
        let data = "z-_".repeat(600);
        let (first, second) = data.split_at(900);
        assert_eq!(hidden(&format!("$a = '{first}' + '{second}'")), Some((0, 1, 0)));
    }

    #[test]
    fn texts_are_measured() {
        for (name, text, expected) in [
            ("backticks", "I`E`X; \"a`n\"; a ` b", 3),
            ("symbols", "a+b =", 40),
            ("symbols", "", 0),
            ("entropy", "", 0),
            ("entropy", "aaaa", 0),
            ("entropy", "abab", 100),
            ("entropy", "abcd", 200),
            ("entropy", "aab", 92),
            ("longest", "a bcd e", 3),
        ] {
            assert_eq!(text_measure(text, name), Some(expected), "{name} of {text}");
        }
        assert_eq!(text_measure("a", "other"), None);
    }

    #[test]
    fn the_logarithm_is_that_of_floating_point() {
        for number in (1..5_000).chain([1 << 20, 12_345_678, u64::MAX]) {
            let exact = (number as f64).log2() * 65536.0;
            assert!((log2(number) as f64 - exact).abs() <= 2.0, "{number}");
        }
    }
}
