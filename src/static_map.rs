//! [`StaticMap`]: a fixed table of names.
//!
//! To match a text against a hundred names becomes kilobytes of comparisons, which have to be compiled wherever the
//! wasm is loaded. A table is data, and its order is made when the crate is compiled.

/// What each of some names stands for; `SLOTS` is a power of two above their number. A name that stands twice is told when
/// the crate is compiled.
pub(crate) struct StaticMap<T: 'static, const SLOTS: usize> {
    entries: &'static [(&'static [u8], T)],
    /// One more than a name's index, in the slot of its hash or the next free one; 0 where the slot is free.
    slots: [u8; SLOTS],
}

impl<T: Copy, const SLOTS: usize> StaticMap<T, SLOTS> {
    #[allow(clippy::indexing_slicing, reason = "runs when the crate is compiled")]
    pub(crate) const fn new(entries: &'static [(&'static [u8], T)]) -> Self {
        assert!(SLOTS.is_power_of_two() && entries.len() < SLOTS && entries.len() < 256);
        let mut slots = [0; SLOTS];
        let mut index = 0;
        while index < entries.len() {
            let mut slot = hash(entries[index].0) % SLOTS;
            while slots[slot] != 0 {
                assert!(!is_same(entries[slots[slot] as usize - 1].0, entries[index].0));
                slot = (slot + 1) % SLOTS;
            }
            index += 1;
            slots[slot] = index as u8;
        }
        Self { entries, slots }
    }

    /// What this name stands for.
    pub(crate) fn get(&self, name: &[u8]) -> Option<T> {
        self.find(name, |known| known == name)
    }

    /// The same where the names are in lower case, and this one in any.
    pub(crate) fn get_ignore_ascii_case(&self, name: &[u8]) -> Option<T> {
        self.find(name, |known| known.eq_ignore_ascii_case(name))
    }

    fn find(&self, name: &[u8], is: impl Fn(&[u8]) -> bool) -> Option<T> {
        let mut slot = hash(name) % SLOTS;
        loop {
            let index = usize::from(*self.slots.get(slot)?).checked_sub(1)?;
            let (known, value) = self.entries.get(index)?;
            if is(known) {
                return Some(*value);
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

/// The same for names that differ in case only.
const fn hash(name: &[u8]) -> usize {
    let mut hash: u32 = name.len() as u32;
    let mut rest = name;
    while let [first, others @ ..] = rest {
        hash = (hash ^ (*first | 0x20) as u32).wrapping_mul(0x0100_0193);
        rest = others;
    }
    (hash ^ hash >> 15) as usize
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    match (one, other) {
        ([], []) => true,
        ([first, one @ ..], [other_first, other @ ..]) => {
            *first == *other_first && is_same(one, other)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static COLOURS: StaticMap<u8, 4> = StaticMap::new(&[(b"red", 1), (b"green", 2), (b"blue", 3)]);

    #[test]
    fn every_name_is_found_and_no_other() {
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
