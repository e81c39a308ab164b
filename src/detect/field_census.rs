//! [`FieldCensus`]: which fields of the rules occur in the events that were read.
//!
//! A rule that requires a field which no event has finds nothing, and must not count as run. Nearly all rules require only
//! fields that every event has: then no record is looked at.

use crate::event::{Event, canonical, is_always_present};
use crate::limits;
use crate::ordered::OrderedSet;
use crate::rule::RuleSet;
use crate::search::{Assumptions, Obstacle, Search, is_usual};
use crate::source::ScriptRecord;
use std::collections::HashSet;

/// Counts in which of the events read the fields occur that rules require.
#[derive(Debug, Default)]
pub(crate) struct FieldCensus {
    /// The fields, sorted by name.
    fields: Vec<CountedField>,
    /// Number of fields of which no value was seen.
    missing: usize,
    /// Shapes of records that have none of these.
    poor_shapes: HashSet<u64>,
    /// Whether scripts are not searched in their views, so that none has a measure of obfuscation.
    lacks_views: bool,
}

#[derive(Debug)]
struct CountedField {
    name: String,
    /// Whether it is known without any log.
    is_usual: bool,
    seen: Sighting,
}

/// How a field was seen in events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sighting {
    /// In none.
    Never,
    /// Without a value.
    Empty,
    /// With a value.
    Filled,
}

/// Whether a rule can match an event.
#[derive(Debug, PartialEq)]
pub(crate) enum Reach {
    /// It can match those that were read.
    Open,
    /// It requires fields that are known and have no value in the events that were read.
    Empty(Vec<Obstacle>),
    /// It requires measures of obfuscation, and scripts are not searched in their views.
    LacksViews(Vec<Obstacle>),
    /// It can match none.
    Closed(Vec<Obstacle>),
}

impl FieldCensus {
    /// Creates the census of the fields that enabled rules require.
    pub(crate) fn new(rules: &RuleSet, disabled: &OrderedSet<String>) -> Self {
        let mut names = OrderedSet::new();
        for rule in rules.rules.iter().filter(|rule| !disabled.contains(&rule.id)) {
            names.extend(rule.search.iter().flat_map(required_fields));
        }
        let field = |name: String| {
            let is_usual = is_usual(&name);
            CountedField { name, is_usual, seen: Sighting::Never }
        };
        let fields: Vec<CountedField> = names.into_iter().map(field).collect();
        Self { missing: fields.len(), fields, poor_shapes: HashSet::new(), lacks_views: false }
    }

    /// Sets whether scripts are searched in their views.
    pub(crate) fn with_views(mut self, views: bool) -> Self {
        self.lacks_views = !views;
        self
    }

    /// Looks for the fields in a record, unless all were found.
    #[inline]
    pub(crate) fn observe(&mut self, record: &ScriptRecord<'_>) {
        if self.missing > 0 {
            self.look(record);
        }
    }

    #[inline(never)]
    fn look(&mut self, record: &ScriptRecord<'_>) {
        let shape = record.full.shape();
        if shape.is_some_and(|shape| self.poor_shapes.contains(&shape)) {
            return;
        }
        let event = record.full.event_fields();
        let mut may_have = false;
        for field in self.fields.iter_mut().filter(|field| field.seen != Sighting::Filled) {
            let seen = sighting(&event, &field.name);
            field.seen = field.seen.max(seen);
            // The shape does not decide which of the usual fields have a value.
            may_have |= field.is_usual || seen == Sighting::Empty;
        }
        self.count_missing();
        if let Some(shape) = shape.filter(|_| !may_have)
            && self.poor_shapes.len() < limits::POOR_SHAPES
        {
            self.poor_shapes.insert(shape);
        }
    }

    fn count_missing(&mut self) {
        self.missing = self.fields.iter().filter(|field| field.seen != Sighting::Filled).count();
    }

