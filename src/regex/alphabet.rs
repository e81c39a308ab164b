//! Characters that a pattern never tells apart are of one kind.

use super::class::{Class, shorthand};
use crate::sort;

/// Number of a class in its [`Kinds`].
pub(super) type ClassId = u16;

/// The kinds of characters of a pattern, and which classes they belong to.
#[derive(Debug)]
pub(super) struct Kinds {
    classes: Vec<Class>,
    /// Where ranges of one kind begin, the first at 0, and their kinds.
    ranges: Vec<(u32, u8)>,
    ascii: [u8; 128],
    /// Which kinds are in which classes: for each class, all kinds.
    members: Vec<bool>,
    count: usize,
}

/// More kinds than published patterns have by far. A table has a column for each.
const MOST: usize = 200;

/// The classes that are always there.
const WORD: ClassId = 0;
const NEWLINE: ClassId = 1;

impl Kinds {
    pub(super) fn new() -> Self {
        let classes = vec![shorthand('w').unwrap_or_default(), Class::of([('\n', '\n')])];
        Self { classes, ranges: Vec::new(), ascii: [0; 128], members: Vec::new(), count: 0 }
    }

    pub(super) fn newline(&self) -> ClassId {
        NEWLINE
    }

    /// The number of a class. All classes are numbered before characters are told.
    pub(super) fn class(&mut self, class: &Class) -> Option<ClassId> {
        let known = self.classes.iter().position(|known| known == class);
        let id = known.unwrap_or_else(|| {
            self.classes.push(class.clone());
            self.classes.len() - 1
        });
        ClassId::try_from(id).ok()
    }

    /// Tells the kinds. `None` where there are too many.
    pub(super) fn told(mut self) -> Option<Self> {
        let mut bounds = vec![0];
        for (low, high) in self.classes.iter().flat_map(Class::ranges) {
            bounds.extend([u32::from(*low), u32::from(*high) + 1]);
        }
        sort::sort(&mut bounds);
        bounds.dedup();
        let mut kinds: Vec<Vec<bool>> = Vec::new();
        for start in bounds {
            let is_in = |class: &Class| {
                class
                    .ranges()
                    .iter()
                    .any(|(low, high)| (u32::from(*low)..=u32::from(*high)).contains(&start))
            };
            let members: Vec<bool> = self.classes.iter().map(is_in).collect();
            let kind = kinds.iter().position(|known| *known == members).unwrap_or_else(|| {
                kinds.push(members);
                kinds.len() - 1
            });
            if kinds.len() > MOST {
                return None;
            }
            self.ranges.push((start, u8::try_from(kind).ok()?));
        }
        self.count = kinds.len();
        for class in 0..self.classes.len() {
            self.members.extend(kinds.iter().map(|members| members.get(class) == Some(&true)));
        }
        self.ascii = std::array::from_fn(|byte| {
            u8::try_from(byte).map_or(0, |byte| self.of(char::from(byte)))
        });
        Some(self)
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The kind of the character that begins here, and its length.
    #[inline]
    pub(super) fn at(&self, text: &str, at: usize) -> Option<(u8, usize)> {
        let byte = *text.as_bytes().get(at)?;
        match self.ascii.get(usize::from(byte)) {
            Some(kind) => Some((*kind, 1)),
            None => {
                let char = text.get(at..)?.chars().next()?;
                Some((self.of(char), char.len_utf8()))
            }
        }
    }

    /// The kind of the character that ends here, and its length.
    #[inline]
    pub(super) fn before(&self, text: &str, at: usize) -> Option<(u8, usize)> {
        let byte = *text.as_bytes().get(at.checked_sub(1)?)?;
        match self.ascii.get(usize::from(byte)) {
            Some(kind) => Some((*kind, 1)),
            None => {
                let char = text.get(..at)?.chars().next_back()?;
                Some((self.of(char), char.len_utf8()))
            }
        }
    }

    pub(super) fn of(&self, char: char) -> u8 {
        let after = self.ranges.partition_point(|(start, _)| *start <= u32::from(char));
        after.checked_sub(1).and_then(|at| self.ranges.get(at)).map_or(0, |(_, kind)| *kind)
    }

    pub(super) fn is_in(&self, kind: u8, class: ClassId) -> bool {
        self.members.get(usize::from(class) * self.count + usize::from(kind)) == Some(&true)
    }

    pub(super) fn is_word(&self, kind: u8) -> bool {
        self.is_in(kind, WORD)
    }

    pub(super) fn is_newline(&self, kind: u8) -> bool {
        self.is_in(kind, NEWLINE)
    }
}
