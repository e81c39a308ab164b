//! Ranges of sources, read again from their inputs, archives included.

use crate::failure::InputFailure;
use crate::input::{Input, resources};
use crate::unpack::{Sink, unpack};
use scriptscope::{Error, Session};
use std::collections::HashMap;

/// A range of a source to read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRange {
    /// Name of the source, as a report has it.
    pub source: String,
    /// First byte.
    pub offset: u64,
    /// Number of bytes. The source may end before.
    pub length: u64,
}

/// Reads the texts of script blocks again into a session, all in one pass over the inputs. Returns the ids of those that
/// could not be read, with the reason of each.
///
/// # Errors
///
/// What [`Session::read_plan`] refuses. Then nothing is read.
pub fn read_blocks(
    session: &mut Session,
    inputs: &[Input],
    passwords: &[String],
    follow_links: bool,
    ids: &[String],
) -> Result<Vec<(String, Error)>, Error> {
    let mut ranges = Vec::new();
    let mut plans = Vec::new();
    for id in ids {
        let plan = session.read_plan(id)?.unwrap_or_default();
        plans.push((id, plan.len()));
        ranges.extend(plan.into_iter().map(|range| SourceRange {
            source: range.source,
            offset: range.offset,
            length: range.length,
        }));
    }
    if ranges.is_empty() {
        return Ok(Vec::new());
    }
    let mut pieces = read_ranges(inputs, passwords, follow_links, &ranges).into_iter();
    let mut failed = Vec::new();
    for (id, parts) in plans {
        let own: Vec<Vec<u8>> = pieces.by_ref().take(parts).collect();
        if let Err(error) = session.read_block(id, &own) {
            failed.push((id.clone(), error));
        }
    }
    Ok(failed)
}

/// Reads ranges of sources again. Returns the bytes of each, fewer where its source ends before, none where no input has
/// the source. An input that can be read once only, such as standard input, is not read.
///
/// ```
/// use scriptscope_scan::{Input, SourceRange, read_ranges};
///
/// let input = Input::Bytes { name: "notes.txt".into(), bytes: b"not a log".as_slice().into() };
/// let range = SourceRange { source: "notes.txt".into(), offset: 4, length: 100 };
/// assert_eq!(read_ranges(&[input], &[], false, &[range]), [b"a log"]);
/// ```
pub fn read_ranges(
    inputs: &[Input],
    passwords: &[String],
    follow_links: bool,
    ranges: &[SourceRange],
) -> Vec<Vec<u8>> {
    let mut all_passwords = vec!["infected".to_owned()];
    all_passwords.extend(passwords.iter().cloned());
    let mut wanted: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, range) in ranges.iter().enumerate() {
        wanted.entry(&range.source).or_default().push(index);
    }
    let mut capture =
        Capture { ranges, wanted, found: vec![Vec::new(); ranges.len()], open: Vec::new(), at: 0 };
    for resource in resources(inputs, follow_links).into_iter().flatten() {
        if capture.wanted.is_empty() {
            break;
        }
        if !resource.is_repeatable() {
            continue;
        }
        let name = &resource.name;
        // A member's name begins with that of its archive, if the archive has a prefix.
        let is_seekable_source = capture.wanted.contains_key(name.as_str());
        if is_seekable_source && capture.read_file(&resource) {
            continue;
        }
        let _ = unpack(&resource, &all_passwords, &mut capture);
    }
    capture.found
}

/// Keeps the bytes of the ranges that are wanted.
struct Capture<'a> {
    ranges: &'a [SourceRange],
    /// Indexes of the ranges that were not found yet, by source.
    wanted: HashMap<&'a str, Vec<usize>>,
    found: Vec<Vec<u8>>,
    /// Indexes of the ranges of the open source.
    open: Vec<usize>,
    /// Offset in the open source.
    at: u64,
}

/// All ranges were found.
struct Complete;

/// First bytes of an archive, which is unpacked.
const ARCHIVES: [&[u8]; 4] = [&[0x1F, 0x8B], b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"];

impl Capture<'_> {
    /// Reads the ranges of a file that is a source itself. Returns false, having read nothing, if it may be an archive.
    fn read_file(&mut self, resource: &crate::input::Resource) -> bool {
        let Some(mut read_at) = resource.reader_at() else { return false };
        let head = read_at(0, 4).unwrap_or_default();
        if ARCHIVES.iter().any(|magic| head.starts_with(magic)) {
            return false;
        }
        for index in self.wanted.remove(resource.name.as_str()).unwrap_or_default() {
            let Some(range) = self.ranges.get(index) else { continue };
            let length = usize::try_from(range.length).unwrap_or(usize::MAX);
            if let (Some(bytes), Some(slot)) =
                (read_at(range.offset, length), self.found.get_mut(index))
            {
                *slot = bytes;
            }
        }
        true
    }
}

impl Sink for Capture<'_> {
    type Stop = Complete;

    fn begin(&mut self, name: &str) -> Result<(), Complete> {
        self.open = self.wanted.remove(name).unwrap_or_default();
        self.at = 0;
        Ok(())
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Complete> {
        let end = self.at + bytes.len() as u64;
        for index in &self.open {
            let (Some(range), Some(found)) = (self.ranges.get(*index), self.found.get_mut(*index))
            else {
                continue;
            };
            let from = range.offset.max(self.at);
            let to = range.offset.saturating_add(range.length).min(end);
            if from < to {
                let within = (from - self.at) as usize..(to - self.at) as usize;
                found.extend_from_slice(bytes.get(within).unwrap_or_default());
            }
        }
        self.at = end;
        Ok(())
    }

    fn end(&mut self, _: Option<InputFailure>) -> Result<(), Complete> {
        self.open.clear();
        if self.wanted.is_empty() { Err(Complete) } else { Ok(()) }
    }

    fn packed(&mut self, _: u64) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn ranges_are_read_from_files_and_from_archives() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.txt"), "0123456789").unwrap();
        let mut archive = ::zip::ZipWriter::new(Vec::new().into_cursor());
        archive.start_file("sub/b.txt", ::zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(b"abcdefghij").unwrap();
        let bytes = archive.finish().unwrap().into_inner();
        std::fs::write(folder.path().join("c.zip"), bytes).unwrap();
        let range = |source: &str, offset, length| SourceRange {
            source: source.to_owned(),
            offset,
            length,
        };
        let ranges = [
            range("a.txt", 2, 3),
            range("c.zip/sub/b.txt", 8, 100),
            range("none.txt", 0, 1),
            range("a.txt", 20, 1),
            range("c.zip/sub/b.txt", 0, 2),
        ];
        let found = read_ranges(&[folder.path().into()], &[], false, &ranges);
        assert_eq!(found, [&b"234"[..], b"ij", b"", b"", b"ab"]);
    }

    trait IntoCursor {
        fn into_cursor(self) -> std::io::Cursor<Vec<u8>>;
    }

    impl IntoCursor for Vec<u8> {
        fn into_cursor(self) -> std::io::Cursor<Vec<u8>> {
            std::io::Cursor::new(self)
        }
    }
}
