//! The functions of `eval` and `where`, in the groups of Splunk's manual. Their signatures are in
//! [`ast::function`](crate::search::ast::function).

mod arguments;
mod conditional;
mod crypto;
mod datetime;
mod json;
mod math;
mod multivalue;
mod printf;
#[cfg(test)]
pub(in crate::search) mod tests;
mod text;

pub(super) use text::replace_matches;

use crate::search::ast::eval_expr::EvalExpr;
use crate::search::ast::function::{Function, FunctionId};
use crate::search::eval::row::Row;
use crate::search::values::value::Value;
use crate::time::Time;
use arguments::Arguments;

/// How a function is computed.
#[derive(Clone, Copy, Debug)]
enum Implementation {
    /// To true, false or null.
    Condition(fn(&Arguments<'_>) -> Option<bool>),
    /// To a value.
    Value(fn(&Arguments<'_>) -> Value),
    /// To a value that depends on the time of the run. Other functions cannot read that time.
    AtTime(fn(&Arguments<'_>, Option<Time>) -> Value),
    /// To the value of one of the arguments.
    Branch(for<'a> fn(&Arguments<'a>) -> Option<&'a EvalExpr>),
}

/// Calls a function for its truth value, `None` for null.
pub(super) fn truth(function: &Function, exprs: &[EvalExpr], row: &dyn Row) -> Option<bool> {
    let arguments = Arguments { exprs, row };
    match implementation(function.id) {
        Implementation::Condition(compute) => compute(&arguments),
        Implementation::Branch(choose) => choose(&arguments)?.truth(row),
        Implementation::Value(compute) => compute(&arguments).truth(),
        Implementation::AtTime(compute) => compute(&arguments, row.now()).truth(),
    }
}

/// Calls a function for its value; a condition gives the string `True` or `False`.
pub(super) fn value(function: &Function, exprs: &[EvalExpr], row: &dyn Row) -> Value {
    let arguments = Arguments { exprs, row };
    match implementation(function.id) {
        Implementation::Value(compute) => compute(&arguments),
        Implementation::AtTime(compute) => compute(&arguments, row.now()),
        Implementation::Branch(choose) => {
            choose(&arguments).map_or(Value::Null, |expr| expr.value(row))
        }
        Implementation::Condition(compute) => match compute(&arguments) {
            Some(true) => "True".into(),
            Some(false) => "False".into(),
            None => Value::Null,
        },
    }
}

/// Returns how a function is computed, as a pointer: a function that is inlined into the recursive evaluator would
/// enlarge its stack frames, which bound how deep an expression may nest.
#[inline(never)]
fn implementation(id: FunctionId) -> Implementation {
    use Implementation::{AtTime, Branch, Condition, Value};
    match id {
        FunctionId::If => Branch(conditional::choose_if),
        FunctionId::Case => Branch(conditional::choose_case),
        FunctionId::Validate => Branch(conditional::choose_validate),
        FunctionId::Coalesce => Branch(conditional::choose_coalesce),
        FunctionId::Match => Condition(conditional::matches),
        FunctionId::Like => Condition(conditional::like),
        FunctionId::CidrMatch => Condition(conditional::cidr_match),
        FunctionId::In => Condition(conditional::is_in),
        FunctionId::SearchMatch => Condition(conditional::search_match),
        FunctionId::IsNull => Condition(conditional::is_null),
        FunctionId::IsNotNull => Condition(conditional::is_not_null),
        FunctionId::IsNum => Condition(conditional::is_num),
        FunctionId::IsInt => Condition(conditional::is_int),
        FunctionId::IsStr => Condition(conditional::is_str),
        FunctionId::IsBool => Condition(conditional::is_bool),
        FunctionId::True => Condition(|_| Some(true)),
        FunctionId::False => Condition(|_| Some(false)),
        FunctionId::Null => Value(|_| crate::search::values::value::Value::Null),
        FunctionId::NullIf => Value(conditional::null_if),
        FunctionId::TypeOf => Value(conditional::type_of),
        FunctionId::Lower => Value(text::lower),
        FunctionId::Upper => Value(text::upper),
        FunctionId::Len => Value(text::len),
        FunctionId::Substr => Value(text::substr),
        FunctionId::Replace => Value(text::replace),
        FunctionId::Trim => Value(text::trim),
        FunctionId::LTrim => Value(text::ltrim),
        FunctionId::RTrim => Value(text::rtrim),
        FunctionId::UrlDecode => Value(text::url_decode),
        FunctionId::ToString => Value(text::to_string),
        FunctionId::ToNumber => Value(text::to_number),
        FunctionId::Printf => Value(printf::printf),
        FunctionId::IpMask => Value(text::ip_mask),
        FunctionId::Spath => Value(json::spath),
        FunctionId::Json => Value(json::json),
        FunctionId::JsonObject => Value(json::object),
        FunctionId::JsonArray => Value(json::array),
        FunctionId::JsonExtract => Value(json::extract),
        FunctionId::JsonExtractExact => Value(json::extract_exact),
        FunctionId::JsonKeys => Value(json::keys),
        FunctionId::JsonSet => Value(json::set),
        FunctionId::JsonSetExact => Value(json::set_exact),
        FunctionId::JsonArrayToMv => Value(json::array_to_mv),
        FunctionId::MvToJsonArray => Value(json::mv_to_array),
        FunctionId::JsonValid => Condition(json::is_valid),
        FunctionId::JsonHasKeyExact => Condition(json::has_key_exact),
        FunctionId::Sum => Value(math::sum),
        FunctionId::Avg => Value(math::avg),
        FunctionId::BitAnd => Value(math::bit_and),
        FunctionId::BitOr => Value(math::bit_or),
        FunctionId::BitXor => Value(math::bit_xor),
        FunctionId::BitNot => Value(math::bit_not),
        FunctionId::BitShiftLeft => Value(math::bit_shift_left),
        FunctionId::BitShiftRight => Value(math::bit_shift_right),
        FunctionId::Split => Value(multivalue::split),
        FunctionId::MvJoin => Value(multivalue::join),
        FunctionId::MvAppend => Value(multivalue::append),
        FunctionId::MvCount => Value(multivalue::count),
        FunctionId::MvIndex => Value(multivalue::index),
        FunctionId::MvDedup => Value(multivalue::dedup),
        FunctionId::MvSort => Value(multivalue::sort),
        FunctionId::MvZip => Value(multivalue::zip),
        FunctionId::MvRange => Value(multivalue::range),
        FunctionId::MvFind => Value(multivalue::find),
        FunctionId::MvFilter => Value(multivalue::filter),
        FunctionId::MvMap => Value(multivalue::map),
        FunctionId::Round => Value(math::round),
        FunctionId::Abs => Value(math::abs),
        FunctionId::Ceil => Value(math::ceil),
        FunctionId::Floor => Value(math::floor),
        FunctionId::Sqrt => Value(math::sqrt),
        FunctionId::Exp => Value(math::exp),
        FunctionId::Ln => Value(math::ln),
        FunctionId::Log => Value(math::log),
        FunctionId::Pow => Value(math::pow),
        FunctionId::Exact => Value(math::exact),
        FunctionId::Pi => Value(math::pi),
        FunctionId::Min => Value(math::min),
        FunctionId::Max => Value(math::max),
        FunctionId::Strftime => Value(datetime::strftime),
        FunctionId::Strptime => AtTime(datetime::strptime),
        FunctionId::RelativeTime => Value(datetime::relative_time),
        FunctionId::Now => AtTime(datetime::now),
        FunctionId::Md5 => Value(crypto::hash::<md5::Md5>),
        FunctionId::Sha1 => Value(crypto::hash::<sha1::Sha1>),
        FunctionId::Sha256 => Value(crypto::hash::<sha2::Sha256>),
        FunctionId::Sha512 => Value(crypto::hash::<sha2::Sha512>),
    }
}
