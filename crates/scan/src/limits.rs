//! Every bound on input before the engine reads it, each with its reason. The JavaScript library has the same.

/// Bytes handed to the engine at a time.
pub(crate) const PUSH_BYTES: usize = 256 << 10;

/// Bytes read first: the chunks of an event log begin behind a header of this size, so reads end where chunks do.
pub(crate) const FIRST_READ_BYTES: usize = 4096;

/// Archives within each other. Evidence is wrapped twice or three times, never more by reasonable people.
pub const ARCHIVE_NESTING: usize = 5;

/// Archives nested too deep in one input before the rest of it is left: more are no evidence but a trap.
pub const ARCHIVES_TOO_DEEP: u64 = 1_000;

/// Members of one input's archives, nested ones included: each becomes a source of the report.
pub const ARCHIVE_MEMBERS: u64 = 200_000;

/// An archive inside a stream or another archive has no end to read from first, so it is copied.
pub const HELD_ARCHIVE_BYTES: u64 = 2 << 30;

/// Bytes of such a copy in memory; a larger one goes to a temporary file without a name.
pub(crate) const HELD_IN_MEMORY_BYTES: usize = 16 << 20;

/// What an input may unpack to: this many bytes, and so many times its own size. Logs shrink 5 to 60 times.
pub const UNPACKED_BYTES: u64 = 1 << 30;
/// See [`UNPACKED_BYTES`].
pub const UNPACKED_RATIO: u64 = 250;

/// Files under one folder.
pub const FOLDER_FILES: usize = 200_000;

/// One rule file: published ones have 2 to 20 KB.
pub const RULE_FILE_BYTES: usize = 16 << 20;

/// Bytes for each thread below which another costs more than it saves.
pub(crate) const BYTES_PER_JOB: u64 = 8 << 20;

/// How often a worker gives away what it found: what it has not given away is read again if it panics.
pub(crate) const PARTIAL_INTERVAL_MS: u64 = 1_000;

/// How often the watcher hears of progress.
pub(crate) const PROGRESS_INTERVAL_MS: u64 = 100;

/// How long a cancelled run waits for workers that are inside a read, such as of a terminal.
pub(crate) const CANCEL_WAIT_MS: u64 = 1_000;