    /// Whether the search can match one of the events that were read.
    pub(crate) fn reach(&self, search: &Search) -> Reach {
        let seen = |name: &str| {
            let found = self.fields.binary_search_by(|field| field.name.as_str().cmp(name));
            found.ok().and_then(|index| self.fields.get(index))
        };
        let is_unknown = |name: &str| {
            seen(name).is_some_and(|field| !field.is_usual && field.seen == Sighting::Never)
        };
        if let Some(obstacles) = search.obstacles(Assumptions::without(&is_unknown)) {
            return Reach::Closed(obstacles);
        }
        let is_measure = |name: &str| self.lacks_views && name.starts_with("obfuscation.");
        if let Some(obstacles) = search.obstacles(Assumptions::without(&is_measure)) {
            return Reach::LacksViews(obstacles);
        }
        let is_empty = |name: &str| seen(name).is_some_and(|field| field.seen != Sighting::Filled);
        let is_never = |name: &str| seen(name).is_some_and(|field| field.seen == Sighting::Never);
        let assumptions = Assumptions { is_absent: &is_empty, ..Assumptions::without(&is_never) };
        match search.obstacles(assumptions) {
            Some(obstacles) => Reach::Empty(obstacles),
            None => Reach::Open,
        }
    }

    /// Returns how each field was seen, as numbers, in the order of their names.
    pub(crate) fn sightings(&self) -> impl ExactSizeIterator<Item = u64> {
        self.fields.iter().map(|field| field.seen as u64)
    }

    /// Adds the sightings of another session with the same rules. Returns `None` if they are not of these fields.
    pub(crate) fn merge(&mut self, sightings: &[u64]) -> Option<()> {
        if sightings.len() != self.fields.len() {
            return None;
        }
        for (field, seen) in self.fields.iter_mut().zip(sightings) {
            field.seen = field.seen.max(match seen {
                0 => Sighting::Never,
                1 => Sighting::Empty,
                2 => Sighting::Filled,
                _ => return None,
            });
        }
        self.count_missing();
        Some(())
    }

    /// Forgets what was seen.
    pub(crate) fn reset(&mut self) {
        self.fields.iter_mut().for_each(|field| field.seen = Sighting::Never);
        self.poor_shapes.clear();
        self.count_missing();
    }
}

/// Returns the fields without which the search selects nothing. Those that every event has are left out.
fn required_fields(search: &Search) -> OrderedSet<String> {
    let asked = std::cell::RefCell::new(OrderedSet::new());
    let is_absent = |name: &str| {
        let may_lack = !is_always_present(name);
        if may_lack {
            asked.borrow_mut().insert(name.to_owned());
        }
        may_lack
    };
    match search.obstacles(Assumptions::without(&is_absent)) {
        Some(_) => asked.into_inner(),
        None => OrderedSet::new(),
    }
}

