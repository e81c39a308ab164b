//! Which names are one machine, where a table says so.

use super::knowledge_objects::TableText;
use crate::text::fold_case;
use std::collections::HashMap;

/// Names that belong together: a machine's short name, its domain names and its addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets(HashMap<String, String>);

impl Assets {
    /// The name that this one is shown under, where a table knows it.
    pub fn name_of(&self, name: &str) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&fold_case(name)).map(String::as_str)
    }

    /// Takes in a table with the columns `nt_host` and `dns`, and maybe `ip`, as Enterprise Security's asset
    /// lists have. A cell may hold several names with `|` between them. A row is shown under its first short
    /// name.
    pub(crate) fn add(&mut self, table: &TableText) {
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
            let Some(shown) = names().next() else { continue };
            for name in names() {
                // A name in two rows goes to the one that sorts first, whatever the order of tables.
                let entry = self.0.entry(fold_case(name)).or_insert_with(|| shown.to_owned());
                if shown < entry.as_str() {
                    *entry = shown.to_owned();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::knowledge_objects::table_of;

    #[test]
    fn a_machine_under_all_its_names() {
        let table = table_of(b"ip,nt_host,dns\n10.0.0.5,DC01,dc01.corp.example|dc01.example\n,,\n");
        let mut assets = Assets::default();
        assets.add(&table.unwrap());
        for name in ["dc01", "DC01.corp.example", "dc01.example", "10.0.0.5"] {
            assert_eq!(assets.name_of(name), Some("DC01"), "{name}");
        }
        assert_eq!(assets.name_of("dc02"), None);
        assets.add(&table_of(b"a,b\n1,2\n").unwrap());
        assert_eq!(assets.name_of("1"), None);
    }
}
