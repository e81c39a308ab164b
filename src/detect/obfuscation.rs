//! Whether a text is obfuscated, and its views as the texts of blocks that a search can be evaluated on.

use crate::reassemble::{Hidden, ScriptBlock};
use crate::script::{self, View};
use crate::text::Raw;
use std::sync::{Arc, OnceLock};

/// Whether a block is searched in its views too: its text has a sign of obfuscation. Only the text decides, so every session
/// and report searches a block in the same way.
pub(crate) fn is_obfuscated(block: &ScriptBlock) -> bool {
    script::is_obfuscated(Raw::from(&*block.text))
}

/// The views of a text, made once for all blocks that have it.
#[derive(Debug, Default)]
pub(crate) struct TextViews {
    /// Outermost first, without their texts.
    pub(crate) views: Vec<View>,
    /// The text of each view.
    pub(super) texts: Vec<Arc<str>>,
    pub(super) hidden: Option<Hidden>,
}

impl TextViews {
    pub(crate) fn new(text: &str) -> Self {
        Self::from_views(text.len(), script::views(text))
    }

    /// Creates them from the views of a text of this length.
    pub(super) fn from_views(len: usize, mut views: Vec<View>) -> Self {
        let hidden = script::measure_views(len, &views);
        let texts = views.iter_mut().map(|view| std::mem::take(&mut view.text).into()).collect();
        Self { views, texts, hidden }
    }

    /// Upper bound on the bytes that they take.
    pub(super) fn weight(&self) -> usize {
        let maps = self.views.iter().map(|view| size_of::<View>() + view.map.weight());
        let texts = self.texts.iter().map(|text| size_of::<Arc<str>>() + text.len());
        maps.chain(texts).sum()
    }

    /// Returns the first view that `holds` as the text of a block, which has the views' text, and that block.
    pub(crate) fn find(
        &self,
        block: &ScriptBlock,
        mut holds: impl FnMut(&ScriptBlock) -> bool,
    ) -> Option<(usize, ScriptBlock)> {
        let mut with_view = ScriptBlock {
            event: block.event.clone(),
            text: Arc::clone(&block.text),
            parts: block.parts.clone(),
            total: block.total,
            gaps: Vec::new(),
            standalone: block.standalone,
            variant: block.variant,
            hidden: OnceLock::from(self.hidden),
            view_rules: OnceLock::new(),
        };
        for (index, text) in self.texts.iter().enumerate() {
            with_view.text = Arc::clone(text);
            if holds(&with_view) {
                return Some((index, with_view));
            }
        }
        None
    }
}
