//! [`TemplatePlan`]: where the core fields are in the instances of one template.
//!
//! The indexes of values differ between templates, and a value of one template (the computer, say) is a literal of
//! another. So a definition is walked once. The plan gives for each field that every record is asked for the index of
//! its value, or its literal.

use super::binxml::{TokenVisitor, WalkContext, walk};
use super::bytes::{ChunkCursor, ReadFault, is_word};
use super::chunk_data::Chunk;
use super::fields::{
    CORE_FIELDS, CoreField, CoreValues, EMPTY, ElementPath, FieldRole, core_field,
};
use super::instance::ValueTable;
use super::value::{TypedValue, kind};

/// The places of the core fields in the instances of one template.
#[derive(Debug, Default)]
pub(super) struct TemplatePlan {
    sources: [FieldSource; CORE_FIELDS],
    /// Index of the value that holds the event's data as a fragment of its own.
    pub(super) fragment: Option<u16>,
    /// Some field is composed in a way that no [`FieldSource`] describes: all tokens of such records must be walked.
    pub(super) needs_full_decode: bool,
    /// A hash that tells the definition from others; `None` if it uses another definition.
    pub(super) fingerprint: Option<u64>,
}

/// The place of a field in the instances of a template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum FieldSource {
    #[default]
    Absent,
    /// The value with this index.
    Value(u16),
    /// The same, of an element that exists with a null value too: it is then empty.
    ValueOrEmpty(u16),
    /// A literal of the definition.
    Literal(DefinitionLiteral),
}

/// A value among the tokens of a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DefinitionLiteral {
    kind: u8,
    /// Offset from the definition's first token.
    at: usize,
    length: usize,
}

impl DefinitionLiteral {
    /// Returns the value in a chunk in which the definition's tokens begin at this offset.
    fn value<'a>(&self, chunk: &Chunk<'a>, tokens: usize) -> Option<TypedValue<'a>> {
        let at = tokens.checked_add(self.at)?;
        let bytes = chunk.data.get(at..at.checked_add(self.length)?)?;
        Some(TypedValue { kind: self.kind, at, bytes })
    }
}

impl TemplatePlan {
    /// Works out the plan of the definition with these tokens.
    pub(super) fn new<'a>(chunk: &Chunk<'a>, tokens: ChunkCursor<'a>) -> Result<Self, ReadFault> {
        let mut planner = TemplatePlanner { tokens: tokens.at(), ..TemplatePlanner::default() };
        walk(chunk, tokens, WalkContext::Definition, 0, &mut planner)?;
        Ok(planner.plan)
    }

    /// Sets the fields of an instance. Fields that the template does not have are left as they are. `tokens` is the
    /// offset of the definition's first token.
    pub(super) fn read_fields<'a>(
        &self,
        chunk: &Chunk<'a>,
        tokens: usize,
        table: &ValueTable,
        fields: &mut CoreValues<'a>,
    ) {
        for (source, field) in self.sources.iter().zip(fields) {
            match source {
                FieldSource::Absent => {}
                FieldSource::Literal(literal) => *field = literal.value(chunk, tokens),
                FieldSource::Value(index) => *field = table.get(chunk, *index),
                FieldSource::ValueOrEmpty(index) => {
                    let value = table.get(chunk, *index);
                    *field = value.filter(|value| value.kind != kind::NULL).or(Some(EMPTY));
                }
            }
        }
    }
}

/// Walks a definition and notes where its fields are.
#[derive(Default)]
struct TemplatePlanner<'a> {
    plan: TemplatePlan,
    /// Offset of the definition's first token in the chunk.
    tokens: usize,
    path: ElementPath<'a>,
    /// For each open element, the value without which it does not exist.
    dependencies: Vec<Option<u16>>,
    /// The name of the open `EventData` value.
    data_name: Option<&'a [u8]>,
}

impl<'a> TemplatePlanner<'a> {
    fn set(&mut self, source: FieldSource, literal: &'a [u8]) {
        let field = match self.path.role() {
            FieldRole::Core(field) => field,
            FieldRole::Data => match self.data_field() {
                Some(field) => field,
                None => return,
            },
            FieldRole::Fragment => {
                // Literal text between elements is white space.
                if let FieldSource::Value(index) = source {
                    self.plan.needs_full_decode |= self.plan.fragment.is_some();
                    self.plan.fragment = Some(index);
                }
                return;
            }
            FieldRole::DataName => {
                match source {
                    FieldSource::Literal(_) if self.data_name.is_none() => {
                        self.data_name = Some(literal);
                    }
                    _ => self.plan.needs_full_decode = true,
                }
                return;
            }
            _ => return,
        };
        self.set_field(field, source);
    }

    /// The core field that the open `EventData` value is.
    fn data_field(&self) -> Option<CoreField> {
        self.data_name.and_then(|name| core_field(|word| is_word(name, word)))
    }

    /// Sets the source of a field. A field of several pieces, and one in an element that depends on another value than
    /// the field's own, need a full decode.
    fn set_field(&mut self, field: CoreField, source: FieldSource) {
        let own = match source {
            FieldSource::Value(index) => Some(index),
            _ => None,
        };
        let depends_on_other = self.dependencies.iter().any(|on| on.is_some() && *on != own);
        // An empty block id differs from a missing one. (The script's text is read as empty either way.)
        let source = match source {
            FieldSource::Value(index)
                if field == CoreField::BlockId && !self.dependencies.contains(&own) =>
            {
                FieldSource::ValueOrEmpty(index)
            }
            source => source,
        };
        match self.plan.sources.get_mut(field as usize) {
            Some(free @ FieldSource::Absent) if !depends_on_other => *free = source,
            _ => self.plan.needs_full_decode = true,
        }
    }
}

impl<'a> TokenVisitor<'a> for TemplatePlanner<'a> {
    fn open(&mut self, name: &'a [u8], dependency: Option<u16>) {
        self.path.open(name);
        self.dependencies.push(dependency);
        self.data_name = None;
    }

    fn attribute(&mut self, name: &'a [u8]) {
        self.path.attribute(name);
    }

    fn content(&mut self) {
        self.path.content();
    }

    fn close(&mut self) {
        self.path.close();
        self.dependencies.pop();
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
        self.plan.needs_full_decode |= match self.path.role() {
            FieldRole::Core(_) | FieldRole::DataName => true,
            FieldRole::Data => self.data_field().is_some(),
            _ => false,
        };
    }

    fn substitution(&mut self, index: u16) {
        self.set(FieldSource::Value(index), &[]);
    }
}
