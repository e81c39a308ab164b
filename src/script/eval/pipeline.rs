//! Pipelines, and the commands that pass, choose or sort their values.

use super::Evaluator;
use super::commands::Passed;
use super::methods::fold_lower;
use super::value::Value;
use crate::script::parse::{NodeId, NodeKind};
use crate::sort;

impl Evaluator<'_> {
    /// Evaluates elements joined by `|`.
    pub(super) fn pipeline(&mut self, elements: &[NodeId]) -> Value {
        let Some((first, rest)) = elements.split_first() else { return Value::Unknown };
        let mut value = self.eval(*first);
        // The last element whose value is known.
        let mut last = *first;
        for id in rest {
            let next = match self.ast.kind(*id) {
                NodeKind::Command { .. } => self.command(*id, Some((&value, last))),
                _ => Value::Unknown,
            };
            if next.is_known() {
                value = next;
                last = *id;
                continue;
            }
            self.show_run_of_pipeline(*first, last, &value);
            value = Value::Unknown;
            last = *id;
        }
        value
    }

    fn show_run_of_pipeline(&mut self, first: NodeId, last: NodeId, value: &Value) {
        if first == last {
            self.show(first, value);
        } else if value.is_known() {
            self.show_range(self.ast.range(first).start..self.ast.range(last).end, value);
        }
    }

    /// Evaluates `ForEach-Object`.
    pub(super) fn for_each_object(
        &mut self,
        passed: &[Passed<'_>],
        input: &Value,
    ) -> Option<Value> {
        if !input.is_known() {
            return None;
        }
        let items = input.items();
        let blocks: Vec<(Option<&str>, NodeId)> = passed
            .iter()
            .filter_map(|passed| match passed.value {
                Value::Script(block) => Some((passed.parameter, block)),
                _ => None,
            })
            .collect();
        if blocks.len() == passed.len()
            && (blocks.len() > 1 || passed.iter().any(|passed| passed.parameter.is_some()))
        {
            return self.for_each_with_ends(&items, &blocks);
        }
        let [only] = passed else { return None };
        let results = match &only.value {
            Value::Script(block) => self.for_each_item(&items, *block)?,
            Value::Text(name) => {
                let name = name.to_ascii_lowercase();
                let mut results = Vec::new();
                for item in &items {
                    let value = match self.member(item, &name) {
                        Some(value) => value,
                        None => self.method(item, &name, &[])?,
                    };
                    results.extend(value.items());
                }
                Value::list(results)
            }
            _ => return None,
        };
        Some(Value::output(results.items()))
    }

    /// Runs the blocks of `ForEach-Object`: one before all items, one for each, one after all.
    fn for_each_with_ends(
        &mut self,
        items: &[Value],
        blocks: &[(Option<&str>, NodeId)],
    ) -> Option<Value> {
        let [mut begin, mut process, mut end] = [const { Vec::new() }; 3];
        let mut others = Vec::new();
        for (parameter, block) in blocks {
            match parameter {
                None => others.push(*block),
                Some("") => return None,
                Some(name) if "begin".starts_with(name) => begin.push(*block),
                Some(name) if "process".starts_with(name) => process.push(*block),
                Some(name) if "end".starts_with(name) => end.push(*block),
                Some(_) => return None,
            }
        }
        // Of several blocks without a name the first runs before the items, and of three or more the last after them.
        if others.len() > 2 {
            end.extend(others.pop());
        }
        let first = usize::from(others.len() > 1);
        process.extend(others.drain(first..));
        begin.extend(others);
        let once = [Value::Null];
        let passes = begin
            .iter()
            .map(|block| (&once[..], block))
            .chain(items.chunks(1).flat_map(|item| process.iter().map(move |block| (item, block))))
            .chain(end.iter().map(|block| (&once[..], block)));
        let mut outputs = Vec::new();
        for (item, block) in passes {
            outputs.extend(self.for_each_item(item, *block)?.items());
        }
        Some(Value::output(outputs))
    }

    /// Evaluates `Sort-Object`: numbers by value, else texts in any case.
    pub(super) fn sorted(&mut self, passed: &[Passed<'_>], items: &[Value]) -> Option<Value> {
        if !self.spend(size_of_val(items)) {
            return None;
        }
        let mut property = None;
        let mut is_descending = false;
        for passed in passed {
            let is_switch = passed.is_named("descending", 1);
            is_descending |= is_switch;
            if !is_switch && !passed.parameter.is_none_or(|name| "property".starts_with(name)) {
                return None;
            }
            if !matches!(passed.value, Value::Void) {
                property = Some(&passed.value);
            }
        }
        let outer = self.item();
        let keys: Option<Vec<Value>> = items
            .iter()
            .map(|item| match property {
                None => Some(item.clone()),
                Some(Value::Script(block)) => {
                    Some(self.call_with_item(*block, item)).filter(Value::is_known)
                }
                Some(name) => self.member(item, &name.to_text()?.to_ascii_lowercase()),
            })
            .collect();
        self.restore_item(outer);
        let keys = keys?;
        let mut order: Vec<usize> = (0..items.len()).collect();
        let number = |item: &Value| matches!(item, Value::Int(_)).then(|| item.to_int())?;
        match keys.iter().map(number).collect::<Option<Vec<i64>>>() {
            Some(numbers) => {
                sort::sort_by_key(&mut order, |at| numbers.get(*at).copied().unwrap_or_default());
            }
            None => {
                let texts = keys.iter().map(Value::to_text).collect::<Option<Vec<_>>>()?;
                let texts: Vec<String> = texts.iter().map(|text| fold_lower(text)).collect();
                sort::sort_by_key(&mut order, |at| texts.get(*at).cloned());
            }
        }
        if is_descending {
            order.reverse();
        }
        Some(Value::output(order.iter().filter_map(|at| items.get(*at).cloned()).collect()))
    }

    /// Evaluates `Select-Object` with numbers of elements.
    pub(super) fn selected(&mut self, passed: &[Passed<'_>], items: &[Value]) -> Option<Value> {
        if !self.spend(size_of_val(items)) {
            return None;
        }
        let mut items = items;
        for passed in passed {
            let count = || usize::try_from(passed.value.to_int()?).ok();
            let len = items.len();
            let chosen = if passed.is_named("first", 1) {
                0..len.min(count()?)
            } else if passed.is_named("last", 1) {
                len.saturating_sub(count()?)..len
            } else if passed.is_named("skip", 2) {
                len.min(count()?)..len
            } else {
                return None;
            };
            items = items.get(chosen)?;
        }
        Some(Value::output(items.to_vec()))
    }

    /// Evaluates `Where-Object`. `None` if a condition is unknown.
    pub(super) fn where_object(&mut self, items: &[Value], block: NodeId) -> Option<Value> {
        let outer = self.item();
        let mut chosen = Some(Vec::new());
        for item in items {
            match self.call_with_item(block, item).to_bool() {
                Some(true) => chosen.iter_mut().for_each(|chosen| chosen.push(item.clone())),
                Some(false) => (),
                None => {
                    chosen = None;
                    break;
                }
            }
        }
        self.restore_item(outer);
        chosen.map(Value::output)
    }
}
