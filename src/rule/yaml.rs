//! YAML as rule files use it: a tree of scalars, lists and maps, each with its line and column.
//!
//! Files are read as libyaml reads them, with a port of it, because Splunk's and Sigma's own tools do: a quoted scalar
//! may go on in the first column. As those tools do, `<<` merges maps.
//!
//! [`split`] cuts a file into its documents before anything is parsed, so a malformed document does not affect the
//! others. Anchors and aliases share nodes. The number of values with all aliases expanded is bounded: aliases of
//! aliases can expand a few lines to billions of values.

use crate::limits::{SEARCH_NESTING, YAML_BYTES, YAML_NODES};
use libyaml_safer::{EventData, Mark, Parser, ScalarStyle, Scanner, TokenData};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// A position in a rule file: 1-based line, and 1-based column in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// The position of a document's first character.
pub(super) const START: Position = Position { line: 1, column: 1 };

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

/// Splits a file before its `---` lines and after its `...` lines, in order.
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
        if self.text.split(LINE_ENDS).all(is_empty_line) {
            return Ok(None);
        }
        let start = Position { line: self.line, column: 1 };
        if self.text.len() > YAML_BYTES {
            let message = format!("the document has more than {} KiB", YAML_BYTES >> 10);
            return Err(YamlError { message, at: start });
        }
        self.check_characters()?;
        let text = self.with_spaces_after_tags();
        let last_line = text.rsplit(LINE_ENDS).next().unwrap_or_default();
        // The parser needs a line end after the last line. A block scalar there would get it as part of its value.
        let (text, added) = match last_line.trim_end_matches(' ') {
            "" => (Cow::Borrowed(text.trim_end_matches(' ')), None),
            _ => (Cow::Owned(format!("{text}\n")), Some(text.len() as u64 + 1)),
        };
        let mut bytes = text.as_bytes();
        let mut parser = Parser::new();
        parser.set_input_string(&mut bytes);
        let mut builder =
            TreeBuilder { parser, first_line: self.line, added, anchors: HashMap::new() };
        builder.build()
    }

    /// Checks for characters that YAML does not allow: libyaml does not read a file with one.
    fn check_characters(&self) -> Result<(), YamlError> {
        let is_allowed = |char: char| matches!(char, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..);
        let Some(at) = self.text.find(|char| !is_allowed(char)) else { return Ok(()) };
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        let char = self.text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
        let message = format!(
            "the character U+{:04X} is not allowed: write it as an escape in double quotes",
            u32::from(char)
        );
        let at = Position {
            line: self.line.saturating_add(saturating(line as u64)),
            column: saturating(column as u64).saturating_add(1),
        };
        Err(YamlError { message, at })
    }

    /// Puts a space between a tag and a comma, as in `[!!str, a]`: the port of libyaml panics without one.
    fn with_spaces_after_tags(&self) -> Cow<'_, str> {
        let comma_after = |(at, _): (usize, &str)| {
            let tag = self.text.get(at..)?;
            let end = tag.find(|char: char| char == ',' || char.is_whitespace())?;
            tag.get(end..)?.starts_with(',').then_some(at + end)
        };
        let mut commas: Vec<usize> = self.text.match_indices('!').filter_map(comma_after).collect();
        commas.dedup();
        if commas.is_empty() {
            return Cow::Borrowed(self.text);
        }
        let all = spaced(self.text, &commas);
        // A comma may also be a part of a scalar. Spaces add no tokens, so the spaced text shows where tags end.
        let Some(tag_ends) = tag_ends(&all) else { return Cow::Owned(all) };
        let mut spaces = 0;
        commas.retain(|comma| {
            spaces += 1;
            tag_ends.contains(&(comma + spaces - 1))
        });
        Cow::Owned(spaced(self.text, &commas))
    }
}

/// Inserts a space at each of these offsets, which are in ascending order.
fn spaced(text: &str, offsets: &[usize]) -> String {
    let mut result = String::with_capacity(text.len() + offsets.len());
    let mut from = 0;
    for at in offsets {
        result.push_str(text.get(from..*at).unwrap_or_default());
        result.push(' ');
        from = *at;
    }
    result.push_str(text.get(from..).unwrap_or_default());
    result
}

