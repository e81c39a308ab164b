//! Binary XML: tokens, names, template instances.
//!
//! A record is a fragment of tokens. Nearly always it is one template instance: a reference to a
//! definition somewhere in the chunk, and a table of values to be put into it. A definition, and a name,
//! stands where it was first used; later uses refer back to it by its offset in the chunk.

use super::bytes::{ChunkCursor, ReadFault, is_word, u32_at};
use super::value::{TypedValue, kind, least_width, width};
use crate::limits;
use std::cell::{Cell, RefCell};

/// The bytes of a chunk, or of its first part, and what may still be spent on it.
pub(super) struct Chunk<'a> {
    pub(super) data: &'a [u8],
    /// Tokens that may still be read. A record can use the same template again and again, so the work
    /// is bounded for the chunk as a whole.
    tokens: Cell<u32>,
    /// Something that is wrong in the present record but need not cost the record.
    damage: Cell<Option<ReadFault>>,
    /// The names that are read, while that is asked.
    names: RefCell<Option<Vec<NameReference<'a>>>>,
}

/// A name, and where it is referred to.
#[derive(Clone, Copy)]
pub(super) struct NameReference<'a> {
    /// The place of the reference in the chunk.
    pub(super) reference: usize,
    /// It stands right behind the reference.
    pub(super) inline: bool,
    pub(super) name: &'a [u8],
}

impl<'a> Chunk<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            tokens: Cell::new(limits::EVTX_TOKENS),
            damage: Cell::new(None),
            names: RefCell::new(None),
        }
    }

    /// What reading a definition gives, and the names that it refers to; `None` where it uses other
    /// definitions too.
    pub(super) fn with_recorded_names<T>(
        &self,
        read: impl FnOnce() -> Result<T, ReadFault>,
    ) -> Result<(T, Option<Vec<NameReference<'a>>>), ReadFault> {
        self.names.replace(Some(Vec::new()));
        let result = read();
        let names = self.names.take();
        result.map(|value| (value, names))
    }

    /// The name that is referred to at this place.
    pub(super) fn name_at(&self, reference: usize) -> Option<NameReference<'a>> {
        let mut cursor = ChunkCursor::new(self.data, reference, self.data.len());
        self.name(&mut cursor).ok()
    }

    /// The name that is referred to at this place stands right behind the reference.
    pub(super) fn is_inline(&self, reference: usize) -> bool {
        u32_at(self.data, reference).map(|offset| offset as usize)
            == Some(reference.wrapping_add(4))
    }

    /// A name: inline if it stands right here, else a reference back to where it was first used.
    fn name(&self, cursor: &mut ChunkCursor<'a>) -> Result<NameReference<'a>, ReadFault> {
        let reference = cursor.at();
        let offset = usize::try_from(cursor.u32("a name's offset")?).unwrap_or(usize::MAX);
        let inline = offset == cursor.at();
        let mut place = ChunkCursor::new(self.data, offset, self.data.len());
        place.take(6, "a name")?;
        let units = place.u16("a name's length")?;
        let name = place.take(usize::from(units) * 2, "a name")?;
        if inline {
            cursor.take(8 + name.len() + 2, "a name")?;
        }
        Ok(NameReference { reference, inline, name })
    }

    /// What was wrong since this was last asked.
    pub(super) fn take_fault(&self) -> Option<ReadFault> {
        self.damage.take()
    }

    fn spend(&self, cursor: &ChunkCursor<'_>) -> Result<(), ReadFault> {
        let left = self.tokens.get().checked_sub(1);
        self.tokens.set(left.ok_or_else(|| cursor.fault("fewer tokens in one chunk"))?);
        Ok(())
    }
}

