//! Tuning: allow-lists, their previews, proposals and exports, and the costs of rules.

use super::{analyze, read, report};
use proptest::prelude::*;
use scriptscope::report::{AllowListFormat, json};
use scriptscope::{AllowEntry, Options, RuleFile, Session};

/// A log of scripts: computer, user, path, text.
fn log(scripts: &[(&str, &str, &str, &str)]) -> String {
    let event = |(index, (computer, user, path, text)): (usize, &(&str, &str, &str, &str))| {
        format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
             <Provider Name='Microsoft-Windows-PowerShell'/><EventID>4104</EventID><Level>5</Level>\
             <TimeCreated SystemTime='2026-08-08T06:13:{index:02}Z'/><EventRecordID>{index}</EventRecordID>\
             <Channel>Microsoft-Windows-PowerShell/Operational</Channel><Computer>{computer}</Computer>\
             <Security UserID='{user}'/></System><EventData><Data Name='MessageNumber'>1</Data>\
             <Data Name='MessageTotal'>1</Data><Data Name='ScriptBlockText'>{text}</Data>\
             <Data Name='ScriptBlockId'>id-{index}</Data><Data Name='Path'>{path}</Data></EventData></Event>\n"
        )
    };
    scripts.iter().enumerate().map(event).collect()
}

const REMOTING: &str = "Enable-PSRemoting -Force # 4711";

fn scripts() -> String {
    log(&[
        ("DC01", "S-1-5-18", r"C:\a.ps1", REMOTING),
        ("DC01", "S-1-5-21-7", "", REMOTING),
        ("FS03", "S-1-5-18", r"C:\a.ps1", "Enable-PSRemoting -Force # 12"),
        ("FS03", "S-1-5-18", r"C:\b.ps1", "Enable-PSRemoting; Remove-Item x"),
        ("WS1", "S-1-5-18", r"C:\b.ps1", "Get-Date"),
    ])
}

fn session(allow: Vec<AllowEntry>) -> Session {
    let mut session = Session::new(Options::default().with_allow_list(allow)).unwrap();
    read(&mut session, "a.xml", [scripts().as_bytes()]);
    session
}

fn entry(name: &str, search: &str) -> AllowEntry {
    AllowEntry::new(name, search)
}

/// For each result of the first detection, its id and the entry that hides it.
fn hidden(session: &mut Session) -> Vec<(String, Option<String>)> {
    let report = report(session);
    let rows = report.results.iter().filter(|row| row.rule_id == ID);
    rows.map(|row| (row.id.clone(), row.suppressed_by.clone())).collect()
}

const ID: &str = "40e3b299-19a5-4460-96e9-e1467f714f8e";

#[test]
fn hidden_results_are_counted_and_make_no_risk() {
    let mut session = session(Vec::new());
    let before = report(&mut session);
    let dc = |report: &scriptscope::report::Report| {
        report.risk_objects.iter().find(|object| object.object == "DC01").map(|own| own.score.0)
    };
    assert_eq!(dc(&before), Some(2_500));
    session.set_allow_list(vec![entry("our domain controller", "Computer=dc01")]).unwrap();
    let after = report(&mut session);
    assert_eq!(after.results.len(), before.results.len());
    assert_eq!(after.rule_set, before.rule_set);
    assert_eq!(dc(&after), None);
    for row in &after.results {
        let expected = row.message.as_deref().is_some_and(|words| words.contains("DC01"));
        assert_eq!(row.suppressed_by.as_deref(), expected.then_some("our domain controller"));
    }
    let rule = after.rules.iter().find(|rule| rule.id == ID).unwrap();
    assert_eq!((rule.rows, rule.suppressed), (3, 1));
    session.set_allow_list(Vec::new()).unwrap();
    assert_eq!(json(&report(&mut session)), json(&before));
}

