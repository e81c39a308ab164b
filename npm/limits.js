// Every bound of what is unpacked before the engine sees it, each with its reason. The engine has its own.

const MIB = 1 << 20;
const GIB = 1 << 30;

/** Bytes read at a time, where each read costs much. */
export const READ_BYTES = 8 * MIB;

/** As much as Chromium has ready of a blob. */
export const PIPE_BYTES = 2 * MIB;

/** Bytes handed to the engine at a time: they are copied into its memory, which never shrinks. */
export const PUSH_BYTES = MIB;

/**
 * A source of twice this size is read in ranges by several workers. Each range costs some milliseconds, so there are few
 * for each worker, and still so many that none waits long for another's last one.
 */
export const RANGE_BYTES = 16 * MIB;
export const LARGEST_RANGE_BYTES = 128 * MIB;
export const RANGES_PER_WORKER = 3;

/** How often a worker gives away what it has found, where that is looked at. Each time costs a message and a merge. */
export const LIVE_PARTIAL_MS = 150;

/** And where it is not: what a worker has found and not given away has to be read again if it dies. */
export const PARTIAL_MS = 1_000;

/** Archives within each other. Evidence is wrapped twice or three times, never more by reasonable people. */
export const ARCHIVE_NESTING = 5;

/** Archives that lie too deep in one input before the rest of it is left: more are no evidence but a trap. */
export const ARCHIVES_TOO_DEEP = 1_000;

/** Members of one input's archives, those within each other too: each becomes a source of the report. */
export const ARCHIVE_MEMBERS = 200_000;

/** A zip member of this size at most, packed and unpacked, is inflated in one piece. */
export const SMALL_MEMBER_BYTES = 256 << 10;

/** An archive inside a stream or another archive has no end to read from first, so it is held whole. */
export const HELD_ARCHIVE_BYTES = 2 * GIB;

/** What an input may unpack to: this much, and so many times its own size. Logs shrink 5 to 60 times. */
export const UNPACKED_BYTES = GIB;
export const UNPACKED_RATIO = 250;

/**
 * Bytes inflated at a time near damage: an inflater that finds it keeps to itself what it made of the piece with it, so
 * this much is lost at most. Less costs time.
 */
export const INFLATE_BYTES = 2 << 10;

/** Bytes that Node's inflaters give at a time: with the 16 KiB that it gives by itself they take twice as long. */
export const INFLATED_BYTES = 256 << 10;

/** How often a password is asked for before an encrypted member is left unread. */
export const PASSWORD_ATTEMPTS = 3;

/** Files under one folder. */
export const FOLDER_FILES = 200_000;

/** How long a run may keep the event loop to itself, so that timers, signals and closing windows are heard. */
export const TURN_MS = 30;

/** How often progress is told. */
export const PROGRESS_MS = 100;

/** One rule file: published ones have 2 to 20 KB. */
export const RULE_FILE_BYTES = 16 * MIB;
