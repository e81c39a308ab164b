//! [`RulePrefilter`]: which rules may match a text, by the literals that they require.
//!
//! The literals of all rules are found in one pass over a text as its source encodes it. A rule is a candidate if its
//! [`Requirement`] is met. The prefilter decides no result: a candidate may turn out not to match, but a rule that matches
//! is always a candidate.
//!
//! ```text
//! rule 0 requires "mimikatz"                      scanned: mimikatz ─▶ 0    psexec ─▶ 1
//! rule 1 requires "psexec" and "-path"            on demand: -path, which too many scripts contain
//! rule 2 requires nothing                         always: 2
//!
//! text "psexec -i cmd"   found: psexec ─▶ rule 1 possible ─▶ "-path"? no      candidates: 2
//! ```

use super::last_text::LastText;
use super::possible_literals::{ContainedLiterals, PossibleLiterals};
use super::requirement::{self, CoreNumbers, Requirement, TextProperty};
use crate::literal::{BytePairFinder, CommonGrams, GramScanner, GramScratch, Required};
use crate::simd;
use crate::text::{Escaped, Raw};
use std::cell::RefCell;

/// Number of literals up to which one pass for each is faster than one scan for all.
const MAX_SINGLE: usize = 4;

/// Least length of the word that is found in an escaped text in place of its literal: too many texts have shorter ones.
const MIN_WORD: usize = 4;

/// Number of literals up to which all of every rule are found; past it, only those of one clause of each rule.
const MAX_SCANNED: usize = 16_384;

/// The compiled literals of a rule set. Rules are named by their index.
///
/// ```
/// use scriptscope::internal::detect::RulePrefilter;
/// use scriptscope::internal::literal::Required;
/// use scriptscope::internal::text::Raw;
///
/// let literal = |text: &str| Required::Literal(text.to_owned());
/// let prefilter = RulePrefilter::new(&[
///     literal("mimikatz"),
///     Required::All(vec![literal("psexec"), literal("-accepteula")]),
/// ]);
/// let mut candidates = Vec::new();
/// prefilter.candidates(Raw::from("PsExec -AcceptEula"), &mut candidates);
/// assert_eq!(candidates, [1]);
/// assert!(!prefilter.any(Raw::from("psexec -i cmd")));
/// ```
#[derive(Debug)]
pub struct RulePrefilter {
    /// The rules that are candidates for every text, ascending.
    always: Vec<u32>,
    /// The rules that a character beyond ASCII makes possible candidates.
    non_ascii: Vec<u32>,
    /// For each rule.
    requirements: Vec<Requirement>,
    /// For each scanned literal, the rules that it makes possible candidates. A rule is listed by the literals of one
    /// clause: without any of these in a text the others need not be tested.
    rules_by_literal: Vec<Vec<u32>>,
    scanner: LiteralScanner,
    /// The literals numbered after the scanned ones: so common that they are found only when a possible candidate
    /// requires them.
    on_demand: Vec<BytePairFinder>,
    state: RefCell<ScanState>,
    contained: RefCell<ContainedLiterals>,
}

/// The search for the literals that every text is scanned for.
#[derive(Debug)]
enum LiteralScanner {
    Single {
        finders: Vec<BytePairFinder>,
        /// For an escaped text: the longest word of each literal that no escape can be part of.
        words: Option<Vec<BytePairFinder>>,
    },
    Grams(GramScanner),
}

/// The buffers of a scan, reused from one text to the next.
#[derive(Debug, Default)]
struct ScanState {
    scratch: Option<Box<GramScratch>>,
    scan: u32,
    /// For each literal the number of the last scan that found it.
    found: Vec<u32>,
    /// For each literal the number of the last scan that tested it on demand without finding it.
    missed: Vec<u32>,
    /// The possible candidates.
    possible: Vec<u32>,
    last_text: LastText,
}

