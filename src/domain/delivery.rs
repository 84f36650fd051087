//! A delivery: one call to Persona, sent until its outcome is known. What to do after each answer is one pure rule,
//! because a mistake would double or lose a decision.
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::id::{AssignmentId, DecisionId, LinkId};
use super::time::Timestamp;

/// The calls that change something at Persona.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "action")]
pub enum Action {
    Approve {
        comment: String,
    },
    Decline {
        comment: String,
    },
    MarkForReview,
    SetStatus {
        status: String,
    },
    OneTimeLink {
        expires_in_seconds: u32,
    },
    /// Assigns a case to the person whom Persona knows by this address.
    Assign {
        email: String,
    },
}

/// What a delivery is for, and what ends with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryCause {
    Decision(DecisionId),
    Link(LinkId),
    Assignment(AssignmentId),
}

impl Action {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Approve { .. } => "approve",
            Self::Decline { .. } => "decline",
            Self::MarkForReview => "mark-for-review",
            Self::SetStatus { .. } => "set-status",
            Self::OneTimeLink { .. } => "one-time-link",
            Self::Assign { .. } => "assign",
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// 2xx.
    Done,
    /// Never reached Persona, or no answer came: what happened is not known.
    NoAnswer,
    /// 429: refused before anything was stored.
    Limited { wait: Duration },
    /// 401: our key, not the decision, is at fault; nothing was stored.
    NotAuthorised,
    /// 403: the same, but Persona stored this answer under the key.
    Forbidden,
    /// 500: Persona has stored this answer under the key, so the same key always gets it again.
    Broken,
    /// 502, 503, 504: a gateway may have answered, and Persona may still be processing the call.
    Gateway,
    /// 408, or a record that changed during the call: the same call may succeed in a moment.
    Passing,
    /// Any other 4xx: understood and refused.
    Refused,
}

/// The state of the object at Persona.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonaState {
    /// In the state that the decision leads to, with our decision ID on it (or it is a call that leaves no mark).
    Ours,
    /// In the state that the decision leads to, no matter who did it.
    There,
    /// In a state from which the decision is possible.
    Open,
    /// In another state: decided otherwise, expired, redacted.
    Elsewhere,
}

/// What to do next in an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStep {
    /// Ask Persona for the state of the object.
    Look,
    Send,
    End(Next),
}

/// How an attempt ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Confirm,
    /// Persona refuses the call.
    Fail,
    /// The object is in the state that the decision leads to, and someone else did it.
    Supersede,
    SameKey {
        at: Timestamp,
    },
    /// Only after a look at the object; the desk looks again before it sends.
    NewKey {
        at: Timestamp,
    },
    AskAPerson,
}

/// What is known of a delivery when an attempt begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryAttempt {
    /// The number of attempts, including this one.
    pub attempts: u32,
    pub generation: i64,
    pub first_sent_at: Timestamp,
    pub now: Timestamp,
    /// A random value, so that deliveries that failed together are not tried again together.
    pub spread: u8,
}

/// Persona stores a key for at least 24 hours. The desk does not rely on a key that is older than this (CONTRACT.md
/// section 5): once it is pruned, the same key runs the call again.
pub const KEY_LIFE: Duration = Duration::from_secs(20 * 3600);
/// No attempt takes longer than this: until then, one without an answer can still arrive.
pub const ARRIVES_WITHIN: Duration = Duration::from_secs(60);
/// Longest pause between attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// The number of attempts under one key that a gateway answered, or that may collide with one still running, before the
/// key is given up.
const MOST_UNSURE: u32 = 5;

/// 2, 4, 8, … 300 seconds, each stretched by up to a half.
pub fn pause(attempts: u32, spread: u8) -> Duration {
    let base = Duration::from_secs(2_u64.saturating_pow(attempts.clamp(1, 9))).min(LONGEST_PAUSE);
    base + base.mul_f64(f64::from(spread) / 512.0)
}

impl DeliveryAttempt {
    fn key_is_old(&self) -> bool {
        self.now.since(self.first_sent_at) >= KEY_LIFE
    }

    fn sent_before(&self) -> bool {
        self.attempts > 1 || self.generation > 1
    }

    fn later(&self) -> Timestamp {
        self.now.plus(pause(self.attempts, self.spread))
    }

