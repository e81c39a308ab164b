//! Validation of one rule file against a loaded rule set, for the page's rule editor.

use super::loader::Loader;
use super::options::{RuleFile, RuleOptions};
use super::rule_set::RuleSet;

/// Loads one file by itself, with the macros and lookup tables of a rule set. The returned set holds the rules and
/// problems of the file alone.
pub(crate) fn validate(file: &RuleFile, context: &RuleSet, options: &RuleOptions) -> RuleSet {
    let mut loader = Loader::with_definitions(&context.definitions);
    loader.add_file(file);
    loader.finish(options, std::slice::from_ref(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::load;

    fn validated(text: &str) -> RuleSet {
        let macros = [RuleFile::new("m.yml", b"name: known\ndefinition: EventCode=4104\n")];
        let options = RuleOptions { builtin: false, ..RuleOptions::default() };
        let context = load(&macros, &options);
        validate(&RuleFile::new("r.yml", text), &context, &options)
    }

    #[test]
    fn macros_of_the_rule_set_are_known() {
        let set = validated(
            "name: X\nsearch: '`known` ScriptBlockText=*abc* | stats count by Computer'\n",
        );
        assert!(set.rules[0].search.is_ok());
        assert_eq!(set.rules.len(), 1, "the built-in rules are not loaded with it");
    }

    #[test]
    fn an_error_has_its_position_in_the_file() {
        let set = validated("name: X\nsearch: EventCode=4104\n  | nonsense\n");
        let unsupported = set.rules[0].search.as_ref().unwrap_err();
        assert_eq!((unsupported.line, unsupported.column), (Some(3), Some(5)));
    }
}