/// Returns the offset of the end of each tag. `None` if the text is malformed or nested too deep.
fn tag_ends(text: &str) -> Option<HashSet<usize>> {
    let text = format!("{text}\n");
    let mut bytes = text.as_bytes();
    let mut scanner = Scanner::new();
    scanner.set_input_string(&mut bytes);
    let mut ends = HashSet::new();
    let mut depth = 0_usize;
    for token in scanner {
        let token = token.ok()?;
        match token.data {
            TokenData::FlowSequenceStart | TokenData::FlowMappingStart => depth += 1,
            TokenData::FlowSequenceEnd | TokenData::FlowMappingEnd => {
                depth = depth.saturating_sub(1);
            }
            TokenData::Tag { .. } => ends.extend(usize::try_from(token.end_mark.index)),
            _ => {}
        }
        if depth > SEARCH_NESTING {
            return None;
        }
    }
    Some(ends)
}

impl YamlNode {
    /// Makes a node of a document that was read when the crate was built: it has no positions.
    pub(super) fn prepared(value: YamlValue) -> Self {
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

/// Line ends. A lone CR is one too.
const LINE_ENDS: [char; 2] = ['\r', '\n'];

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
        // Directives and comments belong to the document after them.
        let mut has_content = false;
        for line in lines_of(self.rest) {
            let begins = has_marker(line, "---");
            if has_content && begins {
                break;
            }
            has_content |= begins || !is_empty_line(line);
            end += line.len();
            lines += 1;
            if has_marker(line, "...") {
                break;
            }
        }
        let (text, rest) = self.rest.split_at_checked(end)?;
        let line = self.line;
        self.rest = rest;
        self.line += lines;
        Some(YamlDocument { text, line })
    }
}

/// Returns the lines of a text with their line ends.
fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = match rest.find(LINE_ENDS) {
            Some(at) if rest.get(at..)?.starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
            None if rest.is_empty() => return None,
            None => rest.len(),
        };
        let (line, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(line)
    })
}

/// Returns whether a line begins with the marker of a document's start or end.
fn has_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Returns whether a line has only white space, a comment, a directive or a marker.
fn is_empty_line(line: &str) -> bool {
    let line = line.trim_end();
    line.trim_start().is_empty()
        || line.trim_start().starts_with('#')
        || line.starts_with('%')
        || line == "---"
        || line == "..."
}

/// Maps with at most this many keys are checked for repetition by comparing all pairs, which is faster than hashing.
const FEW_KEYS: usize = 16;

/// Builds the tree of a document from the parser's events.
struct TreeBuilder<'a> {
    parser: Parser<&'a mut &'a [u8]>,
    first_line: u32,
    /// The offset of the end of the text, if a line end was added there.
    added: Option<u64>,
    anchors: HashMap<String, Rc<YamlNode>>,
}

/// A collection whose end event is still to come.
struct OpenCollection {
    node: YamlNode,
    anchor: Option<String>,
    /// A map's key whose value is still to come.
    key: Option<MapKey>,
    /// A map's values of `<<`.
    merged: Vec<Rc<YamlNode>>,
}

struct MapKey {
    text: String,
    at: Position,
    /// Whether it is `<<`, neither quoted nor tagged.
    merges: bool,
}

