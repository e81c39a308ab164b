//! Resolves the rules that correlations refer to, which may be correlations themselves.

use super::parse::{CorrelationSpec, aliased_field};
use crate::limits::{CORRELATION_DEPTH, CORRELATION_PREDICATES, CORRELATION_RULES};
use crate::ordered::OrderedSet;
use crate::rule::sigma::document::SigmaDocument;
use crate::rule::sigma::document_names::{DocumentAliases, DocumentNames};
use crate::rule::sigma::draft::{DraftRule, Role};
use crate::rule::sigma::error::{SigmaError, excerpt};
use crate::rule::sigma::left_out::OtherLogRules;
use crate::rule::sigma::weight::weight;
use crate::rule::yaml::{Position, YamlNode};
use crate::search::{Condition, CorrelatedRule, Correlation};

/// Resolves correlations depth first. The weight of all copied conditions, the nesting and the size are bounded.
pub(super) struct CorrelationResolver<'a> {
    documents: &'a [&'a SigmaDocument],
    drafts: &'a [DraftRule],
    others: &'a OtherLogRules<'a>,
    document_names: DocumentNames,
    draft_names: DocumentNames,
    states: Vec<ResolveState>,
    /// What each document refers to.
    references: Vec<References>,
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

/// The rules and correlations that a correlation refers to, by their index.
#[derive(Clone, Default)]
struct References {
    drafts: Vec<usize>,
    correlations: Vec<usize>,
    /// Whether it says `generate: true`, so that they make rows of their own.
    generate: bool,
}

/// What becomes of each correlation and of each rule.
pub(super) struct Roles {
    pub(super) correlations: Vec<Role>,
    pub(super) drafts: Vec<Role>,
}

