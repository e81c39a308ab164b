//! A partial evaluator: computes what a script's constant expressions are worth, without running anything.
//!
//! It knows a closed set of pure operations: operators, casts, members of strings and lists, encodings, and the commands
//! that only pass values on. Everything else is [`Value::Unknown`], and so is whatever is made from it. Constants are
//! followed through variables as far as only one value is possible: a variable that a branch assigns is unknown after
//! it. Work that repeats (loops, functions) is bounded in steps, and values in bytes; without repetition it is linear.
//!
//! The result is a list of edits: ranges of the text with what they are worth, as PowerShell writes it.
//!
//! | file | subject |
//! | --- | --- |
//! | `value` | values and their conversions |
//! | `evaluation` | what is found |
//! | `edits` | how a value is written in the text |
//! | `statements`, `loops` | variables, branches, functions; loops and `switch` |
//! | `operators`, `format`, `pattern` | operators, casts; `-f`; regular expressions |
//! | `access` | members, calls, indexes |
//! | `methods`, `statics` | members of values; static members of types |
//! | `objects` | objects that their methods change |
//! | `commands`, `pipeline` | commands that only pass values on, and commands that run a string; pipelines |
//! | `cmd`, `command_line` | what `cmd.exe` removes; the scripts that command lines run |
//! | `known` | constants, aliases and commands that every PowerShell has |
//! | `encoding`, `secure` | encodings, secure strings |
//! | `reals`, `numbers`, `data` | doubles, large numbers; JSON, CSV and addresses |

mod access;
mod cmd;
mod command_line;
mod commands;
mod data;
mod edits;
mod encoding;
mod evaluation;
mod format;
mod known;
mod loops;
mod methods;
mod numbers;
mod objects;
mod operators;
mod pattern;
mod pipeline;
mod reals;
mod secure;
mod statements;
mod statics;
mod value;

pub(in crate::script) use evaluation::ScriptString;
pub(in crate::script) use reals::parse_real;

use crate::limits;
use crate::regex::Regex;
use crate::script::lexer::lex_placed;
use crate::script::name_hash::NameState;
use crate::script::parse::{Ast, Block, Jump, NodeId, NodeKind, Operator, parse};
use evaluation::{Edit, Evaluation};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use value::{TextBuilder, Value};

/// Evaluates a text. Variables are not followed from one of its [`pieces`] to the next.
pub(in crate::script) fn evaluate(text: &str) -> Evaluation {
    let mut whole = Evaluation::default();
    for range in pieces(text) {
        let piece = text.get(range.clone()).unwrap_or_default();
        let ast = parse(piece);
        let mut evaluator = Evaluator::new(piece, &ast);
        for root in &ast.roots {
            evaluator.run_shown(root);
        }
        whole.append(evaluator.finish(), range.start);
    }
    whole
}

/// Divides a text between statements into pieces of some [`limits::EVALUATION_TOKENS`].
fn pieces(text: &str) -> Vec<Range<usize>> {
    let (mut pieces, mut start, mut tokens) = (Vec::new(), 0, 0);
    // Every token has a byte.
    if text.len() > limits::EVALUATION_TOKENS {
        for placed in lex_placed(text) {
            tokens += 1;
            let is_between = placed.depth == 0 && placed.before_statement;
            let end = placed.token.end;
            // Whoever opens a bracket at the start of a script does not prevent it.
            let most = if is_between { 1 } else { 2 } * limits::EVALUATION_TOKENS;
            if tokens >= most {
                pieces.push(start..end);
                (start, tokens) = (end, 0);
            }
        }
    }
    pieces.push(start..text.len());
    pieces
}

