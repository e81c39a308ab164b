//! [`Failure`]: why a source broke off outside of its bytes.

use crate::error::Error;
use std::str::FromStr;

/// The reason that no more bytes of a source come, for [`Session::fail`](super::Session::fail).
///
/// ```
/// use scriptscope::Failure;
///
/// assert_eq!("archive-limit".parse(), Ok(Failure::ArchiveLimit));
/// assert_eq!(Failure::ReadFailed.code(), "read-failed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// The file or stream could not be read.
    ReadFailed,
    /// The archive that holds the source is damaged.
    ArchiveDamaged,
    /// The archive's member is encrypted and no password opens it.
    ArchivePassword,
    /// The archive expands to more than is read of one.
    ArchiveLimit,
    /// The source is read under another name already.
    AlreadyRead,
    /// The user stopped reading.
    Cancelled,
}

impl Failure {
    /// Every failure.
    pub const ALL: [Self; 6] = [
        Self::ReadFailed,
        Self::ArchiveDamaged,
        Self::ArchivePassword,
        Self::ArchiveLimit,
        Self::AlreadyRead,
        Self::Cancelled,
    ];

    /// The code of the problem that the report then has.
    pub fn code(self) -> &'static str {
        match self {
            Self::ReadFailed => "read-failed",
            Self::ArchiveDamaged => "archive-damaged",
            Self::ArchivePassword => "archive-password",
            Self::ArchiveLimit => "archive-limit",
            Self::AlreadyRead => "already-read",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for Failure {
    type Err = Error;

    fn from_str(code: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|known| known.code() == code).ok_or_else(|| Error::Option {
            name: "code",
            message: format!("{code:?} is none of {}", Self::ALL.map(Self::code).join(", ")),
        })
    }
}
