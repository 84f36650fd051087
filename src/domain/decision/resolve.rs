//! How a reviewer resolves a decision whose outcome at Persona is unknown.
use super::state::State;
use super::{LONGEST_COMMENT, Refusal};

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
