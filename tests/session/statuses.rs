//! What becomes of each rule: those that cannot match must not look like those that found nothing.

use super::detection::event;
use super::{analyze, read, report};
use scriptscope::report::{Report, Rule, RuleStatus};
use scriptscope::{Options, RuleFile, Session};

fn splunk(search: &str) -> RuleFile {
    let search = search.replace('\'', "''");
    RuleFile::new("a.yml", format!("name: A\nid: a\ntype: TTP\nsearch: '{search}'\n"))
}

fn sigma(detection: &str) -> RuleFile {
    let text = format!(
        "title: A\nid: a\nlogsource: {{product: windows, category: ps_script}}\n\
         detection:\n  s: {detection}\n  condition: s\nlevel: high\n"
    );
    RuleFile::new("a.yml", text)
}

fn options(files: impl IntoIterator<Item = RuleFile>) -> Options {
    let mut options = Options::default().with_rules(files);
    options.builtin = false;
    options
}

fn log() -> String {
    event(1, "2026-08-08T06:13:52Z", "FS03", "a", (1, 1), "Enable-PSRemoting -Force")
}

fn rule(report: &Report) -> &Rule {
    report.rules.iter().find(|rule| rule.id == "a").unwrap()
}

fn problem<'a>(report: &'a Report, code: &str) -> Option<&'a scriptscope::report::Problem> {
    report.problems.iter().find(|problem| problem.code == code)
}

#[test]
fn a_rule_that_cannot_match_says_so_with_its_place() {
    for (file, reason, place) in [
        (
            splunk("EventCode=4104 ScriptBlocktext=\"*a*\""),
            "did you mean ScriptBlockText?",
            (4, 25),
        ),
        (splunk("`powershell` EventCode=4103 Payload=*a*"), "requires event 4103", (4, 33)),
        (splunk("`powershell` EventCode IN (400, 403)"), "requires event 400 or 403", (4, 37)),
        (splunk("`powershell` | where EventID=4688"), "requires event 4688", (4, 39)),
        (splunk("EventCode=4104 CommandLine=*a*"), "the field CommandLine", (4, 25)),
        // The first condition selects the block, and no row passes the second one.
        (
            splunk("EventCode=4104 | stats count by Computer EventCode | search EventCode=4103"),
            "requires event 4103",
            (4, 80),
        ),
        (
            splunk("source=\"WinEventLog:Microsoft-Windows-PowerShell/Operational\" EventCode=400"),
            "requires event 400",
            (4, 82),
        ),
        (sigma("{EventID: 4103, Payload|contains: a}"), "requires event 4103", (5, 16)),
        (sigma("{CommandLine|contains: a}"), "the field CommandLine", (5, 7)),
        (sigma("[{Image|endswith: a}, {EventID: 1}]"), "requires event 1", (5, 8)),
    ] {
        let report = analyze(&[("log.xml", log().as_bytes())], options([file]));
        let rule = rule(&report);
        assert_eq!(rule.status, RuleStatus::CannotMatch, "{rule:?}");
        assert!(!rule.enabled && rule.refused.is_none());
        let said = rule.status_reason.as_deref().unwrap();
        assert!(said.contains(reason), "{said}");
        let problem = problem(&report, "rule-cannot-match").unwrap();
        assert!(problem.message.contains(said));
        assert_eq!(problem.severity, "warning");
        assert_eq!(
            (problem.rule.as_deref(), problem.source.as_deref()),
            (Some("a"), Some("a.yml"))
        );
        assert_eq!((problem.line, problem.column), (Some(place.0), Some(place.1)), "{said}");
    }
}

#[test]
fn a_rule_that_can_match_has_run() {
    for file in [
        splunk("`powershell` EventCode=4104 ScriptBlockText=*nothing*"),
        splunk("`powershell` NOT CommandLine=x ScriptBlockText=*nothing*"),
        splunk(
            "EventCode=4104 | rex field=ScriptBlockText \"(?<CommandLine>nothing)\" | search CommandLine=*",
        ),
        splunk("EventCode=4104 | eval x=lower(Path) | search ScriptBlockText=*nothing*"),
        splunk("EventCode=4104 port=1"),
        splunk("EventCode=4104 (CommandLine=a OR ScriptBlockText=*nothing*)"),
        splunk(
            "source=\"WinEventLog:Microsoft-Windows-PowerShell/Operational\" EventCode=4104 nothing",
        ),
        sigma("{CommandLine: null, ScriptBlockText|contains: nothing}"),
        sigma("{EventID: [4103, 4104], ScriptBlockText|contains: nothing}"),
        // What matched can match.
        splunk("EventCode=4104 ScriptBlockText=*PSRemoting*"),
    ] {
        let log = log().replace("</EventData>", "<Data Name='port'>2</Data></EventData>");
        let report = analyze(&[("log.xml", log.as_bytes())], options([file]));
        let rule = rule(&report);
        assert_eq!((rule.status, rule.enabled), (RuleStatus::Ran, true), "{rule:?}");
        assert_eq!(rule.status_reason, None);
        assert_eq!(report.problems, []);
    }
}

