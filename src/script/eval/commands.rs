//! Commands that only pass values on, and commands that run a string.

use super::Evaluator;
use super::data::{parse_csv, parse_json, parse_string_data};
use super::edits::is_word;
use super::known;
use super::value::{TextBuilder, Value};
use crate::limits;
use crate::script::lexer::words::is_dash;
use crate::script::parse::{Argument, NodeId, NodeKind, parse};
use std::borrow::Cow;
use std::rc::Rc;

/// An argument with its value.
pub(super) struct Passed<'a> {
    /// The name of the parameter before it, in lower case.
    pub(super) parameter: Option<&'a str>,
    pub(super) value: Value,
    id: NodeId,
}

impl Passed<'_> {
    /// Whether it is of the parameter with this name, of which at least so many letters are written.
    pub(super) fn is_named(&self, name: &str, least: usize) -> bool {
        self.parameter.is_some_and(|own| own.len() >= least && name.starts_with(own))
    }

    /// Whether it names the variable that gets the output of the command too.
    fn is_output_name(&self) -> bool {
        self.parameter == Some("ov") || self.is_named("outvariable", 4)
    }
}

impl Evaluator<'_> {
    /// Evaluates a command with the value of the pipeline before it, and the node of that value.
    pub(super) fn command(&mut self, id: NodeId, input: Option<(&Value, NodeId)>) -> Value {
        let NodeKind::Command { call, name: name_id, arguments } = self.ast.kind(id) else {
            return Value::Unknown;
        };
        let name = self.eval(*name_id);
        let name = match &name {
            // Of a command that a pattern names, the name.
            Value::Entry(entry) => Value::text(entry.0.clone()),
            Value::List(values) if values.len() == 1 => values.first().cloned().unwrap_or(name),
            _ => name,
        };
        if let (Value::Script(block), Some(_)) = (&name, call) {
            return self.called_block(*block, arguments);
        }
        if let (Value::Code(code), Some(_), true) = (&name, call, arguments.is_empty()) {
            let value = self.run_code(code);
            if value.is_known() {
                return value;
            }
        }
        let command = match &name {
            Value::Text(text) => text.trim().to_ascii_lowercase(),
            _ => String::new(),
        };
        let command = match command.strip_suffix(".exe") {
            // A program by its path.
            Some(program) => program.rsplit(['\\', '/']).next().unwrap_or(program),
            None => &command,
        };
        let own_alias = self.own_alias(command);
        let command = own_alias.as_deref().unwrap_or(command);
        let command: Cow<'_, str> = match known::alias(command) {
            Some(name) => name.to_ascii_lowercase().into(),
            None => command.to_ascii_lowercase().into(),
        };
        let passed = self.pass(arguments);
        let result = self.known_command(&command, &passed, input.map(|(value, _)| value));
        if let Some(result) = result.filter(Value::is_known) {
            self.assign_output(&passed, &result);
            return result;
        }
        match own_alias.filter(|name| is_word(name)) {
            Some(own) => self.edit(self.ast.range(*name_id), own),
            None => self.show_name(*call, *name_id, &name),
        }
        let quotes = matches!(&*command, "invoke-expression" | "write-host" | "write-output");
        self.show_arguments(&command, quotes, arguments, &passed);
        self.note_run(&command, &passed, input);
        // A computed name that is unknown may be that of any command, also of one that runs a string.
        if matches!(
            (&name, self.ast.kind(*name_id)),
            (
                Value::Unknown,
                NodeKind::Group(_) | NodeKind::Subexpression(_) | NodeKind::Access(..)
            )
        ) {
            self.note_run("invoke-expression", &passed, input);
        }
        self.note_command_line(&command, *name_id);
        Value::Unknown
    }

    /// Returns the command that an alias of the script names.
    fn own_alias(&mut self, alias: &str) -> Option<String> {
        if !self.has_aliases || alias.is_empty() {
            return None;
        }
        self.variable(&format!("alias:{alias}")).to_text().filter(|name| !name.is_empty())
    }

    /// Assigns the output of a command to the variable that `-OutVariable` names.
    fn assign_output(&mut self, passed: &[Passed<'_>], output: &Value) {
        let own = passed.iter().find(|own| own.is_output_name());
        if let Some(name) = own.and_then(|own| own.value.to_text()) {
            let value = if matches!(output, Value::Void) { Value::Null } else { output.clone() };
            self.assign(&Rc::from(name.to_lowercase()), value);
        }
    }

    /// Notes the scripts that a program runs whose command line is the rest of the line.
    fn note_command_line(&mut self, command: &str, name: NodeId) {
        let is_launcher = matches!(
            command,
            "powershell"
                | "pwsh"
                | "cmd"
                | "wmic"
                | "mshta"
                | "rundll32"
                | "start"
                | "schtasks"
                | "forfiles"
        );
        if !is_launcher || self.quiet > 0 {
            return;
        }
        self.is_limited |= self.launches == 0;
        let start = self.ast.range(name).start;
        let bytes = self.text.as_bytes().get(start..).unwrap_or_default();
        // A longer line is no command line. Reading it counts, so that many on one line do not take their product.
        let most = bytes.len().min(limits::LAUNCH_LINE_BYTES).min(self.launches);
        let read = bytes.get(..most).unwrap_or_default();
        let end = read.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        if end.is_none() && most < bytes.len() {
            self.launches -= most;
            return;
        }
        let end = start + end.unwrap_or(most);
        let line = self.text.get(start..end).unwrap_or_default();
        let mut budget = self.launches;
        let scripts = super::command_line::scripts(line, &mut budget);
        self.launches = budget;
        for script in scripts {
            self.note_script(start..start + line.len(), &Value::text(script), true);
        }
    }

    /// Shows the name and the arguments of a command whose value is known.
    pub(super) fn show_command_parts(
        &mut self,
        call: Option<u32>,
        name: NodeId,
        arguments: &[Argument],
    ) {
        self.repeating += 1;
        let value = self.eval(name);
        let passed = self.pass(arguments);
        self.repeating -= 1;
        self.show_name(call, name, &value);
        self.show_arguments("", true, arguments, &passed);
    }

    /// Runs a short text for the value that it yields. It sees no variables.
    pub(super) fn run_code(&mut self, code: &Rc<String>) -> Value {
        if self.codes >= limits::CODE_NESTING || !self.charge(limits::CODE_WORK) {
            return Value::Unknown;
        }
        let ast = parse(code);
        let mut inner = Evaluator::new(code, &ast);
        inner.codes = self.codes + 1;
        inner.quiet = 1;
        inner.steps = limits::CODE_WORK;
        inner.bytes = limits::CODE_WORK;
        match ast.roots.as_slice() {
            [root] => match inner.run(root) {
                // What these are worth does not depend on the text.
                value @ (Value::Text(_)
                | Value::Char(_)
                | Value::Int(_)
                | Value::Bool(_)
                | Value::Type(_)
                | Value::Encoding(_)) => value,
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    /// Runs `&{…}` or `.{…}`, whose statements stay where they are. Those of a block that is called again, through a variable
    /// or by itself, have been shown.
    fn called_block(&mut self, block: NodeId, arguments: &[Argument]) -> Value {
        let NodeKind::ScriptBlock { parameters, body } = self.ast.kind(block) else {
            return Value::Unknown;
        };
        if parameters.is_empty() && arguments.is_empty() {
            let again = usize::from(!self.placed.insert(block));
            self.quiet += again;
            self.repeating += again;
            let value = self.run_in_place(body);
            self.quiet -= again;
            self.repeating -= again;
            self.jumped = None;
            return value;
        }
        let passed = self.pass(arguments);
        let values: Vec<Value> = passed.iter().map(|passed| passed.value.clone()).collect();
        let value = self.call(parameters, body, &values, None);
        if !value.is_known() {
            self.show_parts(block);
            for passed in &passed {
                self.show_argument(passed.id, &passed.value);
            }
        }
        value
    }

    fn pass<'b>(&mut self, arguments: &'b [Argument]) -> Vec<Passed<'b>> {
        let mut parameter = None;
        let mut passed = Vec::new();
        for argument in arguments {
            match argument {
                Argument::Parameter { name, .. } => parameter = Some(&**name),
                Argument::Value(id) => {
                    passed.push(Passed {
                        parameter: parameter.take(),
                        value: self.eval(*id),
                        id: *id,
                    });
                }
            }
        }
        // A switch at the end.
        if let (Some(name), Some(Argument::Parameter { .. })) = (parameter, arguments.last()) {
            passed.push(Passed { parameter: Some(name), value: Value::Void, id: NodeId::NONE });
        }
        passed
    }

    /// Shows a computed name as a bare word.
    fn show_name(&mut self, call: Option<u32>, id: NodeId, name: &Value) {
        let range = self.ast.range(id);
        let Value::Text(text) = name else {
            self.show(id, name);
            return;
        };
        let text = text.trim();
        let is_bare = matches!(self.ast.kind(id), NodeKind::Word { .. });
        if is_bare {
            if !self.is_literal(id) {
                self.edit(range, text.to_owned());
            }
        } else if is_word(text) {
            let start = call.map_or(range.start, |at| at as usize);
            self.edit(start..range.end, text.to_owned());
        } else {
            self.show(id, name);
        }
    }

    /// Shows what arguments are worth: as words if they read as words, unless they are texts that stay in quotes.
    fn show_arguments(
        &mut self,
        command: &str,
        quotes: bool,
        arguments: &[Argument],
        passed: &[Passed<'_>],
    ) {
        if command == "cmd" {
            self.show_cmd(arguments);
        }
        for argument in arguments {
            let Argument::Parameter { range, .. } = argument else { continue };
            let range = range.start as usize..range.end as usize;
            let written = self.text.get(range.clone()).unwrap_or_default();
            if written.contains('`') || !written.is_ascii() {
                let plain = written.replace('`', "").replace(is_dash, "-");
                self.edit(range, plain);
            }
        }
        for passed in passed {
            if let (NodeKind::Splat(name), true) = (self.ast.kind(passed.id), self.quiet == 0) {
                self.show_splat(passed.id, name);
                continue;
            }
            if quotes {
                self.show(passed.id, &passed.value);
            } else {
                self.show_argument(passed.id, &passed.value);
            }
        }
    }

    /// Shows the entries of a table that is splatted as parameters.
    fn show_splat(&mut self, id: NodeId, name: &str) {
        let mut out = String::new();
        match self.variable(name) {
            Value::Table(entries) => {
                for (key, value) in entries.iter() {
                    let (Some(key), Some(value)) = (key.to_text(), written_argument(value)) else {
                        return;
                    };
                    if !out.is_empty() {
                        out.push(' ');
                    }
                    out += &format!("-{key}{value}");
                }
            }
            Value::List(values) => {
                for value in values.iter() {
                    let Some(value) = written_argument(value) else { return };
                    out += if out.is_empty() { value.trim_start() } else { &value };
                }
            }
            _ => return,
        }
        if !out.is_empty() {
            self.edit(self.ast.range(id), out);
        }
    }

    /// Notes the strings that a command runs.
    fn note_run(&mut self, command: &str, passed: &[Passed<'_>], input: Option<(&Value, NodeId)>) {
        let runs_all = match command {
            "invoke-expression" => true,
            "powershell" | "pwsh" | "cmd" | "start-process" | "invoke-command" | "start-job" => {
                false
            }
            _ => return,
        };
        if let (Some((value, id)), true) = (input, runs_all) {
            self.note_script(self.ast.range(id), value, true);
        }
        for passed in passed {
            // Of other programs, only a text with several words can be a script.
            let is_script =
                matches!(&passed.value, Value::Text(text) if runs_all || text.contains(' '));
            if is_script {
                self.note_script(self.ast.range(passed.id), &passed.value, true);
            }
        }
    }

    /// Evaluates a command of known effect.
    fn known_command(
        &mut self,
        command: &str,
        passed: &[Passed<'_>],
        input: Option<&Value>,
    ) -> Option<Value> {
        let first = passed.first().map(|passed| &passed.value);
        let named = |name: &str| {
            let own = passed
                .iter()
                .find(|passed| passed.parameter.is_some_and(|own| name.starts_with(own)));
            own.map(|passed| &passed.value)
        };
        match command {
            "foreach-object" => self.for_each_object(passed, input?),
            "sort-object" => self.sorted(passed, &input.filter(|input| input.is_known())?.items()),
            "select-object" => {
                self.selected(passed, &input.filter(|input| input.is_known())?.items())
            }
            "where-object" => {
                let Some(Value::Script(block)) = first else { return None };
                self.where_object(&input.filter(|input| input.is_known())?.items(), *block)
            }
            "write-output" => {
                let values = passed.iter().filter(|passed| !passed.is_output_name());
                let values = values.map(|passed| passed.value.clone());
                let values: Vec<Value> =
                    values.filter(|value| !matches!(value, Value::Void)).collect();
                let is_known = values.iter().all(Value::is_known) && !passed.is_empty();
                is_known.then(|| Value::output(values.iter().flat_map(Value::items).collect()))
            }
            "out-null" => input.filter(|input| input.is_known()).map(|_| Value::Void),
            "out-string" => {
                let items = input.filter(|input| input.is_known())?.items();
                let mut out = TextBuilder::default();
                for item in &items {
                    out.push_value(&Value::text(item.to_text()? + "\r\n"), "")?;
                }
                let text = out.finish();
                self.spend(text.len()).then(|| Value::text(text))
            }
            "get-command" => {
                let pattern = first.or(named("name"))?.to_text()?;
                command_entry(&pattern)
            }
            "get-alias" => {
                if let Some(definition) = named("definition") {
                    let definition = definition.to_text()?.to_ascii_lowercase();
                    let names = known::matching("*", true).into_iter();
                    let own: Vec<&str> = names
                        .filter(|own| {
                            known::alias(own)
                                .is_some_and(|name| name.eq_ignore_ascii_case(&definition))
                        })
                        .collect();
                    return only_entry(&own);
                }
                match first {
                    Some(pattern) => {
                        only_entry(&known::matching(&pattern.to_text()?.to_ascii_lowercase(), true))
                    }
                    None => {
                        let names = known::matching("*", true).into_iter();
                        let entries: Vec<Value> =
                            names.filter_map(|name| only_entry(&[name])).collect();
                        self.spend(entries.len() * size_of::<Value>()).then(|| Value::list(entries))
                    }
                }
            }
            "get-variable" => {
                let entry =
                    self.variable_entry(&first.filter(|value| value.is_known())?.to_text()?)?;
                let is_value = passed
                    .iter()
                    .any(|passed| passed.parameter.is_some_and(|name| name.starts_with('v')));
                match entry {
                    Value::Entry(entry) if is_value => Some(entry.1.clone()),
                    entry => Some(entry),
                }
            }
            "get-item" | "get-childitem" => {
                let path = first.filter(|value| value.is_known())?.to_text()?.to_ascii_lowercase();
                match path.split_once(':')? {
                    ("variable", name) => self.variable_entry(name.trim_start_matches(['\\', '/'])),
                    ("alias", name) => {
                        only_entry(&known::matching(name.trim_start_matches(['\\', '/']), true))
                    }
                    ("env", name) => {
                        let value =
                            self.variable(&format!("env:{}", name.trim_start_matches(['\\', '/'])));
                        value.is_known().then(|| Value::entry(name, value))
                    }
                    _ => None,
                }
            }
            "set-variable" | "new-variable" | "set-item" | "new-item" | "set-alias"
            | "new-alias" => {
                let is_set = self.set_variable(command, passed, input).is_some();
                let has_output = passed.iter().any(|passed| {
                    passed
                        .parameter
                        .is_some_and(|name| name.len() > 1 && "passthru".starts_with(name))
                });
                (is_set && !has_output).then_some(Value::Void)
            }
            "convertfrom-json" | "convertfrom-csv" | "convertfrom-stringdata" => {
                let texts = passed.iter().find(|passed| {
                    passed.parameter.is_none_or(|name| {
                        "inputobject".starts_with(name) || "stringdata".starts_with(name)
                    })
                });
                let text =
                    texts.map(|passed| &passed.value).or(input).filter(|text| text.is_known())?;
                let text = self.join(text, "\n")?.to_text()?;
                // Each value may take a few characters.
                if !self.spend(text.len().saturating_mul(size_of::<Value>() / 2)) {
                    return None;
                }
                match command {
                    "convertfrom-json" => parse_json(&text),
                    "convertfrom-csv" => {
                        let delimiter = named("delimiter").and_then(Value::to_text);
                        parse_csv(
                            &text,
                            delimiter.and_then(|own| own.chars().next()).unwrap_or(','),
                        )
                    }
                    _ => parse_string_data(&text),
                }
            }
            "tee-object" => {
                let name = named("variable")?.to_text()?.to_lowercase();
                let value = input.filter(|input| input.is_known())?;
                self.assign(&Rc::from(name), value.clone());
                Some(value.clone())
            }
            "remove-variable" | "clear-variable" => {
                let name = first?.to_text()?.to_lowercase();
                self.assign(&Rc::from(name), Value::Unknown);
                None
            }
            "new-object" => {
                let of = named("typename").or(first).filter(|value| value.is_known())?.to_text()?;
                if let Some(properties @ Value::Table(_)) = named("property") {
                    return Some(properties.clone());
                }
                let rest = passed.get(1..)?;
                let arguments: Vec<Value> = match rest {
                    [only] if matches!(only.value, Value::List(_)) => {
                        let list = self.is_comma_list(only.id);
                        if list { only.value.items() } else { vec![only.value.clone()] }
                    }
                    rest => rest.iter().map(|passed| passed.value.clone()).collect(),
                };
                if !arguments.iter().all(Value::is_known) {
                    return None;
                }
                self.construct(&super::value::type_name(&of), &arguments)
            }
            "convertto-securestring" => {
                let text = match input {
                    Some(value) if value.is_known() => value.to_text()?,
                    _ => first.filter(|value| value.is_known())?.to_text()?,
                };
                match named("key") {
                    Some(key) => {
                        let text = super::secure::decrypt(&text, &key.to_bytes()?)?;
                        self.spend(text.len()).then(|| Value::Secure(Rc::new(text)))
                    }
                    None => {
                        let is_plain = passed.iter().any(|passed| {
                            passed
                                .parameter
                                .is_some_and(|name| name.starts_with('a') || name.starts_with('f'))
                        });
                        is_plain.then(|| Value::Secure(Rc::new(text)))
                    }
                }
            }
            "convertfrom-securestring" => match input.or(first)? {
                Value::Secure(text) if !passed.is_empty() => Some(Value::Text(text.clone())),
                _ => None,
            },
            name => self.call_function(name, passed, input),
        }
    }

    /// Returns whether the only argument of `New-Object` is a list of arguments: `(a,b)` rather than `(,a)`.
    fn is_comma_list(&self, id: NodeId) -> bool {
        match self.ast.kind(id) {
            NodeKind::List(_) => true,
            NodeKind::Unary(..) => true,
            NodeKind::Group(block) | NodeKind::Array(block) => {
                matches!(block.as_slice(), [only] if self.is_comma_list(*only))
            }
            _ => false,
        }
    }

    /// Returns the variable that a pattern names, with its value.
    fn variable_entry(&mut self, pattern: &str) -> Option<Value> {
        let pattern = pattern.to_ascii_lowercase();
        let is_like = |name: &str| known::is_like(&name.to_ascii_lowercase(), &pattern);
        let own =
            self.variables.keys().find(|name| ***name == *pattern).map(|name| name.to_string());
        let name = match own {
            Some(name) => name,
            None => {
                let mut names = known::variable_names().filter(|name| is_like(name));
                let name = names.next()?.to_owned();
                if names.next().is_some() {
                    return None;
                }
                name
            }
        };
        let value = self.variable(&name.to_ascii_lowercase());
        Some(Value::entry(&name, if value.is_known() { value } else { Value::Void }))
    }

    /// Sets the variable that a command names. `None` if it sets something else.
    fn set_variable(
        &mut self,
        command: &str,
        passed: &[Passed<'_>],
        input: Option<&Value>,
    ) -> Option<()> {
        let mut names = passed.iter().filter(|passed| {
            passed.parameter.is_none_or(|name| name.starts_with('n') || name.starts_with('p'))
        });
        let name = names.next()?.value.to_text()?.to_lowercase();
        let name = match (command, name.split_once(':')) {
            (_, Some(("variable", name))) => name.trim_start_matches(['\\', '/']).to_owned(),
            ("set-item" | "new-item", Some((drive @ ("env" | "alias" | "function"), name))) => {
                format!("{drive}:{}", name.trim_start_matches(['\\', '/']))
            }
            ("set-item" | "new-item", _) => return None,
            ("set-alias" | "new-alias", _) => format!("alias:{name}"),
            _ => name,
        };
        let by_name =
            passed.iter().find(|passed| passed.parameter.is_some_and(|name| name.starts_with('v')));
        let value = by_name.or(names.next()).map(|passed| &passed.value).or(input);
        let value = value.cloned().unwrap_or(Value::Null);
        self.assign(&Rc::from(name), value);
        Some(())
    }

    /// Calls a function of the script.
    fn call_function(
        &mut self,
        name: &str,
        passed: &[Passed<'_>],
        input: Option<&Value>,
    ) -> Option<Value> {
        let id = *self.functions.get(name)?;
        // What a function makes of an unknown value is unknown, and one that calls itself may never end.
        if passed.iter().any(|passed| !passed.value.is_known())
            || input.is_some_and(|input| !input.is_known())
            || self.calling.contains(&id)
        {
            return None;
        }
        let NodeKind::Function { parameters, body, .. } = self.ast.kind(id) else { return None };
        let mut values = vec![None; parameters.len()];
        let mut next = 0;
        for passed in passed {
            let place = match passed.parameter {
                Some(name) => parameters.iter().position(|own| own.name.starts_with(name))?,
                None => {
                    while values.get(next).is_some_and(Option::is_some) {
                        next += 1;
                    }
                    next
                }
            };
            if values.len() <= place {
                values.resize(place + 1, None);
            }
            if let Some(slot) = values.get_mut(place) {
                *slot = Some(passed.value.clone());
            }
        }
        let end = values.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        values.truncate(end);
        let values: Vec<Value> =
            values.into_iter().map(|value| value.unwrap_or(Value::Null)).collect();
        self.calling.push(id);
        let value = self.call(parameters, body, &values, input);
        self.calling.pop();
        Some(value)
    }
}

/// Returns the entry of the command with a name, or of the only one that a pattern matches.
pub(super) fn command_entry(pattern: &str) -> Option<Value> {
    if !pattern.contains(['*', '?', '[']) {
        return is_word(pattern).then(|| Value::entry(pattern, Value::text(pattern)));
    }
    let names = match known::matching(pattern, false).as_slice() {
        [] => known::matching(pattern, true),
        names => names.to_vec(),
    };
    only_entry(&names)
}

/// Returns the entry of a command or an alias if only one matches.
fn only_entry(names: &[&str]) -> Option<Value> {
    match names {
        [name] => Some(Value::entry(name, Value::text(known::alias(name).unwrap_or(name)))),
        _ => None,
    }
}

/// Writes the value of a splatted parameter, with the space before it.
fn written_argument(value: &Value) -> Option<String> {
    Some(match value {
        Value::Text(text) if is_word(text) => format!(" {text}"),
        Value::Bool(bool) => format!(":${}", if *bool { "true" } else { "false" }),
        value => format!(" {}", super::edits::literal(value)?),
    })
}
