//! Ciphers whose key is in the script: AES, and secure strings, which `ConvertFrom-SecureString -Key` writes as AES in CBC
//! mode.

use super::encoding::{Encoding, parse_hex};
use crate::script::base64;

/// The head of every secure string that is encrypted with a key.
const HEAD: &str = "76492d1116743f0423413b16050a5345";

/// Decrypts what `ConvertFrom-SecureString` wrote with this key of 16, 24 or 32 bytes.
pub(super) fn decrypt(text: &str, key: &[u8]) -> Option<String> {
    // Version, initialisation vector in base64 and data in hexadecimal, in base64 of UTF-16.
    let inner = base64::decode(text.trim().strip_prefix(HEAD)?.as_bytes())?;
    let inner = Encoding::Utf16Le.decode(&inner);
    let mut fields = inner.split('|').skip(1);
    let vector: [u8; 16] = base64::decode(fields.next()?.as_bytes())?.try_into().ok()?;
    let mut out = decrypt_blocks(&parse_hex(fields.next()?)?, key, Some(vector))?;
    // PKCS #7: the last byte says how many are padding.
    let padding = usize::from(*out.last()?);
    out.truncate(out.len().checked_sub(padding)?);
    Some(Encoding::Utf16Le.decode(&out))
}

/// Decrypts the whole blocks of data, each chained to the one before it if there is a vector for the first. `None` if the
/// key has no length of AES.
pub(super) fn decrypt_blocks(data: &[u8], key: &[u8], vector: Option<[u8; 16]>) -> Option<Vec<u8>> {
    let cipher = Decryption::new(key)?;
    let mut previous = vector;
    let mut out = Vec::with_capacity(data.len());
    let (blocks, _) = data.as_chunks::<16>();
    for block in blocks {
        let plain = cipher.block(*block);
        let before = previous.unwrap_or_default();
        out.extend(plain.iter().zip(before).map(|(byte, before)| byte ^ before));
        previous = previous.map(|_| *block);
    }
    Some(out)
}

/// How the last block of an encrypted text was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    /// Not at all, or by zeros, which stay.
    None,
    /// The last byte is the number of bytes that were added.
    Counted,
}

/// AES with its key.
#[derive(Clone, Debug)]
pub(super) struct Cipher {
    pub(super) key: Vec<u8>,
    pub(super) vector: Vec<u8>,
    /// Each block depends on the one before it.
    pub(super) is_chained: bool,
    pub(super) padding: Padding,
}

impl Default for Cipher {
    fn default() -> Self {
        Self { key: Vec::new(), vector: Vec::new(), is_chained: true, padding: Padding::Counted }
    }
}

impl Cipher {
    pub(super) fn decrypt(&self, data: &[u8]) -> Option<Vec<u8>> {
        let vector =
            if self.is_chained { Some(<[u8; 16]>::try_from(&*self.vector).ok()?) } else { None };
        let mut out = decrypt_blocks(data, &self.key, vector)?;
        let end = match self.padding {
            Padding::None => out.len(),
            Padding::Counted => out.len().checked_sub(usize::from(*out.last()?))?,
        };
        out.truncate(end);
        Some(out)
    }
}

/// AES (FIPS 197) for decryption. Not in constant time: the key is in the log.
struct Decryption {
    schedule: Vec<[u8; 4]>,
    inverse: [u8; 256],
}

impl Decryption {
    fn new(key: &[u8]) -> Option<Self> {
        if !matches!(key.len(), 16 | 24 | 32) {
            return None;
        }
        let sbox = sbox();
        let mut inverse = [0; 256];
        for (index, value) in (0..=u8::MAX).zip(sbox) {
            if let Some(slot) = inverse.get_mut(usize::from(value)) {
                *slot = index;
            }
        }
        Some(Self { schedule: expand(key, &sbox)?, inverse })
    }

