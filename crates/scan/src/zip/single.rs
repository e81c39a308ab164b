//! Archive whose central directory has one member only.
//!
//! The `zip` crate keys members by name, so of two members with one name it would show only one. It therefore gets the
//! archive's bytes followed by a directory with the current member only.

use super::directory::Entry;
use crate::input::ReadSeek;
use std::io::{self, Read, Seek, SeekFrom};

/// ```text
/// the archive │ the member's entry │ end record (zip64) │ locator │ end record
/// ```
pub(super) struct SingleMember<'a> {
    archive: &'a mut dyn ReadSeek,
    size: u64,
    list: Vec<u8>,
    at: u64,
}

impl<'a> SingleMember<'a> {
    pub(super) fn new(
        archive: &'a mut dyn ReadSeek,
        entry: &Entry,
        prepended: u64,
    ) -> io::Result<Self> {
        let size = archive.seek(SeekFrom::End(0))?;
        let length = entry.header.len() as u64;
        let start = size.saturating_sub(prepended);
        let mut list = entry.header.clone();
        let mut push = |signature: &[u8], fields: &[(u64, usize)]| {
            list.extend(signature);
            for (value, bytes) in fields {
                list.extend(value.to_le_bytes().iter().take(*bytes));
            }
        };
        let versions = [(44, 8), (45, 2), (45, 2), (0, 4), (0, 4)];
        push(b"PK\x06\x06", &[&versions[..], &[(1, 8), (1, 8), (length, 8), (start, 8)]].concat());
        push(b"PK\x06\x07", &[(0, 4), (start + length, 8), (1, 4)]);
        push(
            b"PK\x05\x06",
            &[(0, 4), (0xFFFF, 2), (0xFFFF, 2), (u64::MAX, 4), (u64::MAX, 4), (0, 2)],
        );
        Ok(Self { archive, size, list, at: 0 })
    }
}

impl Read for SingleMember<'_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let length = match self.at.checked_sub(self.size) {
            None => {
                self.archive.seek(SeekFrom::Start(self.at))?;
                let most = usize::try_from(self.size - self.at).unwrap_or(usize::MAX);
                let most = most.min(output.len());
                self.archive.read(output.get_mut(..most).unwrap_or_default())?
            }
            Some(at) => {
                let rest = usize::try_from(at).ok().and_then(|at| self.list.get(at..));
                rest.unwrap_or_default().read(output)?
            }
        };
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for SingleMember<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = self.size + self.list.len() as u64;
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
