//! What a session holds, made into a report.

use super::facts::{FIELDS, Names, SourceFacts, by_number};
use super::{
    Attack, Block, Cell, EventPlace, Fields, Finding, Matched, Number, Problem, Refused, Report,
    RiskEvent, RiskObject, Row, Rule, Source, Spans, ThreatObject, Totals,
};
use crate::error::{self, Severity};
use crate::limits;
use crate::order;
use crate::reassemble::{Kept, Mode, ScriptBlock, Tally};
use crate::risk::{self, Addend};
use crate::rule::{self, RuleSet};
use crate::search::{Context, Table, Value};
use crate::text::{folded, hex, utf16_ranges};
use crate::time::Time;
use sha2::{Digest, Sha256};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Everything that a report is made from.
pub struct Inputs<'a> {
    /// Blocks or events.
    pub mode: Mode,
    /// The rules.
    pub rules: &'a RuleSet,
    /// Ids of rules that are switched off.
    pub disabled: &'a BTreeSet<String>,
    /// Every source, in the order in which they were begun.
    pub sources: &'a [SourceFacts],
    /// Blocks by source.
    pub tallies: Vec<Tally>,
    /// The blocks that rules want.
    pub kept: Vec<Arc<Kept>>,
    /// What the joining of blocks had to say.
    pub problems: Vec<error::Problem>,
    /// Results below this score (in hundredths) are left out.
    pub min_score: i64,
}

/// Makes the report.
pub fn assemble(inputs: Inputs<'_>) -> Report {
    let names = Names::of(inputs.sources);
    let mut blocks: Vec<Candidate<'_>> =
        inputs.kept.iter().map(|kept| Candidate::of(kept, &names)).collect();
    order::sort_by(&mut blocks, |a, b| a.order().cmp(&b.order()));

    let mut problems = source_problems(&inputs, &names);
    let own = inputs.problems.iter().map(|problem| show(problem, None));
    problems.extend(own.chain(inputs.rules.problems.iter().map(|problem| show(problem, None))));

    let wanted = wanted_by_rule(&blocks, inputs.rules.rules.len());
    let context = Context { now: blocks.iter().find_map(|block| block.kept.block.event.time) };
    let mut results = Vec::new();
    let mut rules = Vec::new();
    let mut rows_total = 0;
    for (rule, wanted) in inputs.rules.rules.iter().zip(&wanted) {
        let enabled = !inputs.disabled.contains(&rule.id);
        let table = match &rule.search {
            Ok(search) if enabled => {
                let texts: Vec<&ScriptBlock> = wanted
                    .iter()
                    .filter_map(|&block| blocks.get(block).map(|block| &block.kept.block))
                    .collect();
                let mut table = search.run(&texts, &context);
                for row in &mut table.rows {
                    row.blocks =
                        row.blocks.iter().filter_map(|&i| wanted.get(i).copied()).collect();
                }
                Some(table)
            }
            _ => None,
        };
        rules.push(show_rule(rule, enabled, table.as_ref()));
        if let Some(table) = table {
            problems.extend(rule_problems(rule, &table));
            rows_total += table.rows.len() as u64;
            results.extend(rows(rule, &table, &blocks));
        }
    }
    results.retain(|result| result.row.score.0 >= inputs.min_score);
    // The sort is stable: within a rule the rows stay in the order of the search.
    order::sort_by(&mut results, |a, b| {
        (Reverse(a.row.score), &a.row.rule_id).cmp(&(Reverse(b.row.score), &b.row.rule_id))
    });

    let named: BTreeSet<&str> = results
        .iter()
        .flat_map(|result| result.row.blocks.iter().map(|block| block.id.as_str()))
        .collect();
    let mut script_blocks: Vec<Block> = blocks
        .iter()
        .filter(|block| named.contains(block.id.as_str()))
        .map(|block| block.show(&names))
        .collect();
    order::sort_by(&mut script_blocks, |a, b| {
        (&a.time, &a.computer, &a.id).cmp(&(&b.time, &b.computer, &b.id))
    });

    let tactics: HashMap<&str, Vec<String>> =
        inputs.rules.rules.iter().map(|rule| (rule.id.as_str(), risk::tactics(rule))).collect();
    let addends = results
        .iter()
        .filter(|result| result.row.suppressed_by.is_none())
        .flat_map(|result| {
            let tactics = tactics.get(result.row.rule_id.as_str()).map_or(&[][..], Vec::as_slice);
            result.risk.iter().map(move |event| Addend {
                result: &result.row.id,
                rule: &result.row.rule_id,
                tactics,
                event: event.clone(),
            })
        })
        .collect();
    let objects = risk::objects(addends, &inputs.rules.assets);
    let findings = risk::findings(&objects).into_iter().map(show_finding).collect();
    let risk_objects: Vec<RiskObject> = objects.iter().map(show_object).collect();

    let results: Vec<Row> = results.into_iter().map(|result| result.row).collect();
    let sources = sources(&inputs, &names);
    order::sort(&mut problems);
    Report {
        format: "scriptscope.report",
        version: 1,
        tool: concat!("scriptscope ", env!("CARGO_PKG_VERSION")),
        mode: match inputs.mode {
            Mode::Block => "block",
            Mode::Event => "event",
        },
        rule_set: inputs.rules.hash.clone(),
        totals: totals(&sources, &problems, rows_total, results.len(), risk_objects.len()),
        sources,
        problems,
        rules,
        results,
        script_blocks,
        risk_objects,
        findings,
    }
}

