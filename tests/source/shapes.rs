//! Shapes of events that the fixtures do not have: each is read, divided anywhere and read again.

use super::{Read, read, read_divided};
use scriptscope::internal::source::SourceOptions;

const PROVIDER: &str = "Microsoft-Windows-PowerShell";
const CHANNEL: &str = "Microsoft-Windows-PowerShell/Operational";
const ID: &str = "0f3d1c52-7a10-4c1d-9a55-1f5f4b0c9a01";

fn read_shape(text: &str) -> Read {
    let found = read(text.as_bytes());
    assert_eq!(read_divided(text.as_bytes(), SourceOptions::default()), found);
    found
}

/// Returns the computer and the text of each script.
fn scripts(read: &Read) -> Vec<(String, String)> {
    let scripts = read.events.iter().map(|event| {
        (event.computer.clone().unwrap_or_default(), event.text.to_lossy().into_owned())
    });
    scripts.collect()
}

fn assert_scripts(text: &str, expected: &[(&str, &str)]) {
    let read = read_shape(text);
    let expected: Vec<_> =
        expected.iter().map(|(computer, text)| (computer.to_string(), text.to_string())).collect();
    assert_eq!(scripts(&read), expected, "{text}\n{:?} {:?}", read.problems, read.non_events);
}

fn event_xml(quote: char, text: &str) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{PROVIDER}'/>\
         <EventID>4104</EventID><Channel>{CHANNEL}</Channel><Computer>WS1</Computer></System><EventData>\
         <Data Name='ScriptBlockText'>{text}</Data></EventData></Event>"
    )
    .replace('\'', &quote.to_string())
}

fn json_string(text: &str) -> String {
    let escaped = serde_json::to_string(text).unwrap();
    escaped.replace('<', "\\u003c").replace('>', "\\u003e").replace('\'', "\\u0027")
}

fn message(text: &str) -> String {
    format!("Creating Scriptblock text (1 of 1):\r\n{text}\r\n\r\nScriptBlock ID: {ID}\r\nPath: ")
}

