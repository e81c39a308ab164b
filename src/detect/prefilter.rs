//! One matcher for all rules: which of them may hold for a text?
//!
//! Every rule says which literals it needs; the matcher looks for all of them in one pass over a text as it
//! stands in its source, and tells which rules are worth evaluating. It never decides a result: it may
//! name a rule that does not hold, and never leaves out one that does.

use super::last_text::Last;
use super::requirement::{self, Cores, Leaf, Needs};
use crate::literal::{self, GramScratch, Grams, Pair, Required};
use crate::simd;
use crate::text::{Escaped, Raw};
use std::cell::RefCell;

/// Up to so many literals are looked for one after the other, which is faster than looking for all at once.
const FEW: usize = 4;

/// Shorter words stand in too many texts to be looked for in place of the literal that holds them.
const PLAIN: usize = 4;

/// Up to so many literals, all that rules need are looked for; past it, of each rule those alone that first say
/// whether it can want a text.
const MANY: usize = 16_384;

/// The literals of a whole rule set, compiled.
#[derive(Debug)]
pub struct RulePrefilter {
    /// The rules that look at every text, ascending.
    always: Vec<u32>,
    /// The rules that can want a text for a character beyond ASCII.
    non_ascii: Vec<u32>,
    /// What each rule needs.
    needs: Vec<Needs>,
    /// For each literal that every text is scanned for the rules that can want a text for it. A rule is here
    /// with the literals of one clause: where none of them stands, the others need no look.
    wanted_by: Vec<Vec<u32>>,
    finder: Finder,
    /// The literals that come after those: so common that they are looked for only where a rule asks.
    asked: Vec<Pair>,
    state: RefCell<State>,
}

/// What every text is scanned with.
#[derive(Debug)]
enum Finder {
    Few {
        pairs: Vec<Pair>,
        /// The longest words of the literals that stand for themselves wherever a text is escaped.
        plain: Option<Vec<Pair>>,
    },
    Many(Grams),
}

/// What a scan fills, kept from one text to the next.
#[derive(Debug, Default)]
struct State {
    scratch: Option<Box<GramScratch>>,
    scan: u32,
    /// For each literal the number of the last scan that found it.
    found: Vec<u32>,
    /// The number of the last scan that looked for it in vain, for those that are looked for when asked.
    missed: Vec<u32>,
    /// The rules that can want the text.
    touched: Vec<u32>,
    last: Option<Last>,
}

impl RulePrefilter {
    /// Compiles what each rule needs, compared under [`text::fold_char`](crate::text::fold_char). A rule of which
    /// nothing is known looks at every text.
    pub fn new(rules: &[Required]) -> Self {
        let (mut first, mut others) = (Cores::new(), Cores::new());
        for literal in rules.iter().filter_map(Required::clause).flatten() {
            requirement::collect_literal(literal, &mut first);
        }
        rules.iter().for_each(|rule| requirement::collect(rule, &mut others));
        let few = first.len() <= FEW;
        let is_common = literal::commonness();
        let many = others.len() > MANY;
        others.retain(|core, _| !many && !first.contains_key(core));
        let (mut scanned, asked): (Vec<_>, Vec<_>) =
            others.into_keys().partition(|core| !few && !is_common(core));
        scanned.extend(first.into_keys());
        let mut cores = Cores::new();
        for (number, core) in (0..).zip(scanned.iter().chain(&asked)) {
            cores.insert(core.clone(), number);
        }
        let mut prefilter = Self {
            always: Vec::new(),
            non_ascii: Vec::new(),
            needs: Vec::with_capacity(rules.len()),
            wanted_by: vec![Vec::new(); scanned.len()],
            finder: Finder::Few { pairs: Vec::new(), plain: None },
            asked: pairs(&asked),
            state: RefCell::default(),
        };
        rules.iter().for_each(|required| prefilter.add(required, &cores));
        prefilter.finder = if few {
            let words: Option<Vec<_>> = scanned.iter().map(|core| plain_word(core)).collect();
            Finder::Few { pairs: pairs(&scanned), plain: words.map(|words| pairs(&words)) }
        } else {
            Finder::Many(Grams::new(scanned))
        };
        prefilter
    }

