//! Whether a text is obfuscated, and its views as blocks that a search can be evaluated on.

use crate::reassemble::ScriptBlock;
use crate::script::{self, View};
use crate::text::Raw;
use std::sync::OnceLock;

/// Whether a block is searched in its views too: its text has a sign of obfuscation and is short enough. Only the text
/// decides, so every session and report searches a block in the same way.
pub(crate) fn is_obfuscated(block: &ScriptBlock) -> bool {
    script::has_searched_views(&block.text) && script::is_obfuscated(Raw::from(&*block.text))
}

/// Whether a block has a sign of obfuscation and no views, because it is too long.
pub(crate) fn is_too_long_for_views(block: &ScriptBlock) -> bool {
    !script::has_searched_views(&block.text) && script::is_obfuscated(Raw::from(&*block.text))
}

/// The views of a block's text, outermost first, each with a copy of the block that has the view as its text.
pub(crate) fn views_as_blocks(block: &ScriptBlock) -> impl Iterator<Item = (View, ScriptBlock)> {
    let views = script::views(&block.text);
    let hidden = OnceLock::from(script::measure_views(block.text.len(), &views));
    views.into_iter().map(move |view| {
        let with_view = ScriptBlock {
            event: block.event.clone(),
            text: view.text.as_str().into(),
            parts: block.parts.clone(),
            total: block.total,
            gaps: Vec::new(),
            standalone: block.standalone,
            variant: block.variant,
            hidden: hidden.clone(),
        };
        (view, with_view)
    })
}
