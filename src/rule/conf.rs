//! Splunk's `.conf` files: saved searches, macros and lookup definitions as stanzas of settings.

use super::attack;
use super::knowledge_objects::{Definitions, base_name, is_true, lookup_settings};
use super::model::{RiskField, Rule, RuleKind, ThreatField, Unsupported};
use super::sample::Samples;
use super::score::Score;
use super::splunk::{object_type, rule_type};
use crate::search::{Json, Macro};

/// A line `[name]` and the settings below it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stanza {
    pub(crate) name: String,
    pub(crate) line: u32,
    settings: Vec<(String, String)>,
}

/// Returns whether a text is a `.conf` file. It has the header of a stanza, before all other lines unless the name says
/// what it is, and a setting.
pub(crate) fn is_conf(name: &str, text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !is_comment(line));
    let has_name = name.to_ascii_lowercase().ends_with(".conf");
    let has_header = match has_name {
        true => lines.any(|line| line.starts_with('[')),
        false => lines.next().is_some_and(|line| line.starts_with('[') && line.ends_with(']')),
    };
    has_header && text.lines().any(|line| line.contains('=') && !is_comment(line.trim()))
}

fn is_comment(trimmed: &str) -> bool {
    trimmed.is_empty() || trimmed.starts_with(['#', ';'])
}

/// Splits a file into its stanzas. A line that ends in a backslash continues on the next line. The numbers of lines that
/// are no header, setting or comment are added to `strays`, as are those of headers without an end.
pub(crate) fn stanzas(text: &str, strays: &mut Vec<u32>) -> Vec<Stanza> {
    let mut all: Vec<Stanza> = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let trimmed = line.trim();
        if is_comment(trimmed) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[') {
            let end = name.strip_suffix(']');
            strays.extend(end.is_none().then_some(number));
            let name = end.unwrap_or(name).into();
            all.push(Stanza { name, line: number, settings: Vec::new() });
            continue;
        }
        let mut setting = line.to_owned();
        while setting.ends_with('\\') {
            setting.pop();
            match lines.next() {
                Some((_, more)) => setting = setting + "\n" + more,
                None => break,
            }
        }
        match (all.last_mut(), setting.split_once('=')) {
            (Some(stanza), Some((key, value))) => {
                stanza.settings.push((key.trim().into(), value.trim().into()));
            }
            _ => strays.push(number),
        }
    }
    all
}

