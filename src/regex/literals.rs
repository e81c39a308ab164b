//! The literals that stand in every text that a regular expression matches.

use super::parse::Node;
use crate::literal::Required;

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
    Required::any(texts.iter().map(|text| Required::from_literal(text)))
}

/// Nodes that are looked at for [`leading`], and characters before what it gives.
const LEADING: usize = 64;

/// Texts (folded) of which one stands in every match, and the most characters of the match before it: the first
/// such that are useful.
pub(super) fn leading(
    node: &Node,
    is_useful: &dyn Fn(&[String]) -> bool,
) -> Option<(Vec<String>, usize)> {
    let nodes = match node {
        Node::Group(_, inner) => return leading(inner, is_useful),
        Node::Alternation(branches) => return leading_of_each(branches, is_useful),
        Node::Concat(nodes) => nodes.as_slice(),
        other => std::slice::from_ref(other),
    };
    let mut before = 0;
    for (at, node) in nodes.iter().enumerate().take(LEADING) {
        let run = spelled(nodes.get(at..).unwrap_or_default());
        if is_useful(&run) {
            return Some((run, before));
        }
        if let Node::Group(_, inner) = node
            && let Some((texts, within)) = leading(inner, is_useful)
        {
            return Some((texts, before + within));
        }
        before += longest(node)?;
        if before > LEADING {
            return None;
        }
    }
    None
}

fn leading_of_each(
    branches: &[Node],
    is_useful: &dyn Fn(&[String]) -> bool,
) -> Option<(Vec<String>, usize)> {
    let (mut all, mut most) = (Vec::new(), 0);
    for branch in branches {
        let (texts, before) = leading(branch, is_useful)?;
        all.extend(texts);
        most = most.max(before);
    }
    is_useful(&all).then_some((all, most))
}

/// What the first nodes spell, as many of them as are known to.
fn spelled(nodes: &[Node]) -> Vec<String> {
    let mut run = vec![String::new()];
    for node in nodes.iter().take(LEADING) {
        match info(node).exact.and_then(|exact| cross(&run, &exact)) {
            Some(crossed) => run = crossed,
            None => break,
        }
    }
    run
}

/// The most characters that it matches, where there is a limit.
fn longest(node: &Node) -> Option<usize> {
    match node {
        Node::Class(_) => Some(1),
        Node::Start
        | Node::End
        | Node::VeryEnd
        | Node::LineStart
        | Node::LineEnd
        | Node::Boundary
        | Node::NotBoundary => Some(0),
        Node::Group(_, inner) => longest(inner),
        Node::Repeat(inner, _, max, _) => {
            longest(inner)?.checked_mul(usize::try_from((*max)?).ok()?)
        }
        Node::Concat(nodes) => nodes.iter().map(longest).sum(),
        Node::Alternation(branches) => {
            branches.iter().map(longest).try_fold(0, |most, length| Some(most.max(length?)))
        }
    }
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
