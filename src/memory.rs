//! Grows the WebAssembly heap ahead of need.
//!
//! In WebAssembly an allocator requests memory from its host 64 KiB at a time, and the host spends up to milliseconds on
//! each request: a session that holds 300 MB spent most of its time there. Larger requests are therefore made when
//! growth is foreseen, and the memory is returned to the allocator, which retains it. On other targets these functions
//! do nothing.

use std::cell::Cell;

/// Heap size in bytes that sessions with few results do not reach.
const LARGE_HEAP: usize = 32 << 20;

thread_local! {
    /// Heap size after the last growth.
    static LAST_SIZE: Cell<usize> = const { Cell::new(LARGE_HEAP) };
}

/// Grows the heap by an eighth if it is large and has grown since the last call. A call without growth costs nothing,
/// so this may be called for every row.
pub(crate) fn grow_ahead() {
    let size = heap_size();
    if size > LARGE_HEAP && size > LAST_SIZE.get() {
        reserve(size / 8);
        LAST_SIZE.set(heap_size());
    }
}

/// Grows the heap by up to this many bytes in one request; small requests are left to the allocator.
pub(crate) fn reserve(bytes: usize) {
    if cfg!(target_family = "wasm") && bytes >= LARGE_HEAP / 8 {
        // A failure is not reported here but by the allocation that needs the memory.
        let mut buffer = Vec::<u8>::new();
        let _ = buffer.try_reserve_exact(bytes);
        std::hint::black_box(buffer);
    }
}

/// Returns the size of the heap in bytes; 0 on targets other than WebAssembly.
fn heap_size() -> usize {
    #[cfg(target_family = "wasm")]
    return std::arch::wasm32::memory_size(0) << 16;
    #[cfg(not(target_family = "wasm"))]
    0
}
