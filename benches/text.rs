//! Measures how fast text logs are read: every record is framed, every script block's text decoded and counted.
//!
//! `cargo bench --bench text [MB] [FORMAT]` generates logs in memory and prints the MB/s of one thread. Texts have the
//! lengths of real ones: most have some hundred bytes, one in ten several thousand. A third of the records have other
//! ids. The counts are asserted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use scriptscope::internal::Problem;
use scriptscope::internal::source::{
    Decoder, OtherRecord, ScriptRecord, Sink, Source, SourceOptions,
};
use scriptscope::internal::text::Raw;
use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

/// Counts records and the bytes of texts.
#[derive(Default)]
struct CountingSink {
    scripts: u64,
    text_bytes: u64,
    others: u64,
}

impl Sink for CountingSink {
    fn script(&mut self, record: &ScriptRecord<'_>) {
        self.scripts += 1;
        // The texts are ASCII, so UTF-16 units are bytes.
        self.text_bytes += match record.text {
            Raw::Escaped(text) => text.to_scanned().map_or(text.bytes().len(), |(_, units)| units),
            text => text.bytes().len(),
        } as u64;
        black_box(record.computer);
    }

    fn other(&mut self, record: &OtherRecord<'_>) {
        self.others += 1;
        black_box(record.time);
    }

    fn problem(&mut self, problem: Problem) {
        panic!("{problem:?}");
    }
}

/// The values of one generated record.
struct GeneratedRecord {
    number: u64,
    is_script: bool,
    text: String,
}

/// Generates records, the same in every run.
fn records(count: u64) -> impl Iterator<Item = GeneratedRecord> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    };
    (0..count).map(move |number| {
        let length = if random(10) == 0 { 2_000 + random(14_000) } else { 40 + random(900) } as usize;
        let mut text = String::new();
        while text.len() < length {
            let line = match random(6) {
                0 => "if ($process.Id -gt 4 -and \"$name\" -ne '') {\r\n",
                1 => "    $result = Get-ChildItem -Path \"C:\\Windows\\Temp\" -Recurse | Where-Object { $_.Length -lt 10 }\r\n",
                2 => "    # nothing of note happens on this line, as on most lines of most scripts\r\n",
                3 => "}\r\n",
                4 => "\tWrite-Verbose -Message ('{0} & {1}' -f $first, $second)\r\n",
                _ => "    foreach ($item in $collection) { Set-ItemProperty -Path $item.PSPath -Name Value -Value 1 }\r\n",
            };
            text.push_str(line);
        }
        GeneratedRecord { number, is_script: random(3) != 0, text }
    })
}

fn write_xml(record: &GeneratedRecord, log: &mut String) {
    let (id, number) = (if record.is_script { 4104 } else { 4103 }, record.number);
    write!(
        log,
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-PowerShell' Guid='{{a0c1853b-5c40-4b15-8766-3cf1c58f985a}}'/><EventID>{id}</EventID><Version>1</Version><Level>5</Level><Task>2</Task><Opcode>15</Opcode><Keywords>0x0</Keywords><TimeCreated SystemTime='2024-03-05T06:07:08.1234567Z'/><EventRecordID>{number}</EventRecordID><Correlation ActivityID='{{391f2712-f104-0001-e9ab-1f3904f1d501}}'/><Execution ProcessID='8040' ThreadID='7680'/><Channel>Microsoft-Windows-PowerShell/Operational</Channel><Computer>ws07.corp.example</Computer><Security UserID='S-1-5-21-2526451620-379595376-1515827217-1001'/></System><EventData>"
    )
    .unwrap();
    let escaped = record
        .text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    if record.is_script {
        write!(log, "<Data Name='MessageNumber'>1</Data><Data Name='MessageTotal'>1</Data><Data Name='ScriptBlockText'>{escaped}</Data><Data Name='ScriptBlockId'>0be6ea7f-ff36-4527-af0d-{number:012x}</Data><Data Name='Path'></Data></EventData></Event>\r\n").unwrap();
    } else {
        write!(log, "<Data Name='ContextInfo'>{escaped}</Data><Data Name='UserData'></Data><Data Name='Payload'>x</Data></EventData></Event>\r\n").unwrap();
    }
}

fn write_ndjson(record: &GeneratedRecord, log: &mut String) {
    let number = record.number;
    let text = serde_json::to_string(&record.text).unwrap();
    let (id, data) = if record.is_script {
        (
            4104,
            format!(
                "\"MessageNumber\":\"1\",\"MessageTotal\":\"1\",\"ScriptBlockText\":{text},\"ScriptBlockId\":\"0be6ea7f-ff36-4527-af0d-{number:012x}\""
            ),
        )
    } else {
        (4103, format!("\"ContextInfo\":{text},\"Payload\":\"x\""))
    };
    writeln!(
        log,
        "{{\"EventTime\":\"2024-03-05 06:07:08\",\"Hostname\":\"ws07.corp.example\",\"Keywords\":0,\"EventType\":\"VERBOSE\",\"SeverityValue\":1,\"Severity\":\"DEBUG\",\"EventID\":{id},\"SourceName\":\"Microsoft-Windows-PowerShell\",\"ProviderGuid\":\"{{A0C1853B-5C40-4B15-8766-3CF1C58F985A}}\",\"Version\":1,\"Task\":2,\"OpcodeValue\":15,\"RecordNumber\":{number},\"ActivityID\":\"{{546290F7-A532-0000-536F-AEA2329DD601}}\",\"ExecutionProcessID\":5852,\"ThreadID\":4116,\"Channel\":\"Microsoft-Windows-PowerShell/Operational\",\"Domain\":\"NT AUTHORITY\",\"AccountName\":\"SYSTEM\",\"UserID\":\"S-1-5-18\",\"AccountType\":\"User\",\"Category\":\"Execute a Remote Command\",\"Opcode\":\"On create calls\",{data},\"EventReceivedTime\":\"2024-03-05 06:07:09\",\"SourceModuleName\":\"eventlog\",\"SourceModuleType\":\"im_msvistalog\",\"@version\":\"1\",\"@timestamp\":\"2024-03-05T06:07:09.123Z\",\"host\":\"wec.corp.example\",\"port\":58623,\"tags\":[\"x\"]}}"
    )
    .unwrap();
}

