//! The states of a decision.
use std::fmt;

use serde::{Deserialize, Serialize};

/// The states of a decision (PRODUCT.md). Allowed transitions are in [`State::may_become`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Made, and still in its undo window: nothing is sent before the window ends.
    Proposed,
    /// A rule requires a second reviewer.
    AwaitingCountersign,
    /// The second reviewer refused it.
    Refused,
    /// Its maker withdrew it before anything was sent.
    Withdrawn,
    Queued,
    Sending,
    Confirmed,
    /// Persona rejected it.
    Rejected,
    /// Someone else had already decided it that way in Persona.
    Superseded,
    /// No answer, and the key has expired: a reviewer resolves it.
    Unknown,
}

impl State {
    pub const ALL: [Self; 10] = [
        Self::Proposed,
        Self::AwaitingCountersign,
        Self::Queued,
        Self::Sending,
        Self::Unknown,
        Self::Confirmed,
        Self::Rejected,
        Self::Superseded,
        Self::Refused,
        Self::Withdrawn,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::AwaitingCountersign => "awaiting_countersign",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Superseded => "superseded",
            Self::Unknown => "unknown",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether it has not ended: no other decision on the same object is allowed meanwhile.
    pub const fn open(self) -> bool {
        matches!(self, Self::Proposed | Self::AwaitingCountersign | Self::Queued | Self::Sending | Self::Unknown)
    }

    /// Whether it counts: the same version of the evidence is not decided on again.
    pub const fn stands(self) -> bool {
        !matches!(self, Self::Rejected | Self::Refused | Self::Withdrawn)
    }

    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Proposed, Self::Withdrawn | Self::Queued | Self::AwaitingCountersign)
                | (
                    Self::AwaitingCountersign,
                    Self::Proposed | Self::Queued | Self::Refused | Self::Withdrawn | Self::Superseded
                )
                // Withdrawn by an admin, while it is held.
                | (Self::Queued, Self::Sending | Self::Withdrawn)
                // Withdrawn when the evidence changed before it was sent.
                | (
                    Self::Sending,
                    Self::Queued
                        | Self::Confirmed
                        | Self::Rejected
                        | Self::Superseded
                        | Self::Unknown
                        | Self::Withdrawn
                )
                | (Self::Unknown, Self::Confirmed | Self::Rejected)
        )
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str().replace('_', " "))
    }
}
