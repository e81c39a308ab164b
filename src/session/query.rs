//! What a session can be asked for: the report, single script blocks and their views, counts and rules.

use super::state::Session;
use crate::indicators::reader_views;
use crate::limits;
use crate::memory;
use crate::report::{self, Block, Outline, Report, Rule, RuleSource, SourceStats};
use crate::script::{self, View};
use crate::text::utf16_ranges;
use serde::Serialize;

/// Counts for progress, cheap at any time.
///
/// ```
/// use scriptscope::{Counts, Options, Session};
///
/// let session = Session::new(Options::default()).unwrap();
/// assert_eq!(session.counts(), Counts::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the report's totals")]
#[non_exhaustive]
pub struct Counts {
    pub bytes: u64,
    pub records: u64,
    pub events: u64,
    pub script_blocks: u64,
}

/// A deobfuscated form of a script.
///
/// ```no_run
/// # use scriptscope::{Options, Session};
/// # let mut session = Session::new(Options::default()).unwrap();
/// # let id = "";
/// for view in session.views(id) {
///     println!("{}: {}", view.view, view.text);
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TextView {
    /// `plain` (constants folded), `layer 1` (a text that was encoded in it), `layer 1 plain` …
    pub view: String,
    /// The text.
    pub text: String,
    /// The view that it was made from, or `original`.
    pub origin: String,
    /// The piece of that text that it was made from: start and end, in UTF-16 units.
    pub piece: [usize; 2],
}

/// Returns the views of a script, the outermost first; none for a text that is not obfuscated.
///
/// ```
/// let views = scriptscope::views("iex ('Enable-PSR'+'emoting')");
/// assert!(views.iter().any(|view| view.text.contains("Enable-PSRemoting")));
/// ```
pub fn views(text: &str) -> Vec<TextView> {
    text_views(text, script::views(text))
}

fn text_views(text: &str, views: Vec<View>) -> Vec<TextView> {
    let named = named_origins(text, &views);
    let views = views.into_iter().zip(named);
    let views = views.map(|(view, (origin, piece))| TextView {
        view: view.name,
        text: view.text,
        origin,
        piece,
    });
    views.collect()
}

/// Returns for each view the name of the view that it was made from, and the range of its UTF-16 units.
fn named_origins(text: &str, views: &[script::View]) -> Vec<(String, [usize; 2])> {
    let mut named: Vec<(String, [usize; 2])> =
        views.iter().map(|view| (view.origin_name(views).to_owned(), [0, 0])).collect();
    // One pass over each text, however many views it has.
    let mut of_origins = vec![Vec::new(); views.len() + 1];
    for (index, view) in views.iter().enumerate() {
        if let Some(indices) = of_origins.get_mut(view.origin.map_or(0, |outer| outer + 1)) {
            indices.push(index);
        }
    }
    for indices in of_origins {
        let of_origin = || indices.iter().filter_map(|index| views.get(*index));
        let Some(outer) = of_origin().next().map(|view| view.outer_text(text, views)) else {
            continue;
        };
        let pieces: Vec<_> = of_origin().map(|view| view.piece.clone()).collect();
        for (index, range) in indices.iter().zip(utf16_ranges(outer, &pieces)) {
            if let Some((_, piece)) = named.get_mut(*index) {
                *piece = [range.start, range.end];
            }
        }
    }
    named
}

/// A deobfuscated form of a script, with how it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnwrappedView {
    /// `plain`, `layer 1`, `layer 1 plain` …, as in [`TextView`]; `limit` after the others.
    pub view: String,
    /// The text. Of `limit`, what was left out.
    pub text: String,
    /// The view that it was made from, or `original`.
    pub origin: String,
    /// The piece of that text that it was made from: start and end, in UTF-16 units.
    pub piece: [usize; 2],
    /// What was replaced, in the order of the text.
    pub steps: Vec<UnwrapStep>,
}

/// A piece of a script that was replaced by what it is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnwrapStep {
    /// The piece. Of a layer, the piece of the script that it was encoded in.
    pub before: String,
    /// What it is worth, as PowerShell writes it. Of a layer, its text.
    pub after: String,
}

