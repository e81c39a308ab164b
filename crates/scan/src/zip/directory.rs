//! Reader of an archive's central directory, entry by entry.
//!
//! Format: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16. Bytes before or after the archive are accepted: the
//! end record is searched for from the end of the file, and the directory is either where the end record says or
//! directly before the end record.

use super::names;
use crate::failure::InputFailure;
use crate::input::ReadSeek;
use memchr::memmem;
use std::io::{self, Cursor, Read, SeekFrom};

const END: &[u8] = b"PK\x05\x06";
const END_BYTES: u64 = 22;
const END64: &[u8] = b"PK\x06\x06";
const END64_BYTES: u64 = 56;
const LOCATOR: &[u8] = b"PK\x06\x07";
const LOCATOR_BYTES: u64 = 20;
const ENTRY: &[u8] = b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;
const LOCAL_BYTES: u64 = 30;

/// Bytes at the end of the file in which the end record is searched for. Its comment has at most 64 KiB.
const END_SEARCH_BYTES: u64 = 1 << 20;

/// Entry of the central directory for one member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) is_folder: bool,
    pub(crate) is_encrypted: bool,
    /// Whether the member is encrypted by zip's first algorithm, whose password check accepts one wrong password in
    /// 256.
    pub(crate) is_zip_crypto: bool,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) packed_bytes: u64,
    pub(crate) bytes: u64,
    /// Offset of the local header in the file.
    pub(crate) offset: u64,
    /// Raw entry, copied into the directory of [`super::single`].
    pub(crate) header: Vec<u8>,
}

/// Central directory, read from its first entry to its last.
pub(crate) struct Directory {
    at: u64,
    end: u64,
    count: u64,
    /// Number of bytes before the archive in the file, missing from all its offsets.
    pub(crate) prepended: u64,
    size: u64,
    packed: u64,
    /// Entries, if they were rebuilt.
    rebuilt: Option<Cursor<Vec<u8>>>,
    /// Offset and length of each member read so far, folders too.
    ranges: Vec<(u64, u64)>,
    /// Bytes of the entries read so far, and of the records behind them.
    listed: u64,
}

/// Bytes of a local header that an entry does not show: further fields, and the descriptor behind the data.
const UNSHOWN_BYTES: u64 = 56;

/// Upper bound on packed bytes of a folder, which is no member. Writers pack the empty content of one, or encrypt it.
const FOLDER_BYTES: u64 = 32;

impl Directory {
    /// Finds the directory by the end record at the end of the file.
    pub(crate) fn open(archive: &mut dyn ReadSeek) -> Result<Self, InputFailure> {
        let size = archive.seek(SeekFrom::End(0))?;
        Self::find(archive, size).map_err(listed)?.ok_or_else(damaged)
    }

    /// Rebuilds the directory from the local headers.
    pub(crate) fn rebuild(archive: &mut dyn ReadSeek) -> Result<Self, InputFailure> {
        let size = archive.seek(SeekFrom::End(0))?;
        let (list, count) = super::rebuild::entries(archive)?;
        let end = list.len() as u64;
        let rebuilt = Some(Cursor::new(list));
        let (ranges, listed) = (Vec::new(), 0);
        Ok(Self { at: 0, end, count, prepended: 0, size, packed: 0, rebuilt, ranges, listed })
    }

    /// Number of bytes of the archive that belong to no member and not to the directory, once all entries are read. Other
    /// members may be in them, or logs.
    pub(crate) fn unlisted_bytes(&mut self) -> u64 {
        self.ranges.sort_unstable();
        let mut unlisted = 0;
        let mut end = 0_u64;
        for (offset, length) in &self.ranges {
            let gap = offset.saturating_sub(end);
            unlisted += if gap > UNSHOWN_BYTES { gap } else { 0 };
            end = end.max(offset.saturating_add(*length));
        }
        let gap = self.size.saturating_sub(end).saturating_sub(self.listed);
        if gap > UNSHOWN_BYTES { unlisted + gap } else { unlisted }
    }

