//! The values of records in text, as their formats write them.

use super::field_names::FieldKey;
use super::value_form::ValueForm;
use crate::text::{Raw, json, xml};
use std::borrow::Cow;

/// A value as its format writes it.
#[derive(Clone, Debug)]
pub(super) enum FieldValue<'a> {
    /// The text itself.
    Plain(Cow<'a, [u8]>),
    /// What stands between JSON's quotation marks.
    Json(&'a [u8]),
    /// What stands between an element's tags or an attribute's quotes.
    Xml(&'a [u8]),
}

impl<'a> FieldValue<'a> {
    /// The text, in WTF-8.
    pub(super) fn text(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Plain(text) => Cow::Borrowed(text),
            Self::Json(escaped) => json::unescape(escaped),
            Self::Xml(escaped) => xml::unescape(escaped),
        }
    }

    pub(super) fn plain(text: &'a [u8]) -> Self {
        Self::Plain(Cow::Borrowed(text))
    }

    /// The same, holding its own text.
    pub(super) fn into_owned(self) -> FieldValue<'static> {
        FieldValue::Plain(Cow::Owned(self.text().into_owned()))
    }

    pub(super) fn string(&self) -> String {
        lossy(self.text())
    }
}

/// A value that a reader met in a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueSpan {
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) form: ValueForm,
    pub(super) known: Option<(FieldKey, u8)>,
}

impl ValueSpan {
    pub(super) fn is(&self, key: FieldKey) -> bool {
        matches!(self.known, Some((known, _)) if known == key)
    }
}

pub(super) fn lossy(text: Cow<'_, [u8]>) -> String {
    match text {
        Cow::Owned(text) => {
            String::from_utf8(text).unwrap_or_else(|error| Raw::Wtf8(error.as_bytes()).to_lossy())
        }
        Cow::Borrowed(text) => Raw::Wtf8(text).to_lossy(),
    }
}
