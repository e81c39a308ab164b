//! Single-byte code pages by the names that XML, Windows and their users give them.

use super::code_page_tables::CODE_PAGES;

/// A single-byte code page whose lower half is ASCII.
///
/// ```
/// use scriptscope::internal::source::Encoding;
///
/// assert_eq!(Encoding::from_label("CP850").map(Encoding::as_str), Some("ibm850"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodePage(u8);

/// Prefixes of code page numbers, without separators.
const NUMBER_PREFIXES: [&str; 9] =
    ["windows", "xcp", "cp", "ibm", "csibm", "oem", "dos", "codepage", ""];

/// Numbers that Windows gives code pages that have other names.
const WINDOWS_NUMBERS: [(u32, &str); 5] = [
    (28_605, "iso-8859-15"),
    (20_866, "koi8-r"),
    (21_866, "koi8-u"),
    (10_000, "macintosh"),
    (819, "iso-8859-1"),
];

/// Other names, without separators.
const ALIASES: [(&str, &str); 9] = [
    ("latin1", "iso-8859-1"),
    ("l1", "iso-8859-1"),
    ("latin2", "iso-8859-2"),
    ("latin5", "iso-8859-9"),
    ("latin9", "iso-8859-15"),
    ("latin10", "iso-8859-16"),
    ("tis620", "windows-874"),
    ("macroman", "macintosh"),
    ("macintosh", "macintosh"),
];

impl CodePage {
    /// Returns the code page with this name, its separators removed and in lower case.
    pub(super) fn from_label(label: &str) -> Option<Self> {
        let alias = ALIASES.iter().find(|(alias, _)| *alias == label);
        let numbered = || {
            let (_, digits) = label.split_at(label.find(|c: char| c.is_ascii_digit())?);
            let prefix = label.strip_suffix(digits)?;
            NUMBER_PREFIXES.contains(&prefix).then(|| digits.parse().ok()).flatten()
        };
        let is_named = |name: &str| match (alias, numbered()) {
            (Some((_, canonical)), _) => name == *canonical,
            (None, Some(number)) => Self::has_number(name, number),
            (None, None) => name.chars().filter(|c| *c != '-').eq(label.chars()),
        };
        let index = CODE_PAGES.iter().position(|(name, _)| is_named(name))?;
        u8::try_from(index).ok().map(Self)
    }

    /// Whether Windows gives this number to the code page with this name.
    fn has_number(name: &str, number: u32) -> bool {
        let named = |prefix: &str| name.strip_prefix(prefix).and_then(|text| text.parse().ok());
        WINDOWS_NUMBERS.contains(&(number, name))
            || named("ibm") == Some(number)
            || named("windows-") == Some(number)
            || named("iso-8859-").is_some_and(|part: u32| number == 28_590 + part)
    }

    /// Returns the report's name of the code page.
    pub(super) fn as_str(self) -> &'static str {
        CODE_PAGES.get(usize::from(self.0)).map_or("", |(name, _)| name)
    }

    /// Returns the characters of the bytes from 0x80 on. U+FFFD is a byte without a character.
    pub(super) fn upper_half(self) -> Vec<char> {
        CODE_PAGES
            .get(usize::from(self.0))
            .map(|(_, half)| half.chars().collect())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Encoding;
    use super::*;

    #[test]
    fn code_pages_have_their_usual_names() {
        for (label, expected) in [
            ("windows-1252", Some("windows-1252")),
            ("Windows-1252", Some("windows-1252")),
            ("CP1252", Some("windows-1252")),
            ("1251", Some("windows-1251")),
            ("x-cp1250", Some("windows-1250")),
            ("IBM437", Some("ibm437")),
            ("cp850", Some("ibm850")),
            ("IBM00858", Some("ibm858")),
            ("ISO-8859-1", Some("iso-8859-1")),
            ("iso_8859-15", Some("iso-8859-15")),
            ("ISO8859-2", Some("iso-8859-2")),
            ("latin1", Some("iso-8859-1")),
            ("28591", Some("iso-8859-1")),
            ("KOI8-R", Some("koi8-r")),
            ("us-ascii", Some("utf-8")),
            ("UTF8", Some("utf-8")),
            ("utf-16", Some("utf-16le")),
            ("Unicode", Some("utf-16le")),
            ("UTF-16BE", Some("utf-16be")),
            ("shift_jis", None),
            ("iso-8859-12", None),
            ("cp", None),
            ("", None),
        ] {
            assert_eq!(Encoding::from_label(label).map(Encoding::as_str), expected, "{label}");
        }
    }

    #[test]
    fn every_code_page_has_128_characters_and_is_found_by_its_name() {
        for (name, _) in CODE_PAGES {
            let page = Encoding::from_label(name);
            assert_eq!(page.map(Encoding::as_str), Some(name));
            let Some(Encoding::CodePage(page)) = page else { panic!("{name}") };
            assert_eq!(page.upper_half().len(), 128, "{name}");
            // A character of more than 16 bits would have another length in the source.
            assert!(page.upper_half().iter().all(|char| u32::from(*char) < 0x1_0000));
        }
    }
}
