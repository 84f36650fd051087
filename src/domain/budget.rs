//! How many calls may still be made in this minute. Persona counts per organisation and environment, in fixed windows
//! (CONTRACT.md section 3), so all replicas draw on one budget.
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// The priority of a call when the budget runs short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lane {
    /// Decisions and links: may use the whole window.
    Decision,
    /// Calls that a person waits for.
    Page,
    /// Filling and refreshing the mirror: never the last fifth of a window.
    Background,
}

impl Lane {
    pub const ALL: [Self; 3] = [Self::Decision, Self::Page, Self::Background];

    /// The number of calls that this lane leaves to the lanes before it.
    const fn leaves(self, limit: u32) -> u32 {
        match self {
            Self::Decision => 0,
            Self::Page => limit / 20,
            Self::Background => limit / 5,
        }
    }
}

/// Persona's window, unless an answer says otherwise.
const WINDOW: Duration = Duration::from_secs(60);
/// No window is believed to last longer: odd headers and jumping clocks must not stop the desk for ever.
const LONGEST_WINDOW: Duration = Duration::from_secs(120);
/// Two answers whose ends are at most this far apart are about the same window.
const SAME_WINDOW: Duration = Duration::from_secs(2);
/// Persona's limit for an organisation, until an answer says otherwise.
const LIMIT: u32 = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    pub limit: u32,
    pub remaining: u32,
    pub resets: Timestamp,
}

impl Budget {
    pub fn new(now: Timestamp) -> Self {
        Self { limit: LIMIT, remaining: LIMIT, resets: now.plus(WINDOW) }
    }

    fn over(&self, now: Timestamp) -> bool {
        now >= self.resets || self.resets.since(now) > LONGEST_WINDOW
    }

    /// Takes one call out of the budget, or says how long to wait before asking again.
    pub fn take(&mut self, lane: Lane, now: Timestamp) -> Result<(), Duration> {
        if self.over(now) {
            self.remaining = self.limit;
            self.resets = now.plus(WINDOW);
        }
        if self.remaining > lane.leaves(self.limit) {
            self.remaining -= 1;
            Ok(())
        } else {
            Err(self.resets.since(now).max(Duration::from_millis(50)))
        }
    }

    /// Takes over what an answer says about the window: its limit, the calls left, and the seconds until it ends.
    pub fn note(&mut self, limit: u32, remaining: u32, reset: u32, now: Timestamp) {
        let resets = now.plus(Duration::from_secs(u64::from(reset)).min(LONGEST_WINDOW));
        let apart = if resets > self.resets { resets.since(self.resets) } else { self.resets.since(resets) };
        let limit = limit.max(1);
        // An answer with a new limit is more reliable than our own count.
        let same = limit == self.limit && apart <= SAME_WINDOW && !self.over(now);
        self.remaining = if same {
            // Persona has not counted our calls that are still under way, so the smaller number is right.
            self.remaining.min(remaining).min(limit)
        } else {
            remaining.min(limit)
        };
        self.limit = limit;
        self.resets = resets;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    fn at(seconds: u64) -> Timestamp {
        START.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn decisions_come_before_pages_and_pages_before_the_rest() {
        let mut budget = Budget { limit: 100, remaining: 100, resets: at(60) };
        let mut taken = |lane| {
            let mut n = 0;
            while budget.take(lane, START).is_ok() {
                n += 1;
            }
            n
        };
        assert_eq!((taken(Lane::Background), taken(Lane::Page), taken(Lane::Decision)), (80, 15, 5));
    }

    #[test]
    fn the_next_window_is_a_full_one() {
        let mut budget = Budget { limit: 2, remaining: 0, resets: at(10) };
        assert_eq!(budget.take(Lane::Decision, START), Err(Duration::from_secs(10)));
        assert_eq!(budget.take(Lane::Decision, at(10)), Ok(()));
        assert_eq!(budget.remaining, 1);
    }

    #[test]
    fn an_answer_that_left_before_other_calls_does_not_give_them_back() {
        let mut budget = Budget { limit: 300, remaining: 10, resets: at(60) };
        budget.note(300, 40, 59, at(1));
        assert_eq!(budget.remaining, 10);
        budget.note(300, 299, 60, at(61));
        assert_eq!(budget.remaining, 299, "another window");
    }

    #[test]
    fn odd_headers_and_clocks_that_jump_stop_nobody_for_long() {
        let mut budget = Budget::new(START);
        budget.note(0, 0, u32::MAX, START);
        assert!(budget.take(Lane::Decision, START).is_err_and(|wait| wait <= LONGEST_WINDOW));
        // Two days back: a window that ends in two days is ignored.
        let back = START.minus(Duration::from_secs(2 * 86_400));
        assert_eq!(budget.take(Lane::Decision, back), Ok(()));
    }

    #[test]
    fn three_replicas_on_one_budget_stay_within_the_limit_of_each_window() {
        for seed in 0..20_u64 {
            let mut draw = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut next = move |below: u64| {
                draw ^= draw << 13;
                draw ^= draw >> 7;
                draw ^= draw << 17;
                draw % below
            };
            let mut budget = Budget { limit: 300, remaining: 300, resets: at(60) };
            // Persona's side: fixed windows, and answers that come back late and in any order.
            let (mut counted, mut answers): (Vec<u32>, Vec<(u64, u32)>) = (vec![0; 61], vec![]);
            for tenth in 0..36_000_u64 {
                let (second, now) = (tenth / 10, START.plus(Duration::from_millis(tenth * 100)));
                for _ in 0..next(5) {
                    let lane = Lane::ALL[usize::try_from(next(3)).unwrap_or(0)];
                    if budget.take(lane, now).is_ok() {
                        let window = usize::try_from(second / 60).unwrap_or(0);
                        counted[window] += 1;
                        answers.push((second, 300_u32.saturating_sub(counted[window])));
                    }
                }
                if !answers.is_empty() && next(3) > 0 {
                    let at = usize::try_from(next(answers.len() as u64)).unwrap_or(0);
                    let (sent, remaining) = answers.swap_remove(at);
                    if sent / 60 == second / 60 {
                        let reset = u32::try_from(60 - second % 60).unwrap_or(0);
                        budget.note(300, remaining, reset, now);
                    }
                }
            }
            assert!(counted.iter().all(|n| *n <= 300), "seed {seed}: {counted:?}");
        }
    }
}
