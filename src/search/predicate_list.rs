//! Long lists of tests asked about a long text: looking for each by itself would take as many passes over the text.

use super::condition::Predicate;
use super::required::needs_of;
use crate::literal::LiteralSet;
use crate::literal::Required;

/// Shorter lists are asked one by one.
const TESTS: usize = 64;

/// To look at a text of this length for one literal takes as long as to make ready for looking for it among others.
const BYTES: usize = 16 << 10;

/// Calls with the tests that the text may pass, all that it does pass among them, until the call says to stop.
pub(super) fn likely<'t>(
    predicates: &'t [Predicate],
    text: &str,
    each: &mut dyn FnMut(&'t Predicate) -> bool,
) {
    if predicates.len() < TESTS || text.len() < BYTES {
        predicates.iter().all(each);
        return;
    }
    let needs: Vec<Required> = predicates.iter().map(needs_of).collect();
    let mut is_likely = vec![false; predicates.len()];
    let (mut literals, mut owners) = (Vec::new(), Vec::new());
    for (index, (needs, is_likely)) in needs.iter().zip(&mut is_likely).enumerate() {
        let clause = needs.clause();
        *is_likely = clause.is_none();
        for literal in clause.into_iter().flatten() {
            literals.push(literal);
            owners.push(index);
        }
    }
    LiteralSet::new(literals, false).for_each_match(text, &mut |literal| {
        if let Some(found) = owners.get(literal).and_then(|owner| is_likely.get_mut(*owner)) {
            *found = true;
        }
        true
    });
    predicates
        .iter()
        .zip(is_likely)
        .filter(|(_, likely)| *likely)
        .all(|(predicate, _)| each(predicate));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Regex, RegexFlags, Wildcard};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_test_that_passes_is_likely(
            words in prop::collection::vec("[abkäÄ]{1,4}(\\*[ab]{2,3})?", TESTS..TESTS + 20),
            text in prop::collection::vec(prop::sample::select(["ab", "KA", "k", "\u{212A}", "ä", "Ä", "bb ", "\n"].as_slice()), 1..12),
        ) {
            let text = text.concat() + &" ".repeat(BYTES);
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
            let mut found = Vec::new();
            likely(&predicates, &text, &mut |predicate| {
                found.push(predicate);
                true
            });
            let found: Vec<&Predicate> = found.into_iter().filter(passes).collect();
            prop_assert_eq!(found, predicates.iter().filter(passes).collect::<Vec<_>>());
        }
    }
}
