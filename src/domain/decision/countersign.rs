//! What the checker of a decision may say to it.
use super::super::id::ReviewerId;
use super::state::State;
use super::{Decision, LONGEST_COMMENT, Reading, Refusal};

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
