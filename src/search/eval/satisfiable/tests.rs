use super::expressions::{ConstantRow, is_null_of_null};
use super::possible::can_hold;
use super::*;
use crate::event::{Event, EventFields, usual_names};
use crate::reassemble::ScriptBlock;
use crate::search::ast::correlation::RuleExpr;
use crate::search::ast::function::{Function, FunctionId, ResultKind};
use crate::search::eval::obstacle::describe;
use crate::search::parse::library::Library;
use crate::search::query::Search;
use proptest::prelude::*;

fn reason(search: &str, is_absent: &dyn Fn(&str) -> bool) -> Option<String> {
    let search =
        Search::parse(search, &Library::new()).unwrap_or_else(|error| panic!("{search}: {error}"));
    let assumptions = Assumptions::without(is_absent);
    obstacles(search.base(), search.commands(), assumptions).map(|found| describe(&found, true))
}

fn is_unusual(name: &str) -> bool {
    !usual_names().any(|known| known == name)
}

#[test]
fn a_search_that_requires_another_event_selects_nothing() {
    for (search, event) in [
        ("EventCode=4103", "4103"),
        ("EventID=4688 ScriptBlockText=*a*", "4688"),
        ("event_id=400", "400"),
        ("signature_id=4103", "4103"),
        ("event.code=4103", "4103"),
        ("winlog.event_id=\"4103\"", "4103"),
        ("EventCode=\"4103\"", "4103"),
        ("EventCode IN (4103, 4105)", "4103 or 4105"),
        ("(EventCode=4103 OR EventCode=400) mimikatz", "4103 or 400"),
        ("EventCode=4103 OR (EventID=400 ScriptBlockText=*a*)", "4103 or 400"),
        ("EventCode=4104 EventCode=4103", "4103"),
        ("EventCode=410*  EventCode=4105", "4105"),
        ("EventCode<4104", "< 4104"),
        ("NOT EventCode=4104", "excludes event 4104"),
        ("EventCode!=4104", "excludes event 4104"),
        ("NOT (EventCode=4104 OR a=b)", "excludes event 4104"),
        ("ScriptBlockText=*a* | search EventCode=4103", "4103"),
        ("* | where EventCode=4103", "4103"),
        ("* | where EventCode==4103 AND like(ScriptBlockText, \"%a%\")", "4103"),
        ("* | where in(EventCode, 4103, \"400\")", "4103 or 400"),
        ("* | where match(EventCode, \"^410[35]$\")", "^410[35]$"),
        ("* | where like(EventCode, \"4103\")", "4103"),
        ("* | where EventCode=4103 OR EventCode=400", "4103 or 400"),
        ("* | where NOT EventCode=4104", "excludes event 4104"),
        ("* | where EventCode!=4104", "excludes event 4104"),
        ("* | where searchmatch(\"EventCode=4103\")", "4103"),
        ("* | where 4103=EventCode", "4103"),
        ("* | where tonumber(EventCode) < 4104", "event"),
        ("* | regex EventCode=\"^400$\"", "^400$"),
        ("* | eval x=1 | search EventCode=4103", "4103"),
        ("* | rename EventCode as code | search code=4103", "another code"),
        ("* | stats count by EventCode | search EventCode=4103", "4103"),
        ("vendor_product=\"Linux\"", "vendor_product"),
        ("Channel=Security", "the Channel “Security”"),
        ("source=\"WinEventLog:Security\"", "the source “WinEventLog:Security”"),
        ("source=\"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational\"", "Sysmon"),
        ("source=\"*WinEventLog:Windows PowerShell\"", "Windows PowerShell"),
        ("LogName=\"Windows PowerShell\"", "Windows PowerShell"),
        ("source IN (\"WinEventLog:System\", \"*Application\")", "WinEventLog:System"),
        ("winlog.channel=\"Microsoft-Windows-Bits-Client/Operational\"", "Bits-Client"),
        ("Provider_Name=\"Microsoft-Windows-Sysmon\"", "Sysmon"),
        ("* | where Channel=\"Security\"", "the Channel “Security”"),
    ] {
        let reason = reason(search, &is_unusual);
        assert!(reason.as_ref().is_some_and(|own| own.contains(event)), "{search}: {reason:?}");
    }
}

