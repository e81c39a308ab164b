//! What evaluating a text found.

use std::ops::Range;
use std::rc::Rc;

/// What evaluating a text found.
#[derive(Default)]
pub(in crate::script) struct Evaluation {
    /// The edits, by their start. None overlap.
    pub(in crate::script) edits: Vec<Edit>,
    /// Strings that are scripts, in the order of evaluation.
    pub(in crate::script) scripts: Vec<ScriptString>,
    /// A limit of steps or bytes was reached.
    pub(in crate::script) is_limited: bool,
}

/// A string that is run, or may be.
pub(in crate::script) struct ScriptString {
    /// The range of the text that it comes from.
    pub(in crate::script) range: Range<usize>,
    pub(in crate::script) text: Rc<String>,
}

/// A range of the text and its replacement.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::script) struct Edit {
    pub(in crate::script) range: Range<usize>,
    pub(in crate::script) text: String,
}