impl Stanza {
    /// Returns a setting. Of a repeated one, the last counts.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.settings.iter().rev().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
    }

    /// Adds the macro or lookup that this stanza defines. Returns false if it defines neither.
    pub(crate) fn define(&self, file: &str, definitions: &mut Definitions) -> bool {
        if let Some(definition) = self.get("definition") {
            let name = self.name.split('(').next().unwrap_or_default().trim();
            let arguments = self.get("args").unwrap_or_default().split(',').map(str::trim);
            let text = |key: &str| self.get(key).unwrap_or_default().to_owned();
            let own = Macro {
                arguments: arguments.filter(|name| !name.is_empty()).map(String::from).collect(),
                definition: definition.to_owned(),
                is_expression: self.get("iseval").is_some_and(is_true),
                validation: text("validation"),
                error_message: text("errormsg"),
            };
            definitions.add_macro(file, name, own);
            return true;
        }
        match self.get("filename") {
            Some(table) => {
                let own = lookup_settings(base_name(table), &|key| self.get(key).map(String::from));
                definitions.add_lookup(file, &self.name, own);
                true
            }
            None => false,
        }
    }

    /// Reads a saved search as a rule whose search is still to be parsed. `None` if the stanza has no search. The id is
    /// that of its metadata or annotations, and empty without one.
    pub(crate) fn rule(&self) -> Option<Rule> {
        let text = self.get("search")?.to_owned();
        let annotations = self.get("action.correlationsearch.annotations").and_then(Json::parse);
        let annotation = |key: &str| annotations.as_ref().and_then(|all| all.get(key));
        let techniques: Vec<String> = annotation("mitre_attack").map(texts).unwrap_or_default();
        let (risk_objects, threat_objects) = self.risk();
        let setting = |key: &str| self.get(key).map(String::from).filter(|text| !text.is_empty());
        // security_content names the searches that it generates "ESCU - Name - Rule".
        let title = self.name.strip_prefix("ESCU - ").unwrap_or(&self.name);
        let title = title.strip_suffix(" - Rule").unwrap_or(title);
        let type_word = annotation("type").and_then(Json::text);
        let metadata = self
            .get("action.escu.metadata")
            .or_else(|| self.get("action.correlationsearch.metadata"))
            .and_then(Json::parse);
        let id = metadata
            .as_ref()
            .and_then(|all| all.get("detection_id"))
            .or_else(|| annotation("detection_id"))
            .and_then(Json::text);
        Some(Rule {
            id: id.unwrap_or_default().to_ascii_lowercase(),
            title: title.to_owned(),
            kind: RuleKind::Splunk,
            rule_type: type_word.or_else(|| type_from_name(&self.name)).and_then(rule_type),
            level: None,
            description: setting("description"),
            false_positives: setting("action.escu.known_false_positives"),
            references: Vec::new(),
            attack: attack::resolve(&techniques, &[]),
            stories: self.stories(),
            message: setting("action.risk.param._risk_message"),
            risk_objects,
            threat_objects,
            text,
            search: Err(Unsupported::pending()),
            ignores_comments: false,
            samples: Samples::default(),
            data_tests: Vec::new(),
            metadata: Vec::new(),
            file: None,
            line: self.line,
        })
    }

    fn stories(&self) -> Vec<String> {
        let list = self.get("action.escu.analytic_story").unwrap_or_default();
        Json::parse(list).as_ref().map(texts).unwrap_or_default()
    }

    /// Reads risk and threat objects from the JSON list `action.risk.param._risk`, or one risk object from the single
    /// settings of older versions.
    fn risk(&self) -> (Vec<RiskField>, Vec<ThreatField>) {
        let list = self.get("action.risk.param._risk").unwrap_or_default();
        let list = Json::parse(list);
        let list = list.as_ref().map(Json::elements).unwrap_or_default();
        let text = |object: &Json<'_>, key: &str| match object.get(key)? {
            Json::Text(text) => Some(text.clone()),
            Json::Word(text) => Some(text.clone().into_owned()),
            _ => None,
        };
        let mut risks: Vec<_> = list
            .iter()
            .filter_map(|object| {
                Some(RiskField {
                    field: text(object, "risk_object_field")?,
                    kind: object_type(&text(object, "risk_object_type")?),
                    score: Score::parse(&text(object, "risk_score")?)?,
                    message: None,
                })
            })
            .collect();
        let threats = list
            .iter()
            .filter_map(|object| {
                Some(ThreatField {
                    field: text(object, "threat_object_field")?,
                    kind: text(object, "threat_object_type")?,
                })
            })
            .collect();
        let single = |key: &str| self.get(&format!("action.risk.param._risk_{key}"));
        if let (true, Some(field)) = (risks.is_empty(), single("object")) {
            risks.push(RiskField {
                field: field.to_owned(),
                kind: object_type(single("object_type").unwrap_or_default()),
                score: single("score").and_then(Score::parse).unwrap_or_default(),
                message: None,
            });
        }
        (risks, threats)
    }
}

/// Returns the texts of a JSON list.
fn texts(list: &Json<'_>) -> Vec<String> {
    list.elements().iter().filter_map(Json::text).map(String::from).collect()
}

