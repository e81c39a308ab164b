//! What records are known by.

use crate::source::Sighting;
use crate::text::{Raw, Text, fold};
use xxhash_rust::xxh3::Xxh3;

/// The number of the part that a record is.
pub(super) fn number(seen: &Sighting<'_>) -> u32 {
    seen.number.unwrap_or(1)
}

/// Computer and script block id, in words.
pub(super) fn who(seen: &Sighting<'_>) -> (String, String) {
    let text = |raw: Option<Raw<'_>>| raw.map(|raw| raw.to_lossy()).unwrap_or_default();
    (text(seen.computer), text(seen.script_block_id))
}

/// What makes two records parts of one block: computer and id in any case, and the number of parts.
pub(super) fn key(computer: Option<Raw<'_>>, id: Raw<'_>, total: u32) -> u64 {
    let mut hash = Xxh3::new();
    feed_folded(&mut hash, computer.unwrap_or(Raw::Wtf8(b"")));
    hash.update(&[0xFF]);
    feed_folded(&mut hash, id);
    hash.update(&total.to_le_bytes());
    hash.digest()
}

/// Tells a record from others of its block, as far as a copy of the record is the same.
pub(super) fn mark(seen: &Sighting<'_>) -> Option<u64> {
    let mark = seen.whole.mark()?;
    let time = seen.time.map_or((0, 0), |time| (time.seconds(), time.nanos()));
    let mut hash = Xxh3::new();
    hash.update(&mark.to_le_bytes());
    hash.update(&time.0.to_le_bytes());
    hash.update(&time.1.to_le_bytes());
    Some(hash.digest())
}

/// Feeds a name in one form, whatever its encoding and case. Names are short and nearly always ASCII.
fn feed_folded(hash: &mut Xxh3, name: Raw<'_>) {
    let mut buffer = [0; 64];
    let mut filled = 0;
    let ascii = match name {
        Raw::Wtf8(bytes) => {
            fill_ascii(&mut buffer, &mut filled, bytes.iter().map(|b| u16::from(*b)))
        }
        Raw::Utf16(bytes) => {
            let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
            fill_ascii(&mut buffer, &mut filled, units)
        }
        Raw::Escaped(_) => false,
    };
    match buffer.get(..filled) {
        Some(short) if ascii => hash.update(short),
        _ => {
            let text = Text::from(name).into_lossy();
            hash.update(text.chars().map(fold).collect::<String>().as_bytes());
        }
    }
}

fn fill_ascii(buffer: &mut [u8], filled: &mut usize, units: impl Iterator<Item = u16>) -> bool {
    let mut slots = buffer.iter_mut();
    for unit in units {
        match (u8::try_from(unit), slots.next()) {
            (Ok(byte), Some(slot)) if byte.is_ascii() => *slot = byte.to_ascii_lowercase(),
            _ => return false,
        }
        *filled += 1;
    }
    true
}
