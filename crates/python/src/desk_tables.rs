//! The tables of a session's lists: every script block, scripts, events beside them, indicators, acts, marks.

use crate::columns::{Column, flag, number, optional, points, text, texts, time, times};
use crate::failure::Refusal;
use crate::table::Table;
use scriptscope::Session;
use scriptscope::case::{Case, Mark, MarkKey};
use scriptscope::inventory::{
    BlockQuery, BlockRow, ContextEvent, ContextQuery, Sameness, ScriptQuery, ScriptRow,
};
use scriptscope::report::{Act, IndicatorQuery, IndicatorRow};

type Made = Result<Table, Refusal>;

/// Rows of a list that are made at a time, so that a list of a million is not held twice.
const PAGE: usize = 65_536;

pub(crate) fn blocks(session: &mut Session) -> Made {
    let mut offset = 0;
    let page = || {
        let query = BlockQuery { offset, limit: Some(PAGE), ..BlockQuery::default() };
        offset += PAGE;
        Ok(session.list_blocks(&query)?.rows)
    };
    Table::of_pages("script blocks", page, |rows| {
        vec![
            ("id", text(rows, |row: &BlockRow| &row.id)),
            ("scriptBlockId", optional(rows, |row| row.script_block_id.as_deref())),
            ("time", time(rows, |row| row.time.as_deref())),
            ("timeText", optional(rows, |row| row.time.as_deref())),
            ("computer", optional(rows, |row| row.computer.as_deref())),
            ("user", optional(rows, |row| row.user.as_deref())),
            ("userName", optional(rows, |row| row.user_name.as_deref())),
            ("processId", optional(rows, |row| row.process_id.as_deref())),
            ("threadId", optional(rows, |row| row.thread_id.as_deref())),
            ("path", optional(rows, |row| row.path.as_deref())),
            ("length", number(rows, |row| Some(row.length))),
            ("parts", number(rows, |row| Some(row.parts))),
            ("total", number(rows, |row| Some(row.total))),
            ("score", points(rows, |row| row.score)),
            ("results", number(rows, |row| Some(row.results))),
            ("rules", texts(rows, |row| &row.rules)),
            ("level", optional(rows, |row| row.level)),
            ("seenOn", number(rows, |row| Some(row.seen_on))),
            ("textId", text(rows, |row| &row.text_id)),
            ("shapeId", optional(rows, |row| row.shape_id.as_deref())),
            ("source", text(rows, |row| &row.source)),
            ("record", optional(rows, |row| row.record.as_deref())),
            ("offset", number(rows, |row| Some(row.offset))),
        ]
    })
}

/// `by`: which script blocks are the same script.
pub(crate) fn scripts(session: &mut Session, by: Sameness) -> Made {
    let mut offset = 0;
    let page = || {
        let query = ScriptQuery { by, offset, limit: Some(PAGE), ..ScriptQuery::default() };
        offset += PAGE;
        Ok(session.list_scripts(&query)?.rows)
    };
    Table::of_pages("scripts", page, |rows| {
        let mut columns: Vec<Column> = vec![
            ("id", text(rows, |row: &ScriptRow| &row.id)),
            ("textId", text(rows, |row| &row.text_id)),
            ("shapeId", optional(rows, |row| row.shape_id.as_deref())),
            ("texts", number(rows, |row| Some(row.texts))),
            ("blocks", number(rows, |row| Some(row.blocks))),
            ("computers", number(rows, |row| Some(row.computers))),
            ("users", number(rows, |row| Some(row.users))),
            ("days", number(rows, |row| Some(row.days))),
        ];
        columns.extend(times!(rows));
        columns.extend([
            ("score", points(rows, |row: &ScriptRow| row.score)),
            ("results", number(rows, |row| Some(row.results))),
            ("length", number(rows, |row| Some(row.length))),
            ("sampleBlockId", text(rows, |row| &row.sample_block_id)),
            ("firstLine", optional(rows, |row| row.first_line.as_deref())),
        ]);
        columns
    })
}

