//! The literals of a pattern: those that every match has, those that matches begin with, and patterns that are no more than
//! a list of words.

use super::hir::Hir;
use crate::literal::Required;

/// Upper bound on the different texts that successive nodes may spell; past it they are cut in two.
const MAX_SPELLINGS: usize = 256;

/// Upper bound on the bytes of one spelling.
const MAX_SPELLING_BYTES: usize = 256;

/// Upper bound on the nodes that [`prefix_literals`] visits, and on the characters before the literals that it returns.
const MAX_PREFIX: usize = 64;

/// The folded texts that a node matches, as far as they are known.
struct LiteralInfo {
    /// All of the texts.
    exact: Option<Vec<String>>,
    /// Literals of each of the texts, unless `exact` says more.
    required: Required,
}

impl LiteralInfo {
    fn exactly(texts: Vec<String>) -> Self {
        Self { exact: Some(texts), required: Required::Nothing }
    }

    fn into_required(self) -> Required {
        match self.exact {
            Some(texts) => any_of(&texts),
            None => self.required,
        }
    }
}

/// Returns the (folded) literals of every match.
pub(super) fn required(hir: &Hir) -> Required {
    info(hir).into_required()
}

/// Returns the first useful list of folded literals of which every match has one, and an upper bound on the characters of
/// the match before it.
pub(super) fn prefix_literals(
    hir: &Hir,
    is_useful: &dyn Fn(&[String]) -> bool,
) -> Option<(Vec<String>, usize)> {
    let nodes = match hir {
        Hir::Group(_, inner) => return prefix_literals(inner, is_useful),
        Hir::Alternation(branches) => return prefix_literals_of_branches(branches, is_useful),
        Hir::Concat(nodes) => nodes.as_slice(),
        other => std::slice::from_ref(other),
    };
    let mut before = 0;
    for (at, node) in nodes.iter().enumerate().take(MAX_PREFIX) {
        let spellings = leading_spellings(nodes.get(at..).unwrap_or_default());
        if is_useful(&spellings) {
            return Some((spellings, before));
        }
        if let Hir::Group(_, inner) = node
            && let Some((texts, within)) = prefix_literals(inner, is_useful)
        {
            return Some((texts, before + within));
        }
        before += max_chars(node)?;
        if before > MAX_PREFIX {
            return None;
        }
    }
    None
}

fn prefix_literals_of_branches(
    branches: &[Hir],
    is_useful: &dyn Fn(&[String]) -> bool,
) -> Option<(Vec<String>, usize)> {
    let (mut all, mut max_before) = (Vec::new(), 0);
    for branch in branches {
        let (texts, before) = prefix_literals(branch, is_useful)?;
        all.extend(texts);
        max_before = max_before.max(before);
    }
    is_useful(&all).then_some((all, max_before))
}

/// Returns the spellings of the first nodes, of as many as can be spelled out.
fn leading_spellings(nodes: &[Hir]) -> Vec<String> {
    let mut spellings = vec![String::new()];
    for node in nodes.iter().take(MAX_PREFIX) {
        match info(node).exact.and_then(|exact| cross(&spellings, &exact)) {
            Some(crossed) => spellings = crossed,
            None => break,
        }
    }
    spellings
}

/// Returns the length in characters of the longest match, or `None` if it is unbounded.
fn max_chars(hir: &Hir) -> Option<usize> {
    match hir {
        Hir::Class(_) => Some(1),
        Hir::Assertion(_) => Some(0),
        Hir::Group(_, inner) => max_chars(inner),
        Hir::Repeat(inner, _, max, _) => {
            max_chars(inner)?.checked_mul(usize::try_from((*max)?).ok()?)
        }
        Hir::Concat(nodes) => nodes.iter().map(max_chars).sum(),
        Hir::Alternation(branches) => {
            branches.iter().map(max_chars).try_fold(0, |max, chars| Some(max.max(chars?)))
        }
    }
}

/// Returns the words of a pattern that is no more than a list of words, and whether case counts. All words must agree on
/// that.
pub(super) fn words(hir: &Hir) -> Option<(Vec<String>, bool)> {
    let mut words = Vec::new();
    let mut is_cased = None;
    collect_words(hir, &mut words, &mut is_cased)?;
    Some((words, is_cased.unwrap_or(false)))
}

fn collect_words(hir: &Hir, words: &mut Vec<String>, is_cased: &mut Option<bool>) -> Option<()> {
    match hir {
        Hir::Alternation(branches) => {
            branches.iter().try_for_each(|branch| collect_words(branch, words, is_cased))
        }
        Hir::Group(_, inner) => collect_words(inner, words, is_cased),
        Hir::Concat(nodes) if nodes.len() == 1 && !matches!(nodes.first(), Some(Hir::Class(_))) => {
            collect_words(nodes.first()?, words, is_cased)
        }
        Hir::Concat(nodes) if !nodes.is_empty() => {
            let mut word = String::new();
            for node in nodes {
                let Hir::Class(class) = node else { return None };
                // A character without case agrees with both.
                let (char, char_is_cased) = match class.ranges() {
                    [(low, high)] if low == high => (*low, (!class.is_caseless()).then_some(true)),
                    _ => (class.single_folded().filter(|_| class.is_caseless())?, Some(false)),
                };
                if char_is_cased.is_some() && is_cased.is_some() && *is_cased != char_is_cased {
                    return None;
                }
                *is_cased = is_cased.or(char_is_cased);
                word.push(char);
            }
            words.push(word);
            Some(())
        }
        _ => None,
    }
}

