//! Variables, branches and functions.

use super::known;
use super::value::Value;
use super::{Evaluator, Variable};
use crate::limits;
use crate::script::parse::{
    Accessor, AccessorKind, Block, Jump, NodeId, NodeKind, Operator, Parameter, Phase,
};
use std::rc::Rc;

/// A section of the evaluation after which the variables are restored.
pub(super) struct OpenEpoch {
    /// Length of the list of earlier values at its start.
    mark: usize,
    /// The epoch around it.
    outer: u32,
}

impl Evaluator<'_> {
    /// Returns the value of a variable.
    pub(super) fn variable(&mut self, name: &str) -> Value {
        match self.variables.get(name) {
            // Statements that run at another time see the value only of what they assign themselves, or of a variable
            // that has one value for good.
            Some(own) if own.scope >= self.scope || self.ast.counts.get(name) == Some(&1) => {
                own.value.clone()
            }
            Some(_) => Value::Unknown,
            // What a loop or a function counts up begins at nothing.
            None if self.ast.counts.contains_key(name) => {
                if self.quiet > 0 && self.repeating > 0 {
                    Value::Null
                } else {
                    Value::Unknown
                }
            }
            None => known::variable(name).unwrap_or(Value::Unknown),
        }
    }

    /// Assigns a variable.
    pub(super) fn assign(&mut self, name: &Rc<str>, value: Value) {
        let is_known = value.is_known();
        self.has_aliases |= name.starts_with("alias:");
        let new = Variable { value, scope: self.scope, epoch: self.epoch };
        let old = self.variables.insert(name.clone(), new);
        if is_known || old.as_ref().is_some_and(|old| old.value.is_known()) {
            self.changes += 1;
        }
        if self.epoch > 0 && old.as_ref().is_none_or(|old| old.epoch != self.epoch) {
            self.undo.push((name.clone(), old));
        }
    }

    /// Takes a variable's value out to change it in place. The value is unknown until it is assigned.
    pub(super) fn take_variable(&mut self, name: &Rc<str>) -> Value {
        let value = self.variable(name);
        let epoch = self.epoch;
        if let Some(own) = self.variables.get_mut(name).filter(|own| own.epoch == epoch) {
            own.value = Value::Unknown;
        }
        value
    }

    /// Begins to note the earlier values of variables.
    pub(super) fn open_epoch(&mut self) -> OpenEpoch {
        let outer = self.epoch;
        self.epochs += 1;
        self.epoch = self.epochs;
        OpenEpoch { mark: self.undo.len(), outer }
    }

    /// Restores the variables. Returns the names of those that were assigned.
    pub(super) fn close_epoch(&mut self, open: &OpenEpoch) -> Vec<Rc<str>> {
        let mut names = Vec::new();
        while self.undo.len() > open.mark {
            let Some((name, old)) = self.undo.pop() else { break };
            match old {
                Some(old) => self.variables.insert(name.clone(), old),
                None => self.variables.remove(&name),
            };
            names.push(name);
        }
        self.epoch = open.outer;
        names
    }

    /// Removes the value of each variable that a range of the text assigns.
    pub(super) fn forget_assigned(&mut self, block: &Block) {
        let range = |id: &NodeId| self.ast.range(*id);
        if let (Some(first), Some(last)) = (block.first().map(range), block.last().map(range)) {
            for name in self.ast.assigned_in(first.start..last.end) {
                self.assign(&name, Value::Unknown);
            }
        }
    }

    /// Evaluates statements that may or may not run, and restores the variables. Returns the names of those that they
    /// assign.
    fn branch(&mut self, block: &Block) -> Vec<Rc<str>> {
        let open = self.open_epoch();
        self.run_shown(block);
        self.may_have_jumped |= self.jumped.take().is_some();
        self.close_epoch(&open)
    }

    /// Evaluates branches of which at most one runs. What any of them assigns is unknown after them.
    fn branches<'b>(&mut self, blocks: impl Iterator<Item = &'b Block>) {
        let names: Vec<Rc<str>> = blocks.flat_map(|block| self.branch(block)).collect();
        for name in names {
            self.assign(&name, Value::Unknown);
        }
    }

    /// Evaluates statements that run at another time, with parameters of unknown values.
    pub(super) fn run_deferred(&mut self, parameters: Vec<Rc<str>>, body: &Block) {
        let (outer, outer_jump) = (self.scope, self.jumped);
        self.scopes += 1;
        self.scope = self.scopes;
        let open = self.open_epoch();
        for name in parameters {
            self.assign(&name, Value::Unknown);
        }
        for name in self.automatic.clone() {
            self.assign(&name, Value::Unknown);
        }
        for id in body {
            let value = self.eval_statement(*id);
            self.show_statement(*id, &value);
            self.jumped = None;
        }
        self.scope = outer;
        self.jumped = outer_jump;
        self.close_epoch(&open);
    }

    /// Evaluates a statement other than an expression.
    pub(super) fn statement(&mut self, id: NodeId, kind: &NodeKind) -> Value {
        match kind {
            NodeKind::Assign { target, operator, value } => {
                self.assignment(*target, *operator, *value);
                Value::Void
            }
            NodeKind::If { branches, otherwise } => self.conditional(branches, otherwise),
            NodeKind::ForEach { variable, list, body } => self.for_each(id, variable, list, body),
            NodeKind::Increment { target, operator, is_prefix } => {
                self.increment(*target, *operator, *is_prefix)
            }
            NodeKind::Loop { before, condition, step, body, kind } => {
                self.run_shown(before);
                let open = self.open_epoch();
                self.forget_assigned(step);
                self.show_body(body);
                self.close_epoch(&open);
                self.counted_loop(id, condition, step, body, *kind)
            }
            NodeKind::Switch { values, cases } => self.switch(id, values, cases),
            NodeKind::Function { name, parameters, body } => {
                self.functions.insert(name.clone(), id);
                if self.quiet == 0 {
                    let names = parameters.iter().map(|parameter| parameter.name.clone());
                    self.run_deferred(names.collect(), body);
                }
                Value::Void
            }
            NodeKind::Return(block) => {
                let value = self.run_in_place(block);
                self.jumped = Some(Jump::Return);
                value
            }
            NodeKind::Jump(jump) => {
                self.jumped = Some(*jump);
                if *jump == Jump::Other { Value::Unknown } else { Value::Void }
            }
            NodeKind::Sequence(_, block) => self.run_in_place(block),
            NodeKind::Branch(block) => {
                self.branches(std::iter::once(block));
                Value::Unknown
            }
            _ => Value::Unknown,
        }
    }

    /// Evaluates `$a = $a + …` in a loop as `$a += …`, so that the text grows in place. Returns whether it did.
    fn appended(&mut self, target: NodeId, value: NodeId) -> bool {
        let ast = self.ast;
        let (NodeKind::Variable(name), NodeKind::Chain(operands, operators)) =
            (ast.kind(target), ast.kind(value))
        else {
            return false;
        };
        let Some((first, rest)) = operands.split_first() else { return false };
        let is_same = matches!(ast.kind(*first), NodeKind::Variable(own) if own == name);
        let grows = operators.iter().all(|operator| *operator == Operator::Add);
        let is_text =
            matches!(self.variables.get(name), Some(own) if matches!(own.value, Value::Text(_)));
        if self.quiet == 0 || !is_same || !grows || !is_text {
            return false;
        }
        let added: Vec<Value> = rest.iter().map(|id| self.eval(*id)).collect();
        let mut value = self.take_variable(name);
        let is_done = added.iter().all(|added| {
            added.is_known()
                && value.is_known()
                && self.apply(Operator::Add, &mut value, added).is_some()
        });
        self.assign(name, if is_done { value } else { Value::Unknown });
        true
    }

    fn assignment(&mut self, target: NodeId, operator: Option<Operator>, value_id: NodeId) {
        if operator.is_none() && self.appended(target, value_id) {
            return;
        }
        let value = self.eval(value_id);
        let ast = self.ast;
        // A value of several elements is shown in its parts, so that the assignment stays readable.
        self.show(value_id, &value);
        let value = if matches!(value, Value::Void) { Value::Null } else { value };
        match ast.kind(target) {
            NodeKind::Variable(name) => {
                let value = self.updated(name, operator, value);
                self.assign(name, value);
            }
            NodeKind::Cast(of, inner) => {
                let value = self.cast(of, &value);
                if let NodeKind::Variable(name) = ast.kind(*inner) {
                    self.assign(name, value);
                } else {
                    self.forget_target(*inner);
                }
            }
            NodeKind::Access(base, accessors) => {
                self.show_target(accessors);
                if self.assign_element(*base, accessors, operator, value).is_none() {
                    self.forget_target(target);
                }
            }
            NodeKind::List(targets) if operator.is_none() && value.is_known() => {
                self.assign_each(targets, value);
            }
            _ => self.forget_target(target),
        }
    }

    /// Assigns the values of a list to the variables of another. The last variable has those that are left.
    fn assign_each(&mut self, targets: &[NodeId], value: Value) {
        let mut values = value.items().into_iter();
        for (index, target) in targets.iter().enumerate() {
            let value = if index + 1 == targets.len() {
                match Value::output(values.by_ref().collect()) {
                    Value::Void => Value::Null,
                    value => value,
                }
            } else {
                values.next().unwrap_or(Value::Null)
            };
            match self.ast.kind(*target) {
                NodeKind::Variable(name) => self.assign(name, value),
                NodeKind::Access(base, accessors) => {
                    if self.assign_element(*base, accessors, None, value).is_none() {
                        self.forget_target(*target);
                    }
                }
                _ => self.forget_target(*target),
            }
        }
    }

    /// Evaluates `++` and `--`: the value before or after it.
    fn increment(&mut self, target: NodeId, operator: Operator, is_prefix: bool) -> Value {
        self.quiet += 1;
        let old = match self.eval(target) {
            Value::Null | Value::Void => Value::Int(0),
            value => value,
        };
        self.quiet -= 1;
        let mut new = old.clone();
        let is_number = matches!(old, Value::Int(_));
        if !is_number || self.apply(operator, &mut new, &Value::Int(1)).is_none() {
            self.forget_target(target);
            return Value::Unknown;
        }
        let is_assigned = match self.ast.kind(target) {
            NodeKind::Variable(name) => {
                self.assign(name, new.clone());
                Some(())
            }
            NodeKind::Access(base, accessors) => {
                self.assign_element(*base, accessors, None, new.clone())
            }
            _ => None,
        };
        if is_assigned.is_none() {
            self.forget_target(target);
        }
        if is_prefix { new } else { old }
    }

    /// Returns the value of a variable after an operator and a value.
    fn updated(&mut self, name: &Rc<str>, operator: Option<Operator>, value: Value) -> Value {
        let Some(operator) = operator else { return value };
        let mut left = self.take_variable(name);
        if left.is_known() && value.is_known() && self.apply(operator, &mut left, &value).is_some()
        {
            left
        } else {
            Value::Unknown
        }
    }

    /// Makes the variable unknown that an assignment changes in a way that is not followed.
    pub(super) fn forget_target(&mut self, target: NodeId) {
        match self.ast.kind(target) {
            NodeKind::Variable(name) => self.assign(name, Value::Unknown),
            NodeKind::List(targets) => {
                for target in targets {
                    self.forget_target(*target);
                }
            }
            NodeKind::Access(base, _) => self.forget_target(*base),
            NodeKind::Cast(_, inner) => self.forget_target(*inner),
            _ => (),
        }
    }

    /// Assigns an element of a list or a table: `$a[0] = 1`, `$a.b = 1`.
    fn assign_element(
        &mut self,
        base: NodeId,
        accessors: &[Accessor],
        operator: Option<Operator>,
        value: Value,
    ) -> Option<()> {
        let ast = self.ast;
        let (NodeKind::Variable(name), [accessor]) = (ast.kind(base), accessors) else {
            return None;
        };
        let key = match &accessor.kind {
            AccessorKind::Index(block) => self.index_of(block),
            AccessorKind::Member(id) => self.eval(*id),
            AccessorKind::Call(..) => return None,
        };
        if !value.is_known() || !key.is_known() {
            return None;
        }
        let mut list = self.take_variable(name);
        let is_only = match &list {
            Value::List(values) => Rc::strong_count(values) == 1,
            Value::Bytes(bytes) => Rc::strong_count(bytes) == 1,
            _ => false,
        };
        if !is_only && !self.spend(list.size()) {
            return None;
        }
        let mut old = Value::Unknown;
        if operator.is_some() {
            old = self.element(&list, &key)?;
        }
        let value = match operator {
            Some(operator) => {
                self.apply(operator, &mut old, &value)?;
                old
            }
            None => value,
        };
        let is_property = matches!(accessor.kind, AccessorKind::Member(_));
        if is_property && !matches!(list, Value::Table(_)) {
            Self::set_property(&mut list, &key.to_text()?, &value)?;
        } else {
            set_element(&mut list, &key, value)?;
        }
        self.assign(name, list);
        Some(())
    }

    fn conditional(&mut self, branches: &[(NodeId, Block)], otherwise: &Block) -> Value {
        for (index, (condition, block)) in branches.iter().enumerate() {
            let value = self.eval(*condition);
            let rest = branches.get(index + 1..).unwrap_or_default().iter().map(|(_, block)| block);
            match value.to_bool() {
                // What does not run is shown, and has no effect.
                Some(false) => {
                    self.show_condition(*condition, &value);
                    self.branch_without_effect(block);
                }
                Some(true) => {
                    self.show_condition(*condition, &value);
                    let value = self.run_in_place(block);
                    for block in rest.chain(std::iter::once(otherwise)) {
                        self.branch_without_effect(block);
                    }
                    return value;
                }
                None => {
                    let open = std::iter::once(block).chain(rest).chain(std::iter::once(otherwise));
                    self.branches(open);
                    return Value::Unknown;
                }
            }
        }
        self.run_in_place(otherwise)
    }

    fn branch_without_effect(&mut self, block: &Block) {
        if self.quiet == 0 {
            self.branch(block);
        }
    }

    /// Runs a script block or a function unseen with these arguments, and returns what it yields.
    pub(super) fn call(
        &mut self,
        parameters: &[Parameter],
        body: &Block,
        arguments: &[Value],
        input: Option<&Value>,
    ) -> Value {
        if self.level + limits::CALL_DEPTH > limits::EVALUATION_DEPTH {
            self.is_limited = true;
            return Value::Unknown;
        }
        self.level += limits::CALL_DEPTH;
        self.quiet += 1;
        let reserve = self.reserve();
        self.repeating += 1;
        let open = self.open_epoch();
        let jumped = self.jumped.take();
        let uncertain = std::mem::take(&mut self.may_have_jumped);
        for (index, parameter) in parameters.iter().enumerate() {
            let value = match (arguments.get(index), parameter.default) {
                (Some(value), _) => value.clone(),
                (None, Some(default)) => self.eval(default),
                (None, None) => Value::Null,
            };
            self.assign(&parameter.name, value);
        }
        self.assign(
            &Rc::from("args"),
            Value::list(arguments.get(parameters.len()..).unwrap_or_default().to_vec()),
        );
        let mut value = match input {
            Some(input) => self.run_piped(body, input),
            None => self.run(body),
        };
        if self.may_have_jumped || self.jumped.is_some_and(|jump| jump != Jump::Return) {
            value = Value::Unknown;
        }
        self.jumped = jumped;
        self.may_have_jumped = uncertain;
        self.close_epoch(&open);
        self.quiet -= 1;
        self.repeating -= 1;
        self.release(reserve);
        self.level -= limits::CALL_DEPTH;
        value
    }
}

