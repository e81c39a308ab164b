//! Memory taken ahead.
//!
//! In wasm an allocator takes memory from its host 64 KiB at a time, and the host spends up to milliseconds on each: of
//! a session that keeps 300 MB, most of the time went there. So more is taken at once when it is foreseen, and given
//! back to the allocator, which keeps it.

use std::cell::Cell;

/// Bytes of memory that sessions without many results do not reach.
const MUCH: usize = 32 << 20;

thread_local! {
    /// How much there was when this was last looked at.
    static KNOWN: Cell<usize> = const { Cell::new(MUCH) };
}

/// Where much memory has grown since this was last asked, it goes on growing: takes an eighth of it ahead. Costs
/// nothing where it has not, so it may be asked for every row.
pub(crate) fn follow() {
    let now = held();
    if now > MUCH && now > KNOWN.get() {
        ahead(now / 8);
        KNOWN.set(held());
    }
}

/// Takes this many bytes at once, if they are many and not there yet.
pub(crate) fn ahead(bytes: usize) {
    if cfg!(target_family = "wasm") && bytes >= MUCH / 8 {
        // Where there is no more, it will be said by who needs it.
        let mut room = Vec::<u8>::new();
        let _ = room.try_reserve_exact(bytes);
        std::hint::black_box(room);
    }
}

/// Bytes of memory that the host gave.
fn held() -> usize {
    #[cfg(target_family = "wasm")]
    return std::arch::wasm32::memory_size(0) << 16;
    #[cfg(not(target_family = "wasm"))]
    0
}
