//! Loads all files into one rule set: classifies each document, then resolves what the rules refer to.

use super::assets::Assets;
use super::builtin::{self, Builtin};
use super::hash::{id_from_hash, rule_hash};
use super::knowledge_objects::{self, Definitions};
use super::lookup_table;
use super::model::{LeftOutRule, Rule, RuleKind, Story, Unsupported, WordPlace};
use super::options::{RuleFile, RuleOptions};
use super::rule_set::RuleSet;
use super::sample::{Samples, malformed_samples};
use super::sigma::{self, Action};
use super::source_position::PositionResolver;
use super::yaml::{self, YamlDocument, YamlError, YamlNode};
use super::{conf, file_text, log_kind, splunk};
use crate::error::Problem;
use crate::event::is_always_present;
use crate::limits::{RULE_BYTES, YAML_DOCUMENTS, YAML_MERGED_VALUES};
use crate::ordered::{OrderedMap, OrderedSet};
use crate::search::{Assumptions, Library, Obstacle, Search};
use crate::sort;
use std::cell::OnceCell;
use std::sync::{Arc, OnceLock};

/// Loads rules with the macros, lookups and stories that they refer to.
///
/// The result does not depend on the order of the files. Of rules with the same id one is used: a file's before a
/// built-in one, then the higher version. The others become a [`Problem`].
pub fn load(files: &[RuleFile], options: &RuleOptions) -> RuleSet {
    let mut loader = Loader::with_definitions(&Definitions::builtin());
    if options.builtin {
        let library = Arc::new(Definitions::builtin().library().0);
        for (index, detection) in builtin::detections().into_iter().enumerate() {
            loader.add_builtin(index, detection, &library);
        }
    }
    for file in files {
        loader.add_file(file);
    }
    for (name, definition) in &options.macros {
        loader.definitions.override_macro(name, definition);
    }
    loader.finish(options, files)
}

thread_local! {
    /// The built-in detections alone, with the defaults of all options.
    static BUILTIN: OnceCell<Arc<RuleSet>> = const { OnceCell::new() };
}

/// As [`load`], but sessions of a thread that have no rules and macros of their own share one set. It is loaded once, and so
/// is made once what its searches make when they are first used. Sessions of other threads have their own: two threads
/// would wait for each other where they run the same regular expression.
pub(crate) fn load_shared(files: &[RuleFile], options: &RuleOptions) -> Arc<RuleSet> {
    match files.is_empty() && *options == RuleOptions::default() {
        true => BUILTIN.with(|set| Arc::clone(set.get_or_init(|| Arc::new(load(files, options))))),
        false => Arc::new(load(files, options)),
    }
}

/// The contents of the files read so far.
#[derive(Default)]
pub(super) struct Loader {
    definitions: Definitions,
    /// Rules whose search is not parsed yet.
    rules: Vec<Rule>,
    sigma: Vec<sigma::SigmaDocument>,
    /// Sigma's rules about other events.
    sigma_others: Vec<sigma::OtherLogRule>,
    stories: OrderedMap<String, Story>,
    problems: Vec<Problem>,
    /// Rules about other events. Sorted, so that their list does not depend on the order of files.
    left_out: OrderedSet<LeftOutRule>,
    /// Names of files without a rule or definition.
    skipped_files: OrderedSet<String>,
}

impl Loader {
    /// Creates a loader that knows these definitions and no rule.
    pub(super) fn with_definitions(definitions: &Definitions) -> Self {
        Self { definitions: definitions.clone(), ..Self::default() }
    }

