//! Sigma's correlation rules, and the counting conditions that came before them.

use super::condition::Aggregation;
use super::detection::Refused;
use super::{Draft, Frame, SigmaDocument, head, weight};
use crate::limits::{CORRELATION_DEPTH, CORRELATION_PREDICATES, CORRELATION_RULES, SIGMA_BYTES};
use crate::rule::model::{Rule, Unsupported};
use crate::rule::options::LevelScores;
use crate::rule::yaml::Node;
use crate::search::{
    Command, Comparison, Condition, CorrelatedRule, Correlation, CorrelationKind, CountBound,
    Search,
};
use crate::sort;
use std::collections::HashMap;

/// Reads `30s`, `5m`, `1h` or `7d` as seconds; months and years (`1M`, `1y`) are mean ones.
pub(super) fn timespan(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        "M" => 2_629_746,
        "y" => 31_556_952,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds).filter(|seconds| *seconds > 0)
}

/// Makes rules of correlation documents out of the rules they name, which may be correlations too. Those that
/// they name make no results of their own unless it is said that they do: `generate: true`.
pub(super) fn read(
    documents: &[&SigmaDocument],
    drafts: &mut [Draft],
    frame: &Frame<'_>,
    levels: &LevelScores,
) -> Vec<Rule> {
    let names = Names::new(documents.iter().enumerate().map(|(index, document)| {
        let text = |key: &str| document.node.text_of(key).map(str::to_owned);
        (index, text("id"), text("name"), text("title"))
    }));
    let draft_names = Names::new(drafts.iter().enumerate().map(|(index, draft)| {
        let rule = &draft.rule;
        (index, Some(rule.id.clone()), draft.name.clone(), Some(rule.title.clone()))
    }));
    let draft_weights = drafts.iter().map(Draft::weight).collect();
    let mut reader = Reader {
        documents,
        drafts,
        names,
        draft_names,
        made: documents.iter().map(|_| Made::No).collect(),
        parts: vec![false; documents.len()],
        draft_weights,
        weights: vec![0; documents.len()],
        budget: CORRELATION_PREDICATES,
    };
    (0..documents.len()).for_each(|index| reader.make(index, CORRELATION_DEPTH));
    let Reader { made, parts, drafts, draft_names, .. } = reader;
    let mut rules = Vec::new();
    let mut bytes = SIGMA_BYTES;
    for ((document, made), is_part) in documents.iter().zip(made).zip(parts) {
        if is_part {
            continue;
        }
        let mut rule = head(document, levels);
        rule.search = match made {
            Made::Yes(Ok(correlation)) => {
                let own = document.node.get("correlation");
                let names = own.map(|own| own.texts_of("rules")).unwrap_or_default();
                let parts =
                    sort::collect_set(names.iter().filter_map(|name| draft_names.find(name)));
                for part in parts.iter().filter_map(|index| drafts.get(*index)) {
                    let part = &part.rule;
                    if let Some(rest) = bytes.checked_sub(part.title.len() + part.text.len()) {
                        bytes = rest;
                        rule.text.push_str(&format!("\n# {}\n{}", part.title, part.text));
                    }
                    for attack in &part.attack {
                        if !rule.attack.contains(attack) {
                            rule.attack.push(attack.clone());
                        }
                    }
                }
                search(&rule.title, correlation, frame)
            }
            Made::Yes(Err(refused)) => Err(refused.into()),
            Made::No | Made::Begun => {
                Err(Refused { reason: "no correlation".into(), at: document.node.at }.into())
            }
        };
        rules.push(rule);
    }
    rules
}

/// What documents are called: by id in any case, by name, by title. Of several, the first is meant.
struct Names(HashMap<String, usize>);

type Called = (usize, Option<String>, Option<String>, Option<String>);

impl Names {
    fn new(all: impl Iterator<Item = Called>) -> Self {
        let mut names = HashMap::new();
        for (index, id, name, title) in all {
            let id = id.map(|id| id.trim().to_ascii_lowercase());
            for name in [id, name, title].into_iter().flatten().filter(|name| !name.is_empty()) {
                names.entry(name).or_insert(index);
            }
        }
        Self(names)
    }

