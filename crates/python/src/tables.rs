//! The tables of a report. Names of columns are those of the report's JSON; a time has two: `time`, a point in time to the
//! microsecond, and `timeText`, with the digits of the log.

use crate::columns::{
    Column, flag, json, number, numbers, optional, points, records, text, texts, time, times,
};
use crate::failure::Refusal;
use crate::table::Table;
use scriptscope::Problem;
use scriptscope::report::{
    Block, Cell, Finding, Report, RiskEvent, RiskObject, Row, Rule, RuleStatus, Source,
};
use std::collections::HashMap;

type Made = Result<Table, Refusal>;

/// A row for each result, with its rule's title and the facts of its first script block.
pub(crate) fn results(report: &Report) -> Made {
    let titles: HashMap<_, _> =
        report.rules.iter().map(|rule| (rule.id.as_str(), rule.title.as_str())).collect();
    let blocks: HashMap<_, _> =
        report.script_blocks.iter().map(|block| (block.id.as_str(), block)).collect();
    let block = |row: &Row| blocks.get(row.blocks.first()?.id.as_str()).copied();
    let bytes = |row: &Row| {
        let cell = |cell: &Cell| match cell {
            Cell::One(text) => text.len(),
            Cell::Many(texts) => texts.iter().map(|text| text.len()).sum(),
            Cell::Null => 0,
        };
        row.fields.0.iter().map(|(_, value)| cell(value)).sum()
    };
    Table::new("results", &report.results, bytes, |rows| {
        let mut columns: Vec<Column> = vec![
            ("id", text(rows, |row| &row.id)),
            ("ruleId", text(rows, |row| &row.rule_id)),
            ("rule", optional(rows, |row| titles.get(row.rule_id.as_str()).copied())),
            ("score", points(rows, |row| row.score)),
            ("count", number(rows, |row| Some(row.count))),
        ];
        columns.extend(times!(rows));
        columns.extend([
            (
                "computer",
                optional(rows, |row| match row.fields.get("Computer") {
                    Some(Cell::One(name)) => Some(name.as_ref()),
                    _ => block(row)?.computer.as_deref(),
                }),
            ),
            ("user", optional(rows, |row| block(row)?.user.as_deref())),
            ("path", optional(rows, |row| block(row)?.path.as_deref())),
            ("message", optional(rows, |row| row.message.as_deref())),
            ("suppressedBy", optional(rows, |row| row.suppressed_by.as_deref())),
            ("fields", json(rows, |row| &row.fields)),
            (
                "blocks",
                records(
                    rows,
                    |row| &row.blocks,
                    |all| {
                        vec![
                            ("id", text(all.iter().copied(), |matched| &matched.id)),
                            ("spans", json(all.iter().copied(), |matched| &matched.spans)),
                        ]
                    },
                ),
            ),
            ("blocksTotal", number(rows, |row| Some(row.blocks_total))),
        ]);
        columns
    })
}

pub(crate) fn script_blocks(blocks: &[Block]) -> Made {
    Table::new(
        "script blocks",
        blocks,
        |block| block.text.len(),
        |rows| {
            vec![
                ("id", text(rows, |row: &Block| &row.id)),
                ("scriptBlockId", optional(rows, |row| row.script_block_id.as_deref())),
                ("computer", optional(rows, |row| row.computer.as_deref())),
                ("user", optional(rows, |row| row.user.as_deref())),
                ("path", optional(rows, |row| row.path.as_deref())),
                ("processId", optional(rows, |row| row.process_id.as_deref())),
                ("threadId", optional(rows, |row| row.thread_id.as_deref())),
                ("level", number(rows, |row| row.level)),
                ("time", time(rows, |row| row.time.as_deref())),
                ("timeText", optional(rows, |row| row.time.as_deref())),
                ("text", text(rows, |row| &row.text)),
                ("total", number(rows, |row| row.total)),
                ("present", numbers(rows, |row| &row.present)),
                ("gaps", numbers(rows, |row| &row.gaps)),
                ("variant", number(rows, |row| row.variant)),
                (
                    "events",
                    records(
                        rows,
                        |row| &row.events,
                        |all| {
                            let all = || all.iter().copied();
                            vec![
                                ("source", text(all(), |event| &event.source)),
                                ("record", optional(all(), |event| event.record.as_deref())),
                                ("offset", number(all(), |event| event.offset)),
                                ("part", number(all(), |event| Some(event.part))),
                                ("timeText", optional(all(), |event| event.time.as_deref())),
                                ("recovered", flag(all(), |event| event.recovered)),
                            ]
                        },
                    ),
                ),
            ]
        },
    )
}

