//! Reads a case file. It may come from anybody, so every length and number is bounded, and what is unknown is refused:
//! a case that is saved again must not lose it.

use super::error::CaseError;
use super::json::JsonReader;
use super::model::{
    Case, CaseNote, CaseRule, CaseSource, Mark, MarkKey, MarkKind, Opinion, Verdict,
};
use super::options;
use crate::limits;
use crate::report::AllowEntry;

pub(super) const FORMAT: &str = "scriptscope.case";
pub(super) const VERSION: u64 = 1;

impl Case {
    /// Reads a case file.
    ///
    /// ```
    /// use scriptscope::case::Case;
    ///
    /// let error = Case::parse("{\"format\": \"scriptscope.case\", \"version\": 2}").unwrap_err();
    /// assert_eq!(error.to_string(), "1:43: version: it is 2, and this program reads version 1: use a newer one");
    /// ```
    ///
    /// # Errors
    ///
    /// [`CaseError`] with line, column and cause: the text is no JSON, no case, of a later version, has something unknown
    /// in it or more than the limits allow.
    pub fn parse(text: &str) -> Result<Self, CaseError> {
        let mut reader = JsonReader::new(text);
        if text.len() > limits::CASE_BYTES {
            let limit = limits::CASE_BYTES >> 20;
            return Err(reader.error(format!("the case has more than {limit} MB")));
        }
        let mut case = Self::default();
        let (mut has_format, mut has_version) = (false, false);
        reader.object(&mut |name, reader| {
            let read = match name {
                "format" => {
                    has_format = true;
                    format(reader)
                }
                "version" => {
                    has_version = true;
                    version(reader)
                }
                "tool" => short(reader).map(|_| ()),
                "name" => short(reader).map(|own| case.name = own),
                "notes" => list(reader, limits::CASE_NOTES, &mut case.notes, &mut note),
                "sources" => list(reader, limits::CASE_SOURCES, &mut case.sources, &mut source),
                "options" => options(reader, &mut case),
                "rules" => list(reader, limits::CASE_RULES, &mut case.rules, &mut rule),
                "allow" => list(reader, limits::ALLOW_ENTRIES, &mut case.allow, &mut allow_entry),
                "marks" => marks(reader, &mut case),
                _ => unknown(reader, name),
            };
            read.map_err(|error| error.within(&shown(name)))
        })?;
        reader.end()?;
        if !has_format || !has_version {
            let message = format!("it is no case: format is not {FORMAT:?} with a version");
            return Err(CaseError::at(1, 1, message));
        }
        case.sort();
        Ok(case)
    }
}

type Read<T> = Result<T, CaseError>;

fn format(reader: &mut JsonReader<'_>) -> Read<()> {
    match reader.string()?.as_str() {
        FORMAT => Ok(()),
        other => {
            Err(reader.wrong(format!("it is {:?}, and that of a case is {FORMAT:?}", shown(other))))
        }
    }
}

fn version(reader: &mut JsonReader<'_>) -> Read<()> {
    match reader.integer()? {
        VERSION => Ok(()),
        other => Err(reader.wrong(format!(
            "it is {other}, and this program reads version {VERSION}: use a newer one"
        ))),
    }
}

