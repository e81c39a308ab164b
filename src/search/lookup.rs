//! Lookup tables: CSV files that searches join with.

use crate::limits;
use crate::search::cidr::Cidr;
use crate::search::pattern::Pattern;
use crate::text::folded;

/// A lookup table with its definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    definition: LookupDefinition,
    /// For each column that is not compared exactly, what its rows are compared with.
    matchers: Vec<Option<Vec<Matcher>>>,
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
    Pattern(Pattern),
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
        let matchers = columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let (_, kind) = definition.match_types.iter().find(|(name, _)| name == column)?;
                Some(
                    rows.iter()
                        .map(|row| {
                            let cell = row.get(index).map_or("", String::as_str);
                            match kind {
                                MatchType::Wildcard => Matcher::Pattern(Pattern::wildcard(
                                    cell,
                                    definition.case_sensitive,
                                )),
                                MatchType::Cidr => {
                                    Cidr::parse(cell).map_or(Matcher::Never, Matcher::Cidr)
                                }
                            }
                        })
                        .collect(),
                )
            })
            .collect();
        Self { columns, rows, definition, matchers }
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
        let mut columns = Vec::new();
        for (name, values) in wanted {
            let Some(index) = self.columns.iter().position(|column| column == name) else {
                return Vec::new();
            };
            let values: Vec<String> = match self.definition.case_sensitive {
                true => values.clone(),
                false => values.iter().map(|value| folded(value)).collect(),
            };
            columns.push((index, values));
        }
        let hits = self.rows.iter().enumerate().filter(|(row, cells)| {
            columns.iter().all(|(column, values)| self.hit(*row, cells, *column, values))
        });
        let most = match self.definition.max_matches {
            0 => limits::LIST_VALUES,
            most => most,
        };
        hits.map(|(_, cells)| cells.as_slice()).take(most).collect()
    }

    fn hit(&self, row: usize, cells: &[String], column: usize, values: &[String]) -> bool {
        let matcher =
            self.matchers.get(column).and_then(Option::as_ref).and_then(|all| all.get(row));
        match matcher {
            Some(Matcher::Pattern(pattern)) => values.iter().any(|value| pattern.matches(value)),
            Some(Matcher::Cidr(cidr)) => values.iter().any(|value| cidr.contains(value)),
            Some(Matcher::Never) => false,
            None => {
                let cell = cells.get(column).map_or("", String::as_str);
                match self.definition.case_sensitive {
                    true => values.iter().any(|value| value == cell),
                    false => values.contains(&folded(cell)),
                }
            }
        }
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
