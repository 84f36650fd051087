//! Conditions under which an approval is refused. An admin chooses which of them apply.
use serde::{Deserialize, Serialize};

/// Codes are never reused for another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockCode {
    OpenDifferences,
    Hits,
    FailedChecks,
    RelationsNotRead,
}

impl BlockCode {
    pub const ALL: [Self; 4] = [Self::OpenDifferences, Self::Hits, Self::FailedChecks, Self::RelationsNotRead];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenDifferences => "open-differences",
            Self::Hits => "hits",
            Self::FailedChecks => "failed-checks",
            Self::RelationsNotRead => "relations-not-read",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|block| block.as_str() == text)
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::OpenDifferences => "A discrepancy between the submitted data and the document is open",
            Self::Hits => "A screening hit is not assessed, unless the reason is “Hit is another person”",
            Self::FailedChecks => "A required check failed",
            Self::RelationsNotRead => "Relations of the account have not been read",
        }
    }
}