    fn find(&self, reference: &str) -> Option<usize> {
        let lower = || self.0.get(&reference.to_ascii_lowercase());
        self.0.get(reference).or_else(lower).copied()
    }
}

/// How far a correlation document is.
enum Made {
    No,
    /// What it builds on is being made: to ask for it now is to build on itself.
    Begun,
    Yes(Result<Correlation, Refused>),
}

struct Reader<'a> {
    documents: &'a [&'a SigmaDocument],
    drafts: &'a mut [Draft],
    names: Names,
    draft_names: Names,
    made: Vec<Made>,
    /// Those that only serve others.
    parts: Vec<bool>,
    /// How many tests the rules are made of, and the correlations.
    draft_weights: Vec<usize>,
    weights: Vec<usize>,
    /// Tests that may still be copied.
    budget: usize,
}

impl Reader<'_> {
    /// Makes a correlation, and before it those that it builds on.
    fn make(&mut self, index: usize, depth: usize) {
        let Some(document) = self.documents.get(index) else { return };
        let Some(made @ Made::No) = self.made.get_mut(index) else { return };
        *made = Made::Begun;
        let node = &document.node;
        let result = match node.get("correlation") {
            Some(own) => self.correlation(own, node, depth),
            None => Err(Refused { reason: "no correlation".into(), at: node.at }),
        };
        if let (Ok(correlation), Some(own)) = (&result, self.weights.get_mut(index)) {
            *own = correlation.rules.iter().map(|rule| weight(&rule.filter)).sum();
        }
        if let Some(made) = self.made.get_mut(index) {
            *made = Made::Yes(result);
        }
    }

    fn correlation(
        &mut self,
        own: &Node,
        node: &Node,
        depth: usize,
    ) -> Result<Correlation, Refused> {
        let refuse = |reason: String| Refused { reason, at: own.at };
        let names = own.texts_of("rules");
        if names.is_empty() {
            return Err(refuse("a correlation without rules".into()));
        }
        let condition = own.get("condition");
        let bounds = bounds(condition)?;
        let fields = condition.map(|condition| condition.texts_of("field")).unwrap_or_default();
        let (kind, bounds) = match own.text_of("type").unwrap_or_default() {
            "event_count" => (CorrelationKind::Events, bounds),
            "value_count" if fields.is_empty() => {
                return Err(refuse("value_count needs a field in its condition".into()));
            }
            "value_count" => (CorrelationKind::Values(fields), bounds),
            word @ ("temporal" | "temporal_ordered") => {
                let all = CountBound::Order(Comparison::GreaterOrEqual, names.len() as u64);
                let bounds = if bounds.is_empty() { vec![all] } else { bounds };
                let ordered = word == "temporal_ordered";
                // A part of an order is none: whether some of the rules would do is never asked.
                if ordered
                    && (0..=names.len())
                        .any(|n| bounds.iter().all(|bound| bound.holds(n)) != (n == names.len()))
                {
                    let reason = format!(
                        "temporal_ordered finds all of its rules: its condition can only be gte: {}",
                        names.len()
                    );
                    return Err(Refused { reason, at: condition.unwrap_or(own).at });
                }
                (CorrelationKind::Rules { ordered }, bounds)
            }
            other => {
                return Err(refuse(format!(
                    "the correlation type “{other}” is not known; event_count, value_count, temporal and temporal_ordered are"
                )));
            }
        };
        if bounds.is_empty() {
            return Err(refuse("the condition needs gt, gte, lt, lte or eq with a number".into()));
        }
        let span = own.get("timespan").or_else(|| own.get("timeframe"));
        let Some(seconds) = span.and_then(Node::text).and_then(timespan) else {
            let reason = "a timespan such as 30s, 5m, 1h or 7d is needed".into();
            return Err(Refused { reason, at: span.unwrap_or(own).at });
        };
        let by = own.texts_of("group-by");
        let generate = [own, node].iter().any(|node| node.text_of("generate") == Some("true"));
        let mut rules = Vec::new();
        for name in &names {
            let (filter, inner) = self.part(name, own, generate, depth)?;
            let by = by.iter().map(|group| aliased(own, group, name)).collect();
            rules.push(CorrelatedRule { name: name.clone(), filter, inner, by });
        }
        let correlation = Correlation { kind, rules, by, seconds: Some(seconds), bounds };
        if correlation.size().0 > CORRELATION_RULES {
            return Err(refuse(format!("it builds on more than {CORRELATION_RULES} rules")));
        }
        Ok(correlation)
    }

    /// The events of a rule that a correlation names, and the correlation that it is.
    fn part(
        &mut self,
        name: &str,
        own: &Node,
        generate: bool,
        depth: usize,
    ) -> Result<(Condition, Option<Box<Correlation>>), Refused> {
        let refuse = |reason: String| Refused { reason, at: own.at };
        let draft = self.draft_names.find(name);
        if let Some((index, draft)) =
            draft.and_then(|index| Some((index, self.drafts.get_mut(index)?)))
        {
            let weight = self.draft_weights.get(index).copied().unwrap_or_default();
            self.budget = less(self.budget, weight).map_err(refuse)?;
            let filter = draft.filtered().map_err(|refused| {
                refuse(format!("the rule {name} cannot run: {}", refused.reason))
            })?;
            draft.is_part |= !generate;
            return Ok((filter, None));
        }
        let Some(index) = self.names.find(name) else {
            return Err(refuse(format!("the rule {name} is not among those loaded")));
        };
        let Some(depth) = depth.checked_sub(1) else {
            return Err(refuse(format!(
                "more than {CORRELATION_DEPTH} correlations build on one another"
            )));
        };
        self.make(index, depth);
        match self.made.get(index) {
            Some(Made::Yes(Ok(inner))) => {
                if let Some(is_part) = self.parts.get_mut(index) {
                    *is_part |= !generate;
                }
                let weight = self.weights.get(index).copied().unwrap_or_default();
                self.budget = less(self.budget, weight).map_err(refuse)?;
                let filters = inner.rules.iter().map(|rule| rule.filter.clone()).collect();
                Ok((Condition::Any(filters), Some(Box::new(inner.clone()))))
            }
            Some(Made::Yes(Err(refused))) => {
                Err(refuse(format!("the correlation {name} cannot run: {}", refused.reason)))
            }
            _ => Err(refuse(format!("the correlation {name} builds on itself"))),
        }
    }
}

