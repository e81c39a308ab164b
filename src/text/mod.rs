//! Script text between its source and its meaning.
//!
//! Windows cuts a long script into parts at any UTF-16 unit, even inside a surrogate pair. A part is therefore not a
//! Rust string. It is UTF-16 as an EVTX record holds it, WTF-8 (UTF-8 that may also encode a lone surrogate), or the
//! escaped form of a JSON or XML log. Parts are joined first and decoded after.
//!
//! ```text
//! EVTX   UTF-16  ─┐
//! CSV    WTF-8   ─┼─▶ Raw (borrowed) ─▶ Text (owned, joined) ─▶ to_lossy: str
//! JSON   escaped ─┤
//! XML    escaped ─┘
//! ```
//!
//! | file | subject |
//! | --- | --- |
//! | `raw` | [`Raw`]: a text as its source holds it |
//! | `joined` | [`Text`]: an owned text that grows part by part |
//! | `escaped`, `json`, `xml` | escaped text: length, ends and comparison without decoding |
//! | `unescape` | the decoder that JSON and XML share |
//! | `wtf8` | WTF-8: length, lone surrogates, conversion to UTF-8 |
//! | `offsets` | byte offsets to UTF-16 offsets |
//! | `case` | case folding |
//! | `hex` | hexadecimal digits |
//! | `invisible` | characters that terminals act on or do not show |
//! | `words` | numbers and times for readers |

mod case;
mod escaped;
mod hex;
mod invisible;
mod joined;
pub(crate) mod json;
mod notation;
mod offsets;
mod raw;
mod unescape;
mod words;
mod wtf8;
pub(crate) mod xml;

pub use case::{fold_case, fold_char};
pub(crate) use escaped::Escaped;
pub(crate) use hex::to_hex;
pub use invisible::is_invisible;
pub use joined::Text;
pub(crate) use offsets::{floor_char_boundary, utf16_ranges};
pub use raw::Raw;
pub(crate) use words::period;
pub use words::{count, moment, plural};
pub(crate) use wtf8::{encode_surrogate, utf16_len};
