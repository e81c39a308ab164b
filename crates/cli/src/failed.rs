//! Reasons why a command ends without results.

/// Reason why a command ends without results.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The command line asks for something impossible.
    Usage(String),
    /// Any other failure, with its message.
    Refused(String),
    /// The user interrupted the command.
    Interrupted,
}

impl From<scriptscope::Error> for Failed {
    fn from(error: scriptscope::Error) -> Self {
        Failed::Refused(error.to_string())
    }
}

impl From<scriptscope_scan::ScanError> for Failed {
    fn from(error: scriptscope_scan::ScanError) -> Self {
        Failed::Refused(error.to_string())
    }
}

impl From<scriptscope_scan::RuleFileError> for Failed {
    fn from(error: scriptscope_scan::RuleFileError) -> Self {
        Failed::Refused(error.to_string())
    }
}
