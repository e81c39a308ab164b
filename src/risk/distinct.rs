//! The distinct score: each rule's highest score within one window.

use super::contribution::Contribution;
use crate::rule::Score;
use crate::time::Time;
use std::collections::{HashMap, VecDeque};

/// Returns the largest value, over all windows of this many seconds, of the sum of each rule's highest score in the
/// window. One noisy script does not raise it. A contribution without a time is in every window. Contributions are sorted
/// by time. Takes time linear in their number.
pub(super) fn distinct_score(contributions: &[Contribution<'_>], seconds: i64) -> DistinctScore {
    let dated = contributions.partition_point(|own| own.event.time.is_none());
    let (undated, dated) = contributions.split_at_checked(dated).unwrap_or((contributions, &[]));
    let mut window = Highest::default();
    undated.iter().for_each(|own| window.add_to_all(own));
    let mut best =
        (!undated.is_empty()).then_some(DistinctScore { score: window.sum, times: None });
    // The contributions in the window are those between these two indexes.
    let (mut first, mut next) = (0, 0);
    let time = |index: usize| dated.get(index).and_then(|own| own.event.time);
    loop {
        let enters = time(next).filter(|enters| {
            let first = time(first).filter(|_| first < next);
            first.is_none_or(|first| spans(first, *enters, seconds))
        });
        match (enters, time(first)) {
            (Some(now), _) => {
                while let Some(own) = dated.get(next).filter(|own| own.event.time == Some(now)) {
                    window.add(next, own);
                    next += 1;
                }
            }
            (None, Some(now)) if first < next => {
                while let Some(own) = dated.get(first).filter(|own| own.event.time == Some(now)) {
                    window.remove(first, own);
                    first += 1;
                }
            }
            _ => return best.unwrap_or_default(),
        }
        let is_better = best.is_none_or(|best| window.sum > best.score);
        if is_better && (first < next || !undated.is_empty()) {
            let times = time(first).zip(next.checked_sub(1).and_then(time));
            let times = times.filter(|_| first < next);
            best = Some(DistinctScore { score: window.sum, times });
        }
    }
}

/// The distinct score, and the times of the first and the last contribution in the earliest window that has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DistinctScore {
    pub(crate) score: Score,
    pub(crate) times: Option<(Time, Time)>,
}

/// Returns whether one window can hold both times.
pub(super) fn spans(first: Time, last: Time, seconds: i64) -> bool {
    first.checked_add_seconds(seconds).is_none_or(|end| last <= end)
}

/// The highest score of each rule in a window, and their sum.
#[derive(Default)]
struct Highest<'a> {
    rules: HashMap<&'a str, RuleScores>,
    sum: Score,
}

/// The scores of a rule that are or may become the highest one.
#[derive(Default)]
struct RuleScores {
    /// The highest score without a time.
    undated: Option<Score>,
    /// Indexes and scores, both ascending to the front: each is the highest after those in front of it have left.
    dated: VecDeque<(usize, Score)>,
}

impl RuleScores {
    fn highest(&self) -> Score {
        self.undated.max(self.dated.front().map(|(_, score)| *score)).unwrap_or_default()
    }
}

impl<'a> Highest<'a> {
    fn change(&mut self, own: &Contribution<'a>, change: impl FnOnce(&mut RuleScores, Score)) {
        let scores = self.rules.entry(own.rule).or_default();
        let before = scores.highest().hundredths();
        change(scores, own.score());
        let change = scores.highest().hundredths() - before;
        self.sum += Score::from_hundredths(change);
    }

    fn add_to_all(&mut self, own: &Contribution<'a>) {
        self.change(own, |scores, score| scores.undated = scores.undated.max(Some(score)));
    }

    fn add(&mut self, index: usize, own: &Contribution<'a>) {
        self.change(own, |scores, score| {
            while scores.dated.back().is_some_and(|(_, last)| *last <= score) {
                scores.dated.pop_back();
            }
            scores.dated.push_back((index, score));
        });
    }

