//! Templates resolved once: which value of an instance is which field.
//!
//! Numbers of values differ from template to template, and what is a value in one (the computer, say) is
//! a literal in another. So a definition is walked once, and gives a plan: for each field that every
//! record is asked for, the index of its value or its literal.
//!
//! The chunks of a log hold the same definitions, if at other places: a plan holds for every definition of
//! the same bytes, but for where the names stand that it refers to.

use super::binxml::{Chunk, TokenVisitor, ValueTable, WalkContext, definition, walk};
use super::bytes::{ChunkCursor, ReadFault, is_word};
use super::fields::{CORE_FIELDS, CoreField, ElementPath, FieldRole, hot_data};
use super::plan_cache::PlanCache;
use super::value::{TypedValue, kind};
use std::sync::Arc;

/// The fields that every record is asked for, where they stand.
pub(super) type CoreValues<'a> = [Option<TypedValue<'a>>; CORE_FIELDS];

/// Where a field of a template's instances is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum FieldSource {
    #[default]
    Absent,
    Value(u16),
    /// The same, of an element that is there whatever its value: without one it is empty.
    Present(u16),
    Literal(DefinitionLiteral),
}

/// A value that stands in the definition: its type, and where from the definition's tokens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DefinitionLiteral {
    kind: u8,
    at: usize,
    length: usize,
}

impl DefinitionLiteral {
    fn value<'a>(&self, chunk: &Chunk<'a>, tokens: usize) -> Option<TypedValue<'a>> {
        let at = tokens.checked_add(self.at)?;
        let bytes = chunk.data.get(at..at.checked_add(self.length)?)?;
        Some(TypedValue { kind: self.kind, at, bytes })
    }
}

/// What stands in an element without a value.
pub(super) const EMPTY: TypedValue<'static> = TypedValue { kind: kind::STRING, at: 0, bytes: &[] };

/// How to read instances of one template.
#[derive(Debug, Default)]
pub(super) struct TemplatePlan {
    slots: [FieldSource; CORE_FIELDS],
    /// The value that holds the event's data as a fragment of its own.
    pub(super) fragment: Option<u16>,
    /// Some field is put together in a way that the slots cannot say: decode such records as a whole.
    pub(super) needs_full_decode: bool,
    /// Tells the definition from others; `None` where it uses another one.
    pub(super) mark: Option<u64>,
}

/// The plans of a chunk, by the offset of their definition.
#[derive(Default)]
pub(super) struct ChunkPlans {
    known: Vec<(u32, PlacedPlan)>,
    plan_cache: PlanCache,
}

/// A plan, and where the tokens of its definition stand.
#[derive(Clone)]
pub(super) struct PlacedPlan {
    pub(super) plan: Arc<TemplatePlan>,
    tokens: usize,
}

impl ChunkPlans {
    /// Begins with another chunk.
    pub(super) fn begin(&mut self) {
        self.known.clear();
    }

    /// The plan of the template defined at this offset.
    pub(super) fn get(&mut self, chunk: &Chunk<'_>, offset: u32) -> Result<PlacedPlan, ReadFault> {
        if let Some((_, placed)) = self.known.iter().find(|(known, _)| *known == offset) {
            return Ok(placed.clone());
        }
        let tokens = definition(chunk, offset)?;
        let plan = match self.plan_cache.recall(chunk, tokens) {
            Some(plan) => plan,
            None => self.plan_cache.make(chunk, tokens)?,
        };
        let placed = PlacedPlan { plan, tokens: tokens.at() };
        self.known.push((offset, placed.clone()));
        Ok(placed)
    }
}

