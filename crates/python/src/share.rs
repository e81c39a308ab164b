//! Shares: a lake of logs divided between the tasks of a cluster. `python/scriptscope/spark.py` makes the tasks.

use crate::failure::run;
use crate::input::FileObject;
use crate::rules::{Rules, options};
use crate::scan::watched;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};
use scriptscope::Options;
use scriptscope_scan::{InputFailure, ReadSeek, Scanner};
use std::path::{Path, PathBuf};

/// A file to read, or a range of one.
#[pyclass(frozen, module = "scriptscope._engine")]
pub(crate) struct Share(scriptscope_scan::Share);

/// A share by its values, as it is sent to another process: name, prefix, path, size, range, number, failure.
type Values =
    (String, String, PathBuf, Option<u64>, Option<(u64, u64)>, u64, Option<(String, String)>);

#[pymethods]
impl Share {
    #[new]
    #[pyo3(signature = (*values))]
    fn new(values: Values) -> PyResult<Self> {
        let (name, prefix, path, size, range, number, failure) = values;
        let failure = failure.map(|(code, message)| {
            let kind = code
                .parse()
                .map_err(|error: scriptscope::Error| PyValueError::new_err(error.to_string()));
            kind.map(|kind| InputFailure { kind, message })
        });
        let failure = failure.transpose()?;
        let range = range.map(|(start, end)| start..end);
        Ok(Self(scriptscope_scan::Share { name, prefix, path, size, range, number, failure }))
    }

    /// Name of the source in the report.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// Bytes to read.
    #[getter]
    fn bytes(&self) -> u64 {
        let range = self.0.range.as_ref().map(|range| range.end - range.start);
        range.or(self.0.size).unwrap_or_default()
    }

    /// Range of the file's bytes; `None`: all.
    #[getter]
    fn range(&self) -> Option<(u64, u64)> {
        self.0.range.as_ref().map(|range| (range.start, range.end))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, Values) {
        let share = slf.get().0.clone();
        let failure =
            share.failure.map(|failure| (failure.kind.code().to_owned(), failure.message));
        let range = share.range.map(|range| (range.start, range.end));
        let values =
            (share.name, share.prefix, share.path, share.size, range, share.number, failure);
        (slf.get_type(), values)
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// Returns a share for each file of paths.
#[pyfunction]
pub(crate) fn shares(py: Python<'_>, paths: Vec<PathBuf>) -> PyResult<Vec<Share>> {
    run(py, || Ok(Scanner::new().shares(&paths).into_iter().map(Share).collect()))
}

/// Divides large files into ranges. `open(path)` opens them; without it they are files of this machine.
#[pyfunction]
pub(crate) fn divide<'py>(
    py: Python<'py>,
    shares: Vec<PyRef<'py, Share>>,
    options_json: &str,
    range_bytes: u64,
    open: Option<Py<PyAny>>,
) -> PyResult<Vec<Share>> {
    let shares: Vec<_> = shares.iter().map(|share| share.0.clone()).collect();
    run(py, || {
        let scanner = scanner(options(options_json, None)?, open);
        Ok(scanner.divide(shares, range_bytes).into_iter().map(Share).collect())
    })
}

/// Returns the size of ranges that divide so many bytes between so many workers.
#[pyfunction]
pub(crate) fn range_bytes(size: u64, workers: usize) -> u64 {
    scriptscope::range_bytes(size, workers)
}

/// Reads shares on one thread and returns their partial.
#[pyfunction]
pub(crate) fn read_shares<'py>(
    py: Python<'py>,
    shares: Vec<PyRef<'py, Share>>,
    options_json: &str,
    rules: Option<&Rules>,
    passwords: Vec<String>,
    open: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let shares: Vec<_> = shares.iter().map(|share| share.0.clone()).collect();
    let partial = run(py, || {
        let scanner = scanner(options(options_json, rules)?, open).passwords(passwords);
        let scan = watched(scanner, None, |scanner| scanner.scan_shares(&shares))?;
        Ok(scan.session.partial()?)
    })?;
    Ok(PyBytes::new(py, &partial))
}

fn scanner(options: Options, open: Option<Py<PyAny>>) -> Scanner {
    let scanner = Scanner::new().options(options);
    let Some(open) = open else { return scanner };
    scanner.opener(move |path: &Path| {
        Python::attach(|py| {
            let file = open.call1(py, (path.to_string_lossy(),))?;
            Ok(Box::new(FileObject(file)) as Box<dyn ReadSeek>)
        })
    })
}
