//! Tables of separated values: exports of Splunk, of Event Viewer ("Save as CSV"), of `Get-WinEvent | Export-Csv`,
//! of EvtxECmd and Timeline Explorer, and of Azure.
//!
//! | table | recognised by |
//! | --- | --- |
//! | Splunk | `_time`, `_raw` or the fields of a search |
//! | Event Viewer | five headings in the language of the machine, and a message in every row that has none |
//! | Export-Csv | a line `#TYPE …` before the heading; `ProviderName`, `MachineName`, `TimeCreated` |
//! | EvtxECmd, Timeline Explorer | `MapDescription`, the event's data as JSON in `Payload`; its times are UTC |
//! | Hayabusa | `RuleTitle`, the event's data in `Details` and `ExtraFieldInfo`, in which spaces replace line ends |
//! | Azure | `TimeGenerated [UTC]`, the event's data as XML in `EventData` |

mod cell;
mod date_order;
mod decoder;
mod dialect;
mod heading;
mod rows;
mod sniff;

pub(super) use decoder::{CsvDecoder, heading_place};
pub(super) use dialect::Dialect;
pub(super) use sniff::sniff_dialect;
