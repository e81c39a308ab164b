//! [`Obstacle`]: why a search can select no event 4104, and its words.

use crate::event::{canonical, fixed_value, usual_names};
use crate::search::parse::error::nearest;

/// A requirement of a search that no event 4104 meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// A field without a value.
    Absent(String),
    /// A field that the table of a command before does not have.
    NotInTable(String),
    /// Other values of a field whose value is fixed. Without values, the fixed one is excluded.
    Value {
        /// The field as the search names it.
        field: String,
        /// The values that the search accepts.
        values: Vec<String>,
    },
    /// The channel, source or provider of another log.
    Log {
        /// The field as the search names it.
        field: String,
        /// Its value.
        value: String,
    },
    /// Conditions that no event meets, whatever its fields are.
    Contradiction,
}

/// Values and fields that a message lists; a rule may have thousands.
const LISTED: usize = 5;

impl Obstacle {
    /// Returns the fields and values by which the obstacle is found in a rule's text.
    pub(crate) fn words(&self) -> Vec<&str> {
        match self {
            Self::Absent(field) | Self::NotInTable(field) => vec![field],
            Self::Value { field, values } => match values.first() {
                Some(value) => vec![value, field],
                None => vec![field],
            },
            Self::Log { field, value } => vec![value, field],
            Self::Contradiction => Vec::new(),
        }
    }
}

/// Returns why a search with these obstacles can match nothing. `has_logs`: events were read.
pub(crate) fn describe(obstacles: &[Obstacle], has_logs: bool) -> String {
    let mut reasons: Vec<String> = Vec::new();
    let mut add = |reason: String| {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    };
    let is_event = |field: &str| canonical(field) == "EventCode";
    let mut events: Vec<&str> = Vec::new();
    for obstacle in obstacles {
        match obstacle {
            Obstacle::Value { field, values } if is_event(field) && !values.is_empty() => {
                events.extend(values.iter().map(String::as_str));
            }
            Obstacle::Value { field, .. } if is_event(field) => {
                add("it excludes event 4104, and only events 4104 are searched".to_owned());
            }
            Obstacle::Value { field, .. } => add(format!(
                "it requires another {field} than “{}”, which every event 4104 has",
                fixed_value(field).unwrap_or_default()
            )),
            Obstacle::Log { field, value } => add(format!(
                "it requires the {field} “{value}”, and events 4104 are in PowerShell's logs"
            )),
            Obstacle::Absent(field) => add(format!(
                "it requires the field {field}, which is no usual name of events 4104{}: {}",
                if has_logs { " and in none that was read" } else { "" },
                suggestion(field)
            )),
            Obstacle::NotInTable(field) => add(format!(
                "it requires the field {field}, which is not in the table that the commands before it return: keep it, as with stats … by {field}"
            )),
            Obstacle::Contradiction => add("no event can meet its conditions".to_owned()),
        }
    }
    if !events.is_empty() {
        events.dedup();
        let reason =
            format!("it requires event {}, and only events 4104 are searched", listed(&events));
        reasons.insert(0, reason);
    }
    let more = reasons.len().saturating_sub(LISTED);
    reasons.truncate(LISTED);
    if more > 0 {
        reasons.push(format!("and so in {more} more branches"));
    }
    reasons.join("; else ")
}

/// Returns the fields of these obstacles that have no value, as a list in words.
pub(crate) fn absent_fields(obstacles: &[Obstacle]) -> String {
    let mut fields: Vec<&str> = Vec::new();
    for obstacle in obstacles {
        if let Obstacle::Absent(field) = obstacle
            && !fields.contains(&field.as_str())
        {
            fields.push(field);
        }
    }
    listed(&fields)
}

fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => (*word).to_owned(),
        [head @ .., last] if words.len() <= LISTED => format!("{} or {last}", head.join(", ")),
        _ => format!("{} …", words.get(..LISTED).unwrap_or_default().join(", ")),
    }
}

/// Returns a hint to the field that was probably meant.
fn suggestion(field: &str) -> String {
    let known: Vec<&str> = usual_names().collect();
    match nearest(field, &known) {
        Some(near) => format!("did you mean {near}?"),
        None => "the text of a script block is in ScriptBlockText".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(field: &str, values: &[&str]) -> Obstacle {
        let values = values.iter().map(ToString::to_string).collect();
        Obstacle::Value { field: field.into(), values }
    }

    #[test]
    fn reasons_name_the_event_or_the_field_and_the_nearest_name() {
        let absent = |field: &str| Obstacle::Absent(field.into());
        for (obstacles, expected) in [
            (vec![value("EventID", &["4103"])], "requires event 4103, and only"),
            (vec![value("EventCode", &["400", "403"])], "requires event 400 or 403, and"),
            (vec![value("EventCode", &[])], "excludes event 4104"),
            (vec![absent("ScriptBlocktext")], "did you mean ScriptBlockText?"),
            (vec![absent("SCRIPTBLOCKTEXT")], "did you mean ScriptBlockText?"),
            (vec![absent("Scriptblok_Text")], "did you mean ScriptBlockText?"),
            (vec![absent("computername")], "did you mean ComputerName?"),
            (vec![absent("eventid")], "did you mean EventID?"),
            (vec![absent("path")], "did you mean Path?"),
            (vec![absent("CommandLine")], "the text of a script block is in ScriptBlockText"),
            (vec![value("vendor_product", &["x"])], "than “Microsoft Windows”"),
            (
                vec![Obstacle::NotInTable("Path".into())],
                "the field Path, which is not in the table",
            ),
            (vec![Obstacle::Contradiction], "no event can meet"),
            (
                vec![absent("a"), value("EventID", &["1"])],
                "event 1, and only events 4104 are searched; else it requires the field a",
            ),
        ] {
            let reason = describe(&obstacles, true);
            assert!(reason.contains(expected), "{reason}");
        }
        let many: Vec<_> = (0..20).map(|id| value("EventID", &[&id.to_string()])).collect();
        assert!(
            describe(&many, false).contains("event 0, 1, 2, 3, 4 …"),
            "{}",
            describe(&many, false)
        );
        assert_eq!(absent_fields(&[absent("a"), absent("b"), absent("a")]), "a or b");
    }
}
