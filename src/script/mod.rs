//! PowerShell text: tokens for syntax colouring, signs of obfuscation, and views that undo it.
//!
//! Logged texts are cut, damaged and hostile, so there is no such thing as a syntax error: every text has tokens and
//! views, in time and memory linear in its length.

mod base64;
mod eval;
mod inflate;
mod lexer;
mod obfuscation;
mod parse;
mod string_literal;
mod view;

use lexer::TokenKind;
pub use lexer::lex;
pub use obfuscation::is_obfuscated;
pub(crate) use view::View;
pub(crate) use view::limited_views;
pub use view::views;