pub(crate) fn context_events(session: &mut Session) -> Made {
    let rows = session.context_events(&ContextQuery::default())?.rows;
    let bytes = |row: &ContextEvent| row.text.len();
    Table::new("context events", &rows, bytes, |rows| {
        vec![
            ("time", time(rows, |row: &ContextEvent| row.time.as_deref())),
            ("timeText", optional(rows, |row| row.time.as_deref())),
            ("computer", optional(rows, |row| row.computer.as_deref())),
            ("user", optional(rows, |row| row.user.as_deref())),
            ("userName", optional(rows, |row| row.user_name.as_deref())),
            ("processId", optional(rows, |row| row.process_id.as_deref())),
            ("eventId", number(rows, |row| Some(row.event_id))),
            ("kind", text(rows, |row| row.kind)),
            ("text", text(rows, |row| &row.text)),
            ("decoded", optional(rows, |row| row.decoded.as_deref())),
            ("hostApplication", optional(rows, |row| row.host_application.as_deref())),
            ("hostVersion", optional(rows, |row| row.host_version.as_deref())),
            ("engineVersion", optional(rows, |row| row.engine_version.as_deref())),
            ("isDowngrade", flag(rows, |row| row.is_downgrade)),
            ("source", text(rows, |row| &row.source)),
            ("record", optional(rows, |row| row.record.as_deref())),
            ("offset", number(rows, |row| Some(row.offset))),
        ]
    })
}

pub(crate) fn indicators(session: &mut Session) -> Made {
    let rows = session.indicators(&IndicatorQuery::default()).rows;
    let bytes = |row: &IndicatorRow| row.value.len();
    Table::new("indicators", &rows, bytes, |rows| {
        let mut columns: Vec<Column> = vec![
            ("id", text(rows, |row: &IndicatorRow| &row.id)),
            ("kind", text(rows, |row| row.kind.as_str())),
            ("value", text(rows, |row| &row.value)),
            ("defanged", text(rows, |row| &row.defanged)),
            ("count", number(rows, |row| Some(row.count))),
            ("computers", number(rows, |row| Some(row.computers))),
            ("computerNames", texts(rows, |row| &row.computer_names)),
            ("blockIds", texts(rows, |row| &row.block_ids)),
        ];
        columns.extend(times!(rows));
        columns.push(("view", text(rows, |row| &row.view)));
        columns
    })
}

pub(crate) fn acts(acts: &[Act]) -> Made {
    Table::new(
        "acts",
        acts,
        |act| act.result_ids.len(),
        |rows| {
            let mut columns: Vec<Column> = vec![
                ("id", text(rows, |row: &Act| &row.id)),
                ("object", optional(rows, |row| row.object.as_deref())),
                ("processId", optional(rows, |row| row.process_id.as_deref())),
            ];
            columns.extend(times!(rows));
            columns.extend([
                ("resultIds", texts(rows, |row: &Act| &row.result_ids)),
                ("rules", texts(rows, |row| &row.rules)),
            ]);
            columns
        },
    )
}

pub(crate) fn marks(case: &Case) -> Made {
    let marks: Vec<(&MarkKey, &Mark)> = case.marks.iter().collect();
    Table::new(
        "marks",
        &marks,
        |(key, _)| key.id.len(),
        |rows| {
            vec![
                ("kind", text(rows, |(key, _): &(&MarkKey, &Mark)| key.kind.as_str())),
                ("id", text(rows, |(key, _)| &key.id)),
                ("verdict", optional(rows, |(_, mark)| Some(mark.verdict()?.as_str()))),
                ("note", optional(rows, |(_, mark)| Some(mark.opinions.first()?.note.as_str()))),
                ("by", optional(rows, |(_, mark)| Some(mark.opinions.first()?.by.as_str()))),
                ("opinions", number(rows, |(_, mark)| Some(mark.opinions.len()))),
                ("isDisputed", flag(rows, |(_, mark)| mark.is_disputed())),
                ("star", flag(rows, |(_, mark)| mark.star)),
                ("expected", flag(rows, |(_, mark)| mark.expected)),
                ("toReport", flag(rows, |(_, mark)| mark.to_report)),
            ]
        },
    )
}
