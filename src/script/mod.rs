//! PowerShell text for the eye: a lexer for colours, and the views that undo obfuscation.
//!
//! Texts are cut, damaged and hostile, so there is no such thing
//! as a syntax error: every text has tokens, in time and memory linear in its length.

mod lexer;
mod obfuscation;
mod view;

pub(crate) use lexer::Kind;
pub(crate) use lexer::Token;
pub use lexer::lex;
pub use obfuscation::is_obfuscated;
pub(crate) use view::View;
pub use view::views;
