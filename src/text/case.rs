//! Case folding as searches and rules use it.

/// Folds one character to one, as PowerShell compares names.
///
/// No character beyond ASCII folds to ASCII (the Kelvin sign U+212A is not a `k`), so a scan for an ASCII word never
/// has to decode.
pub fn fold_char(char: char) -> char {
    if char.is_ascii() {
        return char.to_ascii_lowercase();
    }
    let mut lower = char.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) if !single.is_ascii() => single,
        _ => char,
    }
}

/// Folds every character of a text.
///
/// ```
/// use scriptscope::internal::text::fold_case;
///
/// assert_eq!(fold_case("Get-Größe"), "get-größe");
/// assert_eq!(fold_case("\u{212A}"), "\u{212A}");
/// ```
pub fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(fold_char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_never_leads_into_ascii() {
        assert_eq!(fold_char('K'), 'k');
        assert_eq!(fold_char('\u{212A}'), '\u{212A}');
        assert_eq!(fold_char('Ä'), 'ä');
        assert_eq!(fold_char('İ'), 'İ');
        let beyond_ascii = (0x80..=0x10FFFF).filter_map(char::from_u32);
        assert!(beyond_ascii.map(fold_char).all(|folded| !folded.is_ascii()));
    }
}