/// Returns the type that a name contains: old saved searches have no annotation for it.
fn type_from_name(name: &str) -> Option<&str> {
    ["Hunting", "Correlation"].into_iter().find(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::ObjectType;
    use crate::search::Search;

    const SAVED: &str = r#"
# generated
[ESCU - PowerShell Enable PowerShell Remoting - Rule]
action.risk.param._risk_message = Remoting on $dest$
action.risk.param._risk = [{"risk_object_field": "dest", "risk_object_type": "system", "risk_score": 25}, {"threat_object_field": "src", "threat_object_type": "ip_address"}]
action.correlationsearch.annotations = {"mitre_attack": ["T1059.001"], "type": "Anomaly"}
action.escu.analytic_story = ["Malicious PowerShell"]
search = `powershell` EventCode=4104 \
  ScriptBlockText="*Enable-PSRemoting*" \
| stats count by dest

[powershell]
definition = index=win
"#;

    #[test]
    fn lines_that_are_no_setting_are_counted() {
        let text = "x = 1\n; old\n[a\nsearch = b\nc\n# d\n[e]\nsearch = f \\\n g\n";
        assert!(is_conf("saved.CONF", text) && !is_conf("saved", text));
        let mut strays = Vec::new();
        let all = stanzas(text, &mut strays);
        assert_eq!(strays, [1, 3, 5]);
        assert_eq!(all.len(), 2);
        assert_eq!((&*all[0].name, all[0].get("search")), ("a", Some("b")));
        assert_eq!((&*all[1].name, all[1].get("search")), ("e", Some("f \n g")));
    }

    #[test]
    fn a_saved_search() {
        assert!(is_conf("a.txt", SAVED));
        assert!(!is_conf("a.conf", "[a, b]\n"));
        let stanzas = stanzas(SAVED, &mut Vec::new());
        assert_eq!(stanzas.len(), 2);
        let rule = stanzas[0].rule().unwrap();
        assert_eq!(rule.title, "PowerShell Enable PowerShell Remoting");
        assert_eq!(rule.line, 3);
        assert!(rule.text.ends_with("\n| stats count by dest"), "{}", rule.text);
        assert_eq!(rule.risk_objects[0].kind, ObjectType::System);
        assert_eq!(rule.score(), Score::points(25));
        assert_eq!(rule.threat_objects[0].field, "src");
        assert_eq!(rule.attack[0].tactics, ["Execution"]);
        assert_eq!(rule.stories, ["Malicious PowerShell"]);
        let mut definitions = Definitions::builtin();
        assert!(stanzas[1].define("macros.conf", &mut definitions));
        assert!(definitions.macros().any(|(_, text)| text.definition == "index=win"));
        assert!(stanzas[1].rule().is_none());
    }

    #[test]
    fn an_eval_macro_is_the_text_that_it_returns() {
        let text = "[a(1)]\nargs = x\niseval = 1\ndefinition = \"Computer=$x$\"\n\
                    [b(1)]\nargs = x\niseval = 1\ndefinition = upper(\"$x$\")\n\
                    [c(1)]\nargs = x\niseval = 1\ndefinition = nope($x$)\n\
                    [d]\niseval = 1\ndefinition = strftime(now(), \"%F\")\n";
        let mut definitions = Definitions::builtin();
        assert!(
            stanzas(text, &mut Vec::new())
                .iter()
                .all(|own| own.define("macros.conf", &mut definitions))
        );
        let (library, _) = definitions.library();
        let read = |text| Search::parse(text, &library).map_err(|error| error.message);
        assert_eq!(read("`a(dc01)`").unwrap(), read("Computer=dc01").unwrap());
        assert_eq!(read("`b(dc01)`").unwrap(), read("DC01").unwrap());
        let message = read("`c(dc01)`").unwrap_err();
        assert!(message.starts_with("the macro `c` is an expression that cannot run"), "{message}");
        let message = read("`d`").unwrap_err();
        assert_eq!(message, "the macro `d` is an expression that returns no text here");
    }

    #[test]
    fn macro_arguments_are_validated() {
        let text = "[n(1)]\nargs = x\ndefinition = head $x$\nvalidation = isint($x$)\n\
                    errormsg = x is a whole number\n\
                    [t(1)]\nargs = x\ndefinition = Computer=\"$x$\"\n\
                    validation = validate(len(x)<5, \"too long\")\n\
                    [q(1)]\nargs = x\ndefinition = Computer=\"$x$\"\nvalidation = match(\"$x$\", \"^[a-z]+$\")\n";
        let mut definitions = Definitions::builtin();
        assert!(
            stanzas(text, &mut Vec::new())
                .iter()
                .all(|own| own.define("macros.conf", &mut definitions))
        );
        let (library, _) = definitions.library();
        let failure = |text| Search::parse(text, &library).map_err(|error| error.message).err();
        let refused = |name: &str, cause: &str| {
            Some(format!("the macro `{name}` does not accept its arguments: {cause}"))
        };
        assert_eq!(failure("a | `n(3)`"), None);
        assert_eq!(failure("a | `n(x=3)`"), None);
        assert_eq!(failure("a | `n(some)`"), refused("n", "x is a whole number"));
        assert_eq!(failure("`t(dc01)`"), None);
        assert_eq!(failure("`t(dc01x)`"), refused("t", "too long"));
        assert_eq!(failure("`q(dc)`"), None);
        let cause = "match(\"$x$\", \"^[a-z]+$\") is not true";
        assert_eq!(failure("`q(dc01)`"), refused("q", cause));
    }

    #[test]
    fn single_risk_settings() {
        let text = "[x]\nsearch = a\naction.risk.param._risk_object = user\naction.risk.param._risk_object_type = user\naction.risk.param._risk_score = 40\n";
        let rule = stanzas(text, &mut Vec::new())[0].rule().unwrap();
        assert_eq!(rule.risk_objects[0].score, Score::points(40));
    }
}
