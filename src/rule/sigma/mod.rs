//! Sigma's rules, correlation rules and filters: each becomes the same search that a Splunk rule becomes.

mod condition;
mod correlation;
mod detection;
#[cfg(test)]
mod tests;
mod value;

use self::condition::{Aggregation, SigmaCondition};
use self::detection::{Making, Placeholders, Refused};
use super::attack::{self, Tactic};
use super::model::{ObjectType, RiskField, Rule, RuleKind, Unsupported};
use super::options::LevelScores;
use super::sample::samples;
use super::splunk::filter_macro;
use super::yaml::{self, Node, Value};
use crate::error::Problem;
use crate::limits::{SIGMA_FILTER_PREDICATES, SIGMA_VALUES};
use crate::search::{
    Aggregate, AggregateInput, Aggregation as Function, Command, Condition, Library, Predicate,
    Search, Stats, WildcardPiece,
};
use crate::sort;

/// A document of Sigma's that is about script blocks.
pub(crate) struct SigmaDocument {
    file: String,
    node: Node,
    /// The part that is searched for, as written.
    text: String,
    kind: DocumentKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DocumentKind {
    Detection,
    Correlation,
    Filter,
}

/// How a document bears on the others of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It is laid under those that follow.
    Global,
    /// What was laid under them no longer is.
    Reset,
    /// It is laid over the one before it.
    Repeat,
}

pub(crate) fn action(node: &Node) -> Option<Action> {
    match node.text_of("action")? {
        "global" => Some(Action::Global),
        "reset" => Some(Action::Reset),
        "repeat" => Some(Action::Repeat),
        _ => None,
    }
}

/// Correlations and filters build on no global document.
pub(crate) fn ignores_global(node: &Node) -> bool {
    node.get("correlation").is_some() || node.get("filter").is_some()
}

/// Whether a document has one of Sigma's three forms.
pub(crate) fn is_sigma(node: &Node) -> bool {
    kind_of(node).is_some()
}

impl SigmaDocument {
    /// `None` if it is about another log source.
    pub(crate) fn new(file: &str, node: Node, source: &yaml::Document<'_>) -> Option<Self> {
        let kind = kind_of(&node)?;
        let key = match kind {
            DocumentKind::Detection => "detection",
            DocumentKind::Correlation => "correlation",
            DocumentKind::Filter => "filter",
        };
        let about = match kind {
            DocumentKind::Detection => is_about_script_blocks(&node),
            DocumentKind::Correlation => true,
            DocumentKind::Filter => may_be_about_script_blocks(&node),
        };
        let text = node.source_of(key, source).to_owned();
        about.then(|| Self { file: file.to_owned(), node, text, kind })
    }
}

/// Makes rules of all documents: filters tighten the rules they name, and a rule that only serves
/// correlation rules makes no results of its own.
pub(crate) fn compile(
    documents: Vec<SigmaDocument>,
    library: &Library,
    placeholders: Placeholders<'_>,
    levels: &LevelScores,
    problems: &mut Vec<Problem>,
) -> Vec<Rule> {
    let of = |kind: DocumentKind| documents.iter().filter(move |document| document.kind == kind);
    let mut rules: Vec<_> = of(DocumentKind::Detection)
        .map(|document| Draft::read(document, placeholders, levels))
        .collect();
    let mut budget = SIGMA_FILTER_PREDICATES;
    for document in of(DocumentKind::Filter) {
        if let Err(refused) = apply_filter(document, &mut rules, placeholders, &mut budget) {
            let message = format!("a filter that cannot be applied: {}", refused.reason);
            let problem = Problem::error("filter-refused", message).file(&document.file);
            problems.push(problem.line(refused.at.line, refused.at.column));
        }
    }
    let correlations: Vec<&SigmaDocument> = of(DocumentKind::Correlation).collect();
    let frame = Frame::new(library);
    let correlations = correlation::read(&correlations, &mut rules, &frame, levels);
    let mut all: Vec<Rule> = rules
        .into_iter()
        .filter(|draft| !draft.is_part)
        .map(|draft| draft.finish(&frame))
        .collect();
    all.extend(correlations);
    all
}