#[test]
fn a_search_that_requires_an_unknown_field_selects_nothing() {
    for (search, field) in [
        ("EventCode=4104 ScriptBlocktext=\"*a*\"", "ScriptBlocktext"),
        ("CommandLine=*a*", "CommandLine"),
        ("CommandLine!=a", "CommandLine"),
        ("CommandLine=*", "CommandLine"),
        ("CommandLine IN (a, b)", "CommandLine"),
        ("CommandLine>5", "CommandLine"),
        ("CommandLine=a OR ParentImage=b", "ParentImage"),
        ("NOT NOT CommandLine=a", "CommandLine"),
        ("NOT (NOT CommandLine=a)", "CommandLine"),
        ("(CommandLine=a Path=b) OR (NOT (NOT CommandLine=b))", "CommandLine"),
        ("a=b OR EventCode=4103", "4103"),
        ("* | search CommandLine=a", "CommandLine"),
        ("* | where isnotnull(CommandLine)", "CommandLine"),
        ("* | where NOT isnull(CommandLine)", "CommandLine"),
        ("* | where len(CommandLine)>5", "CommandLine"),
        ("* | where like(lower(CommandLine), \"%a%\")", "CommandLine"),
        ("* | where match(CommandLine, \"a\")", "CommandLine"),
        ("* | where CommandLine=Computer", "CommandLine"),
        ("* | where CommandLine!=\"a\"", "CommandLine"),
        ("* | where NOT CommandLine=\"a\"", "CommandLine"),
        ("* | where CommandLine.\"x\"=ScriptBlockText", "CommandLine"),
        ("* | where in(CommandLine, \"a\", Computer)", "CommandLine"),
        ("* | where coalesce(CommandLine, ParentImage)=\"a\"", "ParentImage"),
        ("* | where cidrmatch(\"10.0.0.0/8\", ip)", "ip"),
        ("* | regex CommandLine=\"a\"", "CommandLine"),
        ("* | rex field=CommandLine \"(?<x>a)\" | search x=*", "the field CommandLine"),
        ("* | eval x=lower(CommandLine) | where x=\"a\"", "the field CommandLine"),
        ("* | rename CommandLine as cmd | search cmd=*", "the field CommandLine"),
        ("* | stats values(CommandLine) as c by Computer | search c=*a*", "the field CommandLine"),
        ("* | stats sum(Size) as c by Computer | where c>5", "the field Size"),
        ("* | stats avg(Size) as c | eval d=round(c) | where d>5", "the field Size"),
        ("* | spath input=CommandLine path=a output=b | search b=*", "the field CommandLine"),
        ("* | eval x=if(match(CommandLine, \"a\"), 1, 0) | where x=1", "the field CommandLine"),
        ("* | eval x=if(match(CommandLine, \"a\"), 1, 0) | search x>0", "the field CommandLine"),
        (
            "* | eval x=case(like(CommandLine, \"%a%\"), \"hit\") | where isnotnull(x)",
            "CommandLine",
        ),
        (
            "* | eval x=mvcount(split(CommandLine, \" \")), y=x+1 | where y>2",
            "the field CommandLine",
        ),
        ("* | eval x=coalesce(CommandLine, \"\") | where len(x)>1 | stats count", "CommandLine"),
        ("* | eval x=if(isnull(CommandLine), 0, 5) | stats count by x | where x>1", "CommandLine"),
        ("* | stats count by CommandLine", "the field CommandLine"),
        ("* | stats count by Computer CommandLine", "the field CommandLine"),
        ("* | eval c=CommandLine | stats count by c", "the field CommandLine"),
        ("* | dedup CommandLine", "the field CommandLine"),
        ("* | top CommandLine", "the field CommandLine"),
        ("* | rare Computer by CommandLine", "the field CommandLine"),
        ("* | transaction CommandLine", "the field CommandLine"),
        ("* | eventstats count by Computer | search CommandLine=*", "CommandLine"),
        ("* | streamstats count | bin _time span=1h | search CommandLine=*", "CommandLine"),
        ("* | collect index=a | search CommandLine=*", "CommandLine"),
        ("* | fillnull a | search b=*", "the field b"),
        ("* | table Computer b | search b=*", "the field b"),
    ] {
        let reason = reason(search, &is_unusual);
        assert!(reason.as_ref().is_some_and(|own| own.contains(field)), "{search}: {reason:?}");
    }
}

