//! What can go wrong before the engine has the bytes, in words that are the same on every platform.

use scriptscope::Failure;
use std::{fmt, io};

/// Why an input, or the rest of it, could not be read. It becomes one of the report's problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFailure {
    /// Its kind, from which the problem has its code.
    pub kind: Failure,
    /// What happened.
    pub message: String,
}

impl InputFailure {
    /// The input cannot be read.
    pub fn read(message: impl Into<String>) -> Self {
        Self { kind: Failure::ReadFailed, message: message.into() }
    }

    /// An archive is damaged.
    pub fn damaged(message: impl Into<String>) -> Self {
        Self { kind: Failure::ArchiveDamaged, message: message.into() }
    }

    /// A bound of [`crate::limits`] was met.
    pub fn limit(message: impl Into<String>) -> Self {
        Self { kind: Failure::ArchiveLimit, message: message.into() }
    }

    /// An error while unpacking: that of the file beneath passes through, any other is damage of the archive.
    pub(crate) fn of_archive(error: io::Error, message: &str) -> Self {
        match error.raw_os_error() {
            Some(_) => error.into(),
            None => Self::inside(error).unwrap_or_else(|_| Self::damaged(message)),
        }
    }

    /// The failure that an error carries.
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
            Self::read(format!("the input cannot be read: {}", words(&error)))
        })
    }
}

/// The system's own messages name its codes, and differ between systems.
fn words(error: &io::Error) -> String {
    use io::ErrorKind;
    let known = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::NotADirectory => "a part of its path is not a folder",
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
