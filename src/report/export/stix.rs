//! A bundle of STIX 2.1: an indicator for each value, what was observed of it, and the techniques of the results.

use super::input::{Export, parse_time, with_digits};
use super::json_writer::JsonWriter;
use super::uuid::{self, STIX_OBSERVABLES};
use crate::indicators::IndicatorKind;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::report::IndicatorRow;
use crate::rule::attack_name;
use crate::time::Time;
use std::io::{self, Write};

/// Writes the bundle.
pub(super) fn write(export: &Export<'_>, to: &mut dyn Write) -> io::Result<()> {
    let (first, last) = export.times();
    let epoch = Time::new(0, 0, 3);
    let earliest = with_digits_of_milliseconds(first.or(epoch));
    let latest = with_digits_of_milliseconds(last.or(first).or(epoch));
    let mut names = export.report.rule_set.clone();
    for row in export.indicators() {
        names.push('\n');
        names.push_str(&row.id);
    }
    let author = format!("identity--{}", uuid::own("stix", "identity"));
    let mut json = JsonWriter::new(to);
    json.open('{');
    json.field("type", "bundle");
    json.field("id", &format!("bundle--{}", uuid::own("stix-bundle", &names)));
    json.open_at("objects", '[');
    json.open('{');
    head(&mut json, "identity", &author, None, (EPOCH, EPOCH));
    json.field("name", "scriptscope");
    json.field("identity_class", "system");
    json.close('}');
    for (id, tactics) in techniques(export) {
        write_technique(&mut json, id, &tactics, &author);
    }
    let mut written = OrderedSet::new();
    for row in export.indicators() {
        let time = |time: &Option<String>, other: &str| {
            let time = parse_time(time.as_deref());
            time.map_or_else(|| other.to_owned(), |time| with_digits(time, 3))
        };
        let times = (time(&row.first_time, &earliest), time(&row.last_time, &latest));
        write_indicator(&mut json, row, (&times.0, &times.1), &author, &mut written);
    }
    json.close(']');
    json.close('}');
    json.end_line();
    json.finish()
}

/// Time of objects that are the same in every bundle.
const EPOCH: &str = "1970-01-01T00:00:00.000Z";

fn with_digits_of_milliseconds(time: Option<Time>) -> String {
    time.map(|time| with_digits(time, 3)).unwrap_or_default()
}

/// Writes what every object has. `times`: when it was created and modified.
fn head(
    json: &mut JsonWriter<'_>,
    kind: &str,
    id: &str,
    author: Option<&str>,
    times: (&str, &str),
) {
    json.field("type", kind);
    json.field("spec_version", "2.1");
    json.field("id", id);
    json.optional("created_by_ref", author);
    json.field("created", times.0);
    json.field("modified", times.1);
}

/// Returns the techniques of the results that nothing hides, with their tactics.
fn techniques<'a>(export: &Export<'a>) -> Vec<(&'a str, OrderedSet<&'a str>)> {
    let mut techniques: OrderedMap<&str, OrderedSet<&str>> = OrderedMap::new();
    for row in export.results().filter(|row| row.suppressed_by.is_none()) {
        for attack in export.rule(&row.rule_id).iter().flat_map(|rule| &rule.attack) {
            let tactics = techniques.entry(attack.technique.as_str()).or_default();
            for tactic in &attack.tactics {
                tactics.insert(tactic.as_str());
            }
        }
    }
    techniques.iter().map(|(id, tactics)| (*id, tactics.iter().copied().collect())).collect()
}

fn write_technique(
    json: &mut JsonWriter<'_>,
    technique: &str,
    tactics: &OrderedSet<&str>,
    author: &str,
) {
    let id = format!("attack-pattern--{}", uuid::own("stix-technique", technique));
    json.open('{');
    head(json, "attack-pattern", &id, Some(author), (EPOCH, EPOCH));
    json.field("name", attack_name(technique).unwrap_or(technique));
    json.open_at("external_references", '[');
    json.open('{');
    json.field("source_name", "mitre-attack");
    json.field("external_id", technique);
    json.close('}');
    json.close(']');
    if !tactics.is_empty() {
        json.open_at("kill_chain_phases", '[');
        for tactic in tactics.iter() {
            json.open('{');
            json.field("kill_chain_name", "mitre-attack");
            json.field("phase_name", &tactic.to_lowercase().replace(' ', "-"));
            json.close('}');
        }
        json.close(']');
    }
    json.close('}');
}

/// Writes an indicator. Where STIX has an observable for its kind: also that, the observation, and how they are related.
fn write_indicator(
    json: &mut JsonWriter<'_>,
    row: &IndicatorRow,
    times: (&str, &str),
    author: &str,
    written: &mut OrderedSet<String>,
) {
    let id = format!("indicator--{}", uuid::own("stix-indicator", &row.id));
    json.open('{');
    head(json, "indicator", &id, Some(author), times);
    json.field("name", &row.defanged);
    let (blocks, computers, view) = (row.count, row.computers, &row.view);
    json.field(
        "description",
        &format!(
            "{}: in {blocks} PowerShell script blocks, on {computers} computers; view: {view}",
            row.kind.as_str()
        ),
    );
    json.texts("indicator_types", ["unknown"].into_iter());
    json.field("pattern", &pattern(row.kind, &row.value));
    json.field("pattern_type", "stix");
    json.field("pattern_version", "2.1");
    json.field("valid_from", times.0);
    json.close('}');
    let Some(observable) = Observable::of(row.kind, &row.value) else { return };
    if written.insert(observable.id.clone()) {
        observable.write(json);
    }
    let observed = format!("observed-data--{}", uuid::own("stix-observed", &row.id));
    json.open('{');
    head(json, "observed-data", &observed, Some(author), times);
    json.field("first_observed", times.0);
    json.field("last_observed", times.1);
    json.integer("number_observed", i64::try_from(row.count.clamp(1, 999_999_999)).unwrap_or(1));
    json.texts("object_refs", [observable.id.as_str()].into_iter());
    json.close('}');
    let relation = format!("relationship--{}", uuid::own("stix-based-on", &row.id));
    json.open('{');
    head(json, "relationship", &relation, Some(author), times);
    json.field("relationship_type", "based-on");
    json.field("source_ref", &id);
    json.field("target_ref", &observed);
    json.close('}');
}

