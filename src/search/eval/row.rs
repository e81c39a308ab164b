//! [`Row`]: what conditions and expressions are evaluated on.

use crate::search::values::value::Value;
use crate::time::Time;

/// A row of fields: a script block, or a row of a table.
pub trait Row {
    /// Whether any value of `field` satisfies `test`. Values are lent, not copied.
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool;

    /// Whether the row has `field`, even if its value is empty.
    fn has_field(&self, field: &str) -> bool {
        self.any(field, &mut |_| true)
    }

    /// Whether any value of any field satisfies `test`.
    fn any_value(&self, test: &mut dyn FnMut(&str) -> bool) -> bool;

    /// Returns the time of the row's event.
    fn time(&self) -> Option<Time>;

    /// Returns the values of `field`.
    fn value(&self, field: &str) -> Value;

    /// Returns the values of `field` in lower case.
    fn lower(&self, field: &str) -> Value {
        self.value(field).lower()
    }

    /// Returns the time that relative times count from: that of the newest event, because logs are read long after they
    /// were written. `None` before all events are known.
    fn now(&self) -> Option<Time>;

    /// Returns of which literals it is known that `value`, lent by the row, does not contain them, in any case.
    fn lacks(&self, _value: &str) -> Option<&dyn Fn(&str) -> bool> {
        None
    }
}