/// Reads a list of objects.
fn list<T>(
    reader: &mut JsonReader<'_>,
    limit: usize,
    items: &mut Vec<T>,
    item: &mut dyn FnMut(&mut JsonReader<'_>) -> Read<T>,
) -> Read<()> {
    reader.list(&mut |reader| {
        if items.len() >= limit {
            return Err(reader.error(format!("the list has more than {limit} items")));
        }
        items.push(item(reader)?);
        Ok(())
    })
}

fn note(reader: &mut JsonReader<'_>) -> Read<CaseNote> {
    let mut own = CaseNote::default();
    reader.object(&mut |name, reader| match name {
        "by" => short(reader).map(|by| own.by = by),
        "note" => long(reader).map(|note| own.note = note),
        _ => unknown(reader, name),
    })?;
    Ok(own)
}

fn source(reader: &mut JsonReader<'_>) -> Read<CaseSource> {
    let mut own = CaseSource::default();
    reader.object(&mut |name, reader| match name {
        "name" => short(reader).map(|name| own.name = name),
        "bytes" => reader.integer().map(|bytes| own.bytes = bytes),
        "sha256" => sha256(reader).map(|sha256| own.sha256 = sha256),
        _ => unknown(reader, name),
    })?;
    if own.name.is_empty() {
        return Err(reader.error("a log has no name"));
    }
    Ok(own)
}

fn sha256(reader: &mut JsonReader<'_>) -> Read<Option<String>> {
    let Some(digits) = reader.optional_string()? else { return Ok(None) };
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != 64 || !digits.bytes().all(is_digit) {
        return Err(reader.wrong("sha256: expected 64 lower-case hexadecimal digits"));
    }
    Ok(Some(digits))
}

fn options(reader: &mut JsonReader<'_>, case: &mut Case) -> Read<()> {
    reader.object(&mut |name, reader| {
        if matches!(name, "rules" | "allowList") {
            return Err(
                reader.wrong(format!("{name} is no option here: a case has it beside them"))
            );
        }
        if case.options.len() >= limits::CASE_OPTIONS || name.len() > limits::CASE_NAME_BYTES {
            return Err(reader.error("there are too many options, or their names are too long"));
        }
        let value = reader.any(0)?;
        if let Err(expected) = options::check(name, &value) {
            return Err(reader.wrong(format!("{name}: expected {expected}")));
        }
        case.options.insert(name.to_owned(), value);
        Ok(())
    })
}

fn rule(reader: &mut JsonReader<'_>) -> Read<CaseRule> {
    let mut own = CaseRule::default();
    reader.object(&mut |name, reader| match name {
        "name" => short(reader).map(|name| own.name = name),
        "text" => text_within(reader, limits::RULE_BYTES).map(|text| own.text = text),
        _ => unknown(reader, name),
    })?;
    if own.name.is_empty() {
        return Err(reader.error("a file of rules has no name"));
    }
    Ok(own)
}

fn allow_entry(reader: &mut JsonReader<'_>) -> Read<AllowEntry> {
    let mut own = AllowEntry::new("", "");
    reader.object(&mut |name, reader| match name {
        "name" => short(reader).map(|name| own.name = name),
        "rule" => reader.optional_string().map(|rule| own.rule = rule),
        "search" => text_within(reader, limits::SEARCH_BYTES).map(|search| own.search = search),
        "enabled" => reader.boolean().map(|enabled| own.enabled = enabled),
        _ => unknown(reader, name),
    })?;
    Ok(own)
}

fn marks(reader: &mut JsonReader<'_>, case: &mut Case) -> Read<()> {
    reader.object(&mut |name, reader| {
        let is_id = |id: &str| !id.is_empty() && !id.contains(char::is_control);
        let key = MarkKey::parse(name)
            .filter(|key| is_id(&key.id) && key.id.len() <= limits::CASE_NAME_BYTES);
        let Some(key) = key else {
            let kinds = MarkKind::ALL.map(MarkKind::as_str).join(", ");
            let message = format!("{:?} is no kind (of {kinds}), colon and id", shown(name));
            return Err(reader.wrong(message));
        };
        if case.marks.len() >= limits::CASE_MARKS {
            return Err(reader.error(format!("there are more than {} marks", limits::CASE_MARKS)));
        }
        let mark = mark(reader).map_err(|error| error.within(&shown(name)))?;
        case.marks.insert(key, mark);
        Ok(())
    })
}

fn mark(reader: &mut JsonReader<'_>) -> Read<Mark> {
    let mut own = Mark::default();
    let mut first = Opinion::default();
    reader.object(&mut |name, reader| match name {
        "star" => reader.boolean().map(|star| own.star = star),
        "expected" => reader.boolean().map(|expected| own.expected = expected),
        "toReport" => reader.boolean().map(|to_report| own.to_report = to_report),
        "order" => reader.integer().map(|order| own.order = order),
        "others" => list(reader, limits::CASE_OPINIONS, &mut own.opinions, &mut |reader| {
            let mut other = Opinion::default();
            reader.object(&mut |name, reader| opinion(reader, name, &mut other))?;
            Ok(other)
        }),
        _ => opinion(reader, name, &mut first),
    })?;
    own.opinions.push(first);
    own.opinions.retain(|opinion| opinion.verdict.is_some() || !opinion.note.is_empty());
    Ok(own)
}

fn opinion(reader: &mut JsonReader<'_>, name: &str, own: &mut Opinion) -> Read<()> {
    match name {
        "verdict" => verdict(reader).map(|verdict| own.verdict = verdict),
        "note" => long(reader).map(|note| own.note = note),
        "by" => short(reader).map(|by| own.by = by),
        _ => unknown(reader, name),
    }
}

fn verdict(reader: &mut JsonReader<'_>) -> Read<Option<Verdict>> {
    if reader.null() {
        return Ok(None);
    }
    let expected = "verdict: expected \"hostile\", \"unclear\", \"benign\" or null";
    let name = reader.string().map_err(|_| reader.error(expected))?;
    let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == name);
    verdict.map(Some).ok_or_else(|| reader.wrong(expected))
}

