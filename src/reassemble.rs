//! Joins the parts of script blocks.
/// One script, joined.
pub struct ScriptBlock;
