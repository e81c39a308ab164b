//! YAML as rule files use it: a tree of scalars, lists and maps, each with its line and column.
//!
//! [`split`] cuts a file into its documents before anything is parsed, so a malformed document does not affect the
//! others. Anchors and aliases share nodes. The number of values with all aliases expanded is bounded: aliases of
//! aliases can expand a few lines to billions of values.

use crate::limits::{SEARCH_NESTING, YAML_BYTES, YAML_NODES};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// A position in a rule file: 1-based line, and 1-based column in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Why a document cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct YamlError {
    pub(crate) message: String,
    pub(crate) at: Position,
}

/// A value with its position.
#[derive(Clone, Debug)]
pub(crate) struct YamlNode {
    pub(crate) value: YamlValue,
    pub(crate) at: Position,
    /// Number of nodes of this tree with aliases expanded.
    weight: usize,
}

/// The value of a node.
#[derive(Clone, Debug)]
pub(crate) enum YamlValue {
    /// `~`, `null`, or an empty value.
    Null,
    /// A scalar as written. A plain one (neither quoted nor tagged) may mean a number or a truth value.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Rc<YamlNode>>),
    /// Entries in the order of the file. Of a repeated key, the last entry counts.
    Map(Vec<YamlEntry>),
}

/// A key of a map with its position and value.
#[derive(Clone, Debug)]
pub(crate) struct YamlEntry {
    pub(crate) key: String,
    pub(crate) at: Position,
    pub(crate) node: Rc<YamlNode>,
}

/// The text of one document, and the line of the file on which it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct YamlDocument<'a> {
    pub(crate) text: &'a str,
    pub(crate) line: u32,
}

/// Splits a file at its `---` lines, in order.
pub(crate) fn split(text: &str) -> impl Iterator<Item = YamlDocument<'_>> {
    YamlDocuments { rest: text, line: 1 }
}

/// Parses the documents of a file, in order, without the empty ones.
#[cfg(test)]
pub(crate) fn parse_all(text: &str) -> impl Iterator<Item = Result<YamlNode, YamlError>> + '_ {
    split(text).filter_map(|document| document.parse().transpose())
}

impl YamlDocument<'_> {
    /// Parses the document. `None` if it has only white space, comments and directives.
    pub(crate) fn parse(&self) -> Result<Option<YamlNode>, YamlError> {
        let is_empty = |line: &str| {
            let line = line.trim();
            line.is_empty() || line.starts_with(['#', '%']) || line == "---" || line == "..."
        };
        if self.text.lines().all(is_empty) {
            return Ok(None);
        }
        if self.text.len() > YAML_BYTES {
            let message = format!("the document has more than {} KiB", YAML_BYTES >> 10);
            return Err(YamlError { message, at: Position { line: self.line, column: 1 } });
        }
        let mut builder = TreeBuilder {
            parser: Parser::new_from_str(self.text),
            first_line: self.line,
            anchors: HashMap::new(),
        };
        builder.build()
    }
}

