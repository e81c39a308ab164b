//! "Texts like this": a wildcard pattern that matches a script's text and its variations.

use std::ops::Range;

/// Longest text, in characters, that a pattern has in full. Of a longer text it has the start, the match and the end.
const FULL_CHARS: usize = 1_000;

/// Characters of a longer text's start and end, and on either side of the match's start.
const CONTEXT_CHARS: usize = 160;

/// Fewest characters of a run of letters and digits that is taken for a random name.
const RANDOM_CHARS: usize = 12;

/// Returns the pattern, as a value of `search`. Numbers and random names, which differ between runs, become `*`.
pub(super) fn generalize(text: &str, matched: Option<Range<usize>>) -> String {
    if text.chars().nth(FULL_CHARS).is_none() {
        return replace_variable(text);
    }
    let edge = |at: Option<(usize, char)>, otherwise| at.map_or(otherwise, |(at, _)| at);
    let head = edge(text.char_indices().nth(CONTEXT_CHARS), text.len());
    let tail = edge(text.char_indices().nth_back(CONTEXT_CHARS - 1), 0);
    let mut pieces = vec![replace_variable(text.get(..head).unwrap_or_default())];
    if let Some((before, after)) = matched.and_then(|range| text.split_at_checked(range.start)) {
        let start = edge(before.char_indices().nth_back(CONTEXT_CHARS - 1), 0).max(head);
        let end = before.len() + edge(after.char_indices().nth(CONTEXT_CHARS), after.len());
        pieces.push(replace_variable(text.get(start..end.min(tail)).unwrap_or_default()));
    }
    pieces.push(replace_variable(text.get(tail..).unwrap_or_default()));
    pieces.retain(|piece| !piece.is_empty());
    pieces.join("*").replace("**", "*")
}

/// Replaces numbers, GUIDs and random names by `*`.
fn replace_variable(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = |good: fn(char) -> bool| rest.find(|c: char| !good(c)).unwrap_or(rest.len());
        let guid = guid_length(rest);
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

/// Whether a run of letters and digits is a number or looks random: long, with a digit.
fn is_random(run: &str) -> bool {
    let digits = run.chars().filter(char::is_ascii_digit).count();
    digits == run.len() || (digits > 0 && run.len() >= RANDOM_CHARS)
}

/// Returns the length of the GUID that the text begins with, or 0.
fn guid_length(text: &str) -> usize {
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
    fn numbers_and_random_names_become_wildcards() {
        assert_eq!(generalize("Enable-PSRemoting -Force", None), "Enable-PSRemoting -Force");
        assert_eq!(generalize("ping 10.0.0.12; sleep 5", None), "ping *.*.*.*; sleep *");
        assert_eq!(
            generalize("& 'C:\\Temp\\0a1b2c3d-0000-4000-8000-000000000001\\x64.ps1'", None),
            "& 'C:\\Temp\\*\\x64.ps1'"
        );
        assert_eq!(generalize("tmp7Fa9c3Bd81e0.ps1", None), "*.ps1");
    }

    #[test]
    fn a_long_text_keeps_its_ends_and_its_match() {
        let text =
            format!("begin {}Enable-PSRemoting{} end", "x ".repeat(2_000), " y".repeat(2_000));
        let at = text.find("Enable").unwrap();
        let pattern = generalize(&text, Some(at..at + 17));
        assert!(pattern.starts_with("begin x") && pattern.ends_with("y end"));
        assert!(pattern.contains("*") && pattern.contains("Enable-PSRemoting"));
        assert!(pattern.len() < 1_000);
    }

    proptest! {
        #[test]
        fn the_pattern_matches_its_text(
            text in "[a-f0-9ä\r\n -]{0,60}",
            times in 1_usize..60,
            at in any::<prop::sample::Index>(),
        ) {
            let text = text.repeat(times);
            let at = at.index(text.len() + 1);
            let matched = text.is_char_boundary(at).then_some(at..at);
            let pattern = generalize(&text, matched);
            prop_assert!(Wildcard::parse(&pattern, false).matches(&text), "{pattern:?}");
        }
    }
}
