//! Everything at the same time, in an order drawn from a seed: replicas that send, crash and sleep past their leases; a
//! network that cuts calls before and after their effect, or delivers them late; a clock that jumps by hours; reviewers
//! who decide and withdraw; a dashboard.
use std::time::Duration;

use countersign::domain::budget::{Budget, Lane};
use countersign::domain::delivery::{AttemptCourse, AttemptOutcome, DeliveryAttempt, DeliveryStep, PersonaState};
use countersign::domain::time::Timestamp;

use crate::outbox::{self, Row, State};
use crate::persona::{Call, Inside, Persona, Status, Verdict};

const OBJECTS: usize = 6;
const REPLICAS: usize = 3;
const UNDO: Duration = Duration::from_secs(10);
/// The desk waits this long for a call, which may still arrive at Persona later.
const CALL: Duration = Duration::from_secs(15);
/// A call that has not reached Persona after this many seconds never arrives.
const LATEST: u64 = 30;

struct Run {
    at: usize,
    held: Row,
    course: AttemptCourse,
    step: DeliveryStep,
}

#[derive(Default)]
struct Replica {
    run: Option<Run>,
    asleep_until: Option<Timestamp>,
}

pub struct World {
    draw: u64,
    now: Timestamp,
    pub persona: Persona,
    pub outbox: Vec<Row>,
    replicas: Vec<Replica>,
    budget: Budget,
    calm: bool,
    seen: Vec<String>,
    pub tell: bool,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let now = Timestamp::from_micros(1_795_000_000_000_000);
        Self {
            draw: seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            now,
            persona: Persona::new(OBJECTS),
            outbox: Vec::new(),
            replicas: (0..REPLICAS).map(|_| Replica::default()).collect(),
            budget: Budget::new(now),
            calm: false,
            seen: Vec::new(),
            tell: false,
        }
    }

    fn below(&mut self, n: u64) -> u64 {
        self.draw ^= self.draw << 13;
        self.draw ^= self.draw >> 7;
        self.draw ^= self.draw << 17;
        self.draw % n
    }

    fn pick(&mut self, n: usize) -> usize {
        usize::try_from(self.below(n as u64)).unwrap_or(0)
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.tell {
            println!("{} {}", self.now.to_text(), what());
        }
    }

    fn pass(&mut self, by: Duration) {
        self.now = self.now.plus(by);
        self.persona.arrive(self.now);
    }

    pub fn run(&mut self, steps: usize) {
        for _ in 0..steps {
            match self.below(100) {
                0..=7 => self.decide(),
                8..=9 => self.undo(),
                10..=11 => {
                    let (object, verdict) = (self.pick(OBJECTS), self.verdict());
                    self.persona.dashboard(object, verdict);
                }
                12..=13 => {
                    let replica = self.pick(REPLICAS);
                    self.say(|| format!("replica {replica} crashes"));
                    self.replicas[replica] = Replica::default();
                }
                14..=15 => {
                    let replica = self.pick(REPLICAS);
                    let until = self.now.plus(Duration::from_secs(5 + self.below(300)));
                    self.replicas[replica].asleep_until = Some(until);
                }
                16..=45 => {
                    let by = Duration::from_millis(self.below(20_000));
                    self.pass(by);
                }
                46..=47 => {
                    let by = Duration::from_secs(self.below(30 * 3600));
                    self.pass(by);
                }
                _ => {
                    let replica = self.pick(REPLICAS);
                    self.work(replica);
                }
            }
        }
        // The faults end, all replicas wake, and in time everything that can be finished is.
        self.calm = true;
        for replica in &mut self.replicas {
            replica.asleep_until = None;
        }
        let mut idle = 0;
        while idle < 400 {
            let before = self.persona.calls;
            for replica in 0..REPLICAS {
                while self.work(replica) {}
            }
            let moving = self.outbox.iter().any(|row| matches!(row.state, State::Waiting | State::Sending));
            if !moving && self.persona.waits_for().is_none() {
                return;
            }
            idle = if self.persona.calls == before { idle + 1 } else { 0 };
            self.pass(Duration::from_secs(20));
        }
        self.seen.push("the outbox does not come to rest".to_owned());
    }

    fn verdict(&mut self) -> Verdict {
        if self.below(2) == 0 { Verdict::Approve } else { Verdict::Decline }
    }

    /// The database allows one decision per object, and only if it believes that the object waits for a decision.
    fn decide(&mut self) {
        let (object, verdict) = (self.pick(OBJECTS), self.verdict());
        let open = |row: &Row| !matches!(row.state, State::Failed | State::Withdrawn | State::Superseded);
        if self.outbox.iter().any(|row| row.object == object && open(row)) {
            return;
        }
        self.say(|| format!("decision {} on {object}: {verdict:?}", self.outbox.len()));
        self.outbox.push(Row {
            object,
            verdict,
            state: State::Waiting,
            generation: 1,
            attempts: 0,
            not_before: self.now.plus(UNDO),
            lease: 0,
            lease_until: self.now,
            first_sent_at: None,
            created_at: self.now,
            finished_at: None,
        });
        self.persona.effects.push(0);
    }

    fn undo(&mut self) {
        if !self.outbox.is_empty() {
            let at = self.pick(self.outbox.len());
            outbox::withdraw(&mut self.outbox[at], self.now);
        }
    }

    /// Performs one step of one replica. Returns false if it had nothing to do.
    fn work(&mut self, replica: usize) -> bool {
        if self.replicas[replica].asleep_until.is_some_and(|until| self.now < until) {
            return false;
        }
        let Some(run) = self.replicas[replica].run.take() else {
            let Some((at, held)) = outbox::claim(&mut self.outbox, self.now) else { return false };
            let attempt = DeliveryAttempt {
                attempts: held.attempts,
                generation: held.generation,
                first_sent_at: held.first_sent_at.unwrap_or(self.now),
                now: self.now,
                spread: u8::try_from(self.below(256)).unwrap_or(0),
            };
            let (course, step) = AttemptCourse::begin(attempt, true);
            self.say(|| {
                format!("replica {replica} takes decision {at}, attempt {}.{}", held.generation, held.attempts)
            });
            self.replicas[replica].run = Some(Run { at, held, course, step });
            return true;
        };
        let Run { at, held, mut course, step } = run;
        let next = match step {
            DeliveryStep::End(next) => {
                let mine = outbox::settle(&mut self.outbox[at], &held, next, self.now);
                self.say(|| format!("decision {at}: {next:?}{}", if mine { "" } else { ", lease lost" }));
                return true;
            }
            DeliveryStep::Look => {
                let seen = self.look(at, &held);
                self.say(|| format!("replica {replica} looks at {}: {seen:?}", held.object));
                course.looked(seen)
            }
            DeliveryStep::Send => {
                if self.budget.take(Lane::Decision, self.now).is_err() {
                    // Waits for the rate limit's window while its lease runs.
                    self.replicas[replica].run = Some(Run { at, held, course, step });
                    self.pass(Duration::from_secs(1));
                    return true;
                }
                if self.now.plus(CALL) > held.lease_until {
                    self.say(|| format!("replica {replica} comes too late for decision {at}"));
                    return true;
                }
                let outcome = self.send(at, &held);
                self.say(|| format!("replica {replica} sends decision {at}: {outcome:?}"));
                course.answered(outcome, self.now)
            }
        };
        self.replicas[replica].run = Some(Run { at, held, course, step: next });
        true
    }

    fn look(&mut self, decision: usize, held: &Row) -> Option<PersonaState> {
        if !self.calm && self.below(6) == 0 {
            return None;
        }
        let ours = Some(decision);
        Some(match (self.persona.objects[held.object], held.verdict) {
            (Status::Waiting, _) => PersonaState::Open,
            (Status::Approved(by), Verdict::Approve) | (Status::Declined(by), Verdict::Decline) => {
                if by == ours {
                    PersonaState::Ours
                } else {
                    PersonaState::There
                }
            }
            _ => PersonaState::Elsewhere,
        })
    }

    fn send(&mut self, decision: usize, held: &Row) -> AttemptOutcome {
        let call = Call { decision, generation: held.generation, object: held.object, verdict: held.verdict };
        if self.calm {
            return self.persona.take(call, Inside::Well, self.now);
        }
        match self.below(14) {
            // The call was never sent.
            0 => AttemptOutcome::NoAnswer,
            // The call took effect, and the answer was lost.
            1 => {
                self.persona.take(call, Inside::Well, self.now);
                self.pass(CALL);
                AttemptOutcome::NoAnswer
            }
            // The call is on its way, and may arrive.
            2 => {
                let at = self.now.plus(Duration::from_secs(1 + self.below(LATEST)));
                self.persona.later(at, call);
                AttemptOutcome::NoAnswer
            }
            3 => {
                let at = self.now.plus(Duration::from_secs(1 + self.below(LATEST)));
                self.persona.later(at, call);
                AttemptOutcome::Gateway
            }
            4 => AttemptOutcome::Gateway,
            5 => self.persona.take(call, Inside::FailBefore, self.now),
            6 => self.persona.take(call, Inside::FailAfter, self.now),
            7 => self.persona.take(call, Inside::Limited, self.now),
            8 => self.persona.take(call, Inside::Unauthorised, self.now),
            9 => self.persona.take(call, Inside::Forbidden, self.now),
            10 => AttemptOutcome::Passing,
            _ => self.persona.take(call, Inside::Well, self.now),
        }
    }

    /// Violated invariants.
    pub fn violations(&self) -> Vec<String> {
        let mut found = self.seen.clone();
        for decision in &self.persona.forgotten {
            found.push(format!("decision {decision} relied on a key that Persona had forgotten"));
        }
        for (decision, row) in self.outbox.iter().enumerate() {
            let effects = self.persona.effects[decision];
            if effects > 1 {
                found.push(format!("decision {decision} had {effects} effects"));
            }
            let nothing = matches!(row.state, State::Failed | State::Withdrawn | State::Superseded);
            if nothing && effects > 0 {
                found.push(format!("decision {decision} is {:?}, and took effect", row.state));
            }
            let stands = match row.verdict {
                Verdict::Approve => matches!(self.persona.objects[row.object], Status::Approved(_)),
                Verdict::Decline => matches!(self.persona.objects[row.object], Status::Declined(_)),
            };
            if row.state == State::Done && !stands {
                found.push(format!("decision {decision} is confirmed, and does not stand in Persona"));
            }
        }
        found
    }
}