#[test]
fn a_search_that_requires_a_field_which_its_table_lacks_selects_nothing() {
    for (search, field) in [
        ("* | stats count by Computer | search ScriptBlockText=*a*", "ScriptBlockText"),
        ("* | stats count by Computer | where count>5 AND Path=\"x\"", "Path"),
        ("* | stats count by Computer | where dest=\"x\"", "dest"),
        ("* | stats count as n by Computer | where count>5", "count"),
        ("* | stats count by Computer | eval x=lower(Path) | search x=*", "Path"),
        ("* | stats count by Computer | rename Path as p | search p=*", "Path"),
        ("* | stats count by Computer | rex field=Path \"(?<x>a)\" | search x=*", "Path"),
        ("* | table Computer | search Path=*", "Path"),
        ("* | fields Computer | search Path=*", "Path"),
        ("* | top Computer | search Path=*", "Path"),
        ("* | top Computer showcount=f | where count>1", "count"),
        ("* | stats count by Computer | stats dc(Path) as p by nope", "nope"),
    ] {
        let reason = reason(search, &is_unusual);
        let expected = format!("the field {field}, which is not in the table");
        assert!(reason.as_ref().is_some_and(|own| own.contains(&expected)), "{search}: {reason:?}");
    }
}

#[test]
fn a_search_that_can_select_an_event_has_no_obstacle() {
    for search in [
        "*",
        "EventCode=4104",
        "EventCode=\"4104\" OR EventCode=4103",
        "EventCode IN (4103, 4104)",
        "EventCode=*",
        "EventCode=41*",
        "EventCode>=4104",
        "NOT EventCode=4103",
        "EventCode!=4103",
        "signature_id=4104 ScriptBlockText=*",
        "NOT CommandLine=a",
        "NOT CommandLine!=a",
        "ScriptBlockText=*a* NOT (CommandLine=* OR ParentImage=*)",
        "CommandLine=a OR ScriptBlockText=*a*",
        "4103",
        "Path=*a*",
        "Computer=a User_Name=b OR dest=c",
        "source=\"WinEventLog:Microsoft-Windows-PowerShell/Operational\"",
        "source=\"XmlWinEventLog:Microsoft-Windows-PowerShell/Operational\" OR source=\"WinEventLog:Security\"",
        "source=*powershell*",
        "source=\"*\"",
        "Channel=\"Microsoft-Windows-PowerShell/Operational\"",
        "Channel=WEC-PowerShell",
        "Channel=ForwardedEvents",
        "Channel!=Security",
        "NOT source=\"WinEventLog:Security\"",
        "Provider_Name=\"Microsoft-Windows-PowerShell\"",
        "sourcetype=WinEventLog:Security",
        "index=main",
        "earliest=-1d",
        "* | where EventCode=4104",
        "* | where EventCode=\"4104\" OR CommandLine=\"a\"",
        "* | where isnull(CommandLine)",
        "* | where NOT isnotnull(CommandLine)",
        "* | where coalesce(CommandLine, ScriptBlockText)=\"a\"",
        "* | where if(isnull(CommandLine), 1, 0)=1",
        "* | where NOT match(EventCode, \"4103\")",
        "* | where EventCode=4103 XOR 1=1",
        "* | where mvcount(mvappend(CommandLine, Path))=1",
        "* | regex EventCode!=\"4103\"",
        "* | regex CommandLine!=\"a\"",
        "* | eval CommandLine=ScriptBlockText | search CommandLine=*a*",
        "* | eval EventCode=4103 | search EventCode=4103",
        "* | eval x=if(match(CommandLine, \"a\"), 1, 0) | where x=0",
        "* | eval x=if(match(ScriptBlockText, \"a\"), 1, 0) | where x=1",
        "* | eval x=5 | where x>4 AND x+1=6",
        "* | eval x=5, x=x+now() | where x=7",
        "* | eval x=split(\"a;b\", \";\") | search x=b x=a x!=a",
        "* | eval x=\"a\" | mvexpand x | search x!=b",
        "* | eval x=0 | fillnull value=1 x | search x=0",
        "* | eval EventID=4103 | where EventID=4103",
        "* | rex field=ScriptBlockText \"(?<CommandLine>a)\" | search CommandLine=*",
        "* | rex mode=sed field=EventCode \"s/4104/4103/\" | search EventCode=4103",
        "* | fillnull value=x CommandLine | search CommandLine=x",
        "* | fillnull | search CommandLine=0",
        "* | rename ScriptBlockText as CommandLine | search CommandLine=*",
        "* | rename * as x_* | search x_Computer=*",
        "* | spath input=ScriptBlockText | search a.b=*",
        "* | spath input=ScriptBlockText path=a.b | search a.b=*",
        "* | stats count by Computer | where count>1",
        "* | stats count by Computer | search NOT Path=a",
        "* | stats count by Computer | fillnull | search Path=0",
        "* | stats values(*) as * by Computer | search Path=*",
        "* | stats values(S*) as t* by Computer | search tcriptBlockText=*",
        "* | stats count by Path",
        "* | stats dc(CommandLine) as c | where c=0",
        "* | stats count by Computer | rex field=Path \"(?<Computer>a)\" | search Computer=*",
        "* | table Computer | search _time=* _raw=*",
        "* | table Comp* | search Computer=*",
        "* | fields - Path | search ScriptBlockText=*",
        "* | dedup CommandLine keepempty=true",
        "* | top Computer useother=t limit=1 | search Computer=OTHER",
        "* | eventstats count by CommandLine",
        "* | eventstats count as CommandLine | search CommandLine=8",
        "* | bin CommandLine span=5 as x | where isnull(x)",
        "* | stats count by Computer | search NOT EventCode=4104",
        "* | stats count(CommandLine) as n by Computer | where n=0",
        "* | stats count by EventCode | search NOT EventID=4104",
        "* | table Computer | search NOT EventCode=4104",
        "* | fields - EventCode | search NOT EventCode=4104",
        "* | convert ctime(_time) as when | search when=*",
        "* | addtotals fieldname=sum | search sum>0",
        "* | makemv delim=\"1\" EventCode | search EventCode=04",
    ] {
        assert_eq!(reason(search, &is_unusual), None, "{search}");
    }
}

