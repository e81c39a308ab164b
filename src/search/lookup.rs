//! Lookup tables: CSV files that searches join with.

use crate::limits;
use crate::literal::LiteralSet;
use crate::search::cidr::Cidr;
use crate::search::wildcard::Wildcard;
use crate::sort;
use crate::text::fold_case;
use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

/// A lookup table with its definition.
#[derive(Clone, Debug)]
pub struct Lookup {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    definition: LookupDefinition,
    /// For each column that is not compared exactly, what its rows are compared with.
    matchers: Vec<Option<Column>>,
    /// For each column that is, its rows by what they have there, made when first asked for.
    exact: Vec<OnceLock<HashMap<String, Vec<usize>>>>,
}

/// A column that is not compared exactly.
#[derive(Clone, Debug)]
struct Column {
    matchers: Vec<Matcher>,
    /// A literal of each row's pattern, to look for all of them in one pass.
    needles: LiteralSet,
    /// The rows that have such a literal, by its place; the others are always compared.
    rows: Vec<usize>,
    others: Vec<usize>,
}

impl Column {
    fn new(matchers: Vec<Matcher>) -> Self {
        let (mut rows, mut others, mut literals) = (Vec::new(), Vec::new(), Vec::new());
        for (row, matcher) in matchers.iter().enumerate() {
            let literal = match matcher {
                Matcher::Wildcard(pattern) => pattern.literals().max_by_key(|text| text.len()),
                Matcher::Cidr(_) | Matcher::Never => None,
            };
            match literal {
                Some(literal) => {
                    literals.push(literal);
                    rows.push(row);
                }
                None => others.push(row),
            }
        }
        let needles = LiteralSet::new(literals, false);
        Self { needles, rows, others, matchers }
    }

    /// The rows that a value matches.
    fn matching(&self, value: &str) -> BTreeSet<usize> {
        let mut rows = sort::collect_set(self.others.iter().copied());
        self.needles.for_each_match(value, &mut |needle| {
            rows.extend(self.rows.get(needle));
            true
        });
        rows.retain(|row| match self.matchers.get(*row) {
            Some(Matcher::Wildcard(pattern)) => pattern.matches(value),
            Some(Matcher::Cidr(cidr)) => cidr.contains(value),
            Some(Matcher::Never) | None => false,
        });
        rows
    }
}

/// How a lookup table is used.
#[derive(Clone, Debug, PartialEq)]
pub struct LookupDefinition {
    /// Columns that are not compared exactly.
    pub match_types: Vec<(String, MatchType)>,
    /// Whether case counts.
    pub case_sensitive: bool,
    /// With fewer matches, the outputs get the default.
    pub min_matches: usize,
    /// Further matches are passed over.
    pub max_matches: usize,
    /// What outputs get where there are too few matches.
    pub default_match: Option<String>,
}

/// How a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchType {
    /// `*` in the table is a wildcard.
    Wildcard,
    /// The table holds networks.
    Cidr,
}

#[derive(Clone, Debug, PartialEq)]
enum Matcher {
    Wildcard(Wildcard),
    Cidr(Cidr),
    Never,
}

impl Default for LookupDefinition {
    fn default() -> Self {
        Self {
            match_types: Vec::new(),
            case_sensitive: true,
            min_matches: 0,
            max_matches: limits::LIST_VALUES,
            default_match: None,
        }
    }
}

impl Lookup {
    /// A table from its columns and rows; a row that is too short has empty values at its end.
    pub fn new(columns: Vec<String>, rows: Vec<Vec<String>>, definition: LookupDefinition) -> Self {
        let column = |(index, name): (usize, &String)| {
            let (_, kind) = definition.match_types.iter().find(|(own, _)| own == name)?;
            let matchers = rows.iter().map(|row| {
                let cell = row.get(index).map_or("", String::as_str);
                match kind {
                    MatchType::Wildcard => {
                        Matcher::Wildcard(Wildcard::parse(cell, definition.case_sensitive))
                    }
                    MatchType::Cidr => Cidr::parse(cell).map_or(Matcher::Never, Matcher::Cidr),
                }
            });
            Some(Column::new(matchers.collect()))
        };
        let matchers = columns.iter().enumerate().map(column).collect();
        let exact = columns.iter().map(|_| OnceLock::new()).collect();
        Self { columns, rows, definition, matchers, exact }
    }

