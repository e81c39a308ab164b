//! What disguised scripts say behind their text, as blocks that rules can be asked about.

use crate::limits;
use crate::reassemble::ScriptBlock;
use crate::script::{View, is_disguised, views};
use crate::text::Raw;

/// The views of a block whose text shows signs of a disguise, each with the block as if that were its text. The
/// text decides alone, so it does not matter who asks, or when.
pub fn disguised(block: &ScriptBlock) -> impl Iterator<Item = (View, ScriptBlock)> {
    let looked_behind =
        block.text.len() <= limits::DISGUISED_BYTES && is_disguised(Raw::from(&*block.text));
    let views = if looked_behind { views(&block.text) } else { Vec::new() };
    views.into_iter().map(|view| {
        let behind = ScriptBlock {
            event: block.event.clone(),
            text: view.text.as_str().into(),
            parts: block.parts.clone(),
            total: block.total,
            gaps: Vec::new(),
            alone: block.alone,
        };
        (view, behind)
    })
}