/// The state of an evaluation.
struct Evaluator<'a> {
    text: &'a str,
    ast: &'a Ast,
    variables: HashMap<Rc<str>, Variable, NameState>,
    /// Earlier values of variables, newest last, for the epochs that are open.
    undo: Vec<(Rc<str>, Option<Variable>)>,
    /// Number of the innermost epoch: a branch or a call, after which variables are restored. 0 outside of all.
    epoch: u32,
    epochs: u32,
    /// Number of the innermost scope whose statements run at another time, or 0.
    scope: u32,
    scopes: u32,
    functions: HashMap<Rc<str>, NodeId, NameState>,
    /// The script assigned an alias.
    has_aliases: bool,
    /// Functions that are being called.
    calling: Vec<NodeId>,
    /// Script blocks whose statements were evaluated where they are, because they were called.
    placed: HashSet<NodeId>,
    edits: Vec<Edit>,
    scripts: Vec<ScriptString>,
    /// Number of open evaluations that must not be seen in the text.
    quiet: usize,
    /// Number of open loops and calls.
    repeating: usize,
    /// Bytes that the work on command lines may still take.
    launches: usize,
    /// Number of texts that run one another for their values.
    codes: usize,
    /// Number of assignments that changed what is known.
    changes: usize,
    /// Depth of evaluation.
    level: usize,
    /// The `return`, `break` or the like that ended the block.
    jumped: Option<Jump>,
    /// A statement that may run has such a jump.
    may_have_jumped: bool,
    /// Evaluations that are not counted as steps outside of loops and calls.
    visits: usize,
    /// Steps that loops and calls may still take.
    steps: usize,
    /// Bytes that values may still have.
    bytes: usize,
    /// Bytes by which the text may still grow.
    growth: usize,
    /// A limit of steps or bytes was reached.
    is_limited: bool,
    patterns: HashMap<(Rc<String>, bool), Option<Regex>>,
    /// Names of the variables that every script block is given.
    automatic: [Rc<str>; 4],
}

/// A variable's value.
#[derive(Clone)]
struct Variable {
    value: Value,
    /// The scope that assigned it.
    scope: u32,
    /// The epoch that assigned it.
    epoch: u32,
}

impl<'a> Evaluator<'a> {
    fn new(text: &'a str, ast: &'a Ast) -> Self {
        let bounded = |factor: usize, least: usize, most: usize| {
            text.len().saturating_mul(factor).max(least).min(most)
        };
        Self {
            text,
            ast,
            variables: HashMap::default(),
            undo: Vec::new(),
            epoch: 0,
            epochs: 0,
            scope: 0,
            scopes: 0,
            functions: HashMap::default(),
            has_aliases: false,
            calling: Vec::new(),
            placed: HashSet::new(),
            edits: Vec::new(),
            scripts: Vec::new(),
            quiet: 0,
            repeating: 0,
            launches: bounded(
                limits::FOLD_FACTOR,
                limits::COMMAND_LINE_WORK,
                limits::VIEW_BYTES / 4,
            ),
            codes: 0,
            changes: 0,
            level: 0,
            jumped: None,
            may_have_jumped: false,
            visits: text.len().saturating_mul(limits::EVALUATION_VISITS),
            steps: bounded(
                limits::EVALUATION_STEPS,
                limits::EVALUATION_MIN_STEPS,
                limits::EVALUATION_MAX_STEPS,
            ),
            bytes: bounded(
                limits::EVALUATION_BYTES,
                limits::EVALUATION_MIN_BYTES,
                limits::VIEW_BYTES,
            ),
            growth: bounded(limits::VIEW_FACTOR / 2, limits::VIEW_MIN_BYTES, limits::VIEW_BYTES),
            is_limited: false,
            patterns: HashMap::new(),
            automatic: ["_".into(), "psitem".into(), "args".into(), "input".into()],
        }
    }

    /// Takes steps of work. Returns false, and takes none, past the limit. Only work that repeats counts.
    fn step(&mut self, count: usize) -> bool {
        if self.repeating == 0 && self.visits > 0 {
            return true;
        }
        let left = self.steps.checked_sub(count);
        self.steps = left.unwrap_or(self.steps);
        self.is_limited |= left.is_none();
        left.is_some()
    }

    /// Sets aside half of the steps and bytes before a loop or a call that is in no other: one that never ends leaves them to
    /// what follows. Returns what is set aside, for [`release`](Self::release).
    fn reserve(&mut self) -> [usize; 2] {
        if self.repeating > 0 {
            return [0; 2];
        }
        let reserve = [self.steps / 2, self.bytes / 2];
        let [steps, bytes] = reserve;
        self.steps -= steps;
        self.bytes -= bytes;
        reserve
    }

