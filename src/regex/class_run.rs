//! [`ClassRun`]: a long run of one class that every match has, such as the 44 characters of base64 in
//! `[A-Za-z0-9+/]{44,}`.
//!
//! Few texts have such a run, and testing every 44th character is enough to rule most texts out.

use super::class::CharClass;
use super::hir::Hir;

/// A run of ASCII characters of a class.
#[derive(Clone, Debug)]
pub(super) struct ClassRun {
    members: Box<[bool; 256]>,
    length: usize,
}

/// Least length of a run: nearly every text has the shorter ones.
const MIN_LENGTH: u32 = 12;

impl ClassRun {
    /// Returns the longest run that every match of a pattern has.
    pub(super) fn longest(hir: &Hir) -> Option<Self> {
        match hir {
            Hir::Repeat(inner, min, ..) if *min >= MIN_LENGTH => match only_class(inner) {
                Some(class) => Self::new(class, usize::try_from(*min).ok()?),
                None => Self::longest(inner),
            },
            Hir::Repeat(inner, 1.., ..) | Hir::Group(_, inner) => Self::longest(inner),
            Hir::Concat(nodes) => {
                nodes.iter().filter_map(Self::longest).max_by_key(|run| run.length)
            }
            _ => None,
        }
    }

    /// Returns `None` for a class with characters beyond ASCII: one of them has several bytes.
    fn new(class: &CharClass, length: usize) -> Option<Self> {
        let mut members = Box::new([false; 256]);
        for (low, high) in class.ranges() {
            for char in *low..=*high {
                if !char.is_ascii() {
                    return None;
                }
                if let Some(member) = members.get_mut(char as usize) {
                    *member = true;
                }
            }
        }
        Some(Self { members, length })
    }

    /// Whether a text has such a run.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let is_member = |byte: &u8| self.members.get(usize::from(*byte)).copied().unwrap_or(false);
        let mut start = 0;
        while let Some(window) = bytes.get(start..start + self.length) {
            // No run contains the last byte of another class: the next one can begin after it.
            match window.iter().rposition(|byte| !is_member(byte)) {
                Some(at) => start += at + 1,
                None => return true,
            }
        }
        false
    }
}

/// Returns the class if a node matches one character of it and nothing else.
fn only_class(hir: &Hir) -> Option<&CharClass> {
    match hir {
        Hir::Class(class) => Some(class),
        Hir::Group(_, inner) => only_class(inner),
        Hir::Concat(nodes) => match nodes.as_slice() {
            [only] => only_class(only),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regex::hir::RegexFlags;
    use crate::regex::parse::parse;

    fn run(pattern: &str) -> Option<ClassRun> {
        ClassRun::longest(&parse(pattern, RegexFlags::default()).unwrap().0)
    }

    #[test]
    fn a_run_must_be_long_and_of_ascii() {
        let base64 = run("x?[A-Za-z0-9+/]{44,}={0,2}").unwrap();
        assert!(base64.is_in(&format!("- {} -", "Ab+1".repeat(11))));
        assert!(!base64.is_in(&format!("{}-{}", "A".repeat(43), "A".repeat(43))));
        assert!(!base64.is_in(""));
        assert!(run("(?i)(?:[0-9a-f]{2}){20}").is_none());
        assert!(run("(\\d{20})+").is_some());
        assert!(run("a|\\d{20}").is_none());
        assert!(run("(\\d{20})?").is_none());
        assert!(run("[^ ]{20}").is_none(), "a class beyond ASCII");
    }
}