/// Returns the [`views`] of a script, and step by step how each was made. If a limit leaves something out, an entry `limit`
/// without steps comes last, whose text says what.
///
/// ```
/// let views = scriptscope::unwrap("iex ('Enable-PSR'+'emoting')");
/// assert_eq!(views[0].steps[0].before, "('Enable-PSR'+'emoting')");
/// assert_eq!(views[0].steps[0].after, "'Enable-PSRemoting'");
/// ```
pub fn unwrap(text: &str) -> Vec<UnwrappedView> {
    let (views, reached) = script::limited_views(text);
    let steps = script::steps(text, &views);
    let step = |(before, after)| UnwrapStep { before, after };
    let named = named_origins(text, &views);
    let views = views.into_iter().zip(named).zip(steps);
    let views = views.map(|((view, (origin, piece)), steps)| UnwrappedView {
        view: view.name,
        text: view.text,
        origin,
        piece,
        steps: steps.into_iter().map(step).collect(),
    });
    let limit = limit_text(reached).map(|text| UnwrappedView {
        view: "limit".to_owned(),
        text,
        origin: "original".to_owned(),
        piece: [0, 0],
        steps: Vec::new(),
    });
    views.chain(limit).collect()
}

/// Says which limits the views of a text reached.
fn limit_text(reached: script::ViewLimits) -> Option<String> {
    let views = format!(
        "texts past {} times the script's length, or within {} others, are left out",
        limits::VIEW_FACTOR,
        limits::VIEW_DEPTH
    );
    let packed = format!(
        "packed data that expand to more than half of {} times the script's length are cut",
        limits::VIEW_FACTOR
    );
    let evaluation =
        "loops, calls or values that take too many steps or bytes are not evaluated to their end";
    let reasons: Vec<&str> = [
        (reached.views, views.as_str()),
        (reached.packed, packed.as_str()),
        (reached.evaluation, evaluation),
    ]
    .iter()
    .filter(|(is_reached, _)| *is_reached)
    .map(|(_, reason)| *reason)
    .collect();
    (!reasons.is_empty()).then(|| format!("not all is shown: {}", reasons.join("; ")))
}

/// A script with line breaks and indentation for reading.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormattedScript {
    /// The text: the same tokens, strings and comments, with other white space between them.
    pub text: String,
    /// The runs of text that both have in common, ascending: offset in the formatted text, offset in the script, and length,
    /// in UTF-16 units.
    pub map: Vec<[usize; 3]>,
}

/// Formats a script for reading: statements and blocks that are not short begin on lines of their own. A text of more than
/// 8 MiB stays as it is.
///
/// ```
/// let formatted = scriptscope::format_script("$a = 'x; y';iex $a");
/// assert_eq!(formatted.text, "$a = 'x; y';\niex $a");
/// assert_eq!(formatted.map, [[0, 0, 2], [3, 3, 1], [5, 5, 7], [13, 12, 3], [17, 16, 2]]);
/// ```
pub fn format_script(text: &str) -> FormattedScript {
    let formatted = script::format(text);
    let ranges = |start: fn(&script::FormattedRun) -> usize| {
        let ranges = formatted.runs.iter().map(|run| start(run)..start(run) + run.length);
        ranges.collect::<Vec<_>>()
    };
    let own = utf16_ranges(&formatted.text, &ranges(|run| run.start));
    let source = utf16_ranges(text, &ranges(|run| run.source));
    let map = own.iter().zip(&source).map(|(own, source)| [own.start, source.start, own.len()]);
    FormattedScript { map: map.collect(), text: formatted.text }
}

impl Session {
    /// Returns the report on all that was read so far. Script blocks that still lack parts are searched as they are.
    pub fn report(&mut self) -> Report {
        report::assemble(&self.inputs())
    }

    /// Returns the report without its texts, and for each result the line that matched.
    pub fn outline(&mut self) -> Outline {
        let (report, index) = report::assemble_with_index(&self.inputs());
        self.index = Some(index);
        report::outline(report)
    }

    /// Returns a script block of a result, with its text; `None` for an unknown id. The first call after more was read
    /// makes an index, unless [`outline`](Self::outline) did. With it each block takes the same time, however many there
    /// are.
    pub fn block(&mut self, id: &str) -> Option<Block> {
        if self.index.is_none() {
            let matched = self.store.matched_blocks(&self.rules);
            self.index = Some(report::BlockIndex::of_blocks(&matched.blocks, &self.sources));
        }
        let matched = self.index.as_ref().and_then(|index| index.find(id));
        matched.or_else(|| self.reread.iter().find(|block| block.id == id).cloned())
    }