pub(crate) fn risk(objects: &[RiskObject]) -> Made {
    Table::new(
        "risk objects",
        objects,
        |object| object.object.len(),
        |rows| {
            let mut columns: Vec<Column> = vec![
                ("object", text(rows, |row: &RiskObject| &row.object)),
                ("name", optional(rows, |row| row.name.as_deref())),
                ("type", text(rows, |row| &row.kind)),
                ("distinctScore", points(rows, |row| row.distinct_score)),
                ("score", points(rows, |row| row.score)),
            ];
            columns.extend(times!(rows));
            columns.extend([
                ("tactics", texts(rows, |row| &row.tactics)),
                ("events", number(rows, |row| Some(row.events.len()))),
                ("notKept", json(rows, |row| &row.not_kept)),
            ]);
            columns
        },
    )
}

/// A row for each risk event, with its object.
pub(crate) fn risk_events(objects: &[RiskObject]) -> Made {
    let events =
        objects.iter().flat_map(|object| object.events.iter().map(move |event| (object, event)));
    let events: Vec<(&RiskObject, &RiskEvent)> = events.collect();
    let bytes = |(_, event): &(&RiskObject, &RiskEvent)| {
        event.message.as_ref().map_or(0, |text| text.len())
    };
    Table::new("risk events", &events, bytes, |rows| {
        vec![
            ("object", text(rows, |(object, _)| &object.object)),
            ("type", text(rows, |(object, _)| &object.kind)),
            ("resultId", text(rows, |(_, event)| &event.result_id)),
            ("ruleId", text(rows, |(_, event)| &event.rule_id)),
            ("score", points(rows, |(_, event)| event.score)),
            ("factor", number(rows, |(_, event)| Some(event.factor as usize))),
            ("factorReason", optional(rows, |(_, event)| event.factor_reason.as_deref())),
            ("resultKept", flag(rows, |(_, event)| event.result_kept)),
            ("time", time(rows, |(_, event)| event.time.as_deref())),
            ("timeText", optional(rows, |(_, event)| event.time.as_deref())),
            ("message", optional(rows, |(_, event)| event.message.as_deref())),
            (
                "threatObjects",
                records(
                    rows,
                    |(_, event)| &event.threat_objects,
                    |all| {
                        let all = || all.iter().copied();
                        vec![
                            ("field", text(all(), |threat| &threat.field)),
                            ("type", text(all(), |threat| &threat.kind)),
                            ("value", text(all(), |threat| &threat.value)),
                        ]
                    },
                ),
            ),
        ]
    })
}

pub(crate) fn findings(findings: &[Finding]) -> Made {
    Table::new(
        "findings",
        findings,
        |finding| finding.object.len(),
        |rows| {
            vec![
                ("rule", text(rows, |row: &Finding| &row.rule)),
                ("object", text(rows, |row| &row.object)),
                ("type", text(rows, |row| &row.kind)),
                ("score", points(rows, |row| row.score)),
                ("severity", text(rows, |row| &row.severity)),
                ("firstTime", time(rows, |row| Some(&row.first_time))),
                ("firstTimeText", text(rows, |row| &row.first_time)),
                ("lastTime", time(rows, |row| Some(&row.last_time))),
                ("lastTimeText", text(rows, |row| &row.last_time)),
                ("tactics", texts(rows, |row| &row.tactics)),
                ("results", texts(rows, |row| &row.results)),
            ]
        },
    )
}

