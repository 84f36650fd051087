//! Counters of events that are too frequent for one log entry each. `usecase::counters` writes them to the log.
use std::sync::atomic::{AtomicI64, Ordering};

use super::persona::signature::BadSignature;

/// Why a webhook is refused: its size first, then its signature.
pub const REASONS: [&str; 5] = ["size", "missing", "malformed", "stale", "mismatch"];

#[derive(Debug, Default)]
pub struct Counters {
    /// Webhook events that were new and are stored.
    pub new: AtomicI64,
    /// Webhook events that were already stored.
    pub doubled: AtomicI64,
    /// Webhook events that were refused, by reason.
    pub refused: [AtomicI64; REASONS.len()],
    /// Webhook events with a state older than the known one.
    pub late: AtomicI64,
}

impl Counters {
    pub fn increment(counter: &AtomicI64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub fn too_large(&self) {
        Self::increment(&self.refused[0]);
    }

    pub fn badly_signed(&self, why: BadSignature) {
        Self::increment(match why {
            BadSignature::Missing => &self.refused[1],
            BadSignature::Malformed => &self.refused[2],
            BadSignature::Stale => &self.refused[3],
            BadSignature::Mismatch => &self.refused[4],
        });
    }
}
