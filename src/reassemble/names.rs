//! [`BlockNames`]: script blocks that a problem lists.

use super::filter::MissedViews;
use super::key::BlockKey;
use crate::limits;
use crate::ordered::OrderedSet;
use crate::wire::{WireReader, WireWriter};

/// Computers and ids of script blocks: the first in alphabetical order, so that the list does not depend on the order in
/// which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockNames {
    names: OrderedSet<(String, String)>,
    has_more: bool,
}

impl BlockNames {
    pub(super) fn insert(&mut self, key: &BlockKey) {
        self.insert_names(key.computer.to_string(), key.id.to_string());
    }

    fn insert_names(&mut self, computer: String, id: String) {
        self.names.insert((computer, id));
        if self.names.len() > limits::NAMED_BLOCKS {
            self.names.pop_last();
            self.has_more = true;
        }
    }

    /// Computer and script block id of each.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names.iter().map(|(computer, id)| (computer.as_str(), id.as_str()))
    }

    /// Whether there are more than are listed.
    pub(crate) fn has_more(&self) -> bool {
        self.has_more
    }

    pub(super) fn write(&self, writer: &mut WireWriter) {
        writer.number(self.has_more.into());
        writer.list(self.names.iter(), |writer, (computer, id)| {
            writer.text(computer);
            writer.text(id);
        });
    }

    /// Adds what another session wrote.
    pub(super) fn merge(&mut self, reader: &mut WireReader<'_>) -> Option<()> {
        self.has_more |= reader.number()? != 0;
        let names = reader.list(|reader| Some((reader.text()?, reader.text()?)))?;
        names.into_iter().for_each(|(computer, id)| self.insert_names(computer, id));
        Some(())
    }
}

/// Blocks of whose views limits kept something from being searched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MissedViewNames {
    /// Views were not searched.
    pub(crate) unsearched: BlockNames,
    /// Scripts were not evaluated to their end.
    pub(crate) unevaluated: BlockNames,
}

impl MissedViewNames {
    pub(super) fn note(&mut self, missed: MissedViews, key: impl FnOnce() -> BlockKey) {
        if !missed.unsearched && !missed.unevaluated {
            return;
        }
        let key = key();
        if missed.unsearched {
            self.unsearched.insert(&key);
        }
        if missed.unevaluated {
            self.unevaluated.insert(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_stay_in_any_order() {
        let names = |numbers: &mut dyn Iterator<Item = usize>| {
            let mut names = BlockNames::default();
            numbers.for_each(|number| names.insert_names(format!("{number:04}"), String::new()));
            names
        };
        let most = limits::NAMED_BLOCKS;
        let all = names(&mut (0..2 * most));
        assert_eq!(all, names(&mut (0..2 * most).rev()));
        assert_eq!((all.iter().count(), all.has_more()), (most, true));
        assert!(!names(&mut (0..most)).has_more());
    }
}
