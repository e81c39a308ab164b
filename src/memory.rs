//! Memory taken ahead.
//!
//! In wasm an allocator takes memory from its host 64 KiB at a time, and the host spends up to milliseconds on each: of
//! a session that keeps 300 MB, most of the time went there. So more is taken at once when it is foreseen, and given
//! back to the allocator, which keeps it.

use std::cell::Cell;

/// Bytes of memory that sessions without many results do not reach.
const LARGE_HEAP: usize = 32 << 20;

thread_local! {
    /// How much there was when this was last looked at.
    static LAST_SIZE: Cell<usize> = const { Cell::new(LARGE_HEAP) };
}

/// Where much memory has grown since this was last asked, it goes on growing: takes an eighth of it ahead. Costs
/// nothing where it has not, so it may be asked for every row.
pub(crate) fn grow_ahead() {
    let now = host_bytes();
    if now > LARGE_HEAP && now > LAST_SIZE.get() {
        reserve(now / 8);
        LAST_SIZE.set(host_bytes());
    }
}

/// Takes this many bytes at once, if they are many and not there yet.
pub(crate) fn reserve(bytes: usize) {
    if cfg!(target_family = "wasm") && bytes >= LARGE_HEAP / 8 {
        // Where there is no more, it will be said by who needs it.
        let mut room = Vec::<u8>::new();
        let _ = room.try_reserve_exact(bytes);
        std::hint::black_box(room);
    }
}

/// Bytes of memory that the host gave.
fn host_bytes() -> usize {
    #[cfg(target_family = "wasm")]
    return std::arch::wasm32::memory_size(0) << 16;
    #[cfg(not(target_family = "wasm"))]
    0
}