    /// Reads a file according to the extension of its name.
    pub(super) fn add_file(&mut self, file: &RuleFile) {
        if file.bytes.len() > RULE_BYTES {
            let message = format!(
                "the file has more than {} MiB and is not read: split it into smaller files",
                RULE_BYTES >> 20
            );
            self.problems.push(Problem::error("rule-file-too-large", message).file(&file.name));
            return;
        }
        let extension =
            knowledge_objects::base_name(&file.name).rsplit_once('.').map(|(_, after)| after);
        let extension = extension.unwrap_or("yml").to_ascii_lowercase();
        match extension.as_str() {
            "csv" => match lookup_table::parse(&file.bytes) {
                Ok(table) => self.definitions.add_table(&file.name, table),
                Err(cause) => {
                    let message = format!("the lookup table cannot be read: {cause}");
                    self.problems.push(Problem::error("lookup-broken", message).file(&file.name));
                }
            },
            "yml" | "yaml" | "conf" | "txt" | "spl" => {
                if let Some((line, column)) = file_text::first_invalid(&file.bytes) {
                    let message = "the file is not UTF-8 from here, and such bytes are replaced by U+FFFD: save it as UTF-8";
                    let problem = Problem::warning("rule-file-encoding", message);
                    self.problems.push(problem.line(line, column).file(&file.name));
                }
                let text = file_text::decode(&file.bytes);
                self.add_text(&file.name, &text);
            }
            _ => {
                self.skipped_files.insert(file.name.clone());
            }
        }
    }

    /// Parses all searches, applies Sigma's filters and correlations, and resolves duplicate ids. `files` are the
    /// files that were added: errors in searches are located in them.
    pub(super) fn finish(mut self, options: &RuleOptions, files: &[RuleFile]) -> RuleSet {
        let (library, problems) = self.definitions.library();
        self.problems.extend(problems);
        let mut positions = PositionResolver::new(files);
        let has_builtin_macros = self.definitions.has_builtin_macros();
        for rule in &mut self.rules {
            if rule.id.is_empty() {
                rule.id = id_from_hash(rule);
            }
            // A prepared search holds as long as no macro that it names means something else.
            if rule.search.is_ok() && has_builtin_macros {
                continue;
            }
            rule.search = match Search::parse_with_notes(&rule.text, &library) {
                Ok((search, notes)) => {
                    for note in notes {
                        let note = positions.locate(note, rule);
                        let message = format!("{}: {}", rule.title, note.message);
                        let mut problem = Problem::info("command-without-effect", message);
                        problem = problem.line(note.line, note.column).rule(&rule.id);
                        problem.file.clone_from(&rule.file);
                        self.problems.push(problem);
                    }
                    Ok(search.without_comments(rule.ignores_comments))
                }
                Err(error) => Err(Unsupported::from(positions.locate(error, rule))),
            };
        }
        let sigma = std::mem::take(&mut self.sigma);
        let values = |name: &str| self.definitions.placeholder(name);
        let compiled = sigma::compile(
            sigma,
            &self.sigma_others,
            &library,
            &values,
            &options.levels,
            &mut self.problems,
        );
        self.left_out.extend(compiled.left_out);
        let mut compiled = compiled.rules;
        for rule in &mut compiled {
            if rule.ignores_comments {
                rule.search = rule.search.clone().map(|search| search.without_comments(true));
            }
            if let Err(unsupported) = &rule.search {
                rule.search = Err(positions.with_excerpt(unsupported.clone(), rule));
            }
            if rule.id.is_empty() {
                rule.id = id_from_hash(rule);
            }
        }
        self.rules.extend(compiled);
        let rules = self.take_unique_rules();
        self.report_unsupported(&rules);
        self.report_left_out();
        let places = places(&rules, &mut positions);
        sort::sort_by(&mut self.problems, |a, b| {
            (&a.file, a.line, a.column, a).cmp(&(&b.file, b.line, b.column, b))
        });
        let mut assets = Assets::default();
        self.definitions.tables.values().for_each(|table| assets.add(table));
        RuleSet {
            rules,
            assets,
            stories: self.stories.into_values().collect(),
            left_out: self.left_out.into_iter().collect(),
            files_without_rules: self.skipped_files.into_iter().collect(),
            places,
            problems: self.problems,
            definitions: self.definitions,
            hash: OnceLock::new(),
        }
    }

