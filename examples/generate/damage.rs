//! The ways in which logs are damaged.

use super::dice::Dice;

const CHUNK: usize = 65_536;

/// What can be done to a file, for the help.
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
];

/// Damages a file in this way. Gives what was done, or nothing where the kind is unknown.
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
            format!("3000 bytes at {at} taken out")
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
            "three chunks of room taken in advance".to_owned()
        }
        _ => return None,
    })
}

/// The place of one of the chunk's records.
fn pick_record(bytes: &[u8], chunk: usize, dice: &mut Dice) -> usize {
    let mut places = vec![chunk + 512];
    let mut at = chunk + 512;
    while bytes.get(at..at + 4) == Some(b"**\0\0") && number(bytes, at + 4) >= 28 {
        at += number(bytes, at + 4) as usize;
        places.push(at);
    }
    // Where the last one ends, none begins.
    places.pop();
    places.get(dice.below(places.len())).copied().unwrap_or(chunk + 512)
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|index| bytes[at + index]))
}
