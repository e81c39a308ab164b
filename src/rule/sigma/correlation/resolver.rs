//! Resolves the rules that correlations refer to, which may be correlations themselves.

use super::document_names::{DocumentAliases, DocumentNames};
use super::parse::{CorrelationSpec, aliased_field};
use crate::limits::{CORRELATION_DEPTH, CORRELATION_PREDICATES, CORRELATION_RULES};
use crate::rule::sigma::document::SigmaDocument;
use crate::rule::sigma::draft::DraftRule;
use crate::rule::sigma::error::SigmaError;
use crate::rule::sigma::weight::weight;
use crate::rule::yaml::YamlNode;
use crate::search::{Condition, CorrelatedRule, Correlation};
use crate::sort;

/// Resolves correlations depth first. The weight of all copied conditions, the nesting and the size are bounded.
pub(super) struct CorrelationResolver<'a> {
    documents: &'a [&'a SigmaDocument],
    drafts: &'a mut [DraftRule],
    document_names: DocumentNames,
    draft_names: DocumentNames,
    states: Vec<ResolveState>,
    /// Whether each document only serves other correlations.
    is_part: Vec<bool>,
    /// The weight of each draft's condition.
    draft_weights: Vec<usize>,
    /// The weight of each resolved correlation's conditions.
    weights: Vec<usize>,
    /// The weight that may still be copied.
    budget: usize,
}

/// The state of a correlation document.
enum ResolveState {
    Unresolved,
    /// The correlations that it builds on are being resolved. A reference to it now is a cycle.
    InProgress,
    Resolved(Result<Correlation, SigmaError>),
}

