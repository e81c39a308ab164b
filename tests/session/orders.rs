//! The report is independent of the order of files, of how they are divided between sessions, and of the order of merging.

use super::{analyze, fixtures, options, read, report};
use crate::regressions::targets::chunk_bounds;
use crate::support::generate::dice::Dice;
use crate::support::generate::{damage, evtx, story};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use scriptscope::report::json;
use scriptscope::{Failure, Mode, Options, Session, has_checksums};

const MODES: [Mode; 2] = [Mode::Block, Mode::Event];

fn in_mode(mode: Mode) -> Options {
    options().with_mode(mode)
}

fn borrowed(logs: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    logs.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect()
}

/// The report of a source that is read in ranges with these ends, the last range first.
fn in_ranges(name: &str, bytes: &[u8], ends: &[usize], options: &dyn Fn() -> Options) -> String {
    let new = || Session::new(options()).unwrap();
    let mut root = new();
    for pair in ends.windows(2).rev() {
        let mut worker = new();
        worker
            .begin_range(name, 1, pair[0] as u64, Some(bytes.len() as u64), has_checksums(bytes))
            .unwrap();
        worker.push(&bytes[pair[0]..pair[1]]).unwrap();
        worker.end().unwrap();
        root.merge(&worker.partial().unwrap()).unwrap();
    }
    json(&report(&mut root))
}

#[test]
fn the_order_of_files_does_not_matter() {
    let logs = fixtures();
    for mode in MODES {
        // Also with one name for all.
        for rename in [false, true] {
            let named = |(name, bytes): &(String, Vec<u8>)| {
                (if rename { "log".to_owned() } else { name.clone() }, bytes.clone())
            };
            let mut inputs: Vec<(String, Vec<u8>)> = logs.iter().map(named).collect();
            let all =
                |inputs: &[(String, Vec<u8>)]| json(&analyze(&borrowed(inputs), in_mode(mode)));
            let forward = all(&inputs);
            inputs.reverse();
            assert_eq!(all(&inputs), forward, "{mode}");
            inputs.rotate_left(7);
            assert_eq!(all(&inputs), forward, "{mode}");
        }
    }
}

#[test]
fn sources_of_one_name_and_length_have_one_order() {
    let log = |computer: &str| {
        format!(
            "<Event><System><EventID>1</EventID><Computer>{computer}</Computer></System></Event>"
        )
    };
    let (one, other) = (log("A"), log("B"));
    let report =
        |inputs: [&str; 2]| json(&analyze(&inputs.map(|log| ("log", log.as_bytes())), options()));
    assert_eq!(report([&one, &other]), report([&other, &one]));
}

#[test]
fn a_source_that_failed_at_once_is_not_reported_as_empty() {
    let mut session = Session::new(options()).unwrap();
    session.begin_range("log", 1, 70_000, None, false).unwrap();
    session.fail(Failure::Cancelled, "reading was cancelled").unwrap();
    session.begin("other").unwrap();
    session.fail(Failure::ReadFailed, "it could not be read").unwrap();
    let codes: Vec<_> = session.report().problems.into_iter().map(|one| one.code).collect();
    assert_eq!(codes, ["cancelled", "read-failed"]);
}

