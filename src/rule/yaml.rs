//! YAML as rule files use it: a tree of scalars, lists and maps, each with its line and column.
//!
//! A file is cut into its documents first, so that a broken document never costs the next one. Anchors and
//! aliases share nodes; what a document amounts to with its aliases written out is bounded.

use crate::limits::{SEARCH_NESTING, YAML_BYTES, YAML_NODES};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Up to so many keys of a map are compared with each other, which is faster than hashing them.
const FEW_KEYS: usize = 16;

/// A place in a rule file, both counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// What a document could not be read for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) message: String,
    pub(crate) at: Position,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) at: Position,
    /// How many nodes this is with its aliases written out.
    weight: usize,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// `~`, `null`, or nothing at all.
    Null,
    /// A scalar as written. A plain one may be meant as a number or a truth value.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Rc<Node>>),
    /// In the order of the file. Of a key that stands twice, the last counts.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: Position,
    pub(crate) node: Rc<Node>,
}

/// The text of one document and the line it begins on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'a> {
    pub(crate) text: &'a str,
    pub(crate) line: u32,
}

/// The documents of a file, in order.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = Document<'_>> {
    Pieces { rest: text, line: 1 }
}

/// What the documents of a file hold, in order; empty ones are left out.
#[cfg(test)]
pub(crate) fn documents(text: &str) -> impl Iterator<Item = Result<Node, Broken>> + '_ {
    pieces(text).filter_map(|document| document.read().transpose())
}

impl Document<'_> {
    /// Reads it; `None` where there is only white space, comments and directives.
    pub(crate) fn read(&self) -> Result<Option<Node>, Broken> {
        let says_nothing = |line: &str| {
            let line = line.trim();
            line.is_empty() || line.starts_with(['#', '%']) || line == "---" || line == "..."
        };
        if self.text.lines().all(says_nothing) {
            return Ok(None);
        }
        if self.text.len() > YAML_BYTES {
            let message = format!("a document of more than {} KiB", YAML_BYTES >> 10);
            return Err(Broken { message, at: Position { line: self.line, column: 1 } });
        }
        let mut builder = Builder {
            parser: Parser::new_from_str(self.text),
            first_line: self.line,
            anchors: HashMap::new(),
        };
        builder.document()
    }
}

impl Node {
    /// How many values it is made of.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// The value of a key of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rev().find(|entry| entry.key == key).map(|entry| &*entry.node)
    }

    /// The entries of a map, none for anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list, none for anything else.
    pub(crate) fn items(&self) -> &[Rc<Node>] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text of a key's scalar.
    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text)
    }

    /// The texts of a list of scalars; a single scalar is a list of one.
    pub(crate) fn texts(&self) -> Vec<String> {
        match &self.value {
            Value::Scalar { text, .. } => vec![text.clone()],
            Value::List(items) => {
                items.iter().filter_map(|item| item.text().map(String::from)).collect()
            }
            Value::Null | Value::Map(_) => Vec::new(),
        }
    }

    /// The texts of a key's list of scalars.
    pub(crate) fn texts_of(&self, key: &str) -> Vec<String> {
        self.get(key).map(Node::texts).unwrap_or_default()
    }

    /// This map with the entries of another over its own; maps within it likewise.
    pub(crate) fn merged(&self, over: &Node) -> Node {
        let (Value::Map(own), Value::Map(others)) = (&self.value, &over.value) else {
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
        Node { value: Value::Map(entries), at: over.at, weight }
    }

    /// A key that stands twice in the same map, anywhere below.
    pub(crate) fn repeated_key(&self) -> Option<&Entry> {
        let entries = self.entries();
        let again = if entries.len() <= FEW_KEYS {
            let stands_before = |(index, entry): &(usize, &Entry)| {
                entries.iter().take(*index).any(|other| other.key == entry.key)
            };
            entries.iter().enumerate().find(stands_before).map(|(_, entry)| entry)
        } else {
            let mut seen = HashSet::with_capacity(entries.len());
            entries.iter().find(|entry| !seen.insert(entry.key.as_str()))
        };
        again
            .or_else(|| entries.iter().find_map(|entry| entry.node.repeated_key()))
            .or_else(|| self.items().iter().find_map(|item| item.repeated_key()))
    }

    /// The lines of the file, from the key of a map to its next one; nothing if the key is not there.
    pub(crate) fn source_of<'a>(&self, key: &str, document: &Document<'a>) -> &'a str {
        let line_of = |entry: &Entry| entry.at.line.saturating_sub(document.line);
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

    /// What kind of value it is, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Scalar { .. } => "a scalar",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// A file cut at its `---` lines, each piece with the line it begins on. Such a line always begins a
/// document, even inside a quoted scalar, so the cut needs no parsing.
struct Pieces<'a> {
    rest: &'a str,
    line: u32,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Document<'a>;

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
        Some(Document { text, line })
    }
}

fn begins_document(line: &str) -> bool {
    line.strip_prefix("---")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

struct Builder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    first_line: u32,
    anchors: HashMap<usize, Rc<Node>>,
}

/// A collection whose end has not come yet.
struct Open {
    node: Node,
    anchor: usize,
    key: Option<(String, Position)>,
}

