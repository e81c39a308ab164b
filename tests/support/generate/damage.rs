//! Damages a log in one of many ways.

use super::dice::Dice;

const CHUNK: usize = 65_536;

/// The kinds of damage.
pub(crate) const KINDS: &[&str] = &[
    "bits",
    "cut",
    "file-header",
    "chunk-magic",
    "record-magic",
    "record-size",
    "zero-size",
    "size-copy",
    "leading-garbage",
    "lone-chunk",
    "missing-bytes",
    "stale",
    "counts",
    "zero-chunks",
    "checksums",
    "header-counts",
    "free-space",
    "garbage",
    "swapped",
    "doubled",
    "garbage-between",
    "odd-offset",
    "dirty",
    "last-chunk-missing",
];

/// Damages a file. Returns a description, or `None` if the kind is unknown.
pub(crate) fn apply(kind: &str, bytes: &mut Vec<u8>, dice: &mut Dice) -> Option<String> {
    let chunks = bytes.len().saturating_sub(4_096) / CHUNK;
    let chunk = 4_096 + dice.below(chunks) * CHUNK;
    let record = pick_record(bytes, chunk, dice);
    Some(match kind {
        "bits" => {
            for _ in 0..20 {
                let at = dice.below(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
            }
            "20 bits flipped".to_owned()
        }
        "cut" => {
            let at = chunk + dice.below(CHUNK);
            bytes.truncate(at);
            format!("cut at {at}")
        }
        "file-header" => {
            bytes[..4_096].fill(0);
            "file header zeroed".to_owned()
        }
        "chunk-magic" => {
            bytes[chunk..chunk + 8].fill(0);
            format!("chunk magic at {chunk} zeroed")
        }
        "record-magic" => {
            bytes[record] = b'X';
            format!("record magic at {record} changed")
        }
        "record-size" => {
            bytes[record + 4] ^= 0x58;
            format!("record size at {record} changed")
        }
        "zero-size" => {
            bytes[record + 4..record + 8].fill(0);
            format!("record size at {record} zeroed")
        }
        "size-copy" => {
            let size = number(bytes, record + 4) as usize;
            bytes[record + size - 4..record + size].fill(0xEE);
            format!("copy of the record's size at {record} changed")
        }
        "leading-garbage" => {
            let garbage: Vec<u8> = (0..dice.range(1, 9_000)).map(|_| dice.next() as u8).collect();
            let length = garbage.len();
            bytes.splice(0..0, garbage);
            format!("{length} bytes of garbage before the file")
        }
        "lone-chunk" => {
            *bytes = bytes[chunk..chunk + CHUNK].to_vec();
            format!("only the chunk at {chunk}")
        }
        "missing-bytes" => {
            let at = chunk + dice.below(CHUNK - 4_000);
            bytes.drain(at..at + 3_000);
            format!("3000 bytes at {at} removed")
        }
        "stale" => {
            let free = number(bytes, chunk + 48) as usize;
            let size = number(bytes, chunk + 512 + 4) as usize;
            if free + size <= CHUNK {
                let old = bytes[chunk + 512..chunk + 512 + size].to_vec();
                bytes[chunk + free..chunk + free + size].copy_from_slice(&old);
            }
            format!("a stale record after the last one of the chunk at {chunk}")
        }
        "counts" => {
            bytes[16..24].fill(0);
            bytes[42..44].fill(0);
            bytes[chunk + 32..chunk + 40].fill(0);
            bytes[chunk + 44..chunk + 52].fill(0);
            format!("counts in the file's header and in that of the chunk at {chunk} zeroed")
        }
        "zero-chunks" => {
            bytes.extend(std::iter::repeat_n(0, 3 * CHUNK));
            "three zeroed chunks appended".to_owned()
        }
        "checksums" => {
            bytes[chunk + 52..chunk + 56].fill(0x5A);
            bytes[chunk + 124..chunk + 128].fill(0x5A);
            format!("checksums of the chunk at {chunk} wrong")
        }
        "header-counts" => {
            bytes[8..32].fill(0x77);
            bytes[42..44].fill(0xFF);
            "first and last chunk, next record and chunks in the file's header wrong".to_owned()
        }
        "free-space" => {
            let end = *dice.pick(&[0, 511, 513, 40_000, 65_537, u32::MAX]);
            bytes[chunk + 44..chunk + 52]
                .copy_from_slice([end, end].map(u32::to_le_bytes).as_flattened());
            format!("last record and free space of the chunk at {chunk} given as at {end}")
        }
        "garbage" => {
            bytes[record..record + 28].fill_with(|| dice.next() as u8 | 1);
            format!("28 bytes at {record}, where a record begins, overwritten")
        }
        "swapped" => {
            let other = 4_096 + dice.below(chunks) * CHUNK;
            (0..CHUNK).for_each(|index| bytes.swap(chunk + index, other + index));
            format!("chunks at {chunk} and {other} swapped")
        }
        "doubled" => {
            let copy = bytes[chunk..chunk + CHUNK].to_vec();
            bytes.splice(chunk..chunk, copy);
            format!("chunk at {chunk} doubled")
        }
        "garbage-between" => {
            let garbage: Vec<u8> = (0..4_096).map(|_| dice.next() as u8).collect();
            bytes.splice(chunk..chunk, garbage);
            format!("4096 bytes of garbage before the chunk at {chunk}")
        }
        "odd-offset" => {
            let length = 2 * dice.below(3_000) + 1;
            bytes.splice(chunk..chunk, std::iter::repeat_n(0, length));
            format!("{length} zeroes before the chunk at {chunk}")
        }
        "dirty" => {
            // As in a copy of a log that was being written: headers are older than the records.
            bytes[120] |= 1;
            bytes[42..44].copy_from_slice(&1_u16.to_le_bytes());
            let first = chunk + 512;
            let end = 512 + number(bytes, first + 4);
            bytes.copy_within(chunk + 8..chunk + 16, chunk + 16);
            bytes.copy_within(first + 8..first + 16, chunk + 32);
            bytes[chunk + 44..chunk + 48].copy_from_slice(&512_u32.to_le_bytes());
            bytes[chunk + 48..chunk + 52].copy_from_slice(&end.to_le_bytes());
            format!("the header of the chunk at {chunk} counts only its first record")
        }
        "last-chunk-missing" => {
            bytes.truncate(bytes.len() - CHUNK);
            "the file ends where its last chunk should begin".to_owned()
        }
        _ => return None,
    })
}

/// Returns the offset of a random record of the chunk.
fn pick_record(bytes: &[u8], chunk: usize, dice: &mut Dice) -> usize {
    let mut places = vec![chunk + 512];
    let mut at = chunk + 512;
    while bytes.get(at..at + 4) == Some(b"**\0\0") && number(bytes, at + 4) >= 28 {
        at += number(bytes, at + 4) as usize;
        places.push(at);
    }
    // The last offset is the end of the last record.
    places.pop();
    places.get(dice.below(places.len())).copied().unwrap_or(chunk + 512)
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|index| bytes[at + index]))
}
