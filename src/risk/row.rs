//! A row whose fields are found by name.

use crate::event::canonical;
use crate::search::Value;

/// The cells of a row with the names of their columns.
pub(super) struct NamedCells<'a> {
    pub(super) columns: &'a [String],
    pub(super) cells: &'a [Value],
}

impl NamedCells<'_> {
    /// Returns the values of a field that are not empty. A column of this name is preferred to one with another name of
    /// the same event field.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        let index = self.columns.iter().position(|column| column == name).or_else(|| {
            self.columns.iter().position(|column| canonical(column) == canonical(name))
        });
        let cell = index.and_then(|index| self.cells.get(index));
        cell.into_iter()
            .flat_map(Value::each)
            .filter_map(|value| value.text().map(String::from))
            .filter(|text| !text.is_empty())
            .collect()
    }
}
