//! What can still be done with a decision after it is made: the maker withdraws it, the checker countersigns or refuses
//! it, or a reviewer resolves it when its outcome is unknown.
use super::decision::{Decision, LONGEST_COMMENT, Reading, Refusal, State};
use super::id::ReviewerId;
use super::time::Timestamp;

/// How a reviewer resolves a decision whose outcome at Persona is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// Persona has it.
    There,
    /// Persona does not have it: the object may be decided again.
    NotThere,
}

impl Settlement {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "there" => Some(Self::There),
            "not-there" => Some(Self::NotThere),
            _ => None,
        }
    }

    pub const fn leads_to(self) -> State {
        match self {
            Self::There => State::Confirmed,
            Self::NotThere => State::Rejected,
        }
    }
}

/// Whether a reviewer may resolve a decision in this state, with this text about what they saw at Persona.
pub fn settle(state: State, look: &str) -> Result<(), Refusal> {
    if state != State::Unknown {
        return Err(Refusal::Settled { state });
    }
    match look.trim().chars().count() {
        0 => Err(Refusal::LookMissing),
        1..=LONGEST_COMMENT => Ok(()),
        _ => Err(Refusal::CommentTooLong),
    }
}

/// Whether a reviewer may withdraw a decision: only while nothing can have been sent. The maker may, and so may the
/// checker who has just countersigned it; the caller decides what that withdrawal means.
pub fn withdraw(
    decision: &Decision,
    by: ReviewerId,
    checker: Option<ReviewerId>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let held = match decision.state {
        State::Proposed => decision.hold_until.is_some_and(|until| now < until),
        State::AwaitingCountersign => true,
        _ => false,
    };
    if !held {
        let state = if decision.state == State::Proposed { State::Queued } else { decision.state };
        return Err(Refusal::TooLate { state });
    }
    if by != decision.reviewer_id && checker != Some(by) {
        return Err(Refusal::NotYours { by: decision.reviewer_name.clone() });
    }
    Ok(())
}

/// What the checker says to a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    Countersign,
    Refuse { why: String },
}

impl Consent {
    pub fn parse(text: &str, why: String) -> Option<Self> {
        match text {
            "countersign" => Some(Self::Countersign),
            "refuse" => Some(Self::Refuse { why }),
            _ => None,
        }
    }
}

/// Whether the checker may say that. `seen_version` is the version of the evidence that they saw, `now_version` the
/// current one, and `opened` whether the audit log says that they opened it.
pub fn consent(
    decision: &Decision,
    by: ReviewerId,
    said: &Consent,
    seen_version: i64,
    now_version: i64,
    evidence: Reading,
    opened: bool,
) -> Result<(), Refusal> {
    if decision.state != State::AwaitingCountersign {
        return Err(Refusal::NotAwaiting { state: decision.state });
    }
    if by == decision.reviewer_id {
        return Err(Refusal::Own);
    }
    match said {
        Consent::Refuse { why } => match why.trim().chars().count() {
            0 => Err(Refusal::WhyMissing),
            1..=LONGEST_COMMENT => Ok(()),
            _ => Err(Refusal::CommentTooLong),
        },
        Consent::Countersign if seen_version != now_version => {
            Err(Refusal::Stale { seen: seen_version, now: now_version })
        }
        Consent::Countersign if decision.seen_version != now_version => {
            Err(Refusal::MadeOnOther { by: decision.reviewer_name.clone() })
        }
        Consent::Countersign if evidence == Reading::Unread => Err(Refusal::Unread),
        Consent::Countersign if evidence == Reading::Changing => Err(Refusal::Changing),
        Consent::Countersign if !opened => Err(Refusal::NotOpened),
        Consent::Countersign => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_could_tell_is_settled_by_a_person() {
        assert_eq!(settle(State::Unknown, "approved in the dashboard by us"), Ok(()));
        assert_eq!(settle(State::Unknown, "  "), Err(Refusal::LookMissing));
        for state in State::ALL.into_iter().filter(|state| *state != State::Unknown) {
            assert_eq!(settle(state, "x"), Err(Refusal::Settled { state }));
        }
        for settlement in [Settlement::There, Settlement::NotThere] {
            assert!(State::Unknown.may_become(settlement.leads_to()));
        }
    }
}
