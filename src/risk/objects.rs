//! Risk objects: computers, users and others with the figures of their risk events.

use super::contribution::Contribution;
use super::distinct::{DistinctScore, distinct_score};
use super::events::RowRisk;
use super::options::RiskOptions;
use super::tactics::sorted_set;
use crate::event::UserNames;
use crate::ordered::OrderedMap;
use crate::rule::{Assets, ObjectType, Score};
use crate::sort;
use crate::text::fold_case;
use crate::time::Time;
use std::borrow::Cow;
use std::collections::HashMap;

/// What decides objects and their figures, beside their risk events.
#[derive(Clone, Copy)]
pub(crate) struct RiskContext<'a> {
    pub(crate) options: &'a RiskOptions,
    pub(crate) assets: &'a Assets,
    pub(crate) names: &'a UserNames,
}

/// A computer, user or other object with all that contributes to its risk.
#[derive(Clone, Debug)]
pub(crate) struct RankedObject<'a> {
    /// Its most common spelling.
    pub object: String,
    /// The name of a user whose object is a SID, or of an identity.
    pub name: Option<String>,
    /// Its type.
    pub kind: ObjectType,
    /// The distinct score, by which it is ranked.
    pub distinct: DistinctScore,
    /// The sum of its contributions.
    pub score: Score,
    /// Why its contributions count more than once.
    pub factor_reason: Option<&'a str>,
    /// The time of the earliest contribution.
    pub first: Option<Time>,
    /// The time of the latest contribution.
    pub last: Option<Time>,
    /// The tactics of all contributing rules, sorted.
    pub tactics: Vec<String>,
    /// The contributions, sorted by time, rule and result.
    pub contributions: Vec<Contribution<'a>>,
}

/// The number of times that a risk event of a critical machine counts.
const CRITICAL_FACTOR: u32 = 2;

/// Groups contributions by object. Objects are sorted by distinct score (highest first), score, type and name. Spellings
/// that differ only in case, and names that an assets table lists for one machine or identity, are one object.
pub(crate) fn rank_objects<'a>(
    contributions: Vec<Contribution<'a>>,
    context: RiskContext<'a>,
) -> Vec<RankedObject<'a>> {
    let mut groups: OrderedMap<(ObjectType, String), Vec<Contribution<'a>>> = OrderedMap::new();
    for mut contribution in contributions {
        let event = contribution.event;
        let user = (event.object.as_str(), event.computer.as_deref());
        contribution.object = context.object_of(event.kind, user);
        let key = (event.kind, fold_case(&contribution.object));
        groups.entry(key).or_default().push(contribution);
    }
    let ranked = groups.into_iter().map(|((kind, _), group)| ranked_object(kind, group, context));
    let mut objects: Vec<_> = ranked.collect();
    sort::sort_by(&mut objects, |a, b| {
        let figures = |own: &RankedObject<'a>| (own.distinct.score, own.score);
        figures(b).cmp(&figures(a)).then(a.kind.cmp(&b.kind)).then_with(|| a.object.cmp(&b.object))
    });
    objects
}

impl<'a> RiskContext<'a> {
    /// Returns the name of an object: the canonical one if a table lists it. Service accounts are named with their
    /// computer.
    pub(crate) fn object_of<'b>(
        &self,
        kind: ObjectType,
        (object, computer): (&'b str, Option<&str>),
    ) -> Cow<'b, str>
    where
        'a: 'b,
    {
        match (kind, computer) {
            (ObjectType::User, Some(computer)) => {
                let computer = self.assets.machine(computer).map_or(computer, |own| &own.name);
                Cow::Owned(format!("{computer}\\{object}"))
            }
            (ObjectType::User, None) => {
                let identity = self.assets.identity(object, self.names.get(object));
                Cow::Borrowed(identity.map_or(object, |own| &own.name))
            }
            _ => Cow::Borrowed(self.assets.machine(object).map_or(object, |own| &own.name)),
        }
    }

    /// Returns the name of a user for the reader.
    fn user_name(&self, event: &RowRisk) -> Option<&'a str> {
        let given = self.names.get(&event.object);
        let identity = self.assets.identity(&event.object, given);
        identity.and_then(|own| own.person.as_deref()).or(given)
    }
}