/// What is left of the tests that may be copied.
fn less(budget: usize, used: usize) -> Result<usize, String> {
    budget.checked_sub(used).ok_or_else(|| {
        format!(
            "correlations ask more than {CORRELATION_PREDICATES} things of the rules they build on"
        )
    })
}

/// The search of a condition that counts: `selection | count(field) by group > number`.
pub(super) fn counted(
    title: &str,
    filter: Condition,
    aggregation: &Aggregation,
    timeframe: Option<u64>,
    frame: &Frame<'_>,
) -> Result<Search, Unsupported> {
    let by: Vec<String> = aggregation.by.iter().cloned().collect();
    let correlation = Correlation {
        kind: match &aggregation.field {
            Some(field) => CorrelationKind::Values(vec![field.clone()]),
            None => CorrelationKind::Events,
        },
        rules: vec![CorrelatedRule { name: title.to_owned(), filter, inner: None, by: by.clone() }],
        by,
        seconds: timeframe,
        bounds: bound(aggregation.comparison, aggregation.number).into_iter().collect(),
    };
    search(title, correlation, frame)
}

fn search(title: &str, correlation: Correlation, frame: &Frame<'_>) -> Result<Search, Unsupported> {
    let filters = correlation.rules.iter().map(|rule| rule.filter.clone()).collect();
    frame.search(title, Condition::Any(filters), [Command::Correlate(correlation)])
}

