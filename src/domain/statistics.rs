//! Figures about the work: how much is decided, how long inquiries wait for it, and by whom.
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::decision::state::State;
use super::time::Timestamp;

/// Number of days that the figures cover.
pub const DAYS: u64 = 30;
const DAY: Duration = Duration::from_secs(86_400);

/// The parts of a decision that figures need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedDecision {
    pub by: String,
    pub template: String,
    pub verdict: String,
    pub at: Timestamp,
    pub waiting_since: Timestamp,
    pub state: State,
}

/// Outcomes of decisions. They are never added up: only those that Persona confirmed count as decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    pub confirmed: usize,
    /// Not finished: can still be withdrawn, waits for a second reviewer, is being delivered, or its outcome is
    /// unknown.
    pub pending: usize,
    /// Refused by the second reviewer.
    pub refused: usize,
    pub withdrawn: usize,
    /// Rejected by Persona, or already decided in Persona by another person.
    pub not_done: usize,
}

impl Ends {
    pub fn add(&mut self, state: State) {
        *match state {
            State::Confirmed => &mut self.confirmed,
            State::Refused => &mut self.refused,
            State::Withdrawn => &mut self.withdrawn,
            State::Rejected | State::Superseded => &mut self.not_done,
            State::Proposed | State::AwaitingCountersign | State::Queued | State::Sending | State::Unknown => {
                &mut self.pending
            }
        } += 1;
    }

    /// Names and numbers, confirmed first.
    pub const fn parts(&self) -> [(&'static str, usize); 5] {
        [
            ("Confirmed", self.confirmed),
            ("Pending", self.pending),
            ("Refused", self.refused),
            ("Withdrawn", self.withdrawn),
            ("Not carried out", self.not_done),
        ]
    }

    pub const fn is_empty(&self) -> bool {
        self.confirmed + self.pending + self.refused + self.withdrawn + self.not_done == 0
    }
}

/// Outcomes of decisions, and the waiting time of the confirmed ones in seconds: median, 75th and 95th percentile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    pub ends: Ends,
    pub p50: u64,
    pub p75: u64,
    pub p95: u64,
}

/// One day: the number of confirmed decisions by verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFigures {
    pub date: String,
    pub approved: usize,
    pub declined: usize,
    pub marked: usize,
}

impl DayFigures {
    pub const fn total(&self) -> usize {
        self.approved + self.declined + self.marked
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Oldest first, without a gap, in UTC.
    pub days: Vec<DayFigures>,
    pub all: Spread,
    pub by_reviewer: Vec<(String, Spread)>,
    pub by_template: Vec<(String, Spread)>,
}

/// A percentile of sorted values (nearest rank).
fn rank(sorted: &[u64], of_hundred: usize) -> u64 {
    let at = (sorted.len() * of_hundred).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or(0)
}

fn spread(made: &[&CountedDecision]) -> Spread {
    let mut ends = Ends::default();
    made.iter().for_each(|made| ends.add(made.state));
    let confirmed = made.iter().filter(|made| made.state == State::Confirmed);
    let mut times: Vec<u64> = confirmed.map(|made| made.at.since(made.waiting_since).as_secs()).collect();
    times.sort_unstable();
    Spread { ends, p50: rank(&times, 50), p75: rank(&times, 75), p95: rank(&times, 95) }
}

fn by<'a>(made: &'a [CountedDecision], name: impl Fn(&'a CountedDecision) -> &'a str) -> Vec<(String, Spread)> {
    let mut groups: BTreeMap<&str, Vec<&CountedDecision>> = BTreeMap::new();
    for one in made {
        groups.entry(name(one)).or_default().push(one);
    }
    let mut rows: Vec<(String, Spread)> =
        groups.into_iter().map(|(name, group)| (name.to_owned(), spread(&group))).collect();
    rows.sort_by_key(|(_, spread)| std::cmp::Reverse(spread.ends.confirmed));
    rows
}

pub fn figures(made: &[CountedDecision], now: Timestamp) -> Figures {
    let mut days: BTreeMap<String, DayFigures> = (0..DAYS)
        .map(|back| {
            let date = now.minus(DAY * u32::try_from(back).unwrap_or(0)).date();
            (date.clone(), DayFigures { date, ..DayFigures::default() })
        })
        .collect();
    for one in made.iter().filter(|one| one.state == State::Confirmed) {
        let Some(day) = days.get_mut(&one.at.date()) else { continue };
        match one.verdict.as_str() {
            "approve" => day.approved += 1,
            "decline" => day.declined += 1,
            _ => day.marked += 1,
        }
    }
    Figures {
        days: days.into_values().collect(),
        all: spread(&made.iter().collect::<Vec<_>>()),
        by_reviewer: by(made, |made| &made.by),
        by_template: by(made, |made| &made.template),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(by: &str, verdict: &str, day: u32, waited: u64) -> CountedDecision {
        let at = Timestamp::from_micros(1_795_000_000_000_000).minus(DAY * day);
        let waiting_since = at.minus(Duration::from_secs(waited));
        let state = if waited == 7 { State::Refused } else { State::Confirmed };
        CountedDecision { by: by.into(), template: "KYC".into(), verdict: verdict.into(), at, waiting_since, state }
    }

    #[test]
    fn ranks_are_those_of_the_values_themselves() {
        // The decision after 7 seconds was refused, so it has no rank.
        let all: Vec<CountedDecision> = (1..=21).map(|n| made("Maya", "approve", 0, n)).collect();
        let spread = figures(&all, Timestamp::from_micros(1_795_000_000_000_000)).all;
        assert_eq!(
            spread,
            Spread { ends: Ends { confirmed: 20, refused: 1, ..Ends::default() }, p50: 11, p75: 16, p95: 20 }
        );
        assert_eq!(super::spread(&[]), Spread::default());
        assert_eq!(super::spread(&[&made("Maya", "approve", 0, 5)]).p95, 5);
    }

    #[test]
    fn every_day_stands_there_and_who_decides_most_comes_first() {
        let all = [
            made("Jo", "decline", 0, 5),
            made("Maya", "approve", 2, 5),
            made("Maya", "mark-for-review", 2, 5),
            made("Maya", "approve", 40, 5),
        ];
        let found = figures(&all, Timestamp::from_micros(1_795_000_000_000_000));
        assert_eq!(found.days.len(), 30);
        assert!(found.days.is_sorted_by(|a, b| a.date < b.date));
        assert_eq!(found.days.last().map(|day| (day.declined, day.total())), Some((1, 1)));
        assert_eq!(found.days.iter().map(DayFigures::total).sum::<usize>(), 3, "older decisions belong to no day");
        assert_eq!(
            found.by_reviewer.first().map(|(name, spread)| (name.as_str(), spread.ends.confirmed)),
            Some(("Maya", 3))
        );
    }

    #[test]
    fn only_what_persona_confirmed_counts_as_decided() {
        let all: Vec<CountedDecision> =
            State::ALL.iter().map(|state| CountedDecision { state: *state, ..made("Maya", "approve", 0, 5) }).collect();
        let found = figures(&all, Timestamp::from_micros(1_795_000_000_000_000));
        let ends = Ends { confirmed: 1, pending: 5, refused: 1, withdrawn: 1, not_done: 2 };
        assert_eq!((found.all.ends, found.by_reviewer[0].1.ends, found.by_template[0].1.ends), (ends, ends, ends));
        assert_eq!(found.days.iter().map(DayFigures::total).sum::<usize>(), 1);
        assert!(!ends.is_empty() && Ends::default().is_empty());
    }
}
