//! When a decision, or its countersign, can be undone.
use super::super::id::ReviewerId;
use super::super::time::Timestamp;
use super::state::State;
use super::{Decision, Refusal};

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
