//! Sigma's documents: rules, correlation rules and filters, and how documents of one file are merged.

use super::log_source::{is_about_script_blocks, may_filter_script_blocks};
use crate::rule::yaml::{YamlDocument, YamlNode, YamlValue};

/// A Sigma document about script blocks.
pub(crate) struct SigmaDocument {
    pub(super) file: String,
    pub(super) node: YamlNode,
    /// The source of its detection, correlation or filter.
    pub(super) text: String,
    pub(super) kind: SigmaDocumentKind,
}

impl SigmaDocument {
    /// Creates a document. `None` if it is about another log source, or no Sigma document.
    pub(crate) fn new(file: &str, node: YamlNode, source: &YamlDocument<'_>) -> Option<Self> {
        let kind = kind(&node)?;
        let (key, is_relevant) = match kind {
            SigmaDocumentKind::Detection => ("detection", is_about_script_blocks(&node)),
            SigmaDocumentKind::Correlation => ("correlation", true),
            SigmaDocumentKind::Filter => ("filter", may_filter_script_blocks(&node)),
        };
        let text = node.source_of(key, source).to_owned();
        is_relevant.then(|| Self { file: file.to_owned(), node, text, kind })
    }
}

/// A rule about other events than script blocks. Correlations and filters may refer to it.
pub(crate) struct OtherLogRule {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) title: Option<String>,
    /// The kind of its log.
    pub(super) log: String,
}

impl OtherLogRule {
    pub(crate) fn new(node: &YamlNode, log: &str) -> Self {
        let text = |key: &str| node.text_of(key).map(str::to_owned);
        Self { id: text("id"), name: text("name"), title: text("title"), log: log.to_owned() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SigmaDocumentKind {
    Detection,
    Correlation,
    Filter,
}

/// Returns whether a document has the form of a Sigma rule, correlation rule or filter.
pub(crate) fn is_sigma(node: &YamlNode) -> bool {
    kind(node).is_some()
}

/// The `action` of a document: how it is merged with others of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The documents that follow are merged over it.
    Global,
    /// Ends the effect of the global document.
    Reset,
    /// It is merged over the document before it.
    Repeat,
}

/// Returns the action of a document.
pub(crate) fn action(node: &YamlNode) -> Option<Action> {
    match node.text_of("action")? {
        "global" => Some(Action::Global),
        "reset" => Some(Action::Reset),
        "repeat" => Some(Action::Repeat),
        _ => None,
    }
}

/// Returns whether a document is not merged with the global one: correlations and filters are not.
pub(crate) fn ignores_global(node: &YamlNode) -> bool {
    node.get("correlation").is_some() || node.get("filter").is_some()
}

fn kind(node: &YamlNode) -> Option<SigmaDocumentKind> {
    let is_map =
        |key: &str| node.get(key).is_some_and(|value| matches!(value.value, YamlValue::Map(_)));
    if is_map("detection") && (node.get("logsource").is_some() || node.get("title").is_some()) {
        Some(SigmaDocumentKind::Detection)
    } else if is_map("correlation") {
        Some(SigmaDocumentKind::Correlation)
    } else if is_map("filter") && node.get("logsource").is_some() {
        Some(SigmaDocumentKind::Filter)
    } else {
        None
    }
}
