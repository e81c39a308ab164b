//! Bounds on input before the engine reads it, each with its reason. The JavaScript library has the same bounds.

/// Upper bound on the bytes passed to the engine at a time.
pub(crate) const PUSH_BYTES: usize = 256 << 10;

/// Bytes of the first read. The chunks of an event log follow a header of this size, so later reads end where chunks
/// end.
pub(crate) const FIRST_READ_BYTES: usize = 4096;

/// Upper bound on the nesting of archives. Evidence is wrapped twice or three times; nobody reasonable wraps it deeper.
pub const ARCHIVE_NESTING: usize = 5;

/// Number of archives nested too deep in one input after which the remaining input is skipped: more of them are a trap,
/// not evidence.
pub const ARCHIVES_TOO_DEEP: u64 = 1_000;

/// Upper bound on the archive members of one input, nested ones included. Each member becomes a source of the report.
pub const ARCHIVE_MEMBERS: u64 = 200_000;

/// Upper bound on the size of an archive inside a stream or another archive. Such an archive is copied because a zip
/// archive is read from its end.
pub const HELD_ARCHIVE_BYTES: u64 = 2 << 30;

/// Upper bound on the bytes of such a copy in memory. A larger copy goes to an unnamed temporary file.
pub(crate) const HELD_IN_MEMORY_BYTES: usize = 16 << 20;

/// Constant part of the bound on the unpacked bytes of an input, to which [`UNPACKED_RATIO`] times its own size is
/// added. Logs shrink 5 to 60 times.
pub const UNPACKED_BYTES: u64 = 1 << 30;
/// See [`UNPACKED_BYTES`].
pub const UNPACKED_RATIO: u64 = 250;

/// Number of archive members that may exceed [`UNPACKED_BYTES`] before the reading of an input ends. Each costs the time of
/// unpacking as many bytes; a real archive has none.
pub const ARCHIVE_BOMBS: u64 = 4;

/// Upper bound on the files under one folder.
pub const FOLDER_FILES: usize = 200_000;

/// Upper bound on the size of a rule file. Published rule files have 2 to 20 KB.
pub const RULE_FILE_BYTES: usize = 16 << 20;

/// Minimum number of bytes per thread. Below it, another thread costs more than it saves.
pub(crate) const BYTES_PER_JOB: u64 = 8 << 20;

/// Bytes of a piece of the inputs, if results are passed on piece by piece. It is read in a few hundredths of a second.
pub(crate) const STEP_BYTES: u64 = 2 << 20;

/// Minimum number of bytes of inputs that are read piece by piece. Fewer are read in a moment, and their results are sorted.
pub(crate) const STEPWISE_BYTES: u64 = 16 << 20;

/// Interval between a worker's partial results. If the worker panics, it loses only the work since the last one, which
/// is read again.
pub(crate) const PARTIAL_INTERVAL_MS: u64 = 1_000;

/// Interval between progress reports.
pub(crate) const PROGRESS_INTERVAL_MS: u64 = 100;

/// Time that a cancelled run waits for workers blocked in a read, such as of a terminal.
pub(crate) const CANCEL_WAIT_MS: u64 = 300;