    fn remove(&mut self, index: usize, own: &Contribution<'a>) {
        self.change(own, |scores, _| {
            if scores.dated.front().is_some_and(|(first, _)| *first == index) {
                scores.dated.pop_front();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::test_support::{contribution, ranked};
    use proptest::prelude::*;

    const HOUR: i64 = 3_600;

    fn time(seconds: i64) -> Time {
        Time::new(1_700_000_000 + seconds, 0, 0).unwrap()
    }

    fn at(rule: &str, points: i32, seconds: Option<i64>) -> Contribution<'static> {
        let time = seconds.map_or(String::new(), |seconds| time(seconds).to_string());
        contribution("dc01", points, &time, rule, &[])
    }

    fn distinct(contributions: Vec<Contribution<'static>>) -> String {
        ranked(contributions)[0].distinct.score.to_string()
    }

    #[test]
    fn a_rule_counts_once_in_a_window() {
        let noisy = (0..24).map(|n| at("a", 75, Some(n))).chain([at("b", 25, Some(5))]);
        let objects: Vec<_> = noisy.collect();
        let ranked = ranked(objects);
        assert_eq!(
            (ranked[0].score, ranked[0].distinct.score),
            (Score::points(1_825), Score::points(100))
        );
    }

    #[test]
    fn windows_slide_over_a_day() {
        let day = 24 * HOUR;
        assert_eq!(distinct(vec![at("a", 50, Some(0)), at("b", 60, Some(day))]), "110");
        assert_eq!(distinct(vec![at("a", 50, Some(0)), at("b", 60, Some(day + 1))]), "60");
        let three =
            vec![at("a", 50, Some(0)), at("b", 60, Some(day)), at("c", 55, Some(day + HOUR))];
        assert_eq!(distinct(three), "115");
        assert_eq!(distinct(vec![at("a", 50, Some(0)), at("a", 20, Some(2 * day))]), "50");
    }

    #[test]
    fn what_has_no_time_is_in_every_window() {
        assert_eq!(distinct(vec![at("a", 50, None), at("b", 60, None), at("a", 20, None)]), "110");
        assert_eq!(
            distinct(vec![at("a", 50, None), at("a", 60, Some(0)), at("b", 5, Some(1))]),
            "65"
        );
        assert_eq!(
            distinct(vec![at("a", 70, None), at("a", 60, Some(0)), at("b", 5, Some(1))]),
            "75"
        );
    }

    #[test]
    fn a_negative_score_is_left_out_by_a_window_that_begins_after_it() {
        assert_eq!(distinct(vec![at("a", -50, Some(0)), at("b", 60, Some(1))]), "60");
        assert_eq!(distinct(vec![at("a", -50, Some(0)), at("b", 60, Some(0))]), "10");
        assert_eq!(distinct(vec![at("a", -50, Some(0))]), "-50");
    }

    /// The sum of each rule's highest points.
    fn sum_of_highest(events: &[(u8, i32, Option<i64>)]) -> i64 {
        let highest =
            |rule| events.iter().filter(|event| event.0 == rule).map(|event| event.1).max();
        let sum: i32 = (0..=u8::MAX).filter_map(highest).sum();
        i64::from(sum) * 100
    }

    /// The definition, word by word: all windows that begin or end with an event or right after one.
    fn naive(events: &[(u8, i32, Option<i64>)], window: i64) -> i64 {
        let times = events.iter().filter_map(|event| event.2).map(|time| time * 2);
        let starts = times.flat_map(|time| [time, time + 1, time - window * 2]);
        let sum = |start: i64| {
            let inside = |time: Option<i64>| {
                time.is_none_or(|time| (start..=start + window * 2).contains(&(time * 2)))
            };
            let inside: Vec<_> = events.iter().filter(|event| inside(event.2)).copied().collect();
            (!inside.is_empty()).then(|| sum_of_highest(&inside))
        };
        starts.chain([i64::MIN / 2]).filter_map(sum).max().unwrap_or_default()
    }

    fn events() -> impl Strategy<Value = Vec<(u8, i32, Option<i64>)>> {
        let seconds = prop::option::weighted(0.9, 0_i64..60);
        prop::collection::vec((0_u8..6, -20_i32..100, seconds), 1..40)
    }

    proptest! {
        #[test]
        fn it_is_the_definition(events in events(), window in 1_i64..30) {
            let contributions = events.iter().map(|(rule, points, seconds)| {
                at(&rule.to_string(), *points, *seconds)
            });
            let objects = ranked(contributions.collect());
            let own = distinct_score(&objects[0].contributions, window);
            prop_assert_eq!(own.score.hundredths(), naive(&events, window));
            let inside = |event: &&(u8, i32, Option<i64>)| {
                event.2.is_none_or(|at| own.times.is_some_and(|(a, b)| (a..=b).contains(&time(at))))
            };
            let inside: Vec<_> = events.iter().filter(inside).copied().collect();
            prop_assert_eq!(own.score.hundredths(), sum_of_highest(&inside), "its addends are in its window");
        }
    }
}