impl<'a> CorrelationResolver<'a> {
    pub(super) fn new(documents: &'a [&'a SigmaDocument], drafts: &'a mut [DraftRule]) -> Self {
        let document_names = DocumentNames::new(documents.iter().map(|document| {
            let text = |key: &str| document.node.text_of(key).map(str::to_owned);
            DocumentAliases { id: text("id"), name: text("name"), title: text("title") }
        }));
        let draft_names = DocumentNames::new(drafts.iter().map(|draft| DocumentAliases {
            id: Some(draft.rule.id.clone()),
            name: draft.name.clone(),
            title: Some(draft.rule.title.clone()),
        }));
        let draft_weights = drafts.iter().map(DraftRule::weight).collect();
        Self {
            documents,
            drafts,
            document_names,
            draft_names,
            states: documents.iter().map(|_| ResolveState::Unresolved).collect(),
            is_part: vec![false; documents.len()],
            draft_weights,
            weights: vec![0; documents.len()],
            budget: CORRELATION_PREDICATES,
        }
    }

    /// Resolves all documents, in their order.
    pub(super) fn resolve_all(&mut self) {
        (0..self.documents.len()).for_each(|index| self.resolve(index, CORRELATION_DEPTH));
    }

    /// Returns whether a document only serves other correlations.
    pub(super) fn is_part(&self, index: usize) -> bool {
        self.is_part.get(index).copied().unwrap_or_default()
    }

    /// Takes the resolved correlation of a document, or its error.
    pub(super) fn correlation(&mut self, index: usize) -> Result<Correlation, SigmaError> {
        let state = self.states.get_mut(index);
        match state.map(|state| std::mem::replace(state, ResolveState::Unresolved)) {
            Some(ResolveState::Resolved(result)) => result,
            _ => {
                let at = self.documents.get(index).map(|document| document.node.at);
                Err(SigmaError::new("the document has no correlation", at.unwrap_or_default()))
            }
        }
    }

    /// Returns the rules that a document refers to directly, each once, without correlations.
    pub(super) fn rules_of(&self, index: usize) -> impl Iterator<Item = &DraftRule> {
        let document = self.documents.get(index);
        let correlation = document.and_then(|document| document.node.get("correlation"));
        let names = correlation.map(|own| own.texts_of("rules")).unwrap_or_default();
        let indices = names.iter().filter_map(|name| self.draft_names.find(name));
        sort::collect_set(indices).into_iter().filter_map(|index| self.drafts.get(index))
    }

    /// Resolves a document after those that it builds on.
    fn resolve(&mut self, index: usize, depth: usize) {
        let Some(document) = self.documents.get(index) else { return };
        let Some(state @ ResolveState::Unresolved) = self.states.get_mut(index) else { return };
        *state = ResolveState::InProgress;
        let node = &document.node;
        let result = match node.get("correlation") {
            Some(correlation) => self.try_resolve(correlation, node, depth),
            None => Err(SigmaError::new("the document has no correlation", node.at)),
        };
        if let (Ok(correlation), Some(own)) = (&result, self.weights.get_mut(index)) {
            *own = correlation.rules.iter().map(|rule| weight(&rule.filter)).sum();
        }
        if let Some(state) = self.states.get_mut(index) {
            *state = ResolveState::Resolved(result);
        }
    }

    fn try_resolve(
        &mut self,
        correlation: &YamlNode,
        document: &YamlNode,
        depth: usize,
    ) -> Result<Correlation, SigmaError> {
        let spec = CorrelationSpec::parse(correlation)?;
        let generate =
            [correlation, document].iter().any(|node| node.text_of("generate") == Some("true"));
        let fail = |reason: String| SigmaError::new(reason, correlation.at);
        let mut rules = Vec::new();
        for name in &spec.rules {
            let (filter, inner) = self.part(name, generate, depth).map_err(fail)?;
            let by = spec.by.iter().map(|group| aliased_field(correlation, group, name)).collect();
            rules.push(CorrelatedRule { name: name.clone(), filter, inner, by });
        }
        let CorrelationSpec { kind, bounds, seconds, by, .. } = spec;
        let resolved = Correlation { kind, rules, by, seconds: Some(seconds), bounds };
        if resolved.size().0 > CORRELATION_RULES {
            return Err(fail(format!("it builds on more than {CORRELATION_RULES} rules")));
        }
        Ok(resolved)
    }

    /// Returns the condition of the events that a reference means and, for a correlation, the correlation itself.
    fn part(
        &mut self,
        name: &str,
        generate: bool,
        depth: usize,
    ) -> Result<(Condition, Option<Box<Correlation>>), String> {
        if let Some(index) = self.draft_names.find(name) {
            let condition = self.draft_part(index, name, generate)?;
            return Ok((condition, None));
        }
        let Some(index) = self.document_names.find(name) else {
            return Err(format!("the rule {name} is not among those loaded: add its file"));
        };
        let Some(depth) = depth.checked_sub(1) else {
            return Err(format!("more than {CORRELATION_DEPTH} correlations build on one another"));
        };
        self.resolve(index, depth);
        match self.states.get(index) {
            Some(ResolveState::Resolved(Ok(inner))) => {
                if let Some(is_part) = self.is_part.get_mut(index) {
                    *is_part |= !generate;
                }
                let weight = self.weights.get(index).copied().unwrap_or_default();
                self.budget = remaining(self.budget, weight)?;
                let filters = inner.rules.iter().map(|rule| rule.filter.clone()).collect();
                Ok((Condition::Any(filters), Some(Box::new(inner.clone()))))
            }
            Some(ResolveState::Resolved(Err(error))) => {
                Err(format!("the correlation {name} cannot run: {}", error.reason))
            }
            _ => Err(format!("the correlation {name} builds on itself")),
        }
    }

    fn draft_part(
        &mut self,
        index: usize,
        name: &str,
        generate: bool,
    ) -> Result<Condition, String> {
        let weight = self.draft_weights.get(index).copied().unwrap_or_default();
        self.budget = remaining(self.budget, weight)?;
        let Some(draft) = self.drafts.get_mut(index) else {
            return Err(format!("the rule {name} is not among those loaded"));
        };
        let condition = draft
            .filtered_condition()
            .map_err(|error| format!("the rule {name} cannot run: {}", error.reason))?;
        draft.is_part |= !generate;
        Ok(condition)
    }
}

/// Subtracts a copied weight from the budget.
fn remaining(budget: usize, weight: usize) -> Result<usize, String> {
    budget.checked_sub(weight).ok_or_else(|| {
        format!("all correlations together copy more than {CORRELATION_PREDICATES} predicates")
    })
}