pub(crate) fn problems(problems: &[Problem]) -> Made {
    Table::new(
        "problems",
        problems,
        |problem| problem.message.len(),
        |rows| {
            vec![
                ("source", optional(rows, |row: &Problem| row.source.as_deref())),
                ("rule", optional(rows, |row| row.rule.as_deref())),
                ("severity", text(rows, |row| row.severity)),
                ("code", text(rows, |row| &row.code)),
                ("message", text(rows, |row| &row.message)),
                ("offset", number(rows, |row| row.offset)),
                ("line", number(rows, |row| row.line)),
                ("column", number(rows, |row| row.column)),
                ("record", optional(rows, |row| row.record.as_deref())),
            ]
        },
    )
}

pub(crate) fn sources(sources: &[Source]) -> Made {
    Table::new(
        "sources",
        sources,
        |source| source.name.len(),
        |rows| {
            let mut columns: Vec<Column> = vec![
                ("name", text(rows, |row: &Source| &row.name)),
                ("bytes", number(rows, |row| Some(row.bytes))),
                ("format", optional(rows, |row| row.format.as_deref())),
                ("encoding", optional(rows, |row| row.encoding.as_deref())),
                ("replacedBytes", number(rows, |row| Some(row.replaced_bytes))),
                ("records", number(rows, |row| Some(row.records))),
                ("events", number(rows, |row| Some(row.events))),
                ("scriptBlocks", number(rows, |row| Some(row.script_blocks))),
                ("incomplete", number(rows, |row| Some(row.incomplete))),
                ("encrypted", number(rows, |row| Some(row.encrypted))),
                ("recovered", number(rows, |row| Some(row.recovered))),
                ("otherEvents", json(rows, |row| &row.other_events)),
            ];
            columns.extend(times!(rows));
            columns.extend([
                ("computers", texts(rows, |row| &row.computers)),
                ("missingFields", texts(rows, |row| &row.missing_fields)),
                ("zoneAssumed", flag(rows, |row| row.zone_assumed)),
                ("sha256", optional(rows, |row| row.sha256.as_deref())),
                ("problems", number(rows, |row| Some(row.problems))),
            ]);
            columns
        },
    )
}

pub(crate) fn rules(rules: &[Rule]) -> Made {
    let bytes = |rule: &Rule| rule.description.as_ref().map_or(0, String::len);
    Table::new("rules", rules, bytes, |rows| {
        vec![
            ("id", text(rows, |row: &Rule| &row.id)),
            ("title", text(rows, |row| &row.title)),
            ("kind", text(rows, |row| &row.kind)),
            ("type", optional(rows, |row| row.rule_type.as_deref())),
            ("level", optional(rows, |row| row.level.as_deref())),
            ("status", text(rows, |row| status(row.status))),
            ("statusReason", optional(rows, |row| row.status_reason.as_deref())),
            ("columns", texts(rows, |row| &row.columns)),
            ("matched", number(rows, |row| Some(row.matched))),
            ("matchedInViews", number(rows, |row| Some(row.matched_in_views))),
            ("rows", number(rows, |row| Some(row.rows))),
            ("dropped", number(rows, |row| Some(row.dropped))),
            ("suppressed", number(rows, |row| Some(row.suppressed))),
            (
                "attack",
                records(
                    rows,
                    |row| &row.attack,
                    |all| {
                        let all = || all.iter().copied();
                        vec![
                            ("technique", text(all(), |attack| &attack.technique)),
                            ("name", optional(all(), |attack| attack.name)),
                            ("tactics", texts(all(), |attack| &attack.tactics)),
                        ]
                    },
                ),
            ),
            ("stories", texts(rows, |row| &row.stories)),
            ("description", optional(rows, |row| row.description.as_deref())),
            ("falsePositives", optional(rows, |row| row.false_positives.as_deref())),
            ("references", texts(rows, |row| &row.references)),
        ]
    })
}

fn status(status: RuleStatus) -> &'static str {
    match status {
        RuleStatus::Ran => "ran",
        RuleStatus::Disabled => "disabled",
        RuleStatus::Refused => "refused",
        RuleStatus::CannotMatch => "cannotMatch",
        RuleStatus::NotApplicable => "notApplicable",
        _ => "unknown",
    }
}
