//! [`Table`]: a list of the report as Arrow record batches.

use crate::columns::Column;
use crate::display;
use crate::failure::Refusal;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::{Field, Schema, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::sync::Arc;

/// Upper bound on the bytes of text in a batch of rows, beside its last row: far below the 2 GiB that a column may have.
const BATCH_BYTES: usize = 64 << 20;

/// Upper bound on the rows of a batch.
const BATCH_ROWS: usize = 65_536;

/// A table of Arrow data. Whatever reads `__arrow_c_stream__` takes it without a copy: `polars.DataFrame(table)`,
/// `pandas.DataFrame.from_arrow(table)`, `pyarrow.table(table)`, `duckdb.from_arrow(...)`.
#[pyclass(frozen, module = "scriptscope._engine")]
pub(crate) struct Table {
    title: &'static str,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Table {
    /// Makes a table of rows. `bytes` is about the size of a row's texts.
    pub(crate) fn new<T>(
        title: &'static str,
        rows: &[T],
        bytes: impl Fn(&T) -> usize,
        columns: impl Fn(&[T]) -> Vec<Column>,
    ) -> Result<Self, Refusal> {
        let schema = schema_of(columns(&[]));
        let mut batches = Vec::new();
        let mut rest = rows;
        while !rest.is_empty() {
            let mut sum = 0;
            let fits = rest.iter().take(BATCH_ROWS).take_while(|row| {
                let is_within = sum < BATCH_BYTES;
                sum += bytes(row);
                is_within
            });
            let (batch, after) = rest.split_at_checked(fits.count()).unwrap_or((rest, &[]));
            let arrays = columns(batch).into_iter().map(|(_, array)| array).collect();
            batches.push(RecordBatch::try_new(Arc::clone(&schema), arrays)?);
            rest = after;
        }
        Ok(Self { title, schema, batches })
    }

    /// Makes a table of pages of rows, a batch each, until a page is empty.
    pub(crate) fn of_pages<T>(
        title: &'static str,
        mut page: impl FnMut() -> Result<Vec<T>, Refusal>,
        columns: impl Fn(&[T]) -> Vec<Column>,
    ) -> Result<Self, Refusal> {
        let schema = schema_of(columns(&[]));
        let mut batches = Vec::new();
        loop {
            let rows = page()?;
            if rows.is_empty() {
                return Ok(Self { title, schema, batches });
            }
            let arrays = columns(&rows).into_iter().map(|(_, array)| array).collect();
            batches.push(RecordBatch::try_new(Arc::clone(&schema), arrays)?);
        }
    }

    pub(crate) fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(crate) fn title(&self) -> &'static str {
        self.title
    }

    pub(crate) fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

fn schema_of(columns: Vec<Column>) -> SchemaRef {
    let field = |(name, array): &Column| Field::new(*name, array.data_type().clone(), true);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

#[pymethods]
impl Table {
    /// Names of the columns.
    #[getter]
    fn columns(&self) -> Vec<&str> {
        self.schema.fields().iter().map(|field| field.name().as_str()).collect()
    }

    fn __len__(&self) -> usize {
        self.rows()
    }

    /// Returns a capsule with an Arrow stream. The schema is always the table's own, as the interface allows.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let batches = self.batches.clone().into_iter().map(Ok);
        let reader = RecordBatchIterator::new(batches, Arc::clone(&self.schema));
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }

    fn __repr__(&self) -> String {
        format!("{}: {} rows of {}", self.title, self.rows(), self.columns().join(", "))
    }

    fn _repr_html_(&self) -> String {
        display::table(self)
    }
}
