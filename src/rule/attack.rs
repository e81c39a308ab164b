//! ATT&CK: which tactics a technique serves.
//!
//! Splunk's rules name techniques only, and one technique may serve several tactics; Sigma's tags name both.

use std::collections::HashMap;
use std::sync::OnceLock;

/// A technique and the tactics it serves, in ATT&CK's order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attack {
    /// Such as `T1059.001`; the id of a tactic (`TA0002`) where a rule names that alone.
    pub technique: String,
    /// By name, such as `Execution`.
    pub tactics: Vec<String>,
}

/// What a rule's techniques and its own tactics amount to. Own tactics win over the table.
pub(crate) fn of(techniques: &[String], own_tactics: &[&'static Tactic]) -> Vec<Attack> {
    if techniques.is_empty() {
        return own_tactics
            .iter()
            .map(|tactic| Attack { technique: tactic.id.into(), tactics: vec![tactic.name.into()] })
            .collect();
    }
    let mut all: Vec<Attack> = Vec::new();
    for technique in techniques {
        let technique = technique.trim().to_ascii_uppercase();
        if technique.is_empty() || all.iter().any(|seen| seen.technique == technique) {
            continue;
        }
        let known = tactics_of(&technique);
        let named = |tactic: &&&Tactic| own_tactics.iter().any(|own| own.id == tactic.id);
        let tactics: Vec<&Tactic> = if own_tactics.is_empty() {
            known.to_vec()
        } else if known.iter().any(|tactic| named(&tactic)) {
            known.iter().filter(named).copied().collect()
        } else {
            own_tactics.to_vec()
        };
        let tactics = tactics.iter().map(|tactic| tactic.name.to_owned()).collect();
        all.push(Attack { technique, tactics });
    }
    all
}

/// A tactic under its id, its name or one of the names it had or got: `execution`, `Execution`, `TA0002`,
/// `command_and_control`. Two tactics that Sigma cut out of defense evasion are that one tactic here.
pub(crate) fn tactic(name: &str) -> Option<&'static Tactic> {
    let own: String = plain(name).map(char::from).collect();
    let name = match own.as_str() {
        "stealth" | "defenseimpairment" | "impairdefenses" | "defenceevasion" => "defenseevasion",
        "c2" | "commandcontrol" => "commandandcontrol",
        own => own,
    };
    let is_called = |text: &str| plain(text).eq(name.bytes());
    table().tactics.iter().find(|tactic| is_called(tactic.name) || is_called(tactic.id))
}

/// The letters and digits of a name, in lower case.
fn plain(name: &str) -> impl Iterator<Item = u8> + '_ {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}

/// A tactic of ATT&CK Enterprise.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tactic {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
}

fn tactics_of(technique: &str) -> &'static [&'static Tactic] {
    let techniques = &table().techniques;
    techniques
        .get(technique)
        .or_else(|| techniques.get(technique.split('.').next().unwrap_or_default()))
        .map(Vec::as_slice)
        .unwrap_or_default()
}

struct Table {
    tactics: &'static [Tactic],
    techniques: HashMap<&'static str, Vec<&'static Tactic>>,
}

fn table() -> &'static Table {
    static TACTICS: OnceLock<Vec<Tactic>> = OnceLock::new();
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = include_str!("attack.txt").lines().filter(|line| !line.starts_with('#'));
        let heads = lines.clone().filter(|line| !line.starts_with(' '));
        let tactics: &'static [Tactic] = TACTICS.get_or_init(|| {
            heads
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
        Table { tactics, techniques }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tactics(techniques: &[&str], own: &[&str]) -> Vec<Vec<String>> {
        let techniques: Vec<String> = techniques.iter().map(|&name| name.into()).collect();
        let own: Vec<_> = own.iter().map(|name| tactic(name).unwrap()).collect();
        of(&techniques, &own).into_iter().map(|attack| attack.tactics).collect()
    }

    #[test]
    fn a_technique_may_serve_several_tactics() {
        assert_eq!(tactics(&["T1059.001"], &[]), [["Execution"]]);
        assert_eq!(
            tactics(&["T1053.005"], &[]),
            [["Execution", "Persistence", "Privilege Escalation"]]
        );
        assert_eq!(tactics(&["T9999"], &[]), [[""; 0]]);
    }

    #[test]
    fn own_tactics_win() {
        assert_eq!(tactics(&["T1053.005"], &["persistence"]), [["Persistence"]]);
        assert_eq!(tactics(&["T1059"], &["impact"]), [["Impact"]]);
        assert_eq!(tactics(&[], &["execution"]), [["Execution"]]);
        assert_eq!(of(&[], &[tactic("TA0002").unwrap()])[0].technique, "TA0002");
    }

    #[test]
    fn renamed_tactics_are_one() {
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