/// What a walk over tokens meets, in document order.
pub(super) trait TokenVisitor<'a> {
    /// `<name`; in a definition, the index of the value without which the element does not exist.
    fn open(&mut self, name: &'a [u8], dependency: Option<u16>);
    /// ` name="`
    fn attribute(&mut self, name: &'a [u8]);
    /// `>`: what follows is content.
    fn content(&mut self);
    /// `</name>` or `/>`
    fn close(&mut self);
    /// A piece of an attribute's value or of an element's text.
    fn value(&mut self, value: TypedValue<'a>);
    /// One UTF-16 unit of it, from a character reference or an entity.
    fn unit(&mut self, unit: u16);
    /// A place in a definition where a value goes, where the walk was given no values.
    fn slot(&mut self, index: u16);
}

/// Where tokens stand decides how they are read.
#[derive(Clone, Copy)]
pub(super) enum WalkContext<'v> {
    /// In a record or in a value: elements as they are.
    Fragment,
    /// In a definition, by itself.
    Definition,
    /// In a definition, with the values of one instance.
    Instance(&'v ValueTable),
}

/// The values of a template instance, by index: places in the chunk.
#[derive(Default)]
pub(super) struct ValueTable {
    entries: Vec<ValueEntry>,
    /// Where the record ends: no value goes further.
    end: usize,
}

#[derive(Clone, Copy)]
struct ValueEntry {
    at: u32,
    size: u16,
    kind: u8,
}

impl ValueTable {
    #[inline(always)]
    pub(super) fn get<'a>(&self, chunk: &Chunk<'a>, index: u16) -> Option<TypedValue<'a>> {
        let entry = self.entries.get(usize::from(index))?;
        let at = usize::try_from(entry.at).ok()?;
        let end = at.saturating_add(usize::from(entry.size)).min(self.end);
        let bytes = chunk.data.get(at..end)?;
        Some(TypedValue { kind: entry.kind, at, bytes })
    }

    /// How many values have tokens of their own, which may refer to other places of the chunk.
    pub(super) fn fragments(&self) -> usize {
        self.entries.iter().filter(|entry| entry.kind == kind::BINXML).count()
    }

    /// The value is there and says that there is nothing.
    fn is_null(&self, index: u16) -> bool {
        self.entries.get(usize::from(index)).is_some_and(|entry| entry.kind == kind::NULL)
    }
}

/// Skips a fragment's header, where it has one.
pub(super) fn skip_header(cursor: &mut ChunkCursor<'_>) -> Result<(), ReadFault> {
    let mut ahead = *cursor;
    if ahead.u8("a token") == Ok(token::HEADER) {
        ahead.take(3, "a fragment header")?;
        *cursor = ahead;
    }
    Ok(())
}

/// Whether the fragment ends here.
pub(super) fn is_over(cursor: ChunkCursor<'_>) -> bool {
    let mut ahead = cursor;
    ahead.is_done() || ahead.u8("a token") == Ok(token::END)
}

/// Whether a template instance comes next; its token is skipped then.
pub(super) fn is_instance(cursor: &mut ChunkCursor<'_>) -> bool {
    let mut ahead = *cursor;
    let found = ahead.u8("a token") == Ok(token::INSTANCE);
    if found {
        *cursor = ahead;
    }
    found
}

/// Reads an instance after its token: gives the offset of its definition and fills the table.
pub(super) fn read_instance(
    chunk: &Chunk<'_>,
    cursor: &mut ChunkCursor<'_>,
    table: &mut ValueTable,
) -> Result<u32, ReadFault> {
    cursor.u8("a template instance")?;
    cursor.u32("a template id")?;
    let definition = cursor.u32("a template's offset")?;
    if usize::try_from(definition) == Ok(cursor.at()) {
        cursor.take(20, "a template definition")?;
        let size = size(cursor, "a template's size")?;
        cursor.take(size, "a template definition")?;
    }
    let count = size(cursor, "a number of values")?;
    let descriptors = cursor.take(count.saturating_mul(4), "descriptors of values")?;
    let start = u32::try_from(cursor.at()).map_err(|_| cursor.fault("an offset in the chunk"))?;
    let mut at = start;
    table.end = cursor.end();
    table.entries.clear();
    table.entries.extend(descriptors.as_chunks::<4>().0.iter().map(|[low, high, kind, _]| {
        // A number whose size says less than its type needs has a damaged size.
        let size = u16::from_le_bytes([*low, *high]).max(least_width(*kind));
        let entry = ValueEntry { at, size, kind: *kind };
        at = at.saturating_add(u32::from(entry.size));
        entry
    }));
    let bytes = usize::try_from(at - start).unwrap_or(usize::MAX);
    if let Err(fault) = cursor.take(bytes, "values") {
        // A wrong size spoils its value and those after it, not those before.
        chunk.damage.set(Some(fault));
        cursor.finish();
    }
    Ok(definition)
}

/// The tokens of the definition at this offset.
pub(super) fn definition<'a>(chunk: &Chunk<'a>, offset: u32) -> Result<ChunkCursor<'a>, ReadFault> {
    let at = usize::try_from(offset).unwrap_or(usize::MAX);
    let mut cursor = ChunkCursor::new(chunk.data, at, chunk.data.len());
    cursor.take(20, "a template definition")?;
    let size = size(&mut cursor, "a template's size")?;
    let end = cursor.at().saturating_add(size);
    Ok(ChunkCursor::new(chunk.data, cursor.at(), end))
}

/// Reads tokens to the end of the fragment and tells the visitor. `depth` counts the fragments around it.
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
    /// Elements that are open.
    open: usize,
    /// Of those, the innermost ones that do not exist in this instance.
    skipped: usize,
    /// Between `<name` and `>`.
    in_tag: bool,
}

