//! Log sources: where a document's events come from.

use crate::rule::yaml::YamlNode;

/// The `logsource` of a document, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LogSource {
    product: Option<String>,
    category: Option<String>,
    service: Option<String>,
}

impl LogSource {
    /// Reads the log source of a document. All fields are `None` if it has none.
    pub(super) fn read(document: &YamlNode) -> Self {
        let text = |key: &str| document.get("logsource")?.text_of(key).map(str::to_ascii_lowercase);
        Self { product: text("product"), category: text("category"), service: text("service") }
    }

    /// Returns whether every event of the other log source is one of this: each field of this is absent, or the same.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let covers = |own: &Option<String>, other: &Option<String>| own.is_none() || own == other;
        // Some rules leave out the product: script blocks come from Windows only.
        (other.product.is_none() || covers(&self.product, &other.product))
            && covers(&self.category, &other.category)
            && covers(&self.service, &other.service)
    }
}

/// Returns whether a rule is about script blocks: it has their category, or PowerShell's service and tests what only
/// script blocks have.
pub(super) fn is_about_script_blocks(rule: &YamlNode) -> bool {
    let source = LogSource::read(rule);
    if source.product.is_some_and(|product| product != "windows") {
        return false;
    }
    match (source.category.as_deref(), source.service.as_deref()) {
        (Some("ps_script"), _) => true,
        (None, Some("powershell")) => rule.get("detection").is_some_and(names_script_blocks),
        _ => false,
    }
}

/// Returns whether a filter can apply to rules about script blocks. Its log source may be wider than theirs.
pub(super) fn may_filter_script_blocks(filter: &YamlNode) -> bool {
    let source = LogSource::read(filter);
    let is_or_absent =
        |own: &Option<String>, name: &str| own.as_ref().is_none_or(|own| own == name);
    source != LogSource::default()
        && is_or_absent(&source.product, "windows")
        && is_or_absent(&source.category, "ps_script")
        && is_or_absent(&source.service, "powershell")
}

/// Returns whether a detection names the field `ScriptBlockText` or event 4104.
fn names_script_blocks(node: &YamlNode) -> bool {
    node.items().iter().any(|item| names_script_blocks(item))
        || node.entries().iter().any(|entry| {
            let field = entry.key.split('|').next().unwrap_or_default();
            let is_event_id = matches!(field, "EventID" | "EventCode");
            field == "ScriptBlockText"
                || (is_event_id && entry.node.texts().iter().any(|id| id == "4104"))
                || names_script_blocks(&entry.node)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::yaml::parse_all;

    fn node(text: &str) -> YamlNode {
        parse_all(text).next().unwrap().unwrap()
    }

    #[test]
    fn rules_about_script_blocks() {
        for (text, expected) in [
            ("logsource: {category: PS_Script}", true),
            ("logsource: {product: Windows, category: ps_script}", true),
            ("logsource: {product: linux, category: ps_script}", false),
            ("logsource: {service: powershell}\ndetection: {s: {EventID: [1, 4104]}}", true),
            ("logsource: {service: powershell}\ndetection: {s: [{ScriptBlockText|re: a}]}", true),
            ("logsource: {service: powershell}\ndetection: {s: {EventID: 4103}}", false),
            ("logsource: {category: process_creation, service: powershell}", false),
            ("title: x", false),
        ] {
            assert_eq!(is_about_script_blocks(&node(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_wider_source_covers_a_narrower_one() {
        let source = |text: &str| LogSource::read(&node(&format!("logsource: {{{text}}}")));
        let narrow = source("product: windows, category: ps_script");
        assert!(source("category: ps_script").covers(&narrow));
        assert!(narrow.covers(&source("category: ps_script")));
        assert!(!source("service: powershell").covers(&narrow));
        assert!(!narrow.covers(&source("product: windows")));
    }
}