    fn add_text(&mut self, name: &str, text: &str) {
        let known = if conf::is_conf(name, text) {
            self.add_conf(name, text)
        } else {
            self.add_yaml(name, text)
        };
        if !known {
            self.skipped_files.insert(name.to_owned());
        }
    }

    /// Adds a built-in detection. Its samples, and its search if it is prepared, are parsed when first used.
    fn add_builtin(&mut self, index: usize, detection: Builtin, library: &Arc<Library>) {
        let Builtin { node, ignores_comments, facts } = detection;
        let samples = Samples::of_builtin(index);
        let kind = RuleKind::Builtin;
        let mut rule = Rule { kind, ignores_comments, samples, ..splunk::rule(&node) };
        if let Some(facts) = facts {
            let search = Search::prepared(rule.text.clone(), Arc::clone(library), facts);
            rule.search = Ok(search.without_comments(ignores_comments));
        }
        self.rules.push(rule);
    }

    /// Returns whether any stanza is a rule or a definition.
    fn add_conf(&mut self, name: &str, text: &str) -> bool {
        let (mut known, mut strays) = (false, Vec::new());
        for stanza in conf::stanzas(text, &mut strays) {
            known |= match stanza.rule() {
                Some(rule) => {
                    self.add_rule(name, rule, None);
                    true
                }
                None => stanza.define(name, &mut self.definitions),
            };
        }
        if let (true, Some(first)) = (known, strays.first()) {
            let more = strays.len() - 1;
            let message = format!(
                "line {first} and {more} more are neither [a stanza] nor a setting, and are left out: end a line with \\ to continue it on the next"
            );
            let problem = Problem::warning("rule-file-line", message);
            self.problems.push(problem.line(*first, 1).file(name));
        }
        known
    }

