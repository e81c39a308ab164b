//! [`Alphabet`]: characters that a pattern never distinguishes are one symbol.
//!
//! A transition table then has a column for each symbol (mostly fewer than ten) instead of one for each character.
//!
//! ```text
//! pattern  [a-f]\d+      classes   a-f       0-9       \w        \n
//! symbols  0: other      1: \n     2: 0-9    3: g-z A-Z _        4: a-f
//! ```

use super::class::{CharClass, perl_class};
use crate::sort;

/// Number of a class in its [`Alphabet`].
pub(super) type ClassId = u16;

/// Collects the classes of a pattern, from which [`AlphabetBuilder::build`] makes the alphabet.
#[derive(Debug)]
pub(super) struct AlphabetBuilder {
    classes: Vec<CharClass>,
}

/// The symbols of a pattern, and the classes that contain them.
#[derive(Debug)]
pub(super) struct Alphabet {
    /// First character and symbol of each range of characters, ascending from character 0.
    ranges: Vec<(u32, u8)>,
    ascii: [u8; 128],
    /// A row for each class: whether it contains each symbol.
    members: Vec<bool>,
    len: usize,
}

/// Upper bound on symbols, far above what published patterns have. Each is a column in the transition table.
const MAX_SYMBOLS: usize = 200;

/// The classes that every alphabet has, for assertions.
const WORD: ClassId = 0;
pub(super) const NEWLINE: ClassId = 1;

impl AlphabetBuilder {
    pub(super) fn new() -> Self {
        let word = perl_class('w').unwrap_or_default();
        Self { classes: vec![word, CharClass::from_ranges([('\n', '\n')])] }
    }

    /// Adds a class unless it is known. Returns its number, or `None` for one class too many.
    pub(super) fn add(&mut self, class: &CharClass) -> Option<ClassId> {
        let known = self.classes.iter().position(|known| known == class);
        let id = known.unwrap_or_else(|| {
            self.classes.push(class.clone());
            self.classes.len() - 1
        });
        ClassId::try_from(id).ok()
    }

    /// Returns `None` for more than [`MAX_SYMBOLS`] symbols.
    pub(super) fn build(self) -> Option<Alphabet> {
        let mut bounds = vec![0];
        for (low, high) in self.classes.iter().flat_map(CharClass::ranges) {
            bounds.extend([u32::from(*low), u32::from(*high) + 1]);
        }
        sort::sort(&mut bounds);
        bounds.dedup();
        let mut ranges = Vec::new();
        // For each symbol, the classes that contain it.
        let mut symbols: Vec<Vec<bool>> = Vec::new();
        for start in bounds {
            let is_in = |class: &CharClass| {
                class
                    .ranges()
                    .iter()
                    .any(|(low, high)| (u32::from(*low)..=u32::from(*high)).contains(&start))
            };
            let members: Vec<bool> = self.classes.iter().map(is_in).collect();
            let symbol = symbols.iter().position(|known| *known == members).unwrap_or_else(|| {
                symbols.push(members);
                symbols.len() - 1
            });
            if symbols.len() > MAX_SYMBOLS {
                return None;
            }
            ranges.push((start, u8::try_from(symbol).ok()?));
        }
        let row =
            |class: usize| symbols.iter().map(move |members| members.get(class) == Some(&true));
        let members = (0..self.classes.len()).flat_map(row).collect();
        let mut alphabet = Alphabet { ranges, ascii: [0; 128], members, len: symbols.len() };
        alphabet.ascii = std::array::from_fn(|byte| {
            u8::try_from(byte).map_or(0, |byte| alphabet.symbol(char::from(byte)))
        });
        Some(alphabet)
    }
}

impl Alphabet {
    /// The number of symbols.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns the symbol of the character that begins at `at`, and the character's length in bytes.
    #[inline]
    pub(super) fn symbol_after(&self, text: &str, at: usize) -> Option<(u8, usize)> {
        let byte = *text.as_bytes().get(at)?;
        match self.ascii.get(usize::from(byte)) {
            Some(symbol) => Some((*symbol, 1)),
            None => {
                let char = text.get(at..)?.chars().next()?;
                Some((self.symbol(char), char.len_utf8()))
            }
        }
    }

    /// Returns the symbol of the character that ends at `at`, and the character's length in bytes.
    #[inline]
    pub(super) fn symbol_before(&self, text: &str, at: usize) -> Option<(u8, usize)> {
        let byte = *text.as_bytes().get(at.checked_sub(1)?)?;
        match self.ascii.get(usize::from(byte)) {
            Some(symbol) => Some((*symbol, 1)),
            None => {
                let char = text.get(..at)?.chars().next_back()?;
                Some((self.symbol(char), char.len_utf8()))
            }
        }
    }

    pub(super) fn symbol(&self, char: char) -> u8 {
        let after = self.ranges.partition_point(|(start, _)| *start <= u32::from(char));
        after.checked_sub(1).and_then(|at| self.ranges.get(at)).map_or(0, |(_, symbol)| *symbol)
    }

    pub(super) fn is_in(&self, symbol: u8, class: ClassId) -> bool {
        self.members.get(usize::from(class) * self.len + usize::from(symbol)) == Some(&true)
    }

    pub(super) fn is_word(&self, symbol: u8) -> bool {
        self.is_in(symbol, WORD)
    }

    pub(super) fn is_newline(&self, symbol: u8) -> bool {
        self.is_in(symbol, NEWLINE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_the_same_classes_are_one_symbol() {
        let mut builder = AlphabetBuilder::new();
        let class = |ranges: &[(char, char)]| CharClass::from_ranges(ranges.iter().copied());
        let letters = builder.add(&class(&[('a', 'f'), ('é', 'é')])).unwrap();
        assert_eq!(builder.add(&class(&[('a', 'f'), ('é', 'é')])), Some(letters));
        let alphabet = builder.build().unwrap();
        let symbol = |char| alphabet.symbol(char);
        assert_eq!(symbol('a'), symbol('f'));
        assert_eq!(symbol('g'), symbol('0'), "both are word characters of no other class");
        assert_eq!(symbol(' '), symbol('😀'));
        // `a` is a word character, `é` is not.
        assert_ne!(symbol('a'), symbol('é'));
        assert_eq!(alphabet.len(), 5);
        assert!(alphabet.is_in(symbol('é'), letters) && !alphabet.is_word(symbol('é')));
        assert!(alphabet.is_newline(symbol('\n')));
        assert_eq!(alphabet.symbol_after("xé", 1), Some((symbol('é'), 2)));
        assert_eq!(alphabet.symbol_before("xé", 3), Some((symbol('é'), 2)));
        assert_eq!(alphabet.symbol_before("xé", 0), None);
    }

    #[test]
    fn too_many_symbols_are_refused() {
        let mut builder = AlphabetBuilder::new();
        for char in ('\u{400}'..).take(MAX_SYMBOLS) {
            builder.add(&CharClass::from_ranges([(char, char)])).unwrap();
        }
        assert!(builder.build().is_none());
    }
}
