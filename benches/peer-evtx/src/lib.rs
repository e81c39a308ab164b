//! The `evtx` crate's JSON dump, exported to JavaScript without bindings.

use evtx::{EvtxParser, ParserSettings};

/// Allocates memory for a file, which the caller fills. Returns its address.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(bytes: usize) -> *mut u8 {
    let buffer = vec![0; bytes].into_boxed_slice();
    Box::leak(buffer).as_mut_ptr()
}

/// Dumps a file as JSON lines and frees it. Returns the number of bytes of JSON.
///
/// # Safety
///
/// `file` was returned by [`allocate`] for this size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dump(file: *mut u8, bytes: usize) -> usize {
    // SAFETY: the caller passes an allocation of this size.
    dump_json(unsafe { Vec::from_raw_parts(file, bytes, bytes) })
}

/// Dumps a file through JSON values, as an engine that evaluates rules needs them, and frees it. Returns the number of
/// bytes of JSON.
///
/// # Safety
///
/// As for [`dump`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn values(file: *mut u8, bytes: usize) -> usize {
    // SAFETY: the caller passes an allocation of this size.
    let file = unsafe { Vec::from_raw_parts(file, bytes, bytes) };
    parser(file).records_json_value().flatten().map(|record| record.data.to_string().len()).sum()
}

/// Dumps a file as the crate's own command line does: chunk by chunk, without indentation. Returns the number of bytes of
/// JSON.
pub fn dump_json(file: Vec<u8>) -> usize {
    parser(file).chunks_json_bytes(false).map(|chunk| chunk.data.len()).sum()
}

/// Creates a parser of a file in memory, for one thread.
///
/// # Panics
///
/// The file is not an EVTX file.
pub fn parser(file: Vec<u8>) -> EvtxParser<std::io::Cursor<Vec<u8>>> {
    let settings = ParserSettings::new().indent(false).num_threads(1);
    EvtxParser::from_buffer(file).expect("the file is an EVTX file").with_configuration(settings)
}

/// A source of random numbers that needs no host. The measured code does not depend on their quality.
#[cfg(target_family = "wasm")]
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    to: *mut u8,
    bytes: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: the caller passes a buffer of this size.
    unsafe { std::ptr::write_bytes(to, 0x5C, bytes) };
    Ok(())
}
