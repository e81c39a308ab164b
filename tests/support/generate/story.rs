//! The event stream of a few computers, and the facts that a reader must find in it.

use super::dice::Dice;
use super::incident::Incident;
use super::record::{POWERSHELL, POWERSHELL_CORE, Provider, Record, Value, guid_text, time_text};
use super::script::{WORD, Writer};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The parameters of a stream.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) seed: u64,
    pub(crate) computers: usize,
    /// Share of records of other ids and channels.
    pub(crate) others: f64,
    /// Share of script blocks with the word `Enable-PSRemoting`.
    pub(crate) hits: f64,
    /// Share of script blocks of PowerShell 7.
    pub(crate) core: f64,
    /// Median length of scripts in UTF-16 units.
    pub(crate) median: f64,
    /// Parts may be cut within a surrogate pair. Formats in UTF-8 cannot represent that.
    pub(crate) cut_pairs: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            computers: 4,
            others: 0.15,
            hits: 0.012,
            core: 0.05,
            median: 1_200.0,
            cut_pairs: true,
        }
    }
}

/// The facts that a reader must find.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) records: u64,
    pub(crate) events: u64,
    pub(crate) blocks: u64,
    pub(crate) hits: u64,
    pub(crate) others: BTreeMap<u16, u64>,
    pub(crate) computers: BTreeSet<String>,
    pub(crate) times: Option<(u64, u64)>,
    /// For each computer and text: number of blocks with the word, and their first and last time.
    pub(crate) rows: BTreeMap<(String, String), (u64, u64, u64)>,
}

impl Facts {
    fn record(&mut self, record: &Record) {
        self.records += 1;
        match record.is_script() {
            true => self.events += 1,
            false => *self.others.entry(record.id).or_default() += 1,
        }
        self.computers.insert(record.computer.clone());
        let (first, last) = self.times.get_or_insert((record.time, record.time));
        *first = record.time.min(*first);
        *last = record.time.max(*last);
    }

    fn block(&mut self, parts: &[Record], text: &[u16]) {
        self.blocks += 1;
        let text = String::from_utf16_lossy(text);
        let Some(first) = parts.first() else { return };
        if text.contains(WORD) {
            self.hits += 1;
            let row = self.rows.entry((first.computer.clone(), text)).or_insert((0, u64::MAX, 0));
            *row = (row.0 + 1, row.1.min(first.time), row.2.max(first.time));
        }
    }

    /// As JSON, for tests and benches.
    pub(crate) fn json(&self, bytes: u64) -> serde_json::Value {
        let (first, last) = self.times.unwrap_or_default();
        let rows = self.rows.iter().map(|((computer, text), (count, first, last))| {
            serde_json::json!({
                "computer": computer, "length": text.encode_utf16().count(), "count": count,
                "firstTime": time_text(*first), "lastTime": time_text(*last),
            })
        });
        serde_json::json!({
            "bytes": bytes, "records": self.records, "events": self.events,
            "scriptBlocks": self.blocks, "hits": self.hits, "otherEvents": self.others,
            "computers": self.computers, "firstTime": time_text(first), "lastTime": time_text(last),
            "rows": rows.collect::<Vec<_>>(),
        })
    }
}

/// An endless stream of events in the order of their times.
pub(crate) struct Story {
    options: Options,
    dice: Dice,
    writer: Writer,
    computers: Vec<Machine>,
    /// Scripts with the word that are run many times.
    favourites: Vec<Vec<u16>>,
    /// Makes the scripts instead of `writer`.
    pub(crate) incident: Option<Incident>,
    time: u64,
    ready: VecDeque<Record>,
    pub(crate) facts: Facts,
}

struct Machine {
    name: String,
    users: Vec<Vec<u32>>,
    record: u64,
}

impl Story {
    pub(crate) fn new(options: Options) -> Self {
        let mut dice = Dice::new(options.seed);
        let writer = Writer::new(&mut dice);
        let computers =
            (0..options.computers.max(1)).map(|index| machine(index, &mut dice)).collect();
        let favourites = (0..6).map(|_| with_word(&writer, &mut dice, 400)).collect();
        // 2024-03-01T08:00:00Z.
        let time = 133_537_536_000_000_000;
        let (ready, facts, incident) = (VecDeque::new(), Facts::default(), None);
        Self { options, dice, writer, computers, favourites, incident, time, ready, facts }
    }

