//! Windows event XML, and events among the objects that PowerShell writes as XML.
//!
//! Read by hand rather than through a general parser, because a script's text must arrive as it was
//! logged: no line end is normalised (a lone CR is part of a script), an unknown entity stays as it stands,
//! a reference to half a surrogate pair is that half, and a value is decoded only when it is asked for.

mod clixml;
mod framer;
mod names;
mod reader;
mod start;
mod tag;

pub(super) use framer::XmlFramer;
pub(super) use reader::{read, read_data, read_unframed};
pub(super) use start::{event_within, is_event};