impl YamlNode {
    /// Returns the number of values in this tree, with aliases expanded.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// Returns the value of a key of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&YamlNode> {
        self.entries().iter().rev().find(|entry| entry.key == key).map(|entry| &*entry.node)
    }

    /// Returns the entries of a map, none for other values.
    pub(crate) fn entries(&self) -> &[YamlEntry] {
        match &self.value {
            YamlValue::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the items of a list, none for other values.
    pub(crate) fn items(&self) -> &[Rc<YamlNode>] {
        match &self.value {
            YamlValue::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the items of a key's list.
    pub(crate) fn items_of(&self, key: &str) -> impl Iterator<Item = &YamlNode> {
        self.get(key).map(YamlNode::items).unwrap_or_default().iter().map(|item| &**item)
    }

    /// Returns the text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Returns the text of a key's scalar.
    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(YamlNode::text)
    }

    /// Returns the texts of a list of scalars. A scalar counts as a list of one.
    pub(crate) fn texts(&self) -> Vec<String> {
        match &self.value {
            YamlValue::Scalar { text, .. } => vec![text.clone()],
            YamlValue::List(items) => {
                items.iter().filter_map(|item| item.text().map(String::from)).collect()
            }
            YamlValue::Null | YamlValue::Map(_) => Vec::new(),
        }
    }

    /// Returns the texts of a key's list of scalars.
    pub(crate) fn texts_of(&self, key: &str) -> Vec<String> {
        self.get(key).map(YamlNode::texts).unwrap_or_default()
    }

    /// Joins the texts of a key with line ends. `None` if nothing but white space is left.
    pub(crate) fn paragraph_of(&self, key: &str) -> Option<String> {
        let text = self.texts_of(key).join("\n");
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Merges another map over this one, recursively. Of values that are not both maps, the other one is taken.
    pub(crate) fn merged(&self, over: &YamlNode) -> YamlNode {
        let (YamlValue::Map(own), YamlValue::Map(others)) = (&self.value, &over.value) else {
            return over.clone();
        };
        let mut entries = own.clone();
        for other in others {
            match entries.iter_mut().find(|entry| entry.key == other.key) {
                Some(entry) => {
                    entry.node = Rc::new(entry.node.merged(&other.node));
                    entry.at = other.at;
                }
                None => entries.push(other.clone()),
            }
        }
        let weight = self.weight.saturating_add(over.weight);
        YamlNode { value: YamlValue::Map(entries), at: over.at, weight }
    }

    /// Returns the second occurrence of a key that is repeated in one map, anywhere in this tree.
    pub(crate) fn repeated_key(&self) -> Option<&YamlEntry> {
        let entries = self.entries();
        let repeated = if entries.len() <= FEW_KEYS {
            let occurs_before = |(index, entry): &(usize, &YamlEntry)| {
                entries.iter().take(*index).any(|other| other.key == entry.key)
            };
            entries.iter().enumerate().find(occurs_before).map(|(_, entry)| entry)
        } else {
            let mut seen = HashSet::with_capacity(entries.len());
            entries.iter().find(|entry| !seen.insert(entry.key.as_str()))
        };
        repeated
            .or_else(|| entries.iter().find_map(|entry| entry.node.repeated_key()))
            .or_else(|| self.items().iter().find_map(|item| item.repeated_key()))
    }

    /// Returns the source lines of an entry: from its key to the next key of the map. Empty if the key is absent.
    pub(crate) fn source_of<'a>(&self, key: &str, document: &YamlDocument<'a>) -> &'a str {
        let line_of = |entry: &YamlEntry| entry.at.line.saturating_sub(document.line);
        let mut entries = self.entries().iter().skip_while(|entry| entry.key != key);
        let Some(start) = entries.next().map(line_of) else { return "" };
        let end = entries.map(line_of).find(|line| *line > start).unwrap_or(u32::MAX);
        let mut from = None;
        let mut to = document.text.len();
        let mut offset = 0;
        for (number, line) in (0..).zip(document.text.split_inclusive('\n')) {
            if number == start {
                from = Some(offset);
            } else if number == end {
                to = offset;
                break;
            }
            offset += line.len();
        }
        from.and_then(|from| document.text.get(from..to)).unwrap_or_default().trim_end()
    }

    /// Returns the type of the value in words, for messages.
    pub(crate) fn type_name(&self) -> &'static str {
        match self.value {
            YamlValue::Null => "null",
            YamlValue::Scalar { .. } => "a scalar",
            YamlValue::List(_) => "a list",
            YamlValue::Map(_) => "a map",
        }
    }
}

/// The documents of a file. A `---` line begins a document even inside a quoted scalar, so no parser is needed to
/// find them.
struct YamlDocuments<'a> {
    rest: &'a str,
    line: u32,
}

impl<'a> Iterator for YamlDocuments<'a> {
    type Item = YamlDocument<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let mut end = 0;
        let mut lines = 0;
        for line in self.rest.split_inclusive('\n') {
            if end > 0 && begins_document(line) {
                break;
            }
            end += line.len();
            lines += 1;
        }
        let (text, rest) = self.rest.split_at_checked(end)?;
        let line = self.line;
        self.rest = rest;
        self.line += lines;
        Some(YamlDocument { text, line })
    }
}

fn begins_document(line: &str) -> bool {
    line.strip_prefix("---")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Maps with at most this many keys are checked for repetition by comparing all pairs, which is faster than hashing.
const FEW_KEYS: usize = 16;

/// Builds the tree of a document from the parser's events.
struct TreeBuilder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    first_line: u32,
    anchors: HashMap<usize, Rc<YamlNode>>,
}

