//! One matcher for all rules: which of them may hold for a text?
//!
//! Every rule says which literals it needs (one of them at least); the matcher tells, in one pass over a
//! text as it stands in its source, which rules are worth evaluating. It never decides a result: it may
//! name a rule that does not hold, and never leaves out one that does.

mod grams;
mod literal;
mod pair;

use crate::text::{Escaped, Raw};
use grams::{Grams, Scratch};
use literal::Need;
use pair::Pair;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Up to so many literals are looked for one after the other, which is faster than looking for all at once.
const FEW: usize = 4;

/// Shorter words stand in too many texts to be looked for in place of the literal that holds them.
const PLAIN: usize = 4;

/// The literals of a whole rule set, compiled.
#[derive(Debug)]
pub struct Matcher {
    /// The rules that look at every text, ascending.
    always: Vec<u32>,
    /// The rules that want a character beyond ASCII.
    non_ascii: Vec<u32>,
    /// For each literal the rules that want it.
    wanted_by: Vec<Vec<u32>>,
    finder: Finder,
}

#[derive(Debug)]
enum Finder {
    Few {
        pairs: Vec<Pair>,
        /// The longest words of the literals that stand for themselves wherever a text is escaped.
        plain: Option<Vec<Pair>>,
    },
    Many {
        grams: Grams,
        /// Literals too short for it, which come after its own.
        short: Vec<Pair>,
        scratch: RefCell<Option<Box<Scratch>>>,
    },
}

impl Matcher {
    /// Compiles one clause a rule: at least one of these literals stands in every text for which the rule
    /// holds, compared under [`text::fold`](crate::text::fold). `None` looks at every text, and so does a
    /// clause that has an empty literal or no literal at all.
    pub fn new(clauses: &[Option<Vec<String>>]) -> Self {
        let mut always = Vec::new();
        let mut non_ascii = Vec::new();
        let mut wanted: BTreeMap<Vec<u8>, Vec<u32>> = BTreeMap::new();
        for (rule, clause) in (0..).zip(clauses) {
            let needs: Vec<Need> =
                clause.iter().flatten().map(|literal| Need::of(literal)).collect();
            if needs.is_empty() || needs.contains(&Need::Nothing) {
                always.push(rule);
                continue;
            }
            for need in needs {
                match need {
                    Need::Core(core) => wanted.entry(core).or_default().push(rule),
                    _ => non_ascii.push(rule),
                }
            }
        }
        let (short, long): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|(core, _)| core.len() < grams::SHORTEST);
        let few = short.len() + long.len() <= FEW;
        let pairs = |cores: &[Vec<u8>]| cores.iter().map(|core| Pair::new(core)).collect();
        let (mut cores, mut wanted_by): (Vec<_>, Vec<_>) = long.into_iter().unzip();
        let (short, short_by): (Vec<_>, Vec<_>) = short.into_iter().unzip();
        wanted_by.extend(short_by);
        let finder = if few {
            cores.extend(short);
            let words: Option<Vec<_>> = cores.iter().map(|core| plain_word(core)).collect();
            Finder::Few { pairs: pairs(&cores), plain: words.map(|words| pairs(&words)) }
        } else {
            let grams = Grams::new(cores);
            let scratch = RefCell::new(Some(Box::new(grams.scratch())));
            Finder::Many { grams, short: pairs(&short), scratch }
        };
        Self { always, non_ascii, wanted_by, finder }
    }

    /// Replaces `out` by the indexes of the rules that may hold for this text, ascending.
    pub fn candidates(&self, text: Raw<'_>, out: &mut Vec<u32>) {
        out.clear();
        out.extend(&self.always);
        if !self.non_ascii.is_empty() && has_non_ascii(text) {
            out.extend(&self.non_ascii);
        }
        self.scan(text, &mut |literal| {
            out.extend(self.wanted_by.get(literal as usize).into_iter().flatten());
            true
        });
        out.sort_unstable();
        out.dedup();
    }

    /// Whether any rule may hold for this text.
    pub fn any(&self, text: Raw<'_>) -> bool {
        if !self.always.is_empty() || (!self.non_ascii.is_empty() && has_non_ascii(text)) {
            return true;
        }
        let mut any = false;
        self.scan(text, &mut |_| {
            any = true;
            false
        });
        any
    }

    /// Calls `each` with every literal in the text until it returns false.
    fn scan(&self, text: Raw<'_>, each: &mut impl FnMut(u32) -> bool) {
        match text {
            Raw::Utf16(text) => self.scan_units::<2>(text, each),
            Raw::Wtf8(text) => self.scan_units::<1>(text, each),
            Raw::Escaped(text) => self.scan_escaped(text, each),
        }
    }

    /// Where all literals have words that no escape can stand for, these are looked for; else in the text
    /// itself.
    fn scan_escaped(&self, text: Escaped<'_>, each: &mut impl FnMut(u32) -> bool) {
        match &self.finder {
            Finder::Few { plain: Some(plain), .. } => {
                scan_pairs::<1>(plain, 0, text.bytes(), each);
            }
            _ => self.scan_units::<1>(&text.decoded(), each),
        }
    }

    fn scan_units<const W: usize>(&self, text: &[u8], each: &mut impl FnMut(u32) -> bool) {
        match &self.finder {
            Finder::Few { pairs, .. } => scan_pairs::<W>(pairs, 0, text, each),
            Finder::Many { grams, short, scratch } => {
                // Taken out while it is in use.
                let mut arrays = scratch.take().unwrap_or_else(|| Box::new(grams.scratch()));
                let more = grams.scan::<W>(text, &mut arrays, each);
                scratch.replace(Some(arrays));
                if more {
                    scan_pairs::<W>(short, grams.len(), text, each);
                }
            }
        }
    }
}

