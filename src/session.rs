//! The facade.
/// The facade.
pub struct Session;
