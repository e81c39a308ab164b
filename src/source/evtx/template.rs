//! Templates resolved once: which value of an instance is which field.
//!
//! Numbers of values differ from template to template, and what is a value in one (the computer, say) is
//! a literal in another. So a definition is walked once, and gives a plan: for each field that every
//! record is asked for, the index of its value or its literal.
//!
//! The chunks of a log hold the same definitions, if at other places: a plan holds for every definition of
//! the same bytes, but for where the names stand that it refers to.

use super::binxml::{Chunk, Context, Table, Visitor, definition, walk};
use super::bytes::{Cursor, Fault, is_word};
use super::fields::{HOT, Hot, Key, Path, hot_data};
use super::plan_cache::Memo;
use super::value::{Value, kind};
use std::sync::Arc;

/// The fields that every record is asked for, where they stand.
pub(super) type Hots<'a> = [Option<Value<'a>>; HOT];

/// Where a field of a template's instances is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Slot {
    #[default]
    Absent,
    Value(u16),
    /// The same, of an element that is there whatever its value: without one it is empty.
    Present(u16),
    Literal(Literal),
}

/// A value that stands in the definition: its type, and where from the definition's tokens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Literal {
    kind: u8,
    at: usize,
    length: usize,
}

impl Literal {
    fn value<'a>(&self, chunk: &Chunk<'a>, tokens: usize) -> Option<Value<'a>> {
        let at = tokens.checked_add(self.at)?;
        let bytes = chunk.data.get(at..at.checked_add(self.length)?)?;
        Some(Value { kind: self.kind, at, bytes })
    }
}

/// What stands in an element without a value.
pub(super) const EMPTY: Value<'static> = Value { kind: kind::STRING, at: 0, bytes: &[] };

/// How to read instances of one template.
#[derive(Debug, Default)]
pub(super) struct Plan {
    slots: [Slot; HOT],
    /// The value that holds the event's data as a fragment of its own.
    pub(super) fragment: Option<u16>,
    /// Some field is put together in a way that the slots cannot say: decode such records as a whole.
    pub(super) is_intricate: bool,
    /// Tells the definition from others; `None` where it uses another one.
    pub(super) mark: Option<u64>,
}

/// The plans of a chunk, by the offset of their definition.
#[derive(Default)]
pub(super) struct Plans {
    known: Vec<(u32, Placed)>,
    memo: Memo,
}

/// A plan, and where the tokens of its definition stand.
#[derive(Clone)]
pub(super) struct Placed {
    pub(super) plan: Arc<Plan>,
    tokens: usize,
}

impl Plans {
    /// Begins with another chunk.
    pub(super) fn begin(&mut self) {
        self.known.clear();
    }

    /// The plan of the template defined at this offset.
    pub(super) fn get(&mut self, chunk: &Chunk<'_>, offset: u32) -> Result<Placed, Fault> {
        if let Some((_, placed)) = self.known.iter().find(|(known, _)| *known == offset) {
            return Ok(placed.clone());
        }
        let tokens = definition(chunk, offset)?;
        let plan = match self.memo.recall(chunk, tokens) {
            Some(plan) => plan,
            None => self.memo.make(chunk, tokens)?,
        };
        let placed = Placed { plan, tokens: tokens.at() };
        self.known.push((offset, placed.clone()));
        Ok(placed)
    }
}

impl Placed {
    /// Puts the fields of an instance where they belong; those that the template has not stay.
    pub(super) fn fill<'a>(&self, chunk: &Chunk<'a>, table: &Table, hots: &mut Hots<'a>) {
        for (slot, hot) in self.plan.slots.iter().zip(hots) {
            match slot {
                Slot::Absent => {}
                Slot::Literal(literal) => *hot = literal.value(chunk, self.tokens),
                Slot::Value(index) => *hot = table.get(chunk, *index),
                Slot::Present(index) => {
                    let value = table.get(chunk, *index);
                    *hot = value.filter(|value| value.kind != kind::NULL).or(Some(EMPTY));
                }
            }
        }
    }
}

/// Makes the plan of the definition with these tokens.
pub(super) fn plan<'a>(chunk: &Chunk<'a>, tokens: Cursor<'a>) -> Result<Plan, Fault> {
    let mut planner = Planner { tokens: tokens.at(), ..Planner::default() };
    walk(chunk, tokens, Context::Definition, 0, &mut planner)?;
    Ok(planner.plan)
}

/// Walks a definition and notes where its fields come from.
#[derive(Default)]
struct Planner<'a> {
    plan: Plan,
    /// Where the definition's tokens stand.
    tokens: usize,
    path: Path<'a>,
    /// For each open element, whether it may be missing from an instance.
    dependent: Vec<Option<u16>>,
    /// The name of the open `EventData` value.
    data: Option<&'a [u8]>,
}

impl<'a> Planner<'a> {
    fn set(&mut self, slot: Slot, literal: &'a [u8]) {
        let hot = match self.path.key() {
            Key::Hot(hot) => hot,
            Key::Data => match self.data_field() {
                Some(hot) => hot,
                None => return,
            },
            Key::Fragment => {
                // Text between elements is white space and means nothing.
                if let Slot::Value(index) = slot {
                    self.plan.is_intricate |= self.plan.fragment.is_some();
                    self.plan.fragment = Some(index);
                }
                return;
            }
            Key::DataName => {
                match slot {
                    Slot::Literal(_) if self.data.is_none() => self.data = Some(literal),
                    _ => self.plan.is_intricate = true,
                }
                return;
            }
            _ => return,
        };
        self.fill(hot, slot);
    }

    /// The field that the open `EventData` value is.
    fn data_field(&self) -> Option<Hot> {
        self.data.and_then(|name| hot_data(|word| is_word(name, word)))
    }

    /// One piece of one field. An element that depends on another value than its own, and a field of
    /// several pieces, are left to the whole decoding.
    fn fill(&mut self, hot: Hot, slot: Slot) {
        let own = match slot {
            Slot::Value(index) => Some(index),
            _ => None,
        };
        let depends = self.dependent.iter().any(|on| on.is_some() && *on != own);
        // Of the event's data, an empty id differs from none. (The text is lent as empty either way.)
        let slot = match slot {
            Slot::Value(index) if hot == Hot::BlockId && !self.dependent.contains(&own) => {
                Slot::Present(index)
            }
            slot => slot,
        };
        match self.plan.slots.get_mut(hot as usize) {
            Some(free @ Slot::Absent) if !depends => *free = slot,
            _ => self.plan.is_intricate = true,
        }
    }
}

impl<'a> Visitor<'a> for Planner<'a> {
    fn open(&mut self, name: &'a [u8], dependency: Option<u16>) {
        self.path.open(name);
        self.dependent.push(dependency);
        self.data = None;
    }

    fn attribute(&mut self, name: &'a [u8]) {
        self.path.attribute(name);
    }

    fn content(&mut self) {
        self.path.content();
    }

    fn close(&mut self) {
        self.path.close();
        self.dependent.pop();
    }

    fn value(&mut self, value: Value<'a>) {
        let literal = Literal {
            kind: value.kind,
            at: value.at.wrapping_sub(self.tokens),
            length: value.bytes.len(),
        };
        self.set(Slot::Literal(literal), value.bytes);
    }

    fn unit(&mut self, _unit: u16) {
        self.plan.is_intricate |= match self.path.key() {
            Key::Hot(_) | Key::DataName => true,
            Key::Data => self.data_field().is_some(),
            _ => false,
        };
    }

    fn slot(&mut self, index: u16) {
        self.set(Slot::Value(index), &[]);
    }
}
