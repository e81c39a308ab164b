//! [`CharClass`]: a set of characters, and the classes that PCRE names.

use crate::sort;
use crate::text::fold_char;

/// A set of characters: sorted ranges that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CharClass(Vec<(char, char)>);

/// Upper bound on the characters beyond ASCII whose other cases are looked up: those of a class, or those that it lacks. A
/// class that is large in both ways lists scripts rather than letters.
const MAX_FOLDED: u32 = 4_096;

impl CharClass {
    pub(super) fn from_ranges(ranges: impl IntoIterator<Item = (char, char)>) -> Self {
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
                Some((_, last)) if low <= *last || Some(low) == next_char(*last) => {
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

    /// Returns the class of all other characters.
    pub(super) fn negated(&self) -> Self {
        let mut ranges = Vec::new();
        let mut next = Some('\0');
        for (low, high) in &self.0 {
            if let (Some(start), Some(end)) = (next, previous_char(*low))
                && start <= end
            {
                ranges.push((start, end));
            }
            next = next_char(*high);
        }
        if let Some(start) = next {
            ranges.push((start, char::MAX));
        }
        Self(ranges)
    }

    /// Returns the class with the other cases of its letters, or `None` if it has more than [`MAX_FOLDED`] characters and
    /// lacks more than that many.
    pub(super) fn with_other_cases(&self) -> Option<Self> {
        let mut class = self.clone();
        if let Some(chars) = self.chars_to_fold() {
            chars.flat_map(other_cases).for_each(|other| class.add_char(other));
        } else {
            // `[\s\S]` and its like: few characters can be missing.
            let missing = self.negated();
            let cases_inside = |char: &char| other_cases(*char).any(|other| self.contains(other));
            missing.chars_to_fold()?.filter(cases_inside).for_each(|char| class.add_char(char));
        }
        Some(class)
    }

    /// Returns the characters, or `None` for more than [`MAX_FOLDED`] beyond ASCII.
    fn chars_to_fold(&self) -> Option<impl Iterator<Item = char>> {
        let beyond_ascii =
            |(low, high): &(char, char)| u32::from(*high).saturating_sub(u32::from(*low).max(0x80));
        let count: u32 = self.0.iter().map(beyond_ascii).sum();
        (count <= MAX_FOLDED).then(|| self.0.iter().flat_map(|(low, high)| *low..=*high))
    }

    /// Returns the folded character of a class that has cases of one character only.
    pub(super) fn single_folded(&self) -> Option<char> {
        let (first, _) = self.0.first()?;
        let single = fold_char(*first);
        let is_single = self.0.iter().all(|(low, high)| {
            u32::from(*high) - u32::from(*low) < 4
                && (*low..=*high).all(|char| fold_char(char) == single)
        });
        is_single.then_some(single)
    }

    /// Whether the class has all cases of its letters.
    pub(super) fn is_caseless(&self) -> bool {
        self.with_other_cases().is_some_and(|class| class == *self)
    }

    pub(super) fn contains(&self, char: char) -> bool {
        self.0.iter().any(|(low, high)| (*low..=*high).contains(&char))
    }

    fn add_char(&mut self, char: char) {
        if !self.contains(char) {
            self.add(char, char);
        }
    }
}

/// Returns the other cases of a character: for ASCII those in ASCII, for others those beyond it.
fn other_cases(char: char) -> impl Iterator<Item = char> {
    let single = |mut cases: Box<dyn Iterator<Item = char>>| match (cases.next(), cases.next()) {
        (Some(case), None) => Some(case),
        _ => None,
    };
    let lower = single(Box::new(char.to_lowercase()));
    let upper = single(Box::new(char.to_uppercase()));
    let folded = fold_char(char);
    [lower, upper].into_iter().flatten().filter(move |case| fold_char(*case) == folded)
}

fn next_char(char: char) -> Option<char> {
    match char {
        '\u{D7FF}' => Some('\u{E000}'),
        _ => char::from_u32(u32::from(char) + 1),
    }
}

fn previous_char(char: char) -> Option<char> {
    match char {
        '\u{E000}' => Some('\u{D7FF}'),
        _ => u32::from(char).checked_sub(1).and_then(char::from_u32),
    }
}

/// Returns the class of `\d`, `\w`, `\s` or `\v`, or its complement for an upper-case letter, as PCRE defines them
/// without its Unicode option.
pub(super) fn perl_class(letter: char) -> Option<CharClass> {
    let class = match letter.to_ascii_lowercase() {
        'd' => CharClass::from_ranges([('0', '9')]),
        'w' => CharClass::from_ranges([('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
        's' => CharClass::from_ranges([('\t', '\r'), (' ', ' ')]),
        'v' => {
            CharClass::from_ranges([('\n', '\r'), ('\u{85}', '\u{85}'), ('\u{2028}', '\u{2029}')])
        }
        _ => return None,
    };
    Some(if letter.is_ascii_uppercase() { class.negated() } else { class })
}

/// Returns the class of a name in `[[:name:]]`.
pub(super) fn posix_class(name: &str) -> Option<CharClass> {
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
    Some(CharClass::from_ranges(ranges.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_sorted_and_merged() {
        let class = CharClass::from_ranges([('d', 'f'), ('a', 'c'), ('x', 'x')]);
        assert_eq!(class.ranges(), [('a', 'f'), ('x', 'x')]);
        assert_eq!(class.negated().negated(), class);
        assert_eq!(CharClass::all().negated().ranges(), []);
    }

    #[test]
    fn other_cases_are_on_the_same_side_of_ascii() {
        let both = |char| CharClass::from_ranges([(char, char)]).with_other_cases().unwrap();
        assert_eq!(both('k').ranges(), [('K', 'K'), ('k', 'k')]);
        assert_eq!(both('ä').ranges(), [('Ä', 'Ä'), ('ä', 'ä')]);
        assert_eq!(both('1').ranges(), [('1', '1')]);
        assert_eq!(both('k').single_folded(), Some('k'));
        assert!(CharClass::from_ranges([('\u{80}', '\u{FFFF}')]).with_other_cases().is_none());
    }

    #[test]
    fn a_class_that_lacks_few_characters_gets_the_other_cases_of_its_letters() {
        assert_eq!(CharClass::all().with_other_cases(), Some(CharClass::all()));
        let without = |char| CharClass::from_ranges([(char, char)]).negated();
        assert_eq!(without('k').with_other_cases(), Some(CharClass::all()));
        assert_eq!(without('\n').with_other_cases(), Some(without('\n')));
    }
}