    fn add(&mut self, required: &Required, cores: &Cores) {
        let rule = self.needs.len() as u32;
        let needs = Needs::of(required, cores, self.wanted_by.len() as u32);
        let clause = required.clause().unwrap_or_default().into_iter();
        let first: Vec<Needs> = clause.map(|literal| Needs::literal(literal, cores)).collect();
        if needs == Needs::Nothing || first.contains(&Needs::Nothing) {
            self.always.push(rule);
        } else {
            for need in first {
                let rules = match need {
                    Needs::One(Leaf::Literal(literal)) => self.wanted_by.get_mut(literal as usize),
                    _ => Some(&mut self.non_ascii),
                };
                if let Some(rules) = rules.filter(|rules| rules.last() != Some(&rule)) {
                    rules.push(rule);
                }
            }
        }
        self.needs.push(needs);
    }

    /// Replaces `out` by the indexes of the rules that may hold for this text, ascending.
    pub fn candidates(&self, text: Raw<'_>, out: &mut Vec<u32>) {
        out.clear();
        out.extend(&self.always);
        // Taken out while it is in use.
        let mut state = self.state.take();
        match state.last.as_ref().and_then(|last| last.rules_of(text)) {
            Some(rules) => out.extend(rules),
            None => self.scan(text, &mut state, out),
        }
        self.state.replace(state);
        out.sort_unstable();
    }

    /// Whether any rule may hold for this text.
    pub fn any(&self, text: Raw<'_>) -> bool {
        if !self.always.is_empty() {
            return true;
        }
        let mut state = self.state.take();
        let mut any = state.last.as_ref().is_some_and(|last| last.rules_of(text).is_some());
        if !any {
            let mut rules = Vec::new();
            self.scan(text, &mut state, &mut rules);
            any = !rules.is_empty();
            if any {
                state.last = Last::new(text, rules);
            }
        }
        self.state.replace(state);
        any
    }

    /// Adds every rule that has what it needs, beside those that need nothing.
    fn scan(&self, text: Raw<'_>, state: &mut State, out: &mut Vec<u32>) {
        match text {
            Raw::Utf16(text) => self.scan_units::<2>(text, state, out),
            Raw::Wtf8(text) => self.scan_units::<1>(text, state, out),
            Raw::Escaped(text) => self.scan_escaped(text, state, out),
        }
    }

    /// Where all literals have words that no escape can stand for, these are looked for; else in the text
    /// itself.
    fn scan_escaped(&self, text: Escaped<'_>, state: &mut State, out: &mut Vec<u32>) {
        match (&self.finder, text.to_scanned()) {
            (Finder::Few { plain: Some(plain), .. }, Some((text, _))) => {
                let stands = plain.iter().zip(&self.wanted_by);
                let wanted = stands.filter(|(pair, _)| pair.stands_in::<1>(text.bytes()));
                state.touched.clear();
                state.touched.extend(wanted.flat_map(|(_, rules)| rules));
                // The usual escapes stand for ASCII only.
                if !self.non_ascii.is_empty() && has_non_ascii::<1>(text.bytes()) {
                    state.touched.extend(&self.non_ascii);
                }
                state.touched.sort_unstable();
                state.touched.dedup();
                out.extend(&state.touched);
            }
            _ => self.scan_units::<1>(&text.decode(), state, out),
        }
    }

