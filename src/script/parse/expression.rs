//! Operators, casts, members and values.

use super::Parser;
use super::ast::{Accessor, AccessorKind, Block, NodeId, NodeKind, Operator};
use super::tokens::ScriptToken;
use crate::script::TokenKind;
use crate::script::lexer::words::is_dash;
use crate::static_map::StaticMap;
use std::rc::Rc;

impl Parser<'_> {
    /// Parses an expression of operators whose precedence is at least `least`.
    pub(super) fn binary(&mut self, least: u8) -> NodeId {
        let start = self.position();
        let mut left = self.list();
        while let Some((_, precedence)) = self.peek_operator().filter(|(_, own)| *own >= least) {
            let mut operands = vec![left];
            let mut operators = Vec::new();
            while let Some((operator, _)) =
                self.peek_operator().filter(|(_, own)| *own == precedence)
            {
                self.at += 1;
                operators.push(operator);
                operands.push(self.binary(precedence + 1));
            }
            left = self.node(start, NodeKind::Chain(operands, operators));
        }
        left
    }

    fn peek_operator(&self) -> Option<(Operator, u8)> {
        let token = self.peek_on_line().filter(|token| token.kind == TokenKind::Operator)?;
        let operator = operator(token.text)?;
        Some((operator, operator.precedence())).filter(|(_, precedence)| *precedence > 0)
    }

    /// Parses values separated by commas.
    fn list(&mut self) -> NodeId {
        let start = self.position();
        if !self.comma_separates && self.take(",") {
            let value = self.nested(|parser| vec![parser.unary()]);
            return match value.first() {
                Some(value) => self.node(start, NodeKind::Unary(Operator::Comma, *value)),
                None => self.node(start, NodeKind::Unknown),
            };
        }
        let first = self.unary();
        let mut values = Vec::new();
        while !self.comma_separates && self.peek_on_line().is_some_and(|token| token.is(",")) {
            self.at += 1;
            if values.is_empty() {
                values.push(first);
            }
            values.push(self.unary());
        }
        if values.is_empty() { first } else { self.node(start, NodeKind::List(values)) }
    }

    /// Parses a value with its prefix operators and casts.
    fn unary(&mut self) -> NodeId {
        let start = self.position();
        let Some(token) = self.peek() else { return self.node_in(start..start, NodeKind::Unknown) };
        if let Some(operator) = prefix_operator(token) {
            self.at += 1;
            let value = self.nested(|parser| vec![parser.unary()]);
            return match value.first() {
                Some(value) => self.prefixed(start, operator, *value),
                None => self.node(start, NodeKind::Unknown),
            };
        }
        let next = self.peek_at(self.at + 1).filter(|next| !next.begins_line);
        if let Some(name) = type_name(token).filter(|_| next.is_some_and(begins_value)) {
            self.at += 1;
            let value = self.nested(|parser| vec![parser.unary()]);
            let Some(value) = value.first() else { return self.node(start, NodeKind::Unknown) };
            // What a variable is cast to by reference changes it.
            if let ("ref", NodeKind::Variable(changed)) = (&*name, self.ast.kind(*value)) {
                let changed = changed.clone();
                self.assigns(changed.clone(), start);
                self.assigns(changed, start);
            }
            return self.node(start, NodeKind::Cast(name, *value));
        }
        self.postfix()
    }

    /// Returns the node of a prefix operator and its operand.
    fn prefixed(&mut self, start: usize, operator: Operator, value: NodeId) -> NodeId {
        let operator = match operator {
            Operator::Increment => Operator::Add,
            Operator::Decrement => Operator::Subtract,
            _ => return self.node(start, NodeKind::Unary(operator, value)),
        };
        self.assigns_target(value, start);
        self.node(start, NodeKind::Increment { target: value, operator, is_prefix: true })
    }

    /// Parses a value with its members, calls and indexes.
    pub(super) fn postfix(&mut self) -> NodeId {
        let start = self.position();
        let value = self.primary();
        let mut accessors = Vec::new();
        while let Some(token) = self.peek_touching() {
            let kind = if token.is("[") {
                AccessorKind::Index(self.bracket(Self::statements))
            } else if matches!(token.text, "." | "::") && token.kind == TokenKind::Operator {
                self.at += 1;
                let name = self.primary();
                let next = self.peek_touching();
                if next.is_some_and(|next| next.is("(")) {
                    let arguments = self.bracket(Self::call_arguments);
                    self.changed_by_method(value, name, &arguments);
                    AccessorKind::Call(name, arguments)
                } else if next.is_some_and(|next| next.is("{")) && self.takes_block(name) {
                    AccessorKind::Call(name, vec![self.primary()])
                } else {
                    AccessorKind::Member(name)
                }
            } else {
                break;
            };
            accessors.push(Accessor {
                kind,
                end: u32::try_from(self.previous_end()).unwrap_or(u32::MAX),
            });
        }
        let value = if accessors.is_empty() {
            value
        } else {
            self.node(start, NodeKind::Access(value, accessors))
        };
        let kinds =
            [(Operator::Increment, Operator::Add), (Operator::Decrement, Operator::Subtract)];
        let next = self.peek_on_line().filter(|next| next.kind == TokenKind::Operator);
        let next = next.and_then(|next| operator(next.text));
        match kinds.into_iter().find(|(operator, _)| Some(*operator) == next) {
            Some((_, operator)) if self.is_target(value) => {
                self.at += 1;
                self.assigns_target(value, start);
                self.node(start, NodeKind::Increment { target: value, operator, is_prefix: false })
            }
            _ => value,
        }
    }

    fn is_target(&self, value: NodeId) -> bool {
        matches!(self.ast.kind(value), NodeKind::Variable(_) | NodeKind::Access(..))
    }

    /// Returns whether a method is called with a block after its name: `.ForEach{…}`.
    fn takes_block(&self, name: NodeId) -> bool {
        matches!(self.ast.kind(name), NodeKind::Word { value, .. }
            if value.eq_ignore_ascii_case("foreach") || value.eq_ignore_ascii_case("where"))
    }

    /// Notes that a method changes the object of a variable.
    fn changed_by_method(&mut self, value: NodeId, method: NodeId, arguments: &[NodeId]) {
        let (NodeKind::Word { value: name, .. } | NodeKind::Text { value: name, .. }) =
            self.ast.kind(method)
        else {
            return;
        };
        let at = self.ast.range(value).start;
        let is_static = matches!(self.ast.kind(value), NodeKind::Type(_));
        let changes_argument = ["copyto", "read"].iter().any(|own| own.eq_ignore_ascii_case(name))
            || (is_static && name.eq_ignore_ascii_case("reverse"));
        if let (Some(target), true) = (arguments.first().copied(), changes_argument) {
            self.assigns_target(target, at);
        } else if CHANGING_METHODS.get_ignore_ascii_case(name.as_bytes()).is_some()
            && matches!(self.ast.kind(value), NodeKind::Variable(own) if &**own != "executioncontext")
        {
            self.assigns_target(value, at);
        }
    }

    /// Parses the arguments of a method.
    fn call_arguments(&mut self) -> Vec<NodeId> {
        self.comma_separates = true;
        let mut arguments = Vec::new();
        while self.peek().is_some() {
            let before = self.at;
            arguments.push(self.binary(1));
            if !self.take(",") && self.at == before {
                self.at += 1;
            }
        }
        arguments
    }

    /// Parses a value.
    pub(super) fn primary(&mut self) -> NodeId {
        let start = self.position();
        let Some(token) = self.peek() else { return self.node_in(start..start, NodeKind::Unknown) };
        let kind = match token.kind {
            TokenKind::String => return self.string(token),
            TokenKind::Number => match number(token.text) {
                Some(number) => NodeKind::Number(number),
                None => real(token.text).map_or(NodeKind::Unknown, NodeKind::Real),
            },
            TokenKind::Variable if token.text.starts_with('@') => {
                NodeKind::Splat(self.variable_name(token.text))
            }
            TokenKind::Variable => NodeKind::Variable(self.variable_name(token.text)),
            // `[Attribute(…)]`: its name and its closing bracket are tokens of types.
            TokenKind::Type if !token.text.ends_with(']') => {
                self.at += 1;
                if self.peek_touching().is_some_and(|next| next.is("(")) {
                    self.bracket(Self::statements);
                }
                if self.peek().is_some_and(|next| next.kind == TokenKind::Type && next.text == "]")
                {
                    self.at += 1;
                }
                return self.node(start, NodeKind::Unknown);
            }
            TokenKind::Type => match type_name(token) {
                Some(name) => NodeKind::Type(name),
                None => NodeKind::Unknown,
            },
            TokenKind::Member | TokenKind::Command | TokenKind::Parameter => {
                let value = without_backticks(token.text);
                let is_plain = value == token.text;
                NodeKind::Word { value: Rc::new(value), is_plain }
            }
            _ if token.opens() => {
                let kind = self.brackets(token.text);
                return self.node(start, kind);
            }
            _ => NodeKind::Unknown,
        };
        self.at += 1;
        self.node(start, kind)
    }

    fn brackets(&mut self, text: &str) -> NodeKind {
        match text {
            "(" => NodeKind::Group(self.bracket(Self::statements)),
            "$(" => NodeKind::Subexpression(self.bracket(Self::statements)),
            "@(" => NodeKind::Array(self.bracket(Self::statements)),
            "@{" => NodeKind::Table(self.bracket(Self::entries)),
            "{" => {
                let (parameters, body) = self.bracket(Self::block_with_parameters);
                NodeKind::ScriptBlock { parameters, body }
            }
            _ => {
                let block: Block = self.bracket(Self::statements);
                NodeKind::Branch(block)
            }
        }
    }

    /// Parses the entries of a hash table.
    fn entries(&mut self) -> Vec<(NodeId, NodeId)> {
        let mut entries = Vec::new();
        while self.peek().is_some() {
            if self.take(";") {
                continue;
            }
            let before = self.at;
            let key = self.postfix();
            if self.take("=") {
                entries.push((key, self.statement()));
            }
            if self.at == before {
                self.at += 1;
            }
        }
        entries
    }
}

