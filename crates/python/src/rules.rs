//! [`Rules`]: rule files that were read, to be used again and sent to other processes.

use crate::failure::{Refusal, run};
use crate::table::Table;
use crate::tables;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};
use scriptscope::{Options, RuleFile, Session};
use scriptscope_scan::{Input, read_rules};
use std::path::PathBuf;

/// Names and contents of files.
type Files<'py> = Vec<(String, Bound<'py, PyBytes>)>;

/// Rule, macro and lookup files.
#[pyclass(frozen, module = "scriptscope._engine")]
pub(crate) struct Rules {
    pub(crate) files: Vec<RuleFile>,
}

/// Reads rule, macro and lookup files from paths: files, folders and archives.
#[pyfunction]
pub(crate) fn load_rules(py: Python<'_>, paths: Vec<PathBuf>) -> PyResult<Rules> {
    let inputs: Vec<_> = paths.into_iter().map(Input::Path).collect();
    run(py, || Ok(Rules { files: read_rules(&inputs)? }))
}

#[pymethods]
impl Rules {
    /// Makes rules from pairs of name and content.
    #[new]
    fn new(files: Vec<(String, Vec<u8>)>) -> Self {
        let files = files.into_iter().map(|(name, bytes)| RuleFile::new(name, bytes));
        Self { files: files.collect() }
    }

    /// The files as pairs of name and content.
    #[getter]
    fn files<'py>(&self, py: Python<'py>) -> Vec<(&str, Bound<'py, PyBytes>)> {
        let files = self.files.iter();
        files.map(|file| (file.name.as_str(), PyBytes::new(py, &file.bytes))).collect()
    }

    /// The rules of these files, with the reasons of those that cannot run.
    #[getter]
    fn table(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || tables::rules(&self.session()?.rules()))
    }

    /// The problems of these files.
    #[getter]
    fn problems(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || tables::problems(&self.session()?.report().problems))
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        run(py, || Ok(self.session()?.rules().len()))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, (Files<'py>,)) {
        let py = slf.py();
        let files = slf.get().files.iter();
        let files = files.map(|file| (file.name.clone(), PyBytes::new(py, &file.bytes)));
        (slf.get_type(), (files.collect(),))
    }

    fn __repr__(&self) -> String {
        format!("Rules of {} files", self.files.len())
    }
}

impl Rules {
    fn session(&self) -> Result<Session, Refusal> {
        let options = Options::default().with_builtin(false).with_rules(self.files.clone());
        Ok(Session::new(options)?)
    }
}

/// Returns the options in a JSON text, by the names that JavaScript has too, with rules.
pub(crate) fn options(json: &str, rules: Option<&Rules>) -> Result<Options, Refusal> {
    let mut options: Options = serde_json::from_str(json)?;
    options.rules.extend(rules.map(|rules| rules.files.clone()).unwrap_or_default());
    Ok(options)
}
