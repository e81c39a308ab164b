//! [`ChunkPlans`]: the plans of the templates that a chunk defines.

use super::bytes::ReadFault;
use super::chunk_data::Chunk;
use super::fields::CoreValues;
use super::instance::{ValueTable, definition};
use super::plan::TemplatePlan;
use super::plan_cache::PlanCache;
use std::sync::Arc;

/// The plans of a chunk, by the offset of the definition.
#[derive(Default)]
pub(super) struct ChunkPlans {
    plans: Vec<(u32, PlacedPlan)>,
    cache: PlanCache,
}

/// A plan, and the place of its definition in the chunk.
#[derive(Clone)]
pub(super) struct PlacedPlan {
    pub(super) plan: Arc<TemplatePlan>,
    /// Offset of the definition's first token.
    tokens: usize,
}

impl ChunkPlans {
    /// Begins with another chunk.
    pub(super) fn begin_chunk(&mut self) {
        self.plans.clear();
    }

    /// Returns the plan of the template defined at this offset.
    pub(super) fn get(&mut self, chunk: &Chunk<'_>, offset: u32) -> Result<PlacedPlan, ReadFault> {
        if let Some((_, placed)) = self.plans.iter().find(|(known, _)| *known == offset) {
            return Ok(placed.clone());
        }
        let tokens = definition(chunk, offset)?;
        let plan = match self.cache.get(chunk, tokens) {
            Some(plan) => plan,
            None => self.cache.insert(chunk, tokens)?,
        };
        let placed = PlacedPlan { plan, tokens: tokens.at() };
        self.plans.push((offset, placed.clone()));
        Ok(placed)
    }
}

impl PlacedPlan {
    /// Sets the fields of an instance. Fields that the template does not have are left as they are.
    pub(super) fn read_fields<'a>(
        &self,
        chunk: &Chunk<'a>,
        table: &ValueTable,
        fields: &mut CoreValues<'a>,
    ) {
        self.plan.read_fields(chunk, self.tokens, table, fields);
    }
}
