//! Fields whose value has several spellings, of which a comparison takes any.
//!
//! Splunk names the same log `WinEventLog:…` or `XmlWinEventLog:…` by how it was collected, and keeps an event as text, as
//! XML or as JSON. A rule is written for one of them, and would otherwise silently match nothing in a log of another.

use crate::reassemble::ScriptBlock;

/// Prefix of `source` where Splunk collects events as text. Where it collects XML, `Xml` comes before it.
const CLASSIC: &str = "WinEventLog";

/// Whether comparisons of this field take any of several spellings. `!=` then requires all of them to differ.
pub(super) fn has_spellings(field: &str) -> bool {
    matches!(field, "source" | "sourcetype" | "_raw")
}

/// Whether any spelling of a value of this field satisfies `test`.
pub(super) fn any_spelling(field: &str, value: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
    if test(value) {
        return true;
    }
    if field == "_raw" {
        return false;
    }
    match value.strip_prefix("Xml") {
        Some(classic) if classic.starts_with(CLASSIC) => test(classic),
        None if value.starts_with(CLASSIC) => test(&format!("Xml{value}")),
        _ => false,
    }
}

/// Whether any spelling of a field of a script block satisfies `test`, beside those of its own value.
pub(super) fn any_further(
    block: &ScriptBlock,
    field: &str,
    test: &mut dyn FnMut(&str) -> bool,
) -> bool {
    match field {
        // Splunk's add-on for Windows once named the channel in the source type too.
        "sourcetype" => {
            block.field("source").is_some_and(|source| any_spelling("source", &source, test))
        }
        "_raw" => test(&block.to_xml()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::event::Event;
    use crate::reassemble::ScriptBlock;
    use crate::search::parse::library::Library;
    use crate::search::query::Search;

    fn holds(search: &str) -> bool {
        let fields = [("Channel", "Microsoft-Windows-PowerShell/Operational")];
        let fields = fields.into_iter().collect();
        let event = Event { text: "Get-Date".into(), fields, ..Event::default() };
        Search::parse(search, &Library::new()).unwrap().holds(&ScriptBlock::from_event(event, 0))
    }

    #[test]
    fn both_prefixes_of_the_source_are_the_same_source() {
        for (search, expected) in [
            ("source=\"WinEventLog:Microsoft-Windows-PowerShell/Operational\"", true),
            ("source=\"XmlWinEventLog:Microsoft-Windows-PowerShell/Operational\"", true),
            ("source=\"wineventlog:microsoft-windows-powershell/operational\"", true),
            ("source=WinEventLog:*PowerShell/Operational", true),
            ("source=\"*WinEventLog:*PowerShell*\"", true),
            ("source IN (\"a\", \"WinEventLog:Microsoft-Windows-PowerShell/Operational\")", true),
            ("source=\"WinEventLog:Security\"", false),
            ("source=\"*Security\"", false),
            ("NOT source=\"WinEventLog:*\"", false),
            ("NOT source IN (\"WinEventLog:*\")", false),
            ("source!=\"WinEventLog:*\"", false),
            ("source!=\"XmlWinEventLog:*\"", false),
            ("source!=\"WinEventLog:Security\"", true),
            ("* | search source=WinEventLog:*", true),
            ("* | where source=\"WinEventLog:Microsoft-Windows-PowerShell/Operational\"", true),
            ("* | where source!=\"WinEventLog:Microsoft-Windows-PowerShell/Operational\"", false),
            ("* | where source!=\"WinEventLog:Security\"", true),
            (
                "* | where source IN (\"WinEventLog:Microsoft-Windows-PowerShell/Operational\")",
                true,
            ),
            (
                "* | where in(source, \"WinEventLog:Microsoft-Windows-PowerShell/Operational\")",
                true,
            ),
            (
                "* | where NOT source IN (\"WinEventLog:Microsoft-Windows-PowerShell/Operational\")",
                false,
            ),
            ("* | where like(source, \"WinEventLog:%\")", true),
            ("* | where source LIKE \"WinEventLog:%\"", true),
            ("* | where NOT like(source, \"WinEventLog:%\")", false),
            ("* | where match(source, \"^WinEventLog:\")", true),
            ("* | where match(source, \"^XmlWinEventLog:\")", true),
            ("* | where NOT match(source, \"^WinEventLog:\")", false),
            ("* | regex source=\"^WinEventLog:\"", true),
            ("* | regex source!=\"^WinEventLog:\"", false),
            ("* | where searchmatch(\"source=WinEventLog:*\")", true),
        ] {
            assert_eq!(holds(search), expected, "{search}");
        }
    }

    #[test]
    fn a_source_type_has_the_names_that_splunk_has_given_it() {
        for (search, expected) in [
            ("sourcetype=anything", true),
            ("NOT sourcetype=anything", true),
            ("* | where sourcetype=\"XmlWinEventLog\"", true),
            ("* | where sourcetype=\"WinEventLog\"", true),
            ("* | where sourcetype!=\"WinEventLog\"", false),
            (
                "* | where like(sourcetype, \"%WinEventLog:Microsoft-Windows-PowerShell/Operational\")",
                true,
            ),
            ("* | where sourcetype=\"syslog\"", false),
        ] {
            assert_eq!(holds(search), expected, "{search}");
        }
    }

    #[test]
    fn the_raw_event_is_compared_as_xml_too() {
        for (search, expected) in [
            ("_raw=\"*<EventID>4104*\"", true),
            ("_raw=\"*<EventID>4103*\"", false),
            ("NOT _raw=\"*<EventID>4104*\"", false),
            ("_raw!=\"*<EventID>4104*\"", false),
            ("* | regex \"<EventID>4104\"", true),
            ("* | regex _raw!=\"<EventID>4104\"", false),
            ("* | where match(_raw, \"<Data Name='ScriptBlockText'>Get-Date<\")", true),
        ] {
            assert_eq!(holds(search), expected, "{search}");
        }
    }
}
