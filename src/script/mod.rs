//! PowerShell text: tokens for syntax colouring, signs of obfuscation, views that undo it, and shapes that near-identical
//! texts share.
//!
//! Logged texts are cut, damaged and hostile, so there is no such thing as a syntax error: every text has tokens and
//! views, in time and memory linear in its length.

mod base64;
mod eval;
mod format;
mod inflate;
mod lexer;
mod measure;
mod name_hash;
mod obfuscation;
mod parse;
mod shape;
mod string_literal;
mod view;

pub(crate) use format::{FormattedRun, format};
pub(crate) use lexer::TokenKind;
pub use lexer::lex;
pub(crate) use lexer::without_comments;
pub(crate) use measure::{measure_views, text_measure};
pub use obfuscation::is_obfuscated;
pub use shape::shape;
pub(crate) use view::View;
pub use view::views;
pub(crate) use view::{ViewLimits, limited_views, steps, views_of_any};
