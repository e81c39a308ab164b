//! All files to one rule set: sort out what each document is, then give every rule what it refers to.

use super::knowledge_objects::{self, Definitions};
use super::source_position::Files;
use super::yaml::{self, Broken, Node};
use super::{
    Assets, Rule, RuleFile, RuleKind, RuleOptions, RuleSet, Samples, Story, Unsupported, builtin,
    conf,
    sigma::{self, Action},
    splunk,
};
use crate::error::Problem;
use crate::limits::{RULE_BYTES, YAML_DOCUMENTS, YAML_MERGED_VALUES};
use crate::search::{Search, SearchError};
use crate::sort;
use crate::text::{Raw, to_hex};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// Loads rules and all they need. The order of the files does not matter. Of rules that share an id one is
/// kept: a file's before a built-in one, then the higher version; this is said.
pub fn load(files: &[RuleFile], options: &RuleOptions) -> RuleSet {
    let mut loader = Loader { definitions: Definitions::builtin(), ..Loader::default() };
    if options.builtin {
        for text in builtin::files() {
            loader.builtin(&text);
        }
    }
    for file in files {
        loader.file(file);
    }
    for (name, definition) in &options.macros {
        loader.definitions.override_macro(name, definition);
    }
    loader.finish(options, files)
}

/// What the samples of a built-in detection begin with.
const SAMPLES: &str = "\nscriptscope:\n";

#[derive(Default)]
pub(super) struct Loader {
    definitions: Definitions,
    /// Rules whose search is still text.
    rules: Vec<Rule>,
    sigma: Vec<sigma::Document>,
    stories: BTreeMap<String, Story>,
    problems: Vec<Problem>,
    /// Rules about other events, and files without any rule: named, so that the first can be said
    /// whatever the order.
    other_rules: BTreeSet<String>,
    other_files: BTreeSet<String>,
}

impl Loader {
    /// One that knows the definitions of a rule set, and no rule.
    pub(super) fn beside(set: &RuleSet) -> Self {
        Self { definitions: set.definitions.clone(), ..Self::default() }
    }

