//! The log formats, and the options for reading a source.

use super::encoding::Encoding;

/// Format of a log.
///
/// # Example
///
/// ```
/// use scriptscope::internal::source::Format;
///
/// assert_eq!(Format::Evtx.as_str(), "evtx");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A Windows event log file, or chunks of one.
    Evtx,
    /// Windows event XML.
    Xml,
    /// JSON documents, one per line or not.
    Json,
    /// Events as text: Splunk's `Key=Value` lines, PowerShell's `Key : Value` lists, Snare's tab-separated lines, the
    /// output of `wevtutil`.
    Classic,
    /// A table with a heading, separated by commas, semicolons, tabs or bars.
    Csv,
}

impl Format {
    /// Returns the report's name of the format.
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

/// How to read values that the bytes leave open.
///
/// # Example
///
/// ```
/// use scriptscope::internal::source::SourceOptions;
///
/// // Times without a zone were written in Berlin in winter.
/// let options = SourceOptions { utc_offset_seconds: 3_600, ..SourceOptions::default() };
/// assert_ne!(options, SourceOptions::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceOptions {
    /// Seconds east of UTC, for times written without a zone.
    pub utc_offset_seconds: i64,
    /// Encoding of text that does not show its own.
    pub encoding: Option<Encoding>,
}