#[test]
fn fields_of_the_logs_are_known() {
    let search = "agent.hostname=a ScriptBlockText=*b*";
    assert!(reason(search, &is_unusual).is_some());
    assert_eq!(reason(search, &|name| is_unusual(name) && name != "agent.hostname"), None);
    assert!(reason("Path=a", &|name| name == "Path").is_some());
}

#[test]
fn functions_that_are_null_of_null_are() {
    let row = ConstantRow(&Fields {
        assumptions: Assumptions::without(&|_| true),
        assigned: OrderedMap::new(),
        others: Others::OfEvents,
    });
    for function in Function::all().filter(|function| is_null_of_null(function.id)) {
        let arguments = match function.id {
            FunctionId::Match | FunctionId::Replace => "nope, \"a\", \"b\"",
            FunctionId::Substr | FunctionId::MvIndex => "nope, 1",
            _ => "nope, \"a\"",
        };
        let count = function.max_arguments.min(arguments.matches(',').count() + 1);
        let arguments: Vec<&str> = arguments.splitn(3, ", ").take(count).collect();
        let arguments = if function.id == FunctionId::Match { &arguments[..2] } else { &arguments };
        let call = format!("{}({})", function.name, arguments.join(", "));
        let text = match function.result {
            ResultKind::Condition => format!("* | where {call}"),
            _ => format!("* | eval x={call}"),
        };
        let search = Search::parse(&text, &Library::new()).unwrap();
        let expr = match search.commands() {
            [Command::Eval(fields)] => &fields[0].1,
            [Command::Where(expr)] => expr,
            _ => panic!("{text}"),
        };
        assert!(expr.value(&row).is_null(), "{text}");
    }
}

/// Generates conditions on fields that events have, may have and lack.
fn condition() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "EventCode",
        "EventID",
        "Computer",
        "Path",
        "Channel",
        "source",
        "CommandLine",
        "extra",
        "ScriptBlockText",
        "Level",
        "vendor_product",
    ]);
    let value = prop::sample::select(vec![
        "4104",
        "4103",
        "*",
        "41*",
        "a",
        "b",
        "\"*a*\"",
        "Security",
        "\"*PowerShell*\"",
        "5",
        "ForwardedEvents",
        "\"Microsoft Windows\"",
    ]);
    let operator = prop::sample::select(vec!["=", "!=", "<", ">="]);
    let leaf = (field, operator, value).prop_map(|(a, b, c)| format!("{a}{b}{c}"));
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|parts| format!("({})", parts.join(" "))),
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|parts| format!("({})", parts.join(" OR "))),
            inner.prop_map(|part| format!("NOT {part}")),
        ]
    })
}