    /// After looking, before sending.
    pub fn before(&self, seen: PersonaState) -> DeliveryStep {
        DeliveryStep::End(match seen {
            PersonaState::Ours => Next::Confirm,
            // Our decision would carry its ID: it is someone else's decision, or ours without the ID.
            PersonaState::There if self.sent_before() => Next::AskAPerson,
            PersonaState::There => Next::Supersede,
            PersonaState::Open if self.key_is_old() => Next::NewKey { at: self.now },
            PersonaState::Open => return DeliveryStep::Send,
            // Our call may have been carried out, and then undone by someone.
            PersonaState::Elsewhere if self.sent_before() => Next::AskAPerson,
            PersonaState::Elsewhere => Next::Fail,
        })
    }

    /// After sending.
    pub fn end(&self, outcome: AttemptOutcome) -> DeliveryStep {
        DeliveryStep::End(match outcome {
            AttemptOutcome::Done => Next::Confirm,
            AttemptOutcome::NoAnswer | AttemptOutcome::Passing => Next::SameKey { at: self.later() },
            AttemptOutcome::Limited { wait } => {
                Next::SameKey { at: self.now.plus(wait.clamp(Duration::from_secs(1), LONGEST_PAUSE)) }
            }
            AttemptOutcome::NotAuthorised => Next::SameKey { at: self.now.plus(LONGEST_PAUSE) },
            AttemptOutcome::Forbidden => Next::NewKey { at: self.now.plus(LONGEST_PAUSE) },
            AttemptOutcome::Broken | AttemptOutcome::Gateway | AttemptOutcome::Refused => return DeliveryStep::Look,
        })
    }

    /// After sending and looking.
    pub fn end_seen(&self, outcome: AttemptOutcome, seen: PersonaState) -> Next {
        let unsure = self.attempts < MOST_UNSURE;
        match (outcome, seen) {
            (_, PersonaState::Ours) => Next::Confirm,
            (AttemptOutcome::Refused, PersonaState::There) => Next::Supersede,
            (AttemptOutcome::Refused, PersonaState::Elsewhere) => Next::Fail,
            // An earlier attempt may still be running, and this is Persona's way of saying so.
            (AttemptOutcome::Refused, PersonaState::Open) if self.attempts > 1 && unsure => {
                Next::SameKey { at: self.later() }
            }
            (AttemptOutcome::Refused, PersonaState::Open) if self.attempts > 1 => Next::AskAPerson,
            (AttemptOutcome::Refused, PersonaState::Open) => Next::Fail,
            (_, PersonaState::There | PersonaState::Elsewhere) => Next::AskAPerson,
            (AttemptOutcome::Gateway, PersonaState::Open) if unsure => Next::SameKey { at: self.later() },
            (_, PersonaState::Open) => Next::NewKey { at: self.later() },
        }
    }
}

/// One attempt from its first step to its end: it takes the result of each step and returns the next step. The job runs
/// it over HTTP, the simulator against its own Persona.
#[derive(Debug, Clone, Copy)]
pub struct AttemptCourse {
    attempt: DeliveryAttempt,
    /// Whether Persona's object shows that the call was made: a one-time link leaves nothing to look at, and a second
    /// one does no harm.
    shows: bool,
    said: Option<AttemptOutcome>,
}

impl AttemptCourse {
    /// The desk looks at the object before it sends anything: Persona states no precondition, and would let an approval
    /// replace a decline of a moment ago.
    pub const fn begin(attempt: DeliveryAttempt, shows: bool) -> (Self, DeliveryStep) {
        let step = if shows { DeliveryStep::Look } else { DeliveryStep::Send };
        (Self { attempt, shows, said: None }, step)
    }

    /// Takes what a look showed; `None` when Persona could not be asked.
    pub fn looked(&self, seen: Option<PersonaState>) -> DeliveryStep {
        match (self.said, seen) {
            (None, Some(seen)) => self.attempt.before(seen),
            (Some(said), Some(seen)) => DeliveryStep::End(self.attempt.end_seen(said, seen)),
            // Before sending: nothing is sent without a look. After sending: the same key gets the stored answer again,
            // and then the desk looks again, so nothing can be doubled.
            (_, None) => DeliveryStep::End(Next::SameKey { at: self.attempt.later() }),
        }
    }

