//! Asset tables: which names belong to the same machine.

use super::lookup_table::LookupTable;
use crate::text::fold_case;
use std::collections::HashMap;

/// Maps each name of a machine (short name, domain names, addresses; case-fold_case) to its canonical name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets(HashMap<String, String>);

impl Assets {
    /// Returns the canonical name of a machine. `None` if no table lists the name.
    pub fn canonical_name(&self, name: &str) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&fold_case(name)).map(String::as_str)
    }

    /// Adds a table with the columns `nt_host` and `dns`, and optionally `ip`, as in Splunk Enterprise Security's asset
    /// lists; ignores other tables. A cell may hold several names separated by `|`. The canonical name of a row is its
    /// first name.
    pub(crate) fn add(&mut self, table: &LookupTable) {
        let column = |name: &str| table.columns.iter().position(|own| own.trim() == name);
        let (Some(short), Some(dns)) = (column("nt_host"), column("dns")) else { return };
        let columns: Vec<usize> =
            [Some(short), Some(dns), column("ip")].into_iter().flatten().collect();
        for row in &table.rows {
            let names = || {
                columns
                    .iter()
                    .filter_map(|&index| row.get(index))
                    .flat_map(|cell| cell.split('|'))
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
            };
            let Some(canonical) = names().next() else { continue };
            for name in names() {
                // The least canonical name wins, so that the order of tables does not matter.
                let entry = self.0.entry(fold_case(name)).or_insert_with(|| canonical.to_owned());
                if canonical < entry.as_str() {
                    *entry = canonical.to_owned();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::lookup_table::parse;

    #[test]
    fn all_names_of_a_machine_have_one_canonical_name() {
        let table = parse(b"ip,nt_host,dns\n10.0.0.5,DC01,dc01.corp.example|dc01.example\n,,\n");
        let mut assets = Assets::default();
        assets.add(&table.unwrap());
        for name in ["dc01", "DC01.corp.example", "dc01.example", "10.0.0.5"] {
            assert_eq!(assets.canonical_name(name), Some("DC01"), "{name}");
        }
        assert_eq!(assets.canonical_name("dc02"), None);
        assets.add(&parse(b"a,b\n1,2\n").unwrap());
        assert_eq!(assets.canonical_name("1"), None);
    }
}
