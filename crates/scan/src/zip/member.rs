//! Content of a member.

use super::directory::{Entry, number, read_at};
use super::single::SingleMember;
use crate::failure::InputFailure;
use crate::inflate::{Inflate, read_some};
use crate::input::ReadSeek;
use ::zip::ZipArchive;
use ::zip::read::{ArchiveOffset, Config};
use crc32fast::Hasher;
use scriptscope::Failure;
use std::io::{self, Read, SeekFrom};

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const DEFLATED64: u16 = 9;
const LOCAL: &[u8] = b"PK\x03\x04";
const LOCAL_BYTES: usize = 30;

/// Bytes decrypted before a password counts as right, or fewer if the member is shorter.
const PROBE_BYTES: u64 = 64 << 10;

const DAMAGED: &str = "the archive's member is damaged or cut off";

/// Calls `consume` with the content of a member, decrypted if necessary, or with the reason why it cannot be read. The
/// content is not returned because the library's readers borrow their archive.
pub(crate) fn with_content<T>(
    archive: &mut dyn ReadSeek,
    entry: &Entry,
    prepended: u64,
    passwords: &[String],
    consume: impl FnOnce(Result<&mut dyn Read, InputFailure>) -> T,
) -> T {
    let password = if entry.is_encrypted {
        let opening = passwords.iter().find(|word| opens(archive, entry, prepended, word));
        let Some(password) = opening else {
            let message = "the archive's member is encrypted, and no password opened it";
            return consume(Err(InputFailure {
                kind: Failure::ArchivePassword,
                message: message.to_owned(),
            }));
        };
        Some(password.as_str())
    } else {
        None
    };
    if password.is_some() || entry.method == DEFLATED64 {
        return by_library(archive, entry, prepended, password, consume);
    }
    let packed = match packed(archive, entry) {
        Ok(packed) => packed,
        Err(failure) => return consume(Err(failure)),
    };
    match entry.method {
        STORED => consume(Ok(&mut Checked::new(packed, entry))),
        DEFLATED => consume(Ok(&mut Checked::new(Inflate::new(packed), entry))),
        _ => consume(Err(InputFailure::damaged(
            "the archive's member is compressed in a way that is not supported",
        ))),
    }
}

/// Whether a password opens a member, that is, the decrypted bytes can be decoded. Only the checksum at the end of a
/// stored member distinguishes its content from garbage.
fn opens(archive: &mut dyn ReadSeek, entry: &Entry, prepended: u64, password: &str) -> bool {
    let bytes = if entry.is_zip_crypto && entry.method == STORED { u64::MAX } else { PROBE_BYTES };
    by_library(archive, entry, prepended, Some(password), |content| {
        content.is_ok_and(|content| io::copy(&mut content.take(bytes), &mut io::sink()).is_ok())
    })
}

fn by_library<T>(
    archive: &mut dyn ReadSeek,
    entry: &Entry,
    prepended: u64,
    password: Option<&str>,
    consume: impl FnOnce(Result<&mut dyn Read, InputFailure>) -> T,
) -> T {
    let damaged = || InputFailure::damaged(DAMAGED);
    let Ok(single) = SingleMember::new(archive, entry, prepended) else {
        return consume(Err(damaged()));
    };
    let config = Config { archive_offset: ArchiveOffset::Known(prepended) };
    let Ok(mut archive) = ZipArchive::with_config(config, single) else {
        return consume(Err(damaged()));
    };
    let file = match password {
        Some(password) => archive.by_index_decrypt(0, password.as_bytes()),
        None => archive.by_index(0),
    };
    match file {
        Ok(mut file) => consume(Ok(&mut Renamed(&mut file))),
        Err(_) => consume(Err(damaged())),
    }
}

fn packed<'a>(
    archive: &'a mut dyn ReadSeek,
    entry: &Entry,
) -> Result<io::Take<&'a mut dyn ReadSeek>, InputFailure> {
    let header = read_at(archive, entry.offset, LOCAL_BYTES)?;
    if header.len() < LOCAL_BYTES || !header.starts_with(LOCAL) {
        return Err(InputFailure::damaged(DAMAGED));
    }
    let lengths = number(&header, 26, 2) + number(&header, 28, 2);
    archive.seek(SeekFrom::Start(entry.offset.saturating_add(LOCAL_BYTES as u64 + lengths)))?;
    Ok(archive.take(entry.packed_bytes))
}

/// Reader that compares size and checksum of a content with its directory entry at the end.
struct Checked<R> {
    inner: R,
    crc: Hasher,
    length: u64,
    expected: (u32, u64),
}

impl<R> Checked<R> {
    fn new(inner: R, entry: &Entry) -> Self {
        Self { inner, crc: Hasher::new(), length: 0, expected: (entry.crc, entry.bytes) }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let length = read_some(&mut self.inner, output).map_err(member_damaged)?;
        if length == 0 && !output.is_empty() {
            let found = (self.crc.clone().finalize(), self.length);
            return if found == self.expected {
                Ok(0)
            } else {
                Err(InputFailure::damaged(DAMAGED).into())
            };
        }
        self.crc.update(output.get(..length).unwrap_or_default());
        self.length += length as u64;
        Ok(length)
    }
}

/// Reader that replaces the library's errors by this crate's messages.
struct Renamed<'a, R>(&'a mut R);

impl<R: Read> Read for Renamed<'_, R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        read_some(self.0, output).map_err(member_damaged)
    }
}

fn member_damaged(error: io::Error) -> io::Error {
    InputFailure::of_archive(error, DAMAGED).into()
}