    /// Makes the records of a script block with this text, in as many parts as Windows would log.
    pub(crate) fn block(&mut self, text: &[u16], level: u8) -> Vec<Record> {
        let provider = match self.dice.chance(self.options.core) {
            true => POWERSHELL_CORE,
            false => POWERSHELL,
        };
        let machine = self.dice.below(self.computers.len());
        let id = guid_text(&self.dice.bytes()).trim_matches(['{', '}']).to_owned();
        let path = match self.dice.below(3) {
            0 => String::new(),
            1 => format!(r"C:\Scripts\Maintenance\job{}.ps1", self.dice.below(40)),
            _ => r"C:\Program Files\WindowsPowerShell\Modules\Inventory\2.1\Inventory.psm1"
                .to_owned(),
        };
        let pieces = self.pieces(text);
        let total = pieces.len() as u32;
        let user = self.dice.below(self.computers[machine].users.len());
        let mut parts = Vec::new();
        for (index, piece) in pieces.into_iter().enumerate() {
            let mut record = self.record(provider.clone(), 4104, machine, user);
            (record.version, record.level, record.task, record.opcode) = (1, level, 2, 15);
            record.data = vec![
                ("MessageNumber", Value::Number(index as u32 + 1)),
                ("MessageTotal", Value::Number(total)),
                ("ScriptBlockText", Value::Text(piece)),
                ("ScriptBlockId", Value::text(&id)),
                ("Path", Value::text(&path)),
            ];
            parts.push(record);
        }
        self.facts.block(&parts, text);
        parts
    }

    /// Makes a record of another kind.
    pub(crate) fn other(&mut self) -> Record {
        let machine = self.dice.below(self.computers.len());
        let user = self.dice.below(self.computers[machine].users.len());
        let (provider, id, data): (_, u16, Vec<(&str, Value)>) = match self.dice.below(6) {
            0 => (POWERSHELL, 4103, {
                let length = 200 + self.dice.below(800);
                let payload = self.writer.script(&mut self.dice, length);
                vec![
                    (
                        "ContextInfo",
                        Value::text(
                            "        Severity = Informational\r\n        Host Name = ConsoleHost",
                        ),
                    ),
                    ("UserData", Value::text("")),
                    ("Payload", Value::Text(payload)),
                ]
            }),
            1 => (POWERSHELL, 40961, vec![]),
            2 => (
                WINLOGON,
                4104,
                vec![("Data", Value::text("the winlogon notification subscriber"))],
            ),
            3 => (
                SECURITY,
                4624,
                vec![
                    ("TargetUserName", Value::text("svc-backup")),
                    ("LogonType", Value::Number(3)),
                    ("IpAddress", Value::text("10.0.0.17")),
                ],
            ),
            4 => (
                SYSMON,
                1,
                vec![
                    ("Image", Value::text(r"C:\Windows\System32\svchost.exe")),
                    ("ProcessId", Value::Number(1_234)),
                ],
            ),
            _ => {
                (SECURITY, 4688, vec![("NewProcessName", Value::text(r"C:\Windows\explorer.exe"))])
            }
        };
        let mut record = self.record(provider, id, machine, user);
        record.data = data;
        record
    }

    /// Makes the record of a cleared Security log.
    pub(crate) fn log_cleared(&mut self) -> Record {
        let mut record = self.record(EVENTLOG, 1102, 0, 0);
        record.data = vec![("SubjectUserName", Value::text("jdoe"))];
        record
    }

    /// Adds a record to the facts.
    pub(crate) fn note(&mut self, record: &Record) {
        self.facts.record(record);
    }

    /// Returns the next record. The parts of a block follow each other, with records of other kinds between them.
    pub(crate) fn next(&mut self) -> Record {
        if self.ready.is_empty() {
            self.fill();
        }
        let record = self.ready.pop_front().unwrap_or_else(|| self.other());
        self.note(&record);
        record
    }

    /// Whether the last block is complete.
    pub(crate) fn is_between_blocks(&self) -> bool {
        self.ready.is_empty()
    }

