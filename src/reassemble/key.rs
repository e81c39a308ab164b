//! Keys of blocks.
//!
//! A [hash](block_key) identifies a block where it is only counted. A block whose text is kept has a [`BlockKey`] with its
//! names: no other block can take its place. Hashes are of bytes that do not depend on the target, because partials carry
//! them from one to the other.

use crate::fingerprint;
use crate::simd;
use crate::source::ScriptRecord;
use crate::text::{self, Raw, Text, fold_char};
use xxhash_rust::xxh3::xxh3_64;

/// Returns the number of the part that a record carries; 1 where it says none.
pub(super) fn record_number(record: &ScriptRecord<'_>) -> u32 {
    record.number.unwrap_or(1)
}

/// A block's computer and script block id, both without regard to case, and the number of its parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BlockKey {
    /// What [`block_key`] returns: the same for blocks with other totals. First, so that few comparisons read the names.
    pub(super) hash: u64,
    pub(super) computer: Box<str>,
    pub(super) id: Box<str>,
    pub(super) total: u32,
}

impl BlockKey {
    /// Whether two blocks have the same computer and script block id: they differ in their number of parts at most.
    pub(super) fn has_names_of(&self, other: &Self) -> bool {
        (self.hash, &self.computer, &self.id) == (other.hash, &other.computer, &other.id)
    }

    pub(super) fn new(computer: Option<Raw<'_>>, id: Raw<'_>, total: u32) -> Self {
        let fold = |name: Raw<'_>| text::fold_case(&name.to_lossy());
        Self {
            hash: block_key(computer, id),
            computer: computer.map(fold).unwrap_or_default().into(),
            id: fold(id).into(),
            total,
        }
    }

    /// Returns a hash of the key.
    pub(super) fn fingerprint(&self) -> u64 {
        fingerprint::hash_words([self.hash, self.total.into()])
    }

    /// The key of the block that a record is part of.
    pub(super) fn of(record: &ScriptRecord<'_>) -> Self {
        let id = record.script_block_id.unwrap_or(Raw::Wtf8(b""));
        Self::new(record.computer, id, record.total.unwrap_or(1))
    }
}

/// Returns a hash of a computer and a script block id, both without regard to case.
pub(super) fn block_key(computer: Option<Raw<'_>>, id: Raw<'_>) -> u64 {
    let computer = computer.unwrap_or(Raw::Wtf8(b""));
    let mut buffer = [0; 2 * SHORT + 1];
    match short_key_bytes(&mut buffer, computer, id) {
        Some(bytes) => xxh3_64(bytes),
        None => {
            let mut bytes = fold_case(computer);
            bytes.push(SEPARATOR);
            bytes.extend_from_slice(&fold_case(id));
            xxh3_64(&bytes)
        }
    }
}

/// Returns a hash that is equal for records which say the same, copies of one record among them. `None` where the
/// source cannot tell without reading the whole event.
pub(super) fn record_fingerprint(record: &ScriptRecord<'_>) -> Option<u64> {
    let own = record.full.fingerprint()?;
    let [seconds, nanos] = fingerprint::time_words(record.time);
    Some(fingerprint::hash_words([own, seconds, nanos]))
}

/// UTF-16 units of a name that is folded without allocating. Names are short and nearly always ASCII.
const SHORT: usize = 64;

/// A byte that occurs in no UTF-8 text.
const SEPARATOR: u8 = 0xFF;

/// Returns the bytes of a block's key if both names are short and ASCII.
fn short_key_bytes<'b>(
    buffer: &'b mut [u8; 2 * SHORT + 1],
    computer: Raw<'_>,
    id: Raw<'_>,
) -> Option<&'b [u8]> {
    let mut at = fold_ascii(computer, buffer.first_chunk_mut()?)?;
    *buffer.get_mut(at)? = SEPARATOR;
    at += 1;
    at += fold_ascii(id, buffer.get_mut(at..)?.first_chunk_mut()?)?;
    buffer.get(..at)
}

/// Returns a name as UTF-8, with case folded.
fn fold_case(name: Raw<'_>) -> Vec<u8> {
    Text::from(name).into_lossy().chars().map(fold_char).collect::<String>().into_bytes()
}

/// Folds a short ASCII name into `to` and returns its length. `None` for other names.
fn fold_ascii(name: Raw<'_>, to: &mut [u8; SHORT]) -> Option<usize> {
    match name {
        Raw::Wtf8(bytes) => fold_units::<1, 16>(bytes, to, simd::to_ascii_lowercase),
        Raw::Utf16(bytes) => fold_units::<2, 32>(bytes, to, |units| {
            simd::is_ascii_utf16(units)
                .then(|| simd::to_ascii_lowercase(&simd::narrow_ascii(units)))?
        }),
        Raw::Escaped(_) => None,
    }
}

/// Folds sixteen units at a time. The last sixteen are folded together again, so that no remainder is left. `W` is the
/// width of a unit in bytes, `N` of sixteen units.
fn fold_units<const W: usize, const N: usize>(
    text: &[u8],
    to: &mut [u8; SHORT],
    fold: impl Fn(&[u8; N]) -> Option<[u8; 16]>,
) -> Option<usize> {
    let (units, _) = text.as_chunks::<W>();
    let to = to.get_mut(..units.len())?;
    for (slot, block) in to.as_chunks_mut().0.iter_mut().zip(text.as_chunks().0) {
        *slot = fold(block)?;
    }
    match (to.last_chunk_mut(), units.as_flattened().last_chunk()) {
        (Some(slot), Some(block)) => *slot = fold(block)?,
        _ => {
            for (slot, unit) in to.iter_mut().zip(units) {
                *slot = match unit.as_slice() {
                    [byte] | [byte, 0] if byte.is_ascii() => byte.to_ascii_lowercase(),
                    _ => return None,
                };
            }
        }
    }
    Some(units.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Partials carry keys between targets of different pointer width: these values must never change.
    #[test]
    fn keys_are_the_same_on_every_target() {
        let id = Raw::from("a0c1853b-5c40-4b15-8766-3cf1c58f985a");
        assert_eq!(block_key(Some(Raw::from("FS03")), id), 5_567_594_119_738_495_494);
        assert_eq!(block_key(None, Raw::from("Ünïcode")), 4_088_762_569_815_974_874);
    }

    proptest! {
        #[test]
        fn a_key_does_not_depend_on_case_or_encoding(
            computer in "[A-Za-z@\\[`{.0-9-]{0,70}[Äß]?",
            id in "[a-fA-F0-9-]{0,70}",
        ) {
            let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
            let naive = [fold_case(Raw::from(&*computer)), vec![SEPARATOR], fold_case(Raw::from(&*id))];
            let naive = xxh3_64(&naive.concat());
            for (computer, id) in [(computer.clone(), id.to_uppercase()), (computer.to_ascii_uppercase(), id.clone())] {
                let mut wide = (utf16(&computer), utf16(&id));
                prop_assert_eq!(block_key(Some(Raw::from(&*computer)), Raw::from(&*id)), naive);
                prop_assert_eq!(block_key(Some(Raw::Utf16(&wide.0)), Raw::Utf16(&wide.1)), naive);
                // Half a unit is ignored.
                wide.1.push(b'x');
                prop_assert_eq!(block_key(Some(Raw::Utf16(&wide.0)), Raw::Utf16(&wide.1)), naive);
            }
        }
    }
}
