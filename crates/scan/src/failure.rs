//! Failures before the engine has the bytes, worded the same on every platform.

use scriptscope::Failure;
use std::{fmt, io};

/// Reason why an input, or its remainder, could not be read. The report lists it as a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFailure {
    /// Kind of failure, which determines the problem's code.
    pub kind: Failure,
    /// Message for the user.
    pub message: String,
}

impl InputFailure {
    /// Returns a failure to read the input.
    pub fn read(message: impl Into<String>) -> Self {
        Self { kind: Failure::ReadFailed, message: message.into() }
    }

    /// Returns a failure for a damaged archive.
    pub fn damaged(message: impl Into<String>) -> Self {
        Self { kind: Failure::ArchiveDamaged, message: message.into() }
    }

    /// Returns a failure for a bound of [`crate::limits`] that was exceeded.
    pub fn limit(message: impl Into<String>) -> Self {
        Self { kind: Failure::ArchiveLimit, message: message.into() }
    }

    /// Returns the failure for an error while unpacking. Errors of the underlying file pass through; any other error
    /// means that the archive is damaged.
    pub(crate) fn of_archive(error: io::Error, message: &str) -> Self {
        match error.raw_os_error() {
            Some(_) => error.into(),
            None => Self::inside(error).unwrap_or_else(|_| Self::damaged(message)),
        }
    }

    /// Returns the failure that an error carries, or the error itself.
    fn inside(error: io::Error) -> Result<Self, io::Error> {
        error.downcast::<Self>()
    }
}

impl fmt::Display for InputFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for InputFailure {}

impl From<InputFailure> for io::Error {
    fn from(failure: InputFailure) -> Self {
        io::Error::other(failure)
    }
}

impl From<io::Error> for InputFailure {
    fn from(error: io::Error) -> Self {
        Self::inside(error).unwrap_or_else(|error| {
            Self::read(format!("the input cannot be read: {}", cause(&error)))
        })
    }
}

/// Returns why a file cannot be read or written, in words. The system's own messages contain error codes and differ between
/// systems.
pub fn cause(error: &io::Error) -> String {
    use io::ErrorKind;
    let known = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::NotADirectory => "a part of its path is not a folder",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::ReadOnlyFilesystem => "the disk is read-only",
        ErrorKind::ResourceBusy => "another program holds it open",
        _ => match (cfg!(windows), error.raw_os_error()) {
            (false, Some(40)) => "its links lead in a circle",
            (false, Some(24)) | (true, Some(4)) => "too many files are open",
            (false, Some(5)) | (true, Some(1117)) => "the device reports an error",
            (true, Some(32 | 33)) => "another program holds it open",
            _ => return error.to_string(),
        },
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_are_said_in_words() {
        let failure = InputFailure::from(io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(failure.kind, Failure::ReadFailed);
        assert_eq!(failure.message, "the input cannot be read: there is no such file or folder");
    }

    #[test]
    fn a_failure_passes_through_readers() {
        let failure = InputFailure::limit("too much");
        assert_eq!(InputFailure::from(io::Error::from(failure.clone())), failure);
        let beneath = io::Error::from_raw_os_error(5);
        assert_eq!(InputFailure::of_archive(beneath, "damaged").kind, Failure::ReadFailed);
        let decoder = io::Error::new(io::ErrorKind::InvalidInput, "corrupt");
        assert_eq!(InputFailure::of_archive(decoder, "damaged"), InputFailure::damaged("damaged"));
    }
}
