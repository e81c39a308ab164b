//! Walks BinXML tokens.
//!
//! A record is a fragment of tokens. Nearly always it is one template [instance](super::instance): the walk then
//! continues in the definition, and puts the instance's values in its substitutions.

use super::bytes::{ChunkCursor, ReadFault, is_word};
use super::chunk_data::Chunk;
use super::instance::{ValueTable, definition, read_instance};
use super::token;
use super::value::{TypedValue, kind, width};
use crate::limits;

/// Receives what a walk over tokens finds, in document order.
pub(super) trait TokenVisitor<'a> {
    /// `<name`. In a definition, `dependency` is the index of the value without which the element does not exist.
    fn open(&mut self, name: &'a [u8], dependency: Option<u16>);
    /// ` name="`
    fn attribute(&mut self, name: &'a [u8]);
    /// `>`: content follows.
    fn content(&mut self);
    /// `</name>` or `/>`
    fn close(&mut self);
    /// A piece of an attribute's value or of an element's text.
    fn value(&mut self, value: TypedValue<'a>);
    /// One UTF-16 unit of it, from a character reference or an entity.
    fn unit(&mut self, unit: u16);
    /// A substitution, if the walk has no values to put there.
    fn substitution(&mut self, index: u16);
}

/// The place of tokens, which decides how they are read.
#[derive(Clone, Copy)]
pub(super) enum WalkContext<'v> {
    /// In a record or in a value: elements as they are.
    Fragment,
    /// In a definition by itself.
    Definition,
    /// In a definition, with the values of one instance.
    Instance(&'v ValueTable),
}

/// Walks the tokens to the end of the fragment. `depth` is the number of fragments around it.
///
/// # Errors
///
/// The first token that cannot be read. What was visited until then stays valid.
pub(super) fn walk<'a, V: TokenVisitor<'a>>(
    chunk: &Chunk<'a>,
    cursor: ChunkCursor<'a>,
    context: WalkContext<'_>,
    depth: usize,
    visitor: &mut V,
) -> Result<(), ReadFault> {
    if depth > limits::EVTX_FRAGMENTS {
        return Err(cursor.fault("fewer fragments within each other"));
    }
    TokenWalk { chunk, cursor, context, depth, open: 0, skipped: 0, in_tag: false }.run(visitor)
}

struct TokenWalk<'a, 'v> {
    chunk: &'v Chunk<'a>,
    cursor: ChunkCursor<'a>,
    context: WalkContext<'v>,
    depth: usize,
    /// Number of open elements.
    open: usize,
    /// Number of the innermost of them that do not exist in this instance.
    skipped: usize,
    /// Between `<name` and `>`.
    in_tag: bool,
}

impl<'a> TokenWalk<'a, '_> {
    fn run<V: TokenVisitor<'a>>(mut self, visitor: &mut V) -> Result<(), ReadFault> {
        while !self.cursor.is_done() {
            self.chunk.spend_token(&self.cursor)?;
            let at_token = self.cursor;
            let token = self.cursor.u8("a token")?;
            match token {
                token::END_OF_FRAGMENT => break,
                token::FRAGMENT_HEADER => {
                    self.cursor.take(3, "a fragment header")?;
                }
                token::TEMPLATE_INSTANCE => self.instance(visitor)?,
                token::OPEN_ELEMENT | token::OPEN_ELEMENT_WITH_ATTRIBUTES => {
                    let has_attributes = token == token::OPEN_ELEMENT_WITH_ATTRIBUTES;
                    self.open(has_attributes, visitor)?;
                }
                token::CLOSE_START_TAG if self.in_tag => {
                    self.in_tag = false;
                    self.visit(|| visitor.content());
                }
                token::CLOSE_EMPTY_ELEMENT if self.in_tag => self.close(visitor),
                token::END_ELEMENT if !self.in_tag && self.open > 0 => self.close(visitor),
                token::VALUE | token::VALUE_AND_MORE => {
                    let value = self.literal()?;
                    self.value(value, visitor)?;
                }
                token::ATTRIBUTE | token::ATTRIBUTE_AND_MORE if self.in_tag => {
                    let name = self.name()?;
                    self.visit(|| visitor.attribute(name));
                }
                token::CDATA | token::CDATA_AND_MORE => {
                    let text = self.counted("a CDATA section")?;
                    let at = self.cursor.at() - text.len();
                    self.visit(|| {
                        visitor.value(TypedValue { kind: kind::STRING, at, bytes: text })
                    });
                }
                token::CHARACTER | token::CHARACTER_AND_MORE => {
                    let unit = self.cursor.u16("a character")?;
                    self.visit(|| visitor.unit(unit));
                }
                token::ENTITY | token::ENTITY_AND_MORE => {
                    let name = self.name()?;
                    self.visit(|| visit_entity(name, visitor));
                }
                token::INSTRUCTION_TARGET => {
                    self.name()?;
                }
                token::INSTRUCTION_DATA => {
                    self.counted("a processing instruction")?;
                }
                token::SUBSTITUTION | token::OPTIONAL_SUBSTITUTION => self.substitution(visitor)?,
                _ => return Err(at_token.fault("a token")),
            }
        }
        match self.open {
            0 if !self.in_tag => Ok(()),
            _ => Err(self.cursor.fault("the end of an element")),
        }
    }

    /// Calls the visitor, except within an element that does not exist.
    fn visit(&self, call: impl FnOnce()) {
        if self.skipped == 0 {
            call();
        }
    }

    fn open<V: TokenVisitor<'a>>(
        &mut self,
        attributes: bool,
        visitor: &mut V,
    ) -> Result<(), ReadFault> {
        if self.in_tag || self.open >= limits::NESTING {
            return Err(self.cursor.fault("fewer elements within each other"));
        }
        let dependency = match self.context {
            WalkContext::Fragment => None,
            _ => Some(self.cursor.u16("an element's dependency")?)
                // A template's root always exists, even if it names a dependency.
                .filter(|index| *index != 0xFFFF && self.open > 0),
        };
        self.cursor.u32("an element's size")?;
        let name = self.name()?;
        if attributes {
            self.cursor.u32("the attributes' size")?;
        }
        let absent = match (self.context, dependency) {
            (WalkContext::Instance(table), Some(index)) => table.is_null(index),
            _ => false,
        };
        if absent || self.skipped > 0 {
            self.skipped += 1;
        }
        self.open += 1;
        self.in_tag = true;
        self.visit(|| visitor.open(name, dependency));
        Ok(())
    }

    fn close<V: TokenVisitor<'a>>(&mut self, visitor: &mut V) {
        self.in_tag = false;
        self.open = self.open.saturating_sub(1);
        self.visit(|| visitor.close());
        self.skipped = self.skipped.saturating_sub(1);
    }

    fn instance<V: TokenVisitor<'a>>(&mut self, visitor: &mut V) -> Result<(), ReadFault> {
        if self.in_tag {
            return Err(self.cursor.fault("an attribute"));
        }
        self.chunk.discard_names();
        let mut table = ValueTable::default();
        let offset = read_instance(self.chunk, &mut self.cursor, &mut table)?;
        if self.skipped > 0 {
            return Ok(());
        }
        let tokens = definition(self.chunk, offset)?;
        walk(self.chunk, tokens, WalkContext::Instance(&table), self.depth + 1, visitor)
    }

    fn substitution<V: TokenVisitor<'a>>(&mut self, visitor: &mut V) -> Result<(), ReadFault> {
        let index = self.cursor.u16("a substitution")?;
        self.cursor.u8("a substitution's type")?;
        match self.context {
            WalkContext::Fragment => Err(self.cursor.fault("no substitution outside a template")),
            WalkContext::Definition => {
                self.visit(|| visitor.substitution(index));
                Ok(())
            }
            // A template may have more substitutions than an instance has values.
            WalkContext::Instance(table) => match table.get(self.chunk, index) {
                Some(value) => self.value(value, visitor),
                None => Ok(()),
            },
        }
    }

    fn value<V: TokenVisitor<'a>>(
        &mut self,
        value: TypedValue<'a>,
        visitor: &mut V,
    ) -> Result<(), ReadFault> {
        if value.kind != kind::BINXML || self.in_tag {
            self.visit(|| visitor.value(value));
            return Ok(());
        }
        if self.skipped > 0 || value.bytes.is_empty() {
            return Ok(());
        }
        let tokens = value.tokens(self.chunk.data);
        walk(self.chunk, tokens, WalkContext::Fragment, self.depth + 1, visitor)
    }

    /// Reads a value among the tokens.
    fn literal(&mut self) -> Result<TypedValue<'a>, ReadFault> {
        let kind = self.cursor.u8("a value's type")?;
        let bytes = match kind {
            kind::NULL => &[],
            kind::STRING => self.counted("a text")?,
            kind::BINXML => {
                let size = self.cursor.u16("a fragment's size")?;
                self.cursor.take(usize::from(size), "a fragment")?
            }
            kind::SID => {
                let mut ahead = self.cursor;
                let [_revision, count, ..] = ahead.array::<8>("a security identifier")?;
                self.cursor.take(8 + 4 * usize::from(count), "a security identifier")?
            }
            _ => {
                let width = width(kind).ok_or_else(|| self.cursor.fault("a known type"))?;
                self.cursor.take(width, "a value")?
            }
        };
        Ok(TypedValue { kind, at: self.cursor.at() - bytes.len(), bytes })
    }

    fn name(&mut self) -> Result<&'a [u8], ReadFault> {
        let name = self.chunk.read_name(&mut self.cursor)?;
        if let WalkContext::Definition = self.context {
            self.chunk.record_name(name);
        }
        Ok(name.name)
    }

    /// Reads UTF-16 text after its length in units.
    fn counted(&mut self, expected: &'static str) -> Result<&'a [u8], ReadFault> {
        let units = self.cursor.u16(expected)?;
        self.cursor.take(usize::from(units) * 2, expected)
    }
}

/// Visits the unit of one of the five entities of XML. Others are dropped.
fn visit_entity<'a>(name: &[u8], visitor: &mut impl TokenVisitor<'a>) {
    const ENTITIES: [(&str, char); 5] =
        [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\'')];
    let known = ENTITIES.iter().find(|(word, _)| is_word(name, word));
    if let Some(unit) = known.and_then(|(_, char)| u16::try_from(u32::from(*char)).ok()) {
        visitor.unit(unit);
    }
}
