//! Central directory rebuilt from local headers, for archives whose own is damaged or cut off.
//!
//! Format: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.9. The archive is read once, front to back.

use super::directory::{number, read_at};
use crate::input::ReadSeek;
use crate::limits::ARCHIVE_MEMBERS;
use memchr::memchr_iter;
use std::io::{self, SeekFrom};

const LOCAL: &[u8] = b"PK\x03\x04";
const LOCAL_BYTES: usize = 30;
const ENTRY: &[u8] = b"PK\x01\x02";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
const DESCRIPTOR_BYTES: usize = 24;
const WINDOW_BYTES: usize = 256 << 10;

/// Flag of members whose sizes follow their data.
const SIZES_FOLLOW: u64 = 8;

/// Returns the entries of a central directory and their number. A member that is cut off ends where the file ends.
pub(super) fn entries(archive: &mut dyn ReadSeek) -> io::Result<(Vec<u8>, u64)> {
    let size = archive.seek(SeekFrom::End(0))?;
    let mut list = Vec::new();
    let mut count = 0;
    let mut at = 0;
    while count <= ARCHIVE_MEMBERS
        && let Some((offset, header)) = next_header(archive, at)?
    {
        let start = offset + header.len() as u64;
        let member = member(archive, &header, start, size)?;
        push_entry(&mut list, &header, offset, &member);
        count += 1;
        at = start + member.packed_bytes;
    }
    Ok((list, count))
}

struct Member {
    crc: u64,
    packed_bytes: u64,
    bytes: u64,
}

/// Returns the offset of the first signature at or after an offset that a function accepts.
fn search<T>(
    archive: &mut dyn ReadSeek,
    mut at: u64,
    mut accept: impl FnMut(&mut dyn ReadSeek, u64, &[u8]) -> io::Result<Option<T>>,
) -> io::Result<Option<T>> {
    loop {
        let window = read_at(archive, at, WINDOW_BYTES)?;
        for start in memchr_iter(b'P', &window) {
            let found = window.get(start..).unwrap_or_default();
            if found.starts_with(b"PK")
                && let Some(accepted) = accept(archive, at + start as u64, found)?
            {
                return Ok(Some(accepted));
            }
        }
        if window.len() < WINDOW_BYTES {
            return Ok(None);
        }
        // A signature at the end of the window is complete in the next one.
        at += (WINDOW_BYTES - 3) as u64;
    }
}

/// Returns the next local header, with its name and extra field.
fn next_header(archive: &mut dyn ReadSeek, at: u64) -> io::Result<Option<(u64, Vec<u8>)>> {
    search(archive, at, |archive, offset, found| {
        Ok(header_at(archive, offset, found)?.map(|header| (offset, header)))
    })
}

fn header_at(archive: &mut dyn ReadSeek, offset: u64, found: &[u8]) -> io::Result<Option<Vec<u8>>> {
    if !found.starts_with(LOCAL) {
        return Ok(None);
    }
    let fixed = read_at(archive, offset, LOCAL_BYTES)?;
    let is_method = matches!(number(&fixed, 8, 2), 0..=20 | 93..=99);
    let name = number(&fixed, 26, 2);
    if fixed.len() < LOCAL_BYTES || !is_method || number(&fixed, 4, 1) > 63 || name == 0 {
        return Ok(None);
    }
    let length = LOCAL_BYTES + (name + number(&fixed, 28, 2)) as usize;
    let header = read_at(archive, offset, length)?;
    Ok((header.len() == length).then_some(header))
}

/// Returns sizes and checksum, from the header, or from the descriptor behind the data.
fn member(archive: &mut dyn ReadSeek, header: &[u8], start: u64, size: u64) -> io::Result<Member> {
    let (packed_bytes, bytes) = sizes(header);
    let crc = number(header, 14, 4);
    if number(header, 6, 2) & SIZES_FOLLOW == 0 || packed_bytes > 0 {
        return Ok(Member { crc, packed_bytes: packed_bytes.min(size - start), bytes });
    }
    let found = search(archive, start, |archive, at, found| {
        let packed_bytes = at - start;
        if found.starts_with(DESCRIPTOR) {
            let record = read_at(archive, at, DESCRIPTOR_BYTES)?;
            let crc = number(&record, 4, 4);
            if number(&record, 8, 8) == packed_bytes && packed_bytes > 0 {
                return Ok(Some(Member { crc, packed_bytes, bytes: number(&record, 16, 8) }));
            }
            if number(&record, 8, 4) == packed_bytes {
                return Ok(Some(Member { crc, packed_bytes, bytes: number(&record, 12, 4) }));
            }
        }
        let ends = found.starts_with(ENTRY) || header_at(archive, at, found)?.is_some();
        Ok(ends.then_some(Member { crc, packed_bytes, bytes }))
    })?;
    Ok(found.unwrap_or(Member { crc, packed_bytes: size - start, bytes }))
}

/// Returns the packed and the unpacked size that a header gives.
fn sizes(header: &[u8]) -> (u64, u64) {
    let (mut packed_bytes, mut bytes) = (number(header, 18, 4), number(header, 22, 4));
    for (id, field) in fields(header) {
        if id == 1 && field.len() >= 16 && packed_bytes == 0xFFFF_FFFF {
            (bytes, packed_bytes) = (number(field, 0, 8), number(field, 8, 8));
        }
    }
    (packed_bytes, bytes)
}

/// Returns the extra fields of a local header.
fn fields(header: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let at = LOCAL_BYTES + number(header, 26, 2) as usize;
    let mut rest = header.get(at..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (id, length) = (number(rest, 0, 2), number(rest, 2, 2) as usize);
        let field = rest.get(4..4 + length)?;
        rest = rest.get(4 + length..).unwrap_or_default();
        Some((id, field))
    })
}

fn push_entry(list: &mut Vec<u8>, header: &[u8], offset: u64, member: &Member) {
    let mut extra = Vec::new();
    let sizes = [member.bytes, member.packed_bytes, offset];
    extra.extend([1, 0, 24, 0]);
    sizes.iter().for_each(|value| extra.extend(value.to_le_bytes()));
    for (id, field) in fields(header).filter(|(id, _)| *id != 1) {
        extra.extend((id as u16).to_le_bytes());
        extra.extend((field.len() as u16).to_le_bytes());
        extra.extend(field);
    }
    let name_length = number(header, 26, 2);
    // All extra fields of one header fit in 64 KiB, but not always with the sizes.
    extra.truncate(usize::from(u16::MAX));
    list.extend(ENTRY);
    list.extend([45, 0]);
    list.extend(header.get(4..14).unwrap_or_default());
    list.extend((member.crc as u32).to_le_bytes());
    list.extend([0xFF; 8]);
    list.extend((name_length as u16).to_le_bytes());
    list.extend((extra.len() as u16).to_le_bytes());
    list.extend([0; 10]);
    list.extend([0xFF; 4]);
    let name = LOCAL_BYTES..LOCAL_BYTES + name_length as usize;
    list.extend(header.get(name).unwrap_or_default());
    list.extend(extra);
}
