//! [`RowWithBlock`]: a row of a table together with one of its script blocks.

use super::block_row::{any_block_value, block_field, block_value, has_block_field};
use crate::reassemble::ScriptBlock;
use crate::search::eval::row::Row;
use crate::search::values::value::Value;
use crate::time::Time;

/// A row of a table and one of the script blocks that it was made from.
///
/// A field is the row's cell. If the row has no such column, or its cell has the values of several blocks, the field is
/// that of the block.
pub(crate) struct RowWithBlock<'a> {
    /// Names of the table's columns.
    pub columns: &'a [String],
    /// Cells of the row.
    pub cells: &'a [Value],
    /// The script block.
    pub block: &'a ScriptBlock,
}

impl RowWithBlock<'_> {
    fn cell(&self, name: &str) -> Option<&Value> {
        let index = self.columns.iter().position(|column| column == name)?;
        self.cells.get(index).filter(|cell| !cell.is_null())
    }

    /// Returns the cell if it has a single value, which then holds for every script block of the row.
    fn single(&self, name: &str) -> Option<&Value> {
        self.cell(name).filter(|cell| !matches!(cell, Value::Multi(_)))
    }
}

impl Row for RowWithBlock<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
        if let Some(cell) = self.single(field) {
            return cell.any(test);
        }
        match block_field(self.block, field) {
            Some(value) => test(&value),
            None => self.cell(field).is_some_and(|cell| cell.any(test)),
        }
    }

    fn has_field(&self, field: &str) -> bool {
        self.any(field, &mut |_| true) || has_block_field(self.block, field)
    }

    fn any_value(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.cells.iter().any(|cell| cell.any(test))
            || any_block_value(self.block, &|_| false, test)
    }

    fn time(&self) -> Option<Time> {
        self.block.event.time
    }

    fn value(&self, field: &str) -> Value {
        if let Some(cell) = self.single(field) {
            return cell.clone();
        }
        match block_value(self.block, field) {
            Value::Null => self.cell(field).cloned().unwrap_or(Value::Null),
            value => value,
        }
    }

    fn now(&self) -> Option<Time> {
        None
    }
}
