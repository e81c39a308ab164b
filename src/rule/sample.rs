//! Samples: a rule's own texts, run through it.

use super::{Rule, Sample, splunk, yaml};
use crate::event::Event;
use crate::reassemble::ScriptBlock;
use crate::search::RunContext;
use crate::text::Text;
use crate::time::Time;
use std::ops::Deref;
use std::sync::OnceLock;

/// The samples of a rule. Those of a built-in one, nearly a third of what it says, are read when they are
/// asked for.
#[derive(Default)]
pub struct Samples {
    read: OnceLock<Vec<Sample>>,
    source: String,
}

impl Samples {
    /// Of the part of a detection that holds them.
    pub(super) fn later(source: &str) -> Self {
        Self { read: OnceLock::new(), source: source.to_owned() }
    }
}

impl Deref for Samples {
    type Target = [Sample];

    fn deref(&self) -> &[Sample] {
        self.read.get_or_init(|| {
            let mut pieces = yaml::pieces(&self.source);
            let node = pieces.next().and_then(|piece| piece.read().ok().flatten());
            node.map(|node| splunk::samples(&node)).unwrap_or_default()
        })
    }
}

impl From<Vec<Sample>> for Samples {
    fn from(samples: Vec<Sample>) -> Self {
        Self { read: samples.into(), source: String::new() }
    }
}

impl Rule {
    /// The samples that the rule gets wrong: those it misses and those it finds against their word. A rule
    /// that is refused finds nothing.
    pub fn failing_samples(&self) -> Vec<&Sample> {
        self.samples
            .iter()
            .filter(|sample| self.matches_text(&sample.text) != sample.matches)
            .collect()
    }

    /// Whether the rule makes a row of a script, on an otherwise ordinary event.
    pub fn matches_text(&self, text: &str) -> bool {
        let Ok(search) = &self.search else { return false };
        let event = Event {
            computer: Some("SAMPLE".into()),
            user: Some("S-1-5-21-1-2-3-1001".into()),
            record: Some("1".into()),
            time: Time::new(1_577_836_800, 0, 3),
            level: Some(5),
            number: Some(1),
            total: Some(1),
            text: Text::from(text),
            script_block_id: Some("11111111-2222-3333-4444-555555555555".into()),
            fields: vec![
                ("Name".into(), "Microsoft-Windows-PowerShell".into()),
                ("Channel".into(), "Microsoft-Windows-PowerShell/Operational".into()),
            ],
            ..Event::default()
        };
        let block = ScriptBlock::from_event(event, 0);
        let table = search.run(&[&block], &RunContext { now: block.event.time });
        table.rows.iter().any(|row| row.suppressed_by.is_none())
    }
}
