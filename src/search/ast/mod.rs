//! A search as data: conditions, expressions and commands. Nothing here reads text or rows; the parser builds these
//! types, [`analysis`](super::analysis) derives facts from them, [`eval`](super::eval) runs them and
//! [`to_spl`](super::to_spl) writes them.
//!
//! ```text
//! Search = Condition  | Command | Command …
//!            │             │
//!            ▼             ├─ Search(Condition), Where(EvalExpr), Eval(EvalExpr), …
//!        Predicate         ├─ Stats ─ Aggregate
//!            │             ├─ Correlation (Sigma)
//!            ▼             └─ LookupCall ─ Lookup
//!  Wildcard, Regex, Cidr, …
//! ```

pub(crate) mod bin;
pub(crate) mod command;
pub(crate) mod condition;
pub(crate) mod correlation;
pub(crate) mod eval_expr;
pub(crate) mod function;
pub(crate) mod lookup;
pub(crate) mod stats;
pub(crate) mod top;
pub(crate) mod transaction;
