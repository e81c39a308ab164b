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

/// The same by way of JSON values, which is what an engine that evaluates rules gets.
///
/// # Safety
///
/// As for [`dump`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn values(file: *mut u8, bytes: usize) -> usize {
    // SAFETY: as above.
    let file = unsafe { Vec::from_raw_parts(file, bytes, bytes) };
    parser(file).records_json_value().flatten().map(|record| record.data.to_string().len()).sum()
}

/// Dumps a file in memory as the crate's own command line does: a chunk at a time, without indentation.
/// Gives the bytes of JSON.
pub fn dump_json(file: Vec<u8>) -> usize {
    parser(file).chunks_json_bytes(false).map(|chunk| chunk.data.len()).sum()
}

/// A parser of a file in memory, for one thread.
pub fn parser(file: Vec<u8>) -> EvtxParser<std::io::Cursor<Vec<u8>>> {
    let settings = ParserSettings::new().indent(false).num_threads(1);
    EvtxParser::from_buffer(file).expect("an EVTX file").with_configuration(settings)
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
