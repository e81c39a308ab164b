//! Which rows a filter lets pass.

use super::list::{ListNames, Listing, Row, level, time_key};
use super::names::NO_NAME;
use super::rows::{BlockFilter, ContextQuery, LEVELS};
use super::store::Inventory;
use crate::error::Error;
use crate::ordered::OrderedSet;
use crate::rule::RuleSet;
use crate::search::Wildcard;
use crate::time::Time;

/// A filter, read once for all rows.
pub(super) struct RowFilter {
    /// By number of a name: whether it passes.
    computer: Option<NameSet>,
    user: Option<NameSet>,
    path: Option<NameSet>,
    process: Option<u32>,
    from: u64,
    to: u64,
    text: Option<u64>,
    shape: Option<u64>,
    matched: Option<bool>,
    /// By index of a rule: whether it passes.
    rules: Option<Vec<bool>>,
    source: Option<String>,
    /// Entries of the rows with ids that pass.
    entries: Option<OrderedSet<u32>>,
}

/// The names that pass, by their numbers, and whether no name does.
struct NameSet(Vec<bool>, bool);

impl NameSet {
    fn new(inventory: &Inventory, pattern: &str, also: impl Fn(&str) -> Vec<String>) -> Self {
        if pattern.is_empty() {
            return Self(Vec::new(), true);
        }
        let pattern = Wildcard::splunk(pattern);
        let passes = |name: &str| {
            pattern.matches(name) || also(name).iter().any(|other| pattern.matches(other))
        };
        Self(inventory.names.texts().map(passes).collect(), false)
    }

    fn has(&self, name: u32) -> bool {
        match name {
            NO_NAME => self.1,
            name => self.0.get(name as usize).copied().unwrap_or(false),
        }
    }
}

impl RowFilter {
    pub(super) fn new(
        listing: &Listing,
        inventory: &Inventory,
        ListNames { rules, users, assets }: ListNames<'_>,
        filter: &BlockFilter,
    ) -> Result<Self, Error> {
        let entries = || {
            let found = listing.rows_with_ids(inventory, filter.ids.iter().map(String::as_str));
            found.into_iter().filter_map(|index| Some(listing.rows.get(index)?.entry)).collect()
        };
        let names = |pattern: &Option<String>| {
            pattern.as_deref().map(|pattern| NameSet::new(inventory, pattern, |_| Vec::new()))
        };
        // The names of a machine or a person in a list of assets or identities are those of one risk object.
        let machine = |name: &str| {
            let asset = assets.machine(name);
            asset.into_iter().map(|own| own.name.clone()).collect::<Vec<_>>()
        };
        let person = |user: &str| {
            let name = users.get(user);
            let identity = assets.identity(user, name).map(|own| own.name.clone());
            name.map(str::to_owned).into_iter().chain(identity).collect::<Vec<_>>()
        };
        Ok(Self {
            computer: filter
                .computer
                .as_deref()
                .map(|pattern| NameSet::new(inventory, pattern, machine)),
            user: filter.user.as_deref().map(|pattern| NameSet::new(inventory, pattern, person)),
            path: names(&filter.path),
            process: filter
                .process
                .as_deref()
                .map(|text| text.trim().parse().map_err(|_| wrong("process", text)))
                .transpose()?,
            from: filter.from.as_deref().map_or(Ok(0), |text| time("from", text))?,
            to: filter.to.as_deref().map_or(Ok(u64::MAX), |text| time("to", text))?,
            text: filter.text_id.as_deref().map(|text| number("textId", text)).transpose()?,
            shape: filter.shape_id.as_deref().map(|text| number("shapeId", text)).transpose()?,
            matched: filter.matched,
            rules: rules_that_pass(rules, filter)?,
            source: filter.source.clone(),
            entries: (!filter.ids.is_empty()).then(entries),
        })
    }

