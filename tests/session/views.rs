//! Deobfuscated views are searched too, and their matches are distinguished from those of the text.

use super::detection::event;
use super::{analyze, read, report};
use scriptscope::internal::script;
use scriptscope::internal::text::Raw;
use scriptscope::report::{Report, Row, json};
use scriptscope::{Mode, Options, Session};

const ID: &str = "40e3b299-19a5-4460-96e9-e1467f714f8e";

/// A log of these scripts.
fn log(texts: &[&str]) -> String {
    let event = |(record, text): (u32, &&str)| part(record, &format!("id-{record}"), (1, 1), text);
    (1..).zip(texts).map(event).collect()
}

fn part(record: u32, id: &str, part: (u32, u32), text: &str) -> String {
    let time = format!("2026-08-08T06:13:{record:02}Z");
    event(record, &time, "FS03", id, part, &text.replace('&', "&amp;").replace('"', "&quot;"))
}

fn rows(report: &Report) -> Vec<&Row> {
    report.results.iter().filter(|row| row.rule_id == ID).collect()
}

/// `Enable-PSRemoting -Force` in UTF-16 and base64.
const ENCODED: &str = "RQBuAGEAYgBsAGUALQBQAFMAUgBlAG0AbwB0AGkAbgBnACAALQBGAG8AcgBjAGUA";

/// Obfuscations of `Enable-PSRemoting`, each with the view that undoes it.
fn obfuscations() -> Vec<(String, &'static str)> {
    vec![
        (format!("powershell.exe -nop -enc {ENCODED}"), "layer 1"),
        (format!("powershell -e {ENCODED}"), "layer 1"),
        ("iex ('Enable-PSR'+'emoting')".into(), "plain"),
        ("iex (\"Enable\" + \"-PSRemoting\")".into(), "plain"),
        ("Enable`-PSRem`oting".into(), "plain"),
        ("& ('{1}{0}' -f 'Remoting','Enable-PS') -Force".into(), "plain"),
        ("iex ([char]69+'nable-PSRemoting')".into(), "plain"),
        ("'EnableQQPSRemoting'.Replace('QQ','-') | iex".into(), "plain"),
        ("'EnableQQPSRemoting' -replace 'QQ','-' | iex".into(), "plain"),
        ("-join('Enable-','PSRemoting') | iex".into(), "plain"),
        (format!("powershell -enc ('{}'+'{}')", &ENCODED[..20], &ENCODED[20..]), "layer 1"),
    ]
}

#[test]
fn every_obfuscation_is_matched_and_its_view_named() {
    for (text, view) in obfuscations() {
        let xml = log(&[text.as_str(), "Get-Date"]);
        let report = analyze(&[("a.xml", xml.as_bytes())], Options::default());
        let rows = rows(&report);
        assert_eq!(rows.len(), 1, "{text}");
        let rule = report.rules.iter().find(|rule| rule.id == ID).unwrap();
        assert_eq!((rule.matched, rule.matched_in_views, rule.rows), (0, 1, 1), "{text}");
        let spans = &rows[0].blocks[0].spans;
        let views: Vec<&str> = spans.iter().map(|spans| spans.view.as_str()).collect();
        assert_eq!(views, [view, "original"], "{text}");
        let shown = script::views(&text).into_iter().find(|own| own.name == view).unwrap().text;
        let (start, end) = spans[0].ranges[0];
        assert_eq!(&shown[start..end], "Enable-PSRemoting", "{text}");
        let (start, end) = spans[1].ranges[0];
        assert!(text.get(start..end).is_some_and(|part| !part.is_empty()), "{text}");

        let off = Options::default().with_views(false);
        assert!(self::rows(&analyze(&[("a.xml", xml.as_bytes())], off)).is_empty(), "{text}");
        let event = Options::default().with_mode(Mode::Event);
        assert!(self::rows(&analyze(&[("a.xml", xml.as_bytes())], event)).is_empty(), "{text}");
        let both = Options::default().with_mode(Mode::Event).with_views(true);
        assert_eq!(self::rows(&analyze(&[("a.xml", xml.as_bytes())], both)).len(), 1, "{text}");
    }
}

