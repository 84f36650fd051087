//! A circuit breaker: when Persona fails again and again, the desk makes no calls for a while. Then one call probes
//! Persona before all others follow.
use std::time::Duration;

use super::time::Timestamp;

/// Failures in a row that open it.
const IN_A_ROW: u32 = 5;
/// It also opens when half of this many last calls failed.
const LOOKED_AT: u32 = 20;
/// The first pause; each one after a failed probe is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// The last calls, newest in the lowest bit; a one is a failure.
    recent: u32,
    seen: u32,
    in_a_row: u32,
    /// Until when it is open, and how often in a row it has opened; `None` while it is closed.
    open: Option<OpenCircuit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OpenCircuit {
    until: Timestamp,
    round: u32,
    /// Until when the other calls wait for a probe that is under way.
    probe: Option<Timestamp>,
}

impl CircuitBreaker {
    /// Whether a call may be made now, or how long to wait. The first call after a pause is the probe.
    pub fn may(&mut self, now: Timestamp) -> Result<(), Duration> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let wait = wait(open, now);
        if wait.is_zero() {
            open.probe = Some(now.plus(LONGEST_PAUSE));
            Ok(())
        } else {
            Err(wait)
        }
    }

    /// How long a call would have to wait, without making one.
    pub fn wait(&self, now: Timestamp) -> Duration {
        self.open.as_ref().map_or(Duration::ZERO, |open| wait(open, now))
    }

    pub fn done(&mut self, failed: bool, now: Timestamp) {
        self.recent = (self.recent << 1) | u32::from(failed);
        self.seen = (self.seen + 1).min(LOOKED_AT);
        self.in_a_row = if failed { self.in_a_row + 1 } else { 0 };
        match (&self.open, failed) {
            (Some(open), false) if open.probe.is_some() => *self = Self::default(),
            (Some(open), true) if open.probe.is_some() => {
                let round = open.round + 1;
                self.open = Some(OpenCircuit { until: now.plus(pause(round)), round, probe: None });
            }
            // The result of a call that began before it opened says nothing new.
            (Some(_), _) | (None, false) => {}
            (None, true) => {
                let failures = (self.recent & ((1 << LOOKED_AT) - 1)).count_ones();
                let half = self.seen == LOOKED_AT && failures * 2 >= LOOKED_AT;
                if self.in_a_row >= IN_A_ROW || half {
                    self.open = Some(OpenCircuit { until: now.plus(pause(0)), round: 0, probe: None });
                }
            }
        }
    }
}

fn pause(round: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(round)).min(LONGEST_PAUSE)
}

fn wait(open: &OpenCircuit, now: Timestamp) -> Duration {
    let until = open.probe.unwrap_or(open.until);
    // A clock that was set back must not keep it open for days.
    if now >= until || until.since(now) > LONGEST_PAUSE { Duration::ZERO } else { until.since(now) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(1_795_000_000_000_000).plus(Duration::from_secs(seconds))
    }

    fn broken() -> CircuitBreaker {
        let mut breaker = CircuitBreaker::default();
        for _ in 0..IN_A_ROW {
            assert_eq!(breaker.may(at(0)), Ok(()));
            breaker.done(true, at(0));
        }
        breaker
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_one_probe_closes_it() {
        let mut breaker = broken();
        assert_eq!(breaker.may(at(0)), Err(Duration::from_secs(2)));
        assert_eq!(breaker.may(at(2)), Ok(()), "the probe");
        assert!(breaker.may(at(2)).is_err(), "and only one");
        breaker.done(false, at(3));
        assert_eq!(breaker, CircuitBreaker::default());
    }

    #[test]
    fn pauses_grow_to_a_minute_and_a_lost_probe_is_followed_by_another() {
        let mut breaker = broken();
        let mut now = 2;
        for _ in 0..10 {
            assert_eq!(breaker.may(at(now)), Ok(()));
            breaker.done(true, at(now));
            let wait = breaker.wait(at(now));
            assert!(wait <= LONGEST_PAUSE);
            now += wait.as_secs();
        }
        assert_eq!(breaker.may(at(now)), Ok(()));
        assert_eq!(breaker.may(at(now + 60)), Ok(()), "the probe never came back");
    }

    #[test]
    fn half_of_twenty_open_it_and_less_does_not() {
        let mut breaker = CircuitBreaker::default();
        for n in 0..40 {
            breaker.done(n % 3 == 0, at(0));
        }
        assert_eq!(breaker.wait(at(0)), Duration::ZERO);
        for n in 0..40 {
            breaker.done(n % 2 == 0, at(0));
        }
        assert!(breaker.wait(at(0)) > Duration::ZERO);
    }

    #[test]
    fn a_clock_set_back_does_not_keep_it_open() {
        let mut breaker = broken();
        let back = at(0).minus(Duration::from_secs(2 * 86_400));
        assert_eq!(breaker.may(back), Ok(()));
    }
}
