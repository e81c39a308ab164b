//! [`Function`]: the signatures of the `eval` functions, grouped as Splunk's manual groups them.
//! [`eval::functions`](crate::search::eval) computes them.

/// The signature of a function of `eval` and `where`.
#[derive(Debug)]
pub struct Function {
    /// Identifies the function.
    pub id: FunctionId,
    /// Name in lower case.
    pub name: &'static str,
    /// Smallest number of arguments.
    pub min_arguments: usize,
    /// Largest number of arguments; `usize::MAX` for any number.
    pub max_arguments: usize,
    /// Kind of result.
    pub(crate) result: ResultKind,
}

/// Identifies a [`Function`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionId {
    Abs,
    Avg,
    BitAnd,
    BitNot,
    BitOr,
    BitShiftLeft,
    BitShiftRight,
    BitXor,
    Case,
    Ceil,
    CidrMatch,
    Coalesce,
    Exact,
    Exp,
    False,
    Floor,
    If,
    In,
    IpMask,
    IsBool,
    IsInt,
    IsNotNull,
    IsNull,
    IsNum,
    IsStr,
    Json,
    JsonArray,
    JsonArrayToMv,
    JsonExtract,
    JsonExtractExact,
    JsonHasKeyExact,
    JsonKeys,
    JsonObject,
    JsonSet,
    JsonSetExact,
    JsonValid,
    Len,
    Like,
    Ln,
    Log,
    Lower,
    LTrim,
    Match,
    Max,
    Md5,
    Min,
    MvAppend,
    MvCount,
    MvDedup,
    MvFilter,
    MvFind,
    MvIndex,
    MvJoin,
    MvMap,
    MvRange,
    MvSort,
    MvToJsonArray,
    MvZip,
    Now,
    Null,
    NullIf,
    Pi,
    Pow,
    Printf,
    RelativeTime,
    Replace,
    Round,
    RTrim,
    SearchMatch,
    Sha1,
    Sha256,
    Sha512,
    Spath,
    Split,
    Sqrt,
    Strftime,
    Strptime,
    Substr,
    Sum,
    ToNumber,
    ToString,
    Trim,
    True,
    TypeOf,
    Upper,
    UrlDecode,
    Validate,
}

/// Kind of result of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultKind {
    /// A string or number.
    Value,
    /// A truth value.
    Condition,
    /// One of the arguments, such as for `if`.
    Branch,
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Function {
    /// Returns the function of this name in any case.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        let name = name.to_ascii_lowercase();
        Self::all().find(|function| function.name == name)
    }

    /// Returns every name, for suggestions.
    pub(crate) fn names() -> Vec<&'static str> {
        Self::all().map(|function| function.name).collect()
    }

    /// Returns every function.
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        FUNCTIONS.iter()
    }

    /// Whether the result depends on the time at which the search runs. `strptime` completes a date without a year.
    pub(crate) fn depends_on_now(&self) -> bool {
        matches!(self.id, FunctionId::Now | FunctionId::Strptime)
    }

    /// Returns the indexes of the arguments that can become the result of a [`ResultKind::Branch`] function.
    pub(crate) fn branches(&self, arguments: usize) -> impl Iterator<Item = usize> + use<> {
        let (first, step) = match self.id {
            FunctionId::If => (1, 1),
            FunctionId::Coalesce => (0, 1),
            _ => (1, 2),
        };
        (first..arguments).step_by(step)
    }

    /// Returns the indexes of the arguments that must be conditions.
    pub(crate) fn condition_arguments(
        &self,
        arguments: usize,
    ) -> impl Iterator<Item = usize> + use<> {
        let (end, step) = match self.id {
            FunctionId::If => (1, 1),
            FunctionId::Case | FunctionId::Validate => (arguments, 2),
            _ => (0, 1),
        };
        (0..end).step_by(step)
    }

    /// What pairs of arguments are, if the function takes pairs after the first `min_arguments % 2` ones.
    pub(crate) fn pairs(&self) -> Option<&'static str> {
        match self.id {
            FunctionId::Case | FunctionId::Validate => Some("a condition and a value"),
            FunctionId::JsonObject => Some("a name and a value"),
            FunctionId::JsonSet | FunctionId::JsonSetExact => Some("a path and a value"),
            _ => None,
        }
    }

    /// Whether a result that is text is JSON.
    pub(crate) fn returns_json(&self) -> bool {
        matches!(
            self.id,
            FunctionId::Json
                | FunctionId::JsonArray
                | FunctionId::JsonExtract
                | FunctionId::JsonExtractExact
                | FunctionId::JsonKeys
                | FunctionId::JsonObject
                | FunctionId::JsonSet
                | FunctionId::JsonSetExact
                | FunctionId::MvToJsonArray
        )
    }
}

const ANY: usize = usize::MAX;