    /// Returns whether any document is of a known type, or malformed.
    fn add_yaml(&mut self, name: &str, text: &str) -> bool {
        let mut known = false;
        let mut global = None;
        let mut previous: Option<YamlNode> = None;
        let mut budget = YAML_MERGED_VALUES;
        for (number, source) in yaml::split(text).enumerate() {
            if number >= YAML_DOCUMENTS {
                let message = format!(
                    "only the first {YAML_DOCUMENTS} documents are read: split the file into smaller ones"
                );
                let problem = Problem::error("rule-file-too-large", message);
                self.problems.push(problem.line(source.line, 1).file(name));
                break;
            }
            let node = match source.parse() {
                Ok(None) => continue,
                Ok(Some(node)) => node,
                Err(YamlError { message, at }) => {
                    let problem =
                        Problem::error("rule-file-broken", format!("not valid YAML: {message}"));
                    self.problems.push(problem.line(at.line, at.column).file(name));
                    known = true;
                    continue;
                }
            };
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
                Some(Action::Repeat) => previous.as_ref(),
                None if sigma::ignores_global(&node) => None,
                None => global.as_ref(),
            };
            let weight = base.map_or(0, YamlNode::weight);
            let Some(remaining) = budget.checked_sub(weight) else {
                let message = format!(
                    "documents merged with global or repeated ones have more than {YAML_MERGED_VALUES} values"
                );
                let problem = Problem::error("rule-file-too-large", message);
                self.problems.push(problem.line(source.line, 1).file(name));
                break;
            };
            budget = remaining;
            let node = match base {
                Some(base) => base.merged(&node),
                None => node,
            };
            previous = sigma::is_sigma(&node).then(|| node.clone());
            known |= self.add_document(name, node, &source);
        }
        known
    }

    /// Returns whether the document is of a known type.
    fn add_document(&mut self, name: &str, node: YamlNode, source: &YamlDocument<'_>) -> bool {
        for at in malformed_samples(&node) {
            let message = "a sample needs a text, and true or false for match".to_owned();
            let problem = Problem::error("sample-broken", message);
            self.problems.push(problem.line(at.line, at.column).file(name));
        }
        if sigma::is_sigma(&node) {
            let left_out = LeftOutRule {
                log: log_kind::of_sigma(&node),
                file: name.to_owned(),
                line: source.line,
                title: node.text_of("title").unwrap_or_default().trim().to_owned(),
                id: node.text_of("id").map(|id| id.trim().to_ascii_lowercase()),
                kind: RuleKind::Sigma,
            };
            let other = sigma::OtherLogRule::new(&node, &left_out.log);
            match sigma::SigmaDocument::new(name, node, source) {
                Some(document) => self.sigma.push(document),
                None => {
                    self.left_out.insert(left_out);
                    self.sigma_others.push(other);
                }
            }
        } else if splunk::is_detection(&node) {
            if let Some(repeated) = node.repeated_key() {
                let message =
                    format!("the key {} is repeated: its last value is used", repeated.key);
                let problem = Problem::warning("rule-key-twice", message);
                self.problems.push(problem.line(repeated.at.line, repeated.at.column).file(name));
            }
            self.add_rule(name, splunk::rule(&node), Some(&node));
        } else if node.get("definition").is_some() {
            if let Some((macro_name, definition)) = knowledge_objects::macro_from(&node) {
                let conflict = self.definitions.add_macro(name, macro_name, definition);
                self.problems.extend(conflict.map(|problem| problem.file(name)));
            }
        } else if knowledge_objects::is_lookup(&node) {
            if let Some((lookup_name, lookup)) = knowledge_objects::lookup_from(&node) {
                self.definitions.add_lookup(name, lookup_name, lookup);
            }
        } else if let (Some(title), Some(_)) = (node.text_of("name"), node.get("narrative")) {
            let story =
                Story { name: title.to_owned(), description: node.paragraph_of("description") };
            self.stories.entry(story.name.clone()).or_insert(story);
        } else {
            return false;
        }
        true
    }

    /// Adds a rule of a file. `document` is its YAML, if it was written so.
    fn add_rule(&mut self, file: &str, rule: Rule, document: Option<&YamlNode>) {
        if splunk::is_about_script_blocks(&rule.text) {
            self.rules.push(Rule { file: Some(file.to_owned()), ..rule });
            return;
        }
        self.left_out.insert(LeftOutRule {
            log: log_kind::of_splunk(&rule.text, document),
            file: file.to_owned(),
            line: rule.line,
            title: rule.title,
            id: Some(rule.id).filter(|id| !id.is_empty()),
            kind: rule.kind,
        });
    }

    /// Returns the rules sorted by id, one of each id. Which one of several is used depends on their contents, not on
    /// the order of files.
    fn take_unique_rules(&mut self) -> Vec<Rule> {
        let rules = std::mem::take(&mut self.rules);
        let version = |rule: &Rule| -> u32 {
            let version = rule.metadata.iter().find(|(name, _)| *name == "version");
            version.and_then(|(_, text)| text.parse().ok()).unwrap_or_default()
        };
        // Hashing a rule is slow and nearly all ids differ, so a rule is hashed only to break a tie, and once.
        let mut rules: Vec<(Rule, OnceCell<String>)> =
            rules.into_iter().map(|rule| (rule, OnceCell::new())).collect();
        sort::sort_by(&mut rules, |(a, a_hash), (b, b_hash)| {
            let rank = |rule: &Rule| (rule.kind == RuleKind::Builtin, u32::MAX - version(rule));
            let hash =
                |rule: &Rule, cell: &OnceCell<String>| cell.get_or_init(|| rule_hash(rule)).clone();
            a.id.cmp(&b.id)
                .then_with(|| rank(a).cmp(&rank(b)))
                .then_with(|| hash(a, a_hash).cmp(&hash(b, b_hash)))
                .then_with(|| a.file.cmp(&b.file))
        });
        let mut unique: Vec<Rule> = Vec::with_capacity(rules.len());
        for (rule, _) in rules {
            match unique.last() {
                Some(used) if used.id == rule.id => self.problems.push(duplicate(used, &rule)),
                _ => unique.push(rule),
            }
        }
        unique
    }

    fn report_unsupported(&mut self, rules: &[Rule]) {
        for rule in rules {
            if let Err(unsupported) = &rule.search {
                let message = format!("{} cannot run: {}", rule.title, unsupported.reason);
                let mut problem = Problem::warning("rule-refused", message).rule(&rule.id);
                problem.file = rule.file.clone();
                problem.line = unsupported.line;
                problem.column = unsupported.column;
                self.problems.push(problem);
            }
        }
    }

    fn report_left_out(&mut self) {
        if !self.left_out.is_empty() {
            let mut by_log: OrderedMap<&str, usize> = OrderedMap::new();
            for rule in &self.left_out {
                *by_log.entry(&rule.log).or_default() += 1;
            }
            let mut by_log: Vec<(&str, usize)> = by_log.into_iter().collect();
            sort::sort_by(&mut by_log, |a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
            let counted = by_log.iter().map(|(log, count)| format!("{count} {log}"));
            let message = format!(
                "{} left out, not about script blocks (event 4104): {}; `scriptscope rules --format json` lists them",
                self.left_out.len(),
                first_of(counted.collect(), LOGS_NAMED)
            );
            self.problems.push(Problem::info("rules-skipped", message));
        }
        if !self.skipped_files.is_empty() {
            let message = format!(
                "{} skipped, files without a rule, macro or lookup: {}",
                self.skipped_files.len(),
                first_of(self.skipped_files.iter().cloned().collect(), FILES_NAMED)
            );
            self.problems.push(Problem::info("rule-files-skipped", message));
        }
    }
}

