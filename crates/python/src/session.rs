//! [`Session`]: the engine's session.

use crate::failure::{Refusal, run};
use crate::input::InputArgument;
use crate::report::Report;
use crate::rules::{Rules, options};
use crate::scan::read;
use crate::state::State;
use crate::table::Table;
use crate::tables;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use scriptscope_scan::Input;
use std::sync::Arc;

/// Reads sources one after the other, and merges with other sessions of the same rules and options.
#[pyclass(subclass, frozen, module = "scriptscope._engine")]
pub(crate) struct Session {
    state: Arc<State>,
}

#[pymethods]
impl Session {
    #[new]
    fn new(py: Python<'_>, options_json: &str, rules: Option<&Rules>) -> PyResult<Self> {
        run(py, || {
            let options = options(options_json, rules)?;
            let session = scriptscope::Session::new(options.clone())?;
            Ok(Self { state: Arc::new(State::new(options, session)) })
        })
    }

    /// Begins a source.
    fn begin(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.reading(py, |session| Ok(session.begin(name)?))
    }

    /// Reads the source's next bytes, cut anywhere.
    fn push(&self, py: Python<'_>, data: &[u8]) -> PyResult<()> {
        self.reading(py, |session| Ok(session.push(data)?))
    }

    /// Ends the source.
    fn end(&self, py: Python<'_>) -> PyResult<()> {
        self.reading(py, |session| Ok(session.end()?))
    }

    /// Ends a source that broke off, with a problem of this code and message.
    fn fail(&self, py: Python<'_>, code: &str, message: &str) -> PyResult<()> {
        self.reading(py, |session| Ok(session.fail(code.parse()?, message)?))
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
            let inputs: Vec<Input> = inputs.into_iter().map(Input::from).collect();
            let options = self.state.options.clone();
            let other = read(&inputs, options, passwords.clone(), jobs, progress)?;
            let mut inner = self.state.lock()?;
            inner.session.merge(&other.partial()?)?;
            inner.reads += 1;
            inner.add_inputs(&inputs, passwords);
            Ok(())
        })
    }

    /// Returns the session's state, to be merged into another session.
    fn partial<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let partial = self.with(py, |session| Ok(session.partial()?))?;
        Ok(PyBytes::new(py, &partial))
    }

    /// Returns the session's state and clears it.
    fn drain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let partial = self.reading(py, |session| Ok(session.drain(None)?))?;
        Ok(PyBytes::new(py, &partial))
    }

    /// Adds the state of another session with the same rules and options.
    fn merge(&self, py: Python<'_>, partial: &[u8]) -> PyResult<()> {
        self.reading(py, |session| Ok(session.merge(partial)?))
    }

    /// Returns the report on all that was read so far.
    fn report(&self, py: Python<'_>) -> PyResult<Report> {
        run(py, || Report::new(Arc::clone(&self.state)))
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
        run(py, || work(&mut self.state.lock()?.session))
    }

    /// Runs work that changes what was read.
    fn reading<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut scriptscope::Session) -> Result<T, Refusal> + Send,
    ) -> PyResult<T> {
        run(py, || {
            let mut inner = self.state.lock()?;
            inner.reads += 1;
            work(&mut inner.session)
        })
    }
}