/// Returns the pattern that finds a value.
fn pattern(kind: IndicatorKind, value: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let path = match kind {
        IndicatorKind::Url => "url:value",
        IndicatorKind::Host => "domain-name:value",
        IndicatorKind::Ipv4 => "ipv4-addr:value",
        IndicatorKind::Ipv6 => "ipv6-addr:value",
        IndicatorKind::Email => "email-addr:value",
        IndicatorKind::Md5 => "file:hashes.MD5",
        IndicatorKind::Sha1 => "file:hashes.'SHA-1'",
        IndicatorKind::Sha256 => "file:hashes.'SHA-256'",
        IndicatorKind::RegistryKey => {
            return format!("[windows-registry-key:key = {}]", quoted(&long_key(value)));
        }
        IndicatorKind::Path | IndicatorKind::NamedPipe => {
            let (folder, name) = value.rsplit_once('\\').unwrap_or(("", value));
            let folder = quoted(folder);
            let name = quoted(name);
            return format!("[file:name = {name} AND file:parent_directory_ref.path = {folder}]");
        }
        IndicatorKind::UserAgent => {
            "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"
        }
        IndicatorKind::Thumbprint => "x509-certificate:hashes.'SHA-1'",
    };
    format!("[{path} = {}]", quoted(value))
}

/// Returns a registry key with the full name of its hive.
fn long_key(key: &str) -> String {
    let (hive, rest) = key.split_once('\\').unwrap_or((key, ""));
    let hive = match hive {
        "HKLM" => "HKEY_LOCAL_MACHINE",
        "HKCU" => "HKEY_CURRENT_USER",
        "HKCR" => "HKEY_CLASSES_ROOT",
        "HKU" => "HKEY_USERS",
        "HKCC" => "HKEY_CURRENT_CONFIG",
        other => other,
    };
    format!("{hive}\\{rest}")
}

/// A cyber observable. Its id is the one that STIX defines for its content.
struct Observable {
    kind: &'static str,
    id: String,
    /// The property that has the value, or the name of its hash.
    property: &'static str,
    is_hash: bool,
    value: String,
}

impl Observable {
    fn of(kind: IndicatorKind, value: &str) -> Option<Self> {
        let (kind, property, is_hash) = match kind {
            IndicatorKind::Url => ("url", "value", false),
            IndicatorKind::Host => ("domain-name", "value", false),
            IndicatorKind::Ipv4 => ("ipv4-addr", "value", false),
            IndicatorKind::Ipv6 => ("ipv6-addr", "value", false),
            IndicatorKind::Email => ("email-addr", "value", false),
            IndicatorKind::Md5 => ("file", "MD5", true),
            IndicatorKind::Sha1 => ("file", "SHA-1", true),
            IndicatorKind::Sha256 => ("file", "SHA-256", true),
            IndicatorKind::Thumbprint => ("x509-certificate", "SHA-1", true),
            IndicatorKind::RegistryKey => ("windows-registry-key", "key", false),
            IndicatorKind::Path | IndicatorKind::NamedPipe | IndicatorKind::UserAgent => {
                return None;
            }
        };
        let value = if property == "key" { long_key(value) } else { value.to_owned() };
        // Canonical JSON (RFC 8785) of the properties that identify an observable.
        let text = serde_json::to_string(&value).unwrap_or_default();
        let content = match is_hash {
            true => format!("{{\"hashes\":{{\"{property}\":{text}}}}}"),
            false => format!("{{\"{property}\":{text}}}"),
        };
        let id = format!("{kind}--{}", uuid::v5(&STIX_OBSERVABLES, &content));
        Some(Self { kind, id, property, is_hash, value })
    }

    fn write(&self, json: &mut JsonWriter<'_>) {
        json.open('{');
        json.field("type", self.kind);
        json.field("spec_version", "2.1");
        json.field("id", &self.id);
        if self.is_hash {
            json.open_at("hashes", '{');
        }
        json.field(self.property, &self.value);
        if self.is_hash {
            json.close('}');
        }
        json.close('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_end_their_pattern() {
        for (kind, value, right) in [
            (IndicatorKind::Url, "http://a.net/'] OR x", "[url:value = 'http://a.net/\\'] OR x']"),
            (
                IndicatorKind::RegistryKey,
                "HKLM\\A\\b'",
                "[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\\\A\\\\b\\'']",
            ),
            (
                IndicatorKind::Path,
                "C:\\a\\b.exe",
                "[file:name = 'b.exe' AND file:parent_directory_ref.path = 'C:\\\\a']",
            ),
            (IndicatorKind::Sha1, "ab", "[file:hashes.'SHA-1' = 'ab']"),
        ] {
            assert_eq!(pattern(kind, value), right);
        }
    }

    #[test]
    fn observables_have_the_ids_of_the_standard() {
        // The domain name of the examples of STIX 2.1, section 6.4.
        let domain = Observable::of(IndicatorKind::Host, "example.com").unwrap();
        assert_eq!(domain.id, "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7");
        let address = Observable::of(IndicatorKind::Ipv4, "198.51.100.3").unwrap();
        assert_eq!(address.id, "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4");
    }
}