/// A rule whose expression may still change.
struct Draft {
    rule: Rule,
    /// What correlation rules and filters call it beside its id and title.
    name: Option<String>,
    source: LogSource,
    expr: Result<Condition, Refused>,
    /// What filters ask beside it, with their titles.
    filters: Vec<(String, Condition)>,
    aggregation: Option<(Aggregation, Option<u64>)>,
    /// It only serves correlation rules.
    is_part: bool,
}

impl Draft {
    fn read(
        document: &SigmaDocument,
        placeholders: Placeholders<'_>,
        levels: &LevelScores,
    ) -> Self {
        let node = &document.node;
        let detection = node.get("detection");
        let read = match (node.repeated_key(), detection) {
            (Some(twice), _) => {
                Err(Refused { reason: format!("the key {} stands twice", twice.key), at: twice.at })
            }
            (None, None) => Err(Refused { reason: "no detection".into(), at: node.at }),
            (None, Some(detection)) => condition_expr(detection, placeholders),
        };
        let timeframe = detection.and_then(|detection| detection.get("timeframe"));
        let seconds = timeframe.and_then(Node::text).and_then(correlation::timespan);
        let read = match (read, timeframe) {
            (Ok((_, Some(_))), Some(timeframe)) if seconds.is_none() => {
                let reason = "a timeframe is a number with s, m, h or d, such as 5m".into();
                Err(Refused { reason, at: timeframe.at })
            }
            (read, _) => read,
        };
        let (expr, aggregation) = match read {
            Ok((expr, aggregation)) => (Ok(expr), aggregation),
            Err(refused) => (Err(refused), None),
        };
        Self {
            rule: head(document, levels),
            name: node.text_of("name").map(String::from),
            source: LogSource::of(node),
            expr,
            filters: Vec::new(),
            aggregation: aggregation.map(|aggregation| (aggregation, seconds)),
            is_part: false,
        }
    }

    /// What of its events counts for a correlation rule: those that no filter removes.
    fn filtered(&self) -> Result<Condition, Refused> {
        let filters = self.filters.iter().map(|(_, expr)| expr.clone());
        let own = self.expr.clone()?;
        Ok(if self.filters.is_empty() {
            own
        } else {
            Condition::All(std::iter::once(own).chain(filters).collect())
        })
    }

    /// How many tests it is made of.
    fn weight(&self) -> usize {
        let filters = self.filters.iter().map(|(_, expr)| weight(expr));
        self.expr.as_ref().map_or(0, weight) + filters.sum::<usize>()
    }

    /// Whether a reference of a correlation rule or filter means it.
    fn is_called(&self, reference: &str) -> bool {
        self.rule.id.eq_ignore_ascii_case(reference)
            || self.name.as_deref() == Some(reference)
            || self.rule.title == reference
    }

    fn finish(mut self, frame: &Frame<'_>) -> Rule {
        let title = self.rule.title.clone();
        self.rule.search = match &self.aggregation {
            None => match self.expr {
                Ok(expr) => search(&title, expr, self.filters, frame),
                Err(refused) => Err(refused.into()),
            },
            Some((aggregation, timeframe)) => match self.filtered() {
                Ok(expr) => correlation::counted(&title, expr, aggregation, *timeframe, frame),
                Err(refused) => Err(refused.into()),
            },
        };
        self.rule
    }
}

impl From<Refused> for Unsupported {
    fn from(refused: Refused) -> Self {
        Self {
            reason: refused.reason,
            line: Some(refused.at.line),
            column: Some(refused.at.column),
        }
    }
}

/// The rows of a Sigma rule: those of the first detection, and an allow-list macro of its own. What filters
/// remove is marked, so that it can still be counted and shown.
fn search(
    title: &str,
    expr: Condition,
    filters: Vec<(String, Condition)>,
    frame: &Frame<'_>,
) -> Result<Search, Unsupported> {
    let time = |function, name: &str| Aggregate {
        function,
        input: Some(AggregateInput::Field("_time".into())),
        name: name.into(),
    };
    let stats = Stats {
        aggregates: vec![
            Aggregate { function: Function::Count, input: None, name: "count".into() },
            time(Function::Min, "firstTime"),
            time(Function::Max, "lastTime"),
        ],
        by: ["Computer", "EventID", "ScriptBlockText"].map(String::from).into(),
    };
    let filters = filters
        .into_iter()
        .map(|(name, expr)| Command::Filter { name, commands: vec![Command::Search(expr)] });
    frame.search(title, expr, filters.chain([Command::Stats(stats)]))
}

