//! Faults on order: what a network and a distant service can do to a caller, and to what it is sent.

use super::{app::hold, clock};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Answers `status` at once; the call is not looked at.
    Status,
    /// Says nothing for `ms`, then hangs up.
    Timeout,
    /// Hangs up before the call is looked at.
    CutBefore,
    /// Does the call, then hangs up instead of answering.
    CutAfter,
    /// Answers 500 and keeps that under the idempotency key, as Persona does with the first result.
    #[serde(rename = "stored-500")]
    Stored500,
    /// Waits `ms`, then goes on.
    Latency,
    /// Sends a webhook `copies` times more.
    Duplicate,
    /// Sends a webhook `ms` later.
    Delay,
    /// Sends a webhook up to `ms` later, so that later ones overtake it.
    Reorder,
    /// Never sends a webhook.
    Loss,
    /// Signs one attempt of a webhook with a secret that nobody has.
    WrongSignature,
}

impl Kind {
    /// Faults of calls, the others being those of deliveries.
    pub fn of_calls(self) -> bool {
        matches!(
            self,
            Self::Status | Self::Timeout | Self::CutBefore | Self::CutAfter | Self::Stored500 | Self::Latency
        )
    }

    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fault {
    /// Part of the path of a call, or of the name of an event; empty matches all.
    #[serde(default, rename = "match")]
    pub matches: String,
    /// How often; 0 is until it is taken back.
    #[serde(default = "once")]
    pub times: u32,
    /// How likely each time, in percent.
    #[serde(default = "always")]
    pub chance: u8,
    pub kind: Kind,
    #[serde(default = "unavailable")]
    pub status: u16,
    #[serde(default)]
    pub ms: Option<u64>,
    /// For `timeout` and `stored-500`: is the change made all the same?
    #[serde(default)]
    pub applied: bool,
    #[serde(default = "once")]
    pub copies: u32,
}

fn once() -> u32 {
    1
}

fn always() -> u8 {
    100
}

fn unavailable() -> u16 {
    503
}

impl Fault {
    /// What is wrong with the order, if anything.
    pub fn wrong(&self) -> Option<&'static str> {
        if !(200..=599).contains(&self.status) {
            Some("status must be an HTTP status, 200 to 599")
        } else if self.chance > 100 {
            Some("chance is in percent, 0 to 100")
        } else if self.ms.is_some_and(|ms| ms > 86_400_000) {
            Some("ms is at most a day, 86400000")
        } else if self.copies > 100 {
            Some("copies is at most 100")
        } else {
            None
        }
    }

    /// A minute for what hangs, a second for what comes late.
    pub fn wait(&self) -> u64 {
        self.ms.unwrap_or(if self.kind.of_calls() { 60_000 } else { 1000 })
    }
}

#[derive(Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub fn order(&self, fault: Fault) {
        hold(&self.0).push(fault);
    }

    pub fn clear(&self) {
        hold(&self.0).clear();
    }

    /// Takes back the fault at a place of the list; says whether there was one.
    pub fn drop_at(&self, at: usize) -> bool {
        let mut all = hold(&self.0);
        let known = at < all.len();
        if known {
            all.remove(at);
        }
        known
    }

    pub fn all(&self) -> Vec<Fault> {
        hold(&self.0).clone()
    }

    /// The first fault that fits a call, used up by one.
    pub fn take(&self, path: &str, changes: bool) -> Option<Fault> {
        self.first(path, true, changes)
    }

    /// The first fault that fits a delivery, used up by one.
    pub fn take_delivery(&self, event: &str) -> Option<Fault> {
        self.first(event, false, true)
    }

    /// Nothing is kept of a call that changes nothing, so `stored-500` waits for one that does.
    fn first(&self, text: &str, calls: bool, changes: bool) -> Option<Fault> {
        let mut all = hold(&self.0);
        let fits = |fault: &Fault| {
            fault.kind.of_calls() == calls
                && (changes || fault.kind != Kind::Stored500)
                && text.contains(&fault.matches)
                && (fault.chance == 100 || clock::random() % 100 < u64::from(fault.chance))
        };
        let at = all.iter().position(fits)?;
        let fault = all.get_mut(at)?;
        let taken = fault.clone();
        match fault.times {
            0 => {}
            1 => {
                all.remove(at);
            }
            _ => fault.times -= 1,
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn ordered(text: &str) -> Faults {
        let faults = Faults::default();
        faults.order(serde_json::from_str(text).unwrap());
        faults
    }

    #[test]
    fn a_fault_is_used_up() {
        let faults = ordered(r#"{"match":"approve","times":2,"kind":"stored-500"}"#);
        assert!(faults.take("/api/v1/inquiries", true).is_none());
        assert_eq!(faults.take("/api/v1/inquiries/inq_1/approve", true).unwrap().kind, Kind::Stored500);
        assert!(faults.take("/api/v1/inquiries/inq_1/approve", true).is_some());
        assert!(faults.take("/api/v1/inquiries/inq_1/approve", true).is_none());
    }

    #[test]
    fn a_fault_without_end_stays_and_one_without_chance_never_comes() {
        let faults = ordered(r#"{"times":0,"kind":"status"}"#);
        assert!((0..50).all(|_| faults.take("/api/v1/cases", true).is_some()));
        let faults = ordered(r#"{"times":0,"chance":0,"kind":"status"}"#);
        assert!((0..50).all(|_| faults.take("/api/v1/cases", true).is_none()));
    }

    #[test]
    fn calls_and_deliveries_have_faults_of_their_own() {
        let faults = ordered(r#"{"match":"inquiry.","kind":"duplicate","copies":2}"#);
        assert!(faults.take("/api/v1/inquiry.approved", true).is_none());
        assert!(faults.take_delivery("case.created").is_none());
        assert_eq!(faults.take_delivery("inquiry.approved").unwrap().copies, 2);
    }
}
