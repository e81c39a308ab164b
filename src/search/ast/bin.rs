//! [`Bin`]: the `bin` command.

use crate::search::values::timespan::TimeSpan;

/// The `bin` command: replaces a number or a time by the bin that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bin {
    /// The field.
    pub field: String,
    /// The output field, if it is not the input.
    pub output: Option<String>,
    /// The size of the bins.
    pub span: BinSpan,
}

/// The size of bins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BinSpan {
    /// Times become the start of their span.
    Time(TimeSpan),
    /// Numbers become a text such as `10-20`.
    Number(u32),
}
