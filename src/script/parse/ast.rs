//! The syntax tree: nodes in one list, each with its range of the text.

use crate::script::name_hash::NameState;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// Index of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::script) struct NodeId(pub(super) u32);

impl NodeId {
    /// No node.
    pub(in crate::script) const NONE: Self = Self(u32::MAX);
}

/// A node and its range of the text.
#[derive(Debug)]
pub(in crate::script) struct Node {
    pub(in crate::script) start: u32,
    pub(in crate::script) end: u32,
    pub(in crate::script) kind: NodeKind,
}

/// Statements in their order.
pub(in crate::script) type Block = Vec<NodeId>;

/// What a node is.
#[derive(Debug)]
pub(in crate::script) enum NodeKind {
    /// Text without a meaning to the evaluator.
    Unknown,
    /// A string without variables. `is_plain`: it is written without obfuscating escapes.
    Text {
        value: Rc<String>,
        is_plain: bool,
    },
    /// A bare word, or a command's name: its value, without backticks and quotes.
    Word {
        value: Rc<String>,
        is_plain: bool,
    },
    /// A whole number.
    Number(i64),
    /// A number with a fraction or an exponent.
    Real(f64),
    /// A string in double quotes or a word, with variables: its parts.
    Expandable {
        parts: Vec<NodeId>,
        is_word: bool,
    },
    /// A section of an expandable string.
    Section(Rc<String>),
    /// `$name`, in lower case.
    Variable(Rc<str>),
    /// `@name`: a table or a list as arguments.
    Splat(Rc<str>),
    /// `[name]`, in lower case.
    Type(Rc<str>),
    /// `[name]value`.
    Cast(Rc<str>, NodeId),
    Unary(Operator, NodeId),
    /// Operands of operators of one precedence, from left to right: one operator fewer than operands.
    Chain(Vec<NodeId>, Vec<Operator>),
    /// `a, b, c`.
    List(Vec<NodeId>),
    /// `(…)`.
    Group(Block),
    /// `$(…)`.
    Subexpression(Block),
    /// `@(…)`.
    Array(Block),
    /// `@{…}`.
    Table(Vec<(NodeId, NodeId)>),
    /// `{…}`, with the names of its parameters.
    ScriptBlock {
        parameters: Vec<Parameter>,
        body: Block,
    },
    /// A value, and members, calls and indexes from left to right.
    Access(NodeId, Vec<Accessor>),
    /// A command. `call` is the start of its `&` or `.`.
    Command {
        call: Option<u32>,
        name: NodeId,
        arguments: Vec<Argument>,
    },
    /// Elements joined by `|`.
    Pipeline(Vec<NodeId>),
    /// An assignment; `None` for `=`. `++` is an addition of 1.
    Assign {
        target: NodeId,
        operator: Option<Operator>,
        value: NodeId,
    },
    /// `++` or `--`, before or after its target.
    Increment {
        target: NodeId,
        operator: Operator,
        is_prefix: bool,
    },
    If {
        branches: Vec<(NodeId, Block)>,
        otherwise: Block,
    },
    ForEach {
        variable: Rc<str>,
        list: Block,
        body: Block,
    },
    /// `for`, `while` and `do`.
    Loop {
        before: Block,
        condition: Block,
        step: Block,
        body: Block,
        kind: LoopKind,
    },
    /// `switch` without options: the values, and what runs for each label; without a label, for those that no label has.
    Switch {
        values: Block,
        cases: Vec<(Option<NodeId>, Block)>,
    },
    Function {
        name: Rc<str>,
        parameters: Vec<Parameter>,
        body: Block,
    },
    Return(Block),
    Jump(Jump),
    /// Statements that run as if they were written without their keyword, as those of `try`.
    Sequence(Phase, Block),
    /// Statements that may run, or run more than once.
    Branch(Block),
}

/// Where a loop tests its condition, and which result ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::script) enum LoopKind {
    /// Before each pass.
    While,
    /// After each pass.
    DoWhile,
    /// After each pass; the condition ends the loop.
    DoUntil,
}

