//! Names of members: UTF-8 where they say or are it, else code page 437, as PKWARE's specification has it.

/// Bytes 0 to 31 and 127 as code page 437 shows them, then 128 to 255.
const LOW: &str = "\0☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";
const HIGH: &str = "⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

pub(crate) fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(name) => name.to_owned(),
        Err(_) => bytes.iter().map(|byte| of_page_437(*byte)).collect(),
    }
}

/// A name that says it is UTF-8.
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
