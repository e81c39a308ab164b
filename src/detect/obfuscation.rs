//! Whether a text is obfuscated, and its views as blocks that a search can be evaluated on.

use crate::reassemble::{Hidden, ScriptBlock};
use crate::script::{self, View};
use crate::text::Raw;
use std::sync::{Arc, OnceLock};

/// Whether a block is searched in its views too: its text has a sign of obfuscation and is short enough. Only the text
/// decides, so every session and report searches a block in the same way.
pub(crate) fn is_obfuscated(block: &ScriptBlock) -> bool {
    script::has_searched_views(&block.text) && script::is_obfuscated(Raw::from(&*block.text))
}

/// Whether a block has a sign of obfuscation and no views, because it is too long.
pub(crate) fn is_too_long_for_views(block: &ScriptBlock) -> bool {
    !script::has_searched_views(&block.text) && script::is_obfuscated(Raw::from(&*block.text))
}

/// The views of a text, made once for all blocks that have it.
#[derive(Debug)]
pub(crate) struct TextViews {
    /// Outermost first.
    pub(crate) views: Vec<View>,
    /// The text of each view.
    texts: Vec<Arc<str>>,
    hidden: Option<Hidden>,
}

impl TextViews {
    pub(crate) fn new(text: &str) -> Self {
        let views = script::views(text);
        let texts = views.iter().map(|view| view.text.as_str().into()).collect();
        let hidden = script::measure_views(text.len(), &views);
        Self { views, texts, hidden }
    }

    /// Copies of a block that has the text, each with a view as its text.
    pub(crate) fn as_blocks(&self, block: &ScriptBlock) -> Vec<ScriptBlock> {
        let with_view = |text: &Arc<str>| ScriptBlock {
            event: block.event.clone(),
            text: Arc::clone(text),
            parts: block.parts.clone(),
            total: block.total,
            gaps: Vec::new(),
            standalone: block.standalone,
            variant: block.variant,
            hidden: OnceLock::from(self.hidden),
        };
        self.texts.iter().map(with_view).collect()
    }
}