/// Returns how an event has a field.
fn sighting(event: &Event, name: &str) -> Sighting {
    let canonical = canonical(name);
    let mut others = event.fields.all(canonical).peekable();
    let has_name = others.peek().is_some();
    if event.field(name).is_some() || others.any(|value| !value.is_empty()) {
        Sighting::Filled
    } else if has_name {
        Sighting::Empty
    } else {
        Sighting::Never
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{RuleFile, RuleOptions, load};
    use crate::source::FullEvent;
    use std::cell::Cell;

    fn census(search: &str) -> (RuleSet, FieldCensus) {
        let options = RuleOptions { builtin: false, ..RuleOptions::default() };
        let set = load(&[RuleFile::new("a.yml", format!("name: A\nsearch: {search}\n"))], &options);
        let census = FieldCensus::new(&set, &OrderedSet::new());
        (set, census)
    }

    fn names(search: &str) -> Vec<String> {
        census(search).1.fields.into_iter().map(|field| field.name).collect()
    }

    #[test]
    fn no_record_is_looked_at_for_rules_that_require_only_the_script() {
        let builtin = load(&[], &RuleOptions::default());
        assert_eq!(FieldCensus::new(&builtin, &OrderedSet::new()).missing, 0);
        for search in [
            "EventCode=4104 ScriptBlockText=*a*",
            "EventCode=4104 NOT Path=a",
            "EventCode=4104 (Path=a OR ScriptBlockText=*a*)",
            "EventCode=4104 | eval x=Path | search ScriptBlockText=*a*",
        ] {
            assert_eq!(names(search), [""; 0], "{search}");
        }
        assert_eq!(names("EventCode=4104 Path=a b=c"), ["Path", "b"]);
        assert_eq!(names("EventCode=4104 (Path=a OR Computer=b)"), ["Computer", "Path"]);
    }

    #[test]
    fn a_rule_that_requires_views_cannot_match_without_them() {
        for (search, is_required) in [
            ("EventCode=4104 obfuscation.layers>0", true),
            ("EventCode=4104 (obfuscation.steps>2 OR obfuscation.symbols>40)", true),
            ("EventCode=4104 | where 'obfuscation.entropy' > 400", true),
            ("EventCode=4104 (obfuscation.steps>2 OR ScriptBlockText=*a*)", false),
            ("EventCode=4104 NOT obfuscation.steps>2", false),
            ("EventCode=4104 ScriptBlockText=*a*", false),
        ] {
            let (set, census) = census(search);
            let own = set.rules[0].search.as_ref().unwrap();
            assert_eq!(census.reach(own), Reach::Open, "{search}");
            let without = census.with_views(false).reach(own);
            assert_eq!(matches!(without, Reach::LacksViews(_)), is_required, "{search}");
        }
    }

    /// An event whose shape is known, and that counts how often it is read.
    struct Shaped<'a>(&'a Event, &'a Cell<usize>);

    impl FullEvent for Shaped<'_> {
        fn event(&self) -> Event {
            self.1.set(self.1.get() + 1);
            self.0.clone()
        }

        fn shape(&self) -> Option<u64> {
            Some(self.0.fields.iter().count() as u64)
        }
    }

    #[test]
    fn records_of_a_shape_without_the_fields_are_read_once() {
        let (_, mut census) = census("EventCode=4104 agent=a");
        let read = Cell::new(0);
        let mut observe = |fields: &[(&'static str, &str)]| {
            let fields = fields.iter().copied().collect();
            let event = Event { fields, ..Event::default() };
            let full = Shaped(&event, &read);
            census
                .observe(&ScriptRecord { full: &full, ..ScriptRecord::from_event(&event, false) });
            (census.fields[0].seen, read.get())
        };
        assert_eq!(observe(&[]), (Sighting::Never, 1));
        assert_eq!(observe(&[]), (Sighting::Never, 1));
        assert_eq!(observe(&[("agent", "")]), (Sighting::Empty, 2));
        assert_eq!(observe(&[("agent", "")]), (Sighting::Empty, 3));
        assert_eq!(observe(&[("agent", "x")]), (Sighting::Filled, 4));
        assert_eq!(observe(&[("agent", "x")]), (Sighting::Filled, 4));
    }

    #[test]
    fn the_best_sighting_of_all_sessions_counts() {
        let (set, mut census) = census("EventCode=4104 a=1 Path=2");
        let search = set.rules[0].search.as_ref().unwrap();
        assert!(matches!(census.reach(search), Reach::Closed(_)));
        assert_eq!(census.merge(&[0, 1]), Some(()));
        assert!(matches!(census.reach(search), Reach::Empty(_)));
        assert_eq!(census.merge(&[2, 0]), Some(()));
        assert_eq!(census.sightings().collect::<Vec<_>>(), [2, 1]);
        assert_eq!(census.merge(&[2, 2]), Some(()));
        assert_eq!(census.reach(search), Reach::Open);
        for damaged in [&[0][..], &[0, 0, 0], &[0, 3]] {
            assert_eq!(census.merge(damaged), None);
        }
        census.reset();
        assert!(matches!(census.reach(search), Reach::Closed(_)));
    }
}
