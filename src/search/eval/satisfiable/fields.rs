//! What is known of the fields at one place of a pipeline.

use crate::event::{canonical, fixed_value, usual_names};
use crate::ordered::OrderedMap;
use crate::search::eval::obstacle::Obstacle;
use crate::search::values::value::Value;
use crate::source::is_usual_name;

/// What is assumed of the events.
#[derive(Clone, Copy)]
pub(crate) struct Assumptions<'a> {
    /// Whether no event has a value of the field.
    pub(crate) is_absent: &'a dyn Fn(&str) -> bool,
    /// Whether no event has the field, not even without a value.
    pub(crate) is_missing: &'a dyn Fn(&str) -> bool,
    /// Whether no event is in a well-known log of other providers.
    pub(crate) has_usual_logs: bool,
}

/// Whether a search can expect the field without knowing the log.
pub(crate) fn is_usual(name: &str) -> bool {
    // A name may come with the path of its object.
    [name, canonical(name)]
        .into_iter()
        .any(|name| usual_names().any(|usual| usual == name) || is_usual_name(name))
}

/// What is known of a field in every row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Knowledge {
    /// Nothing.
    Any,
    /// It has no value, and why.
    Null(Vec<Obstacle>),
    /// Its value in every event.
    Fixed(&'static str),
    /// The value that a command assigns in every row, and the absent fields that it depends on.
    Constant(Value, Vec<Obstacle>),
}

/// What is known of the fields at one place of the pipeline.
pub(super) struct Fields<'a> {
    pub(super) assumptions: Assumptions<'a>,
    /// Fields that commands have assigned.
    pub(super) assigned: OrderedMap<String, Knowledge>,
    pub(super) others: Others,
}

/// What is known of the fields that no command has assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// They are those of events.
    OfEvents,
    /// Nothing: any of them may be assigned.
    Unknown,
    /// They have no value: the rows are those of a table, which has the assigned fields only.
    NotInTable,
}

impl<'a> Assumptions<'a> {
    /// Assumes that events have a value of each field unless `is_missing` says otherwise, and are in PowerShell's logs.
    pub(crate) fn without(is_missing: &'a dyn Fn(&str) -> bool) -> Self {
        Self { is_absent: is_missing, is_missing, has_usual_logs: true }
    }
}

impl Fields<'_> {
    pub(super) fn get(&self, name: &str) -> Knowledge {
        if let Some(known) = self.assigned.get(name) {
            return known.clone();
        }
        // Whether a name finds a field that was assigned under another one depends on the row.
        let is_assigned =
            || self.assigned.keys().any(|assigned| canonical(assigned) == canonical(name));
        match self.others {
            Others::NotInTable => Knowledge::Null(vec![Obstacle::NotInTable(name.to_owned())]),
            Others::OfEvents if !is_assigned() => match fixed_value(name) {
                Some(value) => Knowledge::Fixed(value),
                None if (self.assumptions.is_absent)(name) => {
                    Knowledge::Null(vec![Obstacle::Absent(name.to_owned())])
                }
                None => Knowledge::Any,
            },
            Others::OfEvents | Others::Unknown => Knowledge::Any,
        }
    }

    /// Returns why a field has no value in any row.
    pub(super) fn null_field(&self, name: &str) -> Option<Vec<Obstacle>> {
        match self.get(name) {
            Knowledge::Null(obstacles) => Some(obstacles),
            _ => None,
        }
    }

    pub(super) fn assign(&mut self, name: &str, known: Knowledge) {
        self.assigned.insert(name.to_owned(), known);
    }

    /// Notes that a command changes the value of a field that has one.
    pub(super) fn change(&mut self, name: &str) {
        if self.null_field(name).is_none() {
            self.assign(name, Knowledge::Any);
        }
    }

    /// Notes that the fields with a fixed value may be missing.
    pub(super) fn forget_fixed(&mut self) {
        for name in ["EventCode", "vendor_product", "signature"] {
            self.change(name);
        }
    }

    /// Notes that nothing is known of any field.
    pub(super) fn forget(&mut self) {
        self.assigned = OrderedMap::new();
        self.others = Others::Unknown;
    }

    /// Notes that the rows have these fields only.
    pub(super) fn become_table(&mut self, fields: impl IntoIterator<Item = (String, Knowledge)>) {
        self.assigned = fields.into_iter().collect();
        self.others = Others::NotInTable;
    }
}