/// A collection whose end event is still to come.
struct OpenCollection {
    node: YamlNode,
    /// Its anchor's number, 0 without one.
    anchor: usize,
    /// A map's key whose value is still to come.
    key: Option<(String, Position)>,
}

impl<'a> TreeBuilder<'a> {
    fn build(&mut self) -> Result<Option<YamlNode>, YamlError> {
        let mut open: Vec<OpenCollection> = Vec::new();
        let mut root = None;
        while let Some((event, at)) = self.next()? {
            let done = match event {
                Event::Scalar(text, style, anchor, tag) => {
                    // A tag such as `!!str 5` says that the value is text.
                    let plain = matches!(style, ScalarStyle::Plain) && tag.is_none();
                    let value = match text.as_ref() {
                        "" | "~" | "null" | "Null" | "NULL" if plain => YamlValue::Null,
                        _ => YamlValue::Scalar { text: text.into_owned(), plain },
                    };
                    (YamlNode { value, at, weight: 1 }, anchor)
                }
                Event::Alias(anchor) => match self.anchors.get(&anchor) {
                    Some(node) => {
                        let alias = Rc::clone(node);
                        self.attach(&mut open, &mut root, alias)?;
                        continue;
                    }
                    None => {
                        let message = "an alias refers to the value that contains it".into();
                        return Err(YamlError { message, at });
                    }
                },
                Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                    if open.len() >= SEARCH_NESTING {
                        let message =
                            format!("collections are nested more than {SEARCH_NESTING} deep");
                        return Err(YamlError { message, at });
                    }
                    let value = match event {
                        Event::SequenceStart(..) => YamlValue::List(Vec::new()),
                        _ => YamlValue::Map(Vec::new()),
                    };
                    let node = YamlNode { value, at, weight: 1 };
                    open.push(OpenCollection { node, anchor, key: None });
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                    Some(OpenCollection { node, anchor, .. }) => (node, anchor),
                    None => continue,
                },
                Event::DocumentEnd | Event::StreamEnd => break,
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => continue,
            };
            let (node, anchor) = (Rc::new(done.0), done.1);
            if anchor > 0 {
                self.anchors.insert(anchor, Rc::clone(&node));
            }
            self.attach(&mut open, &mut root, node)?;
        }
        Ok(root.map(Rc::unwrap_or_clone).filter(|node| !matches!(node.value, YamlValue::Null)))
    }

    /// Adds a complete node to the innermost open collection, or makes it the root.
    fn attach(
        &mut self,
        open: &mut [OpenCollection],
        root: &mut Option<Rc<YamlNode>>,
        node: Rc<YamlNode>,
    ) -> Result<(), YamlError> {
        let Some(parent) = open.last_mut() else {
            *root = Some(node);
            return Ok(());
        };
        parent.node.weight = parent.node.weight.saturating_add(node.weight);
        if parent.node.weight > YAML_NODES {
            let message = format!("more than {YAML_NODES} values with aliases expanded");
            return Err(YamlError { message, at: node.at });
        }
        match &mut parent.node.value {
            YamlValue::List(items) => items.push(node),
            YamlValue::Map(entries) => match parent.key.take() {
                Some((key, at)) => entries.push(YamlEntry { key, at, node }),
                None => parent.key = Some((key_text(&node)?, node.at)),
            },
            YamlValue::Null | YamlValue::Scalar { .. } => {}
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Position)>, YamlError> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => Ok(Some((event, self.position(&span.start)))),
            Some(Err(error)) => {
                let at = self.position(error.marker());
                Err(YamlError { message: error.info().to_owned(), at })
            }
        }
    }

    fn position(&self, marker: &Marker) -> Position {
        let saturating = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Position {
            line: self.first_line.saturating_add(saturating(marker.line().saturating_sub(1))),
            column: saturating(marker.col()).saturating_add(1),
        }
    }
}

fn key_text(node: &YamlNode) -> Result<String, YamlError> {
    match &node.value {
        YamlValue::Scalar { text, .. } => Ok(text.clone()),
        YamlValue::Null => Ok(String::new()),
        YamlValue::List(_) | YamlValue::Map(_) => {
            let message = format!("a key is {}: only scalars are supported", node.type_name());
            Err(YamlError { message, at: node.at })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
