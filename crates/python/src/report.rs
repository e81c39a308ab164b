//! [`Report`]: the report and its tables.

use crate::display;
use crate::failure::{Refusal, run};
use crate::table::Table;
use crate::tables;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use scriptscope::{Format, report};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// What the rules found in the logs.
#[pyclass(frozen, module = "scriptscope._engine")]
pub(crate) struct Report(report::Report);

impl Report {
    pub(crate) fn new(report: report::Report) -> Self {
        Self(report)
    }

    fn table(
        &self,
        py: Python<'_>,
        make: impl FnOnce(&report::Report) -> Result<Table, Refusal> + Send,
    ) -> PyResult<Table> {
        run(py, || make(&self.0))
    }

    fn json(&self, py: Python<'_>) -> PyResult<String> {
        run(py, || Ok(self.0.to_text(Format::Json)))
    }
}

#[pymethods]
impl Report {
    /// The results, a row of a rule's table each, highest score first.
    #[getter]
    fn results(&self, py: Python<'_>) -> PyResult<Table> {
        self.table(py, tables::results)
    }

    /// The script blocks of the results, with their texts.
    #[getter]
    fn script_blocks(&self, py: Python<'_>) -> PyResult<Table> {
        self.table(py, |report| tables::script_blocks(&report.script_blocks))
    }

    /// The computers, users and others at risk, highest score first.
    #[getter]
    fn risk(&self, py: Python<'_>) -> PyResult<Table> {
        self.table(py, |report| tables::risk(&report.risk_objects))
    }

    /// The risk that each result adds to each object.
    #[getter]
    fn risk_events(&self, py: Python<'_>) -> PyResult<Table> {
        self.table(py, |report| tables::risk_events(&report.risk_objects))
    }

    /// The objects that a correlation rule raised.
    #[getter]
    fn findings(&self, py: Python<'_>) -> PyResult<Table> {
        self.table(py, |report| tables::findings(&report.findings))
    }

    /// All that could not be read or run, or was assumed.
    #[getter]
    fn problems(&self, py: Python<'_>) -> PyResult<Table> {
        self.table(py, |report| tables::problems(&report.problems))
    }

    /// The files, streams and members of archives that were read.
    #[getter]
    fn sources(&self, py: Python<'_>) -> PyResult<Table> {
        self.table(py, |report| tables::sources(&report.sources))
    }

    /// The rules, and what became of each.
    #[getter]
    fn rules(&self, py: Python<'_>) -> PyResult<Table> {
        self.table(py, |report| tables::rules(&report.rules))
    }

    /// Sums over the report, by the names of its JSON.
    #[getter]
    fn totals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let totals = run(py, || Ok(serde_json::to_string(&self.0.totals)?))?;
        py.import("json")?.call_method1("loads", (totals,))
    }

    /// The text of a result's script block.
    fn text(&self, block: &str) -> PyResult<&str> {
        let found = self.0.block(block);
        found.map(|block| block.text.as_ref()).ok_or_else(|| PyKeyError::new_err(block.to_owned()))
    }

    /// The deobfuscated views of a result's script block as pairs of name and text, the outermost first.
    fn views(&self, py: Python<'_>, block: &str) -> PyResult<Vec<(String, String)>> {
        let text = self.text(block)?;
        run(py, || {
            let views = scriptscope::views(text).into_iter();
            Ok(views.map(|view| (view.view, view.text)).collect())
        })
    }

    /// The report as a JSON text: the same bytes as from the command line.
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.json(py)
    }

    /// The report as dictionaries and lists.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("json")?.call_method1("loads", (self.json(py)?,))
    }

    /// Writes the report to a file as `json`, or its results as `ndjson` or `csv`.
    #[pyo3(signature = (path, format = "json"))]
    fn write(&self, py: Python<'_>, path: PathBuf, format: &str) -> PyResult<()> {
        let written = run(py, || {
            let format: Format = format.parse()?;
            Ok(File::create(path).and_then(|file| {
                let mut file = BufWriter::new(file);
                self.0.write(format, &mut file)?;
                file.flush()
            }))
        })?;
        Ok(written?)
    }

    fn __repr__(&self) -> String {
        let totals = &self.0.totals;
        let report::Totals { sources, script_blocks, results, risk_objects, problems, .. } = totals;
        format!(
            "Report: {sources} sources, {script_blocks} script blocks, {results} results, risk on {risk_objects} objects, \
             {problems} problems"
        )
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let (risk, results) = (self.risk(py)?, self.results(py)?);
        Ok(format!(
            "{}{}{}",
            display::paragraph(&self.__repr__()),
            display::table(&risk),
            display::table(&results)
        ))
    }
}