/// The block of an id.
pub fn find_block(kept: &[Arc<Kept>], sources: &[SourceFacts], id: &str) -> Option<Block> {
    let names = Names::of(sources);
    let mut blocks = kept.iter().map(|kept| Candidate::of(kept, &names));
    blocks.find(|block| block.id == id).map(|block| block.show(&names))
}

/// The id of a block: of its computer, id and number of parts, or of its place where it stands alone.
/// `source` is the name and the ordinal of the first part's source.
fn block_id(block: &ScriptBlock, source: (&str, usize), offset: u64) -> String {
    if block.alone {
        let (name, ordinal) = source;
        return hash(&["event", name, &ordinal.to_string(), &offset.to_string()]);
    }
    let fold = |text: &Option<String>| folded(text.as_deref().unwrap_or_default());
    let total = block.total.unwrap_or(1).to_string();
    hash(&["block", &fold(&block.event.computer), &fold(&block.event.script_block_id), &total])
}

/// A block that some rule wants, with what it is ordered and known by.
struct Candidate<'a> {
    kept: &'a Kept,
    id: String,
    source: String,
    ordinal: usize,
    offset: u64,
}

impl<'a> Candidate<'a> {
    fn of(kept: &'a Kept, names: &Names<'_>) -> Self {
        let first = kept.block.parts.first().and_then(|part| names.first(part));
        let source = first.map_or(usize::MAX, |copy| copy.source);
        let offset = first.map_or(0, |copy| copy.place.offset);
        let (name, ordinal) = (names.name(source), names.ordinal(source));
        let id = block_id(&kept.block, (name, ordinal), offset);
        Self { kept, id, source: name.to_owned(), ordinal, offset }
    }

    /// The order of events in searches: newest first, then source and record.
    fn order(&self) -> impl Ord + '_ {
        let event = &self.kept.block.event;
        (
            (Reverse(event.time), self.source.as_str(), by_number(&event.record)),
            (self.ordinal, self.offset, self.id.as_str()),
        )
    }

    fn show(&self, names: &Names<'_>) -> Block {
        let block = &self.kept.block;
        let event = &block.event;
        let events = block.parts.iter().filter_map(|part| {
            let copy = names.first(part)?;
            Some(EventPlace {
                source: names.name(copy.source).to_owned(),
                record: copy.record.clone(),
                offset: Some(copy.place.offset),
                part: part.number,
                time: time(copy.time),
            })
        });
        Block {
            id: self.id.clone(),
            script_block_id: event.script_block_id.clone(),
            computer: event.computer.clone(),
            user: event.user.clone(),
            path: event.path.clone(),
            level: event.level,
            time: time(event.time),
            text: block.text.clone(),
            total: block.total,
            present: block.parts.iter().map(|part| part.number).collect(),
            gaps: block.gaps.clone(),
            events: events.collect(),
        }
    }
}

