//! The formats of logs, and how a source is to be read.

/// What kind of log a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A Windows event log file, or chunks of one.
    Evtx,
    /// Windows event XML.
    Xml,
    /// JSON documents, one a line or not.
    Json,
    /// Splunk's event text: `FieldKey=FieldValue` lines; or PowerShell's: `FieldKey : FieldValue`.
    Classic,
    /// A table with a heading, between commas, semicolons or tabs.
    Csv,
}

impl Format {
    /// The report's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Evtx => "evtx",
            Self::Xml => "xml",
            Self::Json => "json",
            Self::Classic => "classic",
            Self::Csv => "csv",
        }
    }
}

/// How a source is to be read, where its bytes do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceOptions {
    /// Seconds east of UTC for times that are written without a zone.
    pub utc_offset_seconds: i64,
}