    /// Its columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How it is used.
    pub(crate) fn definition(&self) -> &LookupDefinition {
        &self.definition
    }

    /// The rows in which every given column matches one of the values given for it, in the table's order,
    /// at most as many as the definition allows.
    pub(crate) fn find(&self, wanted: &[(&str, Vec<String>)]) -> Vec<&[String]> {
        let mut rows: Option<BTreeSet<usize>> = None;
        for (name, values) in wanted {
            let Some(column) = self.columns.iter().position(|column| column == name) else {
                return Vec::new();
            };
            let matching = self.matching(column, values);
            rows = Some(match rows {
                Some(rows) => sort::collect_set(rows.intersection(&matching).copied()),
                None => matching,
            });
        }
        let most = match self.definition.max_matches {
            0 => limits::LIST_VALUES,
            most => most,
        };
        let rows = rows.into_iter().flatten().filter_map(|row| self.rows.get(row));
        rows.map(Vec::as_slice).take(most).collect()
    }

    /// The rows in which a column matches one of the values.
    fn matching(&self, column: usize, values: &[String]) -> BTreeSet<usize> {
        if let Some(column) = self.matchers.get(column).and_then(Option::as_ref) {
            return sort::collect_set(values.iter().flat_map(|value| column.matching(value)));
        }
        let exact = self.exact.get(column).map(|index| index.get_or_init(|| self.index(column)));
        let rows = values.iter().filter_map(|value| exact?.get(&self.key(value)));
        sort::collect_set(rows.flatten().copied())
    }

    /// The rows by what they have in a column.
    fn index(&self, column: usize) -> HashMap<String, Vec<usize>> {
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        for (row, cells) in self.rows.iter().enumerate() {
            let cell = cells.get(column).map_or("", String::as_str);
            index.entry(self.key(cell)).or_default().push(row);
        }
        index
    }

    fn key(&self, text: &str) -> String {
        if self.definition.case_sensitive { text.to_owned() } else { fold_case(text) }
    }
}

impl PartialEq for Lookup {
    fn eq(&self, other: &Self) -> bool {
        self.columns == other.columns
            && self.rows == other.rows
            && self.definition == other.definition
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(definition: LookupDefinition) -> Lookup {
        let row = |cells: &[&str]| cells.iter().map(ToString::to_string).collect();
        Lookup::new(
            vec!["command".into(), "tool".into()],
            vec![row(&["*Mimi*", "A"]), row(&["*katz*", "B"]), row(&["10.0.0.0/8"])],
            definition,
        )
    }

    fn tools(lookup: &Lookup, value: &str) -> Vec<String> {
        let rows = lookup.find(&[("command", vec![value.into()])]);
        rows.iter().map(|row| row.get(1).cloned().unwrap_or_default()).collect()
    }

    #[test]
    fn wildcards_match_in_the_order_of_the_file() {
        let wildcard = LookupDefinition {
            match_types: vec![("command".into(), MatchType::Wildcard)],
            case_sensitive: false,
            ..LookupDefinition::default()
        };
        assert_eq!(tools(&table(wildcard.clone()), "MIMIKATZ"), ["A", "B"]);
        let one = LookupDefinition { max_matches: 1, ..wildcard.clone() };
        assert_eq!(tools(&table(one), "mimikatz"), ["A"]);
        let cased = LookupDefinition { case_sensitive: true, ..wildcard };
        assert_eq!(tools(&table(cased), "mimikatz"), ["B"]);
        assert!(tools(&table(LookupDefinition::default()), "mimikatz").is_empty());
    }

    #[test]
    fn networks_hold_addresses() {
        let cidr = LookupDefinition {
            match_types: vec![("command".into(), MatchType::Cidr)],
            ..LookupDefinition::default()
        };
        assert_eq!(tools(&table(cidr), "10.1.2.3"), [""]);
    }
}