impl RulePrefilter {
    /// Compiles the literals that each rule requires, compared as [`text::fold_char`](crate::text::fold_char) folds them.
    /// A rule that requires nothing is a candidate for every text.
    pub fn new(rules: &[Required]) -> Self {
        let clauses: Vec<Vec<&str>> =
            rules.iter().map(|rule| rule.clause().unwrap_or_default()).collect();
        let mut cores = CoreNumbers::new();
        for literal in clauses.iter().flatten() {
            requirement::collect_core(literal, &mut cores);
        }
        let first = cores.len();
        rules.iter().for_each(|rule| requirement::collect_cores(rule, &mut cores));
        if cores.len() > MAX_SCANNED {
            cores.retain(|_, index| (*index as usize) < first);
        }
        let is_single = first <= MAX_SINGLE;
        let common = CommonGrams::shared();
        let is_scanned = |index: usize, core: &[u8]| {
            index < first || !is_single && !common.is_common_literal(core)
        };
        let mut literals = vec![Vec::new(); cores.len()];
        for (core, index) in &cores {
            if let Some(literal) = literals.get_mut(*index as usize) {
                literal.extend_from_slice(core);
            }
        }
        let (scanned, on_demand): (Vec<_>, Vec<_>) =
            literals.into_iter().enumerate().partition(|(index, core)| is_scanned(*index, core));
        let mut numbers = vec![0; cores.len()];
        for (number, (index, _)) in (0..).zip(scanned.iter().chain(&on_demand)) {
            if let Some(own) = numbers.get_mut(*index) {
                *own = number;
            }
        }
        for number in cores.values_mut() {
            *number = numbers.get(*number as usize).copied().unwrap_or_default();
        }
        let [scanned, on_demand]: [Vec<Vec<u8>>; 2] =
            [scanned, on_demand].map(|own| own.into_iter().map(|(_, core)| core).collect());
        let mut prefilter = Self {
            always: Vec::new(),
            non_ascii: Vec::new(),
            requirements: Vec::with_capacity(rules.len()),
            rules_by_literal: vec![Vec::new(); scanned.len()],
            scanner: LiteralScanner::Single { finders: Vec::new(), words: None },
            on_demand: finders(&on_demand),
            state: RefCell::default(),
            contained: RefCell::default(),
        };
        let of_rules = rules.iter().zip(clauses);
        of_rules.for_each(|(required, clause)| prefilter.add(required, clause, &cores));
        prefilter.scanner = if is_single {
            let words: Option<Vec<_>> =
                scanned.iter().map(|core| longest_unescaped_word(core)).collect();
            LiteralScanner::Single {
                finders: finders(&scanned),
                words: words.map(|words| finders(&words)),
            }
        } else {
            LiteralScanner::Grams(GramScanner::new(scanned))
        };
        prefilter
    }

    fn add(&mut self, required: &Required, clause: Vec<&str>, cores: &CoreNumbers<'_>) {
        let rule = self.requirements.len() as u32;
        let requirement = Requirement::new(required, cores, self.rules_by_literal.len() as u32);
        let clause = clause.into_iter();
        let clause: Vec<Requirement> =
            clause.map(|literal| Requirement::from_literal(literal, cores)).collect();
        if requirement == Requirement::Nothing || clause.contains(&Requirement::Nothing) {
            self.always.push(rule);
        } else {
            for alternative in clause {
                let rules = match alternative {
                    Requirement::One(TextProperty::Contains(literal)) => {
                        self.rules_by_literal.get_mut(literal as usize)
                    }
                    _ => Some(&mut self.non_ascii),
                };
                if let Some(rules) = rules.filter(|rules| rules.last() != Some(&rule)) {
                    rules.push(rule);
                }
            }
        }
        self.requirements.push(requirement);
    }

    /// Replaces `candidates` by the rules that may match a text, ascending.
    pub fn candidates(&self, text: Raw<'_>, candidates: &mut Vec<u32>) {
        candidates.clear();
        candidates.extend(&self.always);
        let mut state = self.state.take();
        match state.last_text.rules_of(text) {
            Some(rules) => candidates.extend(rules),
            None => self.scan(text, &mut state, candidates),
        }
        self.state.replace(state);
        candidates.sort_unstable();
    }

