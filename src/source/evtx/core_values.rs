//! Reads numbers, texts and times from [`CoreValues`].

use super::bytes::{ShortAscii, is_word, until_nul};
use super::fields::{CoreField, CoreValues};
use super::provider::{SCRIPT_BLOCK_ID, is_guid, is_powershell};
use super::value::{TypedValue, kind};
use crate::text::Raw;
use crate::time::Time;

#[inline(always)]
pub(super) fn value<'a>(values: &CoreValues<'a>, field: CoreField) -> Option<TypedValue<'a>> {
    values.get(field as usize).copied().flatten()
}

pub(super) fn number(values: &CoreValues<'_>, field: CoreField) -> Option<u64> {
    value(values, field)?.number()
}

pub(super) fn raw<'a>(values: &CoreValues<'a>, field: CoreField) -> Option<Raw<'a>> {
    value(values, field)?.raw()
}

/// Returns the record's time, and whether it was written without a zone.
pub(super) fn time(values: &CoreValues<'_>) -> (Option<Time>, bool) {
    match value(values, CoreField::Time).and_then(|value| value.time()) {
        Some((time, zone_assumed)) => (Some(time), zone_assumed),
        None => (None, false),
    }
}

/// Whether these are the fields of an event that can be borrowed. Without an id, the event may be spread over several
/// fragments.
pub(super) fn is_readable(values: &CoreValues<'_>) -> bool {
    number(values, CoreField::Id).is_some() && can_borrow(values, CoreField::Computer)
}

/// Whether the event is a script block record of PowerShell.
pub(super) fn is_script(values: &CoreValues<'_>) -> bool {
    number(values, CoreField::Id) == Some(SCRIPT_BLOCK_ID)
        && is_powershell(
            |word| {
                value(values, CoreField::Provider).is_some_and(|name| {
                    let is = |bytes| is_word(bytes, word);
                    name.kind == kind::STRING && (is(name.bytes) || is(until_nul(name.bytes)))
                })
            },
            |known| value(values, CoreField::Guid).is_some_and(|guid| has_guid(guid, known)),
        )
}

fn has_guid(value: TypedValue<'_>, guid: &str) -> bool {
    match value.kind {
        kind::STRING => ShortAscii::decode(until_nul(value.bytes))
            .is_some_and(|text| is_guid(text.as_str(), guid)),
        _ => is_guid(&value.rendered(), guid),
    }
}

/// Whether a field can be borrowed: strings can, values of other types have to be rendered.
pub(super) fn can_borrow(values: &CoreValues<'_>, field: CoreField) -> bool {
    value(values, field).is_none_or(|value| matches!(value.kind, kind::STRING | kind::NULL))
}