    pub(crate) fn is_rebuilt(&self) -> bool {
        self.rebuilt.is_some()
    }

    /// Returns the next member that is not a folder.
    pub(crate) fn next(
        &mut self,
        archive: &mut dyn ReadSeek,
    ) -> Result<Option<Entry>, InputFailure> {
        loop {
            if self.count == 0 {
                return Ok(None);
            }
            self.count -= 1;
            let entry = match self.rebuilt.take() {
                Some(mut list) => {
                    let entry = self.entry(&mut list);
                    self.rebuilt = Some(list);
                    entry
                }
                None => self.entry(archive),
            };
            let entry = entry.map_err(listed)?.ok_or_else(damaged)?;
            let lengths = [28, 30].map(|at| number(&entry.header, at, 2)).iter().sum::<u64>();
            let length = LOCAL_BYTES + lengths + entry.packed_bytes;
            self.ranges.push((entry.offset, length));
            self.listed += entry.header.len() as u64;
            if entry.is_folder && entry.packed_bytes <= FOLDER_BYTES {
                continue;
            }
            // A member longer than the archive fails on its own.
            if entry.packed_bytes <= self.size {
                self.packed += entry.packed_bytes;
            }
            if self.packed > self.size {
                return Err(InputFailure::damaged("the zip archive's members overlap"));
            }
            return Ok(Some(entry));
        }
    }

    fn find(archive: &mut dyn ReadSeek, size: u64) -> io::Result<Option<Self>> {
        let start = size.saturating_sub(END_SEARCH_BYTES);
        let tail = read_at(archive, start, (size - start) as usize)?;
        let ends_at_end = |at: &usize| {
            let comment = number(&tail, at + 20, 2);
            start + *at as u64 + END_BYTES + comment == size
        };
        // A comment may end with what looks like the end of an archive without members.
        let has_members = |at: &usize| number(&tail, at + 10, 2) > 0;
        let candidates = || memmem::rfind_iter(&tail, END);
        let at_end = || candidates().filter(ends_at_end);
        let found = at_end().find(has_members).or_else(|| at_end().next());
        let Some(at) = found.or_else(|| candidates().next()) else {
            return Ok(None);
        };
        let end_at = start + at as u64;
        let mut count = number(&tail, at + 10, 2);
        let mut length = number(&tail, at + 12, 4);
        let mut offset = number(&tail, at + 16, 4);
        let mut directory_end = end_at;
        let is_large = count == 0xFFFF || length == 0xFFFF_FFFF || offset == 0xFFFF_FFFF;
        let locator = end_at.checked_sub(LOCATOR_BYTES).filter(|_| is_large);
        let mut prepended = 0;
        if let Some(locator_at) = locator {
            let locator = read_at(archive, locator_at, LOCATOR_BYTES as usize)?;
            if locator.starts_with(LOCATOR) {
                let said = number(&locator, 8, 8);
                let Some((end64_at, end64)) = end64(archive, said, locator_at)? else {
                    return Ok(None);
                };
                prepended = end64_at.saturating_sub(said);
                count = number(&end64, 32, 8);
                length = number(&end64, 40, 8);
                offset = number(&end64, 48, 8).saturating_add(prepended);
                directory_end = end64_at;
            }
        }
        // If bytes precede the archive, the directory is directly before its end records.
        let is_list = |archive: &mut dyn ReadSeek, at: u64| -> io::Result<bool> {
            Ok(read_at(archive, at, 4)?.starts_with(ENTRY))
        };
        if let Some(expected) = directory_end.checked_sub(length)
            && expected != offset
            && count > 0
            && is_list(archive, expected)?
        {
            prepended += expected.saturating_sub(offset);
            offset = expected;
        }
        Ok(Some(Self {
            at: offset,
            end: directory_end,
            count,
            prepended,
            size,
            packed: 0,
            rebuilt: None,
            ranges: Vec::new(),
            listed: END_BYTES + number(&tail, at + 20, 2) + (end_at - directory_end),
        }))
    }

