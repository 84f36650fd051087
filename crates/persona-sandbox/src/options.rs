//! Start options of a sandbox.

use super::faults::Fault;
use std::{path::PathBuf, time::Duration};

/// Start options of a sandbox.
#[derive(Clone, Debug)]
pub struct Options {
    /// Number of inquiries, created at the first start only; an existing file keeps its data.
    pub inquiries: u32,
    pub seed: u64,
    /// SQLite file with all state; `None` means in memory.
    pub file: Option<PathBuf>,
    /// Webhook endpoints that exist from the start, enabled, for every event.
    pub webhooks: Vec<WebhookTarget>,
    /// Interval at which a new inquiry arrives and goes through created, pending, completed and needs_review.
    pub arrivals: Option<Duration>,
    pub requests_per_minute: u32,
    /// Maximum number of inquiries, of verifications, of reports and of cases that can be created in a minute.
    pub quota_per_minute: u32,
    /// Factor for the waits between webhook attempts.
    pub retry_scale: f64,
    /// End of the generated history, in milliseconds since 1970; now, if `None`. With it, the same seed gives the same
    /// bytes.
    pub until: Option<i64>,
    /// Seconds that the sandbox's clock is ahead of the machine's.
    pub clock_offset: i64,
    /// Faults from the start.
    pub faults: Vec<Fault>,
    /// Choices from the start, as name and option.
    pub choices: Vec<(String, String)>,
    /// Base of signed file links; if `None`, `http://` and the listening address.
    pub public_url: Option<url::Url>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            inquiries: 120,
            seed: 1,
            file: None,
            webhooks: Vec::new(),
            arrivals: None,
            requests_per_minute: 300,
            quota_per_minute: 150,
            retry_scale: 1.0,
            until: None,
            clock_offset: 0,
            faults: Vec::new(),
            choices: Vec::new(),
            public_url: None,
        }
    }
}

/// Two secrets while rotating: the signature header then has two sets, the newer secret first.
#[derive(Clone, Debug)]
pub struct WebhookTarget {
    pub url: String,
    pub secrets: Vec<String>,
}
