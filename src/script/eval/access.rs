//! Members, calls and indexes.

use super::Evaluator;
use super::edits::is_word;
use super::known::{self, EXECUTION_CONTEXT};
use super::methods::units;
use super::objects::is_object;
use super::statements::index_in;
use super::value::Value;
use crate::limits;
use crate::script::parse::{Accessor, AccessorKind, Argument, Block, NodeId, NodeKind};
use std::rc::Rc;

impl Evaluator<'_> {
    /// Evaluates a value with its members, calls and indexes. What is known up to the first unknown one is shown.
    pub(super) fn access(&mut self, id: NodeId, base: NodeId, accessors: &[Accessor]) -> Value {
        // A variable whose object a method changes.
        let mut owner = match self.ast.kind(base) {
            NodeKind::Variable(name) => Some(name),
            _ => None,
        };
        let mut value = match owner {
            Some(name) => self.variable(name),
            None => self.eval(base),
        };
        let start = self.ast.range(id).start;
        // The end of what `value` is worth; `None` for the base.
        let mut end: Option<usize> = None;
        let mut rest = accessors.iter();
        while let Some(accessor) = rest.next() {
            let called = match &accessor.kind {
                AccessorKind::Call(name, arguments) if is_object(&value) => {
                    self.called_on_object(&mut value, owner, *name, arguments)
                }
                _ => None,
            };
            if let Some(result) = called {
                end = Some(accessor.end as usize);
                if let Some(result) = result {
                    value = result;
                    owner = None;
                }
                continue;
            }
            owner = None;
            if !matches!(accessor.kind, AccessorKind::Call(..)) {
                value = value.decayed();
            }
            let next = match (&accessor.kind, rest.as_slice().first()) {
                // `.Replace.Invoke('a','b')` calls the method.
                (
                    AccessorKind::Member(name),
                    Some(Accessor { kind: AccessorKind::Call(invoke, arguments), .. }),
                ) if self.name_of(*invoke).as_deref() == Some("invoke")
                    && value.is_known()
                    && !matches!(value, Value::Script(_) | Value::Table(_)) =>
                {
                    let result = self.called(&value, *name, arguments);
                    if result.is_some() {
                        rest.next();
                    }
                    result
                }
                (kind, _) => self.accessed(&value, kind),
            };
            if let Some(next) = next.filter(Value::is_known) {
                value = next;
                end = Some(accessor.end as usize);
                continue;
            }
            match end {
                Some(end) => self.show_range(start..end, &value),
                None => self.show(base, &value),
            }
            // A method that is not known may change the list or the table.
            let is_call = matches!(accessor.kind, AccessorKind::Call(..));
            let may_change = is_object(&value) || matches!(value, Value::List(_) | Value::Bytes(_));
            if is_call && may_change {
                self.forget_target(base);
            }
            self.forget_read(accessor);
            self.show_accessor(accessor, &value);
            for accessor in rest {
                self.show_accessor(accessor, &Value::Unknown);
            }
            return Value::Unknown;
        }
        value
    }

    /// Calls a method of an object, and assigns the changed object to the variable that holds it. Returns the result: `None`
    /// within if it is the object.
    fn called_on_object(
        &mut self,
        object: &mut Value,
        owner: Option<&Rc<str>>,
        name: NodeId,
        arguments: &[NodeId],
    ) -> Option<Option<Value>> {
        let method = self.member_name(name)?;
        if method == "copyto" {
            let [target] = arguments else { return None };
            let NodeKind::Variable(target) = self.ast.kind(*target) else { return None };
            let mut to = self.take_variable(target);
            let copied = self.copy_stream(object, &mut to);
            self.assign(target, if copied.is_some() { to } else { Value::Unknown });
            return copied.map(|()| Some(Value::Void));
        }
        let values: Vec<Value> =
            self.quietly(|evaluator| arguments.iter().map(|id| evaluator.eval(*id)).collect());
        if let Some(owner) = owner {
            // The variable's object is the only one, so that it is changed in place.
            *object = Value::Void;
            *object = self.take_variable(owner);
        }
        let result = self.change(object, &method, &values);
        if let Some(owner) = owner {
            self.assign(owner, object.clone());
        }
        result
    }

    /// Makes the array unknown into which a method reads that is not known.
    fn forget_read(&mut self, accessor: &Accessor) {
        if let AccessorKind::Call(name, arguments) = &accessor.kind
            && self.name_of(*name).is_some_and(|name| name == "read")
        {
            arguments.iter().take(1).for_each(|id| self.forget_target(*id));
        }
    }

    /// Evaluates the index in brackets.
    pub(super) fn index_of(&mut self, block: &Block) -> Value {
        match block.as_slice() {
            [only] => self.group(*only),
            _ => self.run(block),
        }
    }

    /// Shows the index or the name of what is assigned.
    pub(super) fn show_target(&mut self, accessors: &[Accessor]) {
        self.repeating += 1;
        for accessor in accessors {
            match &accessor.kind {
                AccessorKind::Index(block) => {
                    if let [only] = block.as_slice()
                        && !matches!(
                            self.ast.kind(*only),
                            NodeKind::Variable(_) | NodeKind::Increment { .. }
                        )
                    {
                        let value = self.quietly(|evaluator| evaluator.eval(*only));
                        self.show(*only, &value);
                    }
                }
                AccessorKind::Member(name) => self.show_member(*name),
                AccessorKind::Call(..) => (),
            }
        }
        self.repeating -= 1;
    }

    /// Returns a member's name in lower case, if it is written as a word or a string.
    fn name_of(&self, id: NodeId) -> Option<String> {
        match self.ast.kind(id) {
            NodeKind::Word { value, .. } | NodeKind::Text { value, .. } => {
                Some(value.to_ascii_lowercase())
            }
            _ => None,
        }
    }

    fn accessed(&mut self, value: &Value, kind: &AccessorKind) -> Option<Value> {
        match kind {
            AccessorKind::Member(name) => {
                let name = self.member_name(*name)?;
                self.member(value, &name)
            }
            AccessorKind::Call(name, arguments) => self.called(value, *name, arguments),
            AccessorKind::Index(block) => {
                if !value.is_known() {
                    return None;
                }
                let key = self.quietly(|evaluator| evaluator.index_of(block));
                self.element(value, &key)
            }
        }
    }

    fn member_name(&mut self, name: NodeId) -> Option<String> {
        let name = self.quietly(|evaluator| evaluator.eval(name));
        Some(name.to_text().filter(|_| name.is_known())?.to_ascii_lowercase())
    }

    fn called(&mut self, value: &Value, name: NodeId, arguments: &[NodeId]) -> Option<Value> {
        let method = self.member_name(name)?;
        let values: Vec<Value> =
            self.quietly(|evaluator| arguments.iter().map(|id| evaluator.eval(*id)).collect());
        if let (true, [Value::Text(text), ..], [id, ..]) =
            (runs_text(value, &method), values.as_slice(), arguments)
        {
            let range = self.ast.range(*id);
            self.note_script(range, &Value::Text(text.clone()), true);
        }
        if !value.is_known() {
            return None;
        }
        if let (Value::Type(of), "reverse", [list]) = (value, &*method, arguments)
            && &**of == "array"
        {
            return self.reverse_variable(*list);
        }
        match value {
            Value::Type(of) => self.static_method(of, &method, &values),
            Value::Script(block) => self.call_block(*block, &method, &values),
            Value::Code(code) => match (method.as_str(), values.as_slice()) {
                ("invoke" | "invokereturnasis", []) => Some(self.run_code(code)),
                ("tostring", []) => Some(Value::Text(code.clone())),
                _ => None,
            },
            value => self.method(value, &method, &values),
        }
    }

    /// Evaluates `[array]::Reverse($list)`, which changes the variable.
    fn reverse_variable(&mut self, id: NodeId) -> Option<Value> {
        let name = match self.ast.kind(id) {
            NodeKind::Variable(name) => name,
            // `[array]$list` is the same list.
            NodeKind::Cast(_, inner) => return self.reverse_variable(*inner),
            NodeKind::Group(block) => match block.as_slice() {
                [only] => return self.reverse_variable(*only),
                _ => return None,
            },
            NodeKind::Access(base, accessors) => match accessors.as_slice() {
                // `(Get-Variable name).Value`
                [Accessor { kind: AccessorKind::Member(_), .. }] => {
                    return self.reverse_variable(*base);
                }
                _ => return None,
            },
            NodeKind::Command { name, arguments, .. } => {
                &self.variable_of_command(*name, arguments)?
            }
            _ => return None,
        };
        let mut list = self.variable(name).decayed();
        if !self.spend(list.size()) {
            list = Value::Unknown;
        }
        let reversed = match list {
            Value::List(values) => Value::list(values.iter().rev().cloned().collect()),
            Value::Bytes(bytes) => Value::Bytes(Rc::new(bytes.iter().rev().copied().collect())),
            _ => Value::Unknown,
        };
        let is_known = reversed.is_known();
        self.assign(name, reversed);
        is_known.then_some(Value::Void)
    }

    /// Returns the name of the variable that a command such as `Get-Variable` gets.
    fn variable_of_command(&mut self, name: NodeId, arguments: &[Argument]) -> Option<Rc<str>> {
        let command = self.eval(name).to_text()?.to_ascii_lowercase();
        let command = known::alias(&command).unwrap_or(&command).to_ascii_lowercase();
        let value = arguments.iter().find_map(|argument| match argument {
            Argument::Value(id) => Some(*id),
            Argument::Parameter { .. } => None,
        });
        let pattern = self.eval(value?).to_text()?.to_lowercase();
        let pattern = match (&*command, pattern.strip_prefix("variable:")) {
            ("get-variable", None) => &pattern,
            ("get-item" | "get-childitem", Some(rest)) => rest.trim_start_matches(['\\', '/']),
            _ => return None,
        };
        self.variables.contains_key(pattern).then(|| Rc::from(pattern))
    }

    fn call_block(&mut self, block: NodeId, method: &str, arguments: &[Value]) -> Option<Value> {
        let NodeKind::ScriptBlock { parameters, body } = self.ast.kind(block) else { return None };
        match method {
            "invoke" | "invokereturnasis" => Some(self.call(parameters, body, arguments, None)),
            "tostring" => self.script_text(block),
            "getnewclosure" => Some(Value::Script(block)),
            _ => None,
        }
    }

    /// Evaluates without showing anything.
    fn quietly<T>(&mut self, evaluate: impl FnOnce(&mut Self) -> T) -> T {
        self.quiet += 1;
        let value = evaluate(self);
        self.quiet -= 1;
        value
    }

    /// Shows the computed name, the arguments and the index of an accessor whose value is unknown.
    fn show_accessor(&mut self, accessor: &Accessor, value: &Value) {
        if self.quiet > 0 {
            // What runs is a script, seen or not.
            if let AccessorKind::Call(name, arguments) = &accessor.kind
                && self.name_of(*name).is_some_and(|name| runs_text(value, &name))
                && let Some(id) = arguments.first()
            {
                let text = self.eval(*id);
                self.note_script(self.ast.range(*id), &text, true);
            }
            return;
        }
        match &accessor.kind {
            AccessorKind::Member(name) => self.show_member(*name),
            AccessorKind::Call(name, arguments) => {
                self.show_member(*name);
                let runs = self.member_name(*name).is_some_and(|name| runs_text(value, &name));
                for id in arguments {
                    let value = self.eval(*id);
                    self.show(*id, &value);
                    if runs {
                        self.note_script(self.ast.range(*id), &value, true);
                    }
                }
            }
            AccessorKind::Index(block) => self.run_shown(block),
        }
    }

    fn show_member(&mut self, id: NodeId) {
        let value = self.eval(id);
        let Value::Text(name) = &value else {
            self.show(id, &value);
            return;
        };
        let is_name =
            is_word(name) && name.chars().all(|char| char.is_alphanumeric() || char == '_');
        let range = self.ast.range(id);
        let is_plain = matches!(self.ast.kind(id), NodeKind::Word { is_plain: true, .. });
        if is_name && !is_plain {
            self.edit(range, name.as_str().to_owned());
        } else {
            self.show(id, &value);
        }
    }

    /// Shows the parts of a value whose members are known, but have no literal.
    pub(super) fn show_access_parts(&mut self, base: NodeId, accessors: &[Accessor]) {
        self.repeating += 1;
        let value = self.eval(base);
        self.repeating -= 1;
        if !matches!(value, Value::Type(_)) {
            self.show(base, &value);
        }
        for accessor in accessors {
            self.show_accessor(accessor, &Value::Unknown);
        }
    }

    /// Returns the element of a value at an index or a key, or the list of those at several indexes.
    pub(super) fn element(&mut self, value: &Value, key: &Value) -> Option<Value> {
        if !key.is_known() {
            return None;
        }
        match value {
            Value::Table(entries) => {
                let key = key.to_text()?;
                let own = entries.iter().find(|(own, _)| {
                    own.to_text().is_some_and(|own| own.eq_ignore_ascii_case(&key))
                });
                Some(own.map_or(Value::Null, |(_, value)| value.clone()))
            }
            Value::Text(text) if text.is_ascii() => {
                if !self.step(text.len() / 1024) {
                    return None;
                }
                let bytes = text.as_bytes();
                self.elements(key, bytes.len(), &|index| {
                    bytes.get(index).map(|byte| Value::Char(u16::from(*byte)))
                })
            }
            Value::Text(text) => {
                let units = units(text);
                if !self.spend(units.len() * 2) {
                    return None;
                }
                self.elements(key, units.len(), &|index| {
                    units.get(index).map(|unit| Value::Char(*unit))
                })
            }
            Value::List(values) => {
                self.elements(key, values.len(), &|index| values.get(index).cloned())
            }
            Value::Bytes(bytes) => self.elements(key, bytes.len(), &|index| {
                bytes.get(index).map(|byte| Value::Int(i64::from(*byte)))
            }),
            _ => None,
        }
    }

    fn elements(
        &mut self,
        key: &Value,
        len: usize,
        get: &dyn Fn(usize) -> Option<Value>,
    ) -> Option<Value> {
        let Value::List(keys) = key else {
            key.to_int()?;
            return Some(index_in(key, len).and_then(get).unwrap_or(Value::Null));
        };
        if keys.len() > limits::EVALUATION_VALUES || !self.spend(keys.len() * size_of::<Value>()) {
            return None;
        }
        let mut chosen = Vec::with_capacity(keys.len());
        for key in keys.iter() {
            key.to_int()?;
            // Of several indexes, those outside of the list yield nothing.
            chosen.extend(index_in(key, len).and_then(get));
        }
        Some(Value::list(chosen))
    }
}

/// Returns whether a method runs its first argument.
fn runs_text(value: &Value, method: &str) -> bool {
    match value {
        Value::Type(of) => matches!(
            (&**of, method),
            ("scriptblock" | "management.automation.scriptblock", "create")
                | (EXECUTION_CONTEXT, "invokescript" | "newscriptblock")
        ),
        Value::Unknown => {
            matches!(method, "invokescript" | "newscriptblock" | "addscript" | "create")
        }
        _ => false,
    }
}