#[test]
fn an_entry_hides_a_row_only_if_it_holds_for_every_block() {
    // The first row has two script blocks, of which one has no path.
    let row = |search: &str| {
        hidden(&mut session(vec![entry("e", search)])).iter().filter(|(_, by)| by.is_some()).count()
    };
    assert_eq!(row(r#"Path="C:\\a.ps1""#), 1, "the one row whose only block has it");
    assert_eq!(row("UserID=S-1-5-18"), 2);
    assert_eq!(row("Computer IN (DC01, FS03)"), 3);
    assert_eq!(row("ScriptBlockText=\"*Remove-Item*\""), 1);
    assert_eq!(row("count=2"), 1, "a column of the row");
    assert_eq!(row("Remove-Item"), 1, "a word anywhere");
    assert_eq!(row("NOT Computer=*"), 0);
    let hash = "ScriptBlockHash=d94ff05f08d6f2c4ea28fe9d09a2c6e6ef3f3bd5a26cd4b6b8fbd4ce0c9b0b8f";
    assert_eq!(row(hash), 0, "of another text");
    let other = entry("e", "Computer=*").with_rule("other");
    assert!(hidden(&mut session(vec![other])).iter().all(|(_, by)| by.is_none()));
    let mut off = entry("e", "Computer=*");
    off.enabled = false;
    assert!(hidden(&mut session(vec![off])).iter().all(|(_, by)| by.is_none()));
}

#[test]
fn a_wrong_entry_is_refused_by_name_and_place_and_changes_nothing() {
    let mut session = session(vec![entry("first", "Computer=DC01")]);
    let wrong = |entries| session.set_allow_list(entries).unwrap_err().to_string();
    let mut wrong = wrong;
    let caret = wrong(vec![entry("mine", "Computer=DC01\nAND (Path=x")]);
    assert!(caret.starts_with("allow-list entry \"mine\": "), "{caret}");
    assert!(caret.contains("line 2, column") && caret.contains('^'), "{caret}");
    assert!(wrong(vec![entry("", "a=b")]).contains("no name"));
    assert!(wrong(vec![entry("a", " ")]).contains("would hide everything"));
    assert!(wrong(vec![entry("a", "a=b"), entry("a", "b=c")]).contains("two entries"));
    assert_eq!(hidden(&mut session).iter().filter(|(_, by)| by.is_some()).count(), 1);
}

#[test]
fn every_proposal_hides_the_result_it_was_made_from() {
    let mut session = session(Vec::new());
    let rows = hidden(&mut session);
    assert_eq!(rows.len(), 3);
    let mut kinds = Vec::new();
    for (id, _) in &rows {
        let proposals = session.proposals(id);
        kinds.push(proposals.iter().map(|proposal| proposal.kind).collect::<Vec<_>>());
        for proposal in proposals {
            assert_eq!(proposal.rule.as_deref(), Some(ID));
            let name = proposal.name.clone();
            let entry = AllowEntry::from(proposal.clone());
            let preview = session.preview(entry.clone()).unwrap();
            assert!(preview.results.contains(id), "{name}");
            let by_kind = match proposal.kind {
                "computer" if name.contains("FS03") => 2,
                "user" if name.contains("more") => 3,
                "user" => 2,
                "text" if name.contains("* ") || name.ends_with('*') => 2,
                _ => 1,
            };
            assert_eq!(preview.results.len(), by_kind, "{name}: {}", entry.search);
            assert_eq!(preview.rows.values().sum::<u64>(), by_kind as u64);
            session.set_allow_list(vec![entry]).unwrap();
            let done = hidden(&mut session);
            let names: Vec<_> =
                done.iter().filter_map(|(id, by)| by.as_ref().map(|_| id)).collect();
            assert_eq!(names, preview.results.iter().collect::<Vec<_>>());
            session.set_allow_list(Vec::new()).unwrap();
        }
    }
    kinds.sort();
    let all = vec!["computer", "user", "script", "path", "text"];
    assert_eq!(kinds, [all.clone(), all, vec!["computer", "user", "script", "text"]]);
    assert!(session.proposals("none").is_empty());
}

#[test]
fn a_preview_has_the_risk_that_would_change_and_changes_nothing() {
    let mut session = session(vec![entry("text", "ScriptBlockText=*Remove-Item*")]);
    let before = json(&report(&mut session));
    let preview = session.preview(entry("fs", "Computer=FS03")).unwrap();
    assert_eq!(preview.results.len(), 1, "the other is hidden already");
    let change = &preview.risk_objects;
    let changes: Vec<_> = change
        .iter()
        .map(|own| (own.object.as_str(), own.kind.as_str(), own.before.0, own.after.0))
        .collect();
    assert_eq!(changes, [("FS03", "system", 2_500, 0), ("FS03\\S-1-5-18", "user", 2_500, 0)]);
    // An edited entry replaces the list's entry of its name.
    let edited = session.preview(entry("text", "Computer=FS03")).unwrap();
    assert_eq!(edited.results.len(), 2);
    assert!(session.preview(entry("x", "Computer=")).is_err());
    assert_eq!(json(&report(&mut session)), before);
}

#[test]
fn an_exported_macro_hides_the_same_results() {
    let list = vec![
        entry("dc", "Computer=DC01 OR Computer=DC02").with_rule(ID),
        entry("text", "ScriptBlockText=\"*Remove-Item*\""),
    ];
    let mut own = session(list.clone());
    let macros = own.export_allow_list(AllowListFormat::Macro);
    let options = Options::default().with_rules([RuleFile::new("allow.yml", macros)]);
    let mut loaded = Session::new(options).unwrap();
    read(&mut loaded, "a.xml", [scripts().as_bytes()]);
    let shown = |session: &mut Session| -> Vec<(String, bool)> {
        hidden(session).into_iter().map(|(id, by)| (id, by.is_some())).collect()
    };
    assert_eq!(shown(&mut own), shown(&mut loaded));
    assert_eq!(shown(&mut own).iter().filter(|(_, by)| *by).count(), 2);

    let text = own.export_allow_list(AllowListFormat::Json);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["format"], "scriptscope.allowList");
    assert_eq!(value["entries"][0]["search"], list[0].search);
    assert_eq!(value["entries"][1]["rule"], serde_json::Value::Null);
    assert!(own.export_allow_list(AllowListFormat::Sigma).contains("ScriptBlockText|contains: "));
    assert!("yaml".parse::<AllowListFormat>().is_err());
}

#[test]
fn an_exported_macro_can_compare_the_hash_of_a_text() {
    let mut own = session(Vec::new());
    let id = hidden(&mut own)[0].0.clone();
    let script = own.proposals(&id).into_iter().find(|proposal| proposal.kind == "script").unwrap();
    own.set_allow_list(vec![entry("hash", &script.search)]).unwrap();
    let macros = own.export_allow_list(AllowListFormat::Macro);
    assert!(macros.contains("sha256(ScriptBlockText)"));
    let options = Options::default().with_rules([RuleFile::new("allow.yml", macros)]);
    let report = analyze(&[("a.xml", scripts().as_bytes())], options);
    let row = report.results.iter().find(|row| row.id == id).unwrap();
    assert!(row.suppressed_by.is_some());
    assert_eq!(row.fields.get("ScriptBlockHash"), None);
}

#[test]
fn costs_count_evaluations() {
    let mut session = session(Vec::new());
    let cost = session.costs().into_iter().find(|cost| cost.id == ID).unwrap();
    assert_eq!((cost.looked, cost.held), (4, 4));
    let mut other = Session::new(Options::default()).unwrap();
    other.merge(&session.partial().unwrap()).unwrap();
    assert_eq!(other.costs(), session.costs());
    let report = other.report();
    let rule = report.rules.iter().find(|rule| rule.id == ID).unwrap();
    assert_eq!((rule.cost.literals, rule.cost.patterns, rule.cost.every_block), (1, 0, false));
    // Drained counts are counted in the session they were merged into, once.
    let mut root = Session::new(Options::default()).unwrap();
    root.merge(&session.drain(None).unwrap()).unwrap();
    root.merge(&session.drain(None).unwrap()).unwrap();
    assert_eq!(root.costs(), other.costs());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Oracle: a row is hidden by the first entry whose computer and user are those of each of its blocks.
    #[test]
    fn the_first_entry_that_holds_hides_a_row(
        entries in prop::collection::vec(
            (prop::sample::select(vec!["DC01", "FS03", "WS1"]), prop::option::of(prop::sample::select(vec!["S-1-5-18", "S-1-5-21-7"])), any::<bool>()),
            0..5,
        ),
    ) {
        let list: Vec<AllowEntry> = entries
            .iter()
            .enumerate()
            .map(|(index, (computer, user, enabled))| {
                let user = user.map_or(String::new(), |user| format!(" UserID={user}"));
                let search = format!("Computer={computer}{user}");
                let mut entry = entry(&index.to_string(), &search);
                entry.enabled = *enabled;
                entry
            })
            .collect();
        let mut session = session(list);
        let report = report(&mut session);
        for row in &report.results {
            let blocks: Vec<_> = row.blocks.iter().map(|own| report.block(&own.id).unwrap()).collect();
            let fits = |(computer, user, enabled): &&(&str, Option<&str>, bool)| {
                *enabled && blocks.iter().all(|block| {
                    block.computer.as_deref() == Some(*computer)
                        && user.is_none_or(|user| block.user.as_deref() == Some(user))
                })
            };
            let first = entries.iter().position(|entry| fits(&entry));
            prop_assert_eq!(row.suppressed_by.clone(), first.map(|index| index.to_string()));
        }
    }
}
