//! Long lists of predicates on a long text: one pass finds the literals of all of them, where each by itself would take
//! a pass.

use crate::literal::{LiteralSet, Required};
use crate::search::analysis::required::of_predicate;
use crate::search::ast::condition::Predicate;

/// Length from which a list is searched for in one pass.
const MIN_PREDICATES: usize = 64;

/// Length of a text from which a pass for one literal takes longer than building the search for many.
const MIN_BYTES: usize = 16 << 10;

/// Calls `each` with predicates that the text may satisfy, a superset of those that it satisfies, until `each` returns
/// `false`. If `lacks` is known, so are most of those that it does not satisfy.
pub(super) fn each_candidate<'p>(
    predicates: &'p [Predicate],
    text: &str,
    lacks: Option<&dyn Fn(&str) -> bool>,
    each: &mut dyn FnMut(&'p Predicate) -> bool,
) {
    if predicates.len() < MIN_PREDICATES || text.len() < MIN_BYTES {
        predicates.iter().all(each);
        return;
    }
    let required: Vec<Required> = predicates.iter().map(of_predicate).collect();
    if let Some(lacks) = lacks {
        let is_possible = |required: &Required| required.is_met(&|literal| !lacks(literal));
        let possible: Vec<bool> = required.iter().map(is_possible).collect();
        if possible.iter().filter(|it| **it).count() < MIN_PREDICATES {
            let mut possible = predicates.iter().zip(possible).filter(|(_, possible)| *possible);
            possible.all(|(predicate, _)| each(predicate));
            return;
        }
    }
    let mut is_candidate = vec![false; predicates.len()];
    let (mut literals, mut owners) = (Vec::new(), Vec::new());
    for (index, (required, is_candidate)) in required.iter().zip(&mut is_candidate).enumerate() {
        let clause = required.clause();
        *is_candidate = clause.is_none();
        for literal in clause.into_iter().flatten() {
            literals.push(literal);
            owners.push(index);
        }
    }
    LiteralSet::new(literals, false).for_each_match(text, &mut |literal| {
        if let Some(found) = owners.get(literal).and_then(|owner| is_candidate.get_mut(*owner)) {
            *found = true;
        }
        true
    });
    predicates
        .iter()
        .zip(is_candidate)
        .filter(|(_, is_candidate)| *is_candidate)
        .all(|(predicate, _)| each(predicate));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Regex, RegexFlags, Wildcard};
    use crate::text::fold_case;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_satisfied_predicate_is_a_candidate(
            words in prop::collection::vec("[abkäÄ]{1,4}(\\*[ab]{2,3})?", MIN_PREDICATES..MIN_PREDICATES + 20),
            text in prop::collection::vec(prop::sample::select(["ab", "KA", "k", "\u{212A}", "ä", "Ä", "bb ", "\n"].as_slice()), 1..12),
        ) {
            let text = text.concat() + &" ".repeat(MIN_BYTES);
            let predicates: Vec<Predicate> = words
                .iter()
                .enumerate()
                .map(|(index, word)| match index % 8 {
                    0 => Predicate::Regex(Regex::new(&word.replace('*', ".*"), RegexFlags::default()).unwrap()),
                    1 => Predicate::Not(Box::new(Predicate::Present)),
                    _ => Predicate::Matches(Wildcard::parse(&format!("*{word}*"), index % 3 == 0)),
                })
                .collect();
            let passes = |predicate: &&Predicate| match predicate {
                Predicate::Matches(pattern) => pattern.matches(&text),
                Predicate::Regex(regex) => regex.is_match(&text),
                _ => false,
            };
            let lower = fold_case(text.trim_end());
            let absent = |literal: &str| !lower.contains(&fold_case(literal));
            for lacks in [None, Some(&absent as &dyn Fn(&str) -> bool)] {
                let mut found = Vec::new();
                each_candidate(&predicates, &text, lacks, &mut |predicate| {
                    found.push(predicate);
                    true
                });
                let found: Vec<&Predicate> = found.into_iter().filter(passes).collect();
                prop_assert_eq!(found, predicates.iter().filter(passes).collect::<Vec<_>>());
            }
        }
    }
}