    /// The same for a decoded text. Returns the literals that it may contain too, if the last scan was of this text.
    pub(crate) fn candidates_and_literals(
        &self,
        text: &str,
        candidates: &mut Vec<u32>,
    ) -> Option<PossibleLiterals> {
        let text = Raw::from(text);
        let state = self.state.borrow();
        let is_known = state.last_text.rules_of(text).is_some();
        let is_scanned = !is_known || state.last_text.scan == state.scan;
        drop(state);
        self.candidates(text, candidates);
        let state = self.state.borrow();
        let is_possible = |number: usize| state.found.get(number) == Some(&state.scan);
        let literals = self.rules_by_literal.len();
        // A rule that requires nothing makes candidates of texts that were never scanned.
        let is_scanned = is_scanned && state.scan > 0 && !candidates.is_empty();
        is_scanned.then(|| PossibleLiterals::new(literals, is_possible))
    }

    /// Whether a text with these possible literals is known to lack a literal, in any case.
    pub(crate) fn lacks(&self, possible: &PossibleLiterals, literal: &str) -> bool {
        let mut contained = self.contained.borrow_mut();
        let contained = contained.get(literal, || self.literals_in(literal));
        contained.iter().any(|number| !possible.contains(*number))
    }

    /// Returns the numbers of the scanned literals that a literal contains. Those found on demand are in most texts.
    fn literals_in(&self, literal: &str) -> Vec<u32> {
        let text = literal.as_bytes();
        match &self.scanner {
            LiteralScanner::Single { finders, .. } => {
                let found = (0..).zip(finders).filter(|(_, finder)| finder.is_match::<1>(text));
                found.map(|(number, _)| number).collect()
            }
            LiteralScanner::Grams(grams) => {
                let mut all = Vec::new();
                let mut state = self.state.borrow_mut();
                let scratch = state.scratch.get_or_insert_with(|| Box::new(grams.scratch()));
                grams.scan::<1>(text, scratch, &mut |number| all.push(number));
                all
            }
        }
    }

    /// Whether an escaped text is decoded before its literals are found.
    pub(crate) fn needs_decoded(&self) -> bool {
        !matches!(self.scanner, LiteralScanner::Single { words: Some(_), .. })
    }

    /// Whether any rule may match a text.
    pub fn any(&self, text: Raw<'_>) -> bool {
        if !self.always.is_empty() {
            return true;
        }
        let mut state = self.state.take();
        let known = state.last_text.rules_of(text);
        let mut any = known.is_some_and(|rules| !rules.is_empty());
        if known.is_none() {
            let mut candidates = Vec::new();
            self.scan(text, &mut state, &mut candidates);
            any = !candidates.is_empty();
            if any {
                state.last_text.set(text, candidates, false);
                state.last_text.scan = state.scan;
            }
        }
        self.state.replace(state);
        any
    }

    /// Remembers that a text has a sign of obfuscation, and that [no rule](Self::any) may match it as it is.
    pub(crate) fn note_obfuscated(&self, text: Raw<'_>) {
        let mut state = self.state.borrow_mut();
        state.last_text.set(text, Vec::new(), true);
        state.last_text.scan = state.scan;
    }

    /// Whether the last text is this one, and known to have a sign of obfuscation.
    pub(crate) fn is_known_obfuscated(&self, text: Raw<'_>) -> bool {
        let last = &self.state.borrow().last_text;
        last.is_obfuscated && last.rules_of(text).is_some()
    }

    /// Adds the candidates for a text that are not candidates for every text.
    fn scan(&self, text: Raw<'_>, state: &mut ScanState, candidates: &mut Vec<u32>) {
        match text {
            Raw::Utf16(text) => self.scan_units::<2>(text, state, candidates),
            Raw::Wtf8(text) => self.scan_units::<1>(text, state, candidates),
            Raw::Escaped(text) => self.scan_escaped(text, state, candidates),
        }
    }

