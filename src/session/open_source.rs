//! [`OpenSource`]: the state of the source that is being read.

use crate::source::Source;
use sha2::Sha256;

/// The source that is being read.
pub(super) struct OpenSource {
    pub(super) source: Source,
    pub(super) sha256: Option<Sha256>,
    /// See [`SessionSink::recent`](super::sink::SessionSink::recent).
    pub(super) recent: Vec<Vec<u8>>,
    /// Offset in the source of the first byte that is read here.
    pub(super) offset: u64,
    /// Bytes pushed so far.
    pub(super) pushed: u64,
}
