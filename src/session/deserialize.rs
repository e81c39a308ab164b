//! [`Options`](super::Options) from a format that serde reads: JavaScript's values, or JSON.

use crate::report::AllowEntry;
use crate::rule::RuleFile;
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;

/// Reads rule files: a list of `{name, text}`, where a text may be bytes.
pub(super) fn rule_files<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<RuleFile>, D::Error> {
    let files = Vec::<AsMap<NamedText>>::deserialize(from)?;
    Ok(files.into_iter().map(|AsMap(file)| RuleFile::new(file.name, file.text.0)).collect())
}

/// Reads lists of assets: a text, or `{name, text}`, or a list of these.
pub(super) fn asset_files<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<RuleFile>, D::Error> {
    AssetFiles::deserialize(from).map(|files| files.0)
}

/// Lists of assets. A text without a name is called `assets`.
#[derive(Debug, Default)]
pub(crate) struct AssetFiles(pub(crate) Vec<RuleFile>);

impl<'de> Deserialize<'de> for AssetFiles {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AssetVisitor)
    }
}

struct AssetVisitor;

impl<'de> Visitor<'de> for AssetVisitor {
    type Value = AssetFiles;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, {name, text}, or a list of these")
    }

    fn visit_str<E>(self, text: &str) -> Result<AssetFiles, E> {
        Ok(AssetFiles(vec![RuleFile::new("assets", text)]))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AssetFiles, A::Error> {
        let file = NamedText::deserialize(MapAccessDeserializer::new(map))?;
        Ok(AssetFiles(vec![RuleFile::new(file.name, file.text.0)]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<AssetFiles, A::Error> {
        let mut files = Vec::new();
        while let Some(AssetFiles(own)) = list.next_element()? {
            files.extend(own);
        }
        Ok(AssetFiles(files))
    }
}

/// An object that is read as a map, so that its type sees unknown names: of a struct serde-wasm-bindgen asks for the
/// known ones only.
struct AsMap<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AsMap<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(AsMapVisitor(PhantomData)).map(Self)
    }
}

struct AsMapVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AsMapVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedText {
    name: String,
    text: TextOrBytes,
}

struct TextOrBytes(Vec<u8>);

impl<'de> Deserialize<'de> for TextOrBytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or bytes")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(text.into_bytes())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Self::Value, E> {
        Ok(bytes)
    }
}

/// Reads macros: an object of definitions by name.
pub(super) fn macros<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<(String, String)>, D::Error> {
    from.deserialize_map(MacroVisitor)
}

struct MacroVisitor;

impl<'de> Visitor<'de> for MacroVisitor {
    type Value = Vec<(String, String)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of definitions by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut macros = Vec::new();
        while let Some(own) = map.next_entry()? {
            macros.push(own);
        }
        Ok(macros)
    }
}

/// The entries of an allow-list: a list of them, or the object of a file that
/// [`AllowListFormat::Json`](crate::report::AllowListFormat) wrote.
#[derive(Debug, Default)]
pub(crate) struct AllowEntries(pub(crate) Vec<AllowEntry>);

/// Reads an allow-list.
pub(super) fn allow_list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<AllowEntry>, D::Error> {
    AllowEntries::deserialize(from).map(|list| list.0)
}

impl<'de> Deserialize<'de> for AllowEntries {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AllowListVisitor).map(Self)
    }
}

/// An entry of an allow-list.
#[derive(Debug)]
pub(crate) struct CheckedEntry(pub(crate) AllowEntry);

