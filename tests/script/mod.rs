//! Obfuscated scripts: how many of them the views show.

mod variants;
