//! [`scan`]: inputs to a report, with progress, and heard by Ctrl-C.

use crate::failure::{Refusal, run};
use crate::input::InputArgument;
use crate::report::Report;
use crate::rules::{Rules, options};
use crate::state::State;
use pyo3::prelude::*;
use scriptscope::{Options, Session};
use scriptscope_scan::{Cancel, Input, Scan, ScanError, Scanner};
use std::sync::{Arc, Mutex, PoisonError};

/// Progress of a run.
#[pyclass(frozen, get_all, module = "scriptscope._engine")]
pub(crate) struct Progress {
    /// Bytes read of the inputs, before unpacking.
    bytes: u64,
    /// Size of all inputs; `None` if it is unknown before their end.
    total_bytes: Option<u64>,
    /// A source that is being read.
    source: Option<String>,
    /// Events so far, of any id.
    records: u64,
    /// Script block events so far.
    events: u64,
    /// Script blocks so far.
    script_blocks: u64,
}

#[pymethods]
impl Progress {
    fn __repr__(&self) -> String {
        let total = self.total_bytes.map(|total| format!(" of {total}")).unwrap_or_default();
        format!("Progress({}{total} bytes, {} script blocks)", self.bytes, self.script_blocks)
    }
}

/// Reads inputs and returns their report. With a query, the query is the only rule, and `options_json` and `rules` give
/// its macros and lookups.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "they have names in Python")]
pub(crate) fn scan(
    py: Python<'_>,
    inputs: Vec<InputArgument>,
    options_json: &str,
    rules: Option<&Rules>,
    passwords: Vec<String>,
    jobs: Option<usize>,
    progress: Option<Py<PyAny>>,
    query: Option<&str>,
) -> PyResult<Report> {
    run(py, || {
        let mut options = options(options_json, rules)?;
        if let Some(query) = query {
            options.rules = vec![Session::new(options.clone())?.search_query(query)?.rule()];
            options.builtin = false;
        }
        let inputs: Vec<Input> = inputs.into_iter().map(Input::from).collect();
        let session = read(&inputs, options.clone(), passwords.clone(), jobs, progress)?;
        let state = State::new(options, session);
        state.lock()?.add_inputs(&inputs, passwords);
        Report::new(Arc::new(state))
    })
}

/// Reads inputs into a session.
pub(crate) fn read(
    inputs: &[Input],
    options: Options,
    passwords: Vec<String>,
    jobs: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> Result<Session, Refusal> {
    let scanner = Scanner::new().options(options).passwords(passwords).jobs(jobs);
    Ok(watched(scanner, progress, |scanner| scanner.scan(inputs))?.session)
}

/// Runs a scanner. An exception of the progress callback, or a signal's such as `KeyboardInterrupt`, cancels the run and
/// is the result.
pub(crate) fn watched(
    scanner: Scanner,
    progress: Option<Py<PyAny>>,
    read: impl FnOnce(Scanner) -> Result<Scan, ScanError>,
) -> Result<Scan, Refusal> {
    let cancel = Cancel::default();
    let raised: Arc<Mutex<Option<PyErr>>> = Arc::default();
    let scanner = scanner.cancel(cancel.clone()).watch({
        let raised = Arc::clone(&raised);
        move |now| {
            if cancel.is_set() {
                return;
            }
            if let Err(error) = Python::attach(|py| notify(py, progress.as_ref(), now)) {
                cancel.cancel();
                *raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        }
    });
    let scan = read(scanner)?;
    match raised.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(error) => Err(error.into()),
        None => Ok(scan),
    }
}

fn notify(
    py: Python<'_>,
    callback: Option<&Py<PyAny>>,
    now: &scriptscope_scan::Progress,
) -> PyResult<()> {
    py.check_signals()?;
    let Some(callback) = callback else { return Ok(()) };
    let progress = Progress {
        bytes: now.bytes,
        total_bytes: now.total_bytes,
        source: now.source.clone(),
        records: now.counts.records,
        events: now.counts.events,
        script_blocks: now.counts.script_blocks,
    };
    callback.call1(py, (progress,)).map(drop)
}