fn write_winlogbeat(record: &GeneratedRecord, log: &mut String) {
    let (id, number) = (if record.is_script { 4104 } else { 4103 }, record.number);
    let text = serde_json::to_string(&record.text).unwrap();
    let message = serde_json::to_string(&format!(
        "Creating Scriptblock text (1 of 1):\r\n{}\r\n\r\nScriptBlock ID: 0be6ea7f-ff36-4527-af0d-{number:012x}\r\nPath: ",
        record.text
    ))
    .unwrap();
    let name = if record.is_script { "ScriptBlockText" } else { "ContextInfo" };
    writeln!(
        log,
        "{{\"@timestamp\":\"2024-03-05T06:07:08.123Z\",\"event\":{{\"code\":\"{id}\",\"kind\":\"event\",\"provider\":\"Microsoft-Windows-PowerShell\",\"created\":\"2024-03-05T06:07:10.000Z\"}},\"host\":{{\"name\":\"collector\"}},\"log\":{{\"level\":\"verbose\"}},\"message\":{message},\"winlog\":{{\"activity_id\":\"{{546290F7-A532-0000-536F-AEA2329DD601}}\",\"channel\":\"Microsoft-Windows-PowerShell/Operational\",\"computer_name\":\"ws07.corp.example\",\"event_id\":\"{id}\",\"process\":{{\"pid\":5852,\"thread\":{{\"id\":4116}}}},\"provider_guid\":\"{{A0C1853B-5C40-4B15-8766-3CF1C58F985A}}\",\"provider_name\":\"Microsoft-Windows-PowerShell\",\"record_id\":{number},\"user\":{{\"identifier\":\"S-1-5-18\"}},\"event_data\":{{\"MessageNumber\":\"1\",\"MessageTotal\":\"1\",\"{name}\":{text},\"ScriptBlockId\":\"0be6ea7f-ff36-4527-af0d-{number:012x}\"}}}}}}"
    )
    .unwrap();
}

/// Measures the CPU time of this thread where the system reports it, so that a busy machine does not change the result,
/// else the wall time.
struct CpuClock(Option<u64>, Instant);

impl CpuClock {
    fn now() -> Self {
        Self(Self::on_cpu(), Instant::now())
    }

    fn on_cpu() -> Option<u64> {
        std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
    }

    fn elapsed(&self) -> f64 {
        match (self.0, Self::on_cpu()) {
            (Some(begin), Some(end)) => (end - begin) as f64 / 1e9,
            _ => self.1.elapsed().as_secs_f64(),
        }
    }
}

fn main() {
    let numbers: Vec<usize> =
        std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let size = numbers.first().copied().unwrap_or(64) << 20;
    let only = std::env::args()
        .find(|argument| ["xml", "ndjson", "winlogbeat", "utf16"].contains(&argument.as_str()));
    for (name, write) in [
        ("xml", write_xml as fn(&GeneratedRecord, &mut String)),
        ("ndjson", write_ndjson),
        ("winlogbeat", write_winlogbeat),
        ("utf16", write_xml),
    ] {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let mut log = String::with_capacity(size + (1 << 20));
        let (mut scripts, mut text_bytes, mut total) = (0, 0, 0);
        for record in records(u64::MAX) {
            if log.len() >= size {
                break;
            }
            write(&record, &mut log);
            total += 1;
            scripts += u64::from(record.is_script);
            text_bytes += if record.is_script { record.text.len() as u64 } else { 0 };
        }
        let bytes = if name == "utf16" {
            log.encode_utf16().flat_map(u16::to_le_bytes).collect()
        } else {
            log.into_bytes()
        };
        let mut best = f64::MAX;
        for _ in 0..5 {
            let mut sink = CountingSink::default();
            let begin = CpuClock::now();
            let mut source = Source::new(SourceOptions::default());
            for piece in bytes.chunks(1 << 20) {
                source.push(piece, &mut sink);
            }
            source.end(&mut sink);
            best = best.min(begin.elapsed());
            assert_eq!((sink.scripts, sink.text_bytes), (scripts, text_bytes));
            assert_eq!(sink.scripts + sink.others, total);
        }
        println!(
            "{name:12} {:6.0} MB/s   ({total} records of {} bytes)",
            bytes.len() as f64 / 1e6 / best,
            bytes.len() as u64 / total
        );
    }
}