fn bound(word: &str, number: u64) -> Option<CountBound> {
    Some(match word {
        "lt" => CountBound::Order(Comparison::Less, number),
        "lte" => CountBound::Order(Comparison::LessOrEqual, number),
        "gt" => CountBound::Order(Comparison::Greater, number),
        "gte" => CountBound::Order(Comparison::GreaterOrEqual, number),
        "eq" => CountBound::Equal(number),
        "neq" => CountBound::Other(number),
        _ => return None,
    })
}

fn bounds(condition: Option<&Node>) -> Result<Vec<CountBound>, Refused> {
    let Some(condition) = condition else { return Ok(Vec::new()) };
    if condition.text().is_some() {
        let reason = "a correlation's condition is a map such as gte: 10".into();
        return Err(Refused { reason, at: condition.at });
    }
    let mut bounds = Vec::new();
    for entry in condition.entries().iter().filter(|entry| entry.key != "field") {
        let number = entry.node.text().and_then(|text| text.parse().ok());
        match number.and_then(|number| bound(&entry.key, number)) {
            Some(bound) => bounds.push(bound),
            None => {
                let reason =
                    format!("“{}” needs to be gt, gte, lt, lte or eq with a number", entry.key);
                return Err(Refused { reason, at: entry.at });
            }
        }
    }
    Ok(bounds)
}

