//! The values that searches compute with: [`value::Value`], numbers, times, networks, wildcards and JSON. Nothing here
//! knows of conditions or rows.

pub(crate) mod calendar;
pub(crate) mod cidr;
pub(crate) mod json;
pub(crate) mod json_path;
pub(crate) mod number;
pub(crate) mod timespan;
pub(crate) mod value;
pub(crate) mod wildcard;
