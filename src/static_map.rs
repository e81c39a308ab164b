//! [`StaticMap`]: a hash map from names to values, built at compile time.
//!
//! Matching a text against a hundred names in code takes kilobytes of comparisons, which an engine compiles wherever the
//! wasm is loaded. A table is data.

/// A map from names to values. `SLOTS` is a power of two above the number of names.
///
/// A hash table with linear probing. Duplicate names fail the build:
///
/// ```text
/// entries   0 red     1 green   2 blue
/// slots     [2, 0, 3, 1]        entry index + 1 in the slot of the name's hash or the next free one; 0 is free
/// ```
pub(crate) struct StaticMap<T: 'static, const SLOTS: usize> {
    entries: &'static [(&'static [u8], T)],
    /// Entry index + 1, or 0 for a free slot.
    slots: [u8; SLOTS],
}

impl<T: Copy, const SLOTS: usize> StaticMap<T, SLOTS> {
    /// Builds the table. Panics, at compile time, on a duplicate name or too many names.
    #[allow(clippy::indexing_slicing, reason = "runs when the crate is compiled")]
    pub(crate) const fn new(entries: &'static [(&'static [u8], T)]) -> Self {
        assert!(SLOTS.is_power_of_two() && entries.len() < SLOTS && entries.len() < 256);
        let mut slots = [0; SLOTS];
        let mut index = 0;
        while index < entries.len() {
            let mut slot = hash(entries[index].0) % SLOTS;
            while slots[slot] != 0 {
                assert!(!is_equal(entries[slots[slot] as usize - 1].0, entries[index].0));
                slot = (slot + 1) % SLOTS;
            }
            index += 1;
            slots[slot] = index as u8;
        }
        Self { entries, slots }
    }

    /// Returns the value of a name.
    pub(crate) fn get(&self, name: &[u8]) -> Option<T> {
        self.find(name, |known| known == name)
    }

    /// Returns the value of a name in any case. The map's own names must be in lower case.
    pub(crate) fn get_ignore_ascii_case(&self, name: &[u8]) -> Option<T> {
        self.find(name, |known| known.eq_ignore_ascii_case(name))
    }

    /// Returns all names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static [u8]> {
        self.entries.iter().map(|(name, _)| *name)
    }

    fn find(&self, name: &[u8], is_equal: impl Fn(&[u8]) -> bool) -> Option<T> {
        let mut slot = hash(name) % SLOTS;
        loop {
            let index = usize::from(*self.slots.get(slot)?).checked_sub(1)?;
            let (known, value) = self.entries.get(index)?;
            if is_equal(known) {
                return Some(*value);
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

/// Returns a hash (FNV-1a with a final mix) that ignores ASCII case.
const fn hash(name: &[u8]) -> usize {
    let mut hash: u32 = name.len() as u32;
    let mut rest = name;
    while let [first, others @ ..] = rest {
        hash = (hash ^ (*first | 0x20) as u32).wrapping_mul(0x0100_0193);
        rest = others;
    }
    (hash ^ hash >> 15) as usize
}

const fn is_equal(left: &[u8], right: &[u8]) -> bool {
    match (left, right) {
        ([], []) => true,
        ([left_first, left @ ..], [right_first, right @ ..]) => {
            *left_first == *right_first && is_equal(left, right)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static COLOURS: StaticMap<u8, 4> = StaticMap::new(&[(b"red", 1), (b"green", 2), (b"blue", 3)]);

    #[test]
    fn finds_every_name_and_no_other() {
        for (name, value) in [("red", 1), ("green", 2), ("blue", 3)] {
            assert_eq!(COLOURS.get(name.as_bytes()), Some(value));
            assert_eq!(COLOURS.get_ignore_ascii_case(name.to_uppercase().as_bytes()), Some(value));
            assert_eq!(COLOURS.get(name.to_uppercase().as_bytes()), None);
        }
        for other in ["", "re", "redd", "yellow"] {
            assert_eq!(COLOURS.get(other.as_bytes()), None, "{other}");
        }
    }
}
