//! Builds the tree of a document from the events of libyaml's parser.

use super::node::{Position, YamlEntry, YamlError, YamlNode, YamlValue};
use crate::limits::{SEARCH_NESTING, YAML_NODES};
use libyaml_safer::{EventData, Mark, Parser, ScalarStyle};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Builds the tree of a document from the parser's events.
pub(super) struct TreeBuilder<'a> {
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

impl<'a> TreeBuilder<'a> {
    /// Builds from a parser of a document that begins on a line of its file. `added` is the offset of the end of the text,
    /// if a line end was added there.
    pub(super) fn new(
        parser: Parser<&'a mut &'a [u8]>,
        first_line: u32,
        added: Option<u64>,
    ) -> Self {
        Self { parser, first_line, added, anchors: HashMap::new() }
    }

    /// Builds the tree. `None` if the document is empty or null.
    pub(super) fn build(&mut self) -> Result<Option<YamlNode>, YamlError> {
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
        Position::in_document(self.first_line, mark.line, mark.column)
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
