//! Vector scans over text: 16, 64 or 256 bytes a step.
//!
//! Every function has two implementations with the same results. In WebAssembly it is written in 128-bit vector
//! instructions. On other targets it is a plain loop that LLVM turns into the target's vector instructions, or it uses
//! the crate `wide` where a bit for each lane is wanted, which no loop becomes. LLVM does not vectorise loops for
//! WebAssembly: [`has_nul_unit`] written as one ran at a tenth of its present speed there.
//!
//! | file | subject |
//! | --- | --- |
//! | `v128` | loading, storing and combining WebAssembly vectors |
//! | `compare` | equality and order of byte slices |
//! | `bytes` | positions of given bytes in a block, ASCII lower case |
//! | `utf16` | UTF-16 units: NUL, ASCII, narrowing to bytes |
//! | `wtf8` | escapes, ends and UTF-16 length of a block of WTF-8 |
//! | `json`, `xml` | blocks of escaped text that hold nothing unusual |
//! | `byte_pair` | two bytes at a fixed distance |
//! | `gram_hash` | lower-case bytes and hashes of four characters |
//! | `pair_classes` | neighbouring characters of given classes |
//!
//! Positions in a block are returned as a bit mask: the lowest bit is the block's first byte (or unit).
//!
//! ```text
//! block   $ a = " x " ; …          mask_of(block, b'"')
//! bit     0 1 2 3 4 5 6            0b…0010_1000
//! ```

mod byte_pair;
mod bytes;
mod compare;
pub(crate) mod gram_hash;
pub(crate) mod json;
mod pair_classes;
mod utf16;
#[cfg(target_family = "wasm")]
pub(crate) mod v128;
mod wtf8;
pub(crate) mod xml;

pub(crate) use byte_pair::{BytePair, PAIR_STEP};
pub(crate) use bytes::{mask_of, mask_of_any, mask_of_either, to_ascii_lowercase};
pub(crate) use compare::{compare, is_equal, is_equal_masked, is_equal_short};
pub(crate) use pair_classes::{PairClasses, any_pair};
pub(crate) use utf16::{UTF16_BLOCK, has_nul_unit, is_ascii_utf16, narrow_ascii};
pub(crate) use wtf8::BlockMasks;
