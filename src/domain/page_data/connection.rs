//! The page of the connection to Persona.
use serde::{Deserialize, Serialize};

use crate::domain::log::Suspension;
use crate::domain::time::Timestamp;

/// The text for what is missing because Persona does not permit it to the API key.
pub const NOT_PERMITTED: &str = "not permitted for this key";
/// The text for a list that is missing at an address where each environment has one.
pub const NO_SUCH_LIST: &str = "not found at this address (404)";

/// The part of the result of reading a list that an admin has to fix, with what to do.
pub fn refused_list(how: &str) -> Option<&str> {
    [NOT_PERMITTED, NO_SUCH_LIST].iter().find_map(|words| how.find(words)).map(|at| how.split_at(at).1)
}

/// Calls of the desk that Persona refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedCalls {
    pub at: Timestamp,
    pub why: String,
    /// The number of calls that wait until this is fixed.
    pub waiting: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionPage {
    pub environment: String,
    pub api_url: String,
    pub version: String,
    pub relation_keys: Vec<String>,
    pub answered_at: Option<Timestamp>,
    pub failed_at: Option<Timestamp>,
    pub failure: Option<String>,
    /// Limit of calls per minute, and how many are left.
    pub window: Option<(u32, u32)>,
    /// `None` when Persona accepts what the desk sends.
    pub refused_calls: Option<RefusedCalls>,
    pub syncs: Vec<(String, Timestamp, String)>,
    pub events: Vec<(String, i64)>,
    pub last_event_at: Option<Timestamp>,
    /// Median and 95th percentile of how long the last webhooks took, in milliseconds.
    pub lag: Option<(u64, u64)>,
    /// Events of the last day that no webhook brought, and when the last of them was found.
    pub gaps: (i64, Option<Timestamp>),
    /// When the events here were last compared with Persona's list.
    pub compared: Option<Timestamp>,
    /// Why they cannot be compared, when the API key may not read them.
    pub events_refused: Option<String>,
    /// Webhooks of the last day that were refused.
    pub refused: Vec<RefusedWebhooks>,
    /// Other desks on the same SQLite file: host, and when they were last seen.
    pub beside: Vec<(String, Timestamp)>,
    /// The log is suspended: nothing is signed, decided or sent.
    pub suspension: Option<Suspension>,
    pub dead_letters: Vec<DeadLetterRow>,
    /// Events that were stored but could not be applied: ID, name, time, reason.
    pub failed_events: Vec<(String, String, Timestamp, Option<String>)>,
    pub now: Timestamp,
}

/// Webhooks that were refused for one reason, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedWebhooks {
    /// `size`, `missing`, `malformed`, `stale` or `mismatch`.
    pub why: String,
    pub number: i64,
    pub last_at: Timestamp,
}

impl RefusedWebhooks {
    pub fn label(&self) -> &str {
        match self.why.as_str() {
            "size" => "too large",
            "missing" => "without a signature",
            "malformed" => "with a signature that cannot be read",
            "stale" => "with a signature that is too old or from the future",
            "mismatch" => "with a signature that does not match",
            other => other,
        }
    }

    pub fn advice(&self) -> &'static str {
        match self.why.as_str() {
            "size" => "Within minutes, the desk finds the same events in Persona’s list of events.",
            "stale" => "Check the clock of this machine.",
            "mismatch" => {
                "Compare PERSONA_WEBHOOK_SECRET with the secret in Persona’s dashboard. If they are equal, an unknown sender \
                 may be sending these."
            }
            _ => "They did not come from Persona, or they were changed on the way.",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterRow {
    pub digest: String,
    pub received_at: Timestamp,
    pub why: String,
    pub size: i64,
}
