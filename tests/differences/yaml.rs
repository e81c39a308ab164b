//! A YAML document as a tree, read without the engine's code.

use saphyr_parser::{Event, Parser};

#[derive(Clone, Debug)]
pub(crate) enum Node {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Parses the first document of a file.
pub(crate) fn read(text: &str) -> Option<Node> {
    let mut open: Vec<(Node, Option<String>)> = Vec::new();
    for event in Parser::new_from_str(text) {
        let done = match event.ok()?.0 {
            Event::Scalar(text, ..) => Some(Node::Text(text.into_owned())),
            Event::SequenceStart(..) => {
                open.push((Node::List(Vec::new()), None));
                None
            }
            Event::MappingStart(..) => {
                open.push((Node::Map(Vec::new()), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => Some(open.pop()?.0),
            _ => None,
        };
        let Some(done) = done else { continue };
        match open.last_mut() {
            None => return Some(done),
            Some((Node::List(items), _)) => items.push(done),
            Some((Node::Map(entries), key)) => match (key.take(), done) {
                (Some(key), value) => entries.push((key, value)),
                (None, Node::Text(text)) => *key = Some(text),
                (None, _) => return None,
            },
            Some((Node::Text(_), _)) => return None,
        }
    }
    None
}

impl Node {
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Map(entries) => entries.iter().find(|(own, _)| own == key).map(|(_, node)| node),
            _ => None,
        }
    }
}