/// Returns whether a value begins with a token, so that a type before it is a cast.
fn begins_value(token: ScriptToken<'_>) -> bool {
    match token.kind {
        TokenKind::String | TokenKind::Number | TokenKind::Variable => true,
        TokenKind::Type => token.text.starts_with('['),
        _ => (token.opens() && token.text != "[") || prefix_operator(token).is_some(),
    }
}

fn prefix_operator(token: ScriptToken<'_>) -> Option<Operator> {
    if token.kind != TokenKind::Operator {
        return None;
    }
    let operator = operator(token.text)?;
    matches!(
        operator,
        Operator::Add
            | Operator::Subtract
            | Operator::Not
            | Operator::BitNot
            | Operator::Join
            | Operator::Split { .. }
            | Operator::Increment
            | Operator::Decrement
    )
    .then_some(operator)
}

/// Returns the operator with this text, in any case and with any dash.
fn operator(text: &str) -> Option<Operator> {
    let word = text.strip_prefix(is_dash).filter(|word| !word.is_empty());
    match word {
        Some(word) if !word.starts_with(is_dash) && word != "=" => {
            OPERATORS.get_ignore_ascii_case(word.as_bytes()).or(Some(Operator::OtherComparison))
        }
        Some(word) if word.starts_with(is_dash) => Some(Operator::Decrement),
        _ => match text {
            "+" => Some(Operator::Add),
            "*" => Some(Operator::Multiply),
            "/" => Some(Operator::Divide),
            "%" => Some(Operator::Remainder),
            ".." => Some(Operator::Range),
            "!" => Some(Operator::Not),
            "++" => Some(Operator::Increment),
            _ if text.chars().all(is_dash) && !text.is_empty() => Some(Operator::Subtract),
            _ => None,
        },
    }
}

