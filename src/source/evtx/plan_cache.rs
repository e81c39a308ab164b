//! [`PlanCache`]: the plans of definitions that were met before, in whichever chunk.

use super::binxml::{Chunk, NameReference};
use super::bytes::{ChunkCursor, ReadFault};
use super::template::{TemplatePlan, plan};
use crate::simd;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// The plans used most.
#[derive(Default)]
pub(super) struct PlanCache {
    made: Vec<CachedPlan>,
}

/// Plans that are remembered. A log has a handful of templates, each with its names inline in some chunks and
/// referred to in others.
const MADE: usize = 32;

struct CachedPlan {
    /// The tokens of the definition.
    bytes: Box<[u8]>,
    /// Which of their bits count: not those that say where a name stands.
    mask: Box<[u8]>,
    /// Where in them names are referred to, and what these are. Names that stand inline are among the tokens.
    names: Names,
    plan: Arc<TemplatePlan>,
}

impl PlanCache {
    /// The plan for these tokens, if one was made for the same.
    pub(super) fn recall(
        &mut self,
        chunk: &Chunk<'_>,
        tokens: ChunkCursor<'_>,
    ) -> Option<Arc<TemplatePlan>> {
        let found = chunk.data.get(tokens.at()..tokens.end())?;
        let at = self.made.iter().position(|made| made.stands(chunk, tokens.at(), found))?;
        let plan = self.made.get(at).map(|made| Arc::clone(&made.plan));
        // What is used stays near the front: it is looked at first, and kept longest.
        self.made.swap(at, at / 2);
        plan
    }

    /// Makes the plan for these tokens.
    pub(super) fn make<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        tokens: ChunkCursor<'a>,
    ) -> Result<Arc<TemplatePlan>, ReadFault> {
        let (mut plan, names) = chunk.with_recorded_names(|| plan(chunk, tokens))?;
        let bytes = chunk.data.get(tokens.at()..tokens.end());
        // A definition that uses another one is read anew each time.
        let (Some(bytes), Some(names)) = (bytes, names) else { return Ok(Arc::new(plan)) };
        let name = |NameReference { reference, inline, name }: NameReference<'a>| {
            (reference.wrapping_sub(tokens.at()), (!inline).then(|| name.into()))
        };
        let names: Names = names.into_iter().map(name).collect();
        let mask = mask(bytes.len(), &names);
        plan.mark = Some(mark(bytes, &mask, &names));
        let plan = Arc::new(plan);
        self.made.truncate(MADE - 1);
        self.made.push(CachedPlan { bytes: bytes.into(), mask, names, plan: Arc::clone(&plan) });
        Ok(plan)
    }
}

type Names = Vec<(usize, Option<Box<[u8]>>)>;

fn mask(length: usize, names: &Names) -> Box<[u8]> {
    let mut mask = vec![0xFF; length];
    for (reference, name) in names {
        // Behind the reference, a name that stands inline begins with the place of another name.
        let bytes = if name.is_none() { 8 } else { 4 };
        mask.iter_mut().skip(*reference).take(bytes).for_each(|byte| *byte = 0);
    }
    mask.into()
}

/// Tells a definition from all that [`CachedPlan::stands`] tells from it.
fn mark(bytes: &[u8], mask: &[u8], names: &Names) -> u64 {
    let mut masked: Vec<u8> = bytes.iter().zip(mask).map(|(byte, mask)| byte & mask).collect();
    for (reference, name) in names {
        masked.extend_from_slice(&reference.to_le_bytes());
        masked.extend_from_slice(name.as_deref().unwrap_or_default());
    }
    xxh3_64(&masked)
}

impl CachedPlan {
    /// Whether these tokens, which begin at this place of the chunk, say the same.
    fn stands(&self, chunk: &Chunk<'_>, at: usize, found: &[u8]) -> bool {
        found.len() == self.bytes.len()
            && is_same(&self.bytes, found, &self.mask)
            && self.names.iter().all(|(reference, name)| {
                refers(chunk, at.wrapping_add(*reference), name.as_deref())
            })
    }
}

/// Whether the name referred to at this place of the chunk is this one, or stands right there.
fn refers(chunk: &Chunk<'_>, reference: usize, name: Option<&[u8]>) -> bool {
    match name {
        // Its letters are among the tokens.
        None => chunk.is_inline(reference),
        Some(name) => chunk
            .name_at(reference)
            .is_some_and(|found| !found.inline && simd::is_equal(found.name, name)),
    }
}

/// Whether two slices of one length are equal where the mask has bits.
fn is_same(one: &[u8], other: &[u8], mask: &[u8]) -> bool {
    let (blocks, rest) = one.as_chunks::<16>();
    let (others, other_rest) = other.as_chunks::<16>();
    let (masks, mask_rest) = mask.as_chunks::<16>();
    let mut differ = 0;
    for ((block, other), mask) in blocks.iter().zip(others).zip(masks) {
        let [block, other, mask] = [block, other, mask].map(|bytes| u128::from_le_bytes(*bytes));
        differ |= (block ^ other) & mask;
    }
    let mut bytes = rest.iter().zip(other_rest).zip(mask_rest);
    differ == 0 && bytes.all(|((byte, other), mask)| (byte ^ other) & mask == 0)
}
