//! PowerShell text for the eye: a lexer for colours, and the views that undo obfuscation.
//!
//! Nothing here decides what a rule finds. Texts are cut, damaged and hostile, so there is no such thing
//! as a syntax error: every text has tokens, in time and memory linear in its length.

mod lexer;
mod view;

pub use lexer::{Kind, Token, lex};
pub(crate) use view::inflate;
pub use view::{Map, View, views};