#[test]
fn a_known_field_that_is_empty_is_a_note() {
    for file in [
        splunk("EventCode=4104 Path=*setup*"),
        splunk("EventCode=4104 Path!=a"),
        splunk("EventCode=4104 | where len(Path)>5"),
        sigma("{Path|contains: setup}"),
        splunk("EventCode=4104 port=1"),
    ] {
        let log = log().replace("</EventData>", "<Data Name='port'></Data></EventData>");
        let report = analyze(&[("log.xml", log.as_bytes())], options([file]));
        assert_eq!(rule(&report).status, RuleStatus::Ran);
        let note = problem(&report, "field-empty").unwrap();
        assert_eq!((note.severity, note.rule.as_deref()), ("info", Some("a")));
        assert!(note.message.contains("Path") || note.message.contains("port"), "{}", note.message);
        let filled = log.replace("'Path'>", "'Path'>C:\\x.ps1").replace("'port'>", "'port'>5");
        let inputs = [("log.xml", log.as_bytes()), ("other.xml", filled.as_bytes())];
        let report = analyze(&inputs, options([splunk("EventCode=4104 Path=y port=z")]));
        assert_eq!(problem(&report, "field-empty"), None);
    }
    // Without events, nothing is known of their fields.
    let empty = analyze(&[], options([splunk("EventCode=4104 Path=*setup*")]));
    assert_eq!(problem(&empty, "field-empty"), None);
}

#[test]
fn a_field_of_the_logs_is_known_in_every_format() {
    let json = r#"{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","ScriptBlockText":"Get-Date","Computer":"A","ScriptBlockId":"1","MessageNumber":1,"MessageTotal":1,"agent":{"hostname":"X"}}"#;
    let other = json.replace(r#","agent":{"hostname":"X"}"#, "");
    let csv = "EventID,Channel,ScriptBlockText,Computer,agent.hostname\n4104,Microsoft-Windows-PowerShell/Operational,Get-Date,A,X\n";
    for log in
        [json.to_owned(), format!("{}{json}\n", format!("{other}\n").repeat(40)), csv.to_owned()]
    {
        let rules = || options([splunk("EventCode=4104 agent.hostname=Y")]);
        let report = analyze(&[("log", log.as_bytes())], rules());
        assert_eq!(rule(&report).status, RuleStatus::Ran, "{log}");
        // Records of the layout without the field come first, in another session.
        let mut root = Session::new(rules()).unwrap();
        for part in [&other, &log] {
            let mut session = Session::new(rules()).unwrap();
            read(&mut session, "log", [part.as_bytes()]);
            root.merge(&session.partial().unwrap()).unwrap();
        }
        assert_eq!(rule(&report_of(&mut root)).status, RuleStatus::Ran);
    }
    let report =
        analyze(&[("log", other.as_bytes())], options([splunk("EventCode=4104 agent.hostname=Y")]));
    assert_eq!(rule(&report).status, RuleStatus::CannotMatch);
}

fn report_of(session: &mut Session) -> Report {
    report(session)
}

#[test]
fn the_status_agrees_with_the_other_fields() {
    let mut options = options([
        splunk("`powershell` EventCode=4103"),
        RuleFile::new("b.yml", "name: B\nid: b\nsearch: EventCode=4104 | nonsense\n"),
    ]);
    let statuses = |options: &Options| {
        let mut session = Session::new(options.clone()).unwrap();
        let listed = session.rules();
        let report = report(&mut session);
        assert_eq!(listed, report.rules);
        let of = |rule: &Rule| {
            (rule.status, rule.enabled, rule.refused.is_some(), rule.status_reason.is_some())
        };
        report.rules.iter().map(of).collect::<Vec<_>>()
    };
    use RuleStatus::{CannotMatch, Disabled, Refused};
    let refused = (Refused, false, true, true);
    assert_eq!(statuses(&options), [(CannotMatch, false, false, true), refused]);
    options.disabled = vec!["a".into(), "b".into()];
    assert_eq!(statuses(&options), [(Disabled, false, false, false), refused]);
}

#[test]
fn rules_about_other_logs_are_counted_by_kind_and_listed() {
    let other = |name: &str, source: &str| {
        let text = format!(
            "title: {name}\nid: {name}\nlogsource: {{{source}}}\ndetection: {{s: {{a: b}}, condition: s}}\n"
        );
        RuleFile::new(format!("{name}.yml"), text)
    };
    let mut files: Vec<RuleFile> = (0..20)
        .map(|index| other(&format!("p{index}"), "product: windows, category: process_creation"))
        .collect();
    files.push(other("audit", "product: linux, service: auditd"));
    files.push(RuleFile::new(
        "model.yml",
        "name: M\nid: m\nsearch: '| tstats count from datamodel=Endpoint.Processes'\n",
    ));
    files.push(RuleFile::new("README.md", "x"));
    let mut session = Session::new(options(files)).unwrap();
    let found = report(&mut session);
    let counts: Vec<_> = found
        .totals
        .rules_not_applicable
        .iter()
        .map(|(log, count)| (log.as_str(), *count))
        .collect();
    assert_eq!(
        counts,
        [
            ("datamodel/Endpoint.Processes", 1),
            ("linux/auditd", 1),
            ("windows/process_creation", 20)
        ]
    );
    assert!(found.rules.is_empty());
    let note = problem(&found, "rules-skipped").unwrap();
    assert!(
        note.message.contains("22 left out")
            && note.message.contains("20 windows/process_creation"),
        "{}",
        note.message
    );
    let listed = session.rules_not_applicable();
    assert_eq!(listed.len(), 22);
    assert!(listed.iter().all(|rule| rule.status == RuleStatus::NotApplicable && !rule.enabled));
    let reason = listed[1].status_reason.as_deref().unwrap();
    assert_eq!(reason, "audit.yml:1 is about linux/auditd, not about event 4104");
    assert_eq!(session.files_without_rules(), ["README.md"]);
}