    pub(super) fn file(&mut self, file: &RuleFile) {
        if file.bytes.len() > RULE_BYTES {
            let message = format!("a rule file of more than {} MiB is not read", RULE_BYTES >> 20);
            self.problems.push(Problem::error("rule-file-too-large", message).file(&file.name));
            return;
        }
        let extension =
            knowledge_objects::base_name(&file.name).rsplit_once('.').map(|(_, after)| after);
        let extension = extension.unwrap_or("yml").to_ascii_lowercase();
        match extension.as_str() {
            "csv" => match knowledge_objects::table_of(&file.bytes) {
                Ok(table) => self.definitions.add_table(&file.name, table),
                Err(cause) => {
                    let message = format!("a lookup table that cannot be read: {cause}");
                    self.problems.push(Problem::error("lookup-broken", message).file(&file.name));
                }
            },
            "yml" | "yaml" | "conf" | "txt" | "spl" => {
                let text = decode(&file.bytes);
                self.text(&file.name, &text);
            }
            _ => {
                self.other_files.insert(file.name.clone());
            }
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        let known = if conf::is_conf(text) { self.conf(name, text) } else { self.yaml(name, text) };
        if !known {
            self.other_files.insert(name.to_owned());
        }
    }

    /// A file of our own: one detection, whose samples come last and can wait.
    fn builtin(&mut self, text: &str) {
        let cut = text.find(SAMPLES).map_or(text.len(), |at| at + 1);
        let (text, samples) = text.split_at_checked(cut).unwrap_or((text, ""));
        let document = yaml::Document { text, line: 1 };
        if let Ok(Some(node)) = document.read() {
            let samples = Samples::later(samples);
            self.rules.push(Rule { kind: RuleKind::Builtin, samples, ..splunk::read(&node) });
        }
    }

    /// Whether anything was found that this engine knows.
    fn conf(&mut self, name: &str, text: &str) -> bool {
        let mut known = false;
        for stanza in conf::stanzas(text) {
            known |= match stanza.rule() {
                Some(rule) => {
                    self.rule(name, rule);
                    true
                }
                None => stanza.define(name, &mut self.definitions),
            };
        }
        known
    }

    fn yaml(&mut self, name: &str, text: &str) -> bool {
        let mut known = false;
        let mut global = None;
        let mut last: Option<Node> = None;
        let mut budget = YAML_MERGED_VALUES;
        for (number, source) in yaml::pieces(text).enumerate() {
            if number >= YAML_DOCUMENTS {
                let message = format!("only the first {YAML_DOCUMENTS} documents are read");
                let problem = Problem::error("rule-file-too-large", message);
                self.problems.push(problem.line(source.line, 1).file(name));
                break;
            }
            match source.read() {
                Ok(None) => {}
                Ok(Some(node)) => {
                    let base = match sigma::action(&node) {
                        Some(Action::Global) => {
                            known = true;
                            global = Some(node);
                            continue;
                        }
                        Some(Action::Reset) => {
                            global = None;
                            continue;
                        }
                        Some(Action::Repeat) => last.as_ref(),
                        None if sigma::stands_alone(&node) => None,
                        None => global.as_ref(),
                    };
                    let weight = base.map_or(0, Node::weight);
                    let Some(rest) = budget.checked_sub(weight) else {
                        let message = format!(
                            "documents with those laid under them come to more than {YAML_MERGED_VALUES} values"
                        );
                        let problem = Problem::error("rule-file-too-large", message);
                        self.problems.push(problem.line(source.line, 1).file(name));
                        break;
                    };
                    budget = rest;
                    let node = match base {
                        Some(base) => base.merged(&node),
                        None => node,
                    };
                    last = sigma::is_sigma(&node).then(|| node.clone());
                    known |= self.document(name, node, &source);
                }
                Err(Broken { message, at }) => {
                    let problem =
                        Problem::error("rule-file-broken", format!("not YAML: {message}"));
                    self.problems.push(problem.line(at.line, at.column).file(name));
                    known = true;
                }
            }
        }
        known
    }

    fn document(&mut self, name: &str, node: Node, source: &yaml::Document<'_>) -> bool {
        for at in splunk::broken_samples(&node) {
            let message = "a sample needs a text, and true or false for match".to_owned();
            let problem = Problem::error("sample-broken", message);
            self.problems.push(problem.line(at.line, at.column).file(name));
        }
        if sigma::is_sigma(&node) {
            match sigma::Document::new(name, node, source) {
                Some(document) => self.sigma.push(document),
                None => {
                    self.other_rules.insert(name.to_owned());
                }
            }
        } else if splunk::is_detection(&node) {
            if let Some(twice) = node.repeated_key() {
                let message = format!("the key {} stands twice; the last counts", twice.key);
                let problem = Problem::warning("rule-key-twice", message);
                self.problems.push(problem.line(twice.at.line, twice.at.column).file(name));
            }
            self.rule(name, splunk::read(&node));
        } else if node.get("definition").is_some() {
            if let Some((macro_name, text)) = knowledge_objects::macro_of(&node) {
                let twice = self.definitions.add_macro(name, macro_name, text);
                self.problems.extend(twice.map(|problem| problem.file(name)));
            }
        } else if knowledge_objects::is_lookup(&node) {
            if let Some((lookup_name, lookup)) = knowledge_objects::lookup_of(&node) {
                self.definitions.add_lookup(name, lookup_name, lookup);
            }
        } else if let (Some(title), Some(_)) = (node.text_of("name"), node.get("narrative")) {
            let story = Story {
                name: title.to_owned(),
                description: splunk::paragraph(&node, "description"),
            };
            self.stories.entry(story.name.clone()).or_insert(story);
        } else {
            return false;
        }
        true
    }

    fn rule(&mut self, file: &str, rule: Rule) {
        if splunk::is_about_script_blocks(&rule.text) {
            self.rules.push(Rule { file: Some(file.to_owned()), ..rule });
        } else {
            self.other_rules.insert(format!("{file}: {}", rule.title));
        }
    }

    pub(super) fn finish(mut self, options: &RuleOptions, files: &[RuleFile]) -> RuleSet {
        let (library, problems) = self.definitions.library();
        self.problems.extend(problems);
        let mut placed = Files::new(files);
        for rule in &mut self.rules {
            rule.search = Search::parse(&rule.text, &library)
                .map_err(|error| Unsupported::from(placed.placed(error, rule)));
        }
        let sigma = std::mem::take(&mut self.sigma);
        let values = |name: &str| self.definitions.placeholder(name);
        let mut compiled =
            sigma::compile(sigma, &library, &values, &options.levels, &mut self.problems);
        for rule in &mut compiled {
            if let Err(refusal) = &rule.search {
                rule.search = Err(placed.pointed(refusal.clone(), rule));
            }
        }
        self.rules.extend(compiled);
        for rule in &mut self.rules {
            if rule.id.is_empty() {
                rule.id = id_of(rule);
            }
        }
        let rules = self.unique();
        self.say(&rules);
        sort::sort_by(&mut self.problems, |a, b| {
            (&a.file, a.line, a.column, a).cmp(&(&b.file, b.line, b.column, b))
        });
        let mut assets = Assets::default();
        self.definitions.tables.values().for_each(|table| assets.add(table));
        let hash = hash(&rules, &self.definitions);
        RuleSet {
            rules,
            assets,
            stories: self.stories.into_values().collect(),
            problems: self.problems,
            definitions: self.definitions,
            hash,
        }
    }

    /// The rules by id, one of each. What decides between two of the same id is what they say.
    fn unique(&mut self) -> Vec<Rule> {
        let rules = std::mem::take(&mut self.rules);
        let version = |rule: &Rule| -> u32 {
            let fact = rule.facts.iter().find(|(name, _)| *name == "version");
            fact.and_then(|(_, text)| text.parse().ok()).unwrap_or_default()
        };
        // A fingerprint takes long, and nearly all ids differ: it is made once, and only where it decides.
        let mut rules: Vec<(Rule, OnceCell<String>)> =
            rules.into_iter().map(|rule| (rule, OnceCell::new())).collect();
        sort::sort_by(&mut rules, |(a, a_print), (b, b_print)| {
            let rank = |rule: &Rule| (rule.kind == RuleKind::Builtin, u32::MAX - version(rule));
            let print = |rule: &Rule, cell: &OnceCell<String>| {
                cell.get_or_init(|| fingerprint(rule)).clone()
            };
            a.id.cmp(&b.id)
                .then_with(|| rank(a).cmp(&rank(b)))
                .then_with(|| print(a, a_print).cmp(&print(b, b_print)))
                .then_with(|| a.file.cmp(&b.file))
        });
        let mut kept: Vec<Rule> = Vec::with_capacity(rules.len());
        for (rule, _) in rules {
            match kept.last() {
                Some(first) if first.id == rule.id => self.problems.push(twice(first, &rule)),
                _ => kept.push(rule),
            }
        }
        kept
    }

    fn say(&mut self, rules: &[Rule]) {
        for rule in rules {
            if let Err(refusal) = &rule.search {
                let message = format!("{} cannot run: {}", rule.title, refusal.reason);
                let mut problem = Problem::warning("rule-refused", message).rule(&rule.id);
                problem.file = rule.file.clone();
                problem.line = refusal.line;
                problem.column = refusal.column;
                self.problems.push(problem);
            }
        }
        let counted = [
            (&self.other_rules, "rules-skipped", "not about script blocks (event 4104)"),
            (&self.other_files, "rule-files-skipped", "files without a rule, macro or lookup"),
        ];
        for (names, code, what) in counted {
            let first: Vec<_> = names.iter().take(3).map(String::as_str).collect();
            if !first.is_empty() {
                let message = format!("{} skipped, {what}: {}", names.len(), first.join(", "));
                let more = if names.len() > first.len() { " …" } else { "" };
                self.problems.push(Problem::info(code, message + more));
            }
        }
    }
}

impl Unsupported {
    /// A rule whose search was not parsed yet.
    pub(crate) fn pending() -> Self {
        Self { reason: String::new(), line: None, column: None }
    }
}

impl From<SearchError> for Unsupported {
    fn from(error: SearchError) -> Self {
        Self { reason: error.to_string(), line: Some(error.line), column: Some(error.column) }
    }
}

fn twice(kept: &Rule, other: &Rule) -> Problem {
    let place = |rule: &Rule| rule.file.clone().unwrap_or_else(|| "the built-in rules".into());
    let (first, second) = (place(kept), place(other));
    let message = format!("{} stands in {first} and in {second}; the first is used", kept.title);
    let problem = if fingerprint(kept) == fingerprint(other) || other.kind == RuleKind::Builtin {
        Problem::info("rule-twice", message)
    } else {
        Problem::warning("rule-twice", message)
    };
    let mut problem = problem.rule(&kept.id);
    problem.file = kept.file.clone();
    problem
}

/// Rule files are UTF-8, with or without a byte order mark; Windows editors also write UTF-16.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(Raw::Utf16(rest).to_lossy()),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// An id for a rule without one, in the shape of a UUID.
fn id_of(rule: &Rule) -> String {
    let hash = fingerprint(rule);
    let mut parts = Vec::new();
    let mut rest = hash.as_str();
    for length in [8, 4, 4, 4, 12] {
        let (part, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        parts.push(part);
        rest = after;
    }
    parts.join("-")
}

/// SHA-256 in hex over what a rule says.
fn fingerprint(rule: &Rule) -> String {
    let mut feed = Feed::default();
    feed.rule(rule);
    feed.hex()
}

fn hash(rules: &[Rule], definitions: &Definitions) -> String {
    let mut feed = Feed::default();
    for rule in rules {
        feed.rule(rule);
    }
    for (name, own) in definitions.macros() {
        feed.texts([name, &own.definition]);
        feed.texts(&own.arguments);
        if own.is_formula {
            feed.texts(["iseval"]);
        }
    }
    for (name, (_, lookup)) in &definitions.lookups {
        feed.texts([name, &format!("{lookup:?}")]);
    }
    for (name, table) in &definitions.tables {
        feed.texts([name]);
        feed.texts(&table.columns);
        table.rows.iter().for_each(|row| feed.texts(row));
    }
    feed.hex()
}

/// Texts into a hash, each with its length, so that no two sequences run into each other.
#[derive(Default)]
struct Feed(Sha256);

impl Feed {
    fn texts<T: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = T>) {
        for text in texts {
            let text = text.as_ref();
            self.0.update(text.len().to_le_bytes());
            self.0.update(text);
        }
        self.0.update([0xFF; 8]);
    }

    fn rule(&mut self, rule: &Rule) {
        let kind = rule.rule_type.map(|kind| kind.to_string()).unwrap_or_default();
        let level = rule.level.as_deref().unwrap_or_default();
        let message = rule.message.as_deref().unwrap_or_default();
        self.texts([&rule.id, &rule.title, &rule.text, &kind, level, message]);
        for attack in &rule.attack {
            self.texts([&attack.technique]);
            self.texts(&attack.tactics);
        }
        for object in &rule.risk_objects {
            let kind = object.kind.to_string();
            let message = object.message.as_deref().unwrap_or_default();
            self.texts([&object.field, &kind, &object.score.to_string(), message]);
        }
        for object in &rule.threat_objects {
            self.texts([&object.field, &object.kind]);
        }
    }

    fn hex(self) -> String {
        to_hex(&self.0.finalize())
    }
}