    /// Takes the answer to the call.
    pub fn answered(&mut self, outcome: AttemptOutcome, now: Timestamp) -> DeliveryStep {
        self.attempt.now = now;
        self.said = Some(outcome);
        match (self.attempt.end(outcome), outcome) {
            (DeliveryStep::Look, AttemptOutcome::Refused) if !self.shows => DeliveryStep::End(Next::Fail),
            (DeliveryStep::Look, _) if !self.shows => {
                DeliveryStep::End(self.attempt.end_seen(AttemptOutcome::Broken, PersonaState::Open))
            }
            (step, _) => step,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    fn attempt(attempts: u32, after: u64) -> DeliveryAttempt {
        let now = START.plus(Duration::from_secs(after));
        DeliveryAttempt { attempts, generation: 1, first_sent_at: START, now, spread: 0 }
    }

    #[test]
    fn silence_keeps_the_key_and_a_stored_failure_does_not() {
        assert!(matches!(attempt(1, 5).end(AttemptOutcome::NoAnswer), DeliveryStep::End(Next::SameKey { .. })));
        assert_eq!(attempt(1, 5).end(AttemptOutcome::Broken), DeliveryStep::Look);
        assert!(matches!(attempt(1, 5).end_seen(AttemptOutcome::Broken, PersonaState::Open), Next::NewKey { .. }));
        assert_eq!(attempt(1, 5).end_seen(AttemptOutcome::Broken, PersonaState::Ours), Next::Confirm);
    }

    #[test]
    fn an_old_key_is_never_sent_again() {
        let old = attempt(40, KEY_LIFE.as_secs());
        for seen in [PersonaState::Ours, PersonaState::There, PersonaState::Open, PersonaState::Elsewhere] {
            assert_ne!(old.before(seen), DeliveryStep::Send);
        }
    }

    #[test]
    fn nothing_that_shows_is_sent_unseen() {
        for attempt in
            [attempt(1, 0), attempt(2, 5), DeliveryAttempt { generation: 2, ..attempt(1, 0) }, attempt(1, 600)]
        {
            assert_eq!(AttemptCourse::begin(attempt, true).1, DeliveryStep::Look);
            assert_eq!(AttemptCourse::begin(attempt, false).1, DeliveryStep::Send, "a link leaves nothing to look at");
        }
        assert_eq!(attempt(1, 0).before(PersonaState::Open), DeliveryStep::Send);
    }

    #[test]
    fn what_somebody_else_did_is_not_ours() {
        assert_eq!(attempt(1, 600).before(PersonaState::There), DeliveryStep::End(Next::Supersede));
        assert_eq!(attempt(1, 600).before(PersonaState::Elsewhere), DeliveryStep::End(Next::Fail));
        assert_eq!(attempt(1, 1).end_seen(AttemptOutcome::Refused, PersonaState::There), Next::Supersede);
    }

    #[test]
    fn when_nobody_can_tell_a_person_is_asked() {
        assert_eq!(attempt(3, 600).before(PersonaState::Elsewhere), DeliveryStep::End(Next::AskAPerson));
        // In that state without our ID: someone else may have been faster, while our call did not arrive.
        assert_eq!(attempt(3, 600).before(PersonaState::There), DeliveryStep::End(Next::AskAPerson));
        assert_eq!(attempt(1, 1).end_seen(AttemptOutcome::Broken, PersonaState::There), Next::AskAPerson);
        assert_eq!(attempt(1, 1).end_seen(AttemptOutcome::Broken, PersonaState::Elsewhere), Next::AskAPerson);
        assert_eq!(attempt(5, 60).end_seen(AttemptOutcome::Refused, PersonaState::Open), Next::AskAPerson);
    }

    #[test]
    fn a_refusal_while_an_earlier_attempt_may_run_is_not_final() {
        assert!(matches!(attempt(2, 20).end_seen(AttemptOutcome::Refused, PersonaState::Open), Next::SameKey { .. }));
        assert_eq!(attempt(1, 1).end_seen(AttemptOutcome::Refused, PersonaState::Open), Next::Fail);
    }

    #[test]
    fn a_gateway_keeps_the_key_for_a_while() {
        assert!(matches!(attempt(1, 1).end_seen(AttemptOutcome::Gateway, PersonaState::Open), Next::SameKey { .. }));
        assert!(matches!(attempt(5, 60).end_seen(AttemptOutcome::Gateway, PersonaState::Open), Next::NewKey { .. }));
    }

    #[test]
    fn a_stored_403_needs_a_new_key_and_a_401_does_not() {
        assert!(matches!(attempt(1, 1).end(AttemptOutcome::Forbidden), DeliveryStep::End(Next::NewKey { .. })));
        assert!(matches!(attempt(1, 1).end(AttemptOutcome::NotAuthorised), DeliveryStep::End(Next::SameKey { .. })));
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
        let wait = |secs| attempt(1, 0).end(AttemptOutcome::Limited { wait: Duration::from_secs(secs) });
        assert_eq!(wait(0), DeliveryStep::End(Next::SameKey { at: START.plus(Duration::from_secs(1)) }));
        assert_eq!(wait(1_000_000_000), DeliveryStep::End(Next::SameKey { at: START.plus(LONGEST_PAUSE) }));
    }
}