/// Methods that change their object, in lower case.
static CHANGING_METHODS: StaticMap<(), 64> = StaticMap::new(&[
    (b"add", ()),
    (b"addrange", ()),
    (b"append", ()),
    (b"appendformat", ()),
    (b"appendline", ()),
    (b"clear", ()),
    (b"dequeue", ()),
    (b"enqueue", ()),
    (b"insert", ()),
    (b"pop", ()),
    (b"push", ()),
    (b"read", ()),
    (b"readbyte", ()),
    (b"remove", ()),
    (b"removeat", ()),
    (b"reverse", ()),
    (b"seek", ()),
    (b"set", ()),
    (b"setvalue", ()),
    (b"sort", ()),
    (b"write", ()),
    (b"writebyte", ()),
]);

/// The operators that are words, in lower case.
static OPERATORS: StaticMap<Operator, 128> = StaticMap::new(&[
    (b"f", Operator::Format),
    (b"join", Operator::Join),
    (b"split", Operator::Split { case: false }),
    (b"isplit", Operator::Split { case: false }),
    (b"csplit", Operator::Split { case: true }),
    (b"replace", Operator::Replace { case: false }),
    (b"ireplace", Operator::Replace { case: false }),
    (b"creplace", Operator::Replace { case: true }),
    (b"eq", Operator::Equal { case: false, negated: false }),
    (b"ieq", Operator::Equal { case: false, negated: false }),
    (b"ceq", Operator::Equal { case: true, negated: false }),
    (b"ne", Operator::Equal { case: false, negated: true }),
    (b"ine", Operator::Equal { case: false, negated: true }),
    (b"cne", Operator::Equal { case: true, negated: true }),
    (b"lt", Operator::Less),
    (b"le", Operator::LessOrEqual),
    (b"gt", Operator::Greater),
    (b"ge", Operator::GreaterOrEqual),
    (b"match", Operator::Match { case: false, negated: false }),
    (b"imatch", Operator::Match { case: false, negated: false }),
    (b"cmatch", Operator::Match { case: true, negated: false }),
    (b"notmatch", Operator::Match { case: false, negated: true }),
    (b"like", Operator::Like { negated: false }),
    (b"ilike", Operator::Like { negated: false }),
    (b"notlike", Operator::Like { negated: true }),
    (b"as", Operator::As),
    (b"shl", Operator::ShiftLeft),
    (b"shr", Operator::ShiftRight),
    (b"band", Operator::BitAnd),
    (b"bor", Operator::BitOr),
    (b"bxor", Operator::BitXor),
    (b"bnot", Operator::BitNot),
    (b"and", Operator::And),
    (b"or", Operator::Or),
    (b"xor", Operator::Xor),
    (b"not", Operator::Not),
]);

