//! [`PipelineRow`]: a row in the pipeline.

use super::block_row::{any_block_value, any_of_field, block_value, field_names, has_block_field};
use crate::event::canonical;
use crate::reassemble::ScriptBlock;
use crate::search::eval::row::Row;
use crate::search::eval::spellings::{any_spelling, has_spellings};
use crate::search::values::value::Value;
use crate::search::values::wildcard::Wildcard;
use crate::time::Time;
use std::cell::OnceCell;
use std::sync::Arc;

/// A row: the fields that commands have assigned, over those of a script block as long as the row is an event.
#[derive(Clone, Debug)]
pub(super) struct PipelineRow<'a> {
    event: Option<&'a ScriptBlock>,
    fields: Vec<(Arc<str>, Value)>,
    /// Indexes of the script blocks that the row was made from.
    pub(super) blocks: Vec<usize>,
    /// Name of the filter macro that would remove the row.
    pub(super) suppressed_by: Option<Arc<str>>,
    /// The text that `nomv` puts between several values; `None` for a newline.
    pub(super) delimiter: Option<Arc<str>>,
    now: Option<Time>,
    /// The script's text in lower case: one published search reads it twenty times.
    lower: OnceCell<Value>,
}

impl<'a> PipelineRow<'a> {
    /// Returns the row of a script block.
    pub(super) fn from_block(block: &'a ScriptBlock, index: usize, now: Option<Time>) -> Self {
        Self {
            event: Some(block),
            fields: Vec::new(),
            blocks: vec![index],
            suppressed_by: None,
            delimiter: None,
            now,
            lower: OnceCell::new(),
        }
    }

    /// Returns a row without fields.
    pub(super) fn new(blocks: Vec<usize>, now: Option<Time>) -> Self {
        Self {
            event: None,
            fields: Vec::new(),
            blocks,
            suppressed_by: None,
            delimiter: None,
            now,
            lower: OnceCell::new(),
        }
    }

    /// Returns the values of a field.
    pub(super) fn get(&self, name: &str) -> Value {
        if let Some(value) = self.own(name) {
            return value.clone();
        }
        let Some(block) = self.event else { return Value::Null };
        block_value(block, name)
    }

    /// Assigns a field.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.set_with(name, value, || name.into());
    }

    /// Assigns a field whose name the rows share.
    pub(super) fn set_shared(&mut self, name: &Arc<str>, value: Value) {
        self.set_with(name, value, || Arc::clone(name));
    }

    fn set_with(&mut self, name: &str, value: Value, shared: impl FnOnce() -> Arc<str>) {
        match self.fields.iter_mut().find(|(own, _)| &**own == name) {
            Some((_, old)) => *old = value,
            None => self.fields.push((shared(), value)),
        }
    }

    /// Makes room for this many fields.
    pub(super) fn reserve(&mut self, fields: usize) {
        self.fields.reserve_exact(fields);
    }

    /// Removes all fields except those that `accept` accepts and the internal fields `_time` and `_raw`.
    pub(super) fn retain(&mut self, accept: &dyn Fn(&str) -> bool) {
        let names = self.names();
        let retained: Vec<(Arc<str>, Value)> = names
            .iter()
            .filter(|name| accept(name) || matches!(name.as_str(), "_time" | "_raw"))
            .map(|name| (name.as_str().into(), self.get(name)))
            .collect();
        self.event = None;
        self.fields = retained;
    }

    /// Returns the names of all fields that have a value, those of an event under their canonical names.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, _)| name.to_string())
            .collect();
        if let Some(block) = self.event {
            let own = |name: &str| self.fields.iter().any(|(own, _)| &**own == name);
            let raw = block.event.raw().map(|_| "_raw");
            let event = ["_time"].into_iter().chain(raw).chain(field_names(block));
            names.extend(event.filter(|name| !own(name)).map(str::to_owned));
        }
        names
    }

    /// Expands names with wildcards to the matching fields; other names are kept.
    pub(super) fn expand_names(&self, names: &[String]) -> Vec<String> {
        let mut all = Vec::new();
        for name in names {
            if name.contains('*') {
                let pattern = Wildcard::parse(name, true);
                all.extend(self.names().into_iter().filter(|name| pattern.matches(name)));
            } else {
                all.push(name.clone());
            }
        }
        all
    }

    /// Returns a field that a command has assigned.
    fn own(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(own, _)| &**own == name).map(|(_, value)| value)
    }
}

impl Row for PipelineRow<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
        match (self.own(field), self.event) {
            (Some(value), _) if has_spellings(field) => {
                value.any(&mut |value| any_spelling(field, value, test))
            }
            (Some(value), _) => value.any(test),
            (None, Some(block)) => any_of_field(block, field, test),
            (None, None) => false,
        }
    }

    fn has_field(&self, field: &str) -> bool {
        match (self.own(field), self.event) {
            (Some(value), _) => !value.is_null(),
            (None, Some(block)) => has_block_field(block, field),
            (None, None) => false,
        }
    }

    fn any_value(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        let own = |name: &str| self.own(name).is_some();
        self.fields.iter().any(|(_, value)| value.any(test))
            || self.event.is_some_and(|block| any_block_value(block, &own, test))
    }

    fn time(&self) -> Option<Time> {
        self.get("_time").time()
    }

    fn value(&self, field: &str) -> Value {
        self.get(field)
    }

    fn lower(&self, field: &str) -> Value {
        let is_text = canonical(field) == "ScriptBlockText";
        if !is_text || self.event.is_none() || self.own(field).is_some() {
            return self.get(field).lower();
        }
        self.lower.get_or_init(|| self.get(field).lower()).clone()
    }

    fn now(&self) -> Option<Time> {
        self.now
    }
}
