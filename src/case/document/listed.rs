//! [`Listed`]: the lists of a session that a document shows beside its report.

use super::super::model::MarkKey;
use crate::inventory::BlockRow;
use crate::report::{Block, IndicatorList};

/// What a document shows beside the report: lists that a session makes.
#[derive(Default)]
pub(crate) struct Listed {
    pub(crate) indicators: IndicatorList,
    /// Marked script blocks and scripts of the list of all script blocks.
    pub(crate) blocks: Vec<(MarkKey, BlockRow)>,
    /// Those of them that no rule matched and whose texts were read again.
    pub(crate) texts: Vec<Block>,
}
