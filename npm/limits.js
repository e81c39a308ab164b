// The bounds of reading and unpacking, each with its reason. The engine has its own.

const MIB = 1 << 20;
const GIB = 1 << 30;

/** Bytes per read where each read is expensive. */
export const READ_BYTES = 8 * MIB;

/** Bytes that Chromium reads ahead of a blob. */
export const PIPE_BYTES = 2 * MIB;

/** Bytes handed to the engine at a time: they are copied into its memory, which never shrinks. */
export const PUSH_BYTES = MIB;

/** How often a worker sends a partial while results are shown: with each report of progress. It costs a message and a merge. */
export const LIVE_PARTIAL_MS = 90;

/** How often it does otherwise: what it has found since must be read again if it dies. */
export const PARTIAL_MS = 1_000;

/** Depth of archives inside archives. Evidence is packed two or three times. */
export const ARCHIVE_NESTING = 5;

/** Archives nested too deeply in one input before reading of it stops: more are a trap. */
export const ARCHIVES_TOO_DEEP = 1_000;

/** Members of one input's archives, nested ones included: each becomes a source of the report. */
export const ARCHIVE_MEMBERS = 200_000;

/** Largest zip member, packed and unpacked, that is inflated in one piece. */
export const SMALL_MEMBER_BYTES = 256 << 10;

/** Largest archive inside a stream or another archive. It is held in memory: a zip is read from its end. */
export const HELD_ARCHIVE_BYTES = 2 * GIB;

/** An input may unpack to this many bytes, plus this many times its own size. Logs shrink 5 to 60 times. */
export const UNPACKED_BYTES = GIB;
export const UNPACKED_RATIO = 250;

/**
 * Members that may exceed this before the reading of an input ends. Each costs the time of unpacking as many bytes; a real
 * archive has none.
 */
export const ARCHIVE_BOMBS = 4;

/**
 * Bytes inflated at a time near damage: an inflater discards its output for the piece with the damage, so at most this much
 * is lost. Fewer bytes cost time.
 */
export const INFLATE_BYTES = 2 << 10;

/** Bytes that Node's inflaters yield at a time: with its default of 16 KiB they take twice as long. */
export const INFLATED_BYTES = 256 << 10;

/** Passwords that are asked for before an encrypted member is left unread. */
export const PASSWORD_ATTEMPTS = 3;

/** Files under one folder. */
export const FOLDER_FILES = 200_000;

/** Longest time between two turns of the event loop, so that timers, signals and closing windows take effect. */
export const TURN_MS = 30;

/** Shortest time between two reports of progress. */
export const PROGRESS_MS = 100;

/** Largest rule file. Published ones have 2 to 20 KB. */
export const RULE_FILE_BYTES = 16 * MIB;