    fn release(&mut self, [steps, bytes]: [usize; 2]) {
        self.steps += steps;
        self.bytes += bytes;
    }

    /// Takes the steps of reading that many bytes.
    fn scan(&mut self, bytes: usize) -> bool {
        self.step(bytes / 16 + 1)
    }

    /// Takes the bytes of a value that an operation yields. Returns false, and takes none, past the limit.
    fn spend(&mut self, bytes: usize) -> bool {
        if !self.scan(bytes) {
            return false;
        }
        if self.repeating == 0 && bytes <= limits::EVALUATION_FREE_BYTES {
            return true;
        }
        self.charge(bytes)
    }

    /// Takes the bytes of reading again what was read. Returns false, and takes none, past the limit.
    fn charge(&mut self, bytes: usize) -> bool {
        let left = self.bytes.checked_sub(bytes);
        self.bytes = left.unwrap_or(self.bytes);
        self.is_limited |= left.is_none();
        left.is_some()
    }

    /// Evaluates a node. Of a node whose value is unknown, the parts whose values are known are shown.
    fn eval(&mut self, id: NodeId) -> Value {
        if self.level >= limits::EVALUATION_DEPTH {
            self.is_limited = true;
            return Value::Unknown;
        }
        if !self.step(1) {
            return Value::Unknown;
        }
        self.visits = self.visits.saturating_sub(usize::from(self.repeating == 0));
        self.level += 1;
        let value = self.eval_kind(id);
        self.level -= 1;
        value
    }

    fn eval_kind(&mut self, id: NodeId) -> Value {
        let ast = self.ast;
        match ast.kind(id) {
            NodeKind::Text { value, .. }
            | NodeKind::Word { value, .. }
            | NodeKind::Section(value) => Value::Text(value.clone()),
            NodeKind::Number(number) => Value::Int(*number),
            NodeKind::Real(number) => Value::Real(*number),
            NodeKind::Variable(name) => self.variable(name).decayed(),
            NodeKind::Expandable { parts, is_word } => self.expandable(parts, *is_word),
            NodeKind::Type(name) => Value::Type(name.clone()),
            NodeKind::Cast(name, value) => self.eval_cast(name, *value),
            NodeKind::Unary(operator, value) => self.unary(*operator, *value),
            NodeKind::Chain(operands, operators) => self.chain(operands, operators),
            NodeKind::List(values) => self.list(values),
            NodeKind::Group(block) => match block.as_slice() {
                [only] => self.group(*only),
                _ => {
                    self.run_shown(block);
                    Value::Unknown
                }
            },
            NodeKind::Subexpression(block) => self.run(block),
            NodeKind::Array(block) => match self.run(block) {
                Value::Unknown => Value::Unknown,
                value => Value::list(value.items()),
            },
            NodeKind::Table(entries) => self.table(entries),
            NodeKind::ScriptBlock { .. } => Value::Script(id),
            NodeKind::Access(base, accessors) => self.access(id, *base, accessors),
            NodeKind::Command { .. } => self.command(id, None),
            NodeKind::Pipeline(elements) => self.pipeline(elements),
            NodeKind::Unknown | NodeKind::Splat(_) => Value::Unknown,
            statement => self.statement(id, statement),
        }
    }

    /// Evaluates a statement: one that counts has no value.
    fn eval_statement(&mut self, id: NodeId) -> Value {
        let value = self.eval(id);
        if matches!(self.ast.kind(id), NodeKind::Increment { .. }) { Value::Void } else { value }
    }

    /// Evaluates the only statement in brackets: an assignment there has a value.
    fn group(&mut self, only: NodeId) -> Value {
        let value = self.eval(only);
        match (value, self.ast.kind(only)) {
            (Value::Void, NodeKind::Assign { target, .. }) => self.eval(*target),
            (value, _) => value,
        }
    }