/// What the searches of all rules have in common, read once.
struct Frame<'a> {
    library: &'a Library,
    /// Writes the times out.
    times: Result<Vec<Command>, Unsupported>,
}

impl<'a> Frame<'a> {
    fn new(library: &'a Library) -> Self {
        let times = "`security_content_ctime(firstTime)` | `security_content_ctime(lastTime)`";
        Self { library, times: commands(times, library) }
    }

    /// A search with the commands that make the rows, times written out, and an allow-list macro of its own.
    fn search(
        &self,
        title: &str,
        filter: Condition,
        rows: impl IntoIterator<Item = Command>,
    ) -> Result<Search, Unsupported> {
        let allowed = commands(&format!("`{}`", filter_macro(title)), self.library)?;
        let commands = rows.into_iter().chain(self.times.clone()?).chain(allowed);
        Ok(Search::from_parts(filter, commands.collect()))
    }
}

/// Only macros can be wrong in these, and their place is not one of the rule's file.
fn commands(text: &str, library: &Library) -> Result<Vec<Command>, Unsupported> {
    match Search::parse(&format!("* | {text}"), library) {
        Ok(search) => Ok(search.commands().to_vec()),
        Err(error) => Err(Unsupported { line: None, column: None, ..Unsupported::from(error) }),
    }
}

fn kind_of(node: &Node) -> Option<DocumentKind> {
    let is_map =
        |key: &str| node.get(key).is_some_and(|value| matches!(value.value, Value::Map(_)));
    if is_map("detection") && (node.get("logsource").is_some() || node.get("title").is_some()) {
        Some(DocumentKind::Detection)
    } else if is_map("correlation") {
        Some(DocumentKind::Correlation)
    } else if is_map("filter") && node.get("logsource").is_some() {
        Some(DocumentKind::Filter)
    } else {
        None
    }
}

/// The category for script blocks, or the service for PowerShell's log if the rule asks for what only
/// script blocks have.
fn is_about_script_blocks(node: &Node) -> bool {
    let Some(logsource) = node.get("logsource") else { return false };
    let of = |key: &str| logsource.text_of(key).map(str::to_ascii_lowercase);
    if of("product").is_some_and(|product| product != "windows") {
        return false;
    }
    match (of("category").as_deref(), of("service").as_deref()) {
        (Some("ps_script"), _) => true,
        (None, Some("powershell")) => node.get("detection").is_some_and(names_script_blocks),
        _ => false,
    }
}

/// A filter's log source may be wider than that of the rules that it is for.
fn may_be_about_script_blocks(node: &Node) -> bool {
    let source = LogSource::of(node);
    let is_or_absent =
        |own: &Option<String>, name: &str| own.as_ref().is_none_or(|own| own == name);
    source != LogSource::default()
        && is_or_absent(&source.product, "windows")
        && is_or_absent(&source.category, "ps_script")
        && is_or_absent(&source.service, "powershell")
}

/// What a document says about where its events come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct LogSource {
    product: Option<String>,
    category: Option<String>,
    service: Option<String>,
}

impl LogSource {
    fn of(node: &Node) -> Self {
        let of = |key: &str| node.get("logsource")?.text_of(key).map(str::to_ascii_lowercase);
        Self { product: of("product"), category: of("category"), service: of("service") }
    }

    /// Whether it says nothing that the other one does not say too.
    fn covers(&self, other: &Self) -> bool {
        let holds = |own: &Option<String>, other: &Option<String>| own.is_none() || own == other;
        // Script blocks come from nowhere else, and some rules leave it out.
        (other.product.is_none() || holds(&self.product, &other.product))
            && holds(&self.category, &other.category)
            && holds(&self.service, &other.service)
    }
}

fn names_script_blocks(node: &Node) -> bool {
    node.items().iter().any(|item| names_script_blocks(item))
        || node.entries().iter().any(|entry| {
            let field = entry.key.split('|').next().unwrap_or_default();
            let is_event_id = matches!(field, "EventID" | "EventCode");
            field == "ScriptBlockText"
                || (is_event_id && entry.node.texts().iter().any(|id| id == "4104"))
                || names_script_blocks(&entry.node)
        })
}