/// Generates expressions of `where` on the same fields.
fn expression() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "EventCode",
        "EventID",
        "Computer",
        "Path",
        "CommandLine",
        "extra",
        "lower(CommandLine)",
        "Channel",
        "coalesce(CommandLine, Path)",
        "coalesce(Path, EventID)",
        "len(CommandLine)",
    ]);
    let value = prop::sample::select(vec![
        "4104",
        "\"4103\"",
        "\"a\"",
        "Path",
        "CommandLine",
        "\"Security\"",
    ]);
    let operator = prop::sample::select(vec!["=", "!=", "<", ">="]);
    let leaf = prop_oneof![
        4 => (field.clone(), operator, value.clone()).prop_map(|(a, b, c)| format!("{a}{b}{c}")),
        1 => field.clone().prop_map(|a| format!("isnull({a})")),
        1 => field.clone().prop_map(|a| format!("isnotnull({a})")),
        1 => (field.clone(), value).prop_map(|(a, b)| format!("in({a}, {b}, \"b\")")),
        1 => field.prop_map(|a| format!("match({a}, \"4\")")),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} AND {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} XOR {b})")),
            inner.prop_map(|part| format!("NOT {part}")),
        ]
    })
}

fn events() -> impl Strategy<Value = Vec<(Option<String>, Option<String>, bool, u8)>> {
    let text =
        || prop::option::of(prop::sample::select(vec!["a", "b", "DC01"]).prop_map(String::from));
    prop::collection::vec((text(), text(), any::<bool>(), 0_u8..4), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_search_with_obstacles_selects_nothing(
        base in condition(),
        expr in prop::option::of(expression()),
        command in prop::sample::select(vec![
            "", "| eval CommandLine=Path", "| rename Path as CommandLine", "| eval EventID=4103",
            "| fillnull value=a CommandLine", "| table Computer CommandLine", "| eventstats count by CommandLine",
            "| streamstats max(Level) as CommandLine", "| bin Level span=4", "| collect index=a", "| stats count by EventCode",
            "| rename EventCode as Path", "| fields - EventCode", "| stats count by Computer", "| stats count by CommandLine",
            "| stats values(extra) as Path by Computer", "| stats dc(CommandLine) as Path", "| dedup CommandLine",
            "| dedup extra", "| top Path", "| rare extra by Computer limit=1 useother=t", "| fields Computer Path EventID",
            "| transaction Path", "| eval x=CommandLine | stats count by x", "| table Comp* extra",
            "| rex field=CommandLine \"(?<Path>a)\"", "| stats avg(Level) as Path count as Level | eval Path=round(Path)",
        ]),
        second in condition(),
        events in events(),
    ) {
        let text = match expr {
            Some(expr) => format!("{base} {command} | where {expr} | search {second}"),
            None => format!("{base} {command} | search {second}"),
        };
        let search = Search::parse(&text, &Library::new()).unwrap();
        let blocks: Vec<ScriptBlock> = events
            .into_iter()
            .map(|(computer, path, has_extra, channel)| {
                let channels = ["Microsoft-Windows-PowerShell/Operational", "ForwardedEvents", "own", ""];
                let mut fields = EventFields::default();
                fields.push("Channel", channels[usize::from(channel)]);
                if has_extra {
                    fields.push("extra", "a");
                }
                let event = Event { computer, path, fields, text: "a".into(), level: Some(5), ..Event::default() };
                ScriptBlock::from_event(event, 0)
            })
            .collect();
        let blocks: Vec<&ScriptBlock> = blocks.iter().collect();
        let has = |name: &str| blocks.iter().any(|block| block.field(name).is_some());
        let lacks = |name: &str| !has(name);
        let assumptions = Assumptions::without(&lacks);
        let found = obstacles(search.base(), search.commands(), assumptions);
        if let Some(found) = found {
            let table = search.run(&blocks, &crate::search::RunContext::default());
            prop_assert!(table.rows.is_empty(), "{text}: {}", describe(&found, true));
        }
    }
}

#[test]
fn a_correlation_over_the_presence_of_rules_needs_those_that_it_requires() {
    let rule = RuleExpr::Rule;
    let not = |part| RuleExpr::Not(Box::new(part));
    // The first rule can match, the second cannot.
    for (expr, expected) in [
        (rule(0), true),
        (rule(1), false),
        (not(rule(0)), true),
        (not(rule(1)), true),
        (RuleExpr::All(vec![rule(0), rule(1)]), false),
        (RuleExpr::All(vec![rule(0), not(rule(1))]), true),
        (RuleExpr::Any(vec![rule(0), rule(1)]), true),
        (not(RuleExpr::Any(vec![rule(0), not(rule(1))])), false),
        (not(RuleExpr::All(vec![rule(0), rule(1)])), true),
    ] {
        assert_eq!(can_hold(&expr, &[true, false], true), expected, "{expr:?}");
    }
}