    /// Evaluates statements, and returns what they yield.
    fn run(&mut self, block: &Block) -> Value {
        if let [only] = block.as_slice() {
            return self.eval_statement(*only).yielded();
        }
        let mut outputs = Vec::new();
        let mut is_known = true;
        for id in block {
            match self.eval_statement(*id) {
                Value::Void => (),
                Value::Unknown => is_known = false,
                value => outputs.push((*id, value)),
            }
            if self.jumped.is_some() {
                break;
            }
        }
        if !is_known {
            for (id, value) in outputs {
                self.show_statement(id, &value);
            }
            return Value::Unknown;
        }
        match outputs.as_slice() {
            [(_, only)] => only.clone().yielded(),
            _ => Value::output(outputs.iter().flat_map(|(_, value)| value.items()).collect()),
        }
    }

    /// Evaluates statements and shows what they yield.
    fn run_shown(&mut self, block: &Block) {
        for id in block {
            let value = self.eval_statement(*id);
            self.show_statement(*id, &value);
        }
    }

    /// Evaluates statements that stay where they are, shows what they yield, and returns it.
    fn run_in_place(&mut self, block: &Block) -> Value {
        let mut outputs = Vec::new();
        let mut is_known = true;
        for id in block {
            let value = self.eval_statement(*id);
            self.show_statement(*id, &value);
            is_known &= value.is_known();
            outputs.extend(value.items());
            if self.jumped.is_some() {
                break;
            }
        }
        if is_known { Value::output(outputs) } else { Value::Unknown }
    }

    /// Evaluates a list. If a value is unknown, the others are shown.
    fn list(&mut self, ids: &[NodeId]) -> Value {
        let values: Vec<Value> = ids.iter().map(|id| self.eval(*id)).collect();
        if values.iter().all(Value::is_known) && self.spend(values.len() * size_of::<Value>()) {
            return Value::list(values);
        }
        for (id, value) in ids.iter().zip(&values) {
            self.show(*id, value);
        }
        Value::Unknown
    }

    fn table(&mut self, entries: &[(NodeId, NodeId)]) -> Value {
        let mut table = Vec::new();
        for (key, value) in entries {
            table.push((self.eval(*key), self.eval(*value)));
        }
        if table.iter().all(|(key, value)| key.is_known() && value.is_known()) {
            return Value::Table(Rc::new(table));
        }
        for ((_, id), (_, value)) in entries.iter().zip(&table) {
            self.show(*id, value);
        }
        Value::Unknown
    }

    /// Evaluates a string with variables. If one is unknown, the others are shown within the string.
    fn expandable(&mut self, parts: &[NodeId], is_word: bool) -> Value {
        let values: Vec<Value> = parts.iter().map(|part| self.part(*part)).collect();
        let separator = self.separator();
        let mut out = TextBuilder::default();
        let is_known = values.iter().all(|value| out.push_value(value, &separator).is_some());
        let text = out.finish();
        if is_known && self.spend(text.len()) {
            return Value::text(text);
        }
        for (part, value) in parts.iter().zip(&values) {
            if !matches!(self.ast.kind(*part), NodeKind::Section(_) | NodeKind::Text { .. }) {
                self.show_within_string(*part, value, is_word);
            }
        }
        Value::Unknown
    }

    /// Returns the separator of the values of a list in a string: `$OFS`.
    fn separator(&self) -> String {
        let own = self.variables.get("ofs").and_then(|own| own.value.to_text());
        own.unwrap_or_else(|| " ".to_owned())
    }

    /// Evaluates a part of a string. What the environment says of the machine is no constant of the script.
    fn part(&mut self, id: NodeId) -> Value {
        match self.ast.kind(id) {
            NodeKind::Variable(name)
                if name.starts_with("env:") && !self.variables.contains_key(&**name) =>
            {
                Value::Unknown
            }
            _ => self.eval(id),
        }
    }

