//! [`Session`] itself: what it holds, and how it is made.

use super::config::Config;
use super::open_source::OpenSource;
use super::options::Options;
use crate::detect::{FieldCensus, FilterOptions, RuleFilter};
use crate::error::Error;
use crate::event::UserNames;
use crate::indicators::IndicatorSet;
use crate::inventory::{BlockFilter, Inventory, Listing};
use crate::reassemble::BlockStore;
use crate::report::{AllowList, Block, BlockIndex, SourceStats};
use crate::rule::{Assets, load_shared};

/// Reads sources one after the other and reports at any time what was found in them.
///
/// ```
/// use scriptscope::{Options, Session};
///
/// let mut session = Session::new(Options::default()).unwrap();
/// session.begin("notes.txt").unwrap();
/// session.push(b"not a log").unwrap();
/// session.end().unwrap();
/// let report = session.report();
/// assert_eq!(report.totals.bytes, 9);
/// assert_eq!(report.sources[0].format, None);
/// ```
///
/// Sessions with the same rules and options can share the work: see [`Session::begin_range`],
/// [`Session::partial`] and [`Session::merge`]. A session can move to another thread.
pub struct Session {
    pub(super) config: Config,
    pub(super) rules: RuleFilter,
    pub(super) allow: AllowList,
    pub(super) assets: Assets,
    pub(super) store: BlockStore,
    pub(super) fields: FieldCensus,
    /// Every script block that was read, if the options ask for it.
    pub(super) inventory: Option<Inventory>,
    /// Names of accounts that other events than script blocks give.
    pub(super) user_names: UserNames,
    /// Every source, in the order in which they were begun or merged.
    pub(super) sources: Vec<SourceStats>,
    /// The source that is being read: the last of `sources`.
    pub(super) open: Option<OpenSource>,
    /// The matched blocks by id, made when first asked for. Reading and merging discard it.
    pub(super) index: Option<BlockIndex>,
    /// The list of all blocks, made when first asked for. Reading and merging discard it.
    pub(super) listing: Option<Listing>,
    /// Script blocks that were read again, the last one last.
    pub(super) reread: Vec<Block>,
    /// The indicators of the matched blocks, made when first asked for. Reading and merging discard them.
    pub(super) indicators: Option<IndicatorSet>,
    /// Those of the script blocks that pass a filter: the filter asked for last. Discarded too.
    pub(super) filtered: Option<(BlockFilter, IndicatorSet)>,
}

/// Native shells read with one session a thread.
const _: () = {
    const fn is_send<T: Send>() {}
    is_send::<Session>();
};

impl Session {
    /// Makes a session without sources.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] for an option out of its range, and [`Error::Expression`] for an allow-list entry whose
    /// condition cannot be parsed. A rule file that cannot be used is no error: the report's problems list it.
    pub fn new(mut options: Options) -> Result<Self, Error> {
        let files = std::mem::take(&mut options.rules);
        let allow = AllowList::new(std::mem::take(&mut options.allow_list))?;
        let asset_files = std::mem::take(&mut options.assets);
        let config = Config::new(options)?;
        let rule_set = load_shared(&files, &config.rule_options());
        let assets = rule_set.assets.clone().with_files(&asset_files);
        let fields = FieldCensus::new(&rule_set, &config.disabled).with_views(config.views);
        let rules = RuleFilter::new(
            rule_set,
            &FilterOptions {
                disabled: &config.disabled,
                views: config.views,
                since: config.since,
                until: config.until,
                joined: config.inventory,
                indicators: config.indicators,
                candidates_only: config.candidates_only,
            },
        );
        let store = BlockStore::new(config.mode);
        let inventory = config.new_inventory();
        Ok(Self {
            inventory,
            config,
            rules,
            allow,
            assets,
            store,
            fields,
            user_names: UserNames::default(),
            sources: Vec::new(),
            open: None,
            index: None,
            listing: None,
            reread: Vec::new(),
            indicators: None,
            filtered: None,
        })
    }

    /// Discards what was made of the state that changes now.
    pub(super) fn discard_made(&mut self) {
        self.index = None;
        self.listing = None;
        self.indicators = None;
        self.filtered = None;
    }

    pub(super) fn add_source(&mut self, stats: SourceStats) {
        self.discard_made();
        self.sources.push(stats);
        self.limit_problems();
    }

    /// Truncates each source's problems to its share. Visits the newest source only, and all of them each time their
    /// number reaches a power of two: with very many sources a visit to all for every one of them would be quadratic.
    pub(super) fn limit_problems(&mut self) {
        let count = self.sources.len();
        let first = if count.is_power_of_two() { 0 } else { count.saturating_sub(1) };
        self.sources.iter_mut().skip(first).for_each(|source| source.limit_problems(count));
    }
}
