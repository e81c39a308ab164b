//! [`Session`]: the engine's session.

use crate::failure::{Refusal, run};
use crate::input::InputArgument;
use crate::report::Report;
use crate::rules::{Rules, options};
use crate::scan::read;
use crate::table::Table;
use crate::tables;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use scriptscope::Options;
use scriptscope::case::Case;
use std::sync::Mutex;

/// Reads sources one after the other, and merges with other sessions of the same rules and options.
#[pyclass(subclass, frozen, module = "scriptscope._engine")]
pub(crate) struct Session {
    options: Options,
    inner: Mutex<scriptscope::Session>,
}

#[pymethods]
impl Session {
    #[new]
    fn new(py: Python<'_>, options_json: &str, rules: Option<&Rules>) -> PyResult<Self> {
        run(py, || {
            let options = options(options_json, rules)?;
            let inner = Mutex::new(scriptscope::Session::new(options.clone())?);
            Ok(Self { options, inner })
        })
    }

    /// Begins a source.
    fn begin(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.with(py, |session| Ok(session.begin(name)?))
    }

    /// Reads the source's next bytes, cut anywhere.
    fn push(&self, py: Python<'_>, data: &[u8]) -> PyResult<()> {
        self.with(py, |session| Ok(session.push(data)?))
    }

    /// Ends the source.
    fn end(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |session| Ok(session.end()?))
    }

    /// Ends a source that broke off, with a problem of this code and message.
    fn fail(&self, py: Python<'_>, code: &str, message: &str) -> PyResult<()> {
        self.with(py, |session| Ok(session.fail(code.parse()?, message)?))
    }

    /// Reads inputs and adds what is in them.
    fn _read(
        &self,
        py: Python<'_>,
        inputs: Vec<InputArgument>,
        passwords: Vec<String>,
        jobs: Option<usize>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        run(py, || {
            let other = read(inputs, self.options.clone(), passwords, jobs, progress)?;
            self.locked(|session| Ok(session.merge(&other.partial()?)?))
        })
    }

    /// Returns the session's state, to be merged into another session.
    fn partial<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let partial = self.with(py, |session| Ok(session.partial()?))?;
        Ok(PyBytes::new(py, &partial))
    }

    /// Returns the session's state and clears it.
    fn drain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let partial = self.with(py, |session| Ok(session.drain(None)?))?;
        Ok(PyBytes::new(py, &partial))
    }

    /// Adds the state of another session with the same rules and options.
    fn merge(&self, py: Python<'_>, partial: &[u8]) -> PyResult<()> {
        self.with(py, |session| Ok(session.merge(partial)?))
    }

    /// Returns the report on all that was read so far.
    fn report(&self, py: Python<'_>) -> PyResult<Report> {
        self.with(py, |session| Ok(Report::new(session.report())))
    }

    /// Returns the report for readers as `html` or `markdown`, with the marks of a case file's text.
    #[pyo3(signature = (format, case = None))]
    fn case_report(&self, py: Python<'_>, format: &str, case: Option<&str>) -> PyResult<String> {
        self.with(py, |session| {
            let format = format.parse()?;
            let case = case.map_or_else(|| Ok(Case::default()), Case::parse)?;
            Ok(session.case_report(&case, format).text)
        })
    }

    /// The session's rules, built-in and loaded.
    #[getter]
    fn rules(&self, py: Python<'_>) -> PyResult<Table> {
        self.with(py, |session| tables::rules(&session.rules()))
    }

    /// SHA-256 in hex over all that decides results. Sessions merge only if it is equal.
    #[getter]
    fn rule_set_hash(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |session| Ok(session.rule_set_hash().to_owned()))
    }
}

impl Session {
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut scriptscope::Session) -> Result<T, Refusal> + Send,
    ) -> PyResult<T> {
        run(py, || self.locked(work))
    }

    /// A session in which the engine panicked is of no use any more.
    fn locked<T>(
        &self,
        work: impl FnOnce(&mut scriptscope::Session) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let broken =
            |_| Refusal::Panic("the engine failed before in this session: make another".to_owned());
        work(&mut *self.inner.lock().map_err(broken)?)
    }
}
