//! [`RuleFilter`]: the rule set as the filter of script blocks.

use super::kept_views::KeptViews;
use super::obfuscation::{TextViews, is_obfuscated};
use super::possible_literals::PossibleLiterals;
use super::prefilter::RulePrefilter;
use super::text_cache::{Candidate, KnownText, KnownView, TextCache, TextKey, hash};
use super::text_verdicts::TextVerdicts;
use crate::fingerprint::text_fingerprint;
use crate::indicators::TextIndicators;
use crate::literal::{OBFUSCATED, Required};
use crate::ordered::OrderedSet;
use crate::reassemble::{BlockFilter, MissedViews, ScriptBlock};
use crate::rule::RuleSet;
use crate::script;
use crate::search::{Assumptions, Search, SearchedBlock};
use crate::sort;
use crate::text::{Raw, Text};
use crate::time::Time;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// The running rules of a rule set, behind one prefilter over all of them.
pub(crate) struct RuleFilter {
    rule_set: Arc<RuleSet>,
    prefilter: RulePrefilter,
    /// Index in the rule set of each running rule, by its number in the prefilter.
    running: Vec<u32>,
    /// Numbers in the prefilter of the rules that may require an obfuscated text.
    measuring: Vec<u32>,
    views: bool,
    /// Some running rule reads `_raw`.
    reads_raw: bool,
    since: Option<Time>,
    until: Option<Time>,
    /// By number in the prefilter.
    counts: RefCell<Vec<EvaluationCount>>,
    text_cache: RefCell<TextCache>,
    verdicts: RefCell<TextVerdicts>,
    kept_views: RefCell<KeptViews>,
    /// A view of a block was not searched because of a limit.
    missed_views: Cell<MissedViews>,
    /// The texts that parts were joined to; `None` if nobody asks.
    joined: Option<RefCell<Vec<JoinedText>>>,
    candidates_only: bool,
    /// Whether the indicators of joined texts are noted.
    indicators: bool,
}

/// A text that parts were joined to.
pub(crate) struct JoinedText {
    /// Hash of the fingerprints of the parts.
    pub(crate) parts: u64,
    /// Fingerprint of the text.
    pub(crate) text: u64,
    /// Its shape, unless the text is not listed.
    pub(crate) shape: Option<u64>,
    /// Its indicators, if they are asked for.
    pub(crate) indicators: Option<TextIndicators>,
}

/// The choices of a session that decide which blocks match.
pub(crate) struct FilterOptions<'a> {
    /// Ids of rules that do not run.
    pub disabled: &'a OrderedSet<String>,
    /// The views of obfuscated texts are searched too.
    pub views: bool,
    /// Blocks logged before this time match no rule.
    pub since: Option<Time>,
    /// Blocks logged at or after this time match no rule.
    pub until: Option<Time>,
    /// Whether the fingerprints of joined texts are noted.
    pub joined: bool,
    /// Whether their indicators are noted too.
    pub indicators: bool,
    /// Whether only joined texts that a rule may match have shapes.
    pub candidates_only: bool,
}

/// How often the search of a rule ran. A block counts each time it is evaluated, so the numbers depend on how the logs
/// were divided between sessions: no report contains them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EvaluationCount {
    /// Texts that passed the prefilter and were evaluated.
    pub evaluated: u64,
    /// Texts of these that matched.
    pub matched: u64,
}

