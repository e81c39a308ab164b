//! Templates resolved once: which value of an instance is which field.
//!
//! Numbers of values differ from template to template, and what is a value in one (the computer, say) is
//! a literal in another. So a definition is walked once a chunk, and gives a plan: for each field that
//! every record is asked for, the index of its value or its literal.

use super::binxml::{Chunk, Context, Table, Visitor, definition, walk};
use super::bytes::{Fault, is_word};
use super::fields::{HOT, Hot, Key, Path, hot_data};
use super::value::Value;

/// The fields that every record is asked for, where they stand.
pub(super) type Hots<'a> = [Option<Value<'a>>; HOT];

/// Where a field of a template's instances is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Slot<'a> {
    #[default]
    Absent,
    Value(u16),
    Literal(Value<'a>),
}

/// How to read instances of one template.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    slots: [Slot<'a>; HOT],
    /// The value that holds the event's data as a fragment of its own.
    pub(super) fragment: Option<u16>,
    /// Some field is put together in a way that the slots cannot say: decode such records as a whole.
    pub(super) is_intricate: bool,
}

/// The plans of a chunk, by the offset of their definition.
#[derive(Default)]
pub(super) struct Plans<'a>(Vec<(u32, Plan<'a>)>);

impl<'a> Plans<'a> {
    /// The plan of the template defined at this offset.
    pub(super) fn get(&mut self, chunk: &Chunk<'a>, offset: u32) -> Result<&Plan<'a>, Fault> {
        let known = self.0.iter().position(|(known, _)| *known == offset);
        let index = match known {
            Some(index) => index,
            None => {
                self.0.push((offset, Plan::of(chunk, offset)?));
                self.0.len() - 1
            }
        };
        let (_, plan) = self.0.get(index).ok_or(Fault { at: 0, expected: "a template" })?;
        Ok(plan)
    }
}

impl<'a> Plan<'a> {
    fn of(chunk: &Chunk<'a>, offset: u32) -> Result<Self, Fault> {
        let mut planner = Planner::default();
        walk(chunk, definition(chunk, offset)?, Context::Definition, 0, &mut planner)?;
        Ok(planner.plan)
    }

    /// Puts the fields of an instance where they belong; those that the template has not stay.
    pub(super) fn fill(&self, chunk: &Chunk<'a>, table: &Table, hots: &mut Hots<'a>) {
        for (slot, hot) in self.slots.iter().zip(hots) {
            match slot {
                Slot::Absent => {}
                Slot::Literal(value) => *hot = Some(*value),
                Slot::Value(index) => *hot = table.get(chunk, *index),
            }
        }
    }
}

/// Walks a definition and notes where its fields come from.
#[derive(Default)]
struct Planner<'a> {
    plan: Plan<'a>,
    path: Path<'a>,
    /// For each open element, whether it may be missing from an instance.
    dependent: Vec<Option<u16>>,
    /// The name of the open `EventData` value.
    data: Option<&'a [u8]>,
}

impl<'a> Planner<'a> {
    fn set(&mut self, slot: Slot<'a>) {
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
                    Slot::Literal(name) if self.data.is_none() => self.data = Some(name.bytes),
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
    fn fill(&mut self, hot: Hot, slot: Slot<'a>) {
        let own = match slot {
            Slot::Value(index) => Some(index),
            _ => None,
        };
        let depends = self.dependent.iter().any(|on| on.is_some() && *on != own);
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
        self.set(Slot::Literal(value));
    }

    fn unit(&mut self, _unit: u16) {
        self.plan.is_intricate |= match self.path.key() {
            Key::Hot(_) | Key::DataName => true,
            Key::Data => self.data_field().is_some(),
            _ => false,
        };
    }

    fn slot(&mut self, index: u16) {
        self.set(Slot::Value(index));
    }
}