impl PlacedPlan {
    /// Puts the fields of an instance where they belong; those that the template has not stay.
    pub(super) fn fill<'a>(
        &self,
        chunk: &Chunk<'a>,
        table: &ValueTable,
        core: &mut CoreValues<'a>,
    ) {
        for (slot, hot) in self.plan.slots.iter().zip(core) {
            match slot {
                FieldSource::Absent => {}
                FieldSource::Literal(literal) => *hot = literal.value(chunk, self.tokens),
                FieldSource::Value(index) => *hot = table.get(chunk, *index),
                FieldSource::Present(index) => {
                    let value = table.get(chunk, *index);
                    *hot = value.filter(|value| value.kind != kind::NULL).or(Some(EMPTY));
                }
            }
        }
    }
}

/// Makes the plan of the definition with these tokens.
pub(super) fn plan<'a>(
    chunk: &Chunk<'a>,
    tokens: ChunkCursor<'a>,
) -> Result<TemplatePlan, ReadFault> {
    let mut planner = TemplatePlanner { tokens: tokens.at(), ..TemplatePlanner::default() };
    walk(chunk, tokens, WalkContext::Definition, 0, &mut planner)?;
    Ok(planner.plan)
}

/// Walks a definition and notes where its fields come from.
#[derive(Default)]
struct TemplatePlanner<'a> {
    plan: TemplatePlan,
    /// Where the definition's tokens stand.
    tokens: usize,
    path: ElementPath<'a>,
    /// For each open element, whether it may be missing from an instance.
    dependent: Vec<Option<u16>>,
    /// The name of the open `EventData` value.
    data: Option<&'a [u8]>,
}

impl<'a> TemplatePlanner<'a> {
    fn set(&mut self, slot: FieldSource, literal: &'a [u8]) {
        let hot = match self.path.key() {
            FieldRole::Core(hot) => hot,
            FieldRole::Data => match self.data_field() {
                Some(hot) => hot,
                None => return,
            },
            FieldRole::Fragment => {
                // Text between elements is white space and means nothing.
                if let FieldSource::Value(index) = slot {
                    self.plan.needs_full_decode |= self.plan.fragment.is_some();
                    self.plan.fragment = Some(index);
                }
                return;
            }
            FieldRole::DataName => {
                match slot {
                    FieldSource::Literal(_) if self.data.is_none() => self.data = Some(literal),
                    _ => self.plan.needs_full_decode = true,
                }
                return;
            }
            _ => return,
        };
        self.fill(hot, slot);
    }

    /// The field that the open `EventData` value is.
    fn data_field(&self) -> Option<CoreField> {
        self.data.and_then(|name| hot_data(|word| is_word(name, word)))
    }

    /// One piece of one field. An element that depends on another value than its own, and a field of
    /// several pieces, are left to the whole decoding.
    fn fill(&mut self, hot: CoreField, slot: FieldSource) {
        let own = match slot {
            FieldSource::Value(index) => Some(index),
            _ => None,
        };
        let depends = self.dependent.iter().any(|on| on.is_some() && *on != own);
        // Of the event's data, an empty id differs from none. (The text is lent as empty either way.)
        let slot = match slot {
            FieldSource::Value(index)
                if hot == CoreField::BlockId && !self.dependent.contains(&own) =>
            {
                FieldSource::Present(index)
            }
            slot => slot,
        };
        match self.plan.slots.get_mut(hot as usize) {
            Some(free @ FieldSource::Absent) if !depends => *free = slot,
            _ => self.plan.needs_full_decode = true,
        }
    }
}

impl<'a> TokenVisitor<'a> for TemplatePlanner<'a> {
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

    fn value(&mut self, value: TypedValue<'a>) {
        let literal = DefinitionLiteral {
            kind: value.kind,
            at: value.at.wrapping_sub(self.tokens),
            length: value.bytes.len(),
        };
        self.set(FieldSource::Literal(literal), value.bytes);
    }

    fn unit(&mut self, _unit: u16) {
        self.plan.needs_full_decode |= match self.path.key() {
            FieldRole::Core(_) | FieldRole::DataName => true,
            FieldRole::Data => self.data_field().is_some(),
            _ => false,
        };
    }

    fn slot(&mut self, index: u16) {
        self.set(FieldSource::Value(index), &[]);
    }
}
