//! The literals that stand in every text that a regular expression matches.

use super::parse::Node;
use crate::search::required::Required;

/// Different texts that one stretch of a pattern may spell before it is cut in two.
const SPELLINGS: usize = 256;

/// Characters of one spelling.
const LENGTH: usize = 256;

/// What is known of the texts that a node matches, all folded.
struct Info {
    /// All the texts there are.
    exact: Option<Vec<String>>,
    /// What stands in each of them, as far as it is known.
    needs: Required,
}

/// What stands (folded) in every text that matches.
pub(super) fn required(node: &Node) -> Required {
    info(node).needs()
}

impl Info {
    fn exactly(texts: Vec<String>) -> Self {
        Self { exact: Some(texts), needs: Required::Nothing }
    }

    fn needs(self) -> Required {
        match self.exact {
            Some(texts) => one_of(&texts),
            None => self.needs,
        }
    }
}

fn one_of(texts: &[String]) -> Required {
    Required::any(texts.iter().map(|text| Required::literal(text)))
}

/// The only texts that match, whatever stands before and after, if they are few and case never counts or
/// always does: a pattern that is no more than a list of words. With whether case counts.
pub(super) fn words(node: &Node) -> Option<(Vec<String>, bool)> {
    let mut all = Vec::new();
    let mut cased = None;
    spell(node, &mut all, &mut cased)?;
    Some((all, cased.unwrap_or(false)))
}

fn spell(node: &Node, all: &mut Vec<String>, cased: &mut Option<bool>) -> Option<()> {
    match node {
        Node::Alternation(branches) => {
            branches.iter().try_for_each(|branch| spell(branch, all, cased))
        }
        Node::Group(_, node) => spell(node, all, cased),
        Node::Concat(nodes)
            if nodes.len() == 1 && !matches!(nodes.first(), Some(Node::Class(_))) =>
        {
            spell(nodes.first()?, all, cased)
        }
        Node::Concat(nodes) if !nodes.is_empty() => {
            let mut word = String::new();
            for node in nodes {
                let Node::Class(class) = node else { return None };
                let (char, node_cased) = match class.ranges() {
                    [(low, high)] if low == high => (*low, (!class.is_caseless()).then_some(true)),
                    _ => (class.single().filter(|_| class.is_caseless())?, Some(false)),
                };
                if node_cased.is_some() && cased.is_some() && *cased != node_cased {
                    return None;
                }
                *cased = cased.or(node_cased);
                word.push(char);
            }
            all.push(word);
            Some(())
        }
        _ => None,
    }
}

fn info(node: &Node) -> Info {
    match node {
        Node::Class(class) => Info {
            exact: class.single().map(|char| vec![char.to_string()]),
            needs: Required::Nothing,
        },
        Node::Start
        | Node::End
        | Node::VeryEnd
        | Node::LineStart
        | Node::LineEnd
        | Node::Boundary
        | Node::NotBoundary => Info::exactly(vec![String::new()]),
        Node::Group(_, node) => info(node),
        Node::Repeat(node, min, max, _) => repeat(info(node), *min, *max),
        Node::Concat(nodes) => concat(nodes),
        Node::Alternation(branches) => alternation(branches),
    }
}

fn repeat(inner: Info, min: u32, max: Option<u32>) -> Info {
    if min == 0 {
        let exact = inner.exact.filter(|_| max == Some(1)).map(|mut exact| {
            exact.push(String::new());
            exact
        });
        return Info { exact, needs: Required::Nothing };
    }
    if (min, max) == (1, Some(1)) {
        return inner;
    }
    Info { exact: None, needs: inner.needs() }
}

fn concat(nodes: &[Node]) -> Info {
    let mut run = vec![String::new()];
    let mut needs = Vec::new();
    let mut whole = true;
    for node in nodes {
        let next = info(node);
        if let ([text], Some([more])) = (run.as_mut_slice(), next.exact.as_deref()) {
            // Letter by letter, which is most of what patterns are made of.
            if text.len() <= LENGTH {
                text.push_str(more);
                continue;
            }
        }
        let crossed = next.exact.as_ref().and_then(|exact| cross(&run, exact));
        if let Some(crossed) = crossed {
            run = crossed;
            continue;
        }
        whole = false;
        needs.push(one_of(&run));
        needs.push(next.needs);
        run = next.exact.unwrap_or_else(|| vec![String::new()]);
    }
    if whole {
        return Info::exactly(run);
    }
    needs.push(one_of(&run));
    Info { exact: None, needs: Required::all(needs) }
}

fn cross(left: &[String], right: &[String]) -> Option<Vec<String>> {
    // Two lists in a row are kept apart: their product says little more than the better of them.
    if left.len() > 1 && right.len() > 1 && left.len() * right.len() > 16 {
        return None;
    }
    if left.len() * right.len() > SPELLINGS || left.iter().any(|text| text.len() > LENGTH) {
        return None;
    }
    Some(left.iter().flat_map(|a| right.iter().map(move |b| format!("{a}{b}"))).collect())
}

fn alternation(branches: &[Node]) -> Info {
    let infos: Vec<Info> = branches.iter().map(info).collect();
    if infos.iter().all(|info| info.exact.is_some()) {
        let all: Vec<String> =
            infos.iter().filter_map(|info| info.exact.clone()).flatten().collect();
        if all.len() <= SPELLINGS {
            return Info::exactly(all);
        }
    }
    Info { exact: None, needs: Required::any(infos.into_iter().map(Info::needs)) }
}