impl RuleFilter {
    /// Compiles the prefilter of all rules that are enabled, can run and are about events 4104.
    pub(crate) fn new(rule_set: Arc<RuleSet>, options: &FilterOptions<'_>) -> Self {
        let searches = (0_u32..)
            .zip(&rule_set.rules)
            .filter(|(_, rule)| !options.disabled.contains(&rule.id))
            .filter_map(|(index, rule)| Some((index, rule.search.as_ref().ok()?)))
            // A search for other events would only make every block a candidate.
            .filter(|(_, search)| {
                let nothing = |_: &str| false;
                let assumptions =
                    Assumptions { has_usual_logs: false, ..Assumptions::without(&nothing) };
                search.obstacles(assumptions).is_none()
            });
        let (running, required): (Vec<u32>, Vec<Required>) =
            searches.map(|(index, search)| (index, search.required())).unzip();
        let measuring = (0..)
            .zip(&required)
            .filter(|(_, required)| required.contains(OBFUSCATED))
            .map(|(number, _)| number)
            .collect();
        let search = |index: &u32| rule_set.rules.get(*index as usize)?.search.as_ref().ok();
        Self {
            reads_raw: running.iter().filter_map(search).any(|search| search.reads("_raw")),
            prefilter: RulePrefilter::new(&required),
            counts: RefCell::new(vec![EvaluationCount::default(); running.len()]),
            text_cache: RefCell::default(),
            verdicts: RefCell::default(),
            kept_views: RefCell::default(),
            missed_views: Cell::default(),
            joined: options.joined.then(RefCell::default),
            candidates_only: options.candidates_only,
            indicators: options.indicators,
            rule_set,
            running,
            measuring,
            views: options.views,
            since: options.since,
            until: options.until,
        }
    }

    /// All rules, those that do not run too.
    pub(crate) fn rule_set(&self) -> &RuleSet {
        &self.rule_set
    }

    /// Whether some running rule reads `_raw`, the record as the source has it.
    pub(crate) fn reads_raw(&self) -> bool {
        self.reads_raw
    }

    /// The count of each running rule, with the rule's index in the rule set.
    pub(crate) fn counts(&self) -> Vec<(u32, EvaluationCount)> {
        self.running.iter().copied().zip(self.counts.borrow().iter().copied()).collect()
    }

    /// Replaces the counts by the sums of the counts of two sessions with the same rules.
    pub(crate) fn set_counts(
        &self,
        both: impl Iterator<Item = (EvaluationCount, EvaluationCount)>,
    ) {
        let sum = |(a, b): (EvaluationCount, EvaluationCount)| EvaluationCount {
            evaluated: a.evaluated + b.evaluated,
            matched: a.matched + b.matched,
        };
        self.counts.replace(both.map(sum).collect());
    }

    /// Returns the views of texts that rules match in a view only, as far as they are kept.
    pub(crate) fn kept_views(&self) -> KeptViews {
        self.kept_views.borrow().clone()
    }

    /// Takes out the kept views.
    pub(crate) fn take_kept_views(&self) -> KeptViews {
        self.kept_views.take()
    }

    /// Adds the kept views of another session with the same rules.
    pub(crate) fn add_kept_views(&self, views: KeptViews) {
        self.kept_views.borrow_mut().add(views);
    }

    /// Returns the joined texts since this was last asked.
    pub(crate) fn take_joined(&self) -> Vec<JoinedText> {
        self.joined.as_ref().map(RefCell::take).unwrap_or_default()
    }

    /// Whether a record's time is in the range of the options. A record without a time may be.
    pub(crate) fn is_time_in_range(&self, time: Option<Time>) -> bool {
        time.is_none_or(|time| {
            self.since.is_none_or(|since| time >= since)
                && self.until.is_none_or(|until| time < until)
        })
    }

    /// Sets all counts to zero.
    pub(crate) fn reset_counts(&self) {
        self.counts.borrow_mut().fill(EvaluationCount::default());
    }
}

impl BlockFilter for RuleFilter {
    /// Tests the text as its source encodes it.
    fn may_match(&self, text: Raw<'_>) -> bool {
        self.verdicts.borrow_mut().get(text, || self.may_match_unknown(text))
    }