    /// Finds the literals by their words where all of them have one and the text's escapes are known; decodes the text
    /// otherwise.
    fn scan_escaped(&self, text: Escaped<'_>, state: &mut ScanState, candidates: &mut Vec<u32>) {
        match (&self.scanner, text.to_scanned()) {
            (LiteralScanner::Single { words: Some(words), .. }, Some((text, _))) => {
                let found = words
                    .iter()
                    .zip(&self.rules_by_literal)
                    .filter(|(word, _)| word.is_match::<1>(text.bytes()));
                state.possible.clear();
                state.possible.extend(found.flat_map(|(_, rules)| rules));
                // Known escapes are of ASCII characters.
                if !self.non_ascii.is_empty() && has_non_ascii::<1>(text.bytes()) {
                    state.possible.extend(&self.non_ascii);
                }
                state.possible.sort_unstable();
                state.possible.dedup();
                candidates.extend(&state.possible);
            }
            _ => self.scan_units::<1>(&text.decode(), state, candidates),
        }
    }

    /// Scans a text of units of `W` bytes.
    fn scan_units<const W: usize>(
        &self,
        text: &[u8],
        state: &mut ScanState,
        candidates: &mut Vec<u32>,
    ) {
        let ScanState { scratch, scan, found, missed, possible, .. } = state;
        let literals = self.rules_by_literal.len() + self.on_demand.len();
        found.resize(literals, 0);
        missed.resize(literals, 0);
        *scan = scan.checked_add(1).unwrap_or_else(|| {
            found.fill(0);
            missed.fill(0);
            1
        });
        possible.clear();
        let mut add_literal = |literal: u32| {
            set_scan(found, literal, *scan);
            possible.extend(self.rules_by_literal.get(literal as usize).into_iter().flatten());
        };
        match &self.scanner {
            LiteralScanner::Single { finders, .. } => {
                for (literal, _) in (0..).zip(finders).filter(|(_, it)| it.is_match::<W>(text)) {
                    add_literal(literal);
                }
            }
            LiteralScanner::Grams(grams) => {
                let scratch = scratch.get_or_insert_with(|| Box::new(grams.scratch()));
                grams.scan::<W>(text, scratch, &mut add_literal);
            }
        }
        let mut is_non_ascii = None;
        if !self.non_ascii.is_empty() && has_non_ascii::<W>(text) {
            is_non_ascii = Some(true);
            possible.extend(&self.non_ascii);
        }
        possible.sort_unstable();
        possible.dedup();
        let mut has = |property: TextProperty| {
            let TextProperty::Contains(literal) = property else {
                return *is_non_ascii.get_or_insert_with(|| has_non_ascii::<W>(text));
            };
            let index = literal as usize;
            if found.get(index) == Some(scan) {
                return true;
            }
            let on_demand = index.checked_sub(self.rules_by_literal.len());
            let Some(on_demand) = on_demand else { return false };
            if missed.get(index) == Some(scan) {
                return false;
            }
            let finder = self.on_demand.get(on_demand);
            let is_found = finder.is_some_and(|finder| finder.is_match::<W>(text));
            set_scan(if is_found { found } else { missed }, literal, *scan);
            is_found
        };
        let is_met = |rule: &&u32| {
            let requirement = self.requirements.get(**rule as usize);
            requirement.is_some_and(|requirement| requirement.is_met(&mut has))
        };
        candidates.extend(possible.iter().filter(is_met));
    }
}

fn finders(cores: &[Vec<u8>]) -> Vec<BytePairFinder> {
    cores.iter().map(|core| BytePairFinder::new(core)).collect()
}

/// Returns the longest piece of a literal without characters that may be escaped, if it is at least [`MIN_WORD`] long.
fn longest_unescaped_word(core: &[u8]) -> Option<Vec<u8>> {
    let words = core.split(|byte| !Escaped::is_never_escaped(*byte));
    words.max_by_key(|word| word.len()).filter(|word| word.len() >= MIN_WORD).map(<[u8]>::to_vec)
}

