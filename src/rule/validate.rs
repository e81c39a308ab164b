//! One rule file by itself, as an editor shows it: loaded beside the definitions of a rule set.

use super::loader::Loader;
use super::{RuleFile, RuleOptions, RuleSet};

/// Loads one file alone, with the macros and lookup tables of a rule set.
pub(crate) fn validate(file: &RuleFile, beside: &RuleSet, options: &RuleOptions) -> RuleSet {
    let mut loader = Loader::beside(beside);
    loader.file(file);
    loader.finish(options, std::slice::from_ref(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::load;

    fn checked(text: &str) -> RuleSet {
        let macros = [RuleFile::new("m.yml", b"name: known\ndefinition: EventCode=4104\n")];
        let options = RuleOptions { builtin: false, ..RuleOptions::default() };
        let beside = load(&macros, &options);
        validate(&RuleFile::new("r.yml", text.as_bytes()), &beside, &options)
    }

    #[test]
    fn a_search_names_what_the_rule_set_defines() {
        let set =
            checked("name: X\nsearch: '`known` ScriptBlockText=*abc* | stats count by Computer'\n");
        assert!(set.rules[0].search.is_ok());
        assert_eq!(set.rules.len(), 1, "the built-in rules are not loaded with it");
    }

    #[test]
    fn an_error_is_told_by_its_place_in_the_file() {
        let set = checked("name: X\nsearch: EventCode=4104\n  | nonsense\n");
        let refusal = set.rules[0].search.as_ref().unwrap_err();
        assert_eq!((refusal.line, refusal.column), (Some(3), Some(5)));
    }
}
