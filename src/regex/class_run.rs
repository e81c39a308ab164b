//! Long runs of one class that a pattern needs, such as the 44 characters of base64: few texts have them,
//! and to look for one every 44th character is enough.

use super::class::Class;
use super::parse::Node;

/// A run of ASCII characters of a class.
#[derive(Clone, Debug)]
pub(super) struct Run {
    members: Box<[bool; 256]>,
    length: usize,
}

/// Shorter runs stand in nearly every text.
const LONG: u32 = 12;

impl Run {
    /// The longest run that every text has that the node matches.
    pub(super) fn of(node: &Node) -> Option<Self> {
        match node {
            Node::Repeat(inner, min, ..) if *min >= LONG => match inner_class(inner) {
                Some(class) => Self::new(class, usize::try_from(*min).ok()?),
                None => Self::of(inner),
            },
            Node::Repeat(inner, 1.., ..) | Node::Group(_, inner) => Self::of(inner),
            Node::Concat(nodes) => nodes.iter().filter_map(Self::of).max_by_key(|run| run.length),
            _ => None,
        }
    }

    /// Only of classes within ASCII, so that a byte is a character.
    fn new(class: &Class, length: usize) -> Option<Self> {
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

    /// Whether such a run stands in a text.
    pub(super) fn stands_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let is_member = |byte: &u8| self.members.get(usize::from(*byte)).copied().unwrap_or(false);
        let mut start = 0;
        while let Some(window) = bytes.get(start..start + self.length) {
            // The last character that is none begins what can be a run.
            match window.iter().rposition(|byte| !is_member(byte)) {
                Some(at) => start += at + 1,
                None => return true,
            }
        }
        false
    }
}

fn inner_class(node: &Node) -> Option<&Class> {
    match node {
        Node::Class(class) => Some(class),
        Node::Group(_, inner) => inner_class(inner),
        Node::Concat(nodes) => match nodes.as_slice() {
            [only] => inner_class(only),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regex::parse::parse;

    fn run(pattern: &str) -> Option<Run> {
        Run::of(&parse(pattern, super::super::RegexFlags::default()).unwrap().0)
    }

    #[test]
    fn runs_are_found_where_they_are_long_enough() {
        let base64 = run("x?[A-Za-z0-9+/]{44,}={0,2}").unwrap();
        assert!(base64.stands_in(&format!("- {} -", "Ab+1".repeat(11))));
        assert!(!base64.stands_in(&format!("{}-{}", "A".repeat(43), "A".repeat(43))));
        assert!(!base64.stands_in(""));
        assert!(run("(?i)(?:[0-9a-f]{2}){20}").is_none());
        assert!(run("(\\d{20})+").is_some());
        assert!(run("a|\\d{20}").is_none());
        assert!(run("(\\d{20})?").is_none());
        assert!(run("[^ ]{20}").is_none(), "a class beyond ASCII");
    }
}
