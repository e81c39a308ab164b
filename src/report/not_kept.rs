//! [`NotKeptByObject`]: script blocks that a limit left out, by the risk objects that they would have counted against.

use super::inputs::ReportInputs;
use crate::event::canonical;
use crate::reassemble::BlockFacts;
use crate::risk::{RankedObject, RiskContext, UserObject};
use crate::rule::{ObjectType, Rule, RuleKind};
use crate::text::fold_case;
use std::collections::{BTreeMap, HashMap};

/// For each risk object, by type and name with case folded, the number of blocks of each rule.
pub(super) struct NotKeptByObject {
    counts: HashMap<(ObjectType, String), BTreeMap<String, u64>>,
}

impl NotKeptByObject {
    pub(super) fn new(inputs: &ReportInputs<'_>, context: RiskContext<'_>) -> Self {
        let mut own = Self { counts: HashMap::new() };
        for (facts, count) in &inputs.not_kept {
            let rules =
                facts.rules.iter().filter_map(|rule| inputs.rules.rules.get(*rule as usize));
            for rule in rules.filter(|rule| rule.makes_risk()) {
                for (kind, object) in objects(rule, facts) {
                    let name = context.object_of(kind, (&object.user, object.computer.as_deref()));
                    let counts = own.counts.entry((kind, fold_case(&name))).or_default();
                    *counts.entry(rule.id.clone()).or_default() += count;
                }
            }
        }
        own
    }

    /// Returns the numbers of an object.
    pub(super) fn take(&mut self, object: &RankedObject<'_>) -> BTreeMap<String, u64> {
        self.counts.remove(&(object.kind, fold_case(&object.object))).unwrap_or_default()
    }
}

/// Returns the objects of the risk events that a block would make: of its computer and its user. Other fields of the row are
/// not known without the block.
fn objects(rule: &Rule, facts: &BlockFacts) -> Vec<(ObjectType, UserObject)> {
    let computer = facts.computer.as_deref().filter(|name| !name.is_empty());
    let user = facts.user.as_deref().filter(|name| !name.is_empty());
    let mut objects = Vec::new();
    for field in &rule.risk_objects {
        let name = match canonical(&field.field) {
            "Computer" => computer,
            "UserID" => user,
            _ => None,
        };
        let object = name.map(|name| match field.kind {
            ObjectType::User => UserObject::new(name, computer),
            _ => UserObject { user: name.to_owned(), computer: None },
        });
        objects.extend(object.map(|object| (field.kind, object)));
    }
    if rule.kind != RuleKind::Splunk
        && !rule.risk_objects.is_empty()
        && !objects.iter().any(|(kind, _)| *kind == ObjectType::User)
    {
        objects.extend(user.map(|user| (ObjectType::User, UserObject::new(user, computer))));
    }
    objects
}
