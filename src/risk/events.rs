//! Risk events: the risk that one row adds to each of its risk objects.

use super::message::fill_message;
use super::row::NamedCells;
use super::users::{BlockOrigin, UserObject, named_users, users_behind};
use crate::event::UserNames;
use crate::ordered::OrderedSet;
use crate::rule::{ObjectType, Rule, RuleKind, Score};
use crate::search::Value;
use crate::time::Time;
use std::sync::Arc;

/// The risk that one row adds to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowRisk {
    /// The object's name as in the row, or of a user as in the script block.
    pub object: String,
    /// The computer of a service account.
    pub computer: Option<String>,
    /// The object's type.
    pub kind: ObjectType,
    /// The risk that the row adds.
    pub score: Score,
    /// When the last script block of the row was logged; of a user behind the row, that user's last one.
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

/// Returns the risk events of a row: one for each value of each risk field, and one for each user behind the row, except of
/// Splunk's rules, whose risk fields name users where they mean them. A hunting rule has none. A field is found under any
/// of its usual names, such as `Computer` and `dest`. `origins` are those of the row's blocks, sorted by time.
pub(crate) fn row_risks(
    rule: &Rule,
    columns: &[String],
    cells: &[Value],
    origins: &[BlockOrigin<'_>],
    names: &UserNames,
) -> Vec<RowRisk> {
    if !rule.makes_risk() || rule.risk_objects.is_empty() {
        return Vec::new();
    }
    let row = NamedCells { columns, cells };
    let filled = |message: &str| Arc::<str>::from(fill_message(message, &row, names));
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
    let time = origins.iter().rev().find_map(|origin| origin.time);
    let mut risks = Vec::new();
    let mut named = OrderedSet::new();
    for field in &rule.risk_objects {
        let own = field.message.as_deref().map(filled);
        let message = own.or_else(|| message.clone());
        for value in row.values(&field.field) {
            let objects = match field.kind {
                ObjectType::User => named_users(&value, origins),
                _ => vec![UserObject { user: value, computer: None }],
            };
            for object in objects {
                if field.kind == ObjectType::User {
                    named.insert(object.key());
                }
                risks.push(RowRisk {
                    object: object.user,
                    computer: object.computer,
                    kind: field.kind,
                    score: field.score,
                    time,
                    message: message.clone(),
                    threats: threats.clone(),
                });
            }
        }
    }
    if rule.kind == RuleKind::Splunk {
        return risks;
    }
    for (user, time) in users_behind(origins) {
        if !named.contains(&user.key()) {
            risks.push(RowRisk {
                object: user.user,
                computer: user.computer,
                kind: ObjectType::User,
                score: rule.score(),
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
        let origins = [BlockOrigin { computer: Some("DC01"), user: Some("S-1-5-18"), time }];
        let names = UserNames::default();
        let risks_of =
            |rule: &Rule, cells: &[Value]| row_risks(rule, &columns, cells, &origins, &names);
        let risks = risks_of(&rule(RULE), &cells);
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
        assert_eq!(risks[2].computer.as_deref(), Some("DC01"));
        assert!(risks_of(&rule(RULE), &[Value::Null, Value::Null]).is_empty());
        let hunting = rule(&RULE.replace("TTP", "Hunting"));
        assert!(risks_of(&hunting, &cells).is_empty());
    }

    #[test]
    fn rules_other_than_splunks_add_the_users_behind_the_row() {
        let sigma = "title: X\nlogsource: {category: ps_script}\nlevel: high\n\
                     detection: {s: {ScriptBlockText|contains: x}, condition: s}\n";
        let columns = ["Computer".to_owned()];
        let at = |text: &str| Time::parse(text).map(|(time, _)| time);
        let origin =
            |user, time| BlockOrigin { computer: Some("DC01"), user: Some(user), time: at(time) };
        let origins = [
            origin("S-1-5-21-1-2-3-1104", "2020-01-01T00:00:00Z"),
            origin("S-1-5-18", "2020-01-01T00:00:01Z"),
            origin("", "2020-01-01T00:00:02Z"),
        ];
        let risks = |rule: &Rule| -> Vec<_> {
            row_risks(rule, &columns, &["DC01".into()], &origins, &UserNames::default())
                .iter()
                .map(|own| {
                    format!("{} {} {} {}", own.kind, own.object, own.score, own.time.unwrap())
                })
                .collect()
        };
        assert_eq!(
            risks(&rule(sigma)),
            [
                "system DC01 60 2020-01-01T00:00:02Z",
                "user S-1-5-18 60 2020-01-01T00:00:01Z",
                "user S-1-5-21-1-2-3-1104 60 2020-01-01T00:00:00Z",
            ]
        );
        let names_a_user = Rule {
            risk_objects: vec![crate::rule::RiskField {
                field: "Computer".into(),
                kind: ObjectType::User,
                score: Score::points(5),
                message: None,
            }],
            ..rule(sigma)
        };
        assert_eq!(risks(&names_a_user).len(), 3);
    }
}
