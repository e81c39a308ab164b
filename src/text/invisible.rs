//! Characters that a terminal or an editor acts on, or does not show.

/// Ranges of format and private characters, line and paragraph separators.
const INVISIBLE: [(u32, u32); 22] = [
    (0xAD, 0xAD),
    (0x600, 0x605),
    (0x61C, 0x61C),
    (0x6DD, 0x6DD),
    (0x70F, 0x70F),
    (0x890, 0x891),
    (0x8E2, 0x8E2),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0xE000, 0xF8FF),
    (0xFDD0, 0xFDEF),
    (0xFEFF, 0xFEFF),
    (0xFFF0, 0xFFFB),
    (0x1_10BD, 0x1_10BD),
    (0x1_10CD, 0x1_10CD),
    (0x1_3430, 0x1_343F),
    (0x1_BCA0, 0x1_BCA3),
    (0x1_D173, 0x1_D17A),
    (0xE_0000, 0xE_0FFF),
    (0xF_0000, 0x10_FFFF),
];

/// Returns whether a terminal would act on a character, or not show it: control characters, format characters (of
/// writing direction, of width zero), line separators and private characters.
///
/// ```
/// use scriptscope::report::is_invisible;
///
/// assert!(['\u{1b}', '\u{9b}', '\u{202e}', '\u{feff}'].into_iter().all(is_invisible));
/// assert!(!is_invisible('é'));
/// ```
pub fn is_invisible(character: char) -> bool {
    let code = character as u32;
    character.is_control()
        || (code > 0x7F && INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&code)))
}
