//! Tables: Splunk's export, Event Viewer's "Save as CSV", `Get-WinEvent | Export-Csv`, EvtxECmd and Timeline
//! Explorer, Azure's export.
//!
//! | table | what marks it |
//! | --- | --- |
//! | Splunk | `_time`, `_raw` or the fields of a search |
//! | Event Viewer | five headings in the language of the machine, and a message in every row that has none |
//! | Export-Csv | a line `#TYPE …` before the heading; `ProviderName`, `MachineName`, `TimeCreated` |
//! | EvtxECmd, Timeline Explorer | `MapDescription`, the event's data as JSON in `Payload`; its times are UTC |
//! | Hayabusa | `RuleTitle`, the event's data in `Details` and `ExtraFieldInfo`, in which spaces stand for line ends |
//! | Azure | `TimeGenerated [UTC]`, the event's data as XML in `EventData` |

mod date_order;
mod decoder;
mod dialect;
mod heading;
mod rows;
mod sniff;

pub(super) use decoder::{CsvDecoder, heading_place};
pub(super) use dialect::Dialect;
pub(super) use sniff::sniff_dialect;
