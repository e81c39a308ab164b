use super::*;
use crate::event::Event;
use crate::time::Time;

fn block(time: &str, computer: &str, text: &str) -> ScriptBlock {
    let event = Event {
        time: Time::parse(time).map(|(time, _)| time),
        computer: Some(computer.into()),
        text: text.into(),
        number: Some(1),
        total: Some(1),
        ..Event::default()
    };
    ScriptBlock::from_event(event, 0)
}

fn table(search: &str, blocks: &[ScriptBlock]) -> ResultTable {
    let search = Search::parse(search, &Library::new()).unwrap_or_else(|error| panic!("{error}"));
    search.run(&blocks.iter().collect::<Vec<_>>(), &RunContext::default())
}

fn shown(table: &ResultTable) -> Vec<Vec<String>> {
    table
        .rows
        .iter()
        .map(|row| row.cells.iter().map(|cell| cell.text().unwrap_or_default().into()).collect())
        .collect()
}

const FIRST: &str = "`powershell` EventCode=4104 ScriptBlockText=\"*Enable-PSRemoting*\" \
    | stats count min(_time) as firstTime max(_time) as lastTime by Computer EventCode ScriptBlockText \
    | `security_content_ctime(firstTime)` | `security_content_ctime(lastTime)` \
    | `powershell_enable_powershell_remoting_filter`";

#[test]
fn the_first_detection_in_its_first_form() {
    let blocks = [
        block("2020-03-03T03:12:46.2527661Z", "FS03", "enable-psremoting -Force"),
        block("2020-03-03T03:11:06.9Z", "FS03", "enable-psremoting -Force"),
        block("2020-03-03T03:10:00Z", "DC01", "Get-Process"),
    ];
    let table = table(FIRST, &blocks);
    assert_eq!(
        table.columns,
        ["Computer", "EventCode", "ScriptBlockText", "count", "firstTime", "lastTime"]
    );
    assert_eq!(
        shown(&table),
        [[
            "FS03",
            "4104",
            "enable-psremoting -Force",
            "2",
            "2020-03-03T03:11:06",
            "2020-03-03T03:12:46"
        ]]
    );
    assert_eq!((table.matched, table.dropped), (2, 0));
    assert_eq!(table.rows[0].blocks, [0, 1]);
}

#[test]
fn the_first_detection_in_its_second_form() {
    let search = FIRST.replace("| stats", "| fillnull | stats").replace(
        "by Computer EventCode ScriptBlockText",
        "by dest signature signature_id user_id vendor_product EventID Guid Opcode Name Path \
         ProcessID ScriptBlockId ScriptBlockText",
    );
    let table = table(&search, &[block("2020-03-03T03:12:46Z", "FS03", "Enable-PSRemoting")]);
    assert_eq!(
        shown(&table),
        [[
            "FS03",
            "Execute a Remote Command",
            "4104",
            "0",
            "Microsoft Windows",
            "4104",
            "0",
            "0",
            "0",
            "0",
            "0",
            "0",
            "Enable-PSRemoting",
            "1",
            "2020-03-03T03:12:46",
            "2020-03-03T03:12:46"
        ]]
    );
}

#[test]
fn words_in_comments_count_unless_the_search_ignores_them() {
    let search = Search::parse(
        "ScriptBlockText=*Enable-PSRemoting* | regex ScriptBlockText=\"(?i)psremoting\\s\"",
        &Library::default(),
    );
    let search = search.unwrap();
    let cases = [
        ("Enable-PSRemoting -Force # Enable-PSRemoting ", true),
        ("<# Enable-PSRemoting #>\r\nGet-Date # Enable-PSRemoting ", false),
        ("'# Enable-PSRemoting '", true),
        ("a#Enable-PSRemoting ", true),
    ];
    for (text, expected) in cases {
        let block = block("2020-03-03T03:12:46Z", "FS03", text);
        assert!(search.holds(&block), "{text}");
        let search = search.clone().without_comments(true);
        assert_eq!(search.holds(&block), expected, "{text}");
        assert_eq!(search.holds_for_text(&SearchedBlock::new(&block)), expected, "{text}");
        let matched = search.run(&[&block], &RunContext::default()).matched;
        assert_eq!(matched, u64::from(expected), "{text}");
    }
    let search = search.without_comments(true);
    let block = block(
        "2020-03-03T03:12:46Z",
        "FS03",
        "Enable-PSRemoting; # é Enable-PSRemoting \nEnable-PSRemoting ",
    );
    let text = &block.text;
    let found: Vec<_> =
        search.highlights(&block).into_iter().map(|range| (range.start, &text[range])).collect();
    assert_eq!(found, [(0, "Enable-PSRemoting"), (43, "Enable-PSRemoting ")]);
}
