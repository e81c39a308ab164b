//! Whether a search can select any event 4104. A rule that requires another event, or a field that no event has, finds
//! nothing in any log, and "nothing found" would be false.
//!
//! The answer is an upper bound: a search that is said to select nothing selects nothing, and some that select nothing
//! are not recognised.

use crate::event::{canonical, fixed_value, usual_names};
use crate::ordered::OrderedMap;
use crate::search::ast::command::Command;
use crate::search::ast::condition::{Condition, Predicate};
use crate::search::ast::correlation::{Correlation, CorrelationKind, Quantity, RuleExpr};
use crate::search::ast::eval_expr::{EvalExpr, Operator};
use crate::search::ast::function::FunctionId;
use crate::search::ast::stats::{Aggregate, AggregateInput, Aggregation, Stats, StreamStats};
use crate::search::eval::obstacle::Obstacle;
use crate::search::eval::row::Row;
use crate::search::values::value::Value;
use crate::search::values::wildcard::{Wildcard, WildcardPiece};
use crate::source::is_usual_name;
use crate::time::Time;

/// What is assumed of the events.
#[derive(Clone, Copy)]
pub(crate) struct Assumptions<'a> {
    /// Whether no event has a value of the field.
    pub(crate) is_absent: &'a dyn Fn(&str) -> bool,
    /// Whether no event has the field, not even without a value.
    pub(crate) is_missing: &'a dyn Fn(&str) -> bool,
    /// Whether no event is in a well-known log of other providers.
    pub(crate) has_usual_logs: bool,
}

/// Returns why a search can select no event 4104; `None` if it can.
pub(crate) fn obstacles(
    base: &Condition,
    commands: &[Command],
    assumptions: Assumptions<'_>,
) -> Option<Vec<Obstacle>> {
    let mut fields = Fields { assumptions, assigned: OrderedMap::new(), others: Others::OfEvents };
    let result = fields
        .condition(base, true)
        .and_then(|()| commands.iter().try_for_each(|command| fields.apply(command)));
    result.err()
}

/// Whether a search can expect the field without knowing the log.
pub(crate) fn is_usual(name: &str) -> bool {
    // A name may come with the path of its object.
    [name, canonical(name)]
        .into_iter()
        .any(|name| usual_names().any(|usual| usual == name) || is_usual_name(name))
}

/// `Ok` if something is possible, and otherwise why it is not.
type Possible = Result<(), Vec<Obstacle>>;

/// Obstacles that are collected; a condition may have thousands of branches.
const MOST_OBSTACLES: usize = 64;

/// What is known of a field in every row.
#[derive(Clone, Debug, PartialEq)]
enum Knowledge {
    /// Nothing.
    Any,
    /// It has no value, and why.
    Null(Vec<Obstacle>),
    /// Its value in every event.
    Fixed(&'static str),
    /// The value that a command assigns in every row, and the absent fields that it depends on.
    Constant(Value, Vec<Obstacle>),
}

/// What is known of the fields at one place of the pipeline.
struct Fields<'a> {
    assumptions: Assumptions<'a>,
    /// Fields that commands have assigned.
    assigned: OrderedMap<String, Knowledge>,
    others: Others,
}

/// What is known of the fields that no command has assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    /// They are those of events.
    OfEvents,
    /// Nothing: any of them may be assigned.
    Unknown,
    /// They have no value: the rows are those of a table, which has the assigned fields only.
    NotInTable,
}

impl<'a> Assumptions<'a> {
    /// Assumes that events have a value of each field unless `is_missing` says otherwise, and are in PowerShell's logs.
    pub(crate) fn without(is_missing: &'a dyn Fn(&str) -> bool) -> Self {
        Self { is_absent: is_missing, is_missing, has_usual_logs: true }
    }
}

