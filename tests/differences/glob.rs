//! Wildcard patterns, matched without the engine's code.

/// One element of a pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum GlobToken {
    /// Any characters.
    Any,
    /// Any one character.
    One,
    /// This character, in lower case.
    Char(char),
}

fn lower_char(char: char) -> char {
    let mut lower = char.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => char,
    }
}

pub(crate) fn lower(text: &str) -> String {
    text.chars().map(lower_char).collect()
}

pub(crate) fn literal(text: &str) -> Vec<GlobToken> {
    text.chars().map(lower_char).map(GlobToken::Char).collect()
}

/// Returns whether a text in lower case matches from its beginning to its end.
pub(crate) fn matches(pattern: &[GlobToken], text: &str) -> bool {
    if pattern.contains(&GlobToken::One) {
        return by_table(pattern, &text.chars().collect::<Vec<_>>());
    }
    let pieces: Vec<String> = pattern
        .split(|token| *token == GlobToken::Any)
        .map(|piece| {
            piece
                .iter()
                .filter_map(
                    |token| if let GlobToken::Char(char) = token { Some(*char) } else { None },
                )
                .collect()
        })
        .collect();
    let (first, rest) = pieces.split_first().unwrap();
    let Some((last, middle)) = rest.split_last() else { return text == first };
    let Some(mut text) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match text.find(piece.as_str()) {
            Some(at) => text = &text[at + piece.len()..],
            None => return false,
        }
    }
    text.ends_with(last.as_str())
}

/// Computes for each token the positions at which the pattern up to it can end: a row of the dynamic programming table.
fn by_table(pattern: &[GlobToken], text: &[char]) -> bool {
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for token in pattern {
        let mut next = vec![false; text.len() + 1];
        match token {
            GlobToken::Any => {
                let mut reached = false;
                for (own, before) in next.iter_mut().zip(&row) {
                    reached |= before;
                    *own = reached;
                }
            }
            GlobToken::One => next[1..].copy_from_slice(&row[..text.len()]),
            GlobToken::Char(char) => {
                for (at, own) in text.iter().enumerate() {
                    next[at + 1] = row[at] && own == char;
                }
            }
        }
        row = next;
    }
    row[text.len()]
}
