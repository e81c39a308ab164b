//! The hash behind the ids of script blocks and results: the same on every target and in every release.

use crate::text::to_hex;
use sha2::{Digest, Sha256};

/// Returns 128 bits of SHA-256 in hex over the pieces, each with its length.
pub(crate) fn hash(pieces: &[&str]) -> String {
    let mut hash = PieceHasher::default();
    pieces.iter().for_each(|piece| hash.push(piece));
    hash.finish()
}

/// [`hash`] of pieces that come one by one.
#[derive(Default)]
pub(super) struct PieceHasher(Sha256);

impl PieceHasher {
    pub(super) fn push(&mut self, piece: &str) {
        self.0.update((piece.len() as u64).to_le_bytes());
        self.0.update(piece.as_bytes());
    }

    pub(super) fn finish(self) -> String {
        let mut digits = to_hex(&self.0.finalize());
        digits.truncate(32);
        digits
    }
}

/// Returns the bits of an id: 32 lower-case hexadecimal digits.
pub(crate) fn id_bits(id: &str) -> Option<u128> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let is_long_enough = id.len() == 32;
    let mut bits = 0;
    for byte in id.bytes().filter(|_| is_long_enough) {
        bits = bits << 4 | u128::from(digit(byte)?);
    }
    is_long_enough.then_some(bits)
}
