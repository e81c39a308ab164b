//! Windows event XML, and events among the objects that PowerShell writes as XML.
//!
//! Written by hand rather than on a general parser, because the text of a script must stay as it was logged: line
//! ends are not normalised (a lone CR is part of a script), an unknown entity stays unchanged, a reference to half a
//! surrogate pair is that half, and a value is unescaped only when it is used.
//!
//! `framer` finds the end of an event, `reader` reads its values from `tag`s, `clixml` reads objects.

mod clixml;
mod flat;
mod framer;
mod names;
mod reader;
mod start;
mod tag;

pub(super) use flat::foreign_element;
pub(super) use framer::XmlFramer;
pub(super) use reader::{read, read_data, read_unframed};
pub(super) use start::{event_within, is_event};