    /// Evaluates the rules that pass the prefilter on the block, and then on its views.
    fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
        let mut matching = Vec::new();
        if !self.is_in_time_range(block) {
            return matching;
        }
        // Further values of the field come from the record, not from the text.
        let has_further_texts = block.event.values_after_first("ScriptBlockText").next().is_some();
        let (hash, cache) = (hash(&block.text), self.text_cache.borrow());
        let known = cache.get(&block.text, hash).filter(|_| !has_further_texts);
        if let Some(known) = known {
            self.evaluate(block, known, &mut matching);
        } else {
            drop(cache);
            let (mut known, views) = self.examine(block);
            self.evaluate(block, &known, &mut matching);
            if block.view_rules.get().is_some_and(|rules| !rules.is_empty()) {
                self.kept_views.borrow_mut().keep(&block.text, views);
            }
            if !has_further_texts {
                self.forget_decided(&mut known);
                self.text_cache.borrow_mut().insert(known, hash);
            }
        }
        sort::sort(&mut matching);
        matching
    }

    fn shared_text(&self, text: &Arc<str>) -> Arc<str> {
        let cache = self.text_cache.borrow();
        // A text that has other owners is in the cache itself.
        let known = match Arc::strong_count(text) {
            1 => cache.get(text, hash(text)),
            _ => None,
        };
        match known.map(|known| &known.text) {
            Some(TextKey::Text(known)) => Arc::clone(known),
            _ => Arc::clone(text),
        }
    }

    fn take_missed_views(&self) -> MissedViews {
        self.missed_views.take()
    }

    fn wants_joined(&self) -> bool {
        self.joined.is_some()
    }

    fn note_joined(&self, parts: u64, text: &Text) {
        if let Some(joined) = &self.joined {
            let is_listed = !self.candidates_only || self.may_match(text.as_raw());
            let fingerprint = text_fingerprint(&text.as_bytes());
            let text = text.to_lossy();
            joined.borrow_mut().push(JoinedText {
                parts,
                text: fingerprint,
                shape: is_listed.then(|| script::shape(&text)),
                indicators: self.indicators.then(|| TextIndicators::new(&text, self.views)),
            });
        }
    }

    fn score(&self, rule: u32) -> i64 {
        let rule = self.rule_set.rules.get(rule as usize);
        rule.map_or(0, |rule| rule.score().hundredths())
    }
}

impl RuleFilter {
    /// Whether a text that is not known has a rule's literals, or a sign that a view may have them.
    fn may_match_unknown(&self, text: Raw<'_>) -> bool {
        let decoded;
        let text = match text {
            Raw::Escaped(escaped) if self.prefilter.needs_decoded() => {
                decoded = escaped.decode();
                Raw::Wtf8(&decoded)
            }
            text => text,
        };
        // Without a running rule no view can match.
        self.prefilter.any(text) || {
            let is_obfuscated =
                self.views && !self.running.is_empty() && script::is_obfuscated(text);
            if is_obfuscated {
                self.prefilter.note_obfuscated(text);
            }
            is_obfuscated
        }
    }

    /// Whether a block is searched in its views too.
    fn is_obfuscated(&self, block: &ScriptBlock) -> bool {
        let text = Raw::from(&*block.text);
        self.prefilter.is_known_obfuscated(text) || is_obfuscated(block)
    }

