//! PowerShell text: tokens for syntax colouring, signs of obfuscation, and views that undo it.
//!
//! Logged texts are cut, damaged and hostile, so there is no such thing as a syntax error: every text has tokens and
//! views, in time and memory linear in its length.

mod lexer;
mod obfuscation;
mod view;

pub use lexer::lex;
pub(crate) use lexer::{Token, TokenKind};
pub use obfuscation::is_obfuscated;
pub(crate) use view::View;
pub use view::views;
