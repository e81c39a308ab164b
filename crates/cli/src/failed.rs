//! Why a command ends without results.

/// Why a command ends without results.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The words of the command line ask for what cannot be.
    Usage(String),
    /// Something else, in words.
    Refused(String),
    /// The user stopped it.
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
