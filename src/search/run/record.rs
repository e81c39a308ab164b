//! [`Record`]: a row while a search runs, and an event before it is one.

use crate::reassemble::ScriptBlock;
use crate::search::condition::Row;
use crate::search::value::Value;
use crate::time::Time;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

/// An event as a condition sees it.
pub(crate) struct Block<'a> {
    pub(crate) block: &'a ScriptBlock,
    pub(crate) now: Option<Time>,
}

/// A row: the fields that commands have set, over those of its event while it is one.
#[derive(Clone, Debug)]
pub(super) struct Record<'a> {
    event: Option<&'a ScriptBlock>,
    fields: Vec<(Arc<str>, Value)>,
    /// The indexes of the blocks behind it.
    pub(super) blocks: Vec<usize>,
    /// The filter macro that would remove it.
    pub(super) suppressed_by: Option<Arc<str>>,
    now: Option<Time>,
    /// The script's text in lower case: one search asks for it twenty times.
    lower: OnceCell<Value>,
}

impl<'a> Record<'a> {
    pub(super) fn event(block: &'a ScriptBlock, index: usize, now: Option<Time>) -> Self {
        Self {
            event: Some(block),
            fields: Vec::new(),
            blocks: vec![index],
            suppressed_by: None,
            now,
            lower: OnceCell::new(),
        }
    }

    pub(super) fn row(blocks: Vec<usize>, now: Option<Time>) -> Self {
        Self {
            event: None,
            fields: Vec::new(),
            blocks,
            suppressed_by: None,
            now,
            lower: OnceCell::new(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Value {
        if let Some(value) = self.own(name) {
            return value.clone();
        }
        let Some(block) = self.event else { return Value::Null };
        block_value(block, name)
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        match self.fields.iter_mut().find(|(own, _)| &**own == name) {
            Some((_, old)) => *old = value,
            None => self.fields.push((name.into(), value)),
        }
    }

    /// Only these fields are left, and those that Splunk keeps for itself.
    pub(super) fn keep(&mut self, good: &dyn Fn(&str) -> bool) {
        let names = self.names();
        let kept: Vec<(Arc<str>, Value)> = names
            .iter()
            .filter(|name| good(name) || matches!(name.as_str(), "_time" | "_raw"))
            .map(|name| (name.as_str().into(), self.get(name)))
            .collect();
        self.event = None;
        self.fields = kept;
    }

    /// The names of all fields that have a value. An event's are under their first names.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, _)| name.to_string())
            .collect();
        if let Some(block) = self.event {
            let own = |name: &str| self.fields.iter().any(|(own, _)| &**own == name);
            let event = ["_time"].into_iter().chain(self::names(block));
            names.extend(event.filter(|name| !own(name)).map(str::to_owned));
        }
        names
    }

    fn own(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(own, _)| &**own == name).map(|(_, value)| value)
    }
}

impl Row for Record<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
        match (self.own(field), self.event) {
            (Some(value), _) => passes(value, test),
            (None, Some(block)) => block_passes(block, field, test),
            (None, None) => false,
        }
    }

    fn any_value(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        let own = |name: &str| self.own(name).is_some();
        self.fields.iter().any(|(_, value)| passes(value, test))
            || self.event.is_some_and(|block| any_block_value(block, &own, test))
    }

    fn time(&self) -> Option<Time> {
        super::accumulate::seen(&self.get("_time"))
    }

    fn value(&self, field: &str) -> Value {
        self.get(field)
    }

    fn lower(&self, field: &str) -> Value {
        let is_text = crate::event::canonical(field) == "ScriptBlockText";
        if !is_text || self.event.is_none() || self.own(field).is_some() {
            return self.get(field).lower();
        }
        self.lower.get_or_init(|| self.get(field).lower()).clone()
    }

    fn now(&self) -> Option<Time> {
        self.now
    }
}

impl Row for Block<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
        block_passes(self.block, field, test)
    }

    fn any_value(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        any_block_value(self.block, &|_| false, test)
    }

    fn time(&self) -> Option<Time> {
        self.block.event.time
    }

    fn value(&self, field: &str) -> Value {
        block_value(self.block, field)
    }

    fn now(&self) -> Option<Time> {
        self.now
    }
}

pub(super) fn passes(value: &Value, test: &mut dyn FnMut(&str) -> bool) -> bool {
    value.each().iter().any(|value| value.text().is_some_and(|text| test(&text)))
}

pub(super) fn block_value(block: &ScriptBlock, name: &str) -> Value {
    if name == "_time" {
        return block.event.time.map_or(Value::Null, Value::Time);
    }
    let first = match crate::event::canonical(name) {
        // Not copied: it may be long, and many searches may ask for it.
        "ScriptBlockText" if !block.text.is_empty() => Value::Str(Arc::clone(&block.text)),
        _ => block_field(block, name).map_or(Value::Null, |value| Value::from(&*value)),
    };
    let mut further = block.event.values_after_first(name).map(Value::from).peekable();
    if further.peek().is_none() {
        return first;
    }
    match Value::multi([first].into_iter().chain(further).collect()) {
        // A source that says the same twice says it once.
        Value::Multi(mut all) if all.iter().all(|value| Some(value) == all.first()) => {
            all.pop().unwrap_or_default()
        }
        value => value,
    }
}

/// Whether any value of an event's field passes.
fn block_passes(block: &ScriptBlock, name: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
    block_field(block, name).is_some_and(|value| test(&value))
        || block.event.values_after_first(name).any(test)
}

/// A field of an event; `_raw`, where the source has none, is the message.
pub(super) fn block_field<'a>(block: &'a ScriptBlock, name: &str) -> Option<Cow<'a, str>> {
    block.field(name).or_else(|| if name == "_raw" { block.field("Message") } else { None })
}

/// The names of an event's fields. The text is the joined one, which the block holds.
fn names(block: &ScriptBlock) -> impl Iterator<Item = &str> {
    let others = block.event.field_names().filter(|name| *name != "ScriptBlockText");
    std::iter::once("ScriptBlockText").chain(others)
}

/// The values that the event itself holds: neither those that are added to every event, such as its source,
/// nor a message that was only made of the others.
pub(super) fn any_block_value(
    block: &ScriptBlock,
    hidden: &dyn Fn(&str) -> bool,
    test: &mut dyn FnMut(&str) -> bool,
) -> bool {
    let made = block.event.message.is_none();
    let own = |name: &str| match name {
        "vendor_product" | "signature" | "source" | "sourcetype" => false,
        "Message" => !made,
        _ => true,
    };
    names(block)
        .filter(|name| own(name) && !hidden(name))
        .any(|name| block_passes(block, name, test))
}
