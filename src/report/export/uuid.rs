//! Identifiers of exported objects: UUIDs of version 5 (RFC 9562), the same for the same content.

use crate::text::to_hex;
use sha1::{Digest, Sha1};

/// Namespace of this project's own identifiers. It never changes.
const NAMESPACE: [u8; 16] = *b"scriptscope.uuid";

/// Namespace of STIX 2.1 for the identifiers of cyber observables, 00abedb4-aa42-466c-9c01-fed23315a9b7.
pub(super) const STIX_OBSERVABLES: [u8; 16] = [
    0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7,
];

/// Returns the identifier of something of this kind.
pub(super) fn own(kind: &str, name: &str) -> String {
    v5(&NAMESPACE, &format!("{kind}\n{name}"))
}

/// Returns the UUID of version 5 of a name.
pub(super) fn v5(namespace: &[u8; 16], name: &str) -> String {
    let hash = Sha1::new_with_prefix(namespace).chain_update(name.as_bytes()).finalize();
    let mut digits = to_hex(&hash);
    digits.truncate(32);
    let variant = match digits.as_bytes().get(16) {
        Some(b'0' | b'4' | b'8' | b'c') => "8",
        Some(b'1' | b'5' | b'9' | b'd') => "9",
        Some(b'2' | b'6' | b'a' | b'e') => "a",
        _ => "b",
    };
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-5{}-{variant}{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_uuids_of_the_standard() {
        // RFC 9562, A.4: www.example.com in the namespace of DNS.
        let dns = [
            0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4,
            0x30, 0xc8,
        ];
        assert_eq!(v5(&dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
        for index in 0..50 {
            let id = own("a", &index.to_string());
            assert!(id.as_bytes()[14] == b'5' && b"89ab".contains(&id.as_bytes()[19]), "{id}");
        }
    }
}