#[test]
fn lists_of_events_of_any_name_are_read_to_their_end() {
    let event = |text: &str| {
        format!(
            r#"{{"event_id":4104,"computer_name":"WS1","channel":"{CHANNEL}","event_data":{{"ScriptBlockText":"{text}"}}}}"#
        )
    };
    let (a, b, c) = (event("a"), event("b"), event("c"));
    let graylog = |text: &str| {
        format!(
            r#"{{"highlight_ranges":{{}},"message":{{"winlogbeat_winlog_event_id":"4104","winlogbeat_winlog_channel":"{CHANNEL}",
            "winlogbeat_winlog_computer_name":"WS1","winlogbeat_winlog_event_data_ScriptBlockText":"{text}"}},"index":"x"}}"#
        )
    };
    let osquery = r#"{"script_text":"a"},{"script_text":"b"}"#;
    for text in [
        format!(r#"{{"messages":[{},{}],"total":2}}"#, graylog("a"), graylog("b")),
        format!(r#"{{"documents":[{{"data":{a}}},{{"data":{b}}}],"kind":"aggregate"}}"#),
        format!(r#"{{"x":{{"y":[{a},{{"note":1}},{b}]}}}}"#),
        format!(r#"{{"hostIdentifier":"WS1","snapshot":[{osquery}]}}"#),
        format!(r#"{{"hostIdentifier":"WS1","diffResults":{{"added":[{osquery}],"removed":""}}}}"#),
    ] {
        assert_scripts(&text, &[("WS1", "a"), ("WS1", "b")]);
    }
    assert_scripts(
        &format!(r#"{{"alerts":[{{"evidence":[{a},{b}]}},{{"evidence":[{c}]}}]}}"#),
        &[("WS1", "a"), ("WS1", "b"), ("WS1", "c")],
    );
    let others = read_shape(&format!(
        r#"{{"logs":[{a},{{"event_id":4103,"computer_name":"WS1","channel":"x"}}]}}"#
    ));
    assert_eq!((others.events.len(), others.others.len()), (1, 1));
}

#[test]
fn an_event_in_objects_of_unknown_names_has_its_own_values() {
    let event = format!(
        r#"{{"event_id":4104,"computer_name":"WS1","channel":"{CHANNEL}","event_data":{{"ScriptBlockText":"a"}}}}"#
    );
    for text in [
        format!(r#"{{"payload":{{"stuff":{event}}}}}"#),
        format!("{{\"payload\":{event}}}\n").repeat(12),
    ] {
        let count = text.lines().count();
        assert_scripts(&text, &vec![("WS1", "a"); count]);
    }
    let diagnostics = format!(
        r#"{{"records":[{{"time":"2024-03-05T06:07:08Z","properties":{{"EventId":4104,"Channel":"{CHANNEL}","RawXml":{}}}}}]}}"#,
        json_string(&event_xml('"', "a"))
    );
    assert_scripts(&diagnostics, &[("WS1", "a")]);
    // A hostile name costs no more time than its length squared.
    let name = "Event.System.".repeat(20_000);
    let read = read_shape(&format!("{{\"{name}\":1,\"EventID\":1,\"Channel\":\"x\"}}\n"));
    assert_eq!(read.others.len(), 1);
    assert_eq!(read_shape(&format!("EventID,Channel,{name}\n1,x,y\n")).others.len(), 1);
}

#[test]
fn strings_that_hold_events_are_read() {
    let (a, b) = (event_xml('\'', "a\r\n\"q\" &lt;"), event_xml('"', "b"));
    let expected = [("WS1", "a\r\n\"q\" <"), ("WS1", "b")];
    let (text_a, text_b) = (json_string(&a), json_string(&b));
    let plain = |text: &str| serde_json::to_string(text).unwrap();
    for text in [
        format!("[\r\n    {text_a},\r\n    {text_b}\r\n]\r\n"),
        format!("[{},{}]", plain(&a), plain(&b)),
        format!("{text_a}\n{text_b}\n"),
        format!("{{\"xml\":[{text_a},{text_b}]}}"),
    ] {
        assert_scripts(&text, &expected);
    }
    let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    for (before, after) in [("", ""), ("", ",x"), ("2024,", "")] {
        let row = |text: &str| format!("{before}{}{after}\r\n", cell(text));
        let a = event_xml('"', "a\r\n\"q\" &lt;");
        assert_scripts(&format!("{}{}", row(&a), row(&b)), &expected);
    }
    let document = r#"{"EventID":4104,"Computer":"WS1","ScriptBlockText":"a","Channel":"PowerShellCore/Operational"}"#;
    assert_scripts(&format!("[{}]", plain(document)), &[("WS1", "a")]);
}

#[test]
fn xml_of_other_programs_is_read() {
    let text = "a &lt; b\r\n";
    let message = message(text);
    let nxlog = format!(
        "<Event><EventTime>2024-03-05 06:07:08</EventTime><Hostname>WS1</Hostname><EventID>4104</EventID>\
         <Channel>{CHANNEL}</Channel><ScriptBlockText>{text}</ScriptBlockText></Event>\n"
    );
    let splunk = format!(
        "<result offset='0'>\n<field k='Computer'>\n<value><text>WS1</text></value>\n</field>\
         <field k='EventCode'><value><text>4104</text></value></field><field k='Channel'><value><text>{CHANNEL}</text></value>\
         </field><field k='ScriptBlockText'><value><text>{text}</text></value></field></result>\n"
    );
    let raw = event_xml('"', text).replace('&', "&amp;").replace('<', "&lt;");
    let marked = raw.replace("WS1", "<sg h=\"1\">WS1</sg>");
    let splunk_raw = |raw: &str| {
        format!(
            "<result offset='1'><field k='host'><value><text>x</text></value></field>\
             <field k='_raw'><v xml:space='preserve' trunc='0'>{raw}</v></field></result>\n"
        )
    };
    let meta = "<?xml version='1.0'?>\n<results preview='0'>\n<meta>\n<fieldOrder>\n<field>_raw</field>\n</fieldOrder>\n</meta>\n";
    let object = format!(
        "<Object Type=\"System.Diagnostics.Eventing.Reader.EventLogRecord\"><Property Name=\"Id\" Type=\"System.Int32\">4104\
         </Property><Property Name=\"MachineName\">WS1</Property><Property Name=\"ProviderName\">{PROVIDER}</Property>\
         <Property Name=\"Message\">{message}</Property></Object>\n"
    );
    let row = format!(
        "<ROW>\n <EventID>4104</EventID>\n <SourceName>{PROVIDER}</SourceName>\n <ComputerName>WS1</ComputerName>\n \
         <Strings>1|1|{text}|{ID}|</Strings>\n</ROW>\n"
    );
    let item = format!(
        "<item>\n<event_id>4104</event_id>\n<channel>{CHANNEL}</channel>\n<computer>WS1</computer>\n\
         <description>{message}</description>\n</item>\n"
    );
    let event = event_xml('\'', text);
    for text in [
        nxlog.repeat(2),
        format!("<?xml version='1.0'?>\n<Events>\n{}</Events>\n", nxlog.repeat(2)),
        format!("{meta}{}</results>\n", splunk.repeat(2)),
        format!("{meta}{}{}</results>\n", splunk_raw(&raw), splunk_raw(&marked)),
        format!("<?xml version=\"1.0\"?>\r\n<Objects>\r\n{}</Objects>", object.repeat(2)),
        format!("<ROOT DATE_CREATED=\"x\">\n{}</ROOT>\n", row.repeat(2)),
        format!("<event_log_list>\n{}</event_log_list>\n", item.repeat(2)),
        format!("<Records><Record>{event}</Record>\n<Record>\n{event}</Record></Records>"),
    ] {
        assert_scripts(&text, &[("WS1", "a < b\r\n"); 2]);
    }
}

#[test]
fn a_missing_value_hides_no_other() {
    let message = json_string(&message("a"));
    let lines = |line: &str| format!("{line}\n").repeat(12);
    for line in [
        format!(
            r#"{{"EventID":4104,"Computer":"","Hostname":"WS1","Channel":"{CHANNEL}","EventTime":"2024-03-05T06:07:08Z","Message":"","RenderedDescription":{message}}}"#
        ),
        format!(
            r#"{{"EventID":4104,"Computer":"-","Hostname":"WS1","Channel":"{CHANNEL}","ScriptBlockText":"","EventTime":"2024-03-05T06:07:08Z","MessageNumber":1,"MessageTotal":1,"Message":{message}}}"#
        ),
        format!(
            r#"{{"EventID":4104,"Hostname":"WS1","Channel":"{CHANNEL}","ScriptBlockText":"-","winlog":{{"powershell":{{"file":{{"script_block_text":"a"}}}}}},"Message":"x"}}"#
        )
        .replace(r#""winlog":{"#, r#""x":1,"#)
        .replace("}}}},\"Message\"", "}}},\"Message\""),
    ] {
        assert_scripts(&lines(&line), &[("WS1", "a"); 12]);
    }
    // Records of one layout, of which some have the better value.
    let line = |computer: &str| {
        format!(
            "{{\"EventID\":4104,\"Computer\":\"{computer}\",\"Hostname\":\"WS1\",\"Channel\":\"{CHANNEL}\",\
             \"EventTime\":\"2024-03-05T06:07:08Z\",\"ScriptBlockText\":\"a\"}}\n"
        )
    };
    let log: String = (0..20).map(|at| line(if at % 3 == 0 { "WS2" } else { "" })).collect();
    let expected: Vec<_> =
        (0..20).map(|at| (if at % 3 == 0 { "WS2" } else { "WS1" }, "a")).collect();
    assert_scripts(&log, &expected);
}

#[test]
fn a_line_of_a_store_may_be_the_message_of_an_event() {
    let line = json_string(&message("a"));
    assert_scripts(
        &format!(
            r#"[{{"line":{line},"timestamp":"1709618828123456700","fields":{{"event_id":"4104","computer":"WS1","channel":"{CHANNEL}"}}}}]"#
        ),
        &[("WS1", "a")],
    );
}

#[test]
fn parameters_of_azure_are_read_where_nothing_else_has_the_script() {
    let parameters = format!(
        "<Param>1</Param><Param>1</Param><Param>a &lt; b\r\n</Param><Param>{ID}</Param><Param></Param>"
    );
    assert_scripts(
        &format!(
            r#"{{"EventID":4104,"Source":"{PROVIDER}","EventLog":"{CHANNEL}","Computer":"WS1","ParameterXml":{},"RenderedDescription":""}}"#,
            json_string(&parameters)
        ),
        &[("WS1", "a < b\r\n")],
    );
}

#[test]
fn a_date_and_a_clock_in_two_values_are_one_time() {
    let event = format!(r#""EventID":4104,"Channel":"{CHANNEL}","ScriptBlockText":"a""#);
    for (text, expected) in [
        (format!(r#"{{"date":"2024-03-05","time":"06:07:08",{event}}}"#), "2024-03-05T06:07:08Z"),
        (format!(r#"{{"Date":"03/25/2024","Time":"6:07:08 PM",{event}}}"#), "2024-03-25T18:07:08Z"),
        (
            format!(
                "Date,Time,EventID,Channel,ScriptBlockText\n2024-03-05,06:07:08.5,4104,{CHANNEL},a\n"
            ),
            "2024-03-05T06:07:08.5Z",
        ),
    ] {
        let read = read_shape(&text);
        let times: Vec<_> =
            read.events.iter().map(|event| event.time.unwrap().to_string()).collect();
        assert_eq!(times, [expected], "{text}");
        assert_eq!(read.zone_assumed, 1);
    }
}

#[test]
fn numbers_of_records_between_events_are_no_stray_text() {
    let event = event_xml('"', "a");
    let log = format!("Record 1\n<?xml version=\"1.0\"?>\n{event}\nRecord 2\n{event}\n");
    assert_scripts(&log, &[("WS1", "a"); 2]);
    assert!(read_shape(&log).problems.is_empty());
}

#[test]
fn documents_of_other_kinds_are_no_logs() {
    for text in [
        "<?xml version=\"1.0\"?>\n<configuration>\n<a b=\"1\">x</a>\n</configuration>\n",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0\"/></svg>",
    ] {
        let read = read_shape(text);
        assert_eq!(read.codes().first().map(|(code, _)| *code), Some("stray-text"), "{text}");
    }
    assert!(read_shape("<?xml version=\"1.0\"?>\n<Events></Events>\n").problems.is_empty());
    let feed = read_shape("<rss><channel><item><title>x</title></item></channel></rss>\n");
    assert_eq!(feed.non_events, [14]);
}
