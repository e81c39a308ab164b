//! Hexadecimal digits.

/// Returns two lower-case hexadecimal digits for each byte.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit =
        |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_two_digits_a_byte() {
        assert_eq!(to_hex(&[0x00, 0x0A, 0x9F, 0xFF]), "000a9fff");
        assert_eq!(to_hex(&[]), "");
    }
}
