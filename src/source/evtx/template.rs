//! Templates resolved once: which value of an instance is which field.
//!
//! Numbers of values differ from template to template, and what is a value in one (the computer, say) is
//! a literal in another. So a definition is walked once, and gives a plan: for each field that every
//! record is asked for, the index of its value or its literal.
//!
//! Most chunks of a log hold the same definitions at the same places. A plan holds for every chunk in which
//! all the bytes stand that were read to make it.

use super::binxml::{Chunk, Context, Table, Visitor, definition, walk};
use super::bytes::{Fault, is_word};
use super::fields::{HOT, Hot, Key, Path, hot_data};
use super::value::Value;
use std::collections::VecDeque;
use std::rc::Rc;

/// The fields that every record is asked for, where they stand.
pub(super) type Hots<'a> = [Option<Value<'a>>; HOT];

/// Where a field of a template's instances is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Slot {
    #[default]
    Absent,
    Value(u16),
    Literal(Literal),
}

/// A value that stands in the definition: its type, and where in the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Literal {
    kind: u8,
    at: usize,
    length: usize,
}

impl Literal {
    fn of(value: Value<'_>) -> Self {
        Self { kind: value.kind, at: value.at, length: value.bytes.len() }
    }

    fn value<'a>(&self, chunk: &Chunk<'a>) -> Option<Value<'a>> {
        let bytes = chunk.data.get(self.at..self.at.checked_add(self.length)?)?;
        Some(Value { kind: self.kind, at: self.at, bytes })
    }
}

/// How to read instances of one template.
#[derive(Debug, Default)]
pub(super) struct Plan {
    slots: [Slot; HOT],
    /// The value that holds the event's data as a fragment of its own.
    pub(super) fragment: Option<u16>,
    /// Some field is put together in a way that the slots cannot say: decode such records as a whole.
    pub(super) is_intricate: bool,
}

/// The plans of a chunk, by the offset of their definition.
pub(super) struct Plans<'m> {
    known: Vec<(u32, Rc<Plan>)>,
    memo: &'m mut Memo,
}

impl<'m> Plans<'m> {
    pub(super) fn new(memo: &'m mut Memo) -> Self {
        Self { known: Vec::new(), memo }
    }

    /// The plan of the template defined at this offset.
    pub(super) fn get(&mut self, chunk: &Chunk<'_>, offset: u32) -> Result<Rc<Plan>, Fault> {
        if let Some((_, plan)) = self.known.iter().find(|(known, _)| *known == offset) {
            return Ok(Rc::clone(plan));
        }
        let plan = match self.memo.recall(chunk, offset) {
            Some(plan) => plan,
            None => self.memo.make(chunk, offset)?,
        };
        self.known.push((offset, Rc::clone(&plan)));
        Ok(plan)
    }
}

/// The plans made last, in whichever chunk.
#[derive(Default)]
pub(super) struct Memo {
    made: VecDeque<Made>,
}

/// Plans that are remembered. A log has a handful of templates, each at a handful of places.
const MADE: usize = 32;

struct Made {
    offset: u32,
    /// The bytes that were read to make the plan, and where they stood.
    read: Vec<(usize, Box<[u8]>)>,
    plan: Rc<Plan>,
}

impl Memo {
    fn recall(&self, chunk: &Chunk<'_>, offset: u32) -> Option<Rc<Plan>> {
        let made = self.made.iter().filter(|made| made.offset == offset);
        let stand =
            |made: &&Made| made.read.iter().all(|(at, bytes)| stands(chunk.data, *at, bytes));
        made.rev().find(stand).map(|made| Rc::clone(&made.plan))
    }

    fn make(&mut self, chunk: &Chunk<'_>, offset: u32) -> Result<Rc<Plan>, Fault> {
        let tokens = definition(chunk, offset)?;
        let mut planner = Planner::default();
        let names =
            chunk.recording(|| walk(chunk, tokens, Context::Definition, 0, &mut planner))?;
        let plan = Rc::new(planner.plan);
        // With its size, which stands before its tokens.
        let definition = (tokens.at().saturating_sub(4), tokens.end());
        let copy = |(at, end): (usize, usize)| Some((at, chunk.data.get(at..end)?.into()));
        // A definition that uses another one is made anew in each chunk.
        if let Some(names) = names
            && let Some(read) = names.into_iter().chain([definition]).map(copy).collect()
        {
            if self.made.len() == MADE {
                self.made.pop_front();
            }
            self.made.push_back(Made { offset, read, plan: Rc::clone(&plan) });
        }
        Ok(plan)
    }
}

/// Whether these bytes stand at this place.
fn stands(data: &[u8], at: usize, bytes: &[u8]) -> bool {
    let Some(data) = data.get(at..).and_then(|data| data.get(..bytes.len())) else { return false };
    // Eight at a time: in wasm, comparing slices goes byte by byte.
    let ((data, data_rest), (bytes, rest)) = (data.as_chunks::<8>(), bytes.as_chunks::<8>());
    let differ = data.iter().zip(bytes).fold(0, |differ, (one, other)| {
        differ | (u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other))
    });
    differ == 0 && data_rest == rest
}

impl Plan {
    /// Puts the fields of an instance where they belong; those that the template has not stay.
    pub(super) fn fill<'a>(&self, chunk: &Chunk<'a>, table: &Table, hots: &mut Hots<'a>) {
        for (slot, hot) in self.slots.iter().zip(hots) {
            match slot {
                Slot::Absent => {}
                Slot::Literal(literal) => *hot = literal.value(chunk),
                Slot::Value(index) => *hot = table.get(chunk, *index),
            }
        }
    }
}

/// Walks a definition and notes where its fields come from.
#[derive(Default)]
struct Planner<'a> {
    plan: Plan,
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
        self.set(Slot::Literal(Literal::of(value)), value.bytes);
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
