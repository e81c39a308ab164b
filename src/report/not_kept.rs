//! [`NotKeptByObject`]: script blocks that a limit left out, by the risk objects that they would have counted against.

use super::inputs::ReportInputs;
use crate::event::canonical;
use crate::risk::RankedObject;
use crate::rule::{ObjectType, RuleSet};
use crate::text::fold_case;
use std::collections::{BTreeMap, HashMap};

/// For each risk object, by type and name with case folded, the number of blocks of each rule.
pub(super) struct NotKeptByObject<'a> {
    counts: HashMap<(ObjectType, String), BTreeMap<String, u64>>,
    rules: &'a RuleSet,
}

impl<'a> NotKeptByObject<'a> {
    pub(super) fn new(inputs: &'a ReportInputs<'_>) -> Self {
        let mut own = Self { counts: HashMap::new(), rules: inputs.rules };
        for (facts, count) in &inputs.not_kept {
            let rules =
                facts.rules.iter().filter_map(|rule| inputs.rules.rules.get(*rule as usize));
            for rule in rules.filter(|rule| rule.makes_risk()) {
                for object in &rule.risk_objects {
                    // Other fields of the row are not known without the block.
                    let name = match canonical(&object.field) {
                        "Computer" => facts.computer.as_deref(),
                        "UserID" => facts.user.as_deref(),
                        _ => None,
                    };
                    if let Some(name) = name {
                        let key = (object.kind, own.key(name));
                        let counts = own.counts.entry(key).or_default();
                        *counts.entry(rule.id.clone()).or_default() += count;
                    }
                }
            }
        }
        own
    }

    /// Returns the numbers of an object.
    pub(super) fn take(&mut self, object: &RankedObject<'_>) -> BTreeMap<String, u64> {
        let key = (object.kind, self.key(&object.object));
        self.counts.remove(&key).unwrap_or_default()
    }

    fn key(&self, name: &str) -> String {
        fold_case(self.rules.assets.canonical_name(name).unwrap_or(name))
    }
}
