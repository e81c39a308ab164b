//! One matcher for all rules: which of them may hold for a text?
//!
//! Every rule says which literals it needs (one of them at least); the matcher tells, in one pass over a
//! text as it stands in its source, which rules are worth evaluating. It never decides a result: it may
//! name a rule that does not hold, and never leaves out one that does.

use crate::text::{Raw, folded};

/// The literals of a whole rule set, compiled.
#[derive(Debug, Default)]
pub struct Matcher {
    /// For each rule its literals, folded; none where every text must be looked at.
    clauses: Vec<Option<Vec<String>>>,
}

impl Matcher {
    /// Compiles one clause a rule: at least one of these literals stands in every text for which the rule
    /// holds, compared under [`text::fold`](crate::text::fold). `None` looks at every text, and so does a
    /// clause that has an empty literal or no literal at all.
    pub fn new(clauses: &[Option<Vec<String>>]) -> Self {
        let usable = |literals: &&Vec<String>| {
            !literals.is_empty() && literals.iter().all(|literal| is_usable(literal))
        };
        let clauses = clauses
            .iter()
            .map(|clause| {
                let literals = clause.as_ref().filter(usable)?;
                Some(literals.iter().map(|literal| folded(literal)).collect())
            })
            .collect();
        Self { clauses }
    }

    /// Replaces `out` by the indexes of the rules that may hold for this text, ascending.
    pub fn candidates(&self, text: Raw<'_>, out: &mut Vec<u32>) {
        out.clear();
        let text = folded(&text.to_lossy());
        let holds = |clause: &Option<Vec<String>>| match clause {
            Some(literals) => literals.iter().any(|literal| text.contains(literal.as_str())),
            None => true,
        };
        out.extend(
            (0..).zip(&self.clauses).filter(|(_, clause)| holds(clause)).map(|(rule, _)| rule),
        );
    }

    /// Whether any rule may hold for this text.
    pub fn any(&self, text: Raw<'_>) -> bool {
        let mut rules = Vec::new();
        self.candidates(text, &mut rules);
        !rules.is_empty()
    }
}

/// A lone surrogate reads as U+FFFD in a search, but stands in the source as itself.
fn is_usable(literal: &str) -> bool {
    !literal.is_empty() && !literal.contains(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// What the matcher must never leave out.
    fn oracle(clauses: &[Option<Vec<String>>], text: &str) -> Vec<u32> {
        let text = folded(text);
        let holds = |clause: &Option<Vec<String>>| {
            clause.as_ref().is_none_or(|literals| {
                literals.is_empty()
                    || literals.iter().any(|literal| text.contains(&folded(literal)))
            })
        };
        (0..).zip(clauses).filter(|(_, clause)| holds(clause)).map(|(rule, _)| rule).collect()
    }

    fn utf16(units: &[u16]) -> Vec<u8> {
        units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
    }

    fn clause(literals: &[&str]) -> Option<Vec<String>> {
        Some(literals.iter().map(|literal| (*literal).to_owned()).collect())
    }

    fn found(matcher: &Matcher, text: Raw<'_>) -> Vec<u32> {
        let mut out = vec![77];
        matcher.candidates(text, &mut out);
        assert_eq!(matcher.any(text), !out.is_empty());
        out
    }

    #[test]
    fn literals_are_found_in_any_case_in_both_forms_at_both_ends() {
        let clauses = [
            clause(&["Enable-PSRemoting"]),
            clause(&["nowhere", "-FORCE"]),
            clause(&["absent"]),
            None,
            clause(&["x", ""]),
            clause(&[]),
        ];
        let matcher = Matcher::new(&clauses);
        let text = "eNABLE-pSREMOTING -Force";
        assert_eq!(found(&matcher, Raw::from(text)), [0, 1, 3, 4, 5]);
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(found(&matcher, Raw::Utf16(&utf16(&units))), [0, 1, 3, 4, 5]);
        assert_eq!(found(&matcher, Raw::Utf16(&[])), [3, 4, 5]);
        assert!(found(&Matcher::new(&[]), Raw::from(text)).is_empty());
    }

    #[test]
    fn a_literal_with_a_replacement_character_looks_at_every_text() {
        let matcher = Matcher::new(&[clause(&["a\u{FFFD}b"])]);
        assert_eq!(found(&matcher, Raw::Utf16(&utf16(&[0x61, 0xD800, 0x62]))), [0]);
    }

    /// Few letters, so that literals do occur, and characters whose folding or encoding is special.
    fn unit() -> impl Strategy<Value = u16> {
        prop_oneof![
            8 => prop::sample::select("abcABC-kK.".encode_utf16().collect::<Vec<_>>()),
            2 => prop::sample::select("\0äÄßİK–\u{FFFD}ŁłΣςÿ".encode_utf16().collect::<Vec<_>>()),
            1 => prop::sample::select(vec![0xD83Du16, 0xDE00, 0xD801, 0xDC00, 0xDC28, 0x2D2D, 0x6161, 0x0161]),
        ]
    }

    fn units(length: usize) -> impl Strategy<Value = Vec<u16>> {
        vec(unit(), 0..length)
    }

    proptest! {
        #[test]
        fn never_misses(
            text in units(200),
            literals in vec(prop::option::weighted(0.9, vec(units(7), 0..4)), 0..12),
            cuts in vec((any::<prop::sample::Index>(), 1usize..70, any::<bool>()), 0..4),
        ) {
            let mut clauses: Vec<Option<Vec<String>>> = literals
                .iter()
                .map(|clause| clause.as_ref().map(|all| all.iter().map(|units| String::from_utf16_lossy(units)).collect()))
                .collect();
            // Literals that do stand in the text, however long, in either case.
            for (at, length, upper) in cuts {
                if !text.is_empty() {
                    let at = at.index(text.len());
                    let piece = String::from_utf16_lossy(&text[at..text.len().min(at + length)]);
                    let piece = if upper { piece.to_ascii_uppercase() } else { piece.to_ascii_lowercase() };
                    clauses.push(Some(vec![piece]));
                }
            }
            let wanted = oracle(&clauses, &String::from_utf16_lossy(&text));
            let matcher = Matcher::new(&clauses);
            let bytes = utf16(&text);
            let mut shifted = vec![0x41];
            shifted.extend(&bytes);
            shifted.push(0x41);
            let wtf8 = crate::text::Text::from(Raw::Utf16(&bytes));
            for raw in [Raw::Utf16(&bytes), Raw::Utf16(&shifted[1..]), wtf8.as_raw()] {
                let found = found(&matcher, raw);
                prop_assert!(found.is_sorted());
                for rule in &wanted {
                    prop_assert!(found.contains(rule), "{rule} of {clauses:?}");
                }
            }
        }
    }
}