fn head(document: &SigmaDocument, levels: &LevelScores) -> Rule {
    let node = &document.node;
    let title = node.text_of("title").unwrap_or_default().to_owned();
    let level = node.text_of("level").map(str::to_ascii_lowercase);
    let tags = node.texts_of("tags");
    let (mut techniques, mut tactics, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for tag in &tags {
        let Some(name) = tag.to_ascii_lowercase().strip_prefix("attack.").map(String::from) else {
            others.push(tag.clone());
            continue;
        };
        let is_technique =
            name.strip_prefix('t').is_some_and(|rest| rest.starts_with(char::is_numeric));
        match attack::tactic(&name) {
            _ if is_technique => techniques.push(name.to_ascii_uppercase()),
            Some(tactic) => tactics.push(tactic),
            None => others.push(tag.clone()),
        }
    }
    sort::sort_by_key(&mut tactics, |tactic: &&Tactic| tactic.id);
    tactics.dedup();
    let score = levels.score(level.as_deref());
    let mut metadata = Vec::new();
    for (name, key) in [
        ("author", "author"),
        ("date", "date"),
        ("modified", "modified"),
        ("status", "status"),
        ("license", "license"),
    ] {
        metadata.extend(node.text_of(key).map(|text| (name, text.to_owned())));
    }
    if !others.is_empty() {
        metadata.push(("tags", others.join(", ")));
    }
    Rule {
        id: node.text_of("id").unwrap_or_default().trim().to_ascii_lowercase(),
        message: Some(format!("{title} on $Computer$")),
        title,
        kind: RuleKind::Sigma,
        rule_type: None,
        level,
        description: node.paragraph_of("description"),
        false_positives: node.paragraph_of("falsepositives"),
        references: node.texts_of("references"),
        attack: attack::resolve(&techniques, &tactics),
        stories: Vec::new(),
        risk_objects: vec![RiskField {
            field: "Computer".into(),
            kind: ObjectType::System,
            score,
            message: None,
        }],
        threat_objects: Vec::new(),
        text: document.text.clone(),
        search: Err(Unsupported::pending()),
        samples: samples(node).into(),
        metadata,
        file: Some(document.file.clone()),
        line: node.at.line,
    }
}

/// The condition over the named parts; several conditions hold if one does.
fn condition_expr(
    detection: &Node,
    placeholders: Placeholders<'_>,
) -> Result<(Condition, Option<Aggregation>), Refused> {
    let Some(condition) = detection.get("condition") else {
        return Err(Refused { reason: "a detection without a condition".into(), at: detection.at });
    };
    let refuse =
        |reason: String| Refused { reason: format!("the condition: {reason}"), at: condition.at };
    let texts = condition.texts();
    if let Some(other) = condition.items().iter().find(|item| item.text().is_none()) {
        let reason = format!("the condition: {} stands in the list", other.type_name());
        return Err(Refused { reason, at: other.at });
    }
    let making = Making::new(placeholders);
    let mut parts = Vec::new();
    for entry in detection.entries() {
        if !["condition", "timeframe", "rules"].contains(&entry.key.as_str()) {
            let expr = detection::expr(&entry.node, &making)?;
            parts.push(Part { name: &entry.key, weight: weight(&expr), expr });
        }
    }
    let mut exprs = Vec::with_capacity(texts.len());
    let mut aggregation = None;
    let mut budget = SIGMA_VALUES;
    for text in &texts {
        let (condition, counted) = condition::parse(text).map_err(refuse)?;
        exprs.push(resolve(&condition, &parts, &mut budget).map_err(refuse)?);
        aggregation = aggregation.or(counted);
    }
    if aggregation.is_some() && exprs.len() > 1 {
        return Err(refuse("an aggregation among several conditions".into()));
    }
    match exprs.pop() {
        None => Err(refuse("it is empty".into())),
        Some(single) if exprs.is_empty() => Ok((single, aggregation)),
        Some(last) => {
            exprs.push(last);
            Ok((Condition::Any(exprs), None))
        }
    }
}

/// A named part of a detection.
struct Part<'a> {
    name: &'a str,
    expr: Condition,
    weight: usize,
}

