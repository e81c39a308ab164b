//! The kind of log that a rule about other events reads, for the list of what was left out.

use super::yaml::{YamlNode, YamlValue};

/// Returns the kind of log of a Sigma rule: product, then category or service, such as `windows/process_creation`.
pub(super) fn of_sigma(document: &YamlNode) -> String {
    let source = document.get("logsource");
    let named = |key: &str| {
        let texts = source.map(|source| source.texts_of(key)).unwrap_or_default();
        let folded: Vec<String> =
            texts.iter().map(|text| text.trim().to_ascii_lowercase()).collect();
        Some(folded.join(",")).filter(|text| !text.is_empty())
    };
    let parts: Vec<String> =
        ["product", "category", "service"].into_iter().filter_map(named).collect();
    if parts.is_empty() { "no log source".to_owned() } else { parts.join("/") }
}

/// Returns the kind of log of a Splunk search: its data model, its event source as the rule names it, the macro of its
/// log, its `sourcetype` or `source`, or its event.
pub(super) fn of_splunk(search: &str, document: Option<&YamlNode>) -> String {
    let data_source = || {
        let node = document?.get("data_source")?;
        let first = match &node.value {
            YamlValue::List(items) => items.first()?.text()?,
            _ => node.text()?,
        };
        Some(first.trim().to_owned()).filter(|text| !text.is_empty())
    };
    data_model(search)
        .or_else(data_source)
        .or_else(|| log_macro(search))
        .or_else(|| assigned(search, &["sourcetype", "source"]))
        .or_else(|| Some(format!("event {}", assigned(search, &["EventCode", "EventID"])?)))
        .or_else(|| assigned(search, &["index"]))
        .unwrap_or_else(|| "no log source".to_owned())
}

/// Returns the data model, as in `from datamodel=Endpoint.Processes` or `datamodel Endpoint Processes`.
fn data_model(search: &str) -> Option<String> {
    let at = find_folded(search, "datamodel")?;
    let after = search.get(at + "datamodel".len()..)?;
    let after =
        after.trim_start_matches(|char: char| char.is_whitespace() || "=:\"'".contains(char));
    let end = after.find(|char: char| !(char.is_alphanumeric() || "._\"'".contains(char)));
    let name: String = after
        .get(..end.unwrap_or(after.len()))?
        .chars()
        .filter(|char| !"\"'".contains(*char))
        .collect();
    (!name.is_empty()).then(|| format!("datamodel/{name}"))
}

/// Returns the first macro, which names the log in published searches.
fn log_macro(search: &str) -> Option<String> {
    let (_, after) = search.split_once('`')?;
    let (name, _) = after.split_once('`')?;
    let name = name.split('(').next()?.trim();
    (!name.is_empty() && !name.ends_with("_filter")).then(|| name.to_owned())
}

/// Returns the value of the first of these fields that the search names.
fn assigned(search: &str, fields: &[&str]) -> Option<String> {
    fields.iter().find_map(|field| {
        let at = find_folded(search, &format!("{}=", field.to_ascii_lowercase()))?;
        let value = search.get(at + field.len() + 1..)?.trim_start();
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => value.split([' ', '\t', '\r', '\n', '|', ')', ',']).next(),
        }?;
        (!value.is_empty()).then(|| value.to_owned())
    })
}

fn find_folded(text: &str, wanted: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::yaml::parse_all;

    fn node(text: &str) -> YamlNode {
        parse_all(text).next().unwrap().unwrap()
    }

    #[test]
    fn sigma_rules_name_their_log_source() {
        for (text, kind) in [
            (
                "logsource: {product: Windows, category: process_creation}",
                "windows/process_creation",
            ),
            ("logsource: {product: linux, service: auditd}", "linux/auditd"),
            ("logsource: {category: webserver}", "webserver"),
            ("logsource: {product: aws, service: cloudtrail, definition: x}", "aws/cloudtrail"),
            ("logsource: {product: windows}", "windows"),
            (
                "logsource: {product: windows, category: [ps_module, dns_query]}",
                "windows/ps_module,dns_query",
            ),
            ("logsource: {}", "no log source"),
            ("title: x", "no log source"),
        ] {
            assert_eq!(of_sigma(&node(text)), kind, "{text}");
        }
    }

    #[test]
    fn splunk_searches_name_their_data_model_or_event_source() {
        let source = node("data_source: [Sysmon EventID 1, Windows Event Log Security 4688]");
        for (search, document, kind) in [
            (
                "| tstats count from datamodel=Endpoint.Processes where x=1",
                None,
                "datamodel/Endpoint.Processes",
            ),
            (
                "| tstats count FROM datamodel=\"Endpoint\".\"Registry\" by a",
                None,
                "datamodel/Endpoint.Registry",
            ),
            ("| from datamodel:Network_Traffic | search a", None, "datamodel/Network_Traffic"),
            ("| datamodel Change All_Changes search", None, "datamodel/Change"),
            ("`sysmon` EventCode=1 | stats count", Some(&source), "Sysmon EventID 1"),
            ("`wineventlog_security` EventCode=4688", None, "wineventlog_security"),
            ("`o365(1)` Operation=x", None, "o365"),
            ("sourcetype=\"aws:cloudtrail\" eventName=x", None, "aws:cloudtrail"),
            ("index=main | `x_filter`", None, "main"),
            ("EventCode=4688 x=1", None, "event 4688"),
            ("a=b | stats count", None, "no log source"),
        ] {
            assert_eq!(of_splunk(search, document), kind, "{search}");
        }
    }
}