impl<'a> Builder<'a> {
    fn document(&mut self) -> Result<Option<Node>, Broken> {
        let mut open: Vec<Open> = Vec::new();
        let mut root = None;
        while let Some((event, at)) = self.next()? {
            let done = match event {
                Event::Scalar(text, style, anchor, tag) => {
                    // `!!str 5` is a text.
                    let plain = matches!(style, ScalarStyle::Plain) && tag.is_none();
                    let value = match text.as_ref() {
                        "" | "~" | "null" | "Null" | "NULL" if plain => Value::Null,
                        _ => Value::Scalar { text: text.into_owned(), plain },
                    };
                    (Node { value, at, weight: 1 }, anchor)
                }
                Event::Alias(anchor) => match self.anchors.get(&anchor) {
                    Some(node) => {
                        let alias = Rc::clone(node);
                        self.place(&mut open, &mut root, alias)?;
                        continue;
                    }
                    None => return Err(Broken { message: "an alias of itself".into(), at }),
                },
                Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                    if open.len() >= SEARCH_NESTING {
                        let message =
                            format!("collections are nested more than {SEARCH_NESTING} deep");
                        return Err(Broken { message, at });
                    }
                    let value = match event {
                        Event::SequenceStart(..) => Value::List(Vec::new()),
                        _ => Value::Map(Vec::new()),
                    };
                    open.push(Open { node: Node { value, at, weight: 1 }, anchor, key: None });
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                    Some(Open { node, anchor, .. }) => (node, anchor),
                    None => continue,
                },
                Event::DocumentEnd | Event::StreamEnd => break,
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => continue,
            };
            let (node, anchor) = (Rc::new(done.0), done.1);
            if anchor > 0 {
                self.anchors.insert(anchor, Rc::clone(&node));
            }
            self.place(&mut open, &mut root, node)?;
        }
        Ok(root.map(Rc::unwrap_or_clone).filter(|node| !matches!(node.value, Value::Null)))
    }

    /// Puts a finished node where it belongs: in the innermost open collection, or at the root.
    fn place(
        &mut self,
        open: &mut [Open],
        root: &mut Option<Rc<Node>>,
        node: Rc<Node>,
    ) -> Result<(), Broken> {
        let Some(parent) = open.last_mut() else {
            *root = Some(node);
            return Ok(());
        };
        parent.node.weight = parent.node.weight.saturating_add(node.weight);
        if parent.node.weight > YAML_NODES {
            let message = format!("more than {YAML_NODES} values, aliases counted as written out");
            return Err(Broken { message, at: node.at });
        }
        match &mut parent.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match parent.key.take() {
                Some((key, at)) => entries.push(Entry { key, at, node }),
                None => parent.key = Some((key_text(&node)?, node.at)),
            },
            Value::Null | Value::Scalar { .. } => {}
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Position)>, Broken> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => Ok(Some((event, self.position(&span.start)))),
            Some(Err(error)) => {
                let at = self.position(error.marker());
                Err(Broken { message: error.info().to_owned(), at })
            }
        }
    }

    fn position(&self, marker: &Marker) -> Position {
        let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Position {
            line: self.first_line.saturating_add(narrow(marker.line().saturating_sub(1))),
            column: narrow(marker.col()).saturating_add(1),
        }
    }
}

fn key_text(node: &Node) -> Result<String, Broken> {
    match &node.value {
        Value::Scalar { text, .. } => Ok(text.clone()),
        Value::Null => Ok(String::new()),
        Value::List(_) | Value::Map(_) => {
            Err(Broken { message: format!("a key is {}", node.kind()), at: node.at })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Result<Node, Broken> {
        documents(text).next().unwrap()
    }

    #[test]
    fn values_have_their_places() {
        let node = one("# a rule\nname: 'x: y'\ntags:\n  - a\n  - 7\nnone:\n").unwrap();
        assert_eq!(node.text_of("name"), Some("x: y"));
        assert_eq!(node.texts_of("tags"), ["a", "7"]);
        assert!(matches!(node.get("none").unwrap().value, Value::Null));
        let seven = &node.get("tags").unwrap().items()[1];
        assert_eq!(seven.at, Position { line: 5, column: 5 });
        assert!(matches!(seven.value, Value::Scalar { plain: true, .. }));
    }

    #[test]
    fn a_broken_document_does_not_cost_the_next() {
        let text = "%YAML 1.2\n---\na: 1\n---\nb: [\n---\nc: 3\n--- # last\n\n";
        let read: Vec<_> = documents(text).collect();
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
        let read: Vec<_> = documents(&long).collect();
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
        let document = pieces(text).last().unwrap();
        let node = document.read().unwrap().unwrap();
        assert_eq!(node.source_of("detection", &document), "detection:\n  a: 1\n  # note");
        assert_eq!(node.source_of("level", &document), "level: low");
        assert_eq!(node.source_of("none", &document), "");
    }

    #[test]
    fn one_map_over_another() {
        let over = one("b: {d: 4}\ne: 5\n").unwrap();
        let merged = one("a: 1\nb: {c: 3, d: 3}\n").unwrap().merged(&over);
        assert_eq!(merged.text_of("a"), Some("1"));
        assert_eq!(merged.get("b").unwrap().text_of("c"), Some("3"));
        assert_eq!(merged.get("b").unwrap().text_of("d"), Some("4"));
        assert_eq!(merged.text_of("e"), Some("5"));
    }

    #[test]
    fn tabs_and_other_faults_are_told_with_their_place() {
        let broken = one("a:\n\tb: 1\n").unwrap_err();
        assert_eq!(broken.at.line, 2, "{broken:?}");
        assert!(!broken.message.is_empty());
        assert!(documents("").next().is_none());
        assert!(documents("# nothing\n---\n...\n").next().is_none());
    }
}