    /// Returns the text of a result's script block, or of one of its views (`None` or `original`: the text as
    /// logged). `None` for an unknown id or view.
    pub fn text(&mut self, id: &str, view: Option<&str>) -> Option<String> {
        let text = self.block(id)?.text;
        let Some(name) = view.filter(|name| *name != "original") else {
            return Some(text.as_ref().to_owned());
        };
        reader_views(&text).into_iter().find(|view| view.name == name).map(|view| view.text)
    }

    /// Returns the views of a result's script block, the outermost first; none for a text that is not obfuscated and whose
    /// addresses are not joined of pieces.
    pub fn views(&mut self, id: &str) -> Vec<TextView> {
        let text = self.text(id, None).unwrap_or_default();
        let views = reader_views(&text);
        text_views(&text, views)
    }

    /// Returns bytes, records, events and script blocks so far.
    pub fn counts(&self) -> Counts {
        let sum = |value: fn(&SourceStats) -> u64| self.sources.iter().map(value).sum();
        Counts {
            bytes: sum(|source| source.bytes),
            records: sum(|source| source.records),
            events: sum(|source| source.events),
            script_blocks: self.store.len(),
        }
    }

    /// Returns the session's rules by id, built-in and loaded, with all counts zero.
    ///
    /// ```
    /// use scriptscope::{Options, Session};
    ///
    /// let rules = Session::new(Options::default()).unwrap().rules();
    /// assert!(rules.iter().any(|rule| rule.title == "PowerShell Enable PowerShell Remoting"));
    /// ```
    pub fn rules(&self) -> Vec<Rule> {
        let events = self.counts().events;
        report::list_rules(self.rules.rule_set(), &self.config.disabled, &self.fields, events)
    }

    /// Returns the rules of the files that are about other logs, by kind of log, with the status
    /// [`NotApplicable`](report::RuleStatus::NotApplicable).
    ///
    /// ```
    /// use scriptscope::{Options, RuleFile, Session};
    ///
    /// let rule = "title: A\nlogsource: {product: linux, service: auditd}\ndetection: {s: {a: b}, condition: s}\n";
    /// let options = Options::default().with_rules([RuleFile::new("a.yml", rule)]);
    /// let session = Session::new(options).unwrap();
    /// assert_eq!(session.rules_not_applicable()[0].title, "A");
    /// ```
    pub fn rules_not_applicable(&self) -> Vec<Rule> {
        report::list_left_out(self.rules.rule_set())
    }

    /// Returns the names of the rule files without a rule, macro, lookup or story.
    pub fn files_without_rules(&self) -> &[String] {
        &self.rules.rule_set().files_without_rules
    }

    /// Returns a rule as its file has it: search, risk, facts, samples; `None` for an unknown id.
    pub fn rule(&self, id: &str) -> Option<RuleSource> {
        self.rules.rule_set().rules.iter().find(|rule| rule.id == id).map(RuleSource::from)
    }

    /// Returns the SHA-256 in hex over all that decides results: rules, macros and lookups. Sessions merge partial
    /// results only if this is equal.
    pub fn rule_set_hash(&self) -> &str {
        self.rules.rule_set().hash()
    }

