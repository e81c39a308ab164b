//! [`Top`]: the `top` and `rare` commands.

/// The `top` or `rare` command: counts the combinations of the fields' values and returns the most or least frequent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Top {
    /// Whether the least frequent come first (`rare`).
    pub rare: bool,
    /// Largest number of rows for each combination of the by-fields' values; 0 for all.
    pub limit: usize,
    /// The fields whose values are counted.
    pub fields: Vec<String>,
    /// The by-fields.
    pub by: Vec<String>,
    /// Name of the column with the count.
    pub count: Option<String>,
    /// Name of the column with the percentage.
    pub percent: Option<String>,
    /// Value of a row for all other combinations.
    pub other: Option<String>,
}

impl Top {
    /// Returns the columns.
    pub(crate) fn columns(&self) -> Vec<String> {
        let counts = self.count.iter().chain(&self.percent);
        self.by.iter().chain(&self.fields).chain(counts).cloned().collect()
    }
}