impl<'a> TokenWalk<'a, '_> {
    fn run<V: TokenVisitor<'a>>(mut self, visitor: &mut V) -> Result<(), ReadFault> {
        while !self.cursor.is_done() {
            self.chunk.spend(&self.cursor)?;
            let at_token = self.cursor;
            // Bit 0x40 says only that more of the same follows.
            let token = self.cursor.u8("a token")?;
            match token {
                token::END => break,
                token::HEADER => {
                    self.cursor.take(3, "a fragment header")?;
                }
                token::INSTANCE => self.instance(visitor)?,
                0x01 | 0x41 => self.open(token == 0x41, visitor)?,
                0x02 if self.in_tag => {
                    self.in_tag = false;
                    self.tell(|| visitor.content());
                }
                0x03 if self.in_tag => self.close(visitor),
                0x04 if !self.in_tag && self.open > 0 => self.close(visitor),
                0x05 | 0x45 => {
                    let value = self.literal()?;
                    self.value(value, visitor)?;
                }
                0x06 | 0x46 if self.in_tag => {
                    let name = self.name()?;
                    self.tell(|| visitor.attribute(name));
                }
                0x07 | 0x47 => {
                    let text = self.counted("a CDATA section")?;
                    let at = self.cursor.at() - text.len();
                    self.tell(|| visitor.value(TypedValue { kind: kind::STRING, at, bytes: text }));
                }
                0x08 | 0x48 => {
                    let unit = self.cursor.u16("a character")?;
                    self.tell(|| visitor.unit(unit));
                }
                0x09 | 0x49 => {
                    let name = self.name()?;
                    self.tell(|| entity(name, visitor));
                }
                0x0A => {
                    self.name()?;
                }
                0x0B => {
                    self.counted("a processing instruction")?;
                }
                0x0D | 0x0E => self.substitution(visitor)?,
                _ => return Err(at_token.fault("a token")),
            }
        }
        match self.open {
            0 if !self.in_tag => Ok(()),
            _ => Err(self.cursor.fault("the end of an element")),
        }
    }

    /// Tells the visitor of something, unless it stands in an element that does not exist.
    fn tell(&self, say: impl FnOnce()) {
        if self.skipped == 0 {
            say();
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
                // A template's root is always there, whatever it names.
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
        self.tell(|| visitor.open(name, dependency));
        Ok(())
    }

    fn close<V: TokenVisitor<'a>>(&mut self, visitor: &mut V) {
        self.in_tag = false;
        self.open = self.open.saturating_sub(1);
        self.tell(|| visitor.close());
        self.skipped = self.skipped.saturating_sub(1);
    }

    fn instance<V: TokenVisitor<'a>>(&mut self, visitor: &mut V) -> Result<(), ReadFault> {
        if self.in_tag {
            return Err(self.cursor.fault("an attribute"));
        }
        self.chunk.names.replace(None);
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
                self.tell(|| visitor.slot(index));
                Ok(())
            }
            // A template may have more places than an instance has values.
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
            self.tell(|| visitor.value(value));
            return Ok(());
        }
        if self.skipped > 0 || value.bytes.is_empty() {
            return Ok(());
        }
        let tokens = value.tokens(self.chunk.data);
        walk(self.chunk, tokens, WalkContext::Fragment, self.depth + 1, visitor)
    }

    /// A value that stands among the tokens.
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
        let found = self.chunk.name(&mut self.cursor)?;
        if let WalkContext::Definition = self.context
            && let Some(names) = self.chunk.names.borrow_mut().as_mut()
        {
            names.push(found);
        }
        Ok(found.name)
    }

    fn counted(&mut self, expected: &'static str) -> Result<&'a [u8], ReadFault> {
        let units = self.cursor.u16(expected)?;
        self.cursor.take(usize::from(units) * 2, expected)
    }
}

fn entity<'a>(name: &[u8], visitor: &mut impl TokenVisitor<'a>) {
    const ENTITIES: [(&str, char); 5] =
        [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\'')];
    let known = ENTITIES.iter().find(|(word, _)| is_word(name, word));
    if let Some(unit) = known.and_then(|(_, char)| u16::try_from(u32::from(*char)).ok()) {
        visitor.unit(unit);
    }
}

fn size(cursor: &mut ChunkCursor<'_>, expected: &'static str) -> Result<usize, ReadFault> {
    cursor.u32(expected).map(|size| usize::try_from(size).unwrap_or(usize::MAX))
}

mod token {
    pub(super) const END: u8 = 0x00;
    pub(super) const INSTANCE: u8 = 0x0C;
    pub(super) const HEADER: u8 = 0x0F;
}
