//! A delivery: one call on its way to Persona. What to do after each answer is one pure rule, because getting it wrong
//! doubles or loses a decision.
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// The calls that change something at Persona.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "action")]
pub enum Action {
    Approve { comment: String },
    Decline { comment: String },
    MarkForReview,
    SetStatus { status: String },
    OneTimeLink { expires_in_seconds: u32 },
}

impl Action {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Approve { .. } => "approve",
            Self::Decline { .. } => "decline",
            Self::MarkForReview => "mark-for-review",
            Self::SetStatus { .. } => "set-status",
            Self::OneTimeLink { .. } => "one-time-link",
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx.
    Done,
    /// Never reached Persona, or no answer came: what happened is not known.
    NoAnswer,
    /// 429: refused before anything was stored.
    Limited { wait: Duration },
    /// 401 or 403: our key, not the decision, is at fault.
    NotAuthorised,
    /// 5xx: Persona has stored this answer under the key, so the same key gives it again for ever.
    Broken,
    /// Any other 4xx: understood and refused.
    Refused,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Confirm,
    /// Ask Persona how the object stands before anything else.
    ReadBack,
    /// Send again later under the same key.
    SameKey {
        at: Timestamp,
    },
    /// The key's life is nearly over: after it, the same key would run the call again.
    AskAPerson,
}

/// Persona keeps a key at least 24 hours; older than this it is not relied on (CONTRACT.md section 5).
pub const KEY_LIFE: Duration = Duration::from_secs(20 * 3600);

/// Longest pause between attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// 2, 4, 8, … 300 seconds, each stretched by up to a half. `spread` is a random value in 0..=255.
pub fn pause(attempts: u32, spread: u8) -> Duration {
    let base = Duration::from_secs(2_u64.saturating_pow(attempts.clamp(1, 9))).min(LONGEST_PAUSE);
    base + base.mul_f64(f64::from(spread) / 512.0)
}

/// After an attempt of the current key.
pub fn after(outcome: &Outcome, attempts: u32, first_sent_at: Timestamp, now: Timestamp, spread: u8) -> Next {
    let old = now.since(first_sent_at) >= KEY_LIFE;
    match outcome {
        Outcome::Done => Next::Confirm,
        Outcome::Refused | Outcome::Broken => Next::ReadBack,
        Outcome::NoAnswer if old => Next::AskAPerson,
        Outcome::NoAnswer => Next::SameKey { at: now.plus(pause(attempts, spread)) },
        Outcome::Limited { wait } => {
            Next::SameKey { at: now.plus((*wait).clamp(Duration::from_secs(1), LONGEST_PAUSE)) }
        }
        Outcome::NotAuthorised => Next::SameKey { at: now.plus(LONGEST_PAUSE) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    #[test]
    fn silence_keeps_the_key_and_a_stored_failure_does_not() {
        let soon = START.plus(Duration::from_secs(5));
        assert!(matches!(after(&Outcome::NoAnswer, 1, START, soon, 0), Next::SameKey { .. }));
        assert_eq!(after(&Outcome::Broken, 1, START, soon, 0), Next::ReadBack);
        assert_eq!(after(&Outcome::Refused, 1, START, soon, 0), Next::ReadBack);
    }

    #[test]
    fn an_old_key_is_not_sent_again() {
        let later = START.plus(KEY_LIFE);
        assert_eq!(after(&Outcome::NoAnswer, 40, START, later, 0), Next::AskAPerson);
    }

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!(pause(1, 0), Duration::from_secs(2));
        assert_eq!(pause(3, 0), Duration::from_secs(8));
        assert_eq!(pause(60, 0), Duration::from_secs(300));
        assert!(pause(60, 255) < Duration::from_secs(450));
    }

    #[test]
    fn odd_limits_are_bounded() {
        let wait = |secs| after(&Outcome::Limited { wait: Duration::from_secs(secs) }, 1, START, START, 0);
        assert_eq!(wait(0), Next::SameKey { at: START.plus(Duration::from_secs(1)) });
        assert_eq!(wait(1_000_000_000), Next::SameKey { at: START.plus(LONGEST_PAUSE) });
    }
}
