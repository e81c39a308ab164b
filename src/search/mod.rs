//! The search language: the part of Splunk's SPL that published 4104 detections use, and what Sigma rules become.
//! `docs/search.md` describes the language.
//!
//! ```text
//!           SPL text          Sigma rule
//!              │ parse            │ (rule::sigma)
//!              ▼                  ▼
//!    ast: Condition and Commands, which a Search holds
//!              │
//!     ┌────────┼──────────────────────────────┐
//!     ▼        ▼                              ▼
//!  analysis   eval                          to_spl
//!  literals,  conditions, expressions,      SPL text
//!  columns,   commands ─▶ ResultTable
//!  cost
//! ```
//!
//! `values` holds what all of them compute with. A folder imports only from those before it in the order
//! values, ast, parse, analysis, eval, to_spl, query.
//!
//! # Example
//!
//! ```
//! use scriptscope::internal::search::{Library, RunContext, Search};
//! use scriptscope::internal::{Event, ScriptBlock};
//!
//! let search = Search::parse(
//!     "EventCode=4104 ScriptBlockText=\"*Enable-PSRemoting*\" | stats count by Computer",
//!     &Library::new(),
//! )
//! .unwrap();
//! assert_eq!(search.columns(), ["Computer", "count"]);
//!
//! let event = Event {
//!     computer: Some("FS03".into()),
//!     text: "enable-psremoting -Force".into(),
//!     ..Event::default()
//! };
//! let block = ScriptBlock::from_event(event, 0);
//! assert!(search.holds(&block));
//! let table = search.run(&[&block], &RunContext::default());
//! assert_eq!(table.rows[0].cells[0].text().as_deref(), Some("FS03"));
//! ```

mod analysis;
mod ast;
mod eval;
mod parse;
mod query;
mod to_spl;
mod values;

pub use crate::literal::Required;
pub use crate::regex::{Regex, RegexFlags};
pub(crate) use analysis::cost::SearchCost;
pub(crate) use ast::command::Command;
pub(crate) use ast::condition::Comparison;
pub use ast::condition::{Condition, FieldRelation, Predicate};
pub(crate) use ast::correlation::{
    Bound, CorrelatedRule, Correlation, CorrelationKind, MILLION, Measure, Quantity, RuleExpr,
    millionths,
};
pub use ast::lookup::{Lookup, LookupDefinition, MatchType};
pub(crate) use ast::stats::{Aggregate, AggregateInput, Aggregation, Stats};
pub(crate) use eval::obstacle::{Obstacle, absent_fields, describe};
pub(crate) use eval::table::TableRow;
pub use eval::table::{ResultTable, RunContext};
pub(crate) use eval::{Assumptions, RowWithBlock, is_usual};
pub(crate) use parse::error::{SearchError, nearest, with_caret};
pub use parse::library::Library;
pub(crate) use parse::library::Macro;
pub use query::Search;
pub(crate) use query::{PreparedFacts, SearchedBlock};
pub(crate) use to_spl::quoted;
pub(crate) use values::cidr::Cidr;
pub(crate) use values::json::Json;
pub(crate) use values::number::{format as format_number, parse as parse_number};
pub(crate) use values::timespan::TimePart;
pub use values::value::Value;
pub use values::wildcard::{Wildcard, WildcardPiece};
