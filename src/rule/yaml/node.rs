//! The tree of a document.

use std::collections::HashSet;
use std::rc::Rc;
/// A position in a rule file: 1-based line, and 1-based column in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Position {
    /// Returns the position of a parser's 0-based line and column in a document that begins on a line of its file.
    pub(super) fn in_document(first_line: u32, line: u64, column: u64) -> Self {
        let saturating = |count| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            line: first_line.saturating_add(saturating(line)),
            column: saturating(column).saturating_add(1),
        }
    }
}

/// The position of a document's first character.
pub(crate) const START: Position = Position { line: 1, column: 1 };

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
    pub(super) weight: usize,
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

/// Maps with at most this many keys are checked for repetition by comparing all pairs, which is faster than hashing.
const FEW_KEYS: usize = 16;
impl YamlNode {
    /// Makes a node of a document that was read when the crate was built: it has no positions.
    pub(crate) fn prepared(value: YamlValue) -> Self {
        let weights: usize = match &value {
            YamlValue::Null | YamlValue::Scalar { .. } => 0,
            YamlValue::List(items) => items.iter().map(|item| item.weight).sum(),
            YamlValue::Map(entries) => entries.iter().map(|entry| 1 + entry.node.weight).sum(),
        };
        Self { value, at: START, weight: 1 + weights }
    }

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
