//! AES-256 in CBC mode, to make the secure strings that the engine must read.

/// Encrypts with PKCS #7 padding.
pub(crate) fn encrypt_cbc(data: &[u8], key: &[u8; 32], iv: &[u8; 16]) -> Vec<u8> {
    let sbox = sbox();
    let schedule = expand(key, &sbox);
    let pad = 16 - data.len() % 16;
    let mut padded = data.to_vec();
    padded.extend(std::iter::repeat_n(pad as u8, pad));
    let mut previous = *iv;
    let mut out = Vec::new();
    for block in padded.chunks(16) {
        let mut state: [u8; 16] = std::array::from_fn(|at| block[at] ^ previous[at]);
        encrypt_block(&mut state, &schedule, &sbox);
        previous = state;
        out.extend(state);
    }
    out
}

fn double(byte: u8) -> u8 {
    (byte << 1) ^ ((byte >> 7) * 0x1B)
}

/// Computes the substitution box from its definition: the inverse in GF(2⁸), and an affine map.
fn sbox() -> [u8; 256] {
    let mut sbox = [0x63; 256];
    let (mut p, mut q) = (1_u8, 1_u8);
    loop {
        p ^= double(p);
        q ^= q << 1;
        q ^= q << 2;
        q ^= q << 4;
        if q & 0x80 != 0 {
            q ^= 9;
        }
        let rotated = (1..5).fold(q, |sum, by| sum ^ q.rotate_left(by));
        sbox[usize::from(p)] = rotated ^ 0x63;
        if p == 1 {
            return sbox;
        }
    }
}

fn expand(key: &[u8; 32], sbox: &[u8; 256]) -> Vec<[u8; 4]> {
    let mut words: Vec<[u8; 4]> = key.chunks(4).map(|word| word.try_into().unwrap()).collect();
    let mut round = 1_u8;
    for at in 8..60 {
        let mut word: [u8; 4] = words[at - 1];
        if at % 8 == 0 {
            word.rotate_left(1);
            word = word.map(|byte| sbox[usize::from(byte)]);
            word[0] ^= round;
            round = double(round);
        } else if at % 8 == 4 {
            word = word.map(|byte| sbox[usize::from(byte)]);
        }
        words.push(std::array::from_fn(|index| word[index] ^ words[at - 8][index]));
    }
    words
}

fn encrypt_block(state: &mut [u8; 16], schedule: &[[u8; 4]], sbox: &[u8; 256]) {
    let add = |state: &mut [u8; 16], round: usize| {
        for (at, byte) in state.iter_mut().enumerate() {
            *byte ^= schedule[round * 4 + at / 4][at % 4];
        }
    };
    add(state, 0);
    for round in 1..=14 {
        let old = state.map(|byte| sbox[usize::from(byte)]);
        let shifted: [u8; 16] = std::array::from_fn(|at| old[(at + at % 4 * 4) % 16]);
        *state = if round == 14 {
            shifted
        } else {
            std::array::from_fn(|at| {
                let column = &shifted[at / 4 * 4..at / 4 * 4 + 4];
                let get = |by: usize| column[(at + by) % 4];
                double(get(0)) ^ double(get(1)) ^ get(1) ^ get(2) ^ get(3)
            })
        };
        add(state, round);
    }
}

#[test]
fn the_example_of_fips_197() {
    let key: [u8; 32] = std::array::from_fn(|at| at as u8);
    let block: [u8; 16] = std::array::from_fn(|at| (at * 0x11) as u8);
    let out = encrypt_cbc(&block, &key, &[0; 16]);
    assert_eq!(out[..8], [0x8E, 0xA2, 0xB7, 0xCA, 0x51, 0x67, 0x45, 0xBF]);
}