fn set_scan(scans: &mut [u32], literal: u32, scan: u32) {
    if let Some(last) = scans.get_mut(literal as usize) {
        *last = scan;
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

    /// Returns the rules that must be candidates.
    fn oracle(rules: &[Required], text: &str) -> Vec<u32> {
        let text = fold_case(text);
        let is_met = |rule: &Required| rule.is_met(&|literal| text.contains(&fold_case(literal)));
        (0..).zip(rules).filter(|(_, rule)| is_met(rule)).map(|(index, _)| index).collect()
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

    fn candidates(prefilter: &RulePrefilter, text: Raw<'_>) -> Vec<u32> {
        let mut candidates = vec![77];
        prefilter.candidates(text, &mut candidates);
        assert_eq!(prefilter.any(text), !candidates.is_empty());
        candidates
    }

    #[test]
    fn literals_are_found_in_any_case_in_both_encodings_at_both_ends() {
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
        assert_eq!(candidates(&prefilter, Raw::from(text)), [0, 1, 3, 4, 5]);
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(candidates(&prefilter, Raw::Utf16(&utf16(&units))), [0, 1, 3, 4, 5]);
        assert_eq!(candidates(&prefilter, Raw::Utf16(&[])), [3, 4]);
        assert!(candidates(&RulePrefilter::new(&[]), Raw::from(text)).is_empty());
        let few = RulePrefilter::new(&rules[5..]);
        assert_eq!(candidates(&few, Raw::from(text)), [0]);
    }

    /// Returns rules with literals of every length, then one with `last`.
    fn many(last: &str) -> Vec<Required> {
        let letters = "qwertzuiopasdfghjklyxcvbnm".repeat(4);
        let others = (1..=90).map(|length| literal(&format!("{}{length}!", &letters[..length])));
        others.chain([literal(last)]).collect()
    }

    #[test]
    fn one_of_many_literals_is_found_anywhere_in_a_long_text() {
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
                        assert_eq!(candidates(&few, raw) == [0], holds, "{literal} {length}");
                        assert_eq!(
                            candidates(&many, raw),
                            if holds { vec![90] } else { vec![] },
                            "{literal} {length}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn characters_beyond_ascii_match_no_ascii_letter() {
        let prefilter =
            RulePrefilter::new(&[literal("kaa"), literal("aaa"), literal("äbc"), literal("ä")]);
        let units = [0x212A, 0x6161, 0x6161, 0x6161, 0x4B4B];
        assert_eq!(candidates(&prefilter, Raw::Utf16(&utf16(&units))), [2, 3]);
        assert_eq!(candidates(&prefilter, Raw::from("\u{212A}aa")), [2, 3]);
        assert_eq!(candidates(&prefilter, Raw::from("AAA")), [1]);
    }

    #[test]
    fn a_replacement_character_may_be_a_lone_surrogate() {
        let prefilter = RulePrefilter::new(&[literal("a\u{FFFD}b")]);
        assert_eq!(candidates(&prefilter, Raw::Utf16(&utf16(&[0x61, 0xD800, 0x62]))), [0]);
    }

    /// Few letters, so that literals occur, and characters whose folding or encoding is special.
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
        fn a_rule_that_matches_is_a_candidate(
            text in units(200),
            mut rules in vec(required(), 0..12),
            cuts in vec((any::<prop::sample::Index>(), 1usize..70, any::<bool>()), 0..4),
        ) {
            // Literals of any length that the text contains, in either case.
            let mut contained = Vec::new();
            for (at, length, upper) in cuts {
                if !text.is_empty() {
                    let at = at.index(text.len());
                    let piece = String::from_utf16_lossy(&text[at..text.len().min(at + length)]);
                    let piece = if upper { piece.to_ascii_uppercase() } else { piece.to_ascii_lowercase() };
                    contained.push(Required::Literal(piece));
                }
            }
            rules.extend(contained.clone());
            rules.push(Required::All(contained));
            let expected = oracle(&rules, &String::from_utf16_lossy(&text));
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
                let found = candidates(&prefilter, raw);
                prop_assert!(found.is_sorted());
                for rule in &expected {
                    prop_assert!(found.contains(rule), "{rule} of {rules:?}");
                }
            }
        }

        #[test]
        fn a_rule_whose_ascii_literals_are_absent_is_no_candidate(
            text in "[abc]{0,60}",
            rules in vec(vec("[abc]{3,6}", 1..3), 1..12),
        ) {
            let rules: Vec<Required> = rules
                .iter()
                .map(|all| Required::All(all.iter().map(|text| literal(text)).collect()))
                .collect();
            prop_assert_eq!(candidates(&RulePrefilter::new(&rules), Raw::from(text.as_str())), oracle(&rules, &text));
        }
    }
}
