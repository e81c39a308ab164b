//! The values of text records, in the escaping of their format.

use super::field_names::FieldKey;
use super::value_form::ValueForm;
use crate::text::{Raw, json, xml};
use std::borrow::Cow;

/// A value in the escaping of its format.
#[derive(Clone, Debug)]
pub(super) enum FieldValue<'a> {
    /// Unescaped text.
    Plain(Cow<'a, [u8]>),
    /// The content between JSON's quotation marks.
    Json(&'a [u8]),
    /// The content between an element's tags or an attribute's quotes.
    Xml(&'a [u8]),
}

impl<'a> FieldValue<'a> {
    /// Returns the unescaped text in WTF-8.
    pub(super) fn text(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Plain(text) => Cow::Borrowed(text),
            Self::Json(escaped) => json::unescape(escaped),
            Self::Xml(escaped) => xml::unescape(escaped),
        }
    }

    /// Whether the value says only that there is none: empty, or Kibana's `-`.
    pub(super) fn is_missing(&self) -> bool {
        let raw = match self {
            Self::Plain(text) => text,
            Self::Json(escaped) | Self::Xml(escaped) => *escaped,
        };
        is_missing(raw)
    }

    /// Creates a value of unescaped text.
    pub(super) fn plain(text: &'a [u8]) -> Self {
        Self::Plain(Cow::Borrowed(text))
    }

    /// Converts to an unescaped value that owns its text.
    pub(super) fn into_owned(self) -> FieldValue<'static> {
        FieldValue::Plain(Cow::Owned(self.text().into_owned()))
    }

    /// Returns the unescaped text as a string, with U+FFFD for lone surrogates.
    pub(super) fn string(&self) -> String {
        lossy(self.text())
    }
}

/// Whether a text is what tools write where there is no value.
pub(super) fn is_missing(text: &[u8]) -> bool {
    matches!(text, [] | [b'-'])
}

/// Range of a value in the text of its record.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueSpan {
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) form: ValueForm,
    pub(super) known: Option<(FieldKey, u8)>,
}

impl ValueSpan {
    /// Whether the value belongs to this key.
    pub(super) fn is(&self, key: FieldKey) -> bool {
        matches!(self.known, Some((known, _)) if known == key)
    }
}

/// Converts WTF-8 to a string, with U+FFFD for lone surrogates.
pub(super) fn lossy(text: Cow<'_, [u8]>) -> String {
    match text {
        Cow::Owned(text) => {
            String::from_utf8(text).unwrap_or_else(|error| Raw::Wtf8(error.as_bytes()).to_lossy())
        }
        Cow::Borrowed(text) => Raw::Wtf8(text).to_lossy(),
    }
}