/// For each rule the indexes of the blocks it wants, in the order of the blocks.
fn wanted_by_rule(blocks: &[Candidate<'_>], rules: usize) -> Vec<Vec<usize>> {
    let mut wanted = vec![Vec::new(); rules];
    for (index, block) in blocks.iter().enumerate() {
        for &rule in &block.kept.rules {
            if let Some(own) = wanted.get_mut(rule as usize) {
                own.push(index);
            }
        }
    }
    wanted
}

/// A result and the risk it makes.
struct Scored {
    row: Row,
    risk: Vec<risk::RiskEvent>,
}

fn rows(rule: &rule::Rule, table: &Table, blocks: &[Candidate<'_>]) -> Vec<Scored> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let scored = table.rows.iter().map(|row| {
        let mut behind: Vec<&Candidate<'_>> =
            row.blocks.iter().filter_map(|&block| blocks.get(block)).collect();
        order::sort_by(&mut behind, |a, b| {
            (a.kept.block.event.time, &a.id).cmp(&(b.kept.block.event.time, &b.id))
        });
        let times = || behind.iter().filter_map(|block| block.kept.block.event.time);
        let risk = risk::events(rule, &table.columns, &row.cells, times().next_back());
        let cells: Vec<Cell> = row.cells.iter().map(show_cell).collect();
        let fields = Fields(table.columns.iter().cloned().zip(cells).collect());
        let mut key = row_key(&rule.id, &fields);
        let twin = seen.entry(key.clone()).or_default();
        *twin += 1;
        if *twin > 1 {
            key = hash(&[&key, &twin.to_string()]);
        }
        let message = risk.first().and_then(|event| event.message.clone());
        let row = Row {
            id: key,
            rule_id: rule.id.clone(),
            fields,
            count: behind.len() as u64,
            first_time: time(times().next()),
            last_time: time(times().next_back()),
            score: Number(rule.score().hundredths()),
            message,
            suppressed_by: row.suppressed_by.clone(),
            blocks: behind
                .iter()
                .take(limits::BLOCKS_PER_RESULT)
                .map(|block| matched(rule, block))
                .collect(),
            blocks_total: behind.len() as u64,
        };
        Scored { row, risk }
    });
    scored.collect()
}

/// What a row is known by: its rule and all that it does not merely count.
fn row_key(rule: &str, fields: &Fields) -> String {
    let mut key = vec![rule.to_owned()];
    for (column, cell) in &fields.0 {
        if !matches!(column.as_str(), "count" | "firstTime" | "lastTime") {
            key.push(column.clone());
            match cell {
                Cell::One(value) => key.push(value.clone()),
                Cell::Many(values) => key.extend(values.iter().cloned()),
                Cell::Null => {}
            }
        }
    }
    hash(&key.iter().map(String::as_str).collect::<Vec<_>>())
}

fn matched(rule: &rule::Rule, block: &Candidate<'_>) -> Matched {
    let ranges = rule.search.as_ref().map(|search| search.spans(&block.kept.block));
    let ranges = utf16_ranges(&block.kept.block.text, &ranges.unwrap_or_default());
    let spans = if ranges.is_empty() {
        Vec::new()
    } else {
        let ranges = ranges.into_iter().map(|range| (range.start, range.end)).collect();
        vec![Spans { view: "original", ranges }]
    };
    Matched { id: block.id.clone(), spans }
}

fn show_cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Multi(values) => Cell::Many(
            values
                .iter()
                .filter_map(|value| value.text().map(std::borrow::Cow::into_owned))
                .collect(),
        ),
        single => single.text().map_or(Cell::Null, |text| Cell::One(text.into_owned())),
    }
}

fn show_rule(rule: &rule::Rule, enabled: bool, table: Option<&Table>) -> Rule {
    let columns = match (&rule.search, table) {
        (_, Some(table)) => table.columns.clone(),
        (Ok(search), None) => search.columns(),
        (Err(_), None) => Vec::new(),
    };
    let rows = table.map_or(&[][..], |table| table.rows.as_slice());
    Rule {
        id: rule.id.clone(),
        title: rule.title.clone(),
        kind: rule.kind.to_string(),
        rule_type: rule.rule_type.map(|own| own.to_string()),
        level: rule.level.clone(),
        enabled: enabled && rule.search.is_ok(),
        refused: rule.search.as_ref().err().map(|refusal| Refused {
            reason: refusal.reason.clone(),
            line: refusal.line,
            column: refusal.column,
        }),
        columns,
        matched: table.map_or(0, |table| table.matched),
        rows: rows.len() as u64,
        dropped: table.map_or(0, |table| table.dropped),
        suppressed: rows.iter().filter(|row| row.suppressed_by.is_some()).count() as u64,
        attack: rule
            .attack
            .iter()
            .map(|attack| Attack {
                technique: attack.technique.clone(),
                tactics: attack.tactics.clone(),
            })
            .collect(),
        stories: rule.stories.clone(),
        description: rule.description.clone(),
        false_positives: rule.false_positives.clone(),
        references: rule.references.clone(),
    }
}

fn rule_problems(rule: &rule::Rule, table: &Table) -> Vec<Problem> {
    let mut problems: Vec<Problem> =
        table.problems.iter().map(|problem| show(&problem.clone().rule(&rule.id), None)).collect();
    if table.dropped > 0 {
        let fields = table.dropped_fields.join(", ");
        let message = format!(
            "“{}” matched {} script blocks that make no row, because they have no {fields}; \
             name the computer of such sources to see them",
            rule.title, table.dropped
        );
        let problem = error::Problem::warning("dropped-no-field", message).rule(&rule.id);
        problems.push(show(&problem, None));
    }
    problems
}

