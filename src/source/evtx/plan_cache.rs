//! [`PlanCache`]: the plans of definitions that occurred before, in any chunk.
//!
//! The chunks of a log have the same definitions at different offsets. A plan is valid for every definition with the
//! same bytes, apart from the offsets of names, that refers to the same names.

use super::bytes::{ChunkCursor, ReadFault};
use super::chunk_data::{Chunk, NameReference};
use super::plan::TemplatePlan;
use crate::simd;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// The plans used most.
#[derive(Default)]
pub(super) struct PlanCache {
    entries: Vec<CachedPlan>,
}

/// Upper bound on the number of plans. A log has a handful of templates, each with its names inline in some chunks and
/// referred to in others.
const CAPACITY: usize = 32;

struct CachedPlan {
    /// The tokens of the definition.
    bytes: Box<[u8]>,
    /// The bits of them that must be equal: all but the offsets of names.
    mask: Box<[u8]>,
    names: NameReferences,
    plan: Arc<TemplatePlan>,
}

/// The names that a definition refers to: the offset of each reference from the first token, and the name. NameReferences that
/// are inline are among the tokens: `None`.
type NameReferences = Vec<(usize, Option<Box<[u8]>>)>;

impl PlanCache {
    /// Returns the plan for these tokens, if one is known.
    pub(super) fn get(
        &mut self,
        chunk: &Chunk<'_>,
        tokens: ChunkCursor<'_>,
    ) -> Option<Arc<TemplatePlan>> {
        let bytes = chunk.data.get(tokens.at()..tokens.end())?;
        let at = self.entries.iter().position(|entry| entry.matches(chunk, tokens.at(), bytes))?;
        let plan = self.entries.get(at).map(|entry| Arc::clone(&entry.plan));
        // Plans in use move to the front: they are compared first, and replaced last.
        self.entries.swap(at, at / 2);
        plan
    }

    /// Works out the plan for these tokens and keeps it.
    pub(super) fn insert<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        tokens: ChunkCursor<'a>,
    ) -> Result<Arc<TemplatePlan>, ReadFault> {
        let (mut plan, names) = chunk.with_recorded_names(|| TemplatePlan::new(chunk, tokens))?;
        let bytes = chunk.data.get(tokens.at()..tokens.end());
        // The plan of a definition that uses another one is not kept.
        let (Some(bytes), Some(names)) = (bytes, names) else { return Ok(Arc::new(plan)) };
        let name = |NameReference { reference, inline, name }: NameReference<'a>| {
            (reference.wrapping_sub(tokens.at()), (!inline).then(|| name.into()))
        };
        let names: NameReferences = names.into_iter().map(name).collect();
        let mask = mask(bytes.len(), &names);
        plan.fingerprint = Some(fingerprint(bytes, &mask, &names));
        let plan = Arc::new(plan);
        self.entries.truncate(CAPACITY - 1);
        let cached = CachedPlan { bytes: bytes.into(), mask, names, plan: Arc::clone(&plan) };
        self.entries.push(cached);
        Ok(plan)
    }
}

impl CachedPlan {
    /// Whether these tokens, which begin at this offset of the chunk, define the same template.
    fn matches(&self, chunk: &Chunk<'_>, at: usize, bytes: &[u8]) -> bool {
        bytes.len() == self.bytes.len()
            && simd::is_equal_masked(&self.bytes, bytes, &self.mask)
            && self.names.iter().all(|(reference, name)| {
                refers_to(chunk, at.wrapping_add(*reference), name.as_deref())
            })
    }
}

fn mask(length: usize, names: &NameReferences) -> Box<[u8]> {
    let mut mask = vec![0xFF; length];
    for (reference, name) in names {
        // After the reference, an inline name begins with the offset of another name.
        let bytes = if name.is_none() { 8 } else { 4 };
        mask.iter_mut().skip(*reference).take(bytes).for_each(|byte| *byte = 0);
    }
    mask.into()
}

/// Returns a hash of all that [`CachedPlan::matches`] compares. It does not depend on the target.
fn fingerprint(bytes: &[u8], mask: &[u8], names: &NameReferences) -> u64 {
    let mut masked: Vec<u8> = bytes.iter().zip(mask).map(|(byte, mask)| byte & mask).collect();
    for (reference, name) in names {
        masked.extend_from_slice(&(*reference as u64).to_le_bytes());
        masked.extend_from_slice(name.as_deref().unwrap_or_default());
    }
    xxh3_64(&masked)
}

/// Whether the reference at this offset of the chunk is to this name; for `None`, to the name that follows it.
fn refers_to(chunk: &Chunk<'_>, reference: usize, name: Option<&[u8]>) -> bool {
    match name {
        // Its letters are among the tokens.
        None => chunk.is_inline(reference),
        Some(name) => chunk
            .name_at(reference)
            .is_some_and(|found| !found.inline && simd::is_equal(found.name, name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_slices_are_equal_where_the_mask_has_ones() {
        for length in [0, 1, 15, 16, 17, 40] {
            let one = vec![0x5A; length];
            let mask = vec![0xFF; length];
            assert!(simd::is_equal_masked(&one, &one, &mask));
            for at in 0..length {
                let mut other = one.clone();
                other[at] ^= 0x10;
                assert!(!simd::is_equal_masked(&one, &other, &mask), "{at} of {length}");
                let mut masked = mask.clone();
                masked[at] = 0x0F;
                assert!(simd::is_equal_masked(&one, &other, &masked), "{at} of {length}");
            }
        }
    }

    #[test]
    fn the_mask_leaves_out_references_and_what_begins_an_inline_name() {
        let names = vec![(1, Some(Box::from(&b"N\0"[..]))), (6, None)];
        assert_eq!(*mask(16, &names), [255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]);
    }

    #[test]
    fn a_fingerprint_depends_on_names_and_unmasked_bytes_only() {
        let names = |name: &[u8]| vec![(0, Some(Box::from(name)))];
        let of = |bytes: &[u8], names: &NameReferences| {
            fingerprint(bytes, &mask(bytes.len(), names), names)
        };
        let one = of(&[1, 2, 3, 4, 5], &names(b"a\0"));
        assert_eq!(one, of(&[9, 9, 9, 9, 5], &names(b"a\0")));
        assert_ne!(one, of(&[1, 2, 3, 4, 6], &names(b"a\0")));
        assert_ne!(one, of(&[1, 2, 3, 4, 5], &names(b"b\0")));
    }
}
