//! Quoting of values, string literals and field names.

/// Quotes a value as `search` reads it.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Writes the name of a field, in double quotes if necessary.
pub(super) fn field_name(name: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "_.:{}*@#$%/".contains(char);
    let operator =
        matches!(name, "AND" | "OR" | "NOT" | "IN" | "CASE" | "TERM" | "as" | "AS" | "by" | "BY");
    if !name.is_empty() && !operator && name.chars().all(plain) {
        return name.to_owned();
    }
    quoted(name)
}