    pub(super) fn passes(&self, listing: &Listing, inventory: &Inventory, row: &Row) -> bool {
        let Some(entry) = inventory.entry(row.entry) else { return false };
        let context = inventory.names.context_of(entry.context);
        let has = |set: &Option<NameSet>, name| set.as_ref().is_none_or(|set| set.has(name));
        let is_in_time = || {
            let time = time_key(inventory.time(entry));
            (self.from == 0 && self.to == u64::MAX) || (self.from..self.to).contains(&time)
        };
        let has_text = || {
            let facts = listing.facts(inventory, row);
            self.text.is_none_or(|text| facts.text == text)
                && self.shape.is_none_or(|shape| facts.shape == Some(shape))
        };
        let has_rule = |rules: &Vec<bool>| {
            let passes = |rule: &u32| rules.get(*rule as usize).copied().unwrap_or(false);
            listing.rules(row).iter().any(passes)
        };
        self.matched.is_none_or(|matched| matched == listing.score(row).is_some())
            && self.rules.as_ref().is_none_or(has_rule)
            && self.entries.as_ref().is_none_or(|entries| entries.contains(&row.entry))
            && self
                .source
                .as_deref()
                .is_none_or(|name| listing.sources.name(entry.source() as usize) == name)
            && self.process.is_none_or(|process| context.process == Some(process))
            && has(&self.computer, context.computer)
            && has(&self.user, context.user)
            && has(&self.path, context.path)
            && is_in_time()
            && ((self.text.is_none() && self.shape.is_none()) || has_text())
    }
}

/// Returns by index of a rule whether it has one of the ids, one of the techniques and one of the levels of a filter; `None`
/// without any of these.
fn rules_that_pass(rules: &RuleSet, filter: &BlockFilter) -> Result<Option<Vec<bool>>, Error> {
    let BlockFilter { rules: ids, techniques, levels, .. } = filter;
    if ids.is_empty() && techniques.is_empty() && levels.is_empty() {
        return Ok(None);
    }
    let unknown = levels.iter().find(|name| !LEVELS.contains(&name.as_str()));
    if let Some(unknown) = unknown {
        let message = format!("{unknown:?} is not one of {}", LEVELS.join(", "));
        return Err(Error::Option { name: "levels", message });
    }
    let of = |list: &[String], name: &str| list.is_empty() || list.iter().any(|own| own == name);
    let passes = rules.rules.iter().map(|rule| {
        let has_technique = || {
            let mut own = rule.attack.iter();
            techniques.is_empty() || own.any(|attack| of(techniques, &attack.technique))
        };
        let level = LEVELS.get(level(rule)).copied().unwrap_or_default();
        of(ids, &rule.id) && of(levels, level) && has_technique()
    });
    Ok(Some(passes.collect()))
}

/// Which events beside script blocks are listed.
pub(super) struct ContextFilter {
    computer: Option<NameSet>,
    process: Option<u32>,
    from: u64,
    to: u64,
}

impl ContextFilter {
    pub(super) fn new(inventory: &Inventory, query: &ContextQuery) -> Result<Self, Error> {
        let process = |text: &String| text.trim().parse().map_err(|_| wrong("process", text));
        let computer = query.computer.as_deref();
        Ok(Self {
            computer: computer.map(|pattern| NameSet::new(inventory, pattern, |_| Vec::new())),
            process: query.process.as_ref().map(process).transpose()?,
            from: query.from.as_deref().map_or(Ok(0), |text| time("from", text))?,
            to: query.to.as_deref().map_or(Ok(u64::MAX), |text| time("to", text))?,
        })
    }

    pub(super) fn passes(&self, computer: u32, time: Option<Time>, process: Option<u32>) -> bool {
        let is_timeless = self.from == 0 && self.to == u64::MAX;
        self.computer.as_ref().is_none_or(|set| set.has(computer))
            && self.process.is_none_or(|own| process == Some(own))
            && (is_timeless || (self.from..self.to).contains(&time_key(time)))
    }
}

/// Reads a time.
pub(super) fn time(name: &'static str, text: &str) -> Result<u64, Error> {
    let time = Time::parse(text).or_else(|| Time::parse(&format!("{text}T00:00:00Z")));
    time.map(|(time, _)| time_key(Some(time))).ok_or_else(|| wrong(name, text))
}

fn number(name: &'static str, text: &str) -> Result<u64, Error> {
    u64::from_str_radix(text, 16).map_err(|_| wrong(name, text))
}

fn wrong(name: &'static str, text: &str) -> Error {
    let expected = match name {
        "process" => "a number such as 4012",
        "from" | "to" => "a time such as 2026-08-08 or 2026-08-08T06:13:52Z",
        _ => "16 hexadecimal digits, as a row has them",
    };
    Error::Option { name, message: format!("{text:?} is not {expected}") }
}