fn info(hir: &Hir) -> LiteralInfo {
    match hir {
        Hir::Class(class) => LiteralInfo {
            exact: class.single_folded().map(|char| vec![char.to_string()]),
            required: Required::Nothing,
        },
        Hir::Assertion(_) => LiteralInfo::exactly(vec![String::new()]),
        Hir::Group(_, inner) => info(inner),
        Hir::Repeat(inner, min, max, _) => info_of_repeat(info(inner), *min, *max),
        Hir::Concat(nodes) => info_of_concat(nodes),
        Hir::Alternation(branches) => info_of_alternation(branches),
    }
}

fn info_of_repeat(inner: LiteralInfo, min: u32, max: Option<u32>) -> LiteralInfo {
    if min == 0 {
        let exact = inner.exact.filter(|_| max == Some(1)).map(|mut exact| {
            exact.push(String::new());
            exact
        });
        return LiteralInfo { exact, required: Required::Nothing };
    }
    if (min, max) == (1, Some(1)) {
        return inner;
    }
    LiteralInfo { exact: None, required: inner.into_required() }
}

fn info_of_concat(nodes: &[Hir]) -> LiteralInfo {
    let mut spellings = vec![String::new()];
    let mut required = Vec::new();
    let mut is_exact = true;
    for node in nodes {
        let next = info(node);
        if let ([text], Some([more])) = (spellings.as_mut_slice(), next.exact.as_deref()) {
            // Most patterns are mostly single letters: they are appended in place.
            if text.len() <= MAX_SPELLING_BYTES {
                text.push_str(more);
                continue;
            }
        }
        let crossed = next.exact.as_ref().and_then(|exact| cross(&spellings, exact));
        if let Some(crossed) = crossed {
            spellings = crossed;
            continue;
        }
        is_exact = false;
        required.push(any_of(&spellings));
        required.push(next.required);
        spellings = next.exact.unwrap_or_else(|| vec![String::new()]);
    }
    if is_exact {
        return LiteralInfo::exactly(spellings);
    }
    required.push(any_of(&spellings));
    LiteralInfo { exact: None, required: Required::all(required) }
}

fn info_of_alternation(branches: &[Hir]) -> LiteralInfo {
    let infos: Vec<LiteralInfo> = branches.iter().map(info).collect();
    if infos.iter().all(|info| info.exact.is_some()) {
        let all: Vec<String> =
            infos.iter().filter_map(|info| info.exact.clone()).flatten().collect();
        if all.len() <= MAX_SPELLINGS {
            return LiteralInfo::exactly(all);
        }
    }
    let required = infos.into_iter().map(LiteralInfo::into_required);
    LiteralInfo { exact: None, required: Required::any(required) }
}

fn any_of(texts: &[String]) -> Required {
    Required::any(texts.iter().map(|text| Required::from_literal(text)))
}

/// Returns every text of `left` followed by every one of `right`, or `None` for too many or too long ones.
fn cross(left: &[String], right: &[String]) -> Option<Vec<String>> {
    // The product of two lists keeps out hardly more texts than the better of them.
    if left.len() > 1 && right.len() > 1 && left.len() * right.len() > 16 {
        return None;
    }
    if left.len() * right.len() > MAX_SPELLINGS
        || left.iter().any(|text| text.len() > MAX_SPELLING_BYTES)
    {
        return None;
    }
    Some(left.iter().flat_map(|a| right.iter().map(move |b| format!("{a}{b}"))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regex::hir::RegexFlags;
    use crate::regex::parse::parse;

    fn hir(pattern: &str) -> Hir {
        parse(pattern, RegexFlags::default()).unwrap().0
    }

    #[test]
    fn every_match_has_the_required_literals() {
        for (pattern, literals) in [
            ("(?i)Mimikatz", r#"("mimikatz")"#),
            ("web(client|request)", r#"Any([("webclient"), ("webrequest")])"#),
            ("https?://", r#"Any([("http://"), ("https://")])"#),
            ("get-\\S+password", r#"All([("get-"), ("password")])"#),
            ("(abc)+x?", r#"("abc")"#),
            ("a*|b", "Nothing"),
            ("ab.*cd", "Nothing"),
            ("[A-Z]{44,}", "Nothing"),
            ("[iI][eE][xX]", r#"("iex")"#),
            ("new.*(foo|bar.+baz)", r#"All([("new"), Any([("foo"), All([("bar"), ("baz")])])])"#),
        ] {
            let found = format!("{:?}", required(&hir(pattern))).replace("Literal", "");
            assert_eq!(found, literals, "{pattern}");
        }
    }

    #[test]
    fn the_first_useful_literals_are_returned() {
        let is_useful = |texts: &[String]| texts.iter().all(|text| text.len() >= 3);
        let prefix = |pattern: &str| {
            prefix_literals(&hir(pattern), &is_useful)
                .map(|(texts, before)| (texts.join(" "), before))
        };
        let some = |texts: &str, before| Some((texts.to_owned(), before));
        assert_eq!(prefix("(?:^|\\s)iex\\b"), some("iex", 1));
        assert_eq!(prefix("a(?:foo|[xy]bar)"), some("foo bar", 2));
        assert_eq!(prefix("\\w{0,9}(foo)"), some("foo", 9));
        assert_eq!(prefix("\\w*(foo)"), None, "unbounded before the literal");
        assert_eq!(prefix("foo|b"), None, "a branch without a literal");
    }

    #[test]
    fn a_list_of_words_has_one_case() {
        let found =
            |pattern: &str| words(&hir(pattern)).map(|(words, cased)| (words.join(" "), cased));
        assert_eq!(found("(?i)iex|(1|ab)"), Some(("iex 1 ab".to_owned(), false)));
        assert_eq!(found("iex|1"), Some(("iex 1".to_owned(), true)));
        assert_eq!(found("iex|(?i)ab"), None);
        assert_eq!(found("iex|a."), None);
    }
}
