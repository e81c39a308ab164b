//! What records are known by.

use crate::fingerprint;
use crate::simd;
use crate::source::ScriptRecord;
use crate::text::{Raw, Text, fold_char};
use xxhash_rust::xxh3::xxh3_64;

/// The number of the part that a record is.
pub(super) fn number(seen: &ScriptRecord<'_>) -> u32 {
    seen.number.unwrap_or(1)
}

/// Computer and script block id, in words.
pub(super) fn who(seen: &ScriptRecord<'_>) -> (String, String) {
    let text = |raw: Option<Raw<'_>>| raw.map(|raw| raw.to_lossy()).unwrap_or_default();
    (text(seen.computer), text(seen.script_block_id))
}

/// What makes two records parts of one block: computer and id in any case, and the number of parts.
pub(super) fn key(computer: Option<Raw<'_>>, id: Raw<'_>, total: u32) -> u64 {
    let computer = computer.unwrap_or(Raw::Wtf8(b""));
    let mut buffer = [0; 2 * SHORT + 5];
    match short(&mut buffer, computer, id, total) {
        Some(bytes) => xxh3_64(bytes),
        None => {
            let mut bytes = folded(computer);
            bytes.push(BETWEEN);
            bytes.extend_from_slice(&folded(id));
            bytes.extend_from_slice(&total.to_le_bytes());
            xxh3_64(&bytes)
        }
    }
}

/// Tells a record from others of its block, as far as a copy of the record is the same.
pub(super) fn fingerprint(seen: &ScriptRecord<'_>) -> Option<u64> {
    let own = seen.full.fingerprint()?;
    let [seconds, nanos] = fingerprint::time_words(seen.time);
    Some(fingerprint::hash_words([own, seconds, nanos]))
}

/// Units of a name that is folded without a copy of it. Names are short and nearly always ASCII.
const SHORT: usize = 64;

/// Stands in no text.
const BETWEEN: u8 = 0xFF;

/// What makes a key, where both names are short and ASCII.
fn short<'b>(
    buffer: &'b mut [u8; 2 * SHORT + 5],
    computer: Raw<'_>,
    id: Raw<'_>,
    total: u32,
) -> Option<&'b [u8]> {
    let mut at = fold_ascii(computer, buffer.first_chunk_mut()?)?;
    *buffer.get_mut(at)? = BETWEEN;
    at += 1;
    at += fold_ascii(id, buffer.get_mut(at..)?.first_chunk_mut()?)?;
    *buffer.get_mut(at..)?.first_chunk_mut()? = total.to_le_bytes();
    buffer.get(..at + 4)
}

/// A name in one form, whatever its encoding and case.
fn folded(name: Raw<'_>) -> Vec<u8> {
    Text::from(name).into_lossy().chars().map(fold_char).collect::<String>().into_bytes()
}

/// The same for a short name of ASCII characters, and how many these are.
fn fold_ascii(name: Raw<'_>, to: &mut [u8; SHORT]) -> Option<usize> {
    match name {
        Raw::Wtf8(bytes) => fold_units::<1, 16>(bytes, to, simd::lower),
        Raw::Utf16(bytes) => fold_units::<2, 32>(bytes, to, |units| {
            simd::is_ascii(units).then(|| simd::lower(&simd::narrow(units)))?
        }),
        Raw::Escaped(_) => None,
    }
}

/// Folds sixteen units at a time, the last sixteen again together. `W` is the width of a unit, `N` of sixteen.
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

    proptest! {
        #[test]
        fn a_key_is_the_same_in_any_case_and_encoding(
            computer in "[A-Za-z@\\[`{.0-9-]{0,70}[Äß]?",
            id in "[a-fA-F0-9-]{0,70}",
            total in any::<u32>(),
        ) {
            let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
            let naive = [folded(Raw::from(&*computer)), vec![BETWEEN], folded(Raw::from(&*id)), total.to_le_bytes().to_vec()];
            let naive = xxh3_64(&naive.concat());
            for (computer, id) in [(computer.clone(), id.to_uppercase()), (computer.to_ascii_uppercase(), id.clone())] {
                let mut wide = (utf16(&computer), utf16(&id));
                prop_assert_eq!(key(Some(Raw::from(&*computer)), Raw::from(&*id), total), naive);
                prop_assert_eq!(key(Some(Raw::Utf16(&wide.0)), Raw::Utf16(&wide.1), total), naive);
                // Half a unit is none.
                wide.1.push(b'x');
                prop_assert_eq!(key(Some(Raw::Utf16(&wide.0)), Raw::Utf16(&wide.1), total), naive);
            }
        }
    }
}
