//! [`Report`]: the report and its tables.

use crate::case::Case;
use crate::failure::{Refusal, run};
use crate::state::{Inner, State};
use crate::table::Table;
use crate::{desk_tables, display, tables};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use scriptscope::case::{self, CaseRule};
use scriptscope::inventory::Sameness;
use scriptscope::report::{ExportFormat, ExportOptions};
use scriptscope::{Error, Format, report};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// What the rules found in the logs.
#[pyclass(frozen, module = "scriptscope._engine")]
pub(crate) struct Report {
    report: report::Report,
    state: Arc<State>,
    /// Number of reads of the session before it.
    reads: u64,
}

impl Report {
    /// Makes the report on all that a session has read.
    pub(crate) fn new(state: Arc<State>) -> Result<Self, Refusal> {
        let (report, reads) = {
            let mut inner = state.lock()?;
            (inner.session.report(), inner.reads)
        };
        Ok(Self { report, state, reads })
    }

    /// Runs work on the session, if it has read nothing since.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Inner) -> Result<T, Refusal> + Send,
    ) -> PyResult<T> {
        run(py, || {
            let mut inner = self.state.lock()?;
            if inner.reads != self.reads {
                let message = "the session has read more since this report: ask it for another one";
                return Err(Error::Order(message).into());
            }
            work(&mut inner)
        })
    }

    fn table(
        &self,
        py: Python<'_>,
        make: impl FnOnce(&report::Report) -> Result<Table, Refusal> + Send,
    ) -> PyResult<Table> {
        run(py, || make(&self.report))
    }

    fn json(&self, py: Python<'_>) -> PyResult<String> {
        run(py, || Ok(self.report.to_text(Format::Json)))
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
        let totals = run(py, || Ok(serde_json::to_string(&self.report.totals)?))?;
        py.import("json")?.call_method1("loads", (totals,))
    }

    /// Every script block, matched or not: with the option `inventory`.
    #[getter]
    fn blocks(&self, py: Python<'_>) -> PyResult<Table> {
        self.with(py, |inner| desk_tables::blocks(&mut inner.session))
    }

    /// Events beside script blocks: engine starts, pipelines, processes, logs that were cleared. With the option `inventory`.
    #[getter]
    fn context_events(&self, py: Python<'_>) -> PyResult<Table> {
        self.with(py, |inner| desk_tables::context_events(&mut inner.session))
    }

    /// The script blocks as scripts, the rarest first: with the option `inventory`. `by`: `text` for those of one text,
    /// `shape` for those that differ in numbers, GUIDs, paths and strings only.
    #[pyo3(signature = (by = "text"))]
    fn scripts(&self, py: Python<'_>, by: &str) -> PyResult<Table> {
        let by = match by {
            "text" => Sameness::Text,
            "shape" => Sameness::Shape,
            _ => return Err(PyValueError::new_err(format!("{by:?} is none of text, shape"))),
        };
        self.with(py, |inner| desk_tables::scripts(&mut inner.session, by))
    }

    /// URLs, addresses, hashes, paths … in the scripts that rules match, or with the option `indicators` in every one.
    #[getter]
    fn indicators(&self, py: Python<'_>) -> PyResult<Table> {
        self.with(py, |inner| desk_tables::indicators(&mut inner.session))
    }

    /// Results that belong together: of one process, or of one computer within seconds.
    #[getter]
    fn acts(&self, py: Python<'_>) -> PyResult<Table> {
        self.table(py, |report| desk_tables::acts(&report.acts))
    }

    /// The text of a script block. One that no rule matched is read again, with the option `inventory`.
    fn text(&self, py: Python<'_>, block: &str) -> PyResult<String> {
        if let Some(found) = self.report.block(block) {
            return Ok(found.text.as_ref().to_owned());
        }
        let found = self.with(py, |inner| inner.block(block))?;
        let found = found.ok_or_else(|| PyKeyError::new_err(block.to_owned()))?;
        Ok(found.text.as_ref().to_owned())
    }

    /// The deobfuscated views of a script block as pairs of name and text, the outermost first.
    fn views(&self, py: Python<'_>, block: &str) -> PyResult<Vec<(String, String)>> {
        let text = self.text(py, block)?;
        run(py, || {
            let views = scriptscope::views(&text).into_iter();
            Ok(views.map(|view| (view.view, view.text)).collect())
        })
    }

    /// What was found in a form of another program, or a table of it, as bytes: what the command line writes.
    #[pyo3(signature = (format, *, table = None, ids = None))]
    fn export<'py>(
        &self,
        py: Python<'py>,
        format: &str,
        table: Option<&str>,
        ids: Option<Vec<String>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.exported(py, format, table, ids)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The report for readers as `html` or `markdown`, with the marks of a case.
    #[pyo3(signature = (format = "html", case = None))]
    fn case_report(&self, py: Python<'_>, format: &str, case: Option<&Case>) -> PyResult<String> {
        let case = case.map(|case| case.with(|case| case.clone())).unwrap_or_default();
        self.with(py, |inner| {
            let format = format.parse()?;
            inner.read_again(&case.marked_texts())?;
            Ok(inner.session.case_report(&case, format).text)
        })
    }

    /// A case of these logs, with the options, rules and allow-list that they were read with.
    #[pyo3(signature = (name = ""))]
    fn new_case(&self, py: Python<'_>, name: &str) -> PyResult<Case> {
        let options = &self.state.options;
        let mut case = case::Case::default();
        case.name = name.to_owned();
        for file in &options.rules {
            let text = String::from_utf8(file.bytes.clone()).map_err(|_| {
                let message =
                    format!("{}: its text is not UTF-8, so a case cannot hold it", file.name);
                PyValueError::new_err(message)
            })?;
            let mut rule = CaseRule::default();
            (rule.name, rule.text) = (file.name.clone(), text);
            case.rules.push(rule);
        }
        run(py, || {
            case.options = options.for_case();
            case.allow.clone_from(&options.allow_list);
            case.set_sources(&self.report);
            Ok(case.into())
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

    /// Writes the report to a file as `json`, or what `export` and `case_report` return.
    #[pyo3(signature = (path, format = "json", *, table = None, ids = None, case = None))]
    fn write(
        &self,
        py: Python<'_>,
        path: PathBuf,
        format: &str,
        table: Option<&str>,
        ids: Option<Vec<String>>,
        case: Option<&Case>,
    ) -> PyResult<()> {
        let bytes = match format {
            "html" | "markdown" => self.case_report(py, format, case)?.into_bytes(),
            "json" => {
                let written = run(py, || {
                    Ok(File::create(path).and_then(|file| {
                        let mut file = BufWriter::new(file);
                        self.report.write(Format::Json, &mut file)?;
                        file.flush()
                    }))
                })?;
                return Ok(written?);
            }
            _ => self.exported(py, format, table, ids)?,
        };
        Ok(fs::write(path, bytes)?)
    }

    fn __repr__(&self) -> String {
        let totals = &self.report.totals;
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

impl Report {
    fn exported(
        &self,
        py: Python<'_>,
        format: &str,
        table: Option<&str>,
        ids: Option<Vec<String>>,
    ) -> PyResult<Vec<u8>> {
        self.with(py, |inner| {
            let format: ExportFormat = format.parse()?;
            let mut options = ExportOptions::default();
            if let Some(name) = table {
                options.table = serde_json::from_value(name.into())
                    .map_err(|error| Error::Option { name: "table", message: error.to_string() })?;
            }
            inner.read_again(ids.as_deref().unwrap_or_default())?;
            options.ids = ids;
            let mut bytes = Vec::new();
            let written = inner.session.export_of(&self.report, format, &options, &mut bytes);
            written.map_err(|error| match error.downcast() {
                Ok(error) => Refusal::Engine(error),
                Err(error) => Refusal::Python(error.into()),
            })?;
            Ok(bytes)
        })
    }
}
