//! [`ScriptBlock`]: the unit that rules search and results name.

use crate::event::{Event, RecordLocation, canonical};
use crate::text::{Escaped, to_hex, xml};
use crate::time::Time;
use memchr::memmem;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// One script, joined from the records that carried its parts.
///
/// # Example
///
/// A block of a single record, as rule tests build it:
///
/// ```
/// use scriptscope::internal::{Event, ScriptBlock};
///
/// let event = Event {
///     computer: Some("FS03".into()),
///     text: "Enable-PSRemoting -Force".into(),
///     ..Event::default()
/// };
/// let block = ScriptBlock::from_event(event, 0);
/// assert_eq!(&*block.text, "Enable-PSRemoting -Force");
/// assert_eq!(block.field("Computer").as_deref(), Some("FS03"));
/// assert_eq!(block.field("winlog.computer_name").as_deref(), Some("FS03"));
/// assert!(!block.is_incomplete());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScriptBlock {
    /// The record of the lowest part present. Its time, user, level and other fields are the block's; its text is
    /// empty, because [`text`](Self::text) has all of it.
    pub event: Event,
    /// The joined text, with lone surrogates replaced. Searches, results and reports share it.
    pub text: Arc<str>,
    /// The parts present, in the order of their numbers.
    pub parts: Vec<BlockPart>,
    /// Number of parts that the block was logged in (`MessageTotal`).
    pub total: Option<u32>,
    /// UTF-16 offsets in the text at which parts are missing.
    pub gaps: Vec<u64>,
    /// No script block id joins its record with others: the block is identified by its record's location.
    pub standalone: bool,
    /// Set if records give the block different texts.
    pub variant: Option<BlockVariant>,
    /// What is hidden in the text as it was logged, once it has been measured; `None` in it if nothing is.
    pub(crate) hidden: OnceLock<Option<Hidden>>,
    /// Indexes of the rules that match one of its views and not its text; empty until rules are evaluated.
    pub(crate) view_rules: OnceLock<Box<[u32]>>,
}

/// What is hidden in a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// Texts that were encoded in the script, one in another counted too.
    pub layers: u32,
    /// Places where a constant expression or an encoded text was replaced.
    pub steps: u32,
    /// Share of the script that was replaced, in percent.
    pub folded: u32,
}

/// Which of the texts of a block this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockVariant {
    /// Number among the texts that rules match, from 1: the longest first.
    pub number: u32,
    /// Rules match other texts of the block too.
    pub has_siblings: bool,
    /// Number among the blocks with this text, from 0: records with the same text can differ in other fields.
    pub alternative: u32,
}

/// A part that is present, and the records that carried it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockPart {
    /// `MessageNumber`; 1 where the record has none.
    pub number: u32,
    /// The records with this part's text, the first of each source. Their order has no meaning.
    pub copies: Vec<PartCopy>,
}

/// One record that carried a part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartCopy {
    /// Index of its source.
    pub source: usize,
    /// Location in the source.
    pub place: RecordLocation,
    /// `EventRecordID`.
    pub record: Option<String>,
    /// Time at which it was logged.
    pub time: Option<Time>,
}

impl ScriptBlock {
    /// Creates a standalone block from one record of the source with this index.
    pub fn from_event(mut event: Event, source: usize) -> Self {
        let copies = vec![PartCopy::new(&event, source)];
        let part = BlockPart { number: part_number(&event), copies };
        let text = std::mem::take(&mut event.text);
        Self {
            text: text.into_lossy().into(),
            total: event.total,
            parts: vec![part],
            gaps: Vec::new(),
            standalone: true,
            variant: None,
            hidden: OnceLock::new(),
            view_rules: OnceLock::new(),
            event,
        }
    }

    /// Returns the value of a field under any of its usual names (see [`Event::field`]). An empty value is absent.
    pub fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        match canonical(name) {
            "ScriptBlockText" => Some(Cow::Borrowed(&*self.text)).filter(|text| !text.is_empty()),
            "Message" => self.event.message_with(&self.text),
            "_raw" => self.raw(),
            // Computed on every call: few searches use the hash, and those use it for few blocks.
            "ScriptBlockHash" => Some(to_hex(&Sha256::digest(&*self.text)).into()),
            name => self.event.field(name),
        }
    }

    /// Returns the record as the source has it, if the source was read for searches that ask for it. The text of a script
    /// in several parts, and that of a view, takes the place of the record's own.
    fn raw(&self) -> Option<Cow<'_, str>> {
        let raw = self.event.raw()?;
        let bytes = raw.as_bytes();
        let is_xml = bytes.starts_with(b"<");
        let plain = match bytes {
            _ if is_xml => xml::unescape(bytes),
            [b'{', ..] => Escaped::from_unscanned_json(bytes).decode(),
            _ => Cow::Borrowed(bytes),
        };
        Some(match memmem::find(&plain, self.text.as_bytes()) {
            Some(_) => raw.into(),
            None if is_xml => self.to_xml().into(),
            None => format!("{raw}\n{}", self.text).into(),
        })
    }

    /// Renders the block as the XML of one event.
    pub(crate) fn to_xml(&self) -> String {
        self.event.to_xml(&self.text)
    }

    /// Whether a rule that matches it matches one of its views and not its text.
    pub(crate) fn is_view_rule(&self, rule: u32) -> bool {
        self.view_rules.get().is_some_and(|rules| rules.contains(&rule))
    }

    /// Whether some of its parts are missing.
    ///
    /// ```
    /// use scriptscope::internal::{Event, ScriptBlock};
    ///
    /// let event = Event { number: Some(1), total: Some(3), ..Event::default() };
    /// assert!(ScriptBlock::from_event(event, 0).is_incomplete());
    /// ```
    pub fn is_incomplete(&self) -> bool {
        self.total.is_some_and(|total| total > 1 && (self.parts.len() as u64) < u64::from(total))
    }
}

impl PartCopy {
    pub(super) fn new(event: &Event, source: usize) -> Self {
        Self { source, place: event.place, record: event.record.clone(), time: event.time }
    }
}

/// Returns a sort key that orders decimal record ids as numbers: shorter ones first.
pub(crate) fn record_id_order(record: &Option<String>) -> Option<(usize, &str)> {
    record.as_deref().map(|record| (record.len(), record))
}

/// Returns the number of the part that an event carries, from 1.
pub(super) fn part_number(event: &Event) -> u32 {
    event.number.unwrap_or(1).max(1)
}
