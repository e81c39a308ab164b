//! The engine as a Python module, `scriptscope._engine`. `python/scriptscope` is the package around it.
//!
//! ```text
//! paths, bytes, files ─▶ Scanner (crates/scan) ─▶ Session ─▶ Report ─▶ Table ─▶ Arrow stream ─▶ polars, pandas, DuckDB
//!                            ▲                      │   ▲
//!   Share (a task of Spark) ─┘              partial ▼   │ merge
//! ```
//!
//! Everything is read and decided by `crates/scan` and the engine; here are conversions only. Python's lock is released
//! while the engine works. A panic of the engine is an exception (`EngineError`), never the end of the process.

#![forbid(unsafe_code)]

mod case;
mod columns;
mod desk_tables;
mod display;
mod failure;
mod input;
mod report;
mod rules;
mod scan;
mod session;
mod share;
mod state;
mod table;
mod tables;

use pyo3::prelude::*;

/// The engine of the package `scriptscope`.
#[pymodule]
mod _engine {
    #[pymodule_export]
    use super::case::{Case, open_case};
    use super::failure::{Refusal, run};
    #[pymodule_export]
    use super::report::Report;
    #[pymodule_export]
    use super::rules::{Rules, load_rules};
    #[pymodule_export]
    use super::scan::{Progress, scan};
    #[pymodule_export]
    use super::session::Session;
    #[pymodule_export]
    use super::share::{Share, divide, range_bytes, read_shares, shares};
    #[pymodule_export]
    use super::table::Table;
    use pyo3::prelude::*;
    use std::ffi::OsString;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }

    /// Runs the command line and returns its exit status. The first argument is the program's name.
    #[pyfunction]
    fn command_line(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<u8> {
        run(py, || Ok(scriptscope_cli::main(arguments)))
    }

    /// Returns the deobfuscated views of a script as pairs of name and text, the outermost first.
    #[pyfunction]
    fn views(py: Python<'_>, text: &str) -> PyResult<Vec<(String, String)>> {
        run(py, || {
            let views = scriptscope::views(text).into_iter();
            Ok(views.map(|view| (view.view, view.text)).collect())
        })
    }

    /// Name, text and steps of a view; a step is what was replaced and what it is worth.
    type Unwrapped = (String, String, Vec<(String, String)>);

    /// Returns the deobfuscated views of a script and step by step how each was made, the outermost first.
    #[pyfunction]
    fn unwrap(py: Python<'_>, text: &str) -> PyResult<Vec<Unwrapped>> {
        run(py, || {
            let views = scriptscope::unwrap(text).into_iter();
            Ok(views
                .map(|view| {
                    let steps = view.steps.into_iter().map(|step| (step.before, step.after));
                    (view.view, view.text, steps.collect())
                })
                .collect())
        })
    }

    /// Panics with a message, to test what becomes of a panic.
    #[pyfunction]
    fn _panic(py: Python<'_>, message: String) -> PyResult<()> {
        run(py, || -> Result<(), Refusal> { std::panic::resume_unwind(Box::new(message)) })
    }
}
