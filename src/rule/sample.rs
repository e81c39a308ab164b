//! Samples: the scripts that a rule says it must and must not match.
//!
//! They are written below the key `scriptscope`, which Splunk and Sigma ignore.

use super::builtin;
use super::yaml::{self, Position, YamlNode, YamlValue};
use std::ops::Deref;
use std::sync::OnceLock;

/// A script that a rule must, or must not, match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// A description of the case.
    pub name: String,
    /// The script.
    pub text: String,
    /// Whether the rule must match it.
    pub matches: bool,
    /// The 1-based line of the file on which it begins.
    pub line: u32,
}

/// The samples of a rule. Those of a built-in rule are unpacked and parsed at first use.
#[derive(Default)]
pub struct Samples {
    parsed: OnceLock<Vec<Sample>>,
    /// Index of the built-in detection that they are of.
    builtin: Option<usize>,
}

impl Samples {
    /// Returns the samples of the built-in detection with this index.
    pub(super) fn of_builtin(index: usize) -> Self {
        Self { parsed: OnceLock::new(), builtin: Some(index) }
    }
}

impl Deref for Samples {
    type Target = [Sample];

    fn deref(&self) -> &[Sample] {
        self.parsed.get_or_init(|| {
            let document = yaml::split(self.builtin.map_or("", builtin::samples)).next();
            let node = document.and_then(|document| document.parse().ok().flatten());
            node.map(|node| samples(&node)).unwrap_or_default()
        })
    }
}

impl From<Vec<Sample>> for Samples {
    fn from(samples: Vec<Sample>) -> Self {
        Self { parsed: samples.into(), builtin: None }
    }
}

/// Reads the samples of a rule's document, leaving out malformed ones.
pub(super) fn samples(document: &YamlNode) -> Vec<Sample> {
    nodes(document).filter_map(sample).collect()
}

/// Returns the positions of malformed samples: without a text, or with a `match` that is not a truth value.
pub(super) fn malformed_samples(document: &YamlNode) -> Vec<Position> {
    nodes(document).filter(|node| sample(node).is_none()).map(|node| node.at).collect()
}

/// Whether the document says that words in comments of a script do not count.
pub(super) fn ignores_comments(document: &YamlNode) -> bool {
    let own = document.get("scriptscope").and_then(|own| own.text_of("comments"));
    own.is_some_and(|word| matches!(word.to_ascii_lowercase().as_str(), "false" | "no" | "off"))
}

fn nodes(document: &YamlNode) -> impl Iterator<Item = &YamlNode> {
    document.get("scriptscope").into_iter().flat_map(|own| own.items_of("samples"))
}

fn sample(node: &YamlNode) -> Option<Sample> {
    let matches = match node.get("match").map(|node| node.text().map(str::to_ascii_lowercase)) {
        None => true,
        Some(word) => match word?.as_str() {
            "true" | "yes" | "on" => true,
            "false" | "no" | "off" => false,
            _ => return None,
        },
    };
    Some(Sample {
        name: node.text_of("name").unwrap_or_default().to_owned(),
        // YAML reads `text:` without a value as null: an empty script.
        text: match &node.get("text")?.value {
            YamlValue::Null => String::new(),
            _ => node.text_of("text")?.to_owned(),
        },
        matches,
        line: node.at.line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "scriptscope:
  samples:
  - {name: a, text: x}
  - {text: y, match: No}
  - {name: no text}
  - {text: z, match: perhaps}
  - {text: }
";

    #[test]
    fn well_formed_and_malformed_samples() {
        let node = yaml::split(SOURCE).next().unwrap().parse().unwrap().unwrap();
        let read: Vec<_> = samples(&node).into_iter().map(|own| (own.text, own.matches)).collect();
        assert_eq!(read, [("x".to_owned(), true), ("y".to_owned(), false), (String::new(), true)]);
        let lines: Vec<u32> = malformed_samples(&node).iter().map(|at| at.line).collect();
        assert_eq!(lines, [5, 6]);
    }

    #[test]
    fn samples_of_a_builtin_detection_are_those_of_its_text() {
        let node = yaml::split(builtin::samples(0)).next().unwrap().parse().unwrap().unwrap();
        let own = samples(&node);
        assert_eq!(*Samples::of_builtin(0), *own);
        assert!(!own.is_empty());
        assert!(Samples::of_builtin(usize::MAX).is_empty() && Samples::default().is_empty());
    }
}
