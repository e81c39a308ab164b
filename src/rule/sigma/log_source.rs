//! Log sources: where a document's events come from.

use super::condition::matches;
use crate::event::canonical;
use crate::rule::yaml::YamlNode;

/// The `logsource` of a document, in lower case. A key without values does not restrict it; of several values any may be
/// that of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LogSource {
    product: Vec<String>,
    category: Vec<String>,
    service: Vec<String>,
}

impl LogSource {
    /// Reads the log source of a document.
    pub(super) fn read(document: &YamlNode) -> Self {
        let source = document.get("logsource");
        let texts = |key: &str| {
            let texts = source.map(|source| source.texts_of(key)).unwrap_or_default();
            texts.iter().map(|text| text.trim().to_ascii_lowercase()).collect()
        };
        Self { product: texts("product"), category: texts("category"), service: texts("service") }
    }

    /// Returns whether events of the other log source may be of this: each key of this is absent, or they have a value
    /// in common.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let covers = |own: &[String], other: &[String]| {
            own.is_empty() || own.iter().any(|own| other.contains(own))
        };
        // Some rules leave out the product: script blocks come from Windows only.
        (other.product.is_empty() || covers(&self.product, &other.product))
            && covers(&self.category, &other.category)
            && covers(&self.service, &other.service)
    }
}

/// The category of event 4104.
const SCRIPT_CATEGORY: &str = "ps_script";

/// Returns whether a rule is about script blocks: one of its categories is theirs, or it has no category and
/// PowerShell's or no service, and tests what script blocks have.
pub(super) fn is_about_script_blocks(rule: &YamlNode) -> bool {
    let source = LogSource::read(rule);
    let has = |own: &[String], name: &str| own.iter().any(|own| own == name);
    if !source.product.is_empty() && !has(&source.product, "windows") {
        return false;
    }
    if !source.category.is_empty() {
        return has(&source.category, SCRIPT_CATEGORY);
    }
    let mut tested = TestedFields::default();
    rule.get("detection").into_iter().for_each(|detection| tested.read_detection(detection));
    if has(&source.service, "powershell") || has(&source.service, "powershellcore") {
        return tested.may_match_script_blocks();
    }
    let is_open = source.service.is_empty() && !source.product.is_empty();
    (is_open || has(&source.service, "powershell-classic")) && tested.names_script_blocks
}

/// Returns whether a filter can apply to rules about script blocks. Its log source may be wider than theirs.
pub(super) fn may_filter_script_blocks(filter: &YamlNode) -> bool {
    let source = LogSource::read(filter);
    let has_or_lacks = |own: &[String], names: &[&str]| {
        own.is_empty() || own.iter().any(|own| names.contains(&own.as_str()))
    };
    source != LogSource::default()
        && has_or_lacks(&source.product, &["windows"])
        && has_or_lacks(&source.category, &[SCRIPT_CATEGORY])
        && has_or_lacks(&source.service, &["powershell", "powershellcore", "powershell-classic"])
}

/// Fields of PowerShell's other events: 4103 of the same log, 400, 600 and 800 of the classic one.
const OTHER_FIELDS: [&str; 10] = [
    "Payload",
    "ContextInfo",
    "UserData",
    "HostApplication",
    "HostName",
    "HostVersion",
    "EngineVersion",
    "CommandLine",
    "CommandName",
    "Data",
];

/// What a detection tests.
#[derive(Default)]
struct TestedFields {
    /// Whether it names event 4104 or the text of a script block.
    names_script_blocks: bool,
    /// Whether it names other events by their id.
    names_other_events: bool,
    /// Whether it has keywords or names fields that are not those of PowerShell's other events.
    has_common_fields: bool,
}

impl TestedFields {
    fn may_match_script_blocks(&self) -> bool {
        self.names_script_blocks || (self.has_common_fields && !self.names_other_events)
    }

    fn read_detection(&mut self, detection: &YamlNode) {
        let is_selection = |key: &str| !["condition", "timeframe"].contains(&key);
        for entry in detection.entries().iter().filter(|entry| is_selection(&entry.key)) {
            self.read_selection(&entry.node);
        }
    }

    fn read_selection(&mut self, node: &YamlNode) {
        self.has_common_fields |= node.text().is_some();
        node.items().iter().for_each(|item| self.read_selection(item));
        for entry in node.entries() {
            let field = entry.key.split('|').next().unwrap_or_default();
            match canonical(field) {
                "EventCode" => {
                    let is_4104 = |id: &String| id.contains("4104") || matches(id, "4104");
                    let names = entry.node.texts().iter().any(is_4104);
                    self.names_script_blocks |= names;
                    self.names_other_events |= !names;
                }
                "ScriptBlockText" => self.names_script_blocks = true,
                _ => self.has_common_fields |= !OTHER_FIELDS.contains(&field),
            }
        }
    }
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
        let detection = |source: &str, detection: &str| {
            format!("logsource: {{{source}}}\ndetection: {{{detection}}}")
        };
        let powershell = |selection: &str| detection("service: powershell", selection);
        let windows = |selection: &str| detection("product: windows", selection);
        for (text, expected) in [
            ("logsource: {category: PS_Script}".to_owned(), true),
            ("logsource: {product: Windows, category: ps_script}".to_owned(), true),
            ("logsource: {product: [linux, windows], category: ps_script}".to_owned(), true),
            ("logsource: {product: linux, category: ps_script}".to_owned(), false),
            ("logsource: {category: [ps_module, ps_script]}".to_owned(), true),
            ("logsource: {category: [ps_module, process_creation]}".to_owned(), false),
            ("logsource: {category: ps_script, service: powershell}".to_owned(), true),
            (powershell("s: {EventID: [1, 4104]}"), true),
            (powershell("s: {EventCode: '4104'}"), true),
            (powershell("s: {EventID: '41*'}"), true),
            (powershell("s: [{ScriptBlockText|re: a}]"), true),
            (powershell("s: {EventID: 4103, Payload: x}, t: {ScriptBlockText: x}"), true),
            (powershell("s: {EventID: 4103}"), false),
            (powershell("s: {EventID: 4103, Message|contains: x}"), false),
            (powershell("s: {Payload|contains: x}"), false),
            (powershell("s: {Message|contains: x}"), true),
            (powershell("s: [x, y]"), true),
            (powershell("s: x, condition: s"), true),
            (powershell("s: {'|all': [x, y]}"), true),
            (powershell("s: {Path|endswith: x}"), true),
            (detection("service: [powershell, powershell-classic]", "s: [x]"), true),
            (detection("service: powershell-classic", "s: [x]"), false),
            (detection("service: powershell-classic", "s: {EventID: [400, 4104]}"), true),
            (detection("service: security", "s: {EventID: 4104}"), false),
            (detection("category: process_creation, service: powershell", "s: [x]"), false),
            (windows("s: {EventID: 4104, Channel: x}"), true),
            (windows("s: {ScriptBlockText: x}"), true),
            (windows("s: {EventID: 4688}"), false),
            (windows("s: [x]"), false),
            (detection("definition: x", "s: {EventID: 4104}"), false),
            ("title: x".to_owned(), false),
        ] {
            assert_eq!(is_about_script_blocks(&node(&text)), expected, "{text}");
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
        assert!(source("category: [ps_module, ps_script]").covers(&narrow));
        assert!(narrow.covers(&source("product: windows, category: [ps_module, ps_script]")));
        assert!(!source("category: [ps_module]").covers(&narrow));
    }
}