    /// Reads the next entry; `None` if it is missing or truncated.
    fn entry(&mut self, archive: &mut dyn ReadSeek) -> io::Result<Option<Entry>> {
        let mut header = read_at(archive, self.at, ENTRY_BYTES)?;
        if header.len() < ENTRY_BYTES || !header.starts_with(ENTRY) {
            return Ok(None);
        }
        let lengths = [28, 30, 32].map(|at| number(&header, at, 2) as usize);
        let [name_length, extra_length, _] = lengths;
        let rest = read_at(archive, self.at + ENTRY_BYTES as u64, lengths.iter().sum())?;
        if rest.len() < name_length {
            return Ok(None);
        }
        self.at += (ENTRY_BYTES + rest.len()) as u64;
        let flags = number(&header, 8, 2);
        let raw_name = rest.get(..name_length).unwrap_or_default();
        let name =
            if flags & 0x800 != 0 { names::decode_utf8(raw_name) } else { names::decode(raw_name) };
        let made_by = number(&header, 5, 1);
        let attributes = number(&header, 38, 4);
        let is_unix_folder = (attributes >> 16) & 0o170_000 == 0o040_000;
        let mut entry = Entry {
            is_folder: name.ends_with('/')
                || is_unix_folder
                || (made_by == 0 && attributes & 0x10 != 0),
            name,
            is_encrypted: flags & 1 != 0,
            is_zip_crypto: flags & 1 != 0,
            method: number(&header, 10, 2) as u16,
            crc: number(&header, 16, 4) as u32,
            packed_bytes: number(&header, 20, 4),
            bytes: number(&header, 24, 4),
            offset: number(&header, 42, 4),
            header: Vec::new(),
        };
        entry.read_extra(rest.get(name_length..name_length + extra_length).unwrap_or_default());
        entry.offset = entry.offset.saturating_add(self.prepended);
        header.extend(rest);
        entry.header = header;
        Ok((self.at <= self.end || self.count == 0).then_some(entry))
    }
}

impl Entry {
    /// Reads sizes beyond 4 GiB and the kind of encryption from the extra field.
    fn read_extra(&mut self, mut extra: &[u8]) {
        while extra.len() >= 4 {
            let (id, length) = (number(extra, 0, 2), number(extra, 2, 2) as usize);
            let field = extra.get(4..4 + length).unwrap_or_default();
            if id == 1 {
                let mut at = 0;
                for value in [&mut self.bytes, &mut self.packed_bytes, &mut self.offset] {
                    if *value == 0xFFFF_FFFF && at + 8 <= field.len() {
                        *value = number(field, at, 8);
                        at += 8;
                    }
                }
            } else if id == 0x9901 {
                self.is_zip_crypto = false;
                self.method = number(field, 5, 2) as u16;
            }
            extra = extra.get(4 + length..).unwrap_or_default();
        }
    }
}

/// Returns the zip64 end record and its offset: where the locator says, or directly before the locator.
fn end64(
    archive: &mut dyn ReadSeek,
    said: u64,
    locator_at: u64,
) -> io::Result<Option<(u64, Vec<u8>)>> {
    for at in [Some(said), locator_at.checked_sub(END64_BYTES)].into_iter().flatten() {
        let record = read_at(archive, at, END64_BYTES as usize)?;
        if record.starts_with(END64) && record.len() as u64 == END64_BYTES {
            return Ok(Some((at, record)));
        }
    }
    Ok(None)
}

/// Returns the bytes at an offset, fewer at the end of the file.
pub(super) fn read_at(
    archive: &mut dyn ReadSeek,
    offset: u64,
    length: usize,
) -> io::Result<Vec<u8>> {
    archive.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    archive.take(length as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns a little-endian number, or 0 if the bytes are too short.
pub(super) fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let digits = bytes.get(at..at + length).unwrap_or_default();
    digits.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn listed(error: io::Error) -> InputFailure {
    InputFailure::of_archive(error, LIST_DAMAGED)
}

fn damaged() -> InputFailure {
    InputFailure::damaged(LIST_DAMAGED)
}

pub(crate) const LIST_DAMAGED: &str = "the zip archive's list of members is damaged or cut off";