    fn finish(mut self) -> Evaluation {
        self.edits
            .sort_by(|a, b| a.range.start.cmp(&b.range.start).then(b.range.end.cmp(&a.range.end)));
        let mut edits: Vec<Edit> = Vec::with_capacity(self.edits.len());
        for edit in self.edits {
            match edits.last() {
                // The outer edit shows the value of all that is within it.
                Some(last) if edit.range.start < last.range.end => (),
                _ => edits.push(edit),
            }
        }
        Evaluation { edits, scripts: self.scripts, is_limited: self.is_limited }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number of evaluations of a text, outside and inside of loops and calls.
    fn evaluations(text: &str) -> usize {
        let ast = parse(text);
        let mut evaluator = Evaluator::new(text, &ast);
        let (visits, steps) = (evaluator.visits, evaluator.steps);
        for root in &ast.roots {
            evaluator.run_shown(root);
        }
        (visits - evaluator.visits) + (steps - evaluator.steps)
    }

    #[test]
    fn nothing_multiplies_the_evaluations_of_a_script() {
        let nest = |open: &str, middle: &str, close: &str, depth: usize| {
            format!("{}{middle}{}", open.repeat(depth), close.repeat(depth))
        };
        for text in [
            "$f = { if ($a) { & $f } else { & $f } }; & $f".to_owned(),
            "$f = { switch ($a) { 1 { . $f } 2 { . $f } default { . $f } } }; . $f".to_owned(),
            "function f { f; f; f }; f".to_owned(),
            (0..40)
                .map(|at| format!("$f{at} = {{ & $f{}; & $f{} }}\n", at + 1, at + 1))
                .rev()
                .collect::<String>()
                + "& $f0",
            nest("($a[", "1", "] = 1)", 60),
            nest("($a = (", "1", ") + 1)", 60),
            nest("& { & { ", "1", " }; 1 }", 30),
            nest("\"$(", "1", ")\"", 60),
            nest("foreach ($a in 1..3) { ", "1", " }", 30),
            nest("(f (", "1", "))", 60),
            nest("if ($a = ", "1", ") { $a }", 60),
            nest("-join (", "1", " | % { $_ })", 60),
        ] {
            let most = limits::EVALUATION_MIN_STEPS + limits::EVALUATION_VISITS * text.len();
            assert!(evaluations(&text) <= most, "{text}");
        }
    }

    #[test]
    fn passes_that_are_skipped_take_the_steps_of_those_that_run() {
        let swap = "$s[$_],$s[$j]=$s[$j],$s[$_]";
        for body in [
            format!("$j=($j+$s[$_]+$k[$_%$k.Count])%256;{swap}"),
            format!("$j=($_+$k+$s[$j])%256;$j+=$k;{swap};$l=$j,$_"),
        ] {
            let text = |count: usize, more: &str| format!("0..{count}|%{{{body};{more}}}; 'a'+'b'");
            let cost = |count: usize, more: &str| evaluations(&text(count, more));
            // What assigns a known value keeps the block from being idle. It takes two steps.
            assert_eq!(cost(200, "$z=1"), cost(200, "") + 2 * 201, "{body}");
            assert_eq!(cost(900, "$z=1"), cost(900, "") + 2 * 901, "{body}");
            for (count, is_limited) in [(900, false), (limits::EVALUATION_MIN_STEPS, true)] {
                let found = evaluate(&text(count, ""));
                assert_eq!(found.is_limited, is_limited, "{body}");
                assert!(found.edits.iter().any(|edit| edit.text == "'ab'"));
            }
        }
    }

    #[test]
    fn passes_that_may_yet_learn_something_are_run() {
        for body in
            ["$a=$k;$b=$_", "$a=$k;if($_ -eq 7){$b=7}", "$a=$k;$b=(0..9)[$_]", "$a=$k;$b+=$_"]
        {
            let text = format!("0..7|%{{{body}}}; Get-Item ('x'+$b)");
            assert!(!evaluate(&text).edits.is_empty(), "{body}");
        }
    }

    #[test]
    fn a_block_that_calls_itself_leaves_the_rest_to_be_seen() {
        let text = "$f = { if ($a) { & $f } else { & $f } }; & $f; Get-Item ('a' + 'b')";
        let shown = evaluate(text).edits.iter().any(|edit| edit.text.contains("ab"));
        assert!(shown);
    }
}
