//! Content of an input: the input itself, or the members of gzip and zip archives at any depth.
//!
//! ```text
//! logs.zip ─▶ a.evtx                    source "a.evtx"
//!          ─▶ old.zip ─▶ b.xml.gz ─▶ …  source "old.zip/b.xml.gz"
//! ```

use crate::failure::InputFailure;
use crate::inflate::{Gunzip, read_some};
use crate::input::{Opened, ReadSeek, Resource};
use crate::limits::{
    ARCHIVE_BOMBS, ARCHIVE_MEMBERS, ARCHIVE_NESTING, ARCHIVES_TOO_DEEP, FIRST_READ_BYTES,
    HELD_ARCHIVE_BYTES, HELD_IN_MEMORY_BYTES, PUSH_BYTES, UNPACKED_BYTES, UNPACKED_RATIO,
};
use crate::zip::{Directory, LIST_DAMAGED, with_content};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use tempfile::SpooledTempFile;

/// Receiver of sources, one after the other.
pub(crate) trait Sink {
    /// Reason to end the whole run: the caller cancelled, or the engine refused.
    type Stop;

    fn begin(&mut self, name: &str) -> Result<(), Self::Stop>;
    fn push(&mut self, bytes: &[u8]) -> Result<(), Self::Stop>;
    /// Ends the source, after all its bytes or where reading broke off.
    fn end(&mut self, failure: Option<InputFailure>) -> Result<(), Self::Stop>;
    /// Reports the number of packed bytes of the input that were read so far.
    fn packed(&mut self, bytes: u64);
}

const UNLISTED: &str =
    "bytes of the zip archive belong to no member in its list: members found there are read";
const NOT_READ: &str = "what follows in it is not read";

/// Passes all sources of a resource to the sink. A source that cannot be read, or whose reading breaks off, ends with a
/// failure. The next source follows.
pub(crate) fn unpack<S: Sink>(
    resource: &Resource,
    passwords: &[String],
    sink: &mut S,
) -> Result<(), S::Stop> {
    let spending = Spending { size: resource.size, ..Spending::default() };
    let mut unpacker = Unpacker { sink, passwords, spending: &spending, members: 0 };
    let names = Names { name: &resource.name, prefix: &resource.prefix };
    match resource.open() {
        Ok(Opened::Seekable(inner)) => {
            unpacker.feed_file(names, &mut CountedRead { inner, spending: &spending })
        }
        Ok(Opened::Stream(inner)) => {
            unpacker.feed_stream(names, &mut CountedRead { inner, spending: &spending }, 0)
        }
        Err(failure) => unpacker.fail(names.name, failure),
    }
}

/// Bytes read and unpacked of one input so far.
#[derive(Default)]
struct Spending {
    size: Option<u64>,
    packed: Cell<u64>,
    unpacked: Cell<u64>,
    too_deep: Cell<u64>,
    /// Number of members that exceeded the bound on unpacked bytes.
    bombs: Cell<u64>,
}

impl Spending {
    /// Whether the output exceeds the size that a log can have, or too many archives are nested too deep.
    fn is_over(&self) -> bool {
        let most = UNPACKED_BYTES + UNPACKED_RATIO.saturating_mul(self.packed());
        self.unpacked.get() > most || self.too_deep.get() >= ARCHIVES_TOO_DEEP
    }

    /// Takes back the bytes of a member that exceeded the bound. Returns whether further members may be read.
    fn forgive(&self, unpacked: u64) -> bool {
        self.bombs.set(self.bombs.get() + 1);
        if self.bombs.get() < ARCHIVE_BOMBS {
            self.unpacked.set(unpacked);
        }
        !self.is_over()
    }

    /// Returns the packed bytes read, at most the input's size: the bytes of an archive's central directory are read
    /// twice.
    fn packed(&self) -> u64 {
        self.packed.get().min(self.size.unwrap_or(u64::MAX))
    }
}

struct Unpacker<'a, S> {
    sink: &'a mut S,
    passwords: &'a [String],
    spending: &'a Spending,
    members: u64,
}

/// Members of one archive that were read.
#[derive(Default)]
struct Seen {
    offsets: HashSet<u64>,
    names: HashMap<String, u64>,
}

impl Seen {
    /// Returns the name, with a number if an earlier member has the same.
    fn unique(&mut self, name: String) -> String {
        let count = self.names.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 { name } else { format!("{name} ({count})") }
    }
}

#[derive(Clone, Copy)]
struct Names<'a> {
    name: &'a str,
    prefix: &'a str,
}

impl<'a> Names<'a> {
    /// Returns the name of an archive as a source: that of its members, if they have it.
    fn of_archive(self) -> &'a str {
        if self.prefix.is_empty() { self.name } else { self.prefix }
    }
}

/// Reason why a source or a run ends.
enum End<T> {
    Failure(InputFailure),
    Stop(T),
}

