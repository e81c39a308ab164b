//! The texts of marked script blocks and scripts that no rule matched: the session does not keep them, so its host reads
//! them again before it asks for a report or an export.

use super::state::Session;
use crate::indicators::{IndicatorPlace, IndicatorSet, TextIndicators};
use crate::inventory::BlockRow;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::report::Block;
use crate::sort;
use crate::time::Time;
use std::borrow::Cow;

/// The script blocks of marks that no result names.
#[derive(Default)]
pub(super) struct MarkedTexts {
    /// Those whose texts were read again, by time, computer and id.
    pub(super) blocks: Vec<Block>,
    /// Ids of those whose texts were not.
    pub(super) missing: Vec<String>,
}

impl Session {
    /// Returns the ids of script blocks whose texts a report or export of these ids shows and this session does not hold,
    /// because no rule matched them. Read each again with [`Session::read_plan`] and [`Session::read_block`] first. Reports
    /// and exports say which were not read again.
    ///
    /// `ids`: of script blocks, and of scripts ([`ScriptRow::text_id`](crate::inventory::ScriptRow::text_id)), such as
    /// [`Case::marked_texts`](crate::case::Case::marked_texts). Others are ignored.
    ///
    /// ```
    /// use scriptscope::inventory::BlockQuery;
    /// use scriptscope::{Options, Session};
    ///
    /// let mut session = Session::new(Options::default().with_inventory(true)).unwrap();
    /// session.begin("log.json").unwrap();
    /// session.push(br#"{"EventID": 4104, "ProviderName": "PowerShellCore", "ScriptBlockText": "Get-Date",
    ///     "ScriptBlockId": "a", "MessageNumber": 1, "MessageTotal": 1}"#).unwrap();
    /// session.end().unwrap();
    /// let row = session.list_blocks(&BlockQuery::default()).unwrap().rows.remove(0);
    /// assert_eq!(session.texts_to_read(&[row.text_id]), [row.id]);
    /// ```
    pub fn texts_to_read(&mut self, ids: &[String]) -> Vec<String> {
        let rows = self.marked_rows(ids.iter().map(String::as_str));
        let blocks: Vec<String> = rows.into_values().map(|row| row.id).collect();
        self.marked_texts(blocks.into_iter()).missing
    }

    /// Returns the listed script blocks of these ids, and of scripts the earliest; those of other ids are left out.
    pub(super) fn marked_rows<'a>(
        &mut self,
        ids: impl Iterator<Item = &'a str>,
    ) -> OrderedMap<&'a str, BlockRow> {
        match self.listing() {
            Ok((listing, inventory, names)) => listing.find_all(inventory, names, ids),
            Err(_) => OrderedMap::new(),
        }
    }

    /// Divides script blocks that no rule matched into those that were read again and the others, each once.
    pub(super) fn marked_texts(&mut self, ids: impl Iterator<Item = String>) -> MarkedTexts {
        let ids: OrderedSet<String> = ids.collect();
        let mut texts = MarkedTexts::default();
        for id in ids.iter() {
            if let Some(block) = self.reread.iter().find(|block| block.id == *id) {
                texts.blocks.push(block.clone());
            } else if self.block(id).is_none() {
                texts.missing.push(id.clone());
            }
        }
        sort::sort_by_key(&mut texts.blocks, |block| {
            let time = block.time.as_deref().and_then(Time::parse).map(|(time, _)| time);
            (time.is_none(), time, block.computer.clone(), block.id.clone())
        });
        texts
    }

    /// Returns the indicators with those of script blocks that no rule matched. With
    /// [`Options::indicators`](super::Options::indicators) they are listed anyway.
    pub(super) fn indicators_with(&mut self, blocks: &[Block]) -> Cow<'_, IndicatorSet> {
        let (is_complete, views) = (self.config.indicators, self.config.views);
        let set = self.indicator_set();
        if is_complete || blocks.is_empty() {
            return Cow::Borrowed(set);
        }
        let mut set = set.clone();
        for block in blocks {
            let computer = block.computer.as_deref().map(Into::into);
            let time = block.time.as_deref().and_then(Time::parse).map(|(time, _)| time);
            let place = IndicatorPlace { block: &block.id, computer: computer.as_ref(), time };
            set.add(&TextIndicators::new(&block.text, views), &place);
        }
        Cow::Owned(set)
    }
}

#[cfg(test)]
mod tests;
