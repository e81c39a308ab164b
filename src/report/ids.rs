//! The hash behind the ids of script blocks and results: the same on every target and in every release.

use crate::text::to_hex;
use sha2::{Digest, Sha256};

/// Returns 128 bits of SHA-256 in hex over the pieces, each with its length.
pub(super) fn hash(pieces: &[&str]) -> String {
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