fn short(reader: &mut JsonReader<'_>) -> Read<String> {
    text_within(reader, limits::CASE_NAME_BYTES)
}

fn long(reader: &mut JsonReader<'_>) -> Read<String> {
    text_within(reader, limits::CASE_NOTE_BYTES)
}

fn text_within(reader: &mut JsonReader<'_>, limit: usize) -> Read<String> {
    let own = reader.string()?;
    if own.len() > limit {
        return Err(
            reader.wrong(format!("a text has {} bytes, and {limit} are allowed", own.len()))
        );
    }
    Ok(own)
}

fn unknown(reader: &JsonReader<'_>, name: &str) -> Read<()> {
    let message = format!("{:?} is unknown: a newer program may read it", shown(name));
    Err(reader.wrong(message))
}

/// The beginning of a name, for messages.
fn shown(name: &str) -> String {
    name.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(members: &str) -> Result<Case, String> {
        let text = format!("{{\"format\":\"scriptscope.case\",\"version\":1{members}}}");
        Case::parse(&text).map_err(|error| error.to_string())
    }

    fn refused(members: &str) -> String {
        let error = read(members).unwrap_err();
        error
            .trim_start_matches(|char: char| char.is_ascii_digit() || ": ".contains(char))
            .to_owned()
    }

    #[test]
    fn what_is_unknown_or_wrong_is_refused_with_its_place() {
        for (members, error) in [
            (",\"mark\":{}", "mark: \"mark\" is unknown: a newer program may read it"),
            (",\"name\":1", "name: expected a text in quotation marks"),
            (
                ",\"marks\":{\"result\":{}}",
                "marks: \"result\" is no kind (of result, block, script, indicator), colon and id",
            ),
            (
                ",\"marks\":{\"row:1\":{}}",
                "marks: \"row:1\" is no kind (of result, block, script, indicator), colon and id",
            ),
            (
                ",\"marks\":{\"block:\\u0007\":{}}",
                "marks: \"block:\\u{7}\" is no kind (of result, block, script, indicator), colon and id",
            ),
            (",\"marks\":{\"result:1\":{},\"result:1\":{}}", "marks: \"result:1\" is given twice"),
            (
                ",\"marks\":{\"result:1\":{\"verdict\":\"bad\"}}",
                "marks: result:1: verdict: expected \"hostile\", \"unclear\", \"benign\" or null",
            ),
            (",\"marks\":{\"result:1\":{\"star\":1}}", "marks: result:1: expected true or false"),
            (
                ",\"marks\":{\"result:1\":{\"order\":-1}}",
                "marks: result:1: expected a whole number from 0 to 2^53",
            ),
            (
                ",\"marks\":{\"result:1\":{\"order\":9007199254740993}}",
                "marks: result:1: expected a whole number from 0 to 2^53",
            ),
            (
                ",\"sources\":[{\"name\":\"a\",\"sha256\":\"AB\"}]",
                "sources: sha256: expected 64 lower-case hexadecimal digits",
            ),
            (",\"sources\":[{}]", "sources: a log has no name"),
            (
                ",\"options\":{\"rules\":[]}",
                "options: rules is no option here: a case has it beside them",
            ),
            (",\"name\":\"a\",\"name\":\"b\"", "\"name\" is given twice"),
        ] {
            assert_eq!(refused(members), error, "{members}");
        }
        let empty = "format is not \"scriptscope.case\" with a version";
        assert_eq!(
            Case::parse("{}").unwrap_err().to_string(),
            format!("1:1: it is no case: {empty}")
        );
        let error = Case::parse("{\"format\":\"scriptscope.report\"").unwrap_err().to_string();
        assert!(
            error.starts_with("1:11: format: it is \"scriptscope.report\", and that of a case is")
        );
        assert!(
            Case::parse("ElfFile\0")
                .unwrap_err()
                .to_string()
                .starts_with("1:1: expected an object")
        );
    }

    #[test]
    fn options_have_their_type_and_errors_the_place_of_the_value() {
        for (option, error) in [
            ("\"riskWindow\":  -5", "riskWindow: expected a number of hours above 0"),
            ("\"riskWindow\":  0", "riskWindow: expected a number of hours above 0"),
            ("\"riskThreshold\":\"x\"", "riskThreshold: expected a number of 0 or more"),
            ("\"minScore\":[1]", "minScore: expected a number of 0 or more"),
            ("\"tacticRules\":1.5", "tacticRules: expected a whole number from 1"),
            ("\"builtin\":1", "builtin: expected true or false"),
            ("\"views\":\"yes\"", "views: expected true or false"),
            ("\"mode\":\"blocks\"", "mode: expected \"block\" or \"event\""),
            ("\"disabled\":\"a\"", "disabled: expected a list of texts"),
            ("\"disabled\":[1]", "disabled: expected a list of texts"),
            ("\"macros\":[]", "macros: expected an object of texts"),
            (
                "\"since\":\"yesterday\"",
                "since: expected a time such as 2026-08-08 or 2026-08-08T06:13:52Z",
            ),
            ("\"computer\":7", "computer: expected a text in quotation marks"),
        ] {
            let text = format!(
                "{{\"format\":\"scriptscope.case\",\"version\":1,\n\"options\":{{{option}}}}}"
            );
            let shown = Case::parse(&text).unwrap_err().to_string();
            let value = option.split_once(':').unwrap().1;
            let column = 12 + option.len() - value.trim_start().len();
            assert_eq!(shown, format!("2:{column}: options: {error}"), "{option}");
        }
        let good = ",\"options\":{\"riskWindow\":0.5,\"views\":null,\"macros\":{\"a\":\"b\"},\"disabled\":[\"x\"],\
                    \"until\":\"2026-08-08\",\"mode\":\"event\",\"tacticThreshold\":2}";
        read(good).unwrap();
    }

    #[test]
    fn lengths_and_numbers_are_limited() {
        let note = "x".repeat(limits::CASE_NOTE_BYTES + 1);
        let long = format!(",\"marks\":{{\"result:1\":{{\"note\":\"{note}\"}}}}");
        assert_eq!(
            refused(&long),
            "marks: result:1: a text has 65537 bytes, and 65536 are allowed"
        );
        let id = "x".repeat(limits::CASE_NAME_BYTES + 1);
        assert!(refused(&format!(",\"marks\":{{\"result:{id}\":{{}}}}")).contains("is no kind"));
        let notes = vec!["{}"; limits::CASE_NOTES + 1].join(",");
        assert_eq!(
            refused(&format!(",\"notes\":[{notes}]")),
            "notes: the list has more than 1000 items"
        );
        let deep = format!(",\"options\":{{\"a\":{}}}", "[".repeat(1 << 16));
        assert!(refused(&deep).ends_with("nested more than 16 deep"));
    }

    #[test]
    fn a_mark_without_content_is_no_mark() {
        let case = read(
            ",\"marks\":{\"result:1\":{\"order\":7},\"block:a:b\":{\"verdict\":null,\"star\":true}}",
        );
        let case = case.unwrap();
        let keys: Vec<String> = case.marks.keys().map(ToString::to_string).collect();
        assert_eq!(keys, ["block:a:b"]);
    }
}