const FUNCTIONS: &[Function] = &[
    // Comparison and conditional functions.
    branch("if", FunctionId::If, 3, 3),
    branch("case", FunctionId::Case, 2, ANY),
    branch("validate", FunctionId::Validate, 2, ANY),
    branch("coalesce", FunctionId::Coalesce, 1, ANY),
    condition("match", FunctionId::Match, 2, 2),
    condition("like", FunctionId::Like, 2, 2),
    condition("cidrmatch", FunctionId::CidrMatch, 2, 2),
    condition("in", FunctionId::In, 2, ANY),
    condition("searchmatch", FunctionId::SearchMatch, 1, 1),
    condition("isnull", FunctionId::IsNull, 1, 1),
    condition("isnotnull", FunctionId::IsNotNull, 1, 1),
    condition("isnum", FunctionId::IsNum, 1, 1),
    condition("isint", FunctionId::IsInt, 1, 1),
    condition("isstr", FunctionId::IsStr, 1, 1),
    condition("isbool", FunctionId::IsBool, 1, 1),
    condition("true", FunctionId::True, 0, 0),
    condition("false", FunctionId::False, 0, 0),
    value("null", FunctionId::Null, 0, 0),
    value("nullif", FunctionId::NullIf, 2, 2),
    value("typeof", FunctionId::TypeOf, 1, 1),
    // Text functions, and conversions from and to text.
    value("lower", FunctionId::Lower, 1, 1),
    value("upper", FunctionId::Upper, 1, 1),
    value("len", FunctionId::Len, 1, 1),
    value("substr", FunctionId::Substr, 2, 3),
    value("replace", FunctionId::Replace, 3, 3),
    value("trim", FunctionId::Trim, 1, 2),
    value("ltrim", FunctionId::LTrim, 1, 2),
    value("rtrim", FunctionId::RTrim, 1, 2),
    value("urldecode", FunctionId::UrlDecode, 1, 1),
    value("tostring", FunctionId::ToString, 1, 2),
    value("tonumber", FunctionId::ToNumber, 1, 2),
    value("printf", FunctionId::Printf, 1, ANY),
    value("ipmask", FunctionId::IpMask, 2, 2),
    value("spath", FunctionId::Spath, 2, 2),
    // JSON functions.
    value("json", FunctionId::Json, 1, 1),
    value("json_object", FunctionId::JsonObject, 0, ANY),
    value("json_array", FunctionId::JsonArray, 0, ANY),
    value("json_extract", FunctionId::JsonExtract, 1, ANY),
    value("json_extract_exact", FunctionId::JsonExtractExact, 1, ANY),
    value("json_keys", FunctionId::JsonKeys, 1, 1),
    value("json_set", FunctionId::JsonSet, 3, ANY),
    value("json_set_exact", FunctionId::JsonSetExact, 3, ANY),
    value("json_array_to_mv", FunctionId::JsonArrayToMv, 1, 2),
    value("mv_to_json_array", FunctionId::MvToJsonArray, 1, 2),
    condition("json_valid", FunctionId::JsonValid, 1, 1),
    condition("json_has_key_exact", FunctionId::JsonHasKeyExact, 2, 2),
    // Multivalue functions.
    value("split", FunctionId::Split, 2, 2),
    value("mvjoin", FunctionId::MvJoin, 2, 2),
    value("mvappend", FunctionId::MvAppend, 1, ANY),
    value("mvcount", FunctionId::MvCount, 1, 1),
    value("mvindex", FunctionId::MvIndex, 2, 3),
    value("mvdedup", FunctionId::MvDedup, 1, 1),
    value("mvsort", FunctionId::MvSort, 1, 1),
    value("mvzip", FunctionId::MvZip, 2, 3),
    value("mvrange", FunctionId::MvRange, 2, 3),
    value("mvfind", FunctionId::MvFind, 2, 2),
    value("mvfilter", FunctionId::MvFilter, 1, 1),
    value("mvmap", FunctionId::MvMap, 2, 2),
    // Mathematical and statistical functions.
    value("round", FunctionId::Round, 1, 2),
    value("abs", FunctionId::Abs, 1, 1),
    value("ceil", FunctionId::Ceil, 1, 1),
    value("ceiling", FunctionId::Ceil, 1, 1),
    value("floor", FunctionId::Floor, 1, 1),
    value("sqrt", FunctionId::Sqrt, 1, 1),
    value("exp", FunctionId::Exp, 1, 1),
    value("ln", FunctionId::Ln, 1, 1),
    value("log", FunctionId::Log, 1, 2),
    value("pow", FunctionId::Pow, 2, 2),
    value("exact", FunctionId::Exact, 1, 1),
    value("pi", FunctionId::Pi, 0, 0),
    value("min", FunctionId::Min, 1, ANY),
    value("max", FunctionId::Max, 1, ANY),
    value("sum", FunctionId::Sum, 1, ANY),
    value("avg", FunctionId::Avg, 1, ANY),
    // Bitwise functions.
    value("bit_and", FunctionId::BitAnd, 2, ANY),
    value("bit_or", FunctionId::BitOr, 2, ANY),
    value("bit_xor", FunctionId::BitXor, 2, ANY),
    value("bit_not", FunctionId::BitNot, 1, 2),
    value("bit_shift_left", FunctionId::BitShiftLeft, 2, 3),
    value("bit_shift_right", FunctionId::BitShiftRight, 2, 3),
    // Date and time functions.
    value("strftime", FunctionId::Strftime, 2, 2),
    value("strptime", FunctionId::Strptime, 2, 2),
    value("relative_time", FunctionId::RelativeTime, 2, 2),
    value("now", FunctionId::Now, 0, 0),
    value("time", FunctionId::Now, 0, 0),
    // Cryptographic functions.
    value("md5", FunctionId::Md5, 1, 1),
    value("sha1", FunctionId::Sha1, 1, 1),
    value("sha256", FunctionId::Sha256, 1, 1),
    value("sha512", FunctionId::Sha512, 1, 1),
];

const fn branch(name: &'static str, id: FunctionId, min: usize, max: usize) -> Function {
    signature(name, id, (min, max), ResultKind::Branch)
}

const fn condition(name: &'static str, id: FunctionId, min: usize, max: usize) -> Function {
    signature(name, id, (min, max), ResultKind::Condition)
}

const fn value(name: &'static str, id: FunctionId, min: usize, max: usize) -> Function {
    signature(name, id, (min, max), ResultKind::Value)
}

const fn signature(
    name: &'static str,
    id: FunctionId,
    (min_arguments, max_arguments): (usize, usize),
    result: ResultKind,
) -> Function {
    Function { id, name, min_arguments, max_arguments, result }
}