impl<'de> Deserialize<'de> for CheckedEntry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let AsMap(own) = AsMap::<EntryFields>::deserialize(from)?;
        let mut entry = AllowEntry::new(own.name, own.search);
        entry.rule = own.rule;
        entry.enabled = own.enabled.unwrap_or(true);
        Ok(Self(entry))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryFields {
    name: String,
    search: String,
    rule: Option<String>,
    enabled: Option<bool>,
    /// Proposals say of which kind they are.
    #[serde(rename = "kind")]
    _kind: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowListFile {
    #[serde(rename = "format")]
    _format: Option<IgnoredAny>,
    #[serde(rename = "version")]
    _version: Option<IgnoredAny>,
    entries: Vec<CheckedEntry>,
}

struct AllowListVisitor;

impl<'de> Visitor<'de> for AllowListVisitor {
    type Value = Vec<AllowEntry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries or an object that has them as \"entries\"")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(CheckedEntry(entry)) = list.next_element()? {
            entries.push(entry);
        }
        Ok(entries)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let file = AllowListFile::deserialize(MapAccessDeserializer::new(map))?;
        Ok(file.entries.into_iter().map(|CheckedEntry(entry)| entry).collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::reassemble::Mode;
    use crate::report::AllowEntry;
    use crate::rule::RuleFile;
    use crate::session::Options;

    fn read(json: &str) -> Result<Options, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn every_option_is_read_under_its_name_in_javascript() {
        let options = read(
            r#"{"rules": [{"name": "a.yml", "text": "x"}], "macros": {"b": "1", "a": "2"}, "builtin": false,
                "disabled": ["id"], "mode": "event", "computer": "FS03", "utcOffset": "+02:00",
                "since": "2026-01-01", "until": "2026-01-02", "minScore": 15, "sha256": true, "views": true, "inventory": true,
                "indicators": true,
                "allowList": [{"name": "n", "search": "s"}], "assets": ["a", {"name": "b.csv", "text": "c"}],
                "riskWindow": 12, "riskThreshold": 80, "tacticWindow": 24.5, "tacticThreshold": 2, "tacticRules": 3}"#,
        );
        let want = Options::default()
            .with_rules([RuleFile::new("a.yml", "x")])
            .with_macro("b", "1")
            .with_macro("a", "2")
            .with_builtin(false)
            .with_disabled("id")
            .with_mode(Mode::Event)
            .with_computer("FS03")
            .with_utc_offset("+02:00")
            .with_since("2026-01-01")
            .with_until("2026-01-02")
            .with_min_score(15.0)
            .with_sha256(true)
            .with_views(true)
            .with_inventory(true)
            .with_indicators(true)
            .with_allow_list([AllowEntry::new("n", "s")])
            .with_assets([RuleFile::new("assets", "a"), RuleFile::new("b.csv", "c")])
            .with_risk_window(12.0)
            .with_risk_threshold(80.0)
            .with_tactic_window(24.5)
            .with_tactic_threshold(2, 3);
        assert_eq!(options, Ok(want));
        assert_eq!(read("{}"), Ok(Options::default()));
    }

    #[test]
    fn an_unknown_option_is_refused_by_name() {
        let error = read(r#"{"mod": "event"}"#).unwrap_err();
        assert!(error.starts_with("unknown field `mod`, expected one of `rules`, "), "{error}");
        let error = read(r#"{"mode": "blocks"}"#).unwrap_err();
        assert!(error.starts_with("unknown variant `blocks`, expected `block` or `event`"));
        for (json, name) in [
            (r#"{"rules": [{"name": "a.yml", "text": "x", "txt": "y"}]}"#, "txt"),
            (r#"{"allowList": [{"name": "n", "search": "s", "enable": false}]}"#, "enable"),
            (r#"{"allowList": {"entry": [], "entries": []}}"#, "entry"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.starts_with(&format!("unknown field `{name}`")), "{error}");
        }
        let proposal =
            r#"{"allowList": [{"kind": "text", "name": "n", "search": "s", "rule": null}]}"#;
        assert_eq!(read(proposal).unwrap().allow_list, [AllowEntry::new("n", "s")]);
    }

    #[test]
    fn an_allow_list_is_read_from_the_file_it_was_exported_to() {
        let options = read(
            r#"{"allowList": {"format": "scriptscope.allowList", "version": 1,
                "entries": [{"name": "n", "rule": "r", "search": "s", "enabled": false}]}}"#,
        );
        let mut entry = AllowEntry::new("n", "s").with_rule("r");
        entry.enabled = false;
        assert_eq!(options.unwrap().allow_list, [entry]);
        assert!(read(r#"{"allowList": 1}"#).unwrap_err().contains("a list of entries"));
    }
}
