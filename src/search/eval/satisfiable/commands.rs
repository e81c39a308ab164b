//! What a command does to what is known of the fields, and whether any row passes it.

use super::expressions::ConstantRow;
use super::fields::{Fields, Knowledge, Others, is_usual};
use super::possible::{Possible, can_hold, merge};
use crate::search::ast::command::Command;
use crate::search::ast::correlation::{Correlation, CorrelationKind, Quantity};
use crate::search::ast::eval_expr::EvalExpr;
use crate::search::ast::stats::{Aggregate, AggregateInput, Aggregation, Stats, StreamStats};
use crate::search::eval::obstacle::Obstacle;

impl Fields<'_> {
    /// A command leaves out every row that lacks one of the fields. Those that any log may have without a value are
    /// reported with the rows that lack them.
    fn require(&self, fields: &[String]) -> Possible {
        let mut unusual = fields.iter().filter(|name| !name.contains('*') && !is_usual(name));
        unusual.find_map(|name| self.null_field(name)).map_or(Ok(()), Err)
    }

    /// Applies a command, or returns why no row passes it.
    pub(super) fn apply(&mut self, command: &Command) -> Possible {
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
}
