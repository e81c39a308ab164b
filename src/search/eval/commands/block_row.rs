//! [`BlockRow`]: a script block as a row, and the fields of script blocks.

use crate::event::{DEFAULT_FIELDS, MEASURES, canonical};
use crate::reassemble::ScriptBlock;
use crate::script;
use crate::search::eval::row::Row;
use crate::search::eval::spellings::{any_further, any_spelling, has_spellings};
use crate::search::values::value::Value;
use crate::time::Time;
use std::borrow::Cow;
use std::sync::Arc;

/// A script block as a row.
pub(crate) struct BlockRow<'a> {
    /// The script block.
    pub(crate) block: &'a ScriptBlock,
    /// Time of the newest event, once it is known.
    pub(crate) now: Option<Time>,
    /// Of which literals it is known that the script's text does not contain them, in any case.
    pub(crate) lacks: Option<&'a dyn Fn(&str) -> bool>,
}

impl<'a> BlockRow<'a> {
    pub(crate) fn new(block: &'a ScriptBlock, now: Option<Time>) -> Self {
        Self { block, now, lacks: None }
    }
}

impl Row for BlockRow<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
        any_of_field(self.block, field, test)
    }

    fn has_field(&self, field: &str) -> bool {
        has_block_field(self.block, field)
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

    fn lacks(&self, value: &str) -> Option<&dyn Fn(&str) -> bool> {
        // Other fields, and further values of this one, have texts of their own.
        self.lacks.filter(|_| std::ptr::eq(value, &*self.block.text))
    }
}

/// Returns the values of a field.
pub(super) fn block_value(block: &ScriptBlock, name: &str) -> Value {
    if name == "_time" {
        return block.event.time.map_or(Value::Null, Value::Time);
    }
    let first = match canonical(name) {
        // Shared, because it may be long and many searches may read it.
        "ScriptBlockText" if !block.text.is_empty() => Value::Str(Arc::clone(&block.text)),
        _ => block_field(block, name).map_or(Value::Null, |value| Value::from(&*value)),
    };
    let mut further = block.event.values_after_first(name).map(Value::from).peekable();
    if further.peek().is_none() {
        return first;
    }
    match Value::multi([first].into_iter().chain(further).collect()) {
        // A source that repeats a value has one value.
        Value::Multi(mut all) if all.iter().all(|value| Some(value) == all.first()) => {
            all.pop().unwrap_or_default()
        }
        value => value,
    }
}

/// Whether any value of a field satisfies `test`.
pub(super) fn any_of_field(
    block: &ScriptBlock,
    name: &str,
    test: &mut dyn FnMut(&str) -> bool,
) -> bool {
    if has_spellings(name) {
        return block_field(block, name).is_some_and(|value| any_spelling(name, &value, test))
            || any_further(block, name, test);
    }
    block_field(block, name).is_some_and(|value| test(&value))
        || block.event.values_after_first(name).any(test)
}

/// Whether the block has a field, even if its value is empty.
pub(super) fn has_block_field(block: &ScriptBlock, name: &str) -> bool {
    block.event.has_field(name) || block_field(block, name).is_some()
}

/// Returns the first value of a field. `_raw` is the message or else the event as XML if the source has no raw event.
pub(super) fn block_field<'a>(block: &'a ScriptBlock, name: &str) -> Option<Cow<'a, str>> {
    block.field(name).or_else(|| match name {
        "_raw" if block.event.message.is_some() => block.field("Message"),
        "_raw" => Some(block.to_xml().into()),
        name => Some(measure(block, name.strip_prefix(MEASURES)?)?.to_string().into()),
    })
}

/// Returns a measure of obfuscation; `None` for a script in which nothing is hidden.
fn measure(block: &ScriptBlock, name: &str) -> Option<u32> {
    let measure_hidden = || {
        let views = script::views(&block.text);
        script::measure_views(block.text.len(), &views)
    };
    let hidden = (*block.hidden.get_or_init(measure_hidden))?;
    match name {
        "layers" => Some(hidden.layers),
        "steps" => Some(hidden.steps),
        "folded" => Some(hidden.folded),
        name => script::text_measure(&block.text, name),
    }
}

/// Returns the names of the fields. The script's text is that of the block, joined from all parts.
pub(super) fn field_names(block: &ScriptBlock) -> impl Iterator<Item = &str> {
    let others = block.event.field_names().filter(|name| *name != "ScriptBlockText");
    std::iter::once("ScriptBlockText").chain(others)
}

/// Whether any value of any field except those that `hidden` accepts satisfies `test`. Only fields of the event itself
/// count, neither those that are added to every event, such as its source, nor a message that was made of the others.
pub(super) fn any_block_value(
    block: &ScriptBlock,
    hidden: &dyn Fn(&str) -> bool,
    test: &mut dyn FnMut(&str) -> bool,
) -> bool {
    let is_message_made = block.event.message.is_none();
    let own = |name: &str| match name {
        name if DEFAULT_FIELDS.contains(&name) => false,
        "Message" => !is_message_made,
        _ => true,
    };
    field_names(block)
        .filter(|name| own(name) && !hidden(name))
        .any(|name| any_of_field(block, name, test))
}
