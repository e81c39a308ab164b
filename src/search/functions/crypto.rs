//! Hashes, in hexadecimal.

use super::{Arguments, Function, value_of};
use crate::search::value::Value;
use crate::text::to_hex;
use sha2::Digest;

pub(super) const FUNCTIONS: &[Function] = &[
    value_of("md5", 1, 1, hash::<md5::Md5>),
    value_of("sha1", 1, 1, hash::<sha1::Sha1>),
    value_of("sha256", 1, 1, hash::<sha2::Sha256>),
    value_of("sha512", 1, 1, hash::<sha2::Sha512>),
];

fn hash<D: Digest>(arguments: &Arguments<'_>) -> Value {
    arguments.each_text(0, |text| {
        let digits = D::digest(text.as_bytes());
        to_hex(&digits).into()
    })
}