impl Evaluator<'_> {
    /// Runs the body of a function with the values of a pipeline: its `begin`, its `process` for each of them, its `end`.
    fn run_piped(&mut self, body: &Block, input: &Value) -> Value {
        let ast = self.ast;
        let items = input.items();
        let mut outputs = Vec::new();
        let phase = |id: &NodeId| match ast.kind(*id) {
            NodeKind::Sequence(phase, _) => *phase,
            _ => Phase::None,
        };
        if body.iter().all(|id| phase(id) == Phase::None) {
            self.assign(&Rc::from("input"), Value::list(items));
            return self.run(body);
        }
        let once = [Value::Null];
        for id in body {
            let NodeKind::Sequence(own, block) = ast.kind(*id) else { continue };
            let items = if *own == Phase::Process { items.as_slice() } else { &once };
            for item in items {
                for name in self.automatic.iter().take(2).cloned().collect::<Vec<_>>() {
                    self.assign(&name, item.clone());
                }
                let value = self.run(block);
                // `return` ends the block for this value.
                self.jumped = self.jumped.filter(|jump| *jump != Jump::Return);
                let is_known = value.is_known() && self.spend(size_of::<Value>());
                if !is_known || self.jumped.is_some() {
                    return Value::Unknown;
                }
                value.add_items(&mut outputs);
            }
        }
        Value::output(outputs)
    }
}

/// Replaces an element of a list or a table.
fn set_element(list: &mut Value, key: &Value, value: Value) -> Option<()> {
    match list {
        Value::List(values) => {
            let index = index_in(key, values.len())?;
            *Rc::make_mut(values).get_mut(index)? = value;
        }
        Value::Bytes(bytes) => {
            let index = index_in(key, bytes.len())?;
            *Rc::make_mut(bytes).get_mut(index)? = u8::try_from(value.to_int()?).ok()?;
        }
        Value::Table(entries) => {
            let entries = Rc::make_mut(entries);
            let key_text = key.to_text()?;
            let own = entries.iter_mut().find(|(own, _)| {
                own.to_text().is_some_and(|own| own.eq_ignore_ascii_case(&key_text))
            });
            match own {
                Some((_, own)) => *own = value,
                None => entries.push((key.clone(), value)),
            }
        }
        _ => return None,
    }
    Some(())
}

/// Returns an index, counted from the end if it is negative.
pub(super) fn index_in(key: &Value, len: usize) -> Option<usize> {
    let index = key.to_int()?;
    let len = i64::try_from(len).ok()?;
    let index = if index < 0 { index + len } else { index };
    usize::try_from(index).ok().filter(|_| index < len)
}
