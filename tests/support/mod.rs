//! What several tests share.

pub(crate) mod aes;
pub(crate) mod generate;
pub(crate) mod obfuscate;
