//! Risk objects: computers, users and others with the sum of their risk events.

use super::events::RowRisk;
use super::tactics::sorted_set;
use crate::ordered::OrderedMap;
use crate::rule::{Assets, ObjectType, Score};
use crate::sort;
use crate::text::fold_case;
use crate::time::Time;
use std::collections::HashMap;
use std::sync::Arc;

/// One risk event of an object, with the result and rule that it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contribution<'a> {
    /// The id of the result.
    pub result: &'a Arc<str>,
    /// The id of the rule.
    pub rule: &'a Arc<str>,
    /// The tactics of the rule.
    pub tactics: &'a [String],
    /// The object's name: canonical if an assets table lists it, else as in the row.
    pub object: &'a str,
    /// The risk event.
    pub event: &'a RowRisk,
}

/// A computer, user or other object with all that contributes to its risk.
#[derive(Clone, Debug)]
pub(crate) struct RankedObject<'a> {
    /// Its most common spelling.
    pub object: String,
    /// Its type.
    pub kind: ObjectType,
    /// The sum of its contributions.
    pub score: Score,
    /// The time of the earliest contribution.
    pub first: Option<Time>,
    /// The time of the latest contribution.
    pub last: Option<Time>,
    /// The tactics of all contributing rules, sorted.
    pub tactics: Vec<String>,
    /// The contributions, sorted by time, rule and result.
    pub contributions: Vec<Contribution<'a>>,
}

/// Sums contributions by object. Objects are sorted by score (highest first), type and name. Spellings that differ only
/// in case, and names that an assets table lists for one machine, are one object.
pub(crate) fn rank_objects<'a>(
    contributions: Vec<Contribution<'a>>,
    assets: &'a Assets,
) -> Vec<RankedObject<'a>> {
    let mut groups: OrderedMap<(ObjectType, String), Vec<Contribution<'a>>> = OrderedMap::new();
    for mut contribution in contributions {
        if let Some(name) = assets.canonical_name(contribution.object) {
            contribution.object = name;
        }
        let key = (contribution.event.kind, fold_case(contribution.object));
        groups.entry(key).or_default().push(contribution);
    }
    let mut objects: Vec<_> =
        groups.into_iter().map(|((kind, _), group)| ranked_object(kind, group)).collect();
    sort::sort_by(&mut objects, |a, b| {
        b.score.cmp(&a.score).then(a.kind.cmp(&b.kind)).then_with(|| a.object.cmp(&b.object))
    });
    objects
}

fn ranked_object<'a>(kind: ObjectType, mut group: Vec<Contribution<'a>>) -> RankedObject<'a> {
    sort::sort_by(&mut group, |a, b| {
        let key = |own: &Contribution<'a>| (own.event.time, own.rule, own.result, own.event.score);
        key(a).cmp(&key(b)).then_with(|| a.object.cmp(b.object))
    });
    let mut spellings: HashMap<&str, usize> = HashMap::new();
    for contribution in &group {
        *spellings.entry(contribution.object).or_default() += 1;
    }
    let name = spellings
        .into_iter()
        .min_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then(a.cmp(b)))
        .map(|(name, _)| name.to_owned());
    let times = || group.iter().filter_map(|contribution| contribution.event.time);
    RankedObject {
        object: name.unwrap_or_default(),
        kind,
        score: group.iter().map(|contribution| contribution.event.score).sum(),
        first: times().min(),
        last: times().max(),
        tactics: sorted_set(group.iter().flat_map(|contribution| contribution.tactics)),
        contributions: group,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::test_support::contribution;

    #[test]
    fn spellings_are_one_object_with_the_most_common_name() {
        let none = [];
        let day = "2020-01-01T00:00:00Z";
        let mut contributions: Vec<_> = [("dc01", 1), ("DC01", 2), ("DC01", 3), ("ws1", 10)]
            .into_iter()
            .map(|(object, points)| contribution(object, points, day, "a", &none))
            .collect();
        let assets = Assets::default();
        let forward = rank_objects(contributions.clone(), &assets);
        contributions.reverse();
        let backward = rank_objects(contributions, &assets);
        let short = |objects: &[RankedObject<'_>]| -> Vec<_> {
            objects.iter().map(|own| (own.object.clone(), own.score.to_string())).collect()
        };
        assert_eq!(short(&forward), [("ws1".into(), "10".into()), ("DC01".into(), "6".to_owned())]);
        assert_eq!(short(&forward), short(&backward));
    }
}
