//! Problems of the report on a terminal.

use crate::console::{Console, say_plain};
use crate::terminal::{Painter, Style, visible};
use scriptscope::Problem;

/// Upper bound on the problems shown with results in other formats.
const SHOWN: usize = 20;

/// Returns a problem as a line: `error    a.evtx, byte 69632: what happened`
pub(crate) fn problem_text(problem: &Problem, painter: Painter) -> String {
    let style = match problem.severity {
        "error" => Style::Red,
        "warning" => Style::Yellow,
        _ => Style::Dim,
    };
    let named = |name: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("{name}{}", visible(value)))
    };
    let line = problem.line.map(|line| match problem.column {
        Some(column) => format!("line {line}:{column}"),
        None => format!("line {line}"),
    });
    let place: Vec<_> = [
        named("", &problem.source),
        named("rule ", &problem.rule),
        named("record ", &problem.record),
        problem.offset.map(|offset| format!("byte {offset}")),
        line,
    ]
    .into_iter()
    .flatten()
    .collect();
    let place = if place.is_empty() { String::new() } else { format!("{}: ", place.join(", ")) };
    let severity = painter.paint(style, &format!("{:7}", problem.severity));
    let words: Vec<_> = problem.message.split('\n').map(visible).collect();
    format!("{severity}  {place}{}", words.join("\n           "))
}

/// Prints errors and warnings on standard error if standard output holds data, because not every reader of the data
/// looks for them there.
pub(crate) fn complain(console: &Console, problems: &[Problem]) {
    if console.is_quiet {
        return;
    }
    let grave: Vec<_> = problems.iter().filter(|problem| problem.severity != "info").collect();
    for problem in grave.iter().take(SHOWN) {
        say_plain(&problem_text(problem, console.err));
    }
    if grave.len() > SHOWN {
        say_plain(&format!("and {} more problems: see the report", grave.len() - SHOWN));
    }
}
