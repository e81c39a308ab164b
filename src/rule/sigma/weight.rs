//! The weight of a condition: an estimate of its size, by which copies of it are bounded.

use crate::search::{Condition, Predicate, WildcardPiece};

/// Bytes of a pattern that weigh as much as a predicate.
const BYTES_PER_PREDICATE: usize = 64;

/// Returns the number of nodes and predicates of a condition. Each [`BYTES_PER_PREDICATE`] of a pattern count as one more.
pub(super) fn weight(condition: &Condition) -> usize {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            1 + parts.iter().map(weight).sum::<usize>()
        }
        Condition::Not(part) => 1 + weight(part),
        Condition::Field { predicate, .. } | Condition::Keyword(predicate) => {
            of_predicate(predicate)
        }
        Condition::Time(_) | Condition::Where(_) => 1,
    }
}

fn of_predicate(predicate: &Predicate) -> usize {
    match predicate {
        Predicate::OneOf(predicates) => 1 + predicates.iter().map(of_predicate).sum::<usize>(),
        Predicate::Matches(pattern) => {
            1 + pattern.pieces().iter().map(bytes_of).sum::<usize>() / BYTES_PER_PREDICATE
        }
        _ => 1,
    }
}

fn bytes_of(piece: &WildcardPiece) -> usize {
    match piece {
        WildcardPiece::Text(text) => text.len(),
        WildcardPiece::Any | WildcardPiece::One => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::weight;
    use crate::search::{Condition, Predicate, Wildcard};

    #[test]
    fn long_patterns_count_as_several_predicates() {
        let field =
            |text: &str| Condition::field("a", Predicate::Matches(Wildcard::contains(text, false)));
        assert_eq!(weight(&field("x")), 1);
        assert_eq!(weight(&field(&"x".repeat(640))), 11);
        assert_eq!(weight(&Condition::Not(Box::new(field("x")))), 2);
        assert_eq!(weight(&Condition::All(vec![field("x"), field("y")])), 3);
    }
}