    fn fill(&mut self) {
        if self.dice.chance(self.options.others) {
            let other = self.other();
            self.ready.push_back(other);
            return;
        }
        let text = match &mut self.incident {
            Some(incident) => incident.script(&mut self.dice),
            None => self.script(),
        };
        let level = if self.dice.chance(0.02) { 3 } else { 5 };
        for part in self.block(&text, level) {
            self.ready.push_back(part);
            if self.dice.chance(self.options.others / 4.0) {
                let other = self.other();
                self.ready.push_back(other);
            }
        }
        // Records are in the order of their times.
        let mut times: Vec<_> = self.ready.iter().map(|record| record.time).collect();
        times.sort_unstable();
        for (record, time) in self.ready.iter_mut().zip(times) {
            record.time = time;
        }
    }

    fn script(&mut self) -> Vec<u16> {
        let length = Writer::length(&mut self.dice, self.options.median);
        match self.dice.chance(self.options.hits) {
            true if self.dice.chance(0.7) => self.dice.pick(&self.favourites).clone(),
            true => with_word(&self.writer, &mut self.dice, length),
            false => self.writer.script(&mut self.dice, length),
        }
    }

    /// Cuts a text of 20,000 units or more as Windows does, into parts of 10,000 to 19,999.
    fn pieces(&mut self, text: &[u16]) -> Vec<Vec<u16>> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while rest.len() >= 20_000 {
            let mut at = self.dice.range(10_000, 20_000);
            let is_low =
                |at: usize| rest.get(at).is_some_and(|unit| (0xDC00..0xE000).contains(unit));
            if is_low(at) && !self.options.cut_pairs {
                at += 1;
            }
            let (piece, more) = rest.split_at(at);
            pieces.push(piece.to_vec());
            rest = more;
        }
        pieces.push(rest.to_vec());
        pieces
    }

    fn record(&mut self, provider: Provider, id: u16, machine: usize, user: usize) -> Record {
        self.time += 10_000 + self.dice.next() % 400_000_000;
        let activity = self.dice.chance(0.8).then(|| self.dice.bytes());
        let (process, thread) =
            (self.dice.below(9_000) as u32 + 4, self.dice.below(9_000) as u32 + 4);
        let machine = &mut self.computers[machine];
        machine.record += 1;
        Record {
            provider,
            id,
            version: 0,
            level: 4,
            task: 0,
            opcode: 0,
            keywords: 0,
            time: self.time,
            record: machine.record,
            activity,
            process,
            thread,
            computer: machine.name.clone(),
            user: Some(machine.users[user].clone()),
            data: Vec::new(),
        }
    }
}

const WINLOGON: Provider = Provider {
    name: "Microsoft-Windows-Winlogon",
    guid: Some("dbe9b383-7cf3-4331-91cc-a3cb16a3b538"),
    channel: "Application",
};

const SECURITY: Provider = Provider {
    name: "Microsoft-Windows-Security-Auditing",
    guid: Some("54849625-5478-4994-a5ba-3e3b0328c30d"),
    channel: "Security",
};

const SYSMON: Provider = Provider {
    name: "Microsoft-Windows-Sysmon",
    guid: Some("5770385f-c22a-43e0-bf4c-06f5698ffbd9"),
    channel: "Microsoft-Windows-Sysmon/Operational",
};

const EVENTLOG: Provider =
    Provider { name: "Microsoft-Windows-Eventlog", guid: None, channel: "Security" };

fn machine(index: usize, dice: &mut Dice) -> Machine {
    let kinds = ["DC", "FS", "WKS", "SQL", "ADM"];
    let name = format!("{}{:02}.corp.example", kinds[index % kinds.len()], index + 1);
    let domain = [21, dice.next() as u32, dice.next() as u32, dice.next() as u32];
    let person = |rid: u32| domain.iter().copied().chain([rid]).collect();
    Machine {
        name,
        users: vec![vec![18], person(500), person(1_104), person(1_107)],
        record: 1_000,
    }
}

/// Makes a script with the word at a random place.
fn with_word(writer: &Writer, dice: &mut Dice, length: usize) -> Vec<u16> {
    let before = dice.below(length + 1);
    let mut text = writer.script(dice, before);
    text.extend(format!("\r\n{WORD} -Force -SkipNetworkProfileCheck\r\n").encode_utf16());
    text.extend(writer.script(dice, length - before));
    text
}