#[test]
fn of_records_that_differ_in_one_field_the_same_one_is_shown() {
    let record = |field: &str| {
        format!(
            r#"{{"@timestamp":"2024-01-02T03:04:05Z","EventID":4104,"Computer":"WS01","ProviderName":"Microsoft-Windows-PowerShell","RecordNumber":7,"MessageNumber":1,"MessageTotal":1,"ScriptBlockId":"a","ScriptBlockText":"Enable-PSRemoting"{field}}}"#
        )
        .into_bytes()
    };
    let fields =
        ["", r#","Level":5"#, r#","Level":3"#, r#","UserID":"S-1-5-18""#, r#","Path":"C:\\a.ps1""#];
    let of = |order: &[usize]| {
        // All in one log, so that only the records' fields decide.
        let lines: Vec<Vec<u8>> = order.iter().map(|&index| record(fields[index])).collect();
        let report = analyze(&[("log", &lines.join(&b"\n"[..]))], options());
        let block = &report.script_blocks[0];
        assert_eq!(report.script_blocks.len(), 1);
        (block.level, block.user.clone(), block.path.clone())
    };
    let expected = of(&[0, 1, 2, 3, 4]);
    for turn in 0..fields.len() {
        let mut order: Vec<usize> = (0..fields.len()).collect();
        order.rotate_left(turn);
        assert_eq!(of(&order), expected);
        order.reverse();
        assert_eq!(of(&order), expected);
    }
}

#[test]
fn any_merge_tree_gives_the_report_of_one_pass() {
    let logs = fixtures();
    let borrowed = borrowed(&logs);
    let mut runner = TestRunner::new(Cases::with_cases(12));
    for mode in MODES {
        let expected = json(&analyze(&borrowed, in_mode(mode)));
        let workers = prop::collection::vec(0_usize..4, logs.len());
        let order = Just((0..4).collect::<Vec<usize>>()).prop_shuffle();
        runner
            .run(&(workers, order), |(workers, order)| {
                let new = || Session::new(in_mode(mode)).unwrap();
                let mut sessions: Vec<Session> = (0..4).map(|_| new()).collect();
                for ((name, bytes), worker) in logs.iter().zip(workers) {
                    read(&mut sessions[worker], name, [bytes.as_slice()]);
                }
                // Two by two, then both into an empty one, in the generated order.
                let partial = |index: usize| sessions[order[index]].partial().unwrap();
                let (mut left, mut right, mut root) = (new(), new(), new());
                left.merge(&partial(0)).unwrap();
                left.merge(&partial(1)).unwrap();
                right.merge(&partial(2)).unwrap();
                right.merge(&partial(3)).unwrap();
                root.merge(&right.partial().unwrap()).unwrap();
                root.merge(&left.partial().unwrap()).unwrap();
                prop_assert_eq!(json(&report(&mut root)), expected.clone());
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn a_file_cut_where_chunks_begin_is_one_source() {
    const HEADER: usize = 4_096;
    const CHUNK: usize = 65_536;
    for (name, bytes) in fixtures() {
        if !name.ends_with(".evtx") || name.contains("damaged") || bytes.len() <= HEADER + CHUNK {
            continue;
        }
        let expected = json(&analyze(&[(&name, &bytes)], options()));
        let cuts = [0, HEADER + CHUNK, bytes.len()];
        assert_eq!(in_ranges(&name, &bytes, &cuts, &options), expected, "{name}");
    }
}

#[test]
fn missing_chunks_are_reported_of_ranges_too() {
    const HEADER: usize = 4_096;
    const CHUNK: usize = 65_536;
    let options = story::Options { seed: 3, ..story::Options::default() };
    let mut story = story::Story::new(options);
    let mut writer = evtx::Writer::new();
    while writer.len() < HEADER + 6 * CHUNK {
        writer.push(&story.next(), evtx::Style::Values);
    }
    let mut bytes = writer.finish();
    bytes.truncate(HEADER + 4 * CHUNK);
    let expected = json(&analyze(&[("log", &bytes)], self::options()));
    assert!(expected.contains("the file header counts chunks up to byte"));

    let new = || Session::new(self::options()).unwrap();
    let mut root = new();
    let cut = HEADER + 2 * CHUNK;
    for (offset, range) in [(0, &bytes[..cut]), (cut, &bytes[cut..])] {
        let mut worker = new();
        worker
            .begin_range("log", 1, offset as u64, Some(bytes.len() as u64), has_checksums(&bytes))
            .unwrap();
        worker.push(range).unwrap();
        worker.end().unwrap();
        root.merge(&worker.partial().unwrap()).unwrap();
    }
    assert_eq!(json(&report(&mut root)), expected);
}

#[test]
fn damage_is_reported_alike_in_ranges() {
    const HEADER: usize = 4_096;
    const CHUNK: usize = 65_536;
    let mut dice = Dice::new(7);
    let mut story = story::Story::new(story::Options { seed: 3, ..story::Options::default() });
    let mut writer = evtx::Writer::new();
    while writer.len() < HEADER + 4 * CHUNK {
        writer.push(&story.next(), evtx::Style::Values);
    }
    let whole = writer.finish();
    for (index, kind) in damage::KINDS.iter().enumerate() {
        let second = damage::KINDS[(index + 5) % damage::KINDS.len()];
        let mut bytes = whole.clone();
        damage::apply(kind, &mut bytes, &mut dice);
        if bytes.len() > HEADER + 2 * CHUNK {
            damage::apply(second, &mut bytes, &mut dice);
        }
        // The pool's cuts.
        let cuts = chunk_bounds(&bytes);
        if cuts.len() <= 2 {
            continue;
        }
        let expected = json(&analyze(&[("log", &bytes)], options()));
        assert_eq!(in_ranges("log", &bytes, &cuts, &options), expected, "{kind}, {second}");
    }
}

/// The offsets at which the pool may cut a text: the rules of `npm/ranges.js`, without a regular expression.
pub(super) fn text_cuts(bytes: &[u8]) -> Vec<usize> {
    let (width, mark, low) = match bytes {
        [0xFF, 0xFE, ..] => (2, 2, 0),
        [0xFE, 0xFF, ..] => (2, 2, 1),
        [0xEF, 0xBB, 0xBF, ..] => (1, 3, 0),
        [1..=255, 0, 1..=255, 0, ..] => (2, 0, 0),
        _ => (1, 0, 0),
    };
    let ascii = |unit: &[u8]| if width == 1 || unit[1 - low] == 0 { unit[low] } else { b'?' };
    let text: Vec<u8> = bytes[mark..].chunks_exact(width).map(ascii).collect();
    let begins = |at: usize, what: &str| text[at..].starts_with(what.as_bytes());
    let first = &bytes[..bytes.len().min(64 << 10)];
    let holds = |mark: &[u8]| first.windows(mark.len()).any(|window| window == mark);
    if holds(b"ElfFile\0") || holds(b"ElfChnk\0") || (width == 1 && first.contains(&0)) {
        return Vec::new();
    }
    let json = begins(0, "{\"");
    let markup = text.trim_ascii_start().to_ascii_lowercase();
    let xml = markup.starts_with(b"<")
        && markup.get(1).is_some_and(|next| next.is_ascii_alphabetic() || b"!?/_".contains(next))
        && !markup.starts_with(b"<html")
        && !(0..text.len()).any(|at| begins(at, "<![CDATA[") || begins(at, "]]>"));
    let classic = is_time(&text) && !(0..text.len()).any(|at| begins(at, "<Event"));
    (1..text.len())
        .filter(|&at| {
            let before = &text[..at];
            if classic {
                before.ends_with(b"\n") && is_time(&text[at..])
            } else if json {
                let line =
                    before.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
                begins(at, "{\"") && line.is_some_and(|line| line.ends_with(b"}"))
            } else {
                let near = &before[before.len().saturating_sub(40)..];
                xml && begins(at, "<Event xmlns") && near.trim_ascii_end().ends_with(b"</Event>")
            }
        })
        .map(|at| mark + at * width)
        .collect()
}

/// Whether an event of Splunk's text begins here: a line with its time, then one with a key.
fn is_time(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n');
    let (time, key) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let time: Vec<u8> = time
        .trim_ascii_end()
        .iter()
        .map(|byte| if byte.is_ascii_digit() { b'9' } else { *byte })
        .collect();
    let name = key.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    matches!(time.as_slice(), b"99/99/9999 99:99:99 AM" | b"99/99/9999 99:99:99 PM")
        && name > 0
        && key.get(name) == Some(&b'=')
}

#[test]
fn a_text_cut_between_its_records_is_one_source() {
    let mut cut_logs = 0;
    let mut runner = TestRunner::new(Cases::with_cases(4));
    for (name, bytes) in fixtures() {
        let places = text_cuts(&bytes);
        if places.is_empty() {
            continue;
        }
        cut_logs += 1;
        let expected = json(&analyze(&[(&name, &bytes)], options()));
        let input =
            (prop::collection::vec(prop::sample::select(places.clone()), 1..6), any::<u64>());
        runner
            .run(&input, |(mut cuts, order)| {
                cuts.extend([0, bytes.len()]);
                cuts.sort_unstable();
                cuts.dedup();
                let new = || Session::new(options()).unwrap();
                let mut parts: Vec<Vec<u8>> = Vec::new();
                for pair in cuts.windows(2) {
                    let mut worker = new();
                    worker
                        .begin_range(&name, 1, pair[0] as u64, None, has_checksums(&bytes))
                        .unwrap();
                    worker.push(&bytes[pair[0]..pair[1]]).unwrap();
                    worker.end().unwrap();
                    parts.push(worker.partial().unwrap());
                }
                let mut root = new();
                let mut random = order;
                while !parts.is_empty() {
                    let part = parts.swap_remove(random as usize % parts.len());
                    root.merge(&part).unwrap();
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1) >> 1;
                }
                prop_assert_eq!(json(&report(&mut root)), expected.clone(), "{} {:?}", name, cuts);
                Ok(())
            })
            .unwrap();
    }
    assert!(cut_logs > 30, "{cut_logs} logs could be cut");
}

#[test]
fn draining_anywhere_gives_the_report_of_one_pass() {
    let logs = fixtures();
    let borrowed = borrowed(&logs);
    let mut runner = TestRunner::new(Cases::with_cases(12));
    for mode in MODES {
        let expected = json(&analyze(&borrowed, in_mode(mode)));
        runner
            .run(&prop::collection::vec(1_usize..20_000, 1..50), |pieces| {
                let new = || Session::new(in_mode(mode)).unwrap();
                let (mut reader, mut root) = (new(), new());
                let mut sizes = pieces.iter().cycle();
                for (index, (name, bytes)) in logs.iter().enumerate() {
                    reader.begin(name).unwrap();
                    let mut rest = bytes.as_slice();
                    while !rest.is_empty() {
                        let (piece, after) =
                            rest.split_at(sizes.next().unwrap().min(&rest.len()).to_owned());
                        reader.push(piece).unwrap();
                        root.merge(&reader.drain(Some(index as u64)).unwrap()).unwrap();
                        rest = after;
                    }
                    reader.end().unwrap();
                }
                root.merge(&reader.drain(None).unwrap()).unwrap();
                prop_assert_eq!(json(&report(&mut root)), expected.clone());
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn a_failure_after_a_drain_has_its_offset_in_the_source() {
    let mut reader = Session::new(options()).unwrap();
    let mut root = Session::new(options()).unwrap();
    reader.begin("log").unwrap();
    reader.push(b"<Events>").unwrap();
    assert!(reader.drain(None).is_err(), "the open source has no number");
    root.merge(&reader.drain(Some(1)).unwrap()).unwrap();
    reader.push(b"\n\n").unwrap();
    reader.fail(Failure::Cancelled, "reading was cancelled").unwrap();
    root.merge(&reader.drain(None).unwrap()).unwrap();
    let report = root.report();
    let broken: Vec<_> = report.problems.iter().filter(|one| one.code == "cancelled").collect();
    assert_eq!(broken.iter().map(|one| one.offset).collect::<Vec<_>>(), [Some(10)]);
    assert_eq!(report.sources.len(), 1);
}

#[test]
fn partial_results_of_other_rules_or_options_are_refused() {
    let with = |options: Options| Session::new(options).unwrap();
    let mut session = with(options());
    let own = session.partial().unwrap();
    assert_eq!(session.merge(&own), Ok(()));
    let no_rules = Options::default().with_builtin(false);
    for other in [no_rules, in_mode(Mode::Event)] {
        let error = with(other).merge(&own).unwrap_err().to_string();
        assert!(error.starts_with("partial result: it was made with "), "{error}");
    }
    for cut in 0..own.len() {
        assert!(session.merge(&own[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn a_source_without_records_is_reported_once_for_all_its_ranges() {
    // Each range ends before a brace.
    for (log, is_said) in [("{\"a}\n{\"b}\n{\"c}", true), ("{\"a}\n{\"b\":}\n{\"c}", false)] {
        let expected = json(&analyze(&[("log", log.as_bytes())], options()));
        assert_eq!(expected.matches("no-records").count(), usize::from(is_said), "{expected}");
        let cuts = [0, 5, log.len() - 4, log.len()];
        assert_eq!(in_ranges("log", log.as_bytes(), &cuts, &options), expected);
    }
}

#[test]
fn an_open_construct_ends_where_a_source_may_be_cut() {
    let event = "<Event xmlns='x'><System><EventID>1</EventID></System></Event>";
    let splunk = "02/17/2022 02:15:47 AM\nLogName=Security\nEventCode=1\n";
    let json = "{\"EventID\":1,\"Channel\":\"x\"}\n";
    let logs = [
        // An event in text, a comment, an event in XML.
        format!("{json}{splunk}{json}{json}"),
        format!("{json}<!-- {json}{json}"),
        format!("{json}<Event>\n{json}{json}"),
        // A list of records, a list of rows, and text around it.
        format!("{{\"results\":[{json}{json}"),
        format!("{json}{{\"results\":[{json}, garbage }}\n{json}"),
        format!("{json}{{\"columns\":[\"EventID\"],\"rows\":[[1]}}\n{json}"),
        format!("{json}{{\"results\":[{json}],\"a\":{{}}\n{json}{json}"),
        // A comment, a comment of one line, an event with another inside.
        format!("{event}<!-- {event}{event}"),
        format!("{event}\n# {event}{event}\n{event}"),
        format!("{event}<Event><UserData></Event>{event}{event}"),
        format!("{event}{{\"a\":\"{event}{event}\"}}\n{event}"),
        // Bytes that begin a log only at the start of a source.
        format!("{json}{{\"a\":\"ElfFile\0\"}}\n{json}"),
        format!("{json}{{\"a\":\"{:250}ustar\"}}\n{json}", ""),
        format!("{splunk}{{\"a\n{splunk}Event[0]\nLog Name: x\n{splunk}{splunk}"),
    ];
    for log in &logs {
        // The format is detected in the first range.
        let padding = format!("{{\"a\":\"{}\"}}\n", " ".repeat(64 << 10));
        let log = if log.starts_with("{\"E") { format!("{padding}{log}") } else { log.clone() };
        let places = text_cuts(log.as_bytes());
        assert!(!places.is_empty(), "{log}");
        let expected = self::json(&analyze(&[("log", log.as_bytes())], options()));
        for cut in places {
            let cuts = [0, cut, log.len()];
            assert_eq!(in_ranges("log", log.as_bytes(), &cuts, &options), expected, "{cut}: {log}");
        }
    }
}

#[test]
fn a_damaged_text_gives_the_same_problems_in_ranges() {
    let options = || options().with_builtin(false);
    let mut dice = Dice::new(11);
    let mut tried = 0;
    for (name, whole) in fixtures() {
        if name.ends_with(".evtx") || whole.len() > 60_000 || text_cuts(&whole).is_empty() {
            continue;
        }
        for _ in 0..10 {
            let mut bytes = whole.clone();
            for _ in 0..=dice.below(3) {
                let (at, mark) = (dice.below(bytes.len()), b"\"{}<>\n\\&'\0"[dice.below(10)]);
                match dice.below(4) {
                    0 => bytes[at] = mark,
                    1 => bytes.insert(at, mark),
                    2 => drop(bytes.drain(at..(at + dice.below(60)).min(bytes.len()))),
                    _ => bytes.truncate(at.max(bytes.len() / 2)),
                }
            }
            let places = text_cuts(&bytes);
            let expected = json(&analyze(&[(&name, &bytes)], options()));
            if places.is_empty() {
                continue;
            }
            let mut cuts = [0, 1].map(|_| places[dice.below(places.len())]).to_vec();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            cuts.dedup();
            assert_eq!(in_ranges(&name, &bytes, &cuts, &options), expected, "{name} {cuts:?}");
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried} were cut");
}
