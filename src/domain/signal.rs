//! A short statement about evidence that a reviewer should look at, and what its colour means.
use serde::{Deserialize, Serialize};

/// A reason to look closer. Ordered by tone, worst first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Signal {
    pub tone: Tone,
    pub label: String,
}

/// The meaning of a colour, the same on every page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Red: failed.
    Bad,
    /// Amber: look here.
    Warn,
    /// Violet: shared, or awaiting a colleague.
    Shared,
    /// Green: passed.
    Good,
    /// Blue: chosen, or settled by a person elsewhere.
    Info,
    /// Grey: neutral.
    Plain,
}

impl Tone {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Shared => "shared",
            Self::Good => "good",
            Self::Info => "info",
            Self::Plain => "plain",
        }
    }
}
