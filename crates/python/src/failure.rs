//! [`Refusal`]: why the engine refused, and the exception that Python sees.

use arrow_schema::ArrowError;
use pyo3::prelude::*;
use scriptscope::Error;
use scriptscope::case::CaseError;
use scriptscope_scan::{RuleFileError, ScanError};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a call failed, by kind: each has a class of exceptions in `python/scriptscope/_errors.py`.
#[derive(Debug)]
pub(crate) enum Refusal {
    Engine(Error),
    Case(CaseError),
    Scan(ScanError),
    Rules(RuleFileError),
    /// Options that are no options, in the words of their parser.
    Options(serde_json::Error),
    /// Columns that make no table: a bug.
    Table(ArrowError),
    /// The engine panicked, or had panicked before.
    Panic(String),
    /// An exception of the caller's own code, such as a callback.
    Python(PyErr),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<CaseError> for Refusal {
    fn from(error: CaseError) -> Self {
        Self::Case(error)
    }
}

impl From<ScanError> for Refusal {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Session(error) => Self::Engine(error),
            error @ ScanError::Threads(_) => Self::Scan(error),
        }
    }
}

impl From<RuleFileError> for Refusal {
    fn from(error: RuleFileError) -> Self {
        Self::Rules(error)
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self::Options(error)
    }
}

impl From<ArrowError> for Refusal {
    fn from(error: ArrowError) -> Self {
        Self::Table(error)
    }
}

impl From<PyErr> for Refusal {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

/// Releases Python's lock and runs the engine.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Refusal> + Send,
) -> PyResult<T> {
    let done = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    let done = done.unwrap_or_else(|panic| Err(Refusal::Panic(words(&*panic))));
    done.map_err(|refusal| refusal.into_exception(py))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    let message = text.unwrap_or_else(|| "a panic without words".to_owned());
    format!("the engine failed: {message}. Please report this.")
}

impl Refusal {
    pub(crate) fn into_exception(self, py: Python<'_>) -> PyErr {
        let (code, message, position) = match self {
            Self::Python(error) => return error,
            Self::Engine(error) => {
                let (code, position) = match &error {
                    Error::Option { .. } => ("option", None),
                    Error::Order(_) => ("order", None),
                    Error::Expression { line, column, .. } => {
                        ("expression", Some((*line, *column)))
                    }
                    Error::Partial(_) => ("partial", None),
                };
                (code, error.to_string(), position)
            }
            Self::Case(error) => {
                let position = (error.line as u32, error.column as u32);
                ("case", format!("case:{error}"), Some(position))
            }
            Self::Scan(error) => ("threads", error.to_string(), None),
            Self::Rules(error) => ("rules", error.to_string(), None),
            Self::Options(error) => ("option", format!("options: {error}"), None),
            Self::Table(error) => ("engine", error.to_string(), None),
            Self::Panic(message) => ("engine", message, None),
        };
        let (line, column) = position.unzip();
        let made = py
            .import("scriptscope._errors")
            .and_then(|errors| errors.getattr("from_code")?.call1((code, message, line, column)));
        made.map_or_else(|error| error, PyErr::from_value)
    }
}
