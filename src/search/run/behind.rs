//! [`RowWithBlock`]: a row together with one of the blocks behind it.

use super::record::{any_block_value, block_field, block_value, passes};
use crate::reassemble::ScriptBlock;
use crate::search::condition::Row;
use crate::search::value::Value;
use crate::time::Time;

/// A row of a table and one of the script blocks behind it, as a condition sees them.
///
/// A field is the row's cell. Where the row has no such column, or its cell has gathered the values of several blocks, it
/// is the block's own.
pub(crate) struct RowWithBlock<'a> {
    /// The columns of the table.
    pub columns: &'a [String],
    /// The row's cells.
    pub cells: &'a [Value],
    /// The block.
    pub block: &'a ScriptBlock,
}

impl RowWithBlock<'_> {
    fn cell(&self, name: &str) -> Option<&Value> {
        let index = self.columns.iter().position(|column| column == name)?;
        self.cells.get(index).filter(|cell| !cell.is_null())
    }

    /// The cell, if it says one thing of every block behind the row.
    fn single(&self, name: &str) -> Option<&Value> {
        self.cell(name).filter(|cell| !matches!(cell, Value::Multi(_)))
    }
}

impl Row for RowWithBlock<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
        if let Some(cell) = self.single(field) {
            return passes(cell, test);
        }
        match block_field(self.block, field) {
            Some(value) => test(&value),
            None => self.cell(field).is_some_and(|cell| passes(cell, test)),
        }
    }

    fn any_value(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.cells.iter().any(|cell| passes(cell, test))
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
