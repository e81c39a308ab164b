//! [`Chunk`]: the bytes of a chunk, the names in it, and the work that may still be spent on it.

use super::bytes::{ChunkCursor, ReadFault, u32_at};
use crate::limits;
use std::cell::{Cell, RefCell};

/// The bytes of a chunk, or of its beginning.
pub(super) struct Chunk<'a> {
    pub(super) data: &'a [u8],
    /// Number of tokens that may still be read. A record can use the same template again and again, so the limit is for
    /// the chunk as a whole.
    tokens: Cell<u32>,
    /// A fault in the present record that does not prevent reading it.
    fault: Cell<Option<ReadFault>>,
    /// The names referred to by the definition being read, if they are recorded.
    names: RefCell<Option<Vec<NameReference<'a>>>>,
}

/// A name, and the place that refers to it.
#[derive(Clone, Copy)]
pub(super) struct NameReference<'a> {
    /// Offset of the reference in the chunk.
    pub(super) reference: usize,
    /// The name follows the reference directly.
    pub(super) inline: bool,
    /// The name in UTF-16.
    pub(super) name: &'a [u8],
}

impl<'a> Chunk<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            tokens: Cell::new(limits::EVTX_TOKENS),
            fault: Cell::new(None),
            names: RefCell::new(None),
        }
    }

    /// Reads a definition and records the names that it refers to: `None` if it uses other definitions too.
    pub(super) fn with_recorded_names<T>(
        &self,
        read: impl FnOnce() -> Result<T, ReadFault>,
    ) -> Result<(T, Option<Vec<NameReference<'a>>>), ReadFault> {
        self.names.replace(Some(Vec::new()));
        let result = read();
        let names = self.names.take();
        result.map(|value| (value, names))
    }

    /// Records a name, if names are recorded.
    pub(super) fn record_name(&self, name: NameReference<'a>) {
        if let Some(names) = self.names.borrow_mut().as_mut() {
            names.push(name);
        }
    }

    /// Stops recording names: those of another definition are not recorded.
    pub(super) fn discard_names(&self) {
        self.names.replace(None);
    }

    /// Reads the name that is referred to at this offset.
    pub(super) fn name_at(&self, reference: usize) -> Option<NameReference<'a>> {
        let mut cursor = ChunkCursor::new(self.data, reference, self.data.len());
        self.read_name(&mut cursor).ok()
    }

    /// Whether the name that is referred to at this offset follows the reference directly.
    pub(super) fn is_inline(&self, reference: usize) -> bool {
        u32_at(self.data, reference).map(|offset| offset as usize)
            == Some(reference.wrapping_add(4))
    }

    /// Reads a name: it follows its first reference, and later ones refer back to it.
    pub(super) fn read_name(
        &self,
        cursor: &mut ChunkCursor<'a>,
    ) -> Result<NameReference<'a>, ReadFault> {
        let reference = cursor.at();
        let offset = usize::try_from(cursor.u32("a name's offset")?).unwrap_or(usize::MAX);
        let inline = offset == cursor.at();
        let mut target = ChunkCursor::new(self.data, offset, self.data.len());
        // Offset of the next name in the table, and a hash.
        target.take(6, "a name")?;
        let units = target.u16("a name's length")?;
        let name = target.take(usize::from(units) * 2, "a name")?;
        if inline {
            // The name ends in a NUL.
            cursor.take(8 + name.len() + 2, "a name")?;
        }
        Ok(NameReference { reference, inline, name })
    }

    /// Notes a fault that does not prevent reading the record.
    pub(super) fn note_fault(&self, fault: ReadFault) {
        self.fault.set(Some(fault));
    }

    /// Returns the fault noted since the last call.
    pub(super) fn take_fault(&self) -> Option<ReadFault> {
        self.fault.take()
    }

    /// Counts a token against the chunk's limit.
    ///
    /// # Errors
    ///
    /// A fault at the cursor if the limit is reached.
    pub(super) fn spend_token(&self, cursor: &ChunkCursor<'_>) -> Result<(), ReadFault> {
        let left = self.tokens.get().checked_sub(1);
        self.tokens.set(left.ok_or_else(|| cursor.fault("fewer tokens in one chunk"))?);
        Ok(())
    }
}
