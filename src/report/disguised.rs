//! What disguised scripts say behind their text, as blocks that rules can be asked about.

use crate::limits;
use crate::reassemble::ScriptBlock;
use crate::script::{self, View, views};
use crate::text::Raw;

/// Whether a block's text shows signs of a disguise, and is not too long to look behind it. The text decides alone, so
/// it does not matter who asks, or when.
pub(crate) fn is_disguised(block: &ScriptBlock) -> bool {
    block.text.len() <= limits::OBFUSCATED_BYTES && script::is_obfuscated(Raw::from(&*block.text))
}

/// The views of a disguised block, each with the block as if that were its text.
pub(crate) fn behind(block: &ScriptBlock) -> impl Iterator<Item = (View, ScriptBlock)> {
    views(&block.text).into_iter().map(|view| {
        let behind = ScriptBlock {
            event: block.event.clone(),
            text: view.text.as_str().into(),
            parts: block.parts.clone(),
            total: block.total,
            gaps: Vec::new(),
            standalone: block.standalone,
        };
        (view, behind)
    })
}
