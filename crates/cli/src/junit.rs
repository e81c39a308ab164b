//! Test results as JUnit XML, which continuous integration reads.

use crate::commands::TestCase;
use crate::terminal::visible;
use std::fmt::Write;

/// Returns XML with one suite per rule file.
pub(crate) fn junit(cases: &[TestCase]) -> String {
    let mut suites: Vec<(&str, Vec<&TestCase>)> = Vec::new();
    for case in cases {
        let name = case.file.as_deref().unwrap_or("built-in rules");
        match suites.iter_mut().find(|(known, _)| *known == name) {
            Some((_, own)) => own.push(case),
            None => suites.push((name, vec![case])),
        }
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let skipped = |own: &[&TestCase]| own.iter().filter(|case| case.skipped.is_some()).count();
    let _ = writeln!(text, "<testsuites {}>", attributes("scriptscope", cases.iter()));
    for (name, own) in suites {
        let _ = writeln!(
            text,
            "  <testsuite {} skipped=\"{}\">",
            attributes(name, own.iter().copied()),
            skipped(&own)
        );
        own.iter().for_each(|case| write_case(&mut text, case));
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn attributes<'a>(name: &str, cases: impl Iterator<Item = &'a TestCase>) -> String {
    let (mut tests, mut failures) = (0, 0);
    for case in cases {
        tests += 1;
        failures += usize::from(case.failure.is_some());
    }
    format!("name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"", escaped(name))
}

fn write_case(text: &mut String, case: &TestCase) {
    let (rule, name) = (escaped(&case.rule), escaped(&case.name));
    let _ = write!(text, "    <testcase classname=\"{rule}\" name=\"{name}\"");
    if let Some(reason) = &case.skipped {
        let _ =
            write!(text, ">\n      <skipped message=\"{}\"/>\n    </testcase>\n", escaped(reason));
        return;
    }
    let Some(failure) = &case.failure else {
        text.push_str("/>\n");
        return;
    };
    let message: Vec<_> = failure.iter().take(2).map(|line| escaped(line)).collect();
    let lines: Vec<_> = failure.iter().map(|line| escaped(line)).collect();
    let (message, lines) = (message.join(" "), lines.join("\n"));
    let _ = write!(
        text,
        ">\n      <failure message=\"{message}\">{lines}</failure>\n    </testcase>\n"
    );
}

/// Escapes text for XML. XML cannot contain control characters, so they are shown as visible ones.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in visible(text).chars() {
        match character {
            '&' | '<' | '>' | '"' => {
                let _ = write!(escaped, "&#{};", character as u32);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}