impl Fields<'_> {
    fn get(&self, name: &str) -> Knowledge {
        if let Some(known) = self.assigned.get(name) {
            return known.clone();
        }
        // Whether a name finds a field that was assigned under another one depends on the row.
        let is_assigned =
            || self.assigned.keys().any(|assigned| canonical(assigned) == canonical(name));
        match self.others {
            Others::NotInTable => Knowledge::Null(vec![Obstacle::NotInTable(name.to_owned())]),
            Others::OfEvents if !is_assigned() => match fixed_value(name) {
                Some(value) => Knowledge::Fixed(value),
                None if (self.assumptions.is_absent)(name) => {
                    Knowledge::Null(vec![Obstacle::Absent(name.to_owned())])
                }
                None => Knowledge::Any,
            },
            Others::OfEvents | Others::Unknown => Knowledge::Any,
        }
    }

    /// Returns why a field has no value in any row.
    fn null_field(&self, name: &str) -> Option<Vec<Obstacle>> {
        match self.get(name) {
            Knowledge::Null(obstacles) => Some(obstacles),
            _ => None,
        }
    }

    fn assign(&mut self, name: &str, known: Knowledge) {
        self.assigned.insert(name.to_owned(), known);
    }

    /// Notes that a command changes the value of a field that has one.
    fn change(&mut self, name: &str) {
        if self.null_field(name).is_none() {
            self.assign(name, Knowledge::Any);
        }
    }

    /// Notes that the fields with a fixed value may be missing.
    fn forget_fixed(&mut self) {
        for name in ["EventCode", "vendor_product", "signature"] {
            self.change(name);
        }
    }

    /// Notes that nothing is known of any field.
    fn forget(&mut self) {
        self.assigned = OrderedMap::new();
        self.others = Others::Unknown;
    }

    /// Notes that the rows have these fields only.
    fn become_table(&mut self, fields: impl IntoIterator<Item = (String, Knowledge)>) {
        self.assigned = fields.into_iter().collect();
        self.others = Others::NotInTable;
    }

    /// A command leaves out every row that lacks one of the fields. Those that any log may have without a value are
    /// reported with the rows that lack them.
    fn require(&self, fields: &[String]) -> Possible {
        let mut unusual = fields.iter().filter(|name| !name.contains('*') && !is_usual(name));
        unusual.find_map(|name| self.null_field(name)).map_or(Ok(()), Err)
    }

    /// Applies a command, or returns why no row passes it.
    fn apply(&mut self, command: &Command) -> Possible {
        match command {
            Command::Search(condition) => return self.condition(condition, true),
            Command::Where(expr) => return self.truth(expr, true),
            Command::Regex { .. } => {
                return command
                    .condition()
                    .map_or(Ok(()), |condition| self.condition(&condition, true));
            }
            Command::Eval(fields) => {
                for (name, expr) in fields {
                    let known = self.assigned_by(expr);
                    self.assign(name, known);
                }
            }
            Command::Rex { field, regex, offset_field, .. } => {
                let groups = regex.names().iter().flatten().map(|name| &**name);
                let outputs: Vec<&str> = groups.chain(offset_field.as_deref()).collect();
                self.derive(field, &outputs);
            }
            Command::Sed { field, .. }
            | Command::MakeMv { field, .. }
            | Command::NoMv(field)
            | Command::MvExpand { field, .. } => self.change(field),
            Command::FillNull { fields, .. } if !fields.is_empty() => {
                fields.iter().for_each(|name| self.assign(name, Knowledge::Any));
            }
            Command::Stats(stats) => {
                self.require(&stats.by)?;
                self.apply_stats(stats);
            }
            Command::Top(top) => {
                self.require(&top.by)?;
                self.require(&top.fields)?;
                let fields = top.by.iter().chain(&top.fields);
                let fields = fields.map(|name| (name.clone(), self.get(name)));
                let counts = top.count.iter().chain(&top.percent);
                let counts = counts.map(|name| (name.clone(), Knowledge::Any));
                // The other values of a field are in a row of their own.
                let fields = match &top.other {
                    Some(_) => {
                        top.columns().into_iter().map(|name| (name, Knowledge::Any)).collect()
                    }
                    None => fields.chain(counts).collect::<Vec<_>>(),
                };
                self.become_table(fields);
            }
            Command::Dedup { fields, keep_empty: false, keep_events: false, .. } => {
                self.require(fields)?;
            }
            Command::Transaction(transaction) => {
                self.require(&transaction.fields)?;
                self.forget();
            }
            Command::EventStats(stats) | Command::StreamStats(StreamStats { stats, .. })
                if !stats.has_wildcards() =>
            {
                for aggregate in &stats.aggregates {
                    self.assign(&aggregate.name, Knowledge::Any);
                }
            }
            Command::Bin(bin) => match &bin.output {
                Some(name) => self.assign(name, Knowledge::Any),
                None => self.change(&bin.field),
            },
            Command::Correlate(correlation) => {
                self.correlation(correlation)?;
                let columns = correlation.columns().into_iter();
                self.become_table(columns.map(|name| (name, Knowledge::Any)));
            }
            Command::Rename(pairs) => {
                for (from, to) in pairs {
                    if from.contains('*') {
                        self.forget();
                    } else {
                        let known = self.get(from);
                        self.assign(from, Knowledge::Any);
                        self.assign(to, known);
                    }
                }
            }
            Command::Table(names) | Command::Fields { keep: true, names } => {
                if names.iter().any(|name| name.contains('*')) {
                    self.forget_fixed();
                } else {
                    let names = names.iter().map(String::as_str).chain(["_time", "_raw"]);
                    let fields = names.map(|name| (name.to_owned(), self.get(name)));
                    self.become_table(fields.collect::<Vec<_>>());
                }
            }
            Command::Fields { keep: false, .. } => self.forget_fixed(),
            Command::Convert { conversions, .. } => {
                self.forget_fixed();
                for conversion in conversions {
                    let output = conversion.output.as_ref().unwrap_or(&conversion.field);
                    if !output.contains('*') {
                        self.assign(output, Knowledge::Any);
                    }
                }
            }
            Command::Lookup(call) => {
                let outputs: Vec<String> =
                    call.output_fields().into_iter().map(|(_, field)| field).collect();
                let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
                let mut inputs = call.inputs.iter().map(|(_, field)| field);
                // Without a match, a row gets the default values.
                match inputs.find(|own| self.null_field(own).is_some()) {
                    Some(absent) if call.table.definition().default_match.is_none() => {
                        self.derive(&absent.clone(), &outputs);
                    }
                    _ => outputs.iter().for_each(|name| self.assign(name, Knowledge::Any)),
                }
            }
            Command::Spath { input, path: Some(path), output } => {
                self.derive(input, &[output.as_ref().unwrap_or(path)]);
            }
            // The rows that it removes are kept and marked, so it requires nothing.
            Command::Filter { commands, .. } => {
                for command in commands {
                    let _ = self.apply(command);
                }
            }
            Command::Sort { .. }
            | Command::Dedup { .. }
            | Command::Head(_)
            | Command::Tail(_)
            | Command::Reverse
            | Command::PassOn { .. } => {}
            // `fillnull` and `spath` without fields, and commands that make other rows.
            _ => self.forget(),
        }
        Ok(())
    }

    /// Returns what is known of the value of an expression.
    fn assigned_by(&self, expr: &EvalExpr) -> Knowledge {
        if let Some(obstacles) = self.null(expr) {
            return Knowledge::Null(obstacles);
        }
        if !self.is_constant(expr) {
            return Knowledge::Any;
        }
        let mut absent = Vec::new();
        expr.each_field(&mut |name| match self.get(name) {
            Knowledge::Null(own) | Knowledge::Constant(_, own) => merge(&mut absent, own),
            Knowledge::Any | Knowledge::Fixed(_) => {}
        });
        match expr.value(&ConstantRow(self)) {
            value if !value.is_null() => Knowledge::Constant(value, absent),
            _ if absent.is_empty() => Knowledge::Null(vec![Obstacle::Contradiction]),
            _ => Knowledge::Null(absent),
        }
    }

    /// Notes that a command assigns fields which it finds in another one.
    fn derive(&mut self, input: &str, outputs: &[&str]) {
        let null = self.null_field(input);
        for name in outputs {
            match &null {
                None => self.assign(name, Knowledge::Any),
                // A field that had a value keeps it.
                Some(obstacles) if self.null_field(name).is_some() => {
                    self.assign(name, Knowledge::Null(obstacles.clone()));
                }
                Some(_) => {}
            }
        }
    }

    fn apply_stats(&mut self, stats: &Stats) {
        let by = stats.by.iter().map(|name| (name.clone(), self.get(name)));
        let aggregates = stats.aggregates.iter().map(|aggregate| {
            let known = self.null_aggregate(aggregate).map_or(Knowledge::Any, Knowledge::Null);
            (aggregate.name.clone(), known)
        });
        let fields: Vec<_> = by.chain(aggregates).collect();
        self.become_table(fields);
        if stats.has_wildcards() {
            self.others = Others::Unknown;
        }
    }

    /// Returns why an aggregate has no value: its field has none, and it is no count.
    fn null_aggregate(&self, aggregate: &Aggregate) -> Option<Vec<Obstacle>> {
        match &aggregate.input {
            Some(AggregateInput::Field(_))
                if matches!(aggregate.function, Aggregation::Count | Aggregation::Distinct) =>
            {
                None
            }
            Some(AggregateInput::Field(name)) if !name.contains('*') => self.null_field(name),
            _ => None,
        }
    }

    /// Whether enough of a correlation's rules can select an event.
    fn correlation(&self, correlation: &Correlation) -> Possible {
        let mut obstacles = Vec::new();
        let mut can_occur = Vec::new();
        for rule in &correlation.rules {
            let inner = rule.inner.as_ref().map_or(Ok(()), |inner| self.correlation(inner));
            let own = self.condition(&rule.filter, true).and(inner).and_then(|()| {
                // The rows of another correlation have fields of their own.
                if rule.inner.is_some() {
                    return Ok(());
                }
                self.require(&rule.by)?;
                let counts_none = correlation.is_met(Quantity::count(0));
                if counts_none { Ok(()) } else { self.require(&rule.fields) }
            });
            can_occur.push(own.is_ok());
            merge(&mut obstacles, own.err().unwrap_or_default());
        }
        let possible = can_occur.iter().filter(|can| **can).count();
        let is_possible = match &correlation.kind {
            CorrelationKind::Presence(expr) => can_hold(expr, &can_occur, true),
            CorrelationKind::Rules { ordered } => {
                (!*ordered || possible == correlation.rules.len())
                    && (1..=possible).any(|count| correlation.is_met(Quantity::count(count)))
            }
            _ => possible > 0,
        };
        if is_possible || obstacles.is_empty() { Ok(()) } else { Err(obstacles) }
    }

    /// Whether the condition can be as `wanted`.
    fn condition(&self, condition: &Condition, wanted: bool) -> Possible {
        match condition {
            Condition::All(parts) if wanted => self.every(parts, true),
            Condition::All(parts) => self.some(parts, false),
            Condition::Any(parts) if wanted => self.some(parts, true),
            Condition::Any(parts) => self.every(parts, false),
            Condition::Not(part) => self.condition(part, !wanted),
            Condition::Field { name, predicate } => self.field(name, predicate, wanted),
            Condition::Keyword(_) | Condition::Time(_) => Ok(()),
            Condition::Where(expr) if wanted => self.truth(expr, true),
            // False and null both fail it.
            Condition::Where(expr) => match self.constant_truth(expr) {
                Some(Some(true)) => Err(self.of_expr(expr)),
                _ => Ok(()),
            },
        }
    }

    fn every(&self, parts: &[Condition], wanted: bool) -> Possible {
        all_of(parts.iter().map(|part| self.condition(part, wanted)))
    }

    fn some(&self, parts: &[Condition], wanted: bool) -> Possible {
        any_of(parts.iter().map(|part| self.condition(part, wanted)))
    }

    fn field(&self, name: &str, predicate: &Predicate, wanted: bool) -> Possible {
        match self.get(name) {
            // A field whose values are all empty counts as absent, but exists.
            Knowledge::Null(_)
                if *predicate == Predicate::Exists && !(self.assumptions.is_missing)(name) =>
            {
                Ok(())
            }
            Knowledge::Null(obstacles) if wanted => Err(obstacles),
            Knowledge::Null(_) => Ok(()),
            Knowledge::Fixed(value) => {
                let mut refers = false;
                predicate.each_field(&mut |_| refers = true);
                if refers || predicate.is_satisfied(value, &ConstantRow(self)) == wanted {
                    return Ok(());
                }
                let mut values = Vec::new();
                if wanted {
                    accepted(predicate, &mut values);
                }
                Err(vec![Obstacle::Value { field: name.to_owned(), values }])
            }
            Knowledge::Constant(value, absent) => {
                let mut refers = false;
                predicate.each_field(&mut |_| refers = true);
                let holds = value.any(&mut |own| predicate.is_satisfied(own, &ConstantRow(self)));
                match refers || holds == wanted {
                    true => Ok(()),
                    false if absent.is_empty() => Err(vec![Obstacle::Contradiction]),
                    false => Err(absent),
                }
            }
            Knowledge::Any if wanted => {
                if let Predicate::FieldRef { field, .. } = predicate
                    && let Some(obstacles) = self.null_field(field)
                {
                    return Err(obstacles);
                }
                match self.is_event_field(name).then(|| other_log(name, predicate)).flatten() {
                    Some(value) => Err(vec![Obstacle::Log { field: name.to_owned(), value }]),
                    None => Ok(()),
                }
            }
            Knowledge::Any => Ok(()),
        }
    }

    /// Whether the field is the event's own, and its log is one of those expected.
    fn is_event_field(&self, name: &str) -> bool {
        let is_assigned = |assigned: &String| canonical(assigned) == canonical(name);
        self.assumptions.has_usual_logs
            && self.others == Others::OfEvents
            && !self.assigned.keys().any(is_assigned)
    }

    /// Whether the truth value of an expression can be `wanted`; null is neither.
    fn truth(&self, expr: &EvalExpr, wanted: bool) -> Possible {
        match expr {
            EvalExpr::Not(inner) => return self.truth(inner, !wanted),
            EvalExpr::Search(condition) => return self.condition(condition, wanted),
            EvalExpr::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
                let both = [self.truth(left, wanted), self.truth(right, wanted)].into_iter();
                let needs_both = (*operator == Operator::And) == wanted;
                return if needs_both { all_of(both) } else { any_of(both) };
            }
            EvalExpr::Call(function, arguments) => match (function.id, arguments.as_slice()) {
                (FunctionId::SearchMatch, [inner]) => return self.truth(inner, wanted),
                (FunctionId::IsNotNull, [inner]) if wanted => {
                    return self.null(inner).map_or(Ok(()), Err);
                }
                (FunctionId::IsNull, [inner]) if !wanted => {
                    return self.null(inner).map_or(Ok(()), Err);
                }
                _ => {}
            },
            _ => {}
        }
        if let Some(obstacles) = self.null(expr) {
            return Err(obstacles);
        }
        match (self.constant_truth(expr), expr) {
            (Some(truth), _) if truth == Some(wanted) => Ok(()),
            (Some(_), _) => Err(self.of_expr(expr)),
            (None, EvalExpr::Binary(Operator::Equal, left, right)) if wanted => {
                match (&**left, &**right) {
                    (EvalExpr::Field(name), EvalExpr::Text(text))
                    | (EvalExpr::Text(text), EvalExpr::Field(name)) => {
                        let predicate = Predicate::Matches(Wildcard::literal(text, true));
                        self.field(name, &predicate, true)
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Returns the truth value of an expression that is the same for every row.
    fn constant_truth(&self, expr: &EvalExpr) -> Option<Option<bool>> {
        self.is_constant(expr).then(|| expr.truth(&ConstantRow(self)))
    }

    fn is_constant(&self, expr: &EvalExpr) -> bool {
        match expr {
            EvalExpr::Text(_) | EvalExpr::Number(_) | EvalExpr::Regex(_) => true,
            EvalExpr::Field(name) => self.get(name) != Knowledge::Any,
            EvalExpr::Search(_) => false,
            EvalExpr::Not(inner) | EvalExpr::Negate(inner) => self.is_constant(inner),
            EvalExpr::Binary(_, left, right) => self.is_constant(left) && self.is_constant(right),
            EvalExpr::Call(function, arguments) => {
                !function.depends_on_now() && arguments.iter().all(|own| self.is_constant(own))
            }
        }
    }

    /// Returns why the expression is null for every row, if that follows from its fields.
    fn null(&self, expr: &EvalExpr) -> Option<Vec<Obstacle>> {
        match expr {
            EvalExpr::Field(name) => self.null_field(name),
            EvalExpr::Negate(inner) | EvalExpr::Not(inner) => self.null(inner),
            EvalExpr::Binary(Operator::And | Operator::Or, ..) => None,
            EvalExpr::Binary(_, left, right) => self.null(left).or_else(|| self.null(right)),
            EvalExpr::Call(function, arguments) => match function.id {
                FunctionId::Coalesce => {
                    let mut all = Vec::new();
                    for argument in arguments {
                        merge(&mut all, self.null(argument)?);
                    }
                    (!all.is_empty()).then_some(all)
                }
                FunctionId::CidrMatch => arguments.iter().find_map(|own| self.null(own)),
                id if is_null_of_null(id) => arguments.first().and_then(|own| self.null(own)),
                _ => None,
            },
            EvalExpr::Text(_) | EvalExpr::Number(_) | EvalExpr::Regex(_) | EvalExpr::Search(_) => {
                None
            }
        }
    }

    /// Returns the obstacles in an expression that is the same for every row.
    fn of_expr(&self, expr: &EvalExpr) -> Vec<Obstacle> {
        let mut values = Vec::new();
        literals(expr, &mut values);
        let mut obstacles = Vec::new();
        expr.each_field(&mut |name| {
            let field = name.to_owned();
            let own = match self.get(name) {
                Knowledge::Fixed(value) => {
                    let others = values.iter().filter(|other| *other != value).cloned();
                    vec![Obstacle::Value { field, values: others.collect() }]
                }
                Knowledge::Null(own) | Knowledge::Constant(_, own) => own,
                Knowledge::Any => Vec::new(),
            };
            merge(&mut obstacles, own);
        });
        if obstacles.is_empty() { vec![Obstacle::Contradiction] } else { obstacles }
    }
}

/// Whether every part is possible. Of several that are not, the first about a fixed value explains most.
fn all_of(parts: impl Iterator<Item = Possible>) -> Possible {
    let mut first: Option<Vec<Obstacle>> = None;
    for obstacles in parts.filter_map(Result::err) {
        let is_fixed = |obstacle: &Obstacle| matches!(obstacle, Obstacle::Value { .. });
        if obstacles.iter().all(is_fixed) {
            return Err(obstacles);
        }
        first = first.or(Some(obstacles));
    }
    first.map_or(Ok(()), Err)
}

/// Whether any part is possible, and otherwise the obstacles of all.
fn any_of(parts: impl Iterator<Item = Possible>) -> Possible {
    let mut all = Vec::new();
    for part in parts {
        match part {
            Ok(()) => return Ok(()),
            Err(obstacles) => merge(&mut all, obstacles),
        }
    }
    if all.is_empty() { Err(vec![Obstacle::Contradiction]) } else { Err(all) }
}

fn merge(all: &mut Vec<Obstacle>, more: Vec<Obstacle>) {
    for obstacle in more {
        if all.len() < MOST_OBSTACLES && !all.contains(&obstacle) {
            all.push(obstacle);
        }
    }
}

/// Whether an expression over the presence of rules can be as `wanted`. A rule that can occur need not.
fn can_hold(expr: &RuleExpr, can_occur: &[bool], wanted: bool) -> bool {
    match expr {
        RuleExpr::Rule(index) => !wanted || can_occur.get(*index).copied().unwrap_or(true),
        RuleExpr::All(parts) if wanted => parts.iter().all(|own| can_hold(own, can_occur, true)),
        RuleExpr::All(parts) => parts.iter().any(|own| can_hold(own, can_occur, false)),
        RuleExpr::Any(parts) if wanted => parts.iter().any(|own| can_hold(own, can_occur, true)),
        RuleExpr::Any(parts) => parts.iter().all(|own| can_hold(own, can_occur, false)),
        RuleExpr::Not(part) => can_hold(part, can_occur, !wanted),
    }
}

/// Whether the function is null if its first argument is.
fn is_null_of_null(id: FunctionId) -> bool {
    matches!(
        id,
        FunctionId::In
            | FunctionId::Abs
            | FunctionId::Ceil
            | FunctionId::Floor
            | FunctionId::Len
            | FunctionId::Like
            | FunctionId::Lower
            | FunctionId::LTrim
            | FunctionId::Match
            | FunctionId::Md5
            | FunctionId::MvIndex
            | FunctionId::Replace
            | FunctionId::Round
            | FunctionId::RTrim
            | FunctionId::Sha1
            | FunctionId::Sha256
            | FunctionId::Sha512
            | FunctionId::Split
            | FunctionId::Strftime
            | FunctionId::Strptime
            | FunctionId::Substr
            | FunctionId::ToNumber
            | FunctionId::ToString
            | FunctionId::Trim
            | FunctionId::Upper
            | FunctionId::UrlDecode
    )
}

/// Collects the values that satisfy a predicate, as far as it lists them.
fn accepted(predicate: &Predicate, values: &mut Vec<String>) {
    match predicate {
        Predicate::Matches(wildcard) | Predicate::Term(wildcard) => values.push(shown(wildcard)),
        Predicate::Number(number) => values.push(number.clone()),
        Predicate::Regex(regex) => values.push(regex.source().to_owned()),
        Predicate::Compare(comparison, value) => {
            values.push(format!("{} {value}", comparison.symbol()));
        }
        Predicate::OneOf(predicates) => {
            predicates.iter().take(MOST_OBSTACLES).for_each(|one| accepted(one, values));
        }
        _ => {}
    }
}

fn shown(wildcard: &Wildcard) -> String {
    let piece = |piece: &WildcardPiece| match piece {
        WildcardPiece::Text(text) => text.clone(),
        WildcardPiece::Any => "*".to_owned(),
        WildcardPiece::One => "?".to_owned(),
    };
    wildcard.pieces().iter().map(piece).collect()
}

/// Collects the literals of an expression.
fn literals(expr: &EvalExpr, values: &mut Vec<String>) {
    match expr {
        EvalExpr::Text(text) => values.push(text.clone()),
        EvalExpr::Number(_) => values.extend(Value::text(&number(expr)).map(|text| text.into())),
        EvalExpr::Regex(regex) => values.push(regex.source().to_owned()),
        EvalExpr::Not(inner) | EvalExpr::Negate(inner) => literals(inner, values),
        EvalExpr::Binary(_, left, right) => {
            literals(left, values);
            literals(right, values);
        }
        EvalExpr::Call(_, arguments) => {
            arguments.iter().for_each(|argument| literals(argument, values));
        }
        EvalExpr::Field(_) | EvalExpr::Search(_) => {}
    }
}

fn number(expr: &EvalExpr) -> Value {
    match expr {
        EvalExpr::Number(number) => Value::Num(*number),
        _ => Value::Null,
    }
}

/// The channels of events 4104.
const CHANNELS: &[&str] =
    &["Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational", "ForwardedEvents"];

/// Well-known channels of other events. The others of Windows begin like [`WINDOWS_PREFIX`].
const OTHER_CHANNELS: &[&str] = &[
    "Application",
    "Security",
    "Setup",
    "System",
    "Windows PowerShell",
    "Directory Service",
    "DNS Server",
    "Microsoft-Windows-Sysmon/Operational",
    "Microsoft-Windows-WinRM/Operational",
    "Microsoft-Windows-WMI-Activity/Operational",
    "Microsoft-Windows-TaskScheduler/Operational",
    "Microsoft-Windows-Windows Defender/Operational",
];

/// The providers of events 4104.
const PROVIDERS: &[&str] = &["Microsoft-Windows-PowerShell", "PowerShellCore"];

/// Well-known providers of other events.
const OTHER_PROVIDERS: &[&str] = &[
    "Microsoft-Windows-Security-Auditing",
    "Microsoft-Windows-Sysmon",
    "Microsoft-Windows-WinRM",
    "Microsoft-Windows-TaskScheduler",
    "Service Control Manager",
    "MsiInstaller",
];

/// The beginning of the names of Windows' own channels and providers.
const WINDOWS_PREFIX: &str = "microsoft-windows-";

/// Prefixes of a channel in Splunk's `source`.
const SOURCE_PREFIXES: [&str; 3] = ["", "XmlWinEventLog:", "WinEventLog:"];

/// Returns the well-known log or provider of other events that the predicate requires.
fn other_log(field: &str, predicate: &Predicate) -> Option<String> {
    let (own, others) = match canonical(field) {
        "Channel" | "source" => (CHANNELS, OTHER_CHANNELS),
        "Name" => (PROVIDERS, OTHER_PROVIDERS),
        _ => return None,
    };
    match predicate {
        Predicate::Matches(wildcard) => {
            let matches = |name: &&str| {
                SOURCE_PREFIXES.iter().any(|prefix| wildcard.matches(&format!("{prefix}{name}")))
            };
            let text = shown(wildcard);
            let folded = text.to_ascii_lowercase();
            let name = SOURCE_PREFIXES
                .iter()
                .find_map(|prefix| {
                    folded.strip_prefix(&prefix.to_ascii_lowercase()).filter(|_| !prefix.is_empty())
                })
                .unwrap_or(&folded);
            let is_windows = name.starts_with(WINDOWS_PREFIX)
                && !name.starts_with("microsoft-windows-powershell");
            let is_other = !own.iter().any(matches) && (others.iter().any(matches) || is_windows);
            is_other.then_some(text)
        }
        Predicate::OneOf(predicates) => {
            let mut logs = predicates.iter().map(|own| other_log(field, own));
            let first = logs.next()??;
            logs.all(|log| log.is_some()).then_some(first)
        }
        _ => None,
    }
}

/// A row of the fields whose value is known.
struct ConstantRow<'a>(&'a Fields<'a>);

impl Row for ConstantRow<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
        match self.0.get(field) {
            Knowledge::Fixed(value) => test(value),
            Knowledge::Constant(value, _) => value.any(test),
            Knowledge::Null(_) | Knowledge::Any => false,
        }
    }

    fn any_value(&self, _: &mut dyn FnMut(&str) -> bool) -> bool {
        false
    }

    fn time(&self) -> Option<Time> {
        None
    }

    fn value(&self, field: &str) -> Value {
        match self.0.get(field) {
            Knowledge::Fixed(value) => value.into(),
            Knowledge::Constant(value, _) => value,
            Knowledge::Null(_) | Knowledge::Any => Value::Null,
        }
    }

    fn now(&self) -> Option<Time> {
        None
    }
}

#[cfg(test)]
mod tests;
