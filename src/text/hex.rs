//! Hexadecimal digits.

/// Returns two lower-case hexadecimal digits for each byte.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit =
        |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble });
    // Pushed into room that is there: each block and result has an id in hex, and collecting took ten times as long.
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 15));
    }
    digits
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