    fn scan_units<const W: usize>(&self, text: &[u8], state: &mut State, out: &mut Vec<u32>) {
        let State { scratch, scan, found, missed, touched, .. } = state;
        let literals = self.wanted_by.len() + self.asked.len();
        found.resize(literals, 0);
        missed.resize(literals, 0);
        *scan = scan.checked_add(1).unwrap_or_else(|| {
            found.fill(0);
            missed.fill(0);
            1
        });
        touched.clear();
        let mut note = |literal: u32| {
            mark(found, literal, *scan);
            touched.extend(self.wanted_by.get(literal as usize).into_iter().flatten());
        };
        match &self.finder {
            Finder::Few { pairs, .. } => {
                for (literal, _) in (0..).zip(pairs).filter(|(_, pair)| pair.stands_in::<W>(text)) {
                    note(literal);
                }
            }
            Finder::Many(grams) => {
                let scratch = scratch.get_or_insert_with(|| Box::new(grams.scratch()));
                grams.scan::<W>(text, scratch, &mut note);
            }
        }
        let mut non_ascii = None;
        if !self.non_ascii.is_empty() && has_non_ascii::<W>(text) {
            non_ascii = Some(true);
            touched.extend(&self.non_ascii);
        }
        touched.sort_unstable();
        touched.dedup();
        let mut has = |leaf: Leaf| {
            let Leaf::Literal(literal) = leaf else {
                return *non_ascii.get_or_insert_with(|| has_non_ascii::<W>(text));
            };
            let index = literal as usize;
            if found.get(index) == Some(scan) {
                return true;
            }
            let Some(pair) = index.checked_sub(self.wanted_by.len()) else { return false };
            if missed.get(index) == Some(scan) {
                return false;
            }
            let stands = self.asked.get(pair).is_some_and(|pair| pair.stands_in::<W>(text));
            mark(if stands { found } else { missed }, literal, *scan);
            stands
        };
        let holds =
            |rule: &&u32| self.needs.get(**rule as usize).is_some_and(|needs| needs.hold(&mut has));
        out.extend(touched.iter().filter(holds));
    }
}

fn pairs(cores: &[Vec<u8>]) -> Vec<Pair> {
    cores.iter().map(|core| Pair::new(core)).collect()
}

/// The longest piece of a literal of which no character is ever escaped, if it is long enough to be rare.
fn plain_word(core: &[u8]) -> Option<Vec<u8>> {
    let words = core.split(|byte| !Escaped::is_never_escaped(*byte));
    words.max_by_key(|word| word.len()).filter(|word| word.len() >= PLAIN).map(<[u8]>::to_vec)
}

fn mark(marks: &mut [u32], literal: u32, scan: u32) {
    if let Some(mark) = marks.get_mut(literal as usize) {
        *mark = scan;
    }
}