/// When a function runs a block for the values of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::script) enum Phase {
    /// It is no such block.
    None,
    /// `begin` or `end`: once.
    Once,
    /// `process`: for each value.
    Process,
}

/// A statement that ends others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::script) enum Jump {
    /// `break` without a label.
    Break,
    /// `continue` without a label.
    Continue,
    Return,
    /// `exit`, `throw`, and jumps to labels.
    Other,
}

/// A parameter and its default value.
#[derive(Debug)]
pub(in crate::script) struct Parameter {
    pub(in crate::script) name: Rc<str>,
    pub(in crate::script) default: Option<NodeId>,
}

/// A member, a call or an index.
#[derive(Debug)]
pub(in crate::script) struct Accessor {
    pub(in crate::script) kind: AccessorKind,
    /// End in the text.
    pub(in crate::script) end: u32,
}

#[derive(Debug)]
pub(in crate::script) enum AccessorKind {
    Member(NodeId),
    Call(NodeId, Vec<NodeId>),
    Index(Block),
}

/// An argument of a command.
#[derive(Debug)]
pub(in crate::script) enum Argument {
    /// `-Name`, or `-Name:` with the next argument as its value.
    Parameter {
        name: Rc<str>,
        range: Range<u32>,
    },
    Value(NodeId),
}

/// An operator, as far as the evaluator knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::script) enum Operator {
    Range,
    Format,
    Multiply,
    Divide,
    Remainder,
    Add,
    Subtract,
    Join,
    Split {
        case: bool,
    },
    Replace {
        case: bool,
    },
    Equal {
        case: bool,
        negated: bool,
    },
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Match {
        case: bool,
        negated: bool,
    },
    Like {
        negated: bool,
    },
    As,
    ShiftLeft,
    ShiftRight,
    OtherComparison,
    BitAnd,
    BitOr,
    BitXor,
    And,
    Or,
    Xor,
    Not,
    BitNot,
    Comma,
    /// `++`.
    Increment,
    /// `--`.
    Decrement,
}

impl Operator {
    /// Returns the precedence of a binary operator, as in PowerShell: the tightest binding is the highest number
    /// (about_Operator_Precedence). The comma binds more tightly than all of them.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Self::Range => 7,
            Self::Format => 6,
            Self::Multiply | Self::Divide | Self::Remainder => 5,
            Self::Add | Self::Subtract => 4,
            Self::BitAnd | Self::BitOr | Self::BitXor => 2,
            Self::And | Self::Or | Self::Xor => 1,
            Self::Not | Self::BitNot | Self::Comma => 0,
            Self::Increment | Self::Decrement => 0,
            _ => 3,
        }
    }
}

/// The syntax tree of a text.
#[derive(Debug, Default)]
pub(in crate::script) struct Ast {
    pub(super) nodes: Vec<Node>,
    /// The statements of the text. Text that is nested too deep is parsed by itself, as further statements.
    pub(in crate::script) roots: Vec<Block>,
    /// Offset and name of every variable that is assigned, in ascending order of offsets.
    pub(in crate::script) assignments: Vec<(u32, Rc<str>)>,
    /// Number of assignments to each variable.
    pub(in crate::script) counts: HashMap<Rc<str>, u32, NameState>,
}

impl Ast {
    /// Returns a node's kind.
    pub(in crate::script) fn kind(&self, id: NodeId) -> &NodeKind {
        self.nodes.get(id.0 as usize).map_or(&NodeKind::Unknown, |node| &node.kind)
    }

    /// Returns a node's range of the text.
    pub(in crate::script) fn range(&self, id: NodeId) -> Range<usize> {
        self.nodes.get(id.0 as usize).map_or(0..0, |node| node.start as usize..node.end as usize)
    }

    /// Returns the names of the variables that are assigned in a range of the text.
    pub(in crate::script) fn assigned_in(&self, range: Range<usize>) -> Vec<Rc<str>> {
        let first = self.assignments.partition_point(|(at, _)| (*at as usize) < range.start);
        let rest = self.assignments.get(first..).unwrap_or_default();
        let within = rest.iter().take_while(|(at, _)| (*at as usize) < range.end);
        within.map(|(_, name)| name.clone()).collect()
    }
}