/// Kinds of log that the message about rules left out names.
const LOGS_NAMED: usize = 8;

/// Files that the message about files without rules names.
const FILES_NAMED: usize = 3;

/// Returns the first of the words as a list.
fn first_of(mut words: Vec<String>, most: usize) -> String {
    let more = words.len().saturating_sub(most);
    words.truncate(most);
    let listed = words.join(", ");
    if more > 0 { format!("{listed} and {more} more") } else { listed }
}

/// Returns, for each rule that may be unable to match, where its file has the words that decide it.
fn places(
    rules: &[Rule],
    positions: &mut PositionResolver<'_>,
) -> OrderedMap<String, Vec<WordPlace>> {
    let mut places = OrderedMap::new();
    for rule in rules {
        let Ok(search) = &rule.search else { continue };
        let may_lack = |name: &str| !is_always_present(name);
        let Some(obstacles) = search.obstacles(Assumptions::without(&may_lack)) else { continue };
        let words: OrderedSet<&str> = obstacles.iter().flat_map(Obstacle::words).collect();
        let found: Vec<WordPlace> = words
            .into_iter()
            .filter_map(|word| {
                let (line, column) = positions.find_word(rule, word)?;
                Some(WordPlace { word: word.to_owned(), line, column })
            })
            .collect();
        if !found.is_empty() {
            places.insert(rule.id.clone(), found);
        }
    }
    places
}

/// The problem of two rules with one id: a warning if they differ, unless a file replaces a built-in rule.
fn duplicate(used: &Rule, other: &Rule) -> Problem {
    let file = |rule: &Rule| rule.file.clone().unwrap_or_else(|| "the built-in rules".into());
    let (first, second) = (file(used), file(other));
    let message =
        format!("{} is defined in {first} and in {second}: the first is used", used.title);
    let problem = if rule_hash(used) == rule_hash(other) || other.kind == RuleKind::Builtin {
        Problem::info("rule-twice", message)
    } else {
        Problem::warning("rule-twice", message)
    };
    let mut problem = problem.rule(&used.id);
    problem.file = used.file.clone();
    problem
}

#[cfg(test)]
mod tests;
