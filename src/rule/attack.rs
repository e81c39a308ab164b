//! MITRE ATT&CK: the tactics of a technique, and the names of both.
//!
//! Splunk's rules name techniques only, and a technique may belong to several tactics. Sigma's tags name both. The table
//! of `attack.txt` fills in the tactics that a rule does not name; `attack_names.txt` has the names of techniques.

use crate::ordered::OrderedMap;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A technique and its tactics, in ATT&CK's order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttackTechnique {
    /// The technique's id, such as `T1059.001`. The id of a tactic (`TA0002`) if the rule names no technique.
    pub technique: String,
    /// The names of the tactics, such as `Execution`.
    pub tactics: Vec<String>,
}

/// Returns the techniques of a rule, each once and with its tactics. Tactics that the rule names itself take precedence
/// over the table.
pub(crate) fn resolve(
    techniques: &[String],
    own_tactics: &[&'static Tactic],
) -> Vec<AttackTechnique> {
    if techniques.is_empty() {
        return own_tactics
            .iter()
            .map(|tactic| AttackTechnique {
                technique: tactic.id.into(),
                tactics: vec![tactic.name.into()],
            })
            .collect();
    }
    let mut all: Vec<AttackTechnique> = Vec::new();
    for technique in techniques {
        let technique = technique.trim().to_ascii_uppercase();
        if technique.is_empty() || all.iter().any(|other| other.technique == technique) {
            continue;
        }
        let listed = tactics_of(&technique);
        let is_own = |tactic: &&&Tactic| own_tactics.iter().any(|own| own.id == tactic.id);
        let tactics: Vec<&Tactic> = if own_tactics.is_empty() {
            listed.to_vec()
        } else if listed.iter().any(|tactic| is_own(&tactic)) {
            listed.iter().filter(is_own).copied().collect()
        } else {
            own_tactics.to_vec()
        };
        let tactics = tactics.iter().map(|tactic| tactic.name.to_owned()).collect();
        all.push(AttackTechnique { technique, tactics });
    }
    all
}

/// Finds a tactic by its id, name or an alias: `TA0002`, `Execution`, `command_and_control`. Sigma's `stealth` and
/// `defense-impairment`, which split defense evasion, count as that tactic.
pub(crate) fn tactic(name: &str) -> Option<&'static Tactic> {
    let normalized: String = normalized(name).map(char::from).collect();
    let name = match normalized.as_str() {
        "stealth" | "defenseimpairment" | "impairdefenses" | "defenceevasion" => "defenseevasion",
        "c2" | "commandcontrol" => "commandandcontrol",
        other => other,
    };
    let is_named = |text: &str| self::normalized(text).eq(name.bytes());
    table().tactics.iter().find(|tactic| is_named(tactic.name) || is_named(tactic.id))
}

/// Returns the name of a technique (`T1059.001`: `PowerShell`), or of a tactic (`TA0002`: `Execution`).
///
/// `None` for an id that ATT&CK Enterprise 17 does not have.
pub(crate) fn attack_name(id: &str) -> Option<&'static str> {
    static NAMES: OnceLock<OrderedMap<&'static str, &'static str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let lines = include_str!("attack_names.txt").lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split_once(' ')).collect()
    });
    let tactic = || table().tactics.iter().find(|tactic| tactic.id == id).map(|tactic| tactic.name);
    names.get(id).copied().or_else(tactic)
}

/// Returns the ASCII letters and digits of a name, in lower case.
fn normalized(name: &str) -> impl Iterator<Item = u8> + '_ {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}

/// A tactic of ATT&CK Enterprise.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tactic {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
}

/// Returns the tactics of a technique. A sub-technique that the table lacks has those of its technique.
fn tactics_of(technique: &str) -> &'static [&'static Tactic] {
    let techniques = &table().techniques;
    techniques
        .get(technique)
        .or_else(|| techniques.get(technique.split('.').next().unwrap_or_default()))
        .map(Vec::as_slice)
        .unwrap_or_default()
}

struct AttackTable {
    tactics: &'static [Tactic],
    techniques: HashMap<&'static str, Vec<&'static Tactic>>,
}

fn table() -> &'static AttackTable {
    static TACTICS: OnceLock<Vec<Tactic>> = OnceLock::new();
    static TABLE: OnceLock<AttackTable> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = include_str!("attack.txt").lines().filter(|line| !line.starts_with('#'));
        let tactic_lines = lines.clone().filter(|line| !line.starts_with(' '));
        let tactics: &'static [Tactic] = TACTICS.get_or_init(|| {
            tactic_lines
                .filter_map(|line| line.split_once(' '))
                .map(|(id, name)| Tactic { id, name })
                .collect()
        });
        let mut techniques: HashMap<_, Vec<_>> = HashMap::new();
        let mut current = None;
        for line in lines {
            if let Some((id, _)) = line.split_once(' ').filter(|(id, _)| !id.is_empty()) {
                current = tactics.iter().find(|tactic| tactic.id == id);
                continue;
            }
            for technique in line.split_whitespace() {
                techniques.entry(technique).or_default().extend(current);
            }
        }
        AttackTable { tactics, techniques }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tactics(techniques: &[&str], own: &[&str]) -> Vec<Vec<String>> {
        let techniques: Vec<String> = techniques.iter().map(|&name| name.into()).collect();
        let own: Vec<_> = own.iter().map(|name| tactic(name).unwrap()).collect();
        resolve(&techniques, &own).into_iter().map(|attack| attack.tactics).collect()
    }

    #[test]
    fn a_technique_may_have_several_tactics() {
        assert_eq!(tactics(&["T1059.001"], &[]), [["Execution"]]);
        assert_eq!(
            tactics(&["T1053.005"], &[]),
            [["Execution", "Persistence", "Privilege Escalation"]]
        );
        assert_eq!(tactics(&["T9999"], &[]), [[""; 0]]);
    }

    #[test]
    fn techniques_and_tactics_have_names() {
        for (id, name) in [
            ("T1059", Some("Command and Scripting Interpreter")),
            ("T1059.001", Some("PowerShell")),
            ("T1055.013", Some("Process Doppelgänging")),
            ("TA0002", Some("Execution")),
            ("T9999", None),
            ("T1059.999", None),
            ("", None),
            ("#", None),
        ] {
            assert_eq!(attack_name(id), name, "{id}");
        }
        for technique in table().techniques.keys() {
            assert!(attack_name(technique).is_some(), "{technique}");
        }
    }

    #[test]
    fn own_tactics_take_precedence() {
        assert_eq!(tactics(&["T1053.005"], &["persistence"]), [["Persistence"]]);
        assert_eq!(tactics(&["T1059"], &["impact"]), [["Impact"]]);
        assert_eq!(tactics(&[], &["execution"]), [["Execution"]]);
        assert_eq!(resolve(&[], &[tactic("TA0002").unwrap()])[0].technique, "TA0002");
    }

    #[test]
    fn aliases_of_a_tactic() {
        for name in
            ["stealth", "defense-impairment", "defense_evasion", "Defense Evasion", "TA0005"]
        {
            assert_eq!(tactic(name).unwrap().name, "Defense Evasion", "{name}");
        }
        assert_eq!(tactic("command-and-control").unwrap().name, "Command and Control");
        assert_eq!(tactic("t1059"), None);
        assert_eq!(table().tactics.len(), 14);
    }
}
