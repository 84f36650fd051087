//! A claim: a lease on an inquiry. It shows colleagues who works on the inquiry, and they cannot decide it meanwhile.
//! After its end the inquiry is unclaimed, even if a page still shows the claim.
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::id::ReviewerId;
use super::time::Timestamp;

/// How long a claim lasts without its page being open.
pub const LEASE: Duration = Duration::from_secs(180);
/// How often an open page renews it.
pub const RENEW: Duration = Duration::from_secs(60);
/// Longest reason for taking one over, or for passing an inquiry on, in characters.
pub const LONGEST_REASON: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub by: ReviewerId,
    pub by_name: String,
    pub since: Timestamp,
    pub until: Timestamp,
}

impl Claim {
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// Whether another reviewer holds it at this time.
    pub fn bars(&self, who: ReviewerId, now: Timestamp) -> bool {
        self.by != who && self.holds(now)
    }
}

/// The result of asking for a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking {
    /// It was unclaimed, or the claim had expired.
    New,
    /// The same reviewer had it, and now has it for longer.
    Renewed,
    /// A colleague had it, and the reviewer gave a reason.
    TakenOver,
    /// A colleague has it.
    Held,
}

pub fn take(known: Option<&Claim>, who: ReviewerId, reason: Option<&str>, now: Timestamp) -> Taking {
    match known {
        Some(claim) if claim.bars(who, now) => {
            if reason.is_some_and(|reason| !reason.trim().is_empty()) {
                Taking::TakenOver
            } else {
                Taking::Held
            }
        }
        Some(claim) if claim.by == who && claim.holds(now) => Taking::Renewed,
        _ => Taking::New,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_lapsed_claim_is_nobodys_and_a_held_one_needs_a_reason() {
        let (maya, jo) = (ReviewerId(Uuid::from_u128(1)), ReviewerId(Uuid::from_u128(2)));
        let start = Timestamp::from_micros(1_795_000_000_000_000);
        let claim = Claim { by: maya, by_name: "Maya".into(), since: start, until: start.plus(LEASE) };
        let at = |seconds| start.plus(Duration::from_secs(seconds));
        assert_eq!(take(None, jo, None, start), Taking::New);
        assert_eq!(take(Some(&claim), maya, None, at(179)), Taking::Renewed);
        assert_eq!(take(Some(&claim), maya, None, at(180)), Taking::New);
        assert_eq!(take(Some(&claim), jo, None, at(179)), Taking::Held);
        assert_eq!(take(Some(&claim), jo, Some("  "), at(179)), Taking::Held);
        assert_eq!(take(Some(&claim), jo, Some("Maya is ill"), at(179)), Taking::TakenOver);
        assert_eq!(take(Some(&claim), jo, None, at(180)), Taking::New);
    }
}
