//! Finding literals in texts.
//!
//! | finds | in a decoded text (`str`) | in a text as its source encodes it (UTF-16, WTF-8) |
//! | --- | --- | --- |
//! | one literal | [`LiteralFinder`]: rarest byte, then compare; ranges | [`BytePairFinder`]: two rarest characters |
//! | some literals | [`LiteralSet`]: rarest three bytes, hashed | one [`BytePairFinder`] each |
//! | all literals of a rule set | | [`GramScanner`]: four characters at every even place, hashed |
//!
//! Texts are compared without case, as [`fold_char`](crate::text::fold_char) folds it. In an encoded text only the
//! [`AsciiCore`] of a literal can be found. Which bytes of a literal are rare is decided by one table (`frequency`).
//!
//! [`Required`] says which literals a search needs: a tree of "and" and "or", the input of the rule prefilter.
//! The fixed byte strings of file formats are no literals in this sense: sources find those with `memchr::memmem`.

mod ascii_core;
mod byte_pair;
mod finder;
mod frequency;
mod grams;
mod required;
mod set;

pub(crate) use ascii_core::AsciiCore;
pub(crate) use byte_pair::BytePairFinder;
pub(crate) use finder::LiteralFinder;
pub(crate) use grams::{CommonGrams, GRAM_SHORTEST, GramScanner, GramScratch};
pub(crate) use required::OBFUSCATED;
pub use required::Required;
pub(crate) use set::LiteralSet;