#[test]
fn views_only_add_rows() {
    let hidden: Vec<String> = obfuscations().into_iter().map(|(text, _)| text).collect();
    let mut texts =
        vec!["Enable-PSRemoting -Force", "Enable-PSRemoting -Force; 'a'+'b'", "Get-Date"];
    texts.extend(hidden.iter().map(String::as_str));
    let xml = log(&texts);
    let on = analyze(&[("a.xml", xml.as_bytes())], Options::default());
    let options = Options::default().with_views(false);
    let off = analyze(&[("a.xml", xml.as_bytes())], options);
    let is_hidden = |row: &&Row| {
        row.blocks.iter().any(|block| block.spans.iter().any(|spans| spans.view != "original"))
    };
    let plain: Vec<&Row> = on.results.iter().filter(|row| !is_hidden(row)).collect();
    assert_eq!(plain, off.results.iter().collect::<Vec<_>>());
    assert!(on.results.len() > off.results.len());
    for (on, off) in on.rules.iter().zip(&off.rules) {
        assert_eq!(on.matched, off.matched, "{}", on.title);
        assert_eq!(off.matched_in_views, 0);
    }
    let blocks: u64 = rows(&on).iter().filter(|row| is_hidden(row)).map(|row| row.count).sum();
    assert_eq!(blocks, hidden.len() as u64);
}

#[test]
fn an_obfuscation_cut_into_parts_and_pushes_is_matched_too() {
    let text = format!("{}powershell -enc {ENCODED}", "# filler\n".repeat(30));
    let (head, tail) = text.split_at(text.len() - 31);
    let parts: Vec<String> = [head, tail]
        .iter()
        .zip(1..)
        .map(|(text, number)| part(number, "id", (number, 2), text))
        .collect();
    let whole = parts.concat();
    let want = analyze(&[("a.xml", whole.as_bytes())], Options::default());
    assert_eq!(rows(&want).len(), 1);
    let mut merged = Session::new(Options::default()).unwrap();
    for (name, part) in ["a.xml", "b.xml"].iter().zip(&parts).rev() {
        let mut one = Session::new(Options::default()).unwrap();
        read(&mut one, name, [part.as_bytes()]);
        assert!(rows(&report(&mut one)).is_empty());
        merged.merge(&one.partial().unwrap()).unwrap();
    }
    assert_eq!(rows(&report(&mut merged)).len(), 1);
    let mut other = Session::new(Options::default().with_views(false)).unwrap();
    assert!(other.merge(&merged.partial().unwrap()).is_err(), "made with other options");
    let mut cut = Session::new(Options::default()).unwrap();
    read(&mut cut, "a.xml", whole.as_bytes().chunks(13));
    assert_eq!(json(&report(&mut cut)), json(&want));
}

#[test]
fn the_outline_shows_the_line_of_the_view() {
    let xml = log(&[&format!("powershell -enc {ENCODED}")]);
    let mut session = Session::new(Options::default()).unwrap();
    read(&mut session, "a.xml", [xml.as_bytes()]);
    let outline = session.outline();
    let row = outline.report.results.iter().find(|row| row.rule_id == ID).unwrap();
    assert_eq!(outline.lines[&row.id], "Enable-PSRemoting -Force");
    let id = &row.blocks[0].id;
    let views = session.views(id);
    assert_eq!(
        (views[0].view.as_str(), views[0].text.as_str()),
        ("layer 1", "Enable-PSRemoting -Force")
    );
    assert_eq!(session.text(id, Some("layer 1")).as_deref(), Some("Enable-PSRemoting -Force"));
    assert_eq!(session.text(id, Some("layer 9")), None);
}

#[test]
fn plain_texts_have_no_signs_of_obfuscation() {
    for text in ["Get-Date", "Get-ChildItem -Recurse", "$a + $b"] {
        assert!(!script::is_obfuscated(Raw::from(text)));
    }
}

#[test]
fn a_text_without_matching_views_does_not_hide_others() {
    let harmless = "'Get-'+'Date'";
    let obfuscated = "iex ('Enable-PSR'+'emoting')";
    let log = log(&[
        harmless,
        harmless,
        obfuscated,
        harmless,
        obfuscated,
        "iex ('Enable-PSR'+'emoving')",
    ]);
    let report = analyze(&[("a.xml", log.as_bytes())], Options::default());
    assert_eq!(report.totals.script_blocks, 6);
    assert_eq!(rows(&report).iter().map(|row| row.blocks.len()).sum::<usize>(), 2);
}