    /// The inputs of a report.
    pub(super) fn inputs(&mut self) -> report::ReportInputs<'_> {
        let ranks = report::ranks(&self.sources);
        if let Some(inventory) = &mut self.inventory {
            inventory.cut();
        }
        let matched = self.store.matched_blocks(&self.rules);
        // Searches copy the texts, and so do results and the report.
        memory::reserve(
            3 * matched.blocks.iter().map(|matched| matched.block.text.len()).sum::<usize>(),
        );
        report::ReportInputs {
            mode: self.config.mode,
            rules: self.rules.rule_set(),
            disabled: &self.config.disabled,
            fields: &self.fields,
            sources: &self.sources,
            tallies: self.store.tallies(&ranks),
            problems: self.store_problems(&matched, &ranks),
            matched: matched.blocks,
            not_kept: matched.not_kept,
            user_names: &self.user_names,
            assets: &self.assets,
            risk: self.config.risk,
            min_score: self.config.min_score,
            kept_views: self.rules.kept_views(),
            allow: &self.allow,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Options;

    #[test]
    fn what_limits_leave_out_is_said() {
        let last = |text: &str| unwrap(text).pop().filter(|view| view.view == "limit");
        let base64 = |text: &str| {
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            bytes.chunks(3).fold(String::new(), |mut out, chunk| {
                let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
                let bits = bits << (8 * (3 - chunk.len()));
                for digit in 0..=chunk.len() {
                    out.push(alphabet[(bits >> (18 - 6 * digit)) as usize & 63].into());
                }
                out + "=".repeat(3 - chunk.len()).as_str()
            })
        };
        let many: String = (0..2_000)
            .map(|number| format!("powershell -enc {}\n", base64(&format!("Write-Host {number}"))))
            .collect();
        assert_eq!(last(&many), None);
        let found = unwrap(&many);
        assert_eq!(found.len(), 2_000);
        let (first, end) = (&found[0], &found[1_999]);
        assert_eq!((&*first.origin, &*end.text), ("original", "Write-Host 1999"));
        assert_eq!(&many[end.piece[0]..end.piece[1]], base64(&end.text));
        let packed = miniz_oxide::deflate::compress_to_vec("a".repeat(1 << 20).as_bytes(), 9);
        let numbers: Vec<String> = packed.iter().map(u8::to_string).collect();
        let bomb = format!(
            "iex (New-Object IO.StreamReader(New-Object IO.Compression.DeflateStream(([byte[]]({})),0))).ReadToEnd()",
            numbers.join(",")
        );
        assert!(last(&bomb).is_some());
        let endless = "$a = ''; while ($true) { $a += 'x' }; iex ('a' + 'b')";
        assert!(last(endless).unwrap().text.contains("not evaluated to their end"));
        assert_eq!(last("iex ('a' + 'b')"), None);
    }

    /// Reads a source of one script block for each of these texts.
    fn read(session: &mut Session, texts: &[&str]) {
        session.begin("log.json").unwrap();
        for text in texts {
            let event = format!(
                r#"{{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","ScriptBlockText":"{text}",
                    "ScriptBlockId":"{}","Computer":"FS03","MessageNumber":1,"MessageTotal":1}}"#,
                text.len()
            );
            session.push(event.as_bytes()).unwrap();
        }
        session.end().unwrap();
    }

    #[test]
    fn blocks_are_found_by_id_whatever_was_asked_and_read_before() {
        let mut session = Session::new(Options::default()).unwrap();
        read(&mut session, &["Enable-PSRemoting", "Enable-PSRemoting -Force"]);
        let first = session.report().script_blocks;
        assert_eq!(first.len(), 2);
        for block in &first {
            assert_eq!(session.block(&block.id).as_ref(), Some(block));
        }
        read(&mut session, &["Enable-PSRemoting # again"]);
        session.outline();
        let all = session.report().script_blocks;
        assert_eq!(all.len(), 3);
        for block in &all {
            assert_eq!(session.block(&block.id).as_ref(), Some(block));
            assert_eq!(session.text(&block.id, None).as_deref(), Some(&*block.text));
        }
        let id = &first[0].id;
        for unknown in ["", "0", &id[1..], &id.to_uppercase(), &format!("{id}0"), &"f".repeat(32)] {
            assert!(unknown == id.as_str() || session.block(unknown).is_none(), "{unknown}");
        }
        let partial = session.drain(None).unwrap();
        assert!(session.block(id).is_none());
        session.merge(&partial).unwrap();
        assert!(session.block(id).is_some());
    }

    #[test]
    fn a_source_that_is_sent_in_parts_keeps_its_hash() {
        use sha2::{Digest, Sha256};
        let log = [&b"{\"EventID\":1}\n"[..], b"{\"EventID\":2}\n"];
        let mut reader = Session::new(Options::default().with_sha256(true)).unwrap();
        let mut root = Session::new(Options::default().with_sha256(true)).unwrap();
        reader.begin("log.json").unwrap();
        for piece in log {
            reader.push(piece).unwrap();
            root.merge(&reader.drain(Some(1)).unwrap()).unwrap();
        }
        reader.end().unwrap();
        root.merge(&reader.drain(None).unwrap()).unwrap();
        let expected: String =
            Sha256::digest(log.concat()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(root.report().sources[0].sha256.as_deref(), Some(expected.as_str()));
    }
}
