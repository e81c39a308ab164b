//! Sigma's correlation rules, and the counting conditions that came before them.

use super::condition::Aggregation;
use super::detection::Refused;
use super::{Document, Draft, head, search_of};
use crate::rule::yaml::Node;
use crate::rule::{Levels, Refusal, Rule};
use crate::search::{
    Bound, Command, Comparison, Correlated, Correlation, CorrelationKind, Expr, Library, Search,
};

/// Reads `30s`, `5m`, `1h` or `7d` as seconds.
pub(super) fn timespan(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds)
}

/// Makes the rule of a correlation document out of the rules it names. Those make no results of their own
/// unless it says `generate: true`.
pub(super) fn read(
    document: &Document,
    drafts: &mut [Draft],
    library: &Library,
    levels: &Levels,
) -> Rule {
    let mut rule = head(document, levels);
    let node = &document.node;
    let made = node.get("correlation").map(|own| correlation(own, node, drafts));
    rule.search = match made {
        Some(Ok(correlation)) => {
            let parts = drafts.iter().filter(|draft| {
                let names = node.get("correlation").map(|own| own.texts_of("rules"));
                names.into_iter().flatten().any(|name| draft.is_called(&name))
            });
            for part in parts {
                rule.text = format!("{}\n# {}\n{}", rule.text, part.rule.title, part.rule.text);
                for attack in &part.rule.attack {
                    if !rule.attack.contains(attack) {
                        rule.attack.push(attack.clone());
                    }
                }
            }
            search(&rule.title, correlation, library)
        }
        Some(Err(refused)) => Err(refused.into()),
        None => Err(Refused { reason: "no correlation".into(), at: node.at }.into()),
    };
    rule
}

/// The search of a condition that counts: `selection | count(field) by group > number`.
pub(super) fn counted(
    title: &str,
    filter: Expr,
    aggregation: &Aggregation,
    timeframe: Option<u64>,
    library: &Library,
) -> Result<Search, Refusal> {
    let by: Vec<String> = aggregation.by.iter().cloned().collect();
    let correlation = Correlation {
        kind: match &aggregation.field {
            Some(field) => CorrelationKind::Values(vec![field.clone()]),
            None => CorrelationKind::Events,
        },
        rules: vec![Correlated { name: title.to_owned(), filter, by: by.clone() }],
        by,
        seconds: timeframe,
        bounds: bound(aggregation.comparison, aggregation.number).into_iter().collect(),
    };
    search(title, correlation, library)
}

fn search(title: &str, correlation: Correlation, library: &Library) -> Result<Search, Refusal> {
    let filters = correlation.rules.iter().map(|rule| rule.filter.clone()).collect();
    search_of(title, Expr::Any(filters), Command::Correlate(correlation), library)
}

fn bound(word: &str, number: u64) -> Option<Bound> {
    Some(match word {
        "lt" => Bound::Order(Comparison::Less, number),
        "lte" => Bound::Order(Comparison::LessOrEqual, number),
        "gt" => Bound::Order(Comparison::Greater, number),
        "gte" => Bound::Order(Comparison::GreaterOrEqual, number),
        "eq" => Bound::Equal(number),
        "neq" => Bound::Other(number),
        _ => return None,
    })
}

fn correlation(own: &Node, node: &Node, drafts: &mut [Draft]) -> Result<Correlation, Refused> {
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
            let all = Bound::Order(Comparison::GreaterOrEqual, names.len() as u64);
            let bounds = if bounds.is_empty() { vec![all] } else { bounds };
            (CorrelationKind::Rules { ordered: word == "temporal_ordered" }, bounds)
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
    let seconds = own.text_of("timespan").or_else(|| own.text_of("timeframe")).and_then(timespan);
    let Some(seconds) = seconds else {
        return Err(refuse("a timespan such as 30s, 5m, 1h or 7d is needed".into()));
    };
    let by = own.texts_of("group-by");
    let generate = [own, node].iter().any(|node| node.text_of("generate") == Some("true"));
    let mut rules = Vec::new();
    for name in &names {
        let Some(draft) = drafts.iter_mut().find(|draft| draft.is_called(name)) else {
            return Err(refuse(format!(
                "the rule {name} is not among those loaded; a correlation cannot build on another"
            )));
        };
        let filter = match &draft.expr {
            Ok(expr) => expr.clone(),
            Err(refused) => {
                return Err(refuse(format!("the rule {name} cannot run: {}", refused.reason)));
            }
        };
        if generate {
            draft.is_kept = true;
        } else {
            draft.is_part = true;
        }
        let by = by.iter().map(|group| aliased(own, group, name)).collect();
        rules.push(Correlated { name: name.clone(), filter, by });
    }
    Ok(Correlation { kind, rules, by, seconds: Some(seconds), bounds })
}

fn bounds(condition: Option<&Node>) -> Result<Vec<Bound>, Refused> {
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
    use crate::search::Context;
    use crate::text::Text;
    use crate::time::Time;

    fn set(correlation: &str) -> RuleSet {
        let part = |name: &str| {
            format!(
                "title: Part {name}\nname: {name}\nlogsource: {{product: windows, category: ps_script}}\ndetection:\n  s:\n    ScriptBlockText|contains: '{name}'\n  condition: s\nlevel: low\ntags: [attack.t1059]\n---\n"
            )
        };
        let text = format!(
            "{}{}title: Several\nid: 22222222-2222-2222-2222-222222222222\nlevel: high\ncorrelation:\n{}",
            part("aa"),
            part("bb"),
            correlation.lines().map(|line| format!("  {line}\n")).collect::<String>()
        );
        let files = [RuleFile { name: "c.yml", bytes: text.as_bytes() }];
        load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() })
    }

    /// Events as `minute computer text`, to the rows' computer, count and first minute.
    fn rows(correlation: &str, events: &[(i64, &str, &str)]) -> Vec<(String, String, i64)> {
        let set = set(correlation);
        let rule = set.rules.iter().find(|rule| rule.title == "Several").unwrap();
        let search = rule.search.as_ref().unwrap_or_else(|refusal| panic!("{}", refusal.reason));
        let blocks: Vec<ScriptBlock> = events
            .iter()
            .map(|(minute, computer, text)| {
                ScriptBlock::of(
                    Event {
                        computer: Some((*computer).into()),
                        time: Time::new(minute * 60, 0, 0),
                        text: Text::from(*text),
                        ..Event::default()
                    },
                    0,
                )
            })
            .collect();
        let mut blocks: Vec<&ScriptBlock> = blocks.iter().collect();
        blocks.sort_by_key(|block| std::cmp::Reverse(block.event.time));
        let table = search.run(&blocks, &Context::default());
        let index = |name: &str| table.columns.iter().position(|column| column == name).unwrap();
        let cell = |row: &crate::search::Row, name: &str| {
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
        let files = [RuleFile { name: "c.yml", bytes: text.as_bytes() }];
        let set = load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() });
        let search = set.rules[0].search.as_ref().unwrap();
        assert!(
            matches!(search.commands().first(), Some(Command::Correlate(own)) if own.seconds == Some(300))
        );
    }
}
