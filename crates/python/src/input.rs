//! Inputs: paths, bytes and file objects of Python.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use scriptscope_scan::Input;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

/// An input as the package passes it: a path, or a name with bytes or a binary file object.
#[derive(FromPyObject)]
pub(crate) enum InputArgument {
    Path(PathBuf),
    Bytes(String, PyBackedBytes),
    File(String, Py<PyAny>),
}

impl From<InputArgument> for Input {
    fn from(argument: InputArgument) -> Self {
        match argument {
            InputArgument::Path(path) => Input::Path(path),
            InputArgument::Bytes(name, bytes) => {
                Input::Bytes { name, bytes: bytes.as_ref().into() }
            }
            InputArgument::File(name, file) => Input::stream(name, FileObject(file)),
        }
    }
}

/// A binary file object: its `read` and `seek`, with Python's lock held.
pub(crate) struct FileObject(pub(crate) Py<PyAny>);

impl Read for FileObject {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let bytes = self.0.bind(py).call_method1("read", (output.len(),))?;
            // A file that does not block has nothing yet.
            if bytes.is_none() {
                return Err(io::Error::new(
                    io::ErrorKind::WouldBlock,
                    "the file object has no bytes yet",
                ));
            }
            let bytes = bytes.cast_into::<PyBytes>().map_err(PyErr::from)?;
            let bytes = bytes.as_bytes();
            let target = output.get_mut(..bytes.len());
            let target = target.ok_or_else(|| {
                io::Error::other("the file object returned more bytes than it was asked for")
            })?;
            target.copy_from_slice(bytes);
            Ok(bytes.len())
        })
    }
}

impl Seek for FileObject {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (offset, whence) = match to {
            SeekFrom::Start(offset) => (i64::try_from(offset).unwrap_or(i64::MAX), 0),
            SeekFrom::Current(offset) => (offset, 1),
            SeekFrom::End(offset) => (offset, 2),
        };
        Python::attach(|py| {
            let file = self.0.bind(py);
            file.call_method1("seek", (offset, whence))?;
            Ok(file.call_method0("tell")?.extract()?)
        })
    }
}