fn resolve(
    condition: &SigmaCondition,
    parts: &[Part<'_>],
    budget: &mut usize,
) -> Result<Condition, String> {
    let mut take = |part: &Part<'_>| {
        // A name may stand in a condition many times, and each is a copy.
        *budget = budget
            .checked_sub(part.weight)
            .ok_or_else(|| format!("more than {SIGMA_VALUES} values, written out"))?;
        Ok::<_, String>(part.expr.clone())
    };
    match condition {
        SigmaCondition::Name(name) => {
            let part = parts.iter().find(|part| part.name == name);
            take(part.ok_or_else(|| format!("{} is not defined", shown(name)))?)
        }
        SigmaCondition::AggregateInput { all, pattern } => {
            let pattern = if pattern == "them" { "*" } else { pattern };
            let matching: Vec<_> = parts
                .iter()
                .filter(|part| pattern.starts_with('_') || !part.name.starts_with('_'))
                .filter(|part| condition::matches(pattern, part.name))
                .map(take)
                .collect::<Result<_, _>>()?;
            if matching.is_empty() {
                return Err(format!("{} matches no name", shown(pattern)));
            }
            Ok(if *all { Condition::All(matching) } else { Condition::Any(matching) })
        }
        SigmaCondition::And(list) => each(list, parts, budget).map(Condition::All),
        SigmaCondition::Or(list) => each(list, parts, budget).map(Condition::Any),
        SigmaCondition::Not(inner) => Ok(Condition::Not(Box::new(resolve(inner, parts, budget)?))),
    }
}

/// The beginning of what a refusal repeats: its place is shown as well.
fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Characters of a rule that a refusal repeats.
const SHOWN: usize = 80;

fn each(
    list: &[SigmaCondition],
    parts: &[Part<'_>],
    budget: &mut usize,
) -> Result<Vec<Condition>, String> {
    list.iter().map(|condition| resolve(condition, parts, budget)).collect()
}

/// How many tests it is made of; a long text counts as several.
fn weight(expr: &Condition) -> usize {
    fn of_test(predicate: &Predicate) -> usize {
        match predicate {
            Predicate::OneOf(predicates) => 1 + predicates.iter().map(of_test).sum::<usize>(),
            Predicate::Matches(pattern) => {
                1 + pattern.pieces().iter().map(of_piece).sum::<usize>() / 64
            }
            _ => 1,
        }
    }
    fn of_piece(piece: &WildcardPiece) -> usize {
        match piece {
            WildcardPiece::Text(text) => text.len(),
            WildcardPiece::Any | WildcardPiece::One => 1,
        }
    }
    match expr {
        Condition::All(parts) | Condition::Any(parts) => {
            1 + parts.iter().map(weight).sum::<usize>()
        }
        Condition::Not(part) => 1 + weight(part),
        Condition::Field { predicate, .. } | Condition::Keyword(predicate) => of_test(predicate),
        Condition::Time(_) | Condition::Where(_) => 1,
    }
}

/// A filter's condition holds beside that of each rule it names, or of all of its log source where it says `any`.
fn apply_filter(
    document: &SigmaDocument,
    rules: &mut [Draft],
    placeholders: Placeholders<'_>,
    budget: &mut usize,
) -> Result<(), Refused> {
    let Some(filter) = document.node.get("filter") else { return Ok(()) };
    let (expr, _) = condition_expr(filter, placeholders)?;
    let weight = weight(&expr) + document.text.len() / 64;
    let title = document.node.text_of("title").unwrap_or("a Sigma filter");
    if !filter
        .get("rules")
        .is_some_and(|rules| matches!(rules.value, Value::Scalar { .. } | Value::List(_)))
    {
        let reason = "a filter needs rules: those that it is for, or any".into();
        return Err(Refused { reason, at: filter.at });
    }
    let names = filter.texts_of("rules");
    let all = names.is_empty() || names.iter().any(|name| name.eq_ignore_ascii_case("any"));
    let source = LogSource::of(&document.node);
    for draft in rules {
        let is_meant = match all {
            true => source.covers(&draft.source),
            false => names.iter().any(|name| draft.is_called(name)),
        };
        if !is_meant {
            continue;
        }
        *budget = budget.checked_sub(weight).ok_or_else(|| Refused {
            reason: format!(
                "filters ask more than {SIGMA_FILTER_PREDICATES} things of all rules together"
            ),
            at: filter.at,
        })?;
        draft.filters.push((title.to_owned(), expr.clone()));
        draft.rule.text.push_str("\n# filter\n");
        draft.rule.text.push_str(&document.text);
    }
    Ok(())
}