    fn block(&self, block: [u8; 16]) -> [u8; 16] {
        let mut state = block;
        let rounds = self.schedule.chunks(4).enumerate().rev();
        let first = self.schedule.len() / 4 - 1;
        for (round, key) in rounds {
            if round != first {
                // Shift rows and substitute, backwards.
                let old = state;
                for (at, byte) in state.iter_mut().enumerate() {
                    let from = old.get((at + 16 - at % 4 * 4) % 16).copied().unwrap_or_default();
                    *byte = self.inverse.get(usize::from(from)).copied().unwrap_or_default();
                }
            }
            for (byte, key) in state.iter_mut().zip(key.as_flattened()) {
                *byte ^= key;
            }
            if round != first && round != 0 {
                mix_columns_back(&mut state);
            }
        }
        state
    }
}

fn mix_columns_back(state: &mut [u8; 16]) {
    let (columns, _) = state.as_chunks_mut::<4>();
    for column in columns {
        let old = *column;
        for (row, byte) in column.iter_mut().enumerate() {
            let factors = [14, 11, 13, 9];
            let terms = factors.iter().enumerate().map(|(by, factor)| {
                multiply(old.get((row + by) % 4).copied().unwrap_or_default(), *factor)
            });
            *byte = terms.fold(0, |sum, term| sum ^ term);
        }
    }
}

fn double(byte: u8) -> u8 {
    (byte << 1) ^ ((byte >> 7) * 0x1B)
}

/// Multiplies in GF(2⁸).
fn multiply(mut left: u8, mut right: u8) -> u8 {
    let mut product = 0;
    while right > 0 {
        product ^= left * (right & 1);
        left = double(left);
        right >>= 1;
    }
    product
}

/// Computes the substitution box: the inverse in GF(2⁸), and an affine map.
fn sbox() -> [u8; 256] {
    let mut sbox = [0x63; 256];
    let (mut power, mut inverse) = (1_u8, 1_u8);
    loop {
        // Three generates the field, and 0xF6 is its inverse.
        power ^= double(power);
        inverse = multiply(inverse, 0xF6);
        let mapped = (1..5).fold(inverse, |sum, by| sum ^ inverse.rotate_left(by));
        if let Some(slot) = sbox.get_mut(usize::from(power)) {
            *slot = mapped ^ 0x63;
        }
        if power == 1 {
            return sbox;
        }
    }
}

/// Expands a key to the words of all rounds.
fn expand(key: &[u8], sbox: &[u8; 256]) -> Option<Vec<[u8; 4]>> {
    let (words, _) = key.as_chunks::<4>();
    let length = words.len();
    let mut words = words.to_vec();
    let substitute = |byte: u8| sbox.get(usize::from(byte)).copied().unwrap_or_default();
    let mut constant = 1_u8;
    for at in length..(length + 7) * 4 {
        let mut word = *words.get(at - 1)?;
        if at % length == 0 {
            word.rotate_left(1);
            word = word.map(substitute);
            let [first, ..] = &mut word;
            *first ^= constant;
            constant = double(constant);
        } else if length > 6 && at % length == 4 {
            word = word.map(substitute);
        }
        for (byte, before) in word.iter_mut().zip(words.get(at - length)?) {
            *byte ^= before;
        }
        words.push(word);
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_fips_197() {
        let plain: [u8; 16] = std::array::from_fn(|at| (at * 0x11) as u8);
        for (length, cipher) in [
            (16, "69c4e0d86a7b0430d8cdb78070b4c55a"),
            (24, "dda97ca4864cdfe06eaf70a0ec0d7191"),
            (32, "8ea2b7ca516745bfeafc49904b496089"),
        ] {
            let key: Vec<u8> = (0..length).collect();
            let block = parse_hex(cipher).unwrap().try_into().unwrap();
            assert_eq!(Decryption::new(&key).unwrap().block(block), plain, "{length}");
        }
    }

    #[test]
    fn what_is_no_secure_string_is_refused() {
        assert_eq!(decrypt("76492d1116743f0423413b16050a5345", &[0; 32]), None);
        assert_eq!(decrypt("abc", &[0; 32]), None);
        assert!(Decryption::new(&[0; 5]).is_none());
    }
}
