//! Template instances: the offset of a definition and a [`ValueTable`].

use super::bytes::{ChunkCursor, ReadFault, u32_at};
use super::chunk_data::Chunk;
use super::token;
use super::value::{TypedValue, kind, least_width};

/// The values of a template instance, by index.
#[derive(Default)]
pub(super) struct ValueTable {
    entries: Vec<ValueEntry>,
    /// Offset in the chunk at which the record ends: no value goes further.
    end: usize,
}

#[derive(Clone, Copy)]
struct ValueEntry {
    /// Offset in the chunk.
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

    /// Number of values that are BinXML: their tokens may refer to other places of the chunk.
    pub(super) fn fragments(&self) -> usize {
        self.entries.iter().filter(|entry| entry.kind == kind::BINXML).count()
    }

    /// Whether the value is present and null.
    pub(super) fn is_null(&self, index: u16) -> bool {
        self.entries.get(usize::from(index)).is_some_and(|entry| entry.kind == kind::NULL)
    }
}

/// Skips a fragment's header, if it has one.
pub(super) fn skip_header(cursor: &mut ChunkCursor<'_>) -> Result<(), ReadFault> {
    let mut ahead = *cursor;
    if ahead.u8("a token") == Ok(token::FRAGMENT_HEADER) {
        ahead.take(3, "a fragment header")?;
        *cursor = ahead;
    }
    Ok(())
}

/// Whether the fragment ends at the cursor.
pub(super) fn is_at_end(cursor: ChunkCursor<'_>) -> bool {
    let mut ahead = cursor;
    ahead.is_done() || ahead.u8("a token") == Ok(token::END_OF_FRAGMENT)
}

/// Skips the token of a template instance. Returns whether there was one.
pub(super) fn skip_instance_token(cursor: &mut ChunkCursor<'_>) -> bool {
    let mut ahead = *cursor;
    let found = ahead.u8("a token") == Ok(token::TEMPLATE_INSTANCE);
    if found {
        *cursor = ahead;
    }
    found
}

/// Reads an instance after its token: fills the table and returns the offset of the definition.
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
        let size = read_size(cursor, "a template's size")?;
        cursor.take(size, "a template definition")?;
    }
    let count = read_size(cursor, "a number of values")?;
    let descriptors = cursor.take(count.saturating_mul(4), "descriptors of values")?;
    let start = u32::try_from(cursor.at()).map_err(|_| cursor.fault("an offset in the chunk"))?;
    let mut at = start;
    table.end = cursor.end();
    table.entries.clear();
    table.entries.extend(descriptors.as_chunks::<4>().0.iter().map(|[low, high, kind, _]| {
        // A size below the least width of the type is damaged.
        let size = u16::from_le_bytes([*low, *high]).max(least_width(*kind));
        let entry = ValueEntry { at, size, kind: *kind };
        at = at.saturating_add(u32::from(entry.size));
        entry
    }));
    let bytes = usize::try_from(at - start).unwrap_or(usize::MAX);
    if let Err(fault) = cursor.take(bytes, "values") {
        // A wrong size spoils its value and those after it, not those before.
        chunk.note_fault(fault);
        cursor.finish();
    }
    Ok(definition)
}

/// Whether an instance, after its token, refers to the definition that it was written with: a template's id is the
/// beginning of its definition's GUID. `None` if either is missing.
pub(super) fn has_own_definition(chunk: &Chunk<'_>, mut cursor: ChunkCursor<'_>) -> Option<bool> {
    cursor.u8("a template instance").ok()?;
    let id = cursor.u32("a template id").ok()?;
    let definition = usize::try_from(cursor.u32("a template's offset").ok()?).ok()?;
    Some(u32_at(chunk.data, definition.checked_add(4)?)? == id)
}

/// Returns the tokens of the definition at this offset.
pub(super) fn definition<'a>(chunk: &Chunk<'a>, offset: u32) -> Result<ChunkCursor<'a>, ReadFault> {
    let at = usize::try_from(offset).unwrap_or(usize::MAX);
    let mut cursor = ChunkCursor::new(chunk.data, at, chunk.data.len());
    // Offset of the next definition in the table, and a GUID.
    cursor.take(20, "a template definition")?;
    let size = read_size(&mut cursor, "a template's size")?;
    let end = cursor.at().saturating_add(size);
    Ok(ChunkCursor::new(chunk.data, cursor.at(), end))
}

fn read_size(cursor: &mut ChunkCursor<'_>, expected: &'static str) -> Result<usize, ReadFault> {
    cursor.u32(expected).map(|size| usize::try_from(size).unwrap_or(usize::MAX))
}