impl TreeBuilder<'_> {
    fn build(&mut self) -> Result<Option<YamlNode>, YamlError> {
        let mut open: Vec<OpenCollection> = Vec::new();
        let mut root = None;
        loop {
            let event = self.parser.parse().map_err(|error| self.error(&error))?;
            let at = self.position(event.start_mark);
            let (node, anchor) = match event.data {
                EventData::Scalar { mut value, anchor, tag, style, .. } => {
                    let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                    if is_block && self.added == Some(event.end_mark.index) && value.ends_with('\n')
                    {
                        value.pop();
                    }
                    let plain = matches!(style, ScalarStyle::Plain);
                    (YamlNode { value: scalar(value, plain, tag, at)?, at, weight: 1 }, anchor)
                }
                EventData::Alias { anchor } => match self.anchors.get(&anchor) {
                    Some(node) => {
                        let alias = Rc::clone(node);
                        self.attach(&mut open, &mut root, alias)?;
                        continue;
                    }
                    None => {
                        let message = format!("the alias {anchor} has no anchor before it");
                        return Err(YamlError { message, at });
                    }
                },
                EventData::SequenceStart { anchor, .. } => {
                    open.push(OpenCollection::new(YamlValue::List(Vec::new()), anchor, at));
                    check_nesting(&open, at)?;
                    continue;
                }
                EventData::MappingStart { anchor, .. } => {
                    open.push(OpenCollection::new(YamlValue::Map(Vec::new()), anchor, at));
                    check_nesting(&open, at)?;
                    continue;
                }
                EventData::SequenceEnd | EventData::MappingEnd => match open.pop() {
                    Some(mut collection) => {
                        collection.merge()?;
                        (collection.node, collection.anchor)
                    }
                    None => continue,
                },
                EventData::DocumentStart { .. } if root.is_some() => {
                    let message = "a second document begins without a --- line".into();
                    return Err(YamlError { message, at });
                }
                EventData::StreamEnd => break,
                _ => continue,
            };
            let node = Rc::new(node);
            if let Some(anchor) = anchor {
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
                Some(key) if key.merges => parent.merged.push(node),
                Some(MapKey { text, at, .. }) => entries.push(YamlEntry { key: text, at, node }),
                None => {
                    let merges = matches!(&node.value, YamlValue::Scalar { text, plain: true } if text == "<<");
                    parent.key = Some(MapKey { text: key_text(&node)?, at: node.at, merges });
                }
            },
            YamlValue::Null | YamlValue::Scalar { .. } => {}
        }
        Ok(())
    }

    fn error(&self, error: &libyaml_safer::Error) -> YamlError {
        let message = match error.context() {
            Some(context) => format!("{} {context}", error.problem()),
            None => error.problem().to_owned(),
        };
        YamlError { message, at: self.position(error.problem_mark().unwrap_or_default()) }
    }

    fn position(&self, mark: Mark) -> Position {
        Position {
            line: self.first_line.saturating_add(saturating(mark.line)),
            column: saturating(mark.column).saturating_add(1),
        }
    }
}

fn check_nesting(open: &[OpenCollection], at: Position) -> Result<(), YamlError> {
    if open.len() <= SEARCH_NESTING {
        return Ok(());
    }
    let message = format!("collections are nested more than {SEARCH_NESTING} deep");
    Err(YamlError { message, at })
}

impl OpenCollection {
    fn new(value: YamlValue, anchor: Option<String>, at: Position) -> Self {
        let node = YamlNode { value, at, weight: 1 };
        Self { node, anchor, key: None, merged: Vec::new() }
    }

    /// Puts the entries of merged maps before the map's own, without those whose key is one of its own. Of maps merged
    /// by one list, the first one counts.
    fn merge(&mut self) -> Result<(), YamlError> {
        let YamlValue::Map(own) = &mut self.node.value else { return Ok(()) };
        let mut keys: HashSet<String> = HashSet::new();
        let mut entries = Vec::new();
        for value in self.merged.drain(..).rev() {
            let maps = match &value.value {
                YamlValue::List(items) => items.as_slice(),
                _ => std::slice::from_ref(&value),
            };
            for map in maps {
                let YamlValue::Map(merged) = &map.value else {
                    let message = format!("<< merges maps, not {}", map.type_name());
                    return Err(YamlError { message, at: map.at });
                };
                if keys.is_empty() {
                    keys = own.iter().map(|entry| entry.key.clone()).collect();
                }
                // From the last entry: of a repeated key it counts.
                let is_new = |entry: &&YamlEntry| keys.insert(entry.key.clone());
                entries.extend(merged.iter().rev().filter(is_new).cloned());
            }
        }
        entries.reverse();
        own.splice(0..0, entries);
        Ok(())
    }
}

/// Returns the value of a scalar.
fn scalar(
    text: String,
    plain: bool,
    tag: Option<String>,
    at: Position,
) -> Result<YamlValue, YamlError> {
    let plain =
        match tag.as_deref().map(|tag| tag.strip_prefix("tag:yaml.org,2002:").unwrap_or(tag)) {
            None => plain,
            Some("int" | "float" | "bool") => true,
            Some("null") => return Ok(YamlValue::Null),
            // A tag such as `!!str 5` says that the value is text.
            Some("!" | "str" | "timestamp" | "value") => false,
            Some(other) => {
                let message =
                    format!("a value with the tag {other} is not supported: write it as text");
                return Err(YamlError { message, at });
            }
        };
    Ok(match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" if plain => YamlValue::Null,
        _ => YamlValue::Scalar { text, plain },
    })
}

fn saturating(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
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
