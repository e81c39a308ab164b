//! Rule files.
/// A detection.
pub struct Rule;