    fn is_in_time_range(&self, block: &ScriptBlock) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        // A block without a time may lie in the range. The report counts such records. A forged part with another time
        // must not take the block out of the range.
        let is_within = |time: Option<Time>| self.is_time_in_range(time);
        let copies = block.parts.iter().flat_map(|part| &part.copies);
        is_within(block.event.time) || copies.map(|copy| copy.time).any(is_within)
    }

    /// Returns the rules that may match a block's text and, if it is obfuscated, its views, and all of its views.
    fn examine(&self, block: &ScriptBlock) -> (KnownText, TextViews) {
        let is_obfuscated = self.views && self.is_obfuscated(block);
        let mut numbers = Vec::new();
        let literals = self.prefilter.candidates_and_literals(&block.text, &mut numbers);
        let mut candidates = Candidate::list(&numbers);
        let (mut views, mut all) = (Vec::new(), TextViews::default());
        let mut hidden = None;
        let mut missed = MissedViews::default();
        if is_obfuscated {
            let (views_of_text, reached) = script::views_of_any(&block.text);
            all = TextViews::from_views(block.text.len(), views_of_text);
            missed.unsearched = reached.views || reached.packed;
            missed.unevaluated = reached.evaluation;
            if !self.measuring.is_empty() {
                hidden = Some(all.hidden);
                let others = self.measuring.iter().filter(|number| !numbers.contains(number));
                candidates.append(&mut Candidate::list(&others.copied().collect::<Vec<_>>()));
            }
            for text in &all.texts {
                let literals = self.prefilter.candidates_and_literals(text, &mut numbers);
                if !numbers.is_empty() {
                    let candidates = Candidate::list(&numbers);
                    views.push(KnownView { text: Some(Arc::clone(text)), candidates, literals });
                }
            }
        }
        let text = TextKey::new(&block.text);
        (KnownText { text, candidates, views, missed, hidden, literals }, all)
    }

    /// Adds the rules that match a block or one of its views.
    fn evaluate(&self, block: &ScriptBlock, known: &KnownText, matching: &mut Vec<u32>) {
        self.missed_views.set(self.missed_views.get().or(known.missed));
        if let Some(hidden) = known.hidden {
            block.hidden.get_or_init(|| hidden);
        }
        self.evaluate_candidates(block, &known.candidates, known.literals.as_ref(), matching);
        let in_text = matching.len();
        if !known.views.is_empty() {
            let mut with_view = ScriptBlock { gaps: Vec::new(), ..block.clone() };
            for view in &known.views {
                with_view.text = view.text.clone().unwrap_or_default();
                let (candidates, literals) = (&view.candidates, view.literals.as_ref());
                self.evaluate_candidates(&with_view, candidates, literals, matching);
            }
        }
        block.view_rules.get_or_init(|| matching.get(in_text..).unwrap_or_default().into());
    }

    /// Adds the candidates that match a block and are not in `matching` yet.
    fn evaluate_candidates(
        &self,
        block: &ScriptBlock,
        candidates: &[Candidate],
        literals: Option<&PossibleLiterals>,
        matching: &mut Vec<u32>,
    ) {
        let mut counts = self.counts.borrow_mut();
        let lacks = |literal: &str| {
            literals.is_some_and(|literals| self.prefilter.lacks(literals, literal))
        };
        let searched =
            SearchedBlock::knowing(block, literals.map(|_| &lacks as &dyn Fn(&str) -> bool));
        for candidate in candidates {
            let number = candidate.number as usize;
            let Some((&rule, count)) = self.running.get(number).zip(counts.get_mut(number)) else {
                continue;
            };
            if matching.contains(&rule) {
                continue;
            }
            let matches = self.search(rule).is_some_and(|search| {
                candidate.holds.get() != Some(false)
                    && search.holds_beside_text(block)
                    && candidate.holds.get().unwrap_or_else(|| {
                        let holds = search.holds_for_text(&searched);
                        candidate.holds.set(Some(holds));
                        holds
                    })
            });
            count.evaluated += 1;
            count.matched += u64::from(matches);
            if matches {
                matching.push(rule);
            }
        }
    }

    /// Removes the candidates for views that decide nothing for any block with the text, and the texts of views that no
    /// rule needs.
    fn forget_decided(&self, known: &mut KnownText) {
        // A rule whose conditions the text itself meets matches no block by a view alone.
        let mut met = self.met(&known.candidates);
        known.literals = None;
        for view in &mut known.views {
            view.literals = None;
            view.candidates.retain(|candidate| {
                candidate.holds.get() != Some(false) && !met.contains(&candidate.number)
            });
            met.append(&mut self.met(&view.candidates));
            let is_undecided = |candidate: &Candidate| {
                candidate.holds.get().is_none() || self.mixes_text(candidate)
            };
            if !view.candidates.iter().any(is_undecided) {
                view.text = None;
            }
        }
        known.views.retain(|view| !view.candidates.is_empty());
    }

    /// Returns the numbers of the rules whose conditions on a text hold, without those that mix it with other fields.
    fn met(&self, candidates: &[Candidate]) -> Vec<u32> {
        let met = candidates
            .iter()
            .filter(|candidate| candidate.holds.get() == Some(true) && !self.mixes_text(candidate));
        met.map(|candidate| candidate.number).collect()
    }

    fn mixes_text(&self, candidate: &Candidate) -> bool {
        let rule = self.running.get(candidate.number as usize);
        rule.and_then(|rule| self.search(*rule)).is_some_and(Search::mixes_text)
    }

    fn search(&self, rule: u32) -> Option<&Search> {
        self.rule_set.rules.get(rule as usize)?.search.as_ref().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::rule::{RuleFile, RuleOptions, load};
    use proptest::prelude::*;

    const SEARCHES: [&str; 6] = [
        "ScriptBlockText=*Enable-PSRemoting*",
        "Computer=DC* ScriptBlockText=*Enable-PSRemoting*",
        "ScriptBlockText=*PSRemoting* (Computer=DC* OR ScriptBlockText=*-Force*)",
        "ScriptBlockText=*PSRemoting* NOT Computer=DC*",
        "ScriptBlockText=*PSRemoting* Message=*-Force*",
        "ScriptBlockText=*PSRemoting* | where len(ScriptBlockText) > 26 AND Computer=\"FS1\"",
    ];

    const TEXTS: [&str; 6] = [
        "Enable-PSRemoting",
        "Enable-PSRemoting -Force # and more",
        "&('Enable-'+'PSRemoting') # hidden",
        "Enable-PSRemoting; &('Enable-'+'PSRemoting') -Force",
        "Get-Date; &('Get-'+'Item')",
        "&('Enable-'+'PSRemoting') -Force; powershell -e RQBuAGEAYgBsAGUALQBQAFMAUgBlAG0AbwB0AGkAbgBnACAALQBGAG8AcgBjAGUA",
    ];

    fn filter() -> RuleFilter {
        filter_of(&SEARCHES)
    }

    fn filter_of(searches: &[&str]) -> RuleFilter {
        let files: Vec<RuleFile> = (0..)
            .zip(searches)
            .map(|(index, search)| {
                let search = search.replace('\'', "''");
                let text = format!("name: R{index}\nid: {index}\nsearch: '{search}'\n");
                RuleFile::new(format!("{index}.yml"), text)
            })
            .collect();
        let set = load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() });
        assert!(set.rules.iter().all(|rule| rule.search.is_ok()));
        let disabled = OrderedSet::new();
        let options = FilterOptions {
            disabled: &disabled,
            views: true,
            since: None,
            until: None,
            joined: false,
            indicators: false,
            candidates_only: false,
        };
        RuleFilter::new(set.into(), &options)
    }

    #[test]
    fn measures_of_obfuscation_select_obfuscated_scripts() {
        let filter = filter_of(&[
            "obfuscation.layers>0",
            "obfuscation.folded>=50 ScriptBlockText=*psremoting*",
            "obfuscation.layers=0 obfuscation.steps=1",
            "ScriptBlockText=*date* | where 'obfuscation.entropy' > 100",
            "ScriptBlockText=*xyz* OR obfuscation.symbols>20",
        ]);
        let titles = |matching: Vec<u32>| -> Vec<&str> {
            let rules = &filter.rule_set().rules;
            matching.iter().map(|rule| rules[*rule as usize].title.as_str()).collect()
        };
        let long = "&('Get-'+'Date') # a comment that is longer than the call, and says nothing";
        for (text, expected) in [
            ("Get-Date", &[][..]),
            ("&('Enable-'+'PSRemoting')", &["R1", "R2", "R4"]),
            (long, &["R2", "R3"]),
            (TEXTS[5], &["R0", "R1"]),
            ("xyz", &["R4"]),
        ] {
            for repeated in 0..2 {
                let matching = filter.matching_rules(&block(text, "A", false));
                assert_eq!(titles(matching), expected, "{text}, {repeated}");
            }
            assert!(expected.is_empty() || filter.may_match(Raw::from(text)), "{text}");
        }
    }

    fn block(text: &str, computer: &str, further: bool) -> ScriptBlock {
        let values = ["a", "Enable-PSRemoting -Force"].into_iter().filter(|_| further);
        let fields = values.map(|value| ("ScriptBlockText", value)).collect();
        let event = Event {
            computer: Some(computer.to_owned()),
            text: text.into(),
            fields,
            ..Event::default()
        };
        ScriptBlock::from_event(event, 0)
    }

    #[test]
    fn a_text_matches_by_its_views_and_with_other_fields_by_other_rules() {
        let filter = filter();
        for _ in 0..2 {
            let rules =
                |text: usize, computer| filter.matching_rules(&block(TEXTS[text], computer, false));
            assert_eq!(rules(0, "DC1"), [0, 1, 2]);
            assert_eq!(rules(0, "FS1"), [0, 3]);
            assert_eq!(rules(2, "FS1"), [0, 3, 5]);
            assert_eq!(rules(3, "FS1"), [0, 2, 3, 4, 5]);
            assert_eq!(rules(4, "DC1"), [0_u32; 0]);
            let known = filter
                .text_cache
                .borrow()
                .get(TEXTS[3], hash(TEXTS[3]))
                .map(|known| known.views.len());
            assert!(known.is_some());
        }
    }

    /// Searches whose literals contain each other, with characters of other lengths in other cases.
    fn search() -> impl Strategy<Value = String> {
        const WORDS: &[&str] = &[
            "abc",
            "xabcx",
            "ABCD",
            "bcd",
            "k\u{212A}ab",
            "äbcd",
            "dab",
            "abcabc",
            "bc",
            "cab d",
            "\u{17F}abc",
            "d*ab",
            "iabc",
            "İab",
        ];
        let word = || prop::sample::select(WORDS);
        (word(), word(), word(), 0..6).prop_map(|(a, b, c, kind)| match kind {
            0 => format!("ScriptBlockText IN (\"*{a}*\", \"*{b}*{c}*\", \"{c}*\")"),
            1 => format!("ScriptBlockText=\"*{a}*\" NOT ScriptBlockText=\"*{b}*\""),
            2 => format!(
                "ScriptBlockText IN (\"*{a}*\", \"*{b}*\") | regex ScriptBlockText=\"(?i){a}\\s*{b}|{c}[ab]+\""
            ),
            3 => format!("* | where match(ScriptBlockText, \"{a}|(?i){b}.{c}\")"),
            4 => format!("ScriptBlockText=\"*{a}*\" Message=\"*{b}*\""),
            _ => format!("ScriptBlockText!=\"*{a}*\" OR {b}*"),
        })
    }

    fn text() -> impl Strategy<Value = String> {
        const PIECES: &[&str] = &[
            "abc", "ABC", "d", "x", "ab", "bc", "\u{212A}", "k", "ä", "Ä", "\u{17F}", "s", "i",
            "İ", " ", "\n", "# ab",
        ];
        prop::collection::vec(prop::sample::select(PIECES), 0..14).prop_map(|all| all.concat())
    }

    proptest! {
        #[test]
        fn tests_for_absent_literals_are_skipped_without_a_difference(
            searches in prop::collection::vec(search(), 1..9),
            texts in prop::collection::vec(text(), 1..8),
            is_asked in any::<bool>(),
        ) {
            let filter = filter_of(&searches.iter().map(String::as_str).collect::<Vec<_>>());
            for text in texts {
                let block = block(&text, "A", false);
                if is_asked {
                    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                    filter.may_match(Raw::Utf16(&units));
                }
                let rules = (0..).zip(&filter.rule_set().rules);
                let selects = |rule: &crate::rule::Rule| rule.search.as_ref().unwrap().holds(&block);
                let expected: Vec<u32> =
                    rules.filter(|(_, rule)| selects(rule)).map(|(index, _)| index).collect();
                prop_assert_eq!(filter.matching_rules(&block), expected, "{:?} in {:?}", searches, text);
            }
        }
    }

    proptest! {
        #[test]
        fn known_texts_match_as_unknown_ones_do(
            blocks in prop::collection::vec((0..TEXTS.len(), 0..3_usize, prop::bool::weighted(0.2)), 1..30),
        ) {
            let known = filter();
            for (text, computer, further) in blocks {
                let block = block(TEXTS[text], ["DC1", "FS1", "WKS7"][computer], further);
                prop_assert_eq!(known.matching_rules(&block), filter().matching_rules(&block));
                let shared = known.shared_text(&block.text);
                prop_assert_eq!(&shared, &block.text);
            }
        }
    }
}
