//! Persona as far as a delivery needs it: keys whose first answer, also a 500, is stored for a day; calls that arrive
//! late; a dashboard where another person decides. It accepts the approval of an approved inquiry, which Persona's
//! documentation does not rule out, so that a second effect becomes visible.
use std::collections::HashMap;
use std::time::Duration;

use countersign::domain::delivery::AttemptOutcome;
use countersign::domain::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Waiting,
    /// By whom: the number of one of the desk's decisions, or `None` for another person.
    Approved(Option<usize>),
    Declined(Option<usize>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Approve,
    Decline,
}

/// A call that is on its way.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    pub decision: usize,
    pub generation: i64,
    pub object: usize,
    pub verdict: Verdict,
}

/// What happens to a call at Persona.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inside {
    Well,
    FailBefore,
    FailAfter,
    Limited,
    Unauthorised,
    Forbidden,
}

pub struct Persona {
    pub objects: Vec<Status>,
    /// How often each decision took effect.
    pub effects: Vec<u32>,
    keys: HashMap<(usize, i64), (AttemptOutcome, Timestamp)>,
    /// Calls that will arrive, with the time.
    late: Vec<(Timestamp, Call)>,
    pub calls: u64,
    pub forgets_keys: bool,
    /// Decisions that arrived after Persona had forgotten the key that would have protected them.
    pub forgotten: Vec<usize>,
}

const KEY_LIFE: Duration = Duration::from_secs(24 * 3600);

impl Persona {
    pub fn new(objects: usize) -> Self {
        Self {
            objects: vec![Status::Waiting; objects],
            effects: Vec::new(),
            keys: HashMap::new(),
            late: Vec::new(),
            calls: 0,
            forgets_keys: false,
            forgotten: Vec::new(),
        }
    }

    pub fn later(&mut self, at: Timestamp, call: Call) {
        self.late.push((at, call));
    }

    pub fn arrive(&mut self, now: Timestamp) {
        let (due, late) = self.late.iter().partition(|(at, _)| *at <= now);
        self.late = late;
        let mut due: Vec<(Timestamp, Call)> = due;
        due.sort_by_key(|(at, _)| *at);
        for (at, call) in due {
            self.take(call, Inside::Well, at);
        }
    }

    pub fn waits_for(&self) -> Option<Timestamp> {
        self.late.iter().map(|(at, _)| *at).min()
    }

    pub fn take(&mut self, call: Call, inside: Inside, now: Timestamp) -> AttemptOutcome {
        self.calls += 1;
        match inside {
            // Persona checks both before the keys, and does not store the answers.
            Inside::Limited => return AttemptOutcome::Limited { wait: Duration::from_secs(20) },
            Inside::Unauthorised => return AttemptOutcome::NotAuthorised,
            _ => {}
        }
        let key = (call.decision, call.generation);
        match self.keys.get(&key) {
            Some((_, at)) if now.since(*at) >= KEY_LIFE => self.forgotten.push(call.decision),
            Some((stored, _)) if !self.forgets_keys => return *stored,
            _ => {}
        }
        let outcome = match inside {
            Inside::Forbidden => AttemptOutcome::Forbidden,
            Inside::FailBefore => AttemptOutcome::Broken,
            Inside::FailAfter => {
                self.apply(call);
                AttemptOutcome::Broken
            }
            _ if self.apply(call) => AttemptOutcome::Done,
            _ => AttemptOutcome::Refused,
        };
        self.keys.insert(key, (outcome, now));
        outcome
    }

    fn apply(&mut self, call: Call) -> bool {
        let by = Some(call.decision);
        let next = match (self.objects[call.object], call.verdict) {
            (Status::Waiting | Status::Approved(_), Verdict::Approve) => Status::Approved(by),
            (Status::Waiting | Status::Declined(_), Verdict::Decline) => Status::Declined(by),
            _ => return false,
        };
        self.objects[call.object] = next;
        self.effects[call.decision] += 1;
        true
    }

    /// A person decides in Persona's dashboard.
    pub fn dashboard(&mut self, object: usize, verdict: Verdict) {
        if self.objects[object] == Status::Waiting {
            self.objects[object] = match verdict {
                Verdict::Approve => Status::Approved(None),
                Verdict::Decline => Status::Declined(None),
            };
        }
    }
}
