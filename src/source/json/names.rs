//! Finds names that occur twice in one object of a document.

use crate::source::field_names::FieldKey;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Where a value was read: a hash of its name and of the names of its enclosing objects, and its innermost list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NamePlace {
    name: u64,
    list: u32,
}

impl NamePlace {
    /// Creates the place of a value. `list` is the number of its innermost list, 0 outside of lists.
    pub(super) fn new(path: &[u8], name: &[u8], list: u32) -> Self {
        Self { name: xxh3_64_with_seed(name, xxh3_64(path)), list }
    }

    /// Whether a value here replaces one that was read there. The elements of one list have one name.
    fn replaces(self, before: Self) -> bool {
        self.name == before.name && (self.list == 0 || self.list != before.list)
    }
}

/// The places of the values read so far.
#[derive(Default)]
pub(super) struct NamesRead {
    known: [NamePlace; FieldKey::COUNT],
    others: Vec<(NamePlace, usize)>,
    /// One bit for each of 1,024 hashes, set if one of the others has it.
    filter: [u64; 16],
}

impl NamesRead {
    /// Whether a value for the key replaces the present one.
    pub(super) fn replaces_known(&self, key: FieldKey, place: NamePlace) -> bool {
        self.known.get(key as usize).is_some_and(|before| place.replaces(*before))
    }

    /// Sets the place of the present value of a key.
    pub(super) fn set_known(&mut self, key: FieldKey, place: NamePlace) {
        if let Some(known) = self.known.get_mut(key as usize) {
            *known = place;
        }
    }

    /// Returns the index of the other value that a value here replaces.
    pub(super) fn find_other(&self, place: NamePlace) -> Option<usize> {
        let (word, bit) = filter_bit(place);
        if self.filter.get(word).is_none_or(|bits| bits & bit == 0) {
            return None;
        }
        let found = self.others.iter().rfind(|(before, _)| place.replaces(*before));
        found.map(|(_, index)| *index)
    }

    /// Adds the place of the other value at this index.
    pub(super) fn add_other(&mut self, place: NamePlace, index: usize) {
        let (word, bit) = filter_bit(place);
        if let Some(bits) = self.filter.get_mut(word) {
            *bits |= bit;
        }
        self.others.push((place, index));
    }
}

fn filter_bit(place: NamePlace) -> (usize, u64) {
    ((place.name >> 6 & 15) as usize, 1 << (place.name & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_again_in_its_object_but_not_in_its_list() {
        let mut names = NamesRead::default();
        let place =
            |path: &str, name: &str, list| NamePlace::new(path.as_bytes(), name.as_bytes(), list);
        names.add_other(place("a", "x", 0), 0);
        names.add_other(place("a", "y", 1), 1);
        assert_eq!(names.find_other(place("a", "x", 0)), Some(0));
        assert_eq!(names.find_other(place("b", "x", 0)), None);
        assert_eq!(names.find_other(place("a", "y", 1)), None);
        assert_eq!(names.find_other(place("a", "y", 2)), Some(1));
        names.set_known(FieldKey::Text, place("", "t", 0));
        assert!(names.replaces_known(FieldKey::Text, place("", "t", 0)));
        assert!(!names.replaces_known(FieldKey::Text, place("", "u", 0)));
        assert!(!names.replaces_known(FieldKey::Path, place("", "t", 0)));
    }
}
