//! Faults on order: what a network and a distant service can do to a caller.

use super::app::hold;
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
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fault {
    /// Part of the path; empty matches every call.
    #[serde(default, rename = "match")]
    pub matches: String,
    #[serde(default = "once")]
    pub times: u32,
    pub kind: Kind,
    #[serde(default = "unavailable")]
    pub status: u16,
    #[serde(default = "long")]
    pub ms: u64,
    /// For `timeout` and `stored-500`: is the change made all the same?
    #[serde(default)]
    pub applied: bool,
}

fn once() -> u32 {
    1
}

fn unavailable() -> u16 {
    503
}

fn long() -> u64 {
    60_000
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

    pub fn all(&self) -> Vec<Fault> {
        hold(&self.0).clone()
    }

    /// The first fault that fits, used up by one.
    pub fn take(&self, path: &str) -> Option<Fault> {
        let mut all = hold(&self.0);
        let at = all.iter().position(|fault| fault.times > 0 && path.contains(&fault.matches))?;
        let fault = all.get_mut(at)?;
        fault.times -= 1;
        let taken = fault.clone();
        if taken.times == 0 {
            all.remove(at);
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_fault_is_used_up() {
        let faults = Faults::default();
        faults.order(serde_json::from_str(r#"{"match":"approve","times":2,"kind":"stored-500"}"#).unwrap());
        assert!(faults.take("/api/v1/inquiries").is_none());
        assert_eq!(faults.take("/api/v1/inquiries/inq_1/approve").unwrap().kind, Kind::Stored500);
        assert!(faults.take("/api/v1/inquiries/inq_1/approve").is_some());
        assert!(faults.take("/api/v1/inquiries/inq_1/approve").is_none());
    }
}
