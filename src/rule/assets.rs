//! Asset and identity tables: which names belong to the same machine or person.

use super::lookup_table::{LookupTable, parse_separated};
use super::options::RuleFile;
use crate::error::Problem;
use crate::text::fold_case;
use std::collections::HashMap;
use std::mem::take;

/// Machines and identities by each of their names, with case folded, as in the asset and identity lists of Splunk
/// Enterprise Security.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets {
    machines: HashMap<String, Asset>,
    identities: HashMap<String, Asset>,
    /// Tables that could not be used.
    pub(crate) problems: Vec<Problem>,
}

/// A machine or an identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asset {
    /// The canonical name: the first one of its row.
    pub(crate) name: String,
    /// Of a machine that is critical or a domain controller: what says so.
    pub(crate) critical: Option<String>,
    /// The name of an identity's person.
    pub(crate) person: Option<String>,
}

impl Assets {
    /// Returns the machine with this name or address. `None` if no table lists it.
    pub(crate) fn machine(&self, name: &str) -> Option<&Asset> {
        find(&self.machines, name)
    }

    /// Returns the identity of a user: of the SID or name in the log, of the SID's name, or of that name without its
    /// domain. `None` if no table lists it.
    pub(crate) fn identity(&self, user: &str, name: Option<&str>) -> Option<&Asset> {
        let short = |name: &str| name.rsplit_once('\\').map(|(_, short)| short.to_owned());
        let by_name = |name: &str| {
            find(&self.identities, name).or_else(|| find(&self.identities, &short(name)?))
        };
        by_name(user).or_else(|| by_name(name?))
    }

    /// Adds the tables of files. A file that cannot be used becomes a problem.
    #[must_use]
    pub(crate) fn with_files(mut self, files: &[RuleFile]) -> Self {
        for file in files {
            if let Err(cause) = self.add_file(file) {
                let mut problem = Problem::error("assets-not-read", cause);
                problem.file = Some(file.name.clone());
                self.problems.push(problem);
            }
        }
        self
    }

    fn add_file(&mut self, file: &RuleFile) -> Result<(), String> {
        let table = parse_separated(&file.bytes, separator(&file.bytes))?;
        let columns = Columns(&table.columns);
        let has_machines = MACHINE_NAMES.iter().any(|name| columns.find(name).is_some());
        if has_machines {
            self.add_machines(&table);
        }
        if columns.find("identity").is_some() {
            self.add_identities(&table);
        } else if !has_machines {
            let found: Vec<&str> =
                table.columns.iter().take(SHOWN_COLUMNS).map(|own| own.trim()).collect();
            return Err(format!(
                "no column is named nt_host, dns, ip or mac, as in a list of assets, or identity, as in a list of \
                 identities: name the columns as Splunk Enterprise Security does. The first line has: {}",
                found.join(", ").chars().take(SHOWN_CHARS).collect::<String>()
            ));
        }
        Ok(())
    }

    /// Adds a lookup table of the rules, if it is a list of assets: with the columns `nt_host` and `dns`.
    pub(crate) fn add(&mut self, table: &LookupTable) {
        let columns = Columns(&table.columns);
        if columns.find("nt_host").is_some() && columns.find("dns").is_some() {
            self.add_machines(table);
        }
    }

    /// Adds machines. A cell may hold several names separated by `|`.
    fn add_machines(&mut self, table: &LookupTable) {
        let columns = Columns(&table.columns);
        let names: Vec<usize> =
            MACHINE_NAMES.iter().filter_map(|name| columns.find(name)).collect();
        let (priority, category) = (columns.find("priority"), columns.find("category"));
        for row in &table.rows {
            let is_critical = |value: &&str| value.eq_ignore_ascii_case("critical");
            let priority =
                values(row, priority).find(is_critical).map(|_| "priority critical".to_owned());
            let category = || {
                let critical = |value: &&str| is_critical(value) || is_domain_controller(value);
                values(row, category).find(critical).map(|value| format!("category {value}"))
            };
            let asset = Asset { critical: priority.or_else(category), ..Asset::default() };
            let names = names.iter().flat_map(|index| values(row, Some(*index)));
            add_row(&mut self.machines, &names.collect::<Vec<_>>(), &asset);
        }
    }

    /// Adds identities: their names are in the column `identity`, separated by `|`, and in `email`.
    fn add_identities(&mut self, table: &LookupTable) {
        let columns = Columns(&table.columns);
        let names = [columns.find("identity"), columns.find("email")];
        for row in &table.rows {
            let person: Vec<&str> = ["first", "last"]
                .iter()
                .flat_map(|name| values(row, columns.find(name)).take(1))
                .collect();
            let person = (!person.is_empty()).then(|| person.join(" "));
            let asset = Asset { person, ..Asset::default() };
            let names = names.iter().flatten().flat_map(|index| values(row, Some(*index)));
            add_row(&mut self.identities, &names.collect::<Vec<_>>(), &asset);
        }
    }
}

/// Columns with names of a machine, in the order in which a canonical name is taken from them.
const MACHINE_NAMES: [&str; 4] = ["nt_host", "dns", "ip", "mac"];

/// Columns of a list without a known one that are named, and characters of their names.
const SHOWN_COLUMNS: usize = 8;
const SHOWN_CHARS: usize = 120;

/// Returns the character that separates the cells: a semicolon or a tab, as spreadsheets of many countries write them, where
/// the first line has it and no comma.
fn separator(bytes: &[u8]) -> u8 {
    let head = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let separator = [b',', b';', b'\t'].into_iter().find(|separator| head.contains(separator));
    separator.unwrap_or(b',')
}

struct Columns<'a>(&'a [String]);

impl Columns<'_> {
    fn find(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|own| own.trim().eq_ignore_ascii_case(name))
    }
}