fn has_non_ascii<const W: usize>(text: &[u8]) -> bool {
    match W {
        2 => {
            let (blocks, rest) = text.as_chunks::<{ simd::UTF16_BLOCK }>();
            let mut rest = rest.as_chunks::<2>().0.iter();
            !blocks.iter().all(simd::is_ascii_utf16)
                || rest.any(|unit| u16::from_le_bytes(*unit) >= 0x80)
        }
        _ => !text.is_ascii(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold_case;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// What the matcher must never leave out.
    fn oracle(rules: &[Required], text: &str) -> Vec<u32> {
        let text = fold_case(text);
        let holds = |rule: &Required| rule.is_met(&|literal| text.contains(&fold_case(literal)));
        (0..).zip(rules).filter(|(_, rule)| holds(rule)).map(|(index, _)| index).collect()
    }

    fn utf16(units: &[u16]) -> Vec<u8> {
        units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
    }

    fn literal(text: &str) -> Required {
        Required::Literal(text.to_owned())
    }

    fn clause(literals: &[&str]) -> Required {
        Required::Any(literals.iter().map(|text| literal(text)).collect())
    }

    fn found(prefilter: &RulePrefilter, text: Raw<'_>) -> Vec<u32> {
        let mut out = vec![77];
        prefilter.candidates(text, &mut out);
        assert_eq!(prefilter.any(text), !out.is_empty());
        out
    }

    #[test]
    fn literals_are_found_in_any_case_in_both_forms_at_both_ends() {
        let rules = [
            literal("Enable-PSRemoting"),
            clause(&["nowhere", "-FORCE"]),
            literal("absent"),
            Required::Nothing,
            clause(&["x", ""]),
            Required::All(vec![literal("PSRemoting"), clause(&["forced", "-force"])]),
            Required::All(vec![literal("PSRemoting"), clause(&["forced", "farce"])]),
        ];
        let prefilter = RulePrefilter::new(&rules);
        let text = "eNABLE-pSREMOTING -Force";
        assert_eq!(found(&prefilter, Raw::from(text)), [0, 1, 3, 4, 5]);
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(found(&prefilter, Raw::Utf16(&utf16(&units))), [0, 1, 3, 4, 5]);
        assert_eq!(found(&prefilter, Raw::Utf16(&[])), [3, 4]);
        assert!(found(&RulePrefilter::new(&[]), Raw::from(text)).is_empty());
        let few = RulePrefilter::new(&rules[5..]);
        assert_eq!(found(&few, Raw::from(text)), [0]);
    }

    /// Literals of every length, of which the last rule's stands in the text.
    fn many(last: &str) -> Vec<Required> {
        let letters = "qwertzuiopasdfghjklyxcvbnm".repeat(4);
        let others = (1..=90).map(|length| literal(&format!("{}{length}!", &letters[..length])));
        others.chain([literal(last)]).collect()
    }

    #[test]
    fn among_many_literals_wherever_a_long_text_holds_it() {
        for literal in ["iex", "-enc", "Invoke-Mimikatz", &"0123456789".repeat(9)] {
            let few = RulePrefilter::new(&[super::tests::literal(literal)]);
            let many = RulePrefilter::new(&many(literal));
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
        let prefilter =
            RulePrefilter::new(&[literal("kaa"), literal("aaa"), literal("äbc"), literal("ä")]);
        let units = [0x212A, 0x6161, 0x6161, 0x6161, 0x4B4B];
        assert_eq!(found(&prefilter, Raw::Utf16(&utf16(&units))), [2, 3]);
        assert_eq!(found(&prefilter, Raw::from("\u{212A}aa")), [2, 3]);
        assert_eq!(found(&prefilter, Raw::from("AAA")), [1]);
    }

    #[test]
    fn a_literal_with_a_replacement_character_looks_at_every_text() {
        let prefilter = RulePrefilter::new(&[literal("a\u{FFFD}b")]);
        assert_eq!(found(&prefilter, Raw::Utf16(&utf16(&[0x61, 0xD800, 0x62]))), [0]);
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

    fn required() -> impl Strategy<Value = Required> {
        let literal =
            units(7).prop_map(|units| Required::Literal(String::from_utf16_lossy(&units)));
        let leaf = prop_oneof![8 => literal, 1 => Just(Required::Nothing)];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 1..4).prop_map(Required::All),
                vec(inner, 1..4).prop_map(Required::Any),
            ]
        })
    }

    proptest! {
        #[test]
        fn never_misses(
            text in units(200),
            mut rules in vec(required(), 0..12),
            cuts in vec((any::<prop::sample::Index>(), 1usize..70, any::<bool>()), 0..4),
        ) {
            // Literals that do stand in the text, however long, in either case.
            let mut standing = Vec::new();
            for (at, length, upper) in cuts {
                if !text.is_empty() {
                    let at = at.index(text.len());
                    let piece = String::from_utf16_lossy(&text[at..text.len().min(at + length)]);
                    let piece = if upper { piece.to_ascii_uppercase() } else { piece.to_ascii_lowercase() };
                    standing.push(Required::Literal(piece));
                }
            }
            rules.extend(standing.clone());
            rules.push(Required::All(standing));
            let wanted = oracle(&rules, &String::from_utf16_lossy(&text));
            let prefilter = RulePrefilter::new(&rules);
            let bytes = utf16(&text);
            let mut shifted = vec![0x41];
            shifted.extend(&bytes);
            shifted.push(0x41);
            let wtf8 = crate::text::Text::from(Raw::Utf16(&bytes));
            let mut raws = vec![Raw::Utf16(&bytes), Raw::Utf16(&shifted[1..]), wtf8.as_raw()];
            let json = serde_json::to_string(&wtf8.to_lossy()).unwrap();
            if text.iter().all(|unit| char::from_u32(u32::from(*unit)).is_some()) {
                raws.extend(Escaped::from_json(&json.as_bytes()[1..json.len() - 1]).map(Raw::Escaped));
            }
            for raw in raws {
                let found = found(&prefilter, raw);
                prop_assert!(found.is_sorted());
                for rule in &wanted {
                    prop_assert!(found.contains(rule), "{rule} of {rules:?}");
                }
            }
        }

        #[test]
        fn names_no_rule_whose_ascii_literals_are_absent(
            text in "[abc]{0,60}",
            rules in vec(vec("[abc]{3,6}", 1..3), 1..12),
        ) {
            let rules: Vec<Required> = rules
                .iter()
                .map(|all| Required::All(all.iter().map(|text| literal(text)).collect()))
                .collect();
            prop_assert_eq!(found(&RulePrefilter::new(&rules), Raw::from(text.as_str())), oracle(&rules, &text));
        }
    }
}
