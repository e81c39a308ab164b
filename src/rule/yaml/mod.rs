//! YAML as rule files use it: a tree of scalars, lists and maps, each with its line and column.
//!
//! Files are read as libyaml reads them, with a port of it, because Splunk's and Sigma's own tools do: a quoted scalar
//! may go on in the first column. As those tools do, `<<` merges maps.
//!
//! [`split`] cuts a file into its documents before anything is parsed, so a malformed document does not affect the
//! others. Anchors and aliases share nodes. The number of values with all aliases expanded is bounded: aliases of
//! aliases can expand a few lines to billions of values.

mod document;
mod node;
mod tree;

pub(crate) use document::split;
pub(crate) use node::{Position, START, YamlDocument, YamlEntry, YamlError, YamlNode, YamlValue};

/// Parses the documents of a file, in order, without the empty ones.
#[cfg(test)]
pub(crate) fn parse_all(text: &str) -> impl Iterator<Item = Result<YamlNode, YamlError>> + '_ {
    split(text).filter_map(|document| document.parse().transpose())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::YAML_BYTES;

    fn one(text: &str) -> Result<YamlNode, YamlError> {
        parse_all(text).next().unwrap()
    }

    #[test]
    fn values_have_their_positions() {
        let node = one("# a rule\nname: 'x: y'\ntags:\n  - a\n  - 7\nnone:\n").unwrap();
        assert_eq!(node.text_of("name"), Some("x: y"));
        assert_eq!(node.texts_of("tags"), ["a", "7"]);
        assert!(matches!(node.get("none").unwrap().value, YamlValue::Null));
        let seven = &node.get("tags").unwrap().items()[1];
        assert_eq!(seven.at, Position { line: 5, column: 5 });
        assert!(matches!(seven.value, YamlValue::Scalar { plain: true, .. }));
    }

    #[test]
    fn a_malformed_document_does_not_affect_the_next() {
        let text = "%YAML 1.2\n---\na: 1\n---\nb: [\n---\nc: 3\n--- # last\n\n";
        let read: Vec<_> = parse_all(text).collect();
        assert_eq!(read.len(), 3, "{read:?}");
        assert_eq!(read[0].as_ref().unwrap().text_of("a"), Some("1"));
        let broken = read[1].as_ref().unwrap_err();
        assert!((5..=6).contains(&broken.at.line), "{broken:?}");
        assert_eq!(read[2].as_ref().unwrap().get("c").unwrap().at.line, 7);
    }

    #[test]
    fn aliases_are_shared_and_bounded() {
        let node = one("a: &x [1, 2]\nb: *x\n").unwrap();
        assert_eq!(node.texts_of("b"), ["1", "2"]);
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..40 {
            let below = format!("*a{}", level - 1);
            let all = vec![below; 9].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{all}]\n"));
        }
        assert!(one(&bomb).unwrap_err().message.contains("aliases"));
        assert!(one("a: &a [*a]\n").is_err());
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(one(&"[".repeat(100_000)).is_err());
        assert!(one(&format!("{}{}", "[".repeat(100), "]".repeat(100))).is_ok());
        assert!(one(&"- ".repeat(100_000)).is_err());
    }

    #[test]
    fn a_document_is_bounded() {
        let long = format!("a: {}\n---\nb: 1\n", "x".repeat(YAML_BYTES));
        let read: Vec<_> = parse_all(&long).collect();
        assert!(read[0].as_ref().unwrap_err().message.contains("1024 KiB"));
        assert_eq!(read[1].as_ref().unwrap().text_of("b"), Some("1"));
    }

    #[test]
    fn of_a_repeated_key_the_last_counts() {
        let node = one("a: 1\nb:\n  c: 1\n  c: 2\n").unwrap();
        assert_eq!(node.get("b").unwrap().text_of("c"), Some("2"));
        let repeated = node.repeated_key().unwrap();
        assert_eq!((repeated.key.as_str(), repeated.at.line), ("c", 4));
        assert!(one("a: 1\nb: 2\n").unwrap().repeated_key().is_none());
    }

    #[test]
    fn the_source_of_a_key() {
        let text = "# x\n---\ntitle: a\ndetection:\n  a: 1\n  # note\nlevel: low\n";
        let document = split(text).last().unwrap();
        let node = document.parse().unwrap().unwrap();
        assert_eq!(node.source_of("detection", &document), "detection:\n  a: 1\n  # note");
        assert_eq!(node.source_of("level", &document), "level: low");
        assert_eq!(node.source_of("none", &document), "");
    }

    #[test]
    fn maps_are_merged_recursively() {
        let over = one("b: {d: 4}\ne: 5\n").unwrap();
        let merged = one("a: 1\nb: {c: 3, d: 3}\n").unwrap().merged(&over);
        assert_eq!(merged.text_of("a"), Some("1"));
        assert_eq!(merged.get("b").unwrap().text_of("c"), Some("3"));
        assert_eq!(merged.get("b").unwrap().text_of("d"), Some("4"));
        assert_eq!(merged.text_of("e"), Some("5"));
    }

    #[test]
    fn syntax_errors_have_their_position() {
        let broken = one("a:\n\tb: 1\n").unwrap_err();
        assert_eq!(broken.at.line, 2, "{broken:?}");
        assert!(!broken.message.is_empty());
        assert!(parse_all("").next().is_none());
        assert!(parse_all("# nothing\n---\n...\n").next().is_none());
    }

    /// Published detections are written so: the parsers of their tools allow it, YAML does not.
    #[test]
    fn a_quoted_scalar_may_go_on_in_the_first_column() {
        for (text, expected) in [
            ("a: 'x y\nz'\nb: 1\n", "x y z"),
            ("a: \"x\ny\"\nb: 1\n", "x y"),
            ("a: \"x \\\ny\"\nb: 1\n", "x y"),
            ("a:\n  'x\n\n  y'\nb: 1\n", "x\ny"),
            ("a: 'x: #y\n\tz'\nb: 1\n", "x: #y z"),
            ("a: x\n  y\n  z # w\nb: 1\n", "x y z"),
            ("a: |\n    x\n  # y\nb: 1\n", "x\n"),
            ("a: >2\n   x\n  y\nb: 1\n", " x\ny\n"),
            ("a: >-\n  x\n  y\n\n  z\nb: 1\n", "x y\nz"),
            ("a: x\t\nb: 1\n", "x"),
            ("a: 'x'   \nb: 1\n", "x"),
            ("a: x#y\nb: 1\n", "x#y"),
            ("a: 'it''s'\nb: 1\n", "it's"),
            ("a: \"\\x41\\u00e9\\U0001F600\\t\\/\"\nb: 1\n", "Aé\u{1F600}\t/"),
            ("a: x\r\n  y\r\nb: 1\r\n", "x y"),
            ("a: |\r\n  x\r\n  y\r\nb: 1\r\n", "x\ny\n"),
            ("a: x\r  y\rb: 1\r", "x y"),
            ("? a\n: x\n? b\n: 1\n", "x"),
            ("{a: x, b: 1}", "x"),
            ("{\"a\":x, b: 1}", "x"),
        ] {
            let node = one(text).unwrap_or_else(|error| panic!("{text}: {}", error.message));
            assert_eq!(node.text_of("a"), Some(expected), "{text}");
            assert_eq!(node.text_of("b"), Some("1"), "{text}");
        }
    }

    #[test]
    fn a_block_scalar_at_the_end_of_the_file() {
        for (text, expected) in [
            ("a: |\n  x", "x"),
            ("a: |\n  x\n", "x\n"),
            ("a: |+\n  x\n\n", "x\n\n"),
            ("a: |-\n  x\n\n", "x"),
            ("a: >\n  x\n  y", "x y"),
            ("a: |\n  x\n ", "x\n"),
        ] {
            assert_eq!(one(text).unwrap().text_of("a"), Some(expected), "{text}");
        }
        assert!(matches!(
            one("a: 1\nb: |").unwrap().get("b").unwrap().value,
            YamlValue::Null | YamlValue::Scalar { .. }
        ));
        assert!(one("a: '").is_err() && one("a: \"\\").is_err());
    }

    #[test]
    fn maps_are_merged_by_their_merge_key() {
        let text = "base: &base {x: 1, y: 1}\nother: &other {y: 2, z: 2}\n";
        let read = |map: &str| {
            one(&format!("{text}map:\n{map}")).map(|node| {
                let map = node.get("map").unwrap().clone();
                assert!(map.repeated_key().is_none());
                let entry =
                    |entry: &YamlEntry| format!("{}{}", entry.key, entry.node.text().unwrap());
                map.entries().iter().map(entry).collect::<Vec<_>>().join(" ")
            })
        };
        assert_eq!(read("  <<: *base\n").unwrap(), "x1 y1");
        assert_eq!(read("  y: 3\n  <<: *base\n").unwrap(), "x1 y3");
        assert_eq!(read("  <<: [*base, *other]\n  w: 3\n").unwrap(), "z2 x1 y1 w3");
        assert_eq!(read("  <<: *base\n  <<: *other\n").unwrap(), "x1 y2 z2");
        assert_eq!(read("  <<: {v: 4}\n").unwrap(), "v4");
        assert_eq!(read("  '<<': 5\n").unwrap(), "<<5");
        assert_eq!(read("  <<: []\n  w: 3\n").unwrap(), "w3");
        for wrong in ["  <<: 5\n", "  <<: [*base, 5]\n", "  <<: ~\n"] {
            let error = read(wrong).unwrap_err();
            assert!(error.message.contains("<< merges maps"), "{}", error.message);
            assert_eq!(error.at.line, 4);
        }
    }

    #[test]
    fn documents_and_their_directives() {
        let texts = |text: &str| -> Vec<String> {
            parse_all(text).map(|node| node.unwrap().text_of("a").unwrap().to_owned()).collect()
        };
        assert_eq!(texts("a: 1\n...\na: 2\n... \n---\na: 3\n"), ["1", "2", "3"]);
        assert_eq!(texts("%YAML 1.1\n# x\n---\na: 1\n---\n---\na: 2"), ["1", "2"]);
        assert_eq!(texts("%TAG ! tag:yaml.org,2002:\n---\na: !str 1\n"), ["1"]);
        assert_eq!(texts("--- {a: 1}\n--- # x\na: 2\n"), ["1", "2"]);
        assert_eq!(texts("a: 1\r---\ra: 2\r"), ["1", "2"]);
        assert_eq!(texts("a: 'x\n  ---\n  y'\n"), ["x --- y"]);
        assert_eq!(one(" ---\n").unwrap().text(), Some("---"));
        let marker = one("a: 1\u{85}---\u{85}a: 2\n").unwrap_err();
        assert!(marker.message.contains("second document"), "{}", marker.message);
        assert_eq!(one("a: 1\n\n\n---\n\nb: 1\n- c\n").unwrap().text_of("a"), Some("1"));
        let broken = parse_all("a: 1\n\n\n---\n\nb: 1\n- c\n").nth(1).unwrap().unwrap_err();
        assert_eq!((broken.at.line, broken.at.column), (7, 1));
    }

    #[test]
    fn characters_that_yaml_does_not_allow() {
        let error = one("a: 1\nb: x\u{7}y\n").unwrap_err();
        assert_eq!(error.at, Position { line: 2, column: 5 });
        assert!(error.message.contains("U+0007"));
        assert!(one("a: '\u{FFFD}\u{1F600}\u{85}b'\n").is_ok());
    }

    #[test]
    fn tags() {
        let node = one("a: [!!str 1, !!str, b!, c, 'd!, e', !!int \"5\"]\n").unwrap();
        assert_eq!(node.texts_of("a"), ["1", "", "b!", "c", "d!, e", "5"]);
        let plain = |index: usize| match node.get("a").unwrap().items()[index].value {
            YamlValue::Scalar { plain, .. } => plain,
            _ => panic!("a scalar"),
        };
        assert!(!plain(0) && !plain(1) && plain(2) && plain(5));
        assert!(one("a: !!null x\n").unwrap().text_of("a").is_none());
        let error = one("b: 1\na: !secret x\n").unwrap_err();
        assert!(error.message.contains("!secret"), "{}", error.message);
        assert_eq!(error.at, Position { line: 2, column: 4 });
        assert!(one("{!,\t'b: c").is_err());
        assert!(one(&format!("a: !x,\n{}", "[".repeat(500_000))).is_err());
    }

    #[test]
    fn mistakes_have_their_position() {
        for (text, line, column) in [
            ("a: b: c\n", 1, 5),
            ("a: 1\n b: 2\n", 2, 3),
            ("a: [1, 2\nb: 3\n", 2, 2),
            ("a: *x\n", 1, 4),
            ("a: @x\n", 1, 4),
            ("a: %x\n", 1, 4),
            ("a: \"\\q\"\n", 1, 5),
            ("a: 'x\n", 2, 1),
            ("- a\nb: 1\n", 2, 1),
            ("a: |x\n  y\n", 1, 5),
        ] {
            let error = one(text).unwrap_err();
            assert_eq!((error.at.line, error.at.column), (line, column), "{text}: {error:?}");
        }
    }
}