impl<'a> CorrelationResolver<'a> {
    pub(super) fn new(
        documents: &'a [&'a SigmaDocument],
        drafts: &'a [DraftRule],
        others: &'a OtherLogRules<'a>,
    ) -> Self {
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
            others,
            document_names,
            draft_names,
            states: documents.iter().map(|_| ResolveState::Unresolved).collect(),
            references: vec![References::default(); documents.len()],
            draft_weights,
            weights: vec![0; documents.len()],
            budget: CORRELATION_PREDICATES,
        }
    }

    /// Resolves all documents, in their order.
    pub(super) fn resolve_all(&mut self) {
        (0..self.documents.len()).for_each(|index| self.resolve(index, CORRELATION_DEPTH));
    }

    /// Returns what becomes of each correlation and rule once all are resolved.
    pub(super) fn roles(&self) -> Roles {
        let mut of_correlations = vec![Vec::new(); self.documents.len()];
        let mut of_drafts = vec![Vec::new(); self.drafts.len()];
        for (user, references) in self.references.iter().enumerate().filter(|own| !own.1.generate) {
            let add = |users: &mut [Vec<usize>], used: &[usize]| {
                for index in used {
                    users.get_mut(*index).into_iter().for_each(|users| users.push(user));
                }
            };
            add(&mut of_correlations, &references.correlations);
            add(&mut of_drafts, &references.drafts);
        }
        // A correlation that another one refers to has its role from that one, so those are decided first. A cycle is
        // refused, so it needs no order.
        let mut correlations: Vec<Option<Role>> = vec![None; self.documents.len()];
        (0..self.documents.len()).for_each(|index| {
            self.decide(index, &of_correlations, &mut correlations, CORRELATION_DEPTH);
        });
        let decided = |index: usize| correlations.get(index).and_then(Option::as_ref);
        let drafts = of_drafts.iter().map(|users| self.role_by(users, &decided)).collect();
        let correlations =
            correlations.iter().map(|role| role.clone().unwrap_or(Role::Alone)).collect();
        Roles { correlations, drafts }
    }

    fn decide(&self, index: usize, users: &[Vec<usize>], roles: &mut [Option<Role>], depth: usize) {
        if roles.get(index).is_none_or(Option::is_some) {
            return;
        }
        let own = users.get(index).map(Vec::as_slice).unwrap_or_default();
        // One that cannot run is listed with its own reason.
        let is_resolved = matches!(self.states.get(index), Some(ResolveState::Resolved(Ok(_))));
        let role = match depth.checked_sub(1) {
            Some(depth) if is_resolved => {
                own.iter().for_each(|user| self.decide(*user, users, roles, depth));
                self.role_by(own, &|index| roles.get(index).and_then(Option::as_ref))
            }
            _ => Role::Alone,
        };
        if let Some(own) = roles.get_mut(index) {
            *own = Some(role);
        }
    }

    /// Returns the role of what these correlations refer to: a part if one of them runs.
    fn role_by<'r>(&self, users: &[usize], decided: &dyn Fn(usize) -> Option<&'r Role>) -> Role {
        let mut role = Role::Alone;
        for user in users {
            let title = self.title(*user);
            let own = match (self.states.get(*user), decided(*user)) {
                (Some(ResolveState::Resolved(Err(error))), _) => {
                    let reason = format!(
                        "it only serves the correlation {title}, which cannot run ({}): write generate: true in the correlation to run it alone too",
                        error.reason
                    );
                    match &error.other_log {
                        Some(log) => Role::PartOfLeftOut { log: log.clone(), reason },
                        None => Role::PartOfRefused(reason),
                    }
                }
                (_, Some(Role::PartOfRefused(reason))) => {
                    Role::PartOfRefused(format!("it only serves the correlation {title}: {reason}"))
                }
                (_, Some(Role::PartOfLeftOut { log, reason })) => Role::PartOfLeftOut {
                    log: log.clone(),
                    reason: format!("it only serves the correlation {title}: {reason}"),
                },
                _ => return Role::Part,
            };
            if role == Role::Alone {
                role = own;
            }
        }
        role
    }

    fn title(&self, index: usize) -> String {
        let node = self.documents.get(index).map(|document| &document.node);
        let text = |key: &str| node.and_then(|node| node.text_of(key));
        excerpt(text("title").or(text("name")).or(text("id")).unwrap_or("without a title"))
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
        let references = self.references.get(index);
        let indices = references.map(|own| own.drafts.as_slice()).unwrap_or_default();
        OrderedSet::from_iter(indices.iter())
            .into_iter()
            .filter_map(|index| self.drafts.get(*index))
    }

    /// Resolves a document after those that it builds on.
    fn resolve(&mut self, index: usize, depth: usize) {
        let Some(document) = self.documents.get(index) else { return };
        let Some(state @ ResolveState::Unresolved) = self.states.get_mut(index) else { return };
        *state = ResolveState::InProgress;
        let node = &document.node;
        let result = match node.get("correlation") {
            Some(correlation) => self.try_resolve(index, correlation, node, depth),
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
        own: usize,
        correlation: &YamlNode,
        document: &YamlNode,
        depth: usize,
    ) -> Result<Correlation, SigmaError> {
        if let Some(repeated) = document.repeated_key() {
            let reason = format!("the key {} is repeated", repeated.key);
            return Err(SigmaError::new(reason, repeated.at));
        }
        let spec = CorrelationSpec::parse(correlation);
        let names = match &spec {
            Ok(spec) => spec.rules.clone(),
            Err(_) => correlation.texts_of("rules"),
        };
        let references = References {
            drafts: names.iter().filter_map(|name| self.draft_names.find(name)).collect(),
            correlations: names.iter().filter_map(|name| self.document_names.find(name)).collect(),
            generate: [correlation, document]
                .iter()
                .any(|node| node.text_of("generate").is_some_and(is_true)),
        };
        if let Some(own) = self.references.get_mut(own) {
            *own = references;
        }
        let spec = spec?;
        let at = correlation.get("rules").unwrap_or(correlation).at;
        let mut rules = Vec::new();
        for name in &spec.rules {
            let (filter, inner) =
                self.part(name, depth).map_err(|error| SigmaError { at, ..error })?;
            let aliased = |names: &[String]| {
                names.iter().map(|own| aliased_field(correlation, own, name)).collect()
            };
            let (by, fields) = (aliased(&spec.by), aliased(spec.kind.fields()));
            rules.push(CorrelatedRule { name: name.clone(), filter, inner, by, fields });
        }
        let CorrelationSpec { kind, bounds, seconds, by, .. } = spec;
        let resolved = Correlation { kind, rules, by, seconds: Some(seconds), bounds };
        if resolved.size().0 > CORRELATION_RULES {
            let reason = format!("it builds on more than {CORRELATION_RULES} rules");
            return Err(SigmaError::new(reason, at));
        }
        Ok(resolved)
    }

    /// Returns the condition of the events that a reference means and, for a correlation, the correlation itself.
    fn part(
        &mut self,
        name: &str,
        depth: usize,
    ) -> Result<(Condition, Option<Box<Correlation>>), SigmaError> {
        let fail = |reason: String| SigmaError::new(reason, Position::default());
        let short = excerpt(name);
        if let Some(index) = self.draft_names.find(name) {
            return Ok((self.draft_part(index, name)?, None));
        }
        let Some(index) = self.document_names.find(name) else {
            let Some(log) = self.others.log_of(name) else {
                return Err(fail(format!(
                    "the rule {short} is not among those loaded: add its file"
                )));
            };
            let reason =
                format!("it builds on the rule {short}, which is about another log ({log})");
            return Err(SigmaError { other_log: Some(log.to_owned()), ..fail(reason) });
        };
        let Some(depth) = depth.checked_sub(1) else {
            return Err(fail(format!(
                "more than {CORRELATION_DEPTH} correlations build on one another"
            )));
        };
        self.resolve(index, depth);
        match self.states.get(index) {
            Some(ResolveState::Resolved(Ok(inner))) => {
                let weight = self.weights.get(index).copied().unwrap_or_default();
                self.budget = remaining(self.budget, weight).map_err(fail)?;
                let filters = inner.rules.iter().map(|rule| rule.filter.clone()).collect();
                Ok((Condition::Any(filters), Some(Box::new(inner.clone()))))
            }
            Some(ResolveState::Resolved(Err(error))) => Err(SigmaError {
                reason: format!("the correlation {short} cannot run: {}", error.reason),
                ..error.clone()
            }),
            _ => Err(fail(format!("the correlation {short} builds on itself"))),
        }
    }

    fn draft_part(&mut self, index: usize, name: &str) -> Result<Condition, SigmaError> {
        let fail = |reason: String| SigmaError::new(reason, Position::default());
        let weight = self.draft_weights.get(index).copied().unwrap_or_default();
        self.budget = remaining(self.budget, weight).map_err(fail)?;
        let Some(draft) = self.drafts.get(index) else {
            return Err(fail(format!("the rule {name} is not among those loaded")));
        };
        draft.filtered_condition().map_err(|error| {
            fail(format!("the rule {} cannot run: {}", excerpt(name), error.reason))
        })
    }
}

/// Returns whether a scalar is YAML 1.1's truth value.
fn is_true(text: &str) -> bool {
    ["true", "yes", "on"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Subtracts a copied weight from the budget.
fn remaining(budget: usize, weight: usize) -> Result<usize, String> {
    budget.checked_sub(weight).ok_or_else(|| {
        format!("all correlations together copy more than {CORRELATION_PREDICATES} predicates")
    })
}
