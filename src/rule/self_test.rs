//! Runs a rule on a single script, for its samples and the page's rule editor.

use super::model::Rule;
use super::sample::Sample;
use crate::event::Event;
use crate::reassemble::ScriptBlock;
use crate::search::RunContext;
use crate::text::Text;
use crate::time::Time;

impl Rule {
    /// Returns the samples on which the rule fails: those it must match and does not, and the reverse. An
    /// unsupported rule matches nothing.
    ///
    /// ```
    /// use scriptscope::internal::rule::{RuleOptions, load};
    ///
    /// let builtin = load(&[], &RuleOptions::default());
    /// assert!(builtin.rules.iter().take(3).all(|rule| rule.failing_samples().is_empty()));
    /// ```
    pub fn failing_samples(&self) -> Vec<&Sample> {
        let fails = |sample: &&Sample| self.matches_text(&sample.text) != sample.matches;
        self.samples.iter().filter(fails).collect()
    }

    /// Returns whether the rule makes a row of a script logged by an ordinary event.
    ///
    /// A row that an allow-list hides does not count.
    ///
    /// ```
    /// use scriptscope::RuleFile;
    /// use scriptscope::internal::rule::{RuleOptions, load};
    ///
    /// let search = "name: A\nsearch: EventCode=4104 ScriptBlockText=*mimikatz* | stats count by Computer\n";
    /// let options = RuleOptions { builtin: false, ..RuleOptions::default() };
    /// let set = load(&[RuleFile::new("a.yml", search)], &options);
    /// assert!(set.rules[0].matches_text("Invoke-Mimikatz"));
    /// assert!(!set.rules[0].matches_text("Get-Process"));
    /// ```
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
            fields: [
                ("Name", "Microsoft-Windows-PowerShell"),
                ("Channel", "Microsoft-Windows-PowerShell/Operational"),
            ]
            .into_iter()
            .collect(),
            ..Event::default()
        };
        let block = ScriptBlock::from_event(event, 0);
        let table = search.run(&[&block], &RunContext { now: block.event.time });
        table.rows.iter().any(|row| row.suppressed_by.is_none())
    }
}