/// Looks for literals one after the other, of which the first has this index.
fn scan_pairs<const W: usize>(
    pairs: &[Pair],
    first: u32,
    text: &[u8],
    each: &mut impl FnMut(u32) -> bool,
) {
    for (literal, pair) in (first..).zip(pairs) {
        if pair.stands_in::<W>(text) && !each(literal) {
            return;
        }
    }
}

/// The longest piece of a literal of which no character is ever escaped, if it is long enough to be rare.
fn plain_word(core: &[u8]) -> Option<Vec<u8>> {
    let words = core.split(|byte| !Escaped::is_plain(*byte));
    words.max_by_key(|word| word.len()).filter(|word| word.len() >= PLAIN).map(<[u8]>::to_vec)
}

fn has_non_ascii(text: Raw<'_>) -> bool {
    match text {
        Raw::Utf16(text) => {
            text.as_chunks::<2>().0.iter().any(|unit| u16::from_le_bytes(*unit) >= 0x80)
        }
        // The usual escapes stand for ASCII only.
        Raw::Wtf8(_) | Raw::Escaped(_) => !text.bytes().is_ascii(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::folded;
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

    /// Literals of every length, of which the last rule's stands in the text.
    fn many(last: &str) -> Vec<Option<Vec<String>>> {
        let letters = "qwertzuiopasdfghjklyxcvbnm".repeat(4);
        let others = (1..=90).map(|length| clause(&[&format!("{}!", &letters[..length])]));
        others.chain([clause(&[last])]).collect()
    }

    #[test]
    fn among_many_literals_wherever_a_long_text_holds_it() {
        for literal in ["iex", "-enc", "Invoke-Mimikatz", &"0123456789".repeat(9)] {
            let few = Matcher::new(&[clause(&[literal])]);
            let many = Matcher::new(&many(literal));
            for length in [0, 1, 31, 32, 33, 63, 64, 4_095, 4_096, 4_097, 8_192, 9_000] {
                let before = "x ".repeat(length)[..length].to_owned();
                for text in [before.clone() + literal, before.clone() + literal + &before, before] {
                    let holds = text.contains(literal);
                    let text = text.to_uppercase();
                    let units = utf16(&text.encode_utf16().collect::<Vec<_>>());
                    for raw in [Raw::from(text.as_str()), Raw::Utf16(&units)] {
                        assert_eq!(found(&few, raw) == [0], holds, "{literal} {length}");
                        assert_eq!(
                            found(&many, raw),
                            if holds { vec![90] } else { vec![] },
                            "{literal} {length}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn characters_beyond_ascii_are_no_letters() {
        let matcher = Matcher::new(&[clause(&["k"]), clause(&["aa"]), clause(&["ä"])]);
        assert_eq!(found(&matcher, Raw::Utf16(&utf16(&[0x212A, 0x6161, 0x4B4B]))), [2]);
        assert_eq!(found(&matcher, Raw::from("\u{212A}")), [2]);
        assert_eq!(found(&matcher, Raw::from("AA")), [1]);
    }

    #[test]
    fn a_literal_with_a_replacement_character_looks_at_every_text() {
        let matcher = Matcher::new(&[clause(&["a\u{FFFD}b"])]);
        assert_eq!(found(&matcher, Raw::Utf16(&utf16(&[0x61, 0xD800, 0x62]))), [0]);
    }

    /// Few letters, so that literals do occur, and characters whose folding or encoding is special.
    fn unit() -> impl Strategy<Value = u16> {
        prop_oneof![
            8 => prop::sample::select("abcABC-kK.\"\\/\nnr".encode_utf16().collect::<Vec<_>>()),
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
            let mut raws = vec![Raw::Utf16(&bytes), Raw::Utf16(&shifted[1..]), wtf8.as_raw()];
            let json = serde_json::to_string(&wtf8.to_lossy()).unwrap();
            if text.iter().all(|unit| char::from_u32(u32::from(*unit)).is_some()) {
                raws.extend(Escaped::json(&json.as_bytes()[1..json.len() - 1]).map(Raw::Escaped));
            }
            for raw in raws {
                let found = found(&matcher, raw);
                prop_assert!(found.is_sorted());
                for rule in &wanted {
                    prop_assert!(found.contains(rule), "{rule} of {clauses:?}");
                }
            }
        }
    }
}
