//! Sets of characters.

use crate::sort;
use crate::text::fold_char;

/// A set of characters as ranges, sorted and apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Class(Vec<(char, char)>);

/// Characters beyond ASCII whose other cases are looked up one by one. A class that holds more of them is
/// a list of scripts rather than of letters.
const FOLDED: u32 = 4_096;

impl Class {
    pub(super) fn of(ranges: impl IntoIterator<Item = (char, char)>) -> Self {
        let mut class = Self::default();
        for (low, high) in ranges {
            class.add(low, high);
        }
        class
    }

    /// Every character.
    pub(super) fn all() -> Self {
        Self(vec![('\0', char::MAX)])
    }

    pub(super) fn ranges(&self) -> &[(char, char)] {
        &self.0
    }

    pub(super) fn add(&mut self, low: char, high: char) {
        self.0.push((low, high));
        sort::sort(&mut self.0);
        let mut merged: Vec<(char, char)> = Vec::with_capacity(self.0.len());
        for (low, high) in self.0.drain(..) {
            match merged.last_mut() {
                Some((_, last)) if low <= *last || Some(low) == after(*last) => {
                    *last = (*last).max(high);
                }
                _ => merged.push((low, high)),
            }
        }
        self.0 = merged;
    }

    pub(super) fn extend(&mut self, other: &Self) {
        for (low, high) in &other.0 {
            self.add(*low, *high);
        }
    }

    /// All other characters.
    pub(super) fn negated(&self) -> Self {
        let mut ranges = Vec::new();
        let mut next = Some('\0');
        for (low, high) in &self.0 {
            if let (Some(start), Some(end)) = (next, before(*low))
                && start <= end
            {
                ranges.push((start, end));
            }
            next = after(*high);
        }
        if let Some(start) = next {
            ranges.push((start, char::MAX));
        }
        Self(ranges)
    }

    /// With every letter's other case; `None` where it would take too long to look them up.
    pub(super) fn folded(&self) -> Option<Self> {
        let mut class = self.clone();
        let mut count = 0;
        for (low, high) in &self.0 {
            let low = (*low).max('\0');
            count += (u32::from(*high)).saturating_sub(u32::from(low).max(0x80));
            if count > FOLDED {
                return None;
            }
            for char in low..=*high {
                others(char).for_each(|other| class.add_quietly(other));
            }
        }
        Some(class)
    }

    /// The folded character, if all that are in the set are one in its cases.
    pub(super) fn single(&self) -> Option<char> {
        let (first, _) = self.0.first()?;
        let single = fold_char(*first);
        let same = self.0.iter().all(|(low, high)| {
            u32::from(*high) - u32::from(*low) < 4
                && (*low..=*high).all(|char| fold_char(char) == single)
        });
        same.then_some(single)
    }

    /// All cases of its single character are in it.
    pub(super) fn is_caseless(&self) -> bool {
        self.folded().is_some_and(|folded| folded == *self)
    }

    pub(super) fn contains(&self, char: char) -> bool {
        self.0.iter().any(|(low, high)| (*low..=*high).contains(&char))
    }

    fn add_quietly(&mut self, char: char) {
        if !self.contains(char) {
            self.add(char, char);
        }
    }
}

/// The other cases of a character, none of which leads from beyond ASCII into it or back.
fn others(char: char) -> impl Iterator<Item = char> {
    let single = |mut cases: Box<dyn Iterator<Item = char>>| match (cases.next(), cases.next()) {
        (Some(case), None) => Some(case),
        _ => None,
    };
    let lower = single(Box::new(char.to_lowercase()));
    let upper = single(Box::new(char.to_uppercase()));
    let folded = fold_char(char);
    [lower, upper].into_iter().flatten().filter(move |case| fold_char(*case) == folded)
}

fn after(char: char) -> Option<char> {
    match char {
        '\u{D7FF}' => Some('\u{E000}'),
        _ => char::from_u32(u32::from(char) + 1),
    }
}

fn before(char: char) -> Option<char> {
    match char {
        '\u{E000}' => Some('\u{D7FF}'),
        _ => u32::from(char).checked_sub(1).and_then(char::from_u32),
    }
}

/// `\d`, `\w`, `\s`, `\v` and their opposites, as PCRE has them without its Unicode option.
pub(super) fn shorthand(letter: char) -> Option<Class> {
    let class = match letter.to_ascii_lowercase() {
        'd' => Class::of([('0', '9')]),
        'w' => Class::of([('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
        's' => Class::of([('\t', '\r'), (' ', ' ')]),
        'v' => Class::of([('\n', '\r'), ('\u{85}', '\u{85}'), ('\u{2028}', '\u{2029}')]),
        _ => return None,
    };
    Some(if letter.is_ascii_uppercase() { class.negated() } else { class })
}

/// The classes that stand in brackets by name.
pub(super) fn posix(name: &str) -> Option<Class> {
    let ranges: &[(char, char)] = match name {
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "digit" => &[('0', '9')],
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "upper" => &[('A', 'Z')],
        "lower" => &[('a', 'z')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        "word" => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        "cntrl" => &[('\0', '\u{1F}'), ('\u{7F}', '\u{7F}')],
        "print" => &[(' ', '~')],
        "graph" => &[('!', '~')],
        "ascii" => &[('\0', '\u{7F}')],
        _ => return None,
    };
    Some(Class::of(ranges.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_stay_sorted_and_apart() {
        let class = Class::of([('d', 'f'), ('a', 'c'), ('x', 'x')]);
        assert_eq!(class.ranges(), [('a', 'f'), ('x', 'x')]);
        assert_eq!(class.negated().negated(), class);
        assert_eq!(Class::all().negated().ranges(), []);
    }

    #[test]
    fn folding_stays_in_its_half() {
        let folded = |char| Class::of([(char, char)]).folded().unwrap();
        assert_eq!(folded('k').ranges(), [('K', 'K'), ('k', 'k')]);
        assert_eq!(folded('ä').ranges(), [('Ä', 'Ä'), ('ä', 'ä')]);
        assert_eq!(folded('1').ranges(), [('1', '1')]);
        assert_eq!(folded('k').single(), Some('k'));
        assert!(Class::of([('\u{80}', '\u{FFFF}')]).folded().is_none());
    }
}
