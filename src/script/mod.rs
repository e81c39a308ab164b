//! PowerShell text for the eye: a lexer for colours, and the views that undo obfuscation.
//!
//! Texts are cut, damaged and hostile, so there is no such thing
//! as a syntax error: every text has tokens, in time and memory linear in its length.

mod disguise;
mod lexer;
mod view;

pub use disguise::is_disguised;
pub use lexer::{Kind, Token, lex};
pub(crate) use view::inflate;
pub use view::{Map, View, views};
