//! [`ZipWriter`]: a zip archive of stored files, the same bytes for the same files.

use std::io::{self, Write};

/// Writes an archive. Files are stored as they are, in the order in which they are added, without times or attributes.
pub(super) struct ZipWriter<'a> {
    to: &'a mut dyn Write,
    offset: u32,
    directory: Vec<u8>,
    files: u16,
}

/// The first of January 1980, the earliest date that a zip archive can have.
const DATE: u16 = 0x21;

/// Flag of names in UTF-8.
const UTF_8: u16 = 1 << 11;

impl<'a> ZipWriter<'a> {
    pub(super) fn new(to: &'a mut dyn Write) -> Self {
        Self { to, offset: 0, directory: Vec::new(), files: 0 }
    }

    /// Adds a file. Returns false, and adds nothing, where an archive of this form can have no more: 65,535 files, 4 GiB.
    pub(super) fn add(&mut self, name: &str, content: &[u8]) -> io::Result<bool> {
        let (Ok(size), Ok(name_size)) = (u32::try_from(content.len()), u16::try_from(name.len()))
        else {
            return Ok(false);
        };
        let mut entry = Vec::new();
        for number in [20, UTF_8, 0, 0, DATE] {
            entry.extend_from_slice(&u16::to_le_bytes(number));
        }
        for number in [crc32fast::hash(content), size, size] {
            entry.extend_from_slice(&number.to_le_bytes());
        }
        entry.extend_from_slice(&name_size.to_le_bytes());
        entry.extend_from_slice(&[0; 2]);
        let added = 30 + u32::from(name_size);
        let end = self.offset.checked_add(added).and_then(|end| end.checked_add(size));
        let (Some(end), Some(files)) = (end, self.files.checked_add(1)) else { return Ok(false) };
        self.to.write_all(b"PK\x03\x04")?;
        self.to.write_all(&entry)?;
        self.to.write_all(name.as_bytes())?;
        self.to.write_all(content)?;
        self.directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        self.directory.extend_from_slice(&entry);
        // Comment, disk, attributes.
        self.directory.extend_from_slice(&[0; 10]);
        self.directory.extend_from_slice(&self.offset.to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        self.offset = end;
        self.files = files;
        Ok(true)
    }

    /// Whether hardly more than the list of the files can be added.
    pub(super) fn is_almost_full(&self) -> bool {
        self.files >= u16::MAX - 2 || self.offset >= u32::MAX / 2
    }

    /// Writes the list of the files.
    pub(super) fn finish(self) -> io::Result<()> {
        let size = u32::try_from(self.directory.len()).map_err(io::Error::other)?;
        self.to.write_all(&self.directory)?;
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        end.extend_from_slice(&self.files.to_le_bytes());
        end.extend_from_slice(&self.files.to_le_bytes());
        end.extend_from_slice(&size.to_le_bytes());
        end.extend_from_slice(&self.offset.to_le_bytes());
        end.extend_from_slice(&[0; 2]);
        self.to.write_all(&end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_are_those_of_the_format() {
        let mut bytes = Vec::new();
        let mut zip = ZipWriter::new(&mut bytes);
        assert!(zip.add("a.txt", b"hello").unwrap());
        assert!(zip.add("é.txt", b"").unwrap());
        zip.finish().unwrap();
        assert_eq!(&bytes[..10], b"PK\x03\x04\x14\0\0\x08\0\0");
        assert_eq!(&bytes[30..40], b"a.txthello");
        assert_eq!(u32::from_le_bytes(bytes[14..18].try_into().unwrap()), 0x3610_A686);
        let end = &bytes[bytes.len() - 22..];
        assert_eq!(&end[..12], b"PK\x05\x06\0\0\0\0\x02\0\x02\0");
        let offset = u32::from_le_bytes(end[16..20].try_into().unwrap()) as usize;
        let size = u32::from_le_bytes(end[12..16].try_into().unwrap()) as usize;
        assert_eq!(offset + size + 22, bytes.len());
        assert_eq!(&bytes[offset..offset + 4], b"PK\x01\x02");
    }
}