fn source_problems(inputs: &Inputs<'_>, names: &Names<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, source) in inputs.sources.iter().enumerate() {
        let name = names.name(index);
        problems.extend(source.problems.iter().map(|problem| show(problem, Some(name))));
        problems.extend(source.said().iter().map(|problem| show(problem, Some(name))));
    }
    problems
}

fn sources(inputs: &Inputs<'_>, names: &Names<'_>) -> Vec<Source> {
    let mut order: Vec<usize> = (0..inputs.sources.len()).collect();
    order::sort_by_key(&mut order, |&index| names.rank(index));
    let shown = order.into_iter().filter_map(|index| {
        let facts = inputs.sources.get(index)?;
        let tally = inputs.tallies.get(index).copied().unwrap_or_default();
        let missing = FIELDS
            .iter()
            .zip(facts.having)
            .filter(|(_, having)| facts.events > 0 && *having == 0)
            .map(|(field, _)| *field);
        Some(Source {
            name: facts.name.clone(),
            bytes: facts.bytes,
            format: facts.format.clone(),
            encoding: facts.encoding.clone(),
            records: facts.records,
            events: facts.events,
            script_blocks: tally.script_blocks,
            incomplete: tally.incomplete,
            encrypted: facts.encrypted,
            other_events: facts.other_events.clone(),
            first_time: time(facts.first),
            last_time: time(facts.last),
            computers: facts.computers.iter().cloned().collect(),
            missing_fields: missing.collect(),
            zone_assumed: facts.zone_assumed,
            sha256: facts.sha256.clone(),
            problems: facts.problems_total + facts.said().len() as u64,
        })
    });
    shown.collect()
}

fn totals(
    sources: &[Source],
    problems: &[Problem],
    results: u64,
    kept: usize,
    objects: usize,
) -> Totals {
    let sum = |value: fn(&Source) -> u64| sources.iter().map(value).sum();
    Totals {
        sources: sources.len() as u64,
        bytes: sum(|source| source.bytes),
        records: sum(|source| source.records),
        events: sum(|source| source.events),
        script_blocks: sum(|source| source.script_blocks),
        incomplete: sum(|source| source.incomplete),
        results,
        results_kept: kept as u64,
        risk_objects: objects as u64,
        problems: problems.len() as u64,
    }
}

fn show_object(object: &risk::RiskObject<'_>) -> RiskObject {
    RiskObject {
        object: object.object.clone(),
        kind: object.kind.to_string(),
        score: Number(object.score.hundredths()),
        first_time: time(object.first),
        last_time: time(object.last),
        tactics: object.tactics.clone(),
        events: object.addends.iter().map(show_addend).collect(),
    }
}

fn show_addend(addend: &Addend<'_>) -> RiskEvent {
    RiskEvent {
        result_id: addend.result.to_owned(),
        rule_id: addend.rule.to_owned(),
        score: Number(addend.event.score.hundredths()),
        time: time(addend.event.time),
        message: addend.event.message.clone(),
        threat_objects: addend
            .event
            .threats
            .iter()
            .map(|threat| ThreatObject {
                field: threat.field.clone(),
                kind: threat.kind.clone(),
                value: threat.value.clone(),
            })
            .collect(),
    }
}

fn show_finding(finding: risk::Finding) -> Finding {
    Finding {
        rule: finding.rule.to_owned(),
        object: finding.object,
        kind: finding.kind.to_string(),
        score: Number(finding.score.hundredths()),
        severity: finding.severity.to_owned(),
        first_time: finding.first.to_string(),
        last_time: finding.last.to_string(),
        tactics: finding.tactics,
        results: finding.results,
    }
}

fn show(problem: &error::Problem, source: Option<&str>) -> Problem {
    Problem {
        source: source.map(str::to_owned).or_else(|| problem.file.clone()),
        rule: problem.rule.clone(),
        severity: match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        },
        code: problem.code.to_string(),
        message: problem.message.clone(),
        offset: problem.offset,
        line: problem.line,
        column: problem.column,
        record: problem.record.clone(),
    }
}

fn time(time: Option<Time>) -> Option<String> {
    time.map(|time| time.to_string())
}

/// 128 bits of SHA-256 in hex over the pieces, each with its length.
fn hash(pieces: &[&str]) -> String {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update((piece.len() as u64).to_le_bytes());
        hash.update(piece.as_bytes());
    }
    let mut digits = hex(&hash.finalize());
    digits.truncate(32);
    digits
}
