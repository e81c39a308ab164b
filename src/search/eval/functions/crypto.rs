//! Cryptographic functions: digests in hexadecimal.

use super::arguments::Arguments;
use crate::search::values::value::Value;
use crate::text::to_hex;
use sha2::Digest;

pub(super) fn hash<D: Digest>(arguments: &Arguments<'_>) -> Value {
    arguments.map_text(0, |text| to_hex(&D::digest(text.as_bytes())).into())
}

#[cfg(test)]
mod tests {
    use crate::search::eval::functions::tests::assert_values;

    /// The digests of `abc` in RFC 1321 and FIPS 180-4.
    #[test]
    fn digests_are_those_of_the_standards() {
        assert_values(&[
            ("md5(\"abc\")", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1(\"abc\")", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha256(\"abc\")", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "sha512(\"abc\")",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
            ("md5(nope)", "∅"),
        ]);
    }
}