/// Returns the values of a cell.
fn values(row: &[String], column: Option<usize>) -> impl Iterator<Item = &str> {
    let cell = column.and_then(|index| row.get(index)).map_or("", String::as_str);
    cell.split('|').map(str::trim).filter(|value| !value.is_empty())
}

fn is_domain_controller(category: &str) -> bool {
    let letters = category.chars().filter(|char| char.is_alphanumeric());
    let folded: String = letters.flat_map(char::to_lowercase).collect();
    matches!(folded.as_str(), "domaincontroller" | "domaincontrollers" | "dc")
}

fn find<'a>(assets: &'a HashMap<String, Asset>, name: &str) -> Option<&'a Asset> {
    if assets.is_empty() { None } else { assets.get(&fold_case(name)) }
}

/// Adds a row under each of its names. Of several rows with a name, the least canonical name wins, and what makes any of
/// them critical counts, so that the order of tables does not matter.
fn add_row(assets: &mut HashMap<String, Asset>, names: &[&str], asset: &Asset) {
    let Some(canonical) = names.first() else { return };
    for name in names {
        let asset = Asset { name: (*canonical).to_owned(), ..asset.clone() };
        let known = assets.entry(fold_case(name)).or_insert_with(|| asset.clone());
        known.critical = least(take(&mut known.critical), asset.critical);
        known.person = least(take(&mut known.person), asset.person);
        if asset.name < known.name {
            known.name = asset.name;
        }
    }
}

fn least(one: Option<String>, other: Option<String>) -> Option<String> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use super::super::lookup_table::parse;
    use super::*;

    fn assets(texts: &[&str]) -> Assets {
        let files: Vec<_> = texts.iter().map(|text| RuleFile::new("assets.csv", *text)).collect();
        Assets::default().with_files(&files)
    }

    #[test]
    fn all_names_of_a_machine_have_one_canonical_name() {
        let text = "ip,nt_host,dns\n10.0.0.5,DC01,dc01.corp.example|dc01.example\n,,\n";
        let assets = assets(&[text]);
        for name in ["dc01", "DC01.corp.example", "dc01.example", "10.0.0.5"] {
            assert_eq!(assets.machine(name).map(|own| own.name.as_str()), Some("DC01"), "{name}");
        }
        assert_eq!(assets.machine("dc02"), None);
        let mut of_rules = Assets::default();
        of_rules.add(&parse(text.as_bytes()).unwrap());
        of_rules.add(&parse(b"ip,b\n1,2\n").unwrap());
        assert_eq!(of_rules, assets);
    }

    #[test]
    fn critical_machines_say_why() {
        let text = "ip,mac,nt_host,dns,owner,priority,lat,long,city,country,bunit,category\n\
                    ,,DC01,,,low,,,,,,\"pci|Domain Controller\"\n,,DC02,,,high,,,,,,domain_controller\n\
                    ,,FS03,,,Critical,,,,,,server\n,,FS04,,,high,,,,,,server\n,,FS05,,,,,,,,,critical\n";
        let assets = assets(&[text]);
        let why = |name: &str| assets.machine(name).unwrap().critical.as_deref().unwrap_or("");
        assert_eq!(
            ["DC01", "DC02", "FS03", "FS04", "FS05"].map(why),
            [
                "category Domain Controller",
                "category domain_controller",
                "priority critical",
                "",
                "category critical"
            ]
        );
    }

    #[test]
    fn identities_have_their_names_with_and_without_domain() {
        let text =
            "identity,prefix,first,last,email\nalice|adm-alice,,Alice,Doe,alice@corp.example\n";
        let assets = assets(&[text]);
        for (user, name) in [
            ("Alice", None),
            ("CORP\\adm-alice", None),
            ("alice@corp.example", None),
            ("S-1-5-21-1-1104", Some("CORP\\Alice")),
        ] {
            let found = assets.identity(user, name).unwrap();
            assert_eq!(
                (found.name.as_str(), found.person.as_deref()),
                ("alice", Some("Alice Doe"))
            );
        }
        assert_eq!(assets.identity("bob", Some("CORP\\bob")), None);
        assert_eq!(assets.machine("alice"), None);
    }

    #[test]
    fn cells_are_separated_as_spreadsheets_do() {
        for separator in [",", ";", "\t"] {
            let rows = ["nt_host,dns,priority", "DC01,\"dc01.example\",critical"];
            let text = rows.map(|row| row.replace(',', separator)).join("\r\n");
            let assets = assets(&[&text]);
            let found = assets.machine("dc01.example").unwrap();
            assert_eq!((&*found.name, found.critical.is_some()), ("DC01", true), "{separator:?}");
            assert_eq!(assets.problems, []);
        }
    }

    #[test]
    fn the_order_of_tables_does_not_matter() {
        let (one, other) = (
            "nt_host,dns,priority\nB,x.example,\n",
            "nt_host,dns,priority\nA,x.example,critical\n",
        );
        let both = assets(&[one, other]);
        assert_eq!(both, assets(&[other, one]));
        let found = both.machine("x.example").unwrap();
        assert_eq!(
            (found.name.as_str(), found.critical.as_deref()),
            ("A", Some("priority critical"))
        );
    }

    #[test]
    fn a_file_that_is_no_such_table_is_a_problem() {
        let assets = assets(&["a,b\n1,2\n", "nt_host\n\"x\n"]);
        let messages: Vec<_> = assets.problems.iter().map(|own| own.message.as_str()).collect();
        assert!(messages[0].starts_with("no column is named nt_host"), "{messages:?}");
        assert!(messages[0].ends_with("The first line has: a, b"), "{messages:?}");
        assert!(messages[1].contains("quotation mark"), "{messages:?}");
    }
}
