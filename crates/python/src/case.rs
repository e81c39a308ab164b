//! [`Case`]: what analysts decided, as a file.

use crate::desk_tables;
use crate::failure::{Refusal, run};
use crate::rules::Rules;
use crate::table::Table;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use scriptscope::RuleFile;
use scriptscope::case::{self, MarkKey, MarkKind, Verdict};
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// A case: logs with their hashes, options, rules, an allow-list, marks and notes.
#[pyclass(frozen, module = "scriptscope._engine")]
pub(crate) struct Case(Mutex<case::Case>);

impl From<case::Case> for Case {
    fn from(case: case::Case) -> Self {
        Self(Mutex::new(case))
    }
}

#[pymethods]
impl Case {
    #[new]
    #[pyo3(signature = (name = ""))]
    fn new(name: &str) -> Self {
        let mut case = case::Case::default();
        case.name = name.to_owned();
        case.into()
    }

    /// Reads the text of a case file.
    #[staticmethod]
    fn from_json(text: &str) -> Result<Self, PyErr> {
        Python::attach(|py| run(py, || Ok(case::Case::parse(text)?.into())))
    }

    /// The name.
    #[getter]
    fn name(&self) -> String {
        self.with(|case| case.name.clone())
    }

    /// A row for each mark.
    #[getter]
    fn marks(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, || self.with(|case| desk_tables::marks(case)))
    }

    /// Options that the logs are read with, as JSON by the names of JavaScript, with the allow-list.
    #[getter]
    fn _options_json(&self) -> String {
        self.with(|case| {
            let mut own = case.clone();
            own.rules.clear();
            own.session_options()
        })
    }

    /// Rules that the logs are read with.
    #[getter]
    fn rules(&self) -> Rules {
        let file = |rule: &case::CaseRule| RuleFile::new(rule.name.clone(), rule.text.clone());
        Rules { files: self.with(|case| case.rules.iter().map(file).collect()) }
    }

    /// Marks a result, script block, script or indicator. What is not given stays as it is.
    #[pyo3(signature = (kind, id, *, verdict = None, note = None, by = "", star = None, expected = None, to_report = None))]
    #[expect(clippy::too_many_arguments, reason = "they have names in Python")]
    fn mark(
        &self,
        kind: &str,
        id: &str,
        verdict: Option<&str>,
        note: Option<&str>,
        by: &str,
        star: Option<bool>,
        expected: Option<bool>,
        to_report: Option<bool>,
    ) -> PyResult<()> {
        let kinds = [MarkKind::Result, MarkKind::Block, MarkKind::Script, MarkKind::Indicator];
        let kind = find(kinds, MarkKind::as_str, kind)?;
        let verdicts = [Verdict::Hostile, Verdict::Unclear, Verdict::Benign];
        let verdict = verdict.map(|name| find(verdicts, Verdict::as_str, name)).transpose()?;
        self.with(|case| {
            let next = case.marks.values().map(|mark| mark.order).max().unwrap_or_default() + 1;
            let mark = case.marks.entry(MarkKey::new(kind, id)).or_default();
            if mark.order == 0 {
                mark.order = next;
            }
            if verdict.is_some() || note.is_some() {
                let before = mark.opinions.iter().find(|opinion| opinion.by == by).cloned();
                let before = before.unwrap_or_default();
                let note = note.unwrap_or(&before.note).to_owned();
                mark.set_opinion(by, verdict.or(before.verdict), &note);
            }
            mark.star = star.unwrap_or(mark.star);
            mark.expected = expected.unwrap_or(mark.expected);
            mark.to_report = to_report.unwrap_or(mark.to_report);
        });
        Ok(())
    }

    /// Joins this case with another. Returns the case, and where both differ, in words.
    fn merge(&self, other: &Self) -> (Self, Vec<String>) {
        let other = other.with(|case| case.clone());
        let merged = self.with(|case| case.merge(&other));
        (merged.case.into(), merged.conflicts)
    }

    /// The text of the case's file.
    fn to_json(&self) -> String {
        self.with(|case| case.to_json())
    }

    /// Writes the case's file.
    fn save(&self, path: PathBuf) -> PyResult<()> {
        Ok(fs::write(path, self.to_json())?)
    }

    fn __repr__(&self) -> String {
        self.with(|case| {
            let (marks, sources) = (case.marks.len(), case.sources.len());
            format!("Case {:?}: {marks} marks, {sources} logs", case.name)
        })
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let marks = self.marks(py)?;
        Ok(crate::display::paragraph(&self.__repr__()) + &crate::display::table(&marks))
    }
}

impl Case {
    /// Runs `work` on the case. No work on it can panic half way.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut case::Case) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns the value of this name.
fn find<T: Copy, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
    wanted: &str,
) -> PyResult<T> {
    all.into_iter().find(|one| name(*one) == wanted).ok_or_else(|| {
        let names = all.map(name).join(", ");
        PyValueError::new_err(format!("{wanted:?} is none of {names}"))
    })
}

/// Reads a case file.
#[pyfunction]
pub(crate) fn open_case(py: Python<'_>, path: PathBuf) -> PyResult<Case> {
    let text = fs::read_to_string(path)?;
    run(py, || -> Result<Case, Refusal> { Ok(case::Case::parse(&text)?.into()) })
}