impl<T> From<InputFailure> for End<T> {
    fn from(failure: InputFailure) -> Self {
        End::Failure(failure)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zip,
}

impl Packing {
    /// Returns the packing by the first bytes. A zip archive starts with a local header, or with the end record if it
    /// has no members.
    fn of(head: &[u8]) -> Self {
        match head {
            [0x1F, 0x8B, 8, ..] => Packing::Gzip,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Packing::Zip,
            _ => Packing::Plain,
        }
    }
}

impl<S: Sink> Unpacker<'_, S> {
    /// Reads a seekable file.
    fn feed_file(&mut self, names: Names<'_>, file: &mut dyn ReadSeek) -> Result<(), S::Stop> {
        let head = match head(&mut *file) {
            Ok(head) => head,
            Err(error) => return self.fail(names.name, error),
        };
        if Packing::of(&head) == Packing::Zip {
            let end = self.zip(names, file, 0);
            return self.settle(names.of_archive(), end);
        }
        self.feed_head(names, head, &mut *file, 0)
    }

    fn feed_stream(
        &mut self,
        names: Names<'_>,
        content: &mut dyn Read,
        depth: usize,
    ) -> Result<(), S::Stop> {
        let mut content =
            Unpacked { inner: content, spending: self.spending, is_counted: depth > 0 };
        match head(&mut content) {
            Ok(head) => self.feed_head(names, head, &mut content, depth),
            Err(error) => self.fail(names.name, error),
        }
    }

    fn feed_head(
        &mut self,
        names: Names<'_>,
        head: Vec<u8>,
        rest: &mut dyn Read,
        depth: usize,
    ) -> Result<(), S::Stop> {
        let packing = Packing::of(&head);
        let mut content = Cursor::new(head).chain(rest);
        if packing == Packing::Plain {
            return self.plain(names.name, &mut content);
        }
        if depth >= ARCHIVE_NESTING {
            let failure = self.too_deep();
            return self.fail(names.name, failure);
        }
        if packing == Packing::Gzip {
            return self.feed_stream(names, &mut Renamed(Gunzip::new(content)), depth + 1);
        }
        let end = match hold(&mut content) {
            Ok(mut archive) => self.zip(names, &mut archive, depth),
            Err(failure) => Err(End::Failure(failure)),
        };
        self.settle(names.of_archive(), end)
    }

    fn plain(&mut self, name: &str, content: &mut dyn Read) -> Result<(), S::Stop> {
        self.sink.begin(name)?;
        let mut buffer = vec![0; PUSH_BYTES];
        let mut first = FIRST_READ_BYTES;
        loop {
            // The first read returns the bytes in memory. Later reads then end where the chunks of an event log end.
            let most = std::mem::replace(&mut first, PUSH_BYTES);
            match read_some(&mut &mut *content, buffer.get_mut(..most).unwrap_or_default()) {
                Ok(0) => return self.sink.end(None),
                Ok(length) => {
                    self.sink.packed(self.spending.packed());
                    self.sink.push(buffer.get(..length).unwrap_or_default())?;
                }
                Err(error) => return self.sink.end(Some(error.into())),
            }
        }
    }

    fn zip(
        &mut self,
        names: Names<'_>,
        archive: &mut dyn ReadSeek,
        depth: usize,
    ) -> Result<(), End<S::Stop>> {
        let before = self.members;
        let mut seen = Seen::default();
        let listed = Directory::open(archive).map_err(End::Failure).and_then(|mut directory| {
            let is_complete = self.members(names, archive, depth, &mut directory, &mut seen)?;
            match directory.unlisted_bytes() {
                unlisted if unlisted > 0 && is_complete => {
                    Err(InputFailure::damaged(format!("{unlisted} {UNLISTED}")).into())
                }
                _ => Ok(()),
            }
        });
        match listed {
            Err(End::Failure(failure))
                if failure.message == LIST_DAMAGED || failure.message.ends_with(UNLISTED) =>
            {
                let mut directory = Directory::rebuild(archive)?;
                self.members(names, archive, depth, &mut directory, &mut seen)?;
                return Err(failure.into());
            }
            listed => listed?,
        }
        if self.members == before {
            return Err(InputFailure::read("the archive holds no files").into());
        }
        Ok(())
    }

