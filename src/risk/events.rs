//! Risk events: the risk that one row adds to each of its risk objects.

use super::message::fill_message;
use super::row::NamedCells;
use crate::rule::{ObjectType, Rule, Score};
use crate::search::Value;
use crate::time::Time;
use std::sync::Arc;

/// The risk that one row adds to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowRisk {
    /// The object's name as in the row.
    pub object: String,
    /// The object's type.
    pub kind: ObjectType,
    /// The risk that the row adds.
    pub score: Score,
    /// When the last script block of the row was logged.
    pub time: Option<Time>,
    /// The message with the row's values filled in.
    pub message: Option<Arc<str>>,
    /// The threats that the row names.
    pub threats: Vec<Threat>,
}

/// Something that threatens an object: an address, a process, a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Threat {
    /// The row's field.
    pub field: String,
    /// The type as the rule names it.
    pub kind: String,
    /// The field's value.
    pub value: String,
}

/// Returns the risk events of a row: one for each value of each risk field. A hunting rule has none. A field is found
/// under any of its usual names, such as `Computer` and `dest`.
pub(crate) fn row_risks(
    rule: &Rule,
    columns: &[String],
    cells: &[Value],
    time: Option<Time>,
) -> Vec<RowRisk> {
    if !rule.makes_risk() {
        return Vec::new();
    }
    let row = NamedCells { columns, cells };
    let filled = |message: &str| Arc::<str>::from(fill_message(message, &row));
    let message = rule.message.as_deref().map(filled);
    let threats: Vec<Threat> = rule
        .threat_objects
        .iter()
        .flat_map(|threat| {
            row.values(&threat.field).into_iter().map(|value| Threat {
                field: threat.field.clone(),
                kind: threat.kind.clone(),
                value,
            })
        })
        .collect();
    let mut risks = Vec::new();
    for field in &rule.risk_objects {
        let own = field.message.as_deref().map(filled);
        let message = own.or_else(|| message.clone());
        for object in row.values(&field.field) {
            risks.push(RowRisk {
                object,
                kind: field.kind,
                score: field.score,
                time,
                message: message.clone(),
                threats: threats.clone(),
            });
        }
    }
    risks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{RuleFile, RuleOptions, load};

    const RULE: &str = "
name: X
id: 11111111-1111-1111-1111-111111111111
type: TTP
search: EventCode=4104 ScriptBlockText=*x* | stats count by dest user_id
rba:
  message: seen on $dest$ by $user_id$, $nothing$, costs $5
  risk_objects:
  - {field: Computer, type: system, score: 25}
  - {field: user_id, type: user, score: 15.75}
  threat_objects:
  - {field: user_id, type: account}
tags: {mitre_attack_id: [T1059.001]}
";

    fn rule(text: &str) -> Rule {
        let files = [RuleFile::new("x.yml", text)];
        let options = RuleOptions { builtin: false, ..RuleOptions::default() };
        load(&files, &options).rules.remove(0)
    }

    #[test]
    fn one_event_for_each_value_of_each_risk_field() {
        let columns = ["dest".to_owned(), "user_id".to_owned()];
        let cells = [Value::multi(vec!["DC01".into(), "FS03".into()]), Value::from("S-1-5-18")];
        let time = Time::parse("2020-01-01T00:00:00Z").map(|(time, _)| time);
        let risks = row_risks(&rule(RULE), &columns, &cells, time);
        let short: Vec<_> = risks
            .iter()
            .map(|risk| (risk.object.as_str(), risk.kind, risk.score.to_string()))
            .collect();
        assert_eq!(
            short,
            [
                ("DC01", ObjectType::System, "25".to_owned()),
                ("FS03", ObjectType::System, "25".to_owned()),
                ("S-1-5-18", ObjectType::User, "15.75".to_owned()),
            ]
        );
        assert_eq!(
            risks[0].message.as_deref(),
            Some("seen on DC01, FS03 by S-1-5-18 (SYSTEM), $nothing$, costs $5")
        );
        assert_eq!(risks[0].threats[0].value, "S-1-5-18");
        assert!(row_risks(&rule(RULE), &columns, &[Value::Null, Value::Null], time).is_empty());
        let hunting = rule(&RULE.replace("TTP", "Hunting"));
        assert!(row_risks(&hunting, &columns, &cells, time).is_empty());
    }
}
