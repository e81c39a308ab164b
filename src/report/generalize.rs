//! "Texts like this": a wildcard pattern that a script's text and its near twins match.

use std::ops::Range;

/// Texts up to so many characters are written out; of longer ones the beginning, the place that matched and the end.
const WHOLE: usize = 1_000;

/// Characters of a longer text's beginning and end, and on either side of the start of what matched.
const AROUND: usize = 160;

/// Letters and digits in a row that are taken for a random name if they are hex digits, or mix letters and digits.
const RANDOM: usize = 12;

/// The pattern, as a value of `search`. What differs from run to run, numbers and random names, becomes `*`.
pub(super) fn like(text: &str, matched: Option<Range<usize>>) -> String {
    if text.chars().nth(WHOLE).is_none() {
        return loosened(text);
    }
    let edge = |at: Option<(usize, char)>, otherwise| at.map_or(otherwise, |(at, _)| at);
    let head = edge(text.char_indices().nth(AROUND), text.len());
    let tail = edge(text.char_indices().nth_back(AROUND - 1), 0);
    let mut pieces = vec![loosened(text.get(..head).unwrap_or_default())];
    if let Some((before, after)) = matched.and_then(|range| text.split_at_checked(range.start)) {
        let start = edge(before.char_indices().nth_back(AROUND - 1), 0).max(head);
        let end = before.len() + edge(after.char_indices().nth(AROUND), after.len());
        pieces.push(loosened(text.get(start..end.min(tail)).unwrap_or_default()));
    }
    pieces.push(loosened(text.get(tail..).unwrap_or_default()));
    pieces.retain(|piece| !piece.is_empty());
    pieces.join("*").replace("**", "*")
}

/// The text with its numbers and random names as `*`.
fn loosened(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = |good: fn(char) -> bool| rest.find(|c: char| !good(c)).unwrap_or(rest.len());
        let guid = guid(rest);
        let (taken, random) = match first {
            _ if guid > 0 => (guid, true),
            'a'..='z' | 'A'..='Z' | '0'..='9' => {
                let taken = length(|c| c.is_ascii_alphanumeric());
                (taken, rest.get(..taken).is_some_and(is_random))
            }
            other => (other.len_utf8(), false),
        };
        let (piece, after) = rest.split_at_checked(taken).unwrap_or((rest, ""));
        match random {
            true if pattern.ends_with('*') => {}
            true => pattern.push('*'),
            false => pattern.push_str(piece),
        }
        rest = after;
    }
    pattern
}

fn is_random(run: &str) -> bool {
    let digits = run.chars().filter(char::is_ascii_digit).count();
    digits == run.len() || (digits > 0 && run.len() >= RANDOM)
}

/// The length of a GUID that the text begins with, or 0.
fn guid(text: &str) -> usize {
    let shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    let is_guid = text.len() >= shape.len()
        && shape.chars().zip(text.chars()).all(|(shape, own)| match shape {
            '-' => own == '-',
            _ => own.is_ascii_hexdigit(),
        });
    if is_guid { shape.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Wildcard;
    use proptest::prelude::*;

    #[test]
    fn numbers_and_random_names_are_loose() {
        assert_eq!(like("Enable-PSRemoting -Force", None), "Enable-PSRemoting -Force");
        assert_eq!(like("ping 10.0.0.12; sleep 5", None), "ping *.*.*.*; sleep *");
        assert_eq!(
            like("& 'C:\\Temp\\0a1b2c3d-0000-4000-8000-000000000001\\x64.ps1'", None),
            "& 'C:\\Temp\\*\\x64.ps1'"
        );
        assert_eq!(like("tmp7Fa9c3Bd81e0.ps1", None), "*.ps1");
    }

    #[test]
    fn of_a_long_text_the_ends_and_the_match_are_kept() {
        let text =
            format!("begin {}Enable-PSRemoting{} end", "x ".repeat(2_000), " y".repeat(2_000));
        let at = text.find("Enable").unwrap();
        let pattern = like(&text, Some(at..at + 17));
        assert!(pattern.starts_with("begin x") && pattern.ends_with("y end"));
        assert!(pattern.contains("*") && pattern.contains("Enable-PSRemoting"));
        assert!(pattern.len() < 1_000);
    }

    proptest! {
        #[test]
        fn a_text_is_like_itself(
            text in "[a-f0-9ä\r\n -]{0,60}",
            times in 1_usize..60,
            at in any::<prop::sample::Index>(),
        ) {
            let text = text.repeat(times);
            let at = at.index(text.len() + 1);
            let matched = text.is_char_boundary(at).then_some(at..at);
            let pattern = like(&text, matched);
            prop_assert!(Wildcard::parse(&pattern, false).matches(&text), "{pattern:?}");
        }
    }
}
