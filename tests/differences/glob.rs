//! Wildcards, matched character by character.

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mark {
    /// Any characters.
    Any,
    /// Any one character.
    One,
    /// This character, in small letters.
    Char(char),
}

fn small(char: char) -> char {
    let mut lower = char.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => char,
    }
}

pub(crate) fn lower(text: &str) -> String {
    text.chars().map(small).collect()
}

pub(crate) fn literal(text: &str) -> Vec<Mark> {
    text.chars().map(small).map(Mark::Char).collect()
}

/// Whether the whole of a text in small letters matches.
pub(crate) fn matches(pattern: &[Mark], text: &str) -> bool {
    if pattern.contains(&Mark::One) {
        return by_table(pattern, &text.chars().collect::<Vec<_>>());
    }
    let pieces: Vec<String> = pattern
        .split(|mark| *mark == Mark::Any)
        .map(|piece| {
            piece
                .iter()
                .filter_map(|mark| if let Mark::Char(char) = mark { Some(*char) } else { None })
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

/// A row of the table for each piece: where the pattern so far can end.
fn by_table(pattern: &[Mark], text: &[char]) -> bool {
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for mark in pattern {
        let mut next = vec![false; text.len() + 1];
        match mark {
            Mark::Any => {
                let mut reached = false;
                for (own, before) in next.iter_mut().zip(&row) {
                    reached |= before;
                    *own = reached;
                }
            }
            Mark::One => next[1..].copy_from_slice(&row[..text.len()]),
            Mark::Char(char) => {
                for (at, own) in text.iter().enumerate() {
                    next[at + 1] = row[at] && own == char;
                }
            }
        }
        row = next;
    }
    row[text.len()]
}