#[test]
fn scripts_whose_views_are_not_all_searched_are_named() {
    let decoys = |count: u32| {
        let decoy = |number: u32| {
            let text = format!("Get-Date -Year {number}  ");
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            format!("powershell -e {}\n", base64(&utf16))
        };
        (1_000..1_000 + count).map(decoy).collect::<String>()
    };
    let padding = format!("#{}\n", "x".repeat(300 << 10));
    let encoded = format!("powershell -e {ENCODED}");
    let spaces = format!("Enable-PSRemoting -Force{}", " ".repeat(4 << 20));
    let packed = base64(&miniz_oxide::deflate::compress_to_vec(spaces.as_bytes(), 9));
    let stream = format!("[IO.MemoryStream][Convert]::FromBase64String('{packed}')");
    let bomb = format!(
        "$s = New-Object IO.Compression.DeflateStream({stream}, [IO.Compression.CompressionMode]::Decompress)\n"
    );
    for (name, text, is_said, is_found) in [
        ("long", format!("{padding}{encoded}"), false, true),
        ("long and plain", format!("{padding}Enable-PSRemoting"), false, true),
        ("many", format!("{}{encoded}", decoys(3_000)), false, true),
        ("few", format!("{}{encoded}", decoys(5)), false, true),
        ("packed", format!("{bomb}{encoded}"), true, true),
        ("within what is packed", bomb.clone(), true, true),
    ] {
        let half = text.len() / 2;
        let logs = [
            log(&[&text]),
            [part(1, "a", (1, 2), &text[..half]), part(2, "a", (2, 2), &text[half..])].concat(),
        ];
        for log in logs {
            let report = analyze(&[("log.xml", log.as_bytes())], Options::default());
            let said: Vec<_> =
                report.problems.iter().filter(|own| own.code == "views-not-searched").collect();
            assert_eq!(!said.is_empty(), is_said, "{name}: {:?}", report.problems);
            assert!(said.iter().all(|own| own.message.contains("on fs03")), "{name}: {said:?}");
            assert_eq!(!rows(&report).is_empty(), is_found, "{name}");
            let mut reader = Session::new(Options::default()).unwrap();
            read(&mut reader, "log.xml", [log.as_bytes()]);
            let mut merged = Session::new(Options::default()).unwrap();
            merged.merge(&reader.partial().unwrap()).unwrap();
            assert_eq!(json(&merged.report()), json(&report), "{name}");
        }
    }
}

#[test]
fn scripts_that_are_not_evaluated_to_their_end_are_named() {
    let endless = "$a = ''; for ($i = 0; $i -lt 99999999; $i++) { $a += 'ab' }; iex $a";
    for (text, is_said) in [(endless, true), ("iex ('Get-'+'Date')", false)] {
        let log = log(&[text, "iex ('Enable-PSR'+'emoting')"]);
        let report = analyze(&[("log.xml", log.as_bytes())], Options::default());
        let said: Vec<_> =
            report.problems.iter().filter(|own| own.code == "views-not-evaluated").collect();
        assert_eq!(!said.is_empty(), is_said, "{text}: {:?}", report.problems);
        assert!(said.iter().all(|own| own.message.starts_with("1 script blocks")), "{said:?}");
        assert!(said.iter().all(|own| own.message.contains("on fs03")), "{said:?}");
        let mut reader = Session::new(Options::default()).unwrap();
        read(&mut reader, "log.xml", [log.as_bytes()]);
        let mut merged = Session::new(Options::default()).unwrap();
        merged.merge(&reader.partial().unwrap()).unwrap();
        assert_eq!(json(&merged.report()), json(&report), "{text}");
    }
}

/// Base64 as RFC 4648 defines it, of bytes whose number is divisible by three.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
        for shift in [18, 12, 6, 0] {
            text.push(char::from(DIGITS[number >> shift & 63]));
        }
    }
    text
}
