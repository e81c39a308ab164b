//! [`Lookup`]: a lookup table, a CSV file that searches join with.

use crate::limits;
use crate::literal::LiteralSet;
use crate::ordered::OrderedSet;
use crate::search::values::cidr::Cidr;
use crate::search::values::wildcard::Wildcard;
use crate::text::fold_case;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A lookup table with its definition and an index for each column.
#[derive(Clone, Debug)]
pub struct Lookup {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    definition: LookupDefinition,
    /// Matchers of each column that is not compared exactly.
    matchers: Vec<Option<MatcherColumn>>,
    /// Rows by cell of each column that is compared exactly, built on first use.
    exact: Vec<OnceLock<HashMap<String, Vec<usize>>>>,
}

/// A column that is not compared exactly.
#[derive(Clone, Debug)]
struct MatcherColumn {
    /// The matcher of each row.
    matchers: Vec<CellMatcher>,
    /// A literal of each row's pattern: one pass over a value finds all of them.
    literals: LiteralSet,
    /// The row of each literal.
    rows: Vec<usize>,
    /// Rows without a literal, which are always compared.
    others: Vec<usize>,
}

impl MatcherColumn {
    fn new(matchers: Vec<CellMatcher>) -> Self {
        let (mut rows, mut others, mut literals) = (Vec::new(), Vec::new(), Vec::new());
        for (row, matcher) in matchers.iter().enumerate() {
            let literal = match matcher {
                CellMatcher::Wildcard(pattern) => pattern.literals().max_by_key(|text| text.len()),
                CellMatcher::Cidr(_) | CellMatcher::Never => None,
            };
            match literal {
                Some(literal) => {
                    literals.push(literal);
                    rows.push(row);
                }
                None => others.push(row),
            }
        }
        let literals = LiteralSet::new(literals, false);
        Self { literals, rows, others, matchers }
    }

    /// Returns the rows that match a value.
    fn matching(&self, value: &str) -> OrderedSet<usize> {
        let mut rows = OrderedSet::from_iter(self.others.iter().copied());
        self.literals.for_each_match(value, &mut |literal| {
            rows.extend(self.rows.get(literal).copied());
            true
        });
        rows.retain(|row| match self.matchers.get(*row) {
            Some(CellMatcher::Wildcard(pattern)) => pattern.matches(value),
            Some(CellMatcher::Cidr(cidr)) => cidr.contains(value),
            Some(CellMatcher::Never) | None => false,
        });
        rows
    }
}

/// How a lookup table is matched (`transforms.conf`).
#[derive(Clone, Debug, PartialEq)]
pub struct LookupDefinition {
    /// Columns that are not compared exactly (`match_type`).
    pub match_types: Vec<(String, MatchType)>,
    /// Whether case counts in exact and wildcard comparisons (`case_sensitive_match`).
    pub case_sensitive: bool,
    /// Number of matches below which the outputs are filled up with the default.
    pub min_matches: usize,
    /// Largest number of matches that are used; 0 for the limit of a list.
    pub max_matches: usize,
    /// Value of outputs with too few matches.
    pub default_match: Option<String>,
}

/// How a column of a lookup table is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchType {
    /// Cells are patterns with the wildcard `*`.
    Wildcard,
    /// Cells are networks in CIDR notation.
    Cidr,
}

/// What a cell matches.
#[derive(Clone, Debug, PartialEq)]
enum CellMatcher {
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
    /// Builds a table from its columns and rows; a row that is too short is extended by empty cells.
    ///
    /// ```
    /// use scriptscope::internal::search::{Library, Lookup, LookupDefinition, Search};
    ///
    /// let rows = vec![vec!["FS03".into(), "file server".into()]];
    /// let columns = vec!["host".into(), "role".into()];
    /// let mut library = Library::new();
    /// library.add_lookup("hosts", Lookup::new(columns, rows, LookupDefinition::default()));
    /// assert!(Search::parse("* | lookup hosts host OUTPUT role", &library).is_ok());
    /// ```
    pub fn new(columns: Vec<String>, rows: Vec<Vec<String>>, definition: LookupDefinition) -> Self {
        let column = |(index, name): (usize, &String)| {
            let (_, kind) = definition.match_types.iter().find(|(own, _)| own == name)?;
            let matchers = rows.iter().map(|row| {
                let cell = row.get(index).map_or("", String::as_str);
                match kind {
                    MatchType::Wildcard => {
                        CellMatcher::Wildcard(Wildcard::parse(cell, definition.case_sensitive))
                    }
                    MatchType::Cidr => {
                        Cidr::parse(cell).map_or(CellMatcher::Never, CellMatcher::Cidr)
                    }
                }
            });
            Some(MatcherColumn::new(matchers.collect()))
        };
        let matchers = columns.iter().enumerate().map(column).collect();
        let exact = columns.iter().map(|_| OnceLock::new()).collect();
        Self { columns, rows, definition, matchers, exact }
    }

    /// Returns the names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the definition.
    pub(crate) fn definition(&self) -> &LookupDefinition {
        &self.definition
    }

    /// Returns the rows in which every given column matches one of the values given for it, in the order of the file,
    /// at most as many as the definition allows.
    pub(crate) fn find(&self, wanted: &[(&str, Vec<String>)]) -> Vec<&[String]> {
        let mut rows: Option<OrderedSet<usize>> = None;
        for (name, values) in wanted {
            let Some(column) = self.columns.iter().position(|column| column == name) else {
                return Vec::new();
            };
            let matching = self.matching(column, values);
            rows = Some(match rows {
                Some(mut rows) => {
                    rows.retain(|row| matching.contains(row));
                    rows
                }
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

    /// Returns the rows in which a column matches one of the values.
    fn matching(&self, column: usize, values: &[String]) -> OrderedSet<usize> {
        if let Some(column) = self.matchers.get(column).and_then(Option::as_ref) {
            return OrderedSet::from_iter(values.iter().flat_map(|value| column.matching(value)));
        }
        let exact = self.exact.get(column).map(|index| index.get_or_init(|| self.index(column)));
        let rows = values.iter().filter_map(|value| exact?.get(&self.key(value)));
        OrderedSet::from_iter(rows.flatten().copied())
    }

    /// Indexes the rows by their cells in a column.
    fn index(&self, column: usize) -> HashMap<String, Vec<usize>> {
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        for (row, cells) in self.rows.iter().enumerate() {
            let cell = cells.get(column).map_or("", String::as_str);
            index.entry(self.key(cell)).or_default().push(row);
        }
        index
    }

    /// Returns the form in which cells are compared exactly.
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
    fn networks_match_their_addresses() {
        let cidr = LookupDefinition {
            match_types: vec![("command".into(), MatchType::Cidr)],
            ..LookupDefinition::default()
        };
        assert_eq!(tools(&table(cidr), "10.1.2.3"), [""]);
    }
}
