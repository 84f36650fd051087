//! Faults on request: failures of the network and of a remote service, for calls and for webhook deliveries.

use super::{clock, lock::hold};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Answers with `status` at once, without looking at the call.
    Status,
    /// Sends nothing for `ms`, then closes the connection.
    Timeout,
    /// Closes the connection without looking at the call.
    CutBefore,
    /// Performs the call, then closes the connection instead of answering.
    CutAfter,
    /// Answers 500 and stores that answer under the idempotency key, as Persona does with the first result.
    #[serde(rename = "stored-500")]
    Stored500,
    /// Waits `ms`, then performs the call.
    Latency,
    /// Sends a webhook `copies` more times.
    Duplicate,
    /// Sends a webhook `ms` later.
    Delay,
    /// Sends a webhook up to `ms` later, so that later ones overtake it.
    Reorder,
    /// Never sends a webhook.
    Loss,
    /// Signs one attempt of a webhook with a secret that no receiver has.
    WrongSignature,
}

impl Kind {
    /// Whether the fault is for calls. The others are for deliveries.
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
    /// Part of a call's path or of an event's name; an empty text matches all.
    #[serde(default, rename = "match")]
    pub matches: String,
    /// How often the fault occurs; 0 means until it is removed.
    #[serde(default = "once")]
    pub times: u32,
    /// Probability of the fault each time, in percent.
    #[serde(default = "always")]
    pub chance: u8,
    pub kind: Kind,
    #[serde(default = "unavailable")]
    pub status: u16,
    #[serde(default)]
    pub ms: Option<u64>,
    /// Whether `timeout` and `stored-500` make the change although they fail.
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
    /// Error in this fault's values, if there is one.
    pub fn wrong(&self) -> Option<&'static str> {
        if !(200..=599).contains(&self.status) {
            Some("status must be an HTTP status, 200 to 599")
        } else if self.chance > 100 {
            Some("chance must be a percentage, 0 to 100")
        } else if self.ms.is_some_and(|ms| ms > 86_400_000) {
            Some("ms must be at most one day, 86400000")
        } else if self.copies > 100 {
            Some("copies must be at most 100")
        } else {
            None
        }
    }

    /// Time to wait, in milliseconds. Default: one minute for a hanging call, one second for a late delivery.
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

    /// Removes the fault at an index of the list. Returns whether there was one.
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

    /// Takes the first fault that matches a call, and uses it up by one.
    pub fn take(&self, path: &str, changes: bool) -> Option<Fault> {
        self.first(path, true, changes)
    }

    /// Takes the first fault that matches a delivery, and uses it up by one.
    pub fn take_delivery(&self, event: &str) -> Option<Fault> {
        self.first(event, false, true)
    }

    /// The sandbox stores no answer for a call that changes nothing, so `stored-500` waits for a call that does.
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
