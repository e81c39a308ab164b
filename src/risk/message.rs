//! Messages: `$field$` replaced with the row's values.

use super::row::NamedCells;
use crate::event::UserNames;

/// Replaces each `$field$` (or `$result.field$`) with the values of the row, separated by commas. A field that the row
/// lacks is left as written, so that it is seen to be missing. SIDs are followed by their name, if it is known.
pub(super) fn fill_message(message: &str, row: &NamedCells<'_>, names: &UserNames) -> String {
    let mut filled = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('$') {
        filled.push_str(before);
        let field = after.split_once('$').filter(|(name, _)| is_name(name));
        let Some((name, after_field)) = field else {
            filled.push('$');
            rest = after;
            continue;
        };
        let values = row.values(name.strip_prefix("result.").unwrap_or(name));
        if values.is_empty() {
            filled.extend(["$", name, "$"]);
        } else {
            let values: Vec<String> =
                values.into_iter().map(|value| with_name(value, names)).collect();
            filled.push_str(&values.join(", "));
        }
        rest = after_field;
    }
    filled.push_str(rest);
    filled
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

fn with_name(value: String, names: &UserNames) -> String {
    match names.get(&value) {
        Some(name) => format!("{value} ({name})"),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Value;

    #[test]
    fn fields_are_filled_in() {
        let columns = ["dest".to_owned(), "user".to_owned(), "none".to_owned()];
        let cells =
            [Value::multi(vec!["A".into(), "B".into()]), Value::from("S-1-5-18"), Value::Null];
        let row = NamedCells { columns: &columns, cells: &cells };
        for (message, expected) in [
            ("on $dest$", "on A, B"),
            ("$result.dest$ $user$", "A, B S-1-5-18 (SYSTEM)"),
            ("$none$ $other$", "$none$ $other$"),
            ("$5 and $ $dest$", "$5 and $ A, B"),
            ("$", "$"),
        ] {
            assert_eq!(fill_message(message, &row, &UserNames::default()), expected, "{message}");
        }
    }
}
