//! Loops, `switch`, and script blocks that run for each value of a pipeline.

use super::value::Value;
use super::{Evaluator, Variable};
use crate::limits;
use crate::script::parse::{Block, Jump, LoopKind, NodeId, NodeKind};
use std::rc::Rc;

impl Evaluator<'_> {
    /// Runs the blocks of a `switch` whose labels are one of its values.
    pub(super) fn switch(
        &mut self,
        id: NodeId,
        values: &Block,
        cases: &[(Option<NodeId>, Block)],
    ) -> Value {
        let items = match values.as_slice() {
            [only] => self.group(*only),
            _ => Value::Unknown,
        };
        let mut labels = Vec::new();
        for (label, body) in cases {
            labels.push(label.map(|label| self.eval(label)));
            self.show_body(body);
        }
        let is_scalar = |label: &Option<Value>| {
            !matches!(label, Some(Value::Unknown | Value::Script(_) | Value::List(_)))
        };
        if !items.is_known() || !labels.iter().all(is_scalar) {
            self.forget_assigned(&vec![id]);
            return Value::Unknown;
        }
        let mut items = items.items().into_iter();
        // The places of the cases that are still to run for the item.
        let mut chosen: Vec<usize> = Vec::new();
        self.run_loop(id, &mut |evaluator, jumped| {
            if jumped {
                chosen.clear();
            }
            loop {
                if let Some(place) = chosen.pop() {
                    return Some(cases.get(place).map(|(_, body)| body));
                }
                let Some(item) = items.next() else { return Some(None) };
                if !evaluator.step(labels.len() + 1) {
                    return None;
                }
                evaluator.assign(&Rc::from("_"), item.clone());
                for (place, label) in labels.iter().enumerate() {
                    let is_equal = match label {
                        Some(label) => super::operators::is_equal(&item, label, false)?,
                        None => false,
                    };
                    if is_equal {
                        chosen.push(place);
                    }
                }
                chosen.reverse();
                let default = labels.iter().position(Option::is_none);
                if let (true, Some(place)) = (chosen.is_empty(), default) {
                    chosen.push(place);
                }
            }
        })
    }

    /// Shows a loop's body as any of its passes sees it.
    pub(super) fn show_body(&mut self, body: &Block) {
        if self.quiet == 0 {
            let open = self.open_epoch();
            self.forget_assigned(body);
            self.run_shown(body);
            self.jumped = None;
            self.close_epoch(&open);
        }
    }

    /// Runs passes of a loop unseen. `pass` returns the block of the next pass, `None` within after the last one, or `None` if
    /// that is not known; its argument is whether the pass before ended by `continue`. What a loop assigns that cannot be run to
    /// its end is unknown after it.
    fn run_loop<'b>(
        &mut self,
        id: NodeId,
        pass: &mut dyn FnMut(&mut Self, bool) -> Option<Option<&'b Block>>,
    ) -> Value {
        self.quiet += 1;
        let reserve = self.reserve();
        self.repeating += 1;
        let outer = std::mem::take(&mut self.may_have_jumped);
        let mut outputs = Vec::new();
        let mut is_known = true;
        let mut is_next = false;
        let ran = loop {
            let body = match pass(self, std::mem::take(&mut is_next)) {
                Some(Some(body)) => body,
                Some(None) => break true,
                None => break false,
            };
            match self.run(body) {
                // A pass that runs a command is no decoder's, and most loops without an end have one.
                Value::Unknown => {
                    is_known = false;
                    self.step(limits::UNKNOWN_PASS_STEPS);
                }
                value => outputs.extend(value.items()),
            }
            if self.may_have_jumped || !self.spend(size_of::<Value>()) {
                break false;
            }
            match self.jumped {
                None => (),
                Some(Jump::Continue) => {
                    self.jumped = None;
                    is_next = true;
                }
                Some(Jump::Break) => {
                    self.jumped = None;
                    break true;
                }
                // The function ends too.
                Some(Jump::Return) => break true,
                Some(Jump::Other) => break false,
            }
        };
        if !ran {
            self.jumped = None;
        }
        self.may_have_jumped = outer;
        self.quiet -= 1;
        self.repeating -= 1;
        self.release(reserve);
        if !ran {
            self.forget_assigned(&vec![id]);
        }
        if ran && is_known { Value::output(outputs) } else { Value::Unknown }
    }

    pub(super) fn for_each(
        &mut self,
        id: NodeId,
        variable: &Rc<str>,
        list: &Block,
        body: &Block,
    ) -> Value {
        let items = match list.as_slice() {
            [only] => self.eval(*only),
            _ => Value::Unknown,
        };
        if let [only] = list.as_slice() {
            self.show(*only, &items);
        }
        self.assign(variable, Value::Unknown);
        self.show_body(body);
        if !items.is_known() {
            self.forget_assigned(&vec![id]);
            return Value::Unknown;
        }
        let mut items = items.items().into_iter();
        self.run_loop(id, &mut |evaluator, _| {
            let item = items.next();
            Some(item.map(|item| {
                evaluator.assign(variable, item);
                body
            }))
        })
    }

    pub(super) fn counted_loop(
        &mut self,
        id: NodeId,
        condition: &Block,
        step: &Block,
        body: &Block,
        kind: LoopKind,
    ) -> Value {
        let mut is_first = true;
        let mut changes = usize::MAX;
        self.run_loop(id, &mut |evaluator, _| {
            if std::mem::take(&mut is_first) {
                if kind != LoopKind::While {
                    return Some(Some(body));
                }
            } else {
                evaluator.run(step);
            }
            // A pass that changes nothing repeats for ever, or what ends it is not known.
            if std::mem::replace(&mut changes, evaluator.changes) == evaluator.changes {
                return None;
            }
            let holds = match condition.as_slice() {
                [only] => evaluator.group(*only).to_bool()?,
                // `for (;;)` ends by `break`.
                [] => true,
                _ => return None,
            };
            Some(Some(body).filter(|_| holds == (kind != LoopKind::DoUntil)))
        })
    }

    /// Returns the values of `$_` and `$PSItem`, to be restored by [`Self::restore_item`].
    pub(super) fn item(&mut self) -> [Option<Variable>; 2] {
        ["_", "psitem"].map(|name| self.variables.get(name).cloned())
    }

    pub(super) fn restore_item(&mut self, item: [Option<Variable>; 2]) {
        for (name, old) in ["_", "psitem"].into_iter().zip(item) {
            match old {
                Some(old) => self.variables.insert(Rc::from(name), old),
                None => self.variables.remove(name),
            };
        }
    }

    /// Runs the body of a script block for one value of a pipeline.
    pub(super) fn call_with_item(&mut self, block: NodeId, item: &Value) -> Value {
        let NodeKind::ScriptBlock { body, .. } = self.ast.kind(block) else {
            return Value::Unknown;
        };
        self.quiet += 1;
        self.repeating += 1;
        for name in ["_", "psitem"] {
            let (scope, epoch) = (self.scope, self.epoch);
            self.variables.insert(Rc::from(name), Variable { value: item.clone(), scope, epoch });
        }
        let value = if self.step(1) { self.run(body) } else { Value::Unknown };
        let jumped = self.jumped.take();
        self.quiet -= 1;
        self.repeating -= 1;
        // `return` ends the block for this value.
        if jumped.is_some_and(|jump| jump != Jump::Return) { Value::Unknown } else { value }
    }
}