/// Parses a whole number: decimal, hexadecimal or binary, with the letters of its type and its multiplier.
pub(in crate::script) fn number(text: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match (lower.strip_prefix("0x"), lower.strip_prefix("0b")) {
        (Some(digits), _) => (digits, 16),
        (_, Some(digits)) => (digits, 2),
        _ => (&*lower, 10),
    };
    let units = [("kb", 10), ("mb", 20), ("gb", 30), ("tb", 40), ("pb", 50)];
    let unit = units.iter().find_map(|(name, bits)| Some((digits.strip_suffix(name)?, *bits)));
    let (digits, bits) = match unit {
        // `0x1b` is a number, and `0x1kb` one with a multiplier.
        Some(unit) => unit,
        None => (digits, 0),
    };
    let end = digits.find(|char: char| !char.is_digit(radix)).unwrap_or(digits.len());
    let (digits, suffix) = digits.split_at_checked(end)?;
    if !matches!(suffix, "" | "l" | "u" | "ul" | "s" | "us" | "y" | "uy" | "n" | "d") {
        return None;
    }
    let value = i64::from_str_radix(digits, radix).ok()?;
    // Eight hexadecimal digits are the bits of a signed number of 32 bits.
    let value = if radix == 16 && digits.len() == 8 && suffix.is_empty() {
        i64::from(u32::try_from(value).ok()?.cast_signed())
    } else {
        value
    };
    value.checked_mul(1 << bits)
}

/// Parses a number with a fraction or an exponent, without the letters of a type.
fn real(text: &str) -> Option<f64> {
    let text = text.strip_suffix(['d', 'D']).unwrap_or(text);
    text.contains(['.', 'e', 'E']).then(|| crate::script::eval::parse_real(text))?
}

/// Returns the name in `[name]`, in lower case, without `System.`.
fn type_name(token: ScriptToken<'_>) -> Option<Rc<str>> {
    if token.kind != TokenKind::Type {
        return None;
    }
    let name = token.text.strip_prefix('[')?.strip_suffix(']')?;
    let name = name.replace(['`', ' '], "").to_ascii_lowercase();
    Some(Rc::from(name.strip_prefix("system.").unwrap_or(&name)))
}

/// Removes the backticks of a word: they change nothing but its looks. (Before a digit a backtick belongs to the name of
/// a generic type.)
pub(super) fn without_backticks(text: &str) -> String {
    if !text.as_bytes().contains(&b'`') {
        return text.to_owned();
    }
    let mut word = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '`' || chars.peek().is_none_or(char::is_ascii_digit) {
            word.push(char);
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_value_that_powershell_reads() {
        for (text, value) in [
            ("65", Some(65)),
            ("0x41", Some(65)),
            ("0B101", Some(5)),
            ("1kb", Some(1024)),
            ("0x1b", Some(27)),
            ("10l", Some(10)),
            ("0xFFFFFFFF", Some(-1)),
            ("0xFFFFFFFFFF", Some(0xFF_FFFF_FFFF)),
            ("1.5", None),
            ("1e3", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(number(text), value, "{text}");
        }
    }

    #[test]
    fn operators_are_recognised_with_any_dash() {
        assert_eq!(operator("–JOIN"), Some(Operator::Join));
        assert_eq!(operator("-"), Some(Operator::Subtract));
        assert_eq!(operator("–"), Some(Operator::Subtract));
        assert_eq!(operator("--"), Some(Operator::Decrement));
        assert_eq!(operator("-isnot"), Some(Operator::OtherComparison));
        assert_eq!(operator("="), None);
        assert_eq!(operator("-="), None);
    }
}