/// The field of a rule's events that a group's name stands for.
fn aliased(own: &Node, group: &str, rule: &str) -> String {
    let aliases = own.get("aliases").and_then(|aliases| aliases.get(group));
    aliases.and_then(|fields| fields.text_of(rule)).unwrap_or(group).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::reassemble::ScriptBlock;
    use crate::rule::{RuleFile, RuleOptions, RuleSet, load};
    use crate::search::RunContext;
    use crate::text::Text;
    use crate::time::Time;

    fn set(correlation: &str) -> RuleSet {
        let part = |name: &str| {
            format!(
                "title: Part {name}\nname: {name}\nlogsource: {{product: windows, category: ps_script}}\ndetection:\n  s:\n    ScriptBlockText|contains: '{name}'\n  condition: s\nlevel: low\ntags: [attack.t1059]\n---\n"
            )
        };
        let (own, others) = correlation.split_once("\n---").unwrap_or((correlation, ""));
        let text = format!(
            "{}{}title: Several\nid: 22222222-2222-2222-2222-222222222222\nlevel: high\ncorrelation:\n{}---{others}",
            part("aa"),
            part("bb"),
            own.lines().map(|line| format!("  {line}\n")).collect::<String>()
        );
        let files = [RuleFile::new("c.yml", text.as_bytes())];
        load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() })
    }

    /// Events as `minute computer text`.
    fn blocks(events: &[(i64, &str, &str)]) -> Vec<ScriptBlock> {
        let block = |(minute, computer, text): &(i64, &str, &str)| {
            let event = Event {
                computer: Some((*computer).into()),
                time: Time::new(minute * 60, 0, 0),
                text: Text::from(*text),
                ..Event::default()
            };
            ScriptBlock::from_event(event, 0)
        };
        events.iter().map(block).collect()
    }

    /// Events to the rows' computer, count and first minute.
    fn rows(correlation: &str, events: &[(i64, &str, &str)]) -> Vec<(String, String, i64)> {
        let set = set(correlation);
        let rule = set.rules.iter().find(|rule| rule.title == "Several").unwrap();
        let search = rule.search.as_ref().unwrap_or_else(|refusal| panic!("{}", refusal.reason));
        let blocks = blocks(events);
        let mut blocks: Vec<&ScriptBlock> = blocks.iter().collect();
        blocks.sort_by_key(|block| std::cmp::Reverse(block.event.time));
        let table = search.run(&blocks, &RunContext::default());
        let index = |name: &str| table.columns.iter().position(|column| column == name).unwrap();
        let cell = |row: &crate::search::TableRow, name: &str| {
            row.cells[index(name)].text().unwrap_or_default().into_owned()
        };
        table
            .rows
            .iter()
            .map(|row| {
                let first = Time::parse(&cell(row, "firstTime")).unwrap().0;
                (cell(row, "Computer"), cell(row, "count"), first.seconds() / 60)
            })
            .collect()
    }

    fn row(computer: &str, count: &str, minute: i64) -> (String, String, i64) {
        (computer.into(), count.into(), minute)
    }

    #[test]
    fn counts_of_events_slide() {
        let rule = "type: event_count\nrules: [aa]\ngroup-by: [Computer]\ntimespan: 5m\ncondition: {gte: 3}";
        let events = [
            (0, "DC01", "aa"),
            (1, "DC01", "aa"),
            (4, "FS03", "aa"),
            (5, "DC01", "aa"),
            (9, "DC01", "bb"),
            (20, "DC01", "aa"),
            (24, "DC01", "aa"),
            (26, "DC01", "aa"),
        ];
        assert_eq!(rows(rule, &events), [row("DC01", "3", 0)]);
        let close =
            [(0, "A", "aa"), (1, "A", "aa"), (2, "A", "aa"), (6, "A", "aa"), (7, "A", "aa")];
        assert_eq!(rows(rule, &close), [row("A", "5", 0)]);
    }

    #[test]
    fn units_of_time() {
        for (text, seconds) in [
            ("30s", 30),
            ("5m", 300),
            ("2h", 7_200),
            ("1d", 86_400),
            ("1w", 604_800),
            ("1M", 2_629_746),
            ("1y", 31_556_952),
        ] {
            assert_eq!(timespan(text), Some(seconds), "{text}");
        }
        for text in ["", "5", "m", "0s", "-5m", "1.5h", "5x", "99999999999999999999s"] {
            assert_eq!(timespan(text), None, "{text}");
        }
    }

    #[test]
    fn counts_of_values() {
        let rule = "type: value_count\nrules: [aa]\ngroup-by: [Computer]\ntimespan: 1h\ncondition: {field: ScriptBlockText, gt: 1}";
        let same = [(0, "A", "aa 1"), (1, "A", "aa 1")];
        assert!(rows(rule, &same).is_empty());
        let different = [(0, "A", "aa 1"), (1, "A", "aa 1"), (2, "A", "aa 2")];
        assert_eq!(rows(rule, &different), [row("A", "2", 0)]);
    }

    #[test]
    fn several_rules_in_any_order_or_in_theirs() {
        let rule = |kind: &str| {
            format!("type: {kind}\nrules: [aa, bb]\ngroup-by: [Computer]\ntimespan: 10m")
        };
        let forward = [(0, "A", "aa"), (5, "A", "bb")];
        let backward = [(0, "A", "bb"), (5, "A", "aa")];
        let apart = [(0, "A", "aa"), (11, "A", "bb")];
        let elsewhere = [(0, "A", "aa"), (5, "B", "bb")];
        assert_eq!(rows(&rule("temporal"), &forward), [row("A", "2", 0)]);
        assert_eq!(rows(&rule("temporal"), &backward), [row("A", "2", 0)]);
        assert_eq!(rows(&rule("temporal_ordered"), &forward), [row("A", "2", 0)]);
        assert!(rows(&rule("temporal_ordered"), &backward).is_empty());
        for kind in ["temporal", "temporal_ordered"] {
            assert!(rows(&rule(kind), &apart).is_empty());
            assert!(rows(&rule(kind), &elsewhere).is_empty());
        }
        // The later beginning is the one that is near enough.
        let again = [(0, "A", "aa"), (8, "A", "aa"), (15, "A", "bb")];
        assert_eq!(rows(&rule("temporal_ordered"), &again), [row("A", "2", 8)]);
    }

    /// While a window grows, a few of the many events that it will hold stand together too.
    #[test]
    fn counts_that_must_not_be_larger_look_at_whole_windows() {
        let rule = |condition: &str| {
            format!(
                "type: event_count\nrules: [aa]\ngroup-by: [Computer]\ntimespan: 5m\ncondition: {{{condition}}}"
            )
        };
        let one = [(0, "A", "aa")];
        let two = [(0, "A", "aa"), (1, "A", "aa")];
        let three = [(0, "A", "aa"), (1, "A", "aa"), (2, "A", "aa")];
        let apart = [(0, "A", "aa"), (1, "A", "aa"), (20, "A", "aa")];
        assert_eq!(rows(&rule("lt: 2"), &one), [row("A", "1", 0)]);
        assert!(rows(&rule("lt: 2"), &two).is_empty());
        assert_eq!(rows(&rule("lt: 2"), &apart), [row("A", "1", 20)]);
        assert_eq!(rows(&rule("eq: 2"), &two), [row("A", "2", 0)]);
        assert!(rows(&rule("eq: 2"), &three).is_empty());
        assert!(rows(&rule("neq: 2"), &two).is_empty());
        assert_eq!(rows(&rule("gte: 2, lte: 3"), &three), [row("A", "3", 0)]);
        assert!(rows(&rule("gte: 1, lte: 2"), &three).is_empty());
    }

    #[test]
    fn a_correlation_groups_by_what_those_below_it_do_not() {
        let many = "type: event_count\nrules: [aa]\ngroup-by: [Computer]\ntimespan: 5m\ncondition: {gte: 2}";
        let rule = |by: &str| {
            let own = format!("type: temporal\nrules: [many, bb]\ngroup-by: [{by}]\ntimespan: 10m");
            format!("{own}{}", document("many", many))
        };
        // The second event of `aa` is the group's: the count was by computer, not by text.
        let events = [(0, "A", "aa"), (1, "A", "aa bb"), (3, "B", "aa bb")];
        let set = set(&rule("ScriptBlockText"));
        let search = set.rules.iter().find(|rule| rule.title == "Several").unwrap();
        let search = search.search.as_ref().unwrap();
        let blocks = blocks(&events);
        let blocks: Vec<&ScriptBlock> = blocks.iter().collect();
        let table = search.run(&blocks, &RunContext::default());
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.rows[0].cells[0].text().unwrap(), "aa bb");
        let search = self::set(&rule("nowhere"));
        let search = search.rules.iter().find(|rule| rule.title == "Several").unwrap();
        let table = search.search.as_ref().unwrap().run(&blocks, &RunContext::default());
        assert!(table.rows.is_empty() && table.dropped > 0);
    }

    #[test]
    fn groups_under_another_name() {
        let rule = "type: temporal\nrules: [aa, bb]\ngroup-by: [where]\ntimespan: 10m\naliases:\n  where:\n    aa: Computer\n    bb: dest";
        assert_eq!(rows(rule, &[(0, "A", "aa"), (5, "A", "bb")]), [row("A", "2", 0)]);
    }

    #[test]
    fn parts_make_no_results_of_their_own_unless_it_is_said() {
        let rule = "type: temporal\nrules: [aa, bb]\ntimespan: 10m";
        let only = set(rule);
        assert_eq!(only.rules.len(), 1);
        assert_eq!(only.rules[0].attack[0].technique, "T1059");
        assert!(only.rules[0].text.contains("# Part aa"));
        assert_eq!(set(&format!("{rule}\ngenerate: true")).rules.len(), 3);
    }

    /// Another correlation document, of rules that the first ones define.
    fn document(name: &str, correlation: &str) -> String {
        let lines = correlation.lines().map(|line| format!("  {line}\n")).collect::<String>();
        format!("\n---\ntitle: {name}\nname: {name}\ncorrelation:\n{lines}")
    }

    #[test]
    fn a_correlation_can_build_on_another() {
        let many = "type: event_count\nrules: [aa]\ngroup-by: [Computer]\ntimespan: 5m\ncondition: {gte: 2}";
        let rule = format!(
            "type: temporal_ordered\nrules: [many, bb]\ngroup-by: [Computer]\ntimespan: 10m{}",
            document("many", many)
        );
        let set = set(&rule);
        let titles: Vec<_> = set.rules.iter().map(|rule| rule.title.as_str()).collect();
        assert_eq!(titles, ["Several"], "the others only serve it");
        // Two of aa, then bb; aa alone, bb first, and bb elsewhere are not enough.
        let found = [(0, "A", "aa"), (1, "A", "aa"), (9, "A", "bb")];
        assert_eq!(rows(&rule, &found), [row("A", "2", 1)]);
        for events in [
            [(0, "A", "aa"), (7, "A", "aa"), (9, "A", "bb")],
            [(0, "A", "bb"), (1, "A", "aa"), (2, "A", "aa")],
            [(0, "A", "aa"), (1, "A", "aa"), (9, "B", "bb")],
            [(0, "A", "aa"), (1, "A", "aa"), (12, "A", "bb")],
        ] {
            assert!(rows(&rule, &events).is_empty(), "{events:?}");
        }
    }

    #[test]
    fn correlations_in_a_circle_and_too_many_of_them_are_refused() {
        let temporal = |rules: &str| format!("type: temporal\nrules: [{rules}]\ntimespan: 10m");
        let circle = temporal("one")
            + &document("one", &temporal("two"))
            + &document("two", &temporal("one"));
        let refused = set(&circle);
        for rule in refused.rules.iter().filter(|rule| !rule.title.starts_with("Part")) {
            let reason = &rule.search.as_ref().unwrap_err().reason;
            assert!(reason.contains("builds on itself"), "{reason}");
        }
        // Each twice the one before it.
        let mut doubled = temporal("c0, c0") + &document("c0", &temporal("aa, bb"));
        for level in 1..20 {
            let before = format!("c{0}, c{0}", level - 1);
            doubled += &document(&format!("c{level}"), &temporal(&before));
        }
        let set = set(&doubled);
        let reasons: Vec<&str> = set
            .rules
            .iter()
            .filter_map(|rule| Some(rule.search.as_ref().err()?.reason.as_str()))
            .collect();
        assert!(reasons.iter().any(|reason| reason.contains("more than")), "{reasons:?}");
    }

    #[test]
    fn what_cannot_run_is_said() {
        for (rule, word) in [
            ("type: event_count\nrules: [zz]\ntimespan: 5m\ncondition: {gte: 3}", "zz"),
            ("type: event_count\nrules: [aa]\ntimespan: 5m", "condition"),
            ("type: event_count\nrules: [aa]\ncondition: {gte: 3}", "timespan"),
            ("type: value_count\nrules: [aa]\ntimespan: 5m\ncondition: {gte: 3}", "field"),
            ("type: value_sum\nrules: [aa]\ntimespan: 5m\ncondition: {gte: 3}", "value_sum"),
            ("type: temporal\ntimespan: 5m", "rules"),
            ("type: event_count\nrules: [aa]\ntimespan: 5m\ncondition: {about: 3}", "about"),
            ("type: event_count\nrules: [aa]\ntimespan: 0s\ncondition: {gte: 3}", "timespan"),
            (
                "type: temporal_ordered\nrules: [aa, bb]\ntimespan: 5m\ncondition: {gte: 1}",
                "gte: 2",
            ),
            (
                "type: temporal_ordered\nrules: [aa, bb]\ntimespan: 5m\ncondition: {gte: 3}",
                "gte: 2",
            ),
        ] {
            let set = set(rule);
            let several = set.rules.iter().find(|rule| rule.title == "Several").unwrap();
            let reason = &several.search.as_ref().unwrap_err().reason;
            assert!(reason.contains(word), "{reason}");
        }
    }

    #[test]
    fn the_old_way_to_count() {
        let text = "title: Old\nlogsource: {product: windows, category: ps_script}\ndetection:\n  s:\n    ScriptBlockText|contains: aa\n  timeframe: 5m\n  condition: s | count(ScriptBlockText) by Computer > 1\n";
        let files = [RuleFile::new("c.yml", text.as_bytes())];
        let set = load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() });
        let search = set.rules[0].search.as_ref().unwrap();
        assert!(
            matches!(search.commands().first(), Some(Command::Correlate(own)) if own.seconds == Some(300))
        );
        let text = text.replace("5m", "5 minutes");
        let files = [RuleFile::new("c.yml", text.as_bytes())];
        let set = load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() });
        let refused = set.rules[0].search.as_ref().unwrap_err();
        assert!(refused.reason.contains("timeframe"), "{}", refused.reason);
        assert_eq!(refused.line, Some(6));
    }
}