fn ranked_object<'a>(
    kind: ObjectType,
    mut group: Vec<Contribution<'a>>,
    context: RiskContext<'a>,
) -> RankedObject<'a> {
    let critical =
        |own: &Contribution<'a>| context.assets.machine(&own.object)?.critical.as_deref();
    let factor_reason = match kind {
        ObjectType::System => group.first().and_then(critical),
        _ => None,
    };
    if factor_reason.is_some() {
        group.iter_mut().for_each(|own| own.factor = CRITICAL_FACTOR);
    }
    sort::sort_by(&mut group, |a, b| {
        let key = |own: &Contribution<'a>| (own.event.time, own.rule, own.result, own.event.score);
        key(a).cmp(&key(b)).then_with(|| a.object.cmp(&b.object))
    });
    let mut spellings: HashMap<&str, usize> = HashMap::new();
    for contribution in &group {
        *spellings.entry(&contribution.object).or_default() += 1;
    }
    let object = spellings
        .into_iter()
        .min_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then(a.cmp(b)))
        .map(|(name, _)| name.to_owned())
        .unwrap_or_default();
    let name = match kind {
        ObjectType::User => group.iter().filter_map(|own| context.user_name(own.event)).min(),
        _ => None,
    };
    let name = name.filter(|name| !name.eq_ignore_ascii_case(&object)).map(str::to_owned);
    let times = || group.iter().filter_map(|contribution| contribution.event.time);
    RankedObject {
        object,
        name,
        kind,
        distinct: distinct_score(&group, context.options.window),
        score: group.iter().map(Contribution::score).sum(),
        factor_reason,
        first: times().min(),
        last: times().max(),
        tactics: sorted_set(group.iter().flat_map(|contribution| contribution.tactics)),
        contributions: group,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::test_support::{contribution, ranked};

    #[test]
    fn spellings_are_one_object_with_the_most_common_name() {
        let none = [];
        let day = "2020-01-01T00:00:00Z";
        let mut contributions: Vec<_> = [("dc01", 1), ("DC01", 2), ("DC01", 3), ("ws1", 10)]
            .into_iter()
            .map(|(object, points)| contribution(object, points, day, "a", &none))
            .collect();
        let forward = ranked(contributions.clone());
        contributions.reverse();
        let backward = ranked(contributions);
        let short = |objects: &[RankedObject<'_>]| -> Vec<_> {
            objects.iter().map(|own| (own.object.clone(), own.score.to_string())).collect()
        };
        assert_eq!(short(&forward), [("ws1".into(), "10".into()), ("DC01".into(), "6".to_owned())]);
        assert_eq!(short(&forward), short(&backward));
    }

    #[test]
    fn objects_are_ranked_by_the_distinct_score() {
        let none = [];
        let at = |object, points, day: &str, rule| {
            contribution(object, points, &format!("2020-01-{day}T00:00:00Z"), rule, &none)
        };
        let noisy = (0..10).map(|_| at("noisy", 25, "01", "a"));
        let two = [at("two", 25, "01", "a"), at("two", 25, "01", "b")];
        let long = [at("long", 50, "01", "a"), at("long", 1, "09", "a")];
        let objects = ranked(noisy.chain(two).chain(long).collect());
        let short: Vec<_> = objects
            .iter()
            .map(|own| format!("{} {} {}", own.object, own.distinct.score, own.score))
            .collect();
        assert_eq!(short, ["long 50 51", "two 50 50", "noisy 25 250"]);
    }

    fn user(object: &str, computer: Option<&str>) -> &'static RowRisk {
        Box::leak(Box::new(RowRisk {
            object: object.into(),
            computer: computer.map(Into::into),
            kind: ObjectType::User,
            score: Score::points(10),
            time: None,
            message: None,
            threats: Vec::new(),
        }))
    }

    #[test]
    fn lists_join_names_and_make_machines_critical() {
        let files = [
            ("assets.csv", "nt_host,dns,category\nDC01,dc01.corp.example,domain_controller\n"),
            ("people.csv", "identity,first,last\nalice|adm-alice,Alice,Doe\n"),
        ];
        let files = files.map(|(name, text)| crate::rule::RuleFile::new(name, text));
        let assets = Assets::default().with_files(&files);
        let mut names = UserNames::default();
        names.add("S-1-5-21-1-2-3-1104", "CORP\\adm-alice");
        names.add("S-1-5-21-1-2-3-1105", "CORP\\bob");
        let options = RiskOptions::default();
        let context = RiskContext { options: &options, assets: &assets, names: &names };
        let (result, rule) = ("r".into(), "rule".into());
        let risks = [
            contribution("dc01.corp.example", 25, "", "a", &[]).event,
            contribution("DC01", 25, "", "b", &[]).event,
            contribution("FS03", 25, "", "b", &[]).event,
            user("S-1-5-21-1-2-3-1104", None),
            user("ALICE", None),
            user("S-1-5-21-1-2-3-1105", None),
            user("S-1-5-18", Some("dc01.corp.example")),
            user("S-1-5-18", Some("FS03")),
            user("CORP\\eve", None),
        ];
        let all = risks.map(|event| Contribution::new(&result, &rule, &[], event));
        let objects = rank_objects(all.to_vec(), context);
        let short: Vec<_> = objects
            .iter()
            .map(|own| {
                let name = own.name.as_deref().unwrap_or("-");
                format!("{} ({name}) {} {}", own.object, own.distinct.score, own.score)
            })
            .collect();
        assert_eq!(
            short,
            [
                "DC01 (-) 50 100",
                "FS03 (-) 25 25",
                "alice (Alice Doe) 10 20",
                "CORP\\eve (-) 10 10",
                "DC01\\S-1-5-18 (SYSTEM) 10 10",
                "FS03\\S-1-5-18 (SYSTEM) 10 10",
                "S-1-5-21-1-2-3-1105 (CORP\\bob) 10 10",
            ]
        );
        assert_eq!(objects[0].factor_reason, Some("category domain_controller"));
        assert_eq!(objects[0].contributions[0].factor, 2);
        assert_eq!((objects[1].factor_reason, objects[1].contributions[0].factor), (None, 1));
    }
}