    /// Reads the members in a directory, except those at the offsets that were read before. Returns false if it stopped at
    /// a limit.
    fn members(
        &mut self,
        names: Names<'_>,
        archive: &mut dyn ReadSeek,
        depth: usize,
        directory: &mut Directory,
        seen: &mut Seen,
    ) -> Result<bool, End<S::Stop>> {
        let is_rebuilt = directory.is_rebuilt();
        while let Some(entry) = directory.next(archive)? {
            if !seen.offsets.insert(entry.offset) && is_rebuilt {
                continue;
            }
            self.members += 1;
            if self.members > ARCHIVE_MEMBERS {
                let message = format!("the archive has more than {ARCHIVE_MEMBERS} members");
                return Err(InputFailure::limit(message).into());
            }
            let name = seen.unique(member_name(names.prefix, &entry.name));
            let unpacked = self.spending.unpacked.get();
            let names = Names { name: &name, prefix: &name };
            let prepended = directory.prepended;
            let passwords = self.passwords;
            let consume = |content: Result<&mut dyn Read, InputFailure>| match content {
                Ok(content) => self.feed_stream(names, content, depth + 1),
                Err(failure) => self.fail(names.name, failure),
            };
            with_content(archive, &entry, prepended, passwords, consume).map_err(End::Stop)?;
            // The member that exceeded the bound has its failure. It costs the next ones nothing, unless there are many.
            if self.spending.is_over() && !self.spending.forgive(unpacked) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn too_deep(&self) -> InputFailure {
        self.spending.too_deep.set(self.spending.too_deep.get() + 1);
        let rest = match self.spending.is_over() {
            true => format!(", {} times: {NOT_READ}", self.spending.too_deep.get()),
            false => String::new(),
        };
        InputFailure::limit(format!("more than {ARCHIVE_NESTING} archives within each other{rest}"))
    }

    fn settle(&mut self, name: &str, end: Result<(), End<S::Stop>>) -> Result<(), S::Stop> {
        match end {
            Ok(()) => Ok(()),
            Err(End::Failure(failure)) => self.fail(name, failure),
            Err(End::Stop(stop)) => Err(stop),
        }
    }

    fn fail(&mut self, name: &str, failure: impl Into<InputFailure>) -> Result<(), S::Stop> {
        self.sink.begin(name)?;
        self.sink.end(Some(failure.into()))
    }
}

/// Returns the name of a member: its path in the archive with `/`, after the name of the archive if that is nested.
fn member_name(prefix: &str, inside: &str) -> String {
    let inside = inside.replace('\\', "/");
    let mut name = inside.as_str();
    while let Some(rest) = name.strip_prefix("./").or_else(|| name.strip_prefix('/')) {
        name = rest;
    }
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") }
}

/// Returns the paths of a zip archive's members by its list; none of another file. Returns `None` if they are not known
/// before they are unpacked: the list is damaged, or a stream or gzip data may hold an archive.
pub(crate) fn listed_members(resource: &Resource) -> Option<Vec<String>> {
    // Opening a pipe waits for its writer, and a stream can be opened once only.
    if !resource.is_repeatable() {
        return None;
    }
    let Ok(Opened::Seekable(mut file)) = resource.open() else { return Some(Vec::new()) };
    let head = head(&mut *file).unwrap_or_default();
    match Packing::of(&head) {
        Packing::Plain => return Some(Vec::new()),
        Packing::Gzip => return None,
        Packing::Zip => {}
    }
    let mut directory = Directory::open(&mut *file).ok()?;
    let mut paths = Vec::new();
    while let Some(entry) = directory.next(&mut *file).ok()? {
        paths.push(member_name("", &entry.name));
        if paths.len() as u64 >= ARCHIVE_MEMBERS {
            return None;
        }
    }
    Some(paths)
}

/// Returns the first bytes: at least the four that determine the packing, unless the content is shorter.
fn head(content: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = vec![0; FIRST_READ_BYTES];
    let mut filled = 0;
    while filled < 4 {
        match read_some(&mut &mut *content, head.get_mut(filled..).unwrap_or_default())? {
            0 => break,
            length => filled += length,
        }
    }
    head.truncate(filled);
    Ok(head)
}

/// Copies an archive from a stream, because it is read from its end.
fn hold(content: &mut dyn Read) -> Result<SpooledTempFile, InputFailure> {
    let mut held = SpooledTempFile::new(HELD_IN_MEMORY_BYTES);
    if io::copy(&mut content.take(HELD_ARCHIVE_BYTES + 1), &mut held)? > HELD_ARCHIVE_BYTES {
        return Err(InputFailure::limit(format!(
            "an archive inside a stream or another archive has more than {HELD_ARCHIVE_BYTES} bytes"
        )));
    }
    Ok(held)
}

/// Reader that counts the bytes read of the whole input.
struct CountedRead<'a, R> {
    inner: R,
    spending: &'a Spending,
}

impl<R: Read> Read for CountedRead<'_, R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(output)?;
        self.spending.packed.set(self.spending.packed.get() + length as u64);
        Ok(length)
    }
}

impl<R: Seek> Seek for CountedRead<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// Reader that bounds the bytes unpacked from archives.
struct Unpacked<'a> {
    inner: &'a mut dyn Read,
    spending: &'a Spending,
    is_counted: bool,
}

impl Read for Unpacked<'_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(output)?;
        if self.is_counted {
            self.spending.unpacked.set(self.spending.unpacked.get() + length as u64);
            if self.spending.is_over() {
                return Err(InputFailure::limit(format!(
                    "the archive unpacks to more than {UNPACKED_RATIO} times its size: {NOT_READ}"
                ))
                .into());
            }
        }
        Ok(length)
    }
}

/// Reader that replaces the decoder's errors by this crate's messages.
struct Renamed<R>(Gunzip<R>);

impl<R: Read> Read for Renamed<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        self.0.read(output).map_err(|error| {
            InputFailure::of_archive(error, "the gzip data is damaged or cut off").into()
        })
    }
}
