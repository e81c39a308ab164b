//! The `evtx` crate's JSON dump, callable from JavaScript without any glue.

use evtx::{EvtxParser, ParserSettings};

/// Room for a whole file in this module's memory, to be filled by the caller. Gives its address.
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> *mut u8 {
    let room = vec![0; bytes].into_boxed_slice();
    Box::leak(room).as_mut_ptr()
}

/// Dumps the file that lies there as JSON lines, and gives their bytes. The room is given back.
///
/// # Safety
///
/// `file` is from [`room`] with this size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dump(file: *mut u8, bytes: usize) -> usize {
    // SAFETY: as above.
    dump_json(unsafe { Vec::from_raw_parts(file, bytes, bytes) })
}

/// Dumps a file in memory as the crate's own command line does: a chunk at a time, without indentation.
/// Gives the bytes of JSON.
pub fn dump_json(file: Vec<u8>) -> usize {
    let settings = ParserSettings::new().indent(false).num_threads(1);
    let parser = EvtxParser::from_buffer(file).expect("an EVTX file");
    let mut parser = parser.with_configuration(settings);
    parser.chunks_json_bytes(false).map(|chunk| chunk.data.len()).sum()
}

/// With the backend that needs no host: nothing that is measured asks for random numbers that matter.
#[cfg(target_family = "wasm")]
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    to: *mut u8,
    bytes: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: the caller gives room for so many bytes.
    unsafe { std::ptr::write_bytes(to, 0x5C, bytes) };
    Ok(())
}
