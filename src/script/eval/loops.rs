//! Loops, `switch`, and script blocks that run for each value of a pipeline.

use super::value::Value;
use super::{Evaluator, Variable};
use crate::limits;
use crate::script::parse::{Accessor, AccessorKind, Block, Jump, LoopKind, NodeId, NodeKind};
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
            let count = outputs.len();
            match self.run(body) {
                // A pass that runs a command is no decoder's, and most loops without an end have one.
                Value::Unknown => {
                    is_known = false;
                    self.step(limits::UNKNOWN_PASS_STEPS);
                }
                value => value.add_items(&mut outputs),
            }
            let added = outputs.len() - count;
            if self.may_have_jumped || !self.spend(added * size_of::<Value>()) {
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

    /// Returns whether a script block only assigns unknown values to unknown variables, for every value of `$_`, with the same
    /// steps each time. RC4's key schedule is such a block where the key is unknown, and each script of Empire has one.
    pub(super) fn is_idle(&mut self, block: NodeId) -> bool {
        let NodeKind::ScriptBlock { body, .. } = self.ast.kind(block) else { return false };
        body.iter().all(|id| match self.ast.kind(*id) {
            NodeKind::Assign { target, value, .. } => {
                self.stays_unknown(*value) && self.assigns_unknown(*target)
            }
            _ => false,
        })
    }

    /// Whether all that a target assigns to is unknown.
    fn assigns_unknown(&mut self, target: NodeId) -> bool {
        match self.ast.kind(target) {
            NodeKind::Variable(_) => self.stays_unknown(target),
            NodeKind::List(targets) => targets.iter().all(|target| match self.ast.kind(*target) {
                NodeKind::Access(base, _) => self.is_unknown_variable(*base),
                _ => self.is_unknown_variable(*target),
            }),
            _ => false,
        }
    }

    fn is_unknown_variable(&mut self, id: NodeId) -> bool {
        match self.ast.kind(id) {
            NodeKind::Variable(name) => {
                !matches!(&**name, "_" | "psitem")
                    && self.variables.get(name).is_some_and(|own| !own.value.is_known())
            }
            _ => false,
        }
    }

    /// Whether an expression is unknown for every value of `$_`.
    fn stays_unknown(&mut self, id: NodeId) -> bool {
        match self.ast.kind(id) {
            NodeKind::Group(block) => match block.as_slice() {
                [only] => self.stays_unknown(*only),
                _ => false,
            },
            // An index of what is unknown is not evaluated.
            NodeKind::Access(base, accessors) => {
                matches!(accessors.as_slice(), [Accessor { kind: AccessorKind::Index(_), .. }])
                    && self.is_unknown_variable(*base)
            }
            // No operator is applied if of any two operands side by side one is unknown.
            NodeKind::Chain(operands, _) => {
                let mut was_unknown = true;
                let holds = operands.iter().all(|operand| {
                    let is_unknown = self.stays_unknown(*operand);
                    let holds = is_unknown || (was_unknown && self.is_leaf(*operand));
                    was_unknown = is_unknown;
                    holds
                });
                holds && operands.len() > 1
            }
            NodeKind::List(values) => {
                let mut any = false;
                let holds = values.iter().all(|value| {
                    let is_unknown = self.stays_unknown(*value);
                    any |= is_unknown;
                    is_unknown || self.is_leaf(*value)
                });
                any && holds
            }
            _ => self.is_unknown_variable(id),
        }
    }

    /// Whether an expression takes one step and has no effect, whether its value is known or not.
    fn is_leaf(&self, id: NodeId) -> bool {
        matches!(self.ast.kind(id), NodeKind::Variable(_) | NodeKind::Number(_))
    }

    /// Takes the steps and bytes of passes of an [idle](Self::is_idle) block, as many as the pass took that began with those
    /// `before`. Returns false, and takes none, past the limit.
    pub(super) fn skip_passes(&mut self, before: (usize, usize), passes: usize) -> bool {
        let left = |before: usize, now: usize| {
            now.checked_sub(before.saturating_sub(now).saturating_mul(passes))
        };
        let (Some(steps), Some(bytes)) = (left(before.0, self.steps), left(before.1, self.bytes))
        else {
            return false;
        };
        (self.steps, self.bytes) = (steps, bytes);
        true
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
        let (scope, epoch) = (self.scope, self.epoch);
        let [item_name, other_name, ..] = &self.automatic;
        for name in [item_name, other_name] {
            self.variables.insert(name.clone(), Variable { value: item.clone(), scope, epoch });
        }
        let value = if self.step(1) { self.run(body) } else { Value::Unknown };
        let jumped = self.jumped.take();
        self.quiet -= 1;
        self.repeating -= 1;
        // `return` ends the block for this value.
        if jumped.is_some_and(|jump| jump != Jump::Return) { Value::Unknown } else { value }
    }
}
