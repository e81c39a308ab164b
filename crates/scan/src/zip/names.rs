//! Names of members. By PKWARE's specification a name is UTF-8 if its flag is set, else code page 437; names that are
//! valid UTF-8 without the flag are taken as UTF-8.

/// Characters of code page 437 for bytes 0 to 31. [`HIGH`] has those of 127 to 255.
const LOW: &str = "\0☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";
const HIGH: &str = "⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

pub(crate) fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(name) => name.to_owned(),
        Err(_) => bytes.iter().map(|byte| of_page_437(*byte)).collect(),
    }
}

/// Decodes a name whose flag says that it is UTF-8.
pub(crate) fn decode_utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn of_page_437(byte: u8) -> char {
    let shown = match byte {
        0..=31 => LOW.chars().nth(byte.into()),
        127.. => HIGH.chars().nth(usize::from(byte) - 127),
        _ => Some(byte.into()),
    };
    shown.unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_utf8_are_of_code_page_437() {
        assert_eq!(decode(b"a\x81\xff\x01.xml"), "aü\u{a0}☺.xml");
        assert_eq!(decode("ü.xml".as_bytes()), "ü.xml");
        assert_eq!((LOW.chars().count(), HIGH.chars().count()), (32, 129));
    }
}
