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

impl Evaluation {
    /// Adds what was found in a piece of the text behind those before, which begins at `start`.
    pub(super) fn append(&mut self, piece: Self, start: usize) {
        let moved = |range: Range<usize>| range.start + start..range.end + start;
        let edits = piece.edits.into_iter();
        self.edits.extend(edits.map(|edit| Edit { range: moved(edit.range), ..edit }));
        let scripts = piece.scripts.into_iter();
        self.scripts.extend(scripts.map(|own| ScriptString { range: moved(own.range), ..own }));
        self.is_limited |= piece.is_limited;
    }
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
