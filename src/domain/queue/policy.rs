//! The policy of the queue: how long inquiries may wait, how they are dealt, and how many are reviewed blind.
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::inquiry::Inquiry;
use crate::domain::time::Timestamp;

/// The order in which `claim next` deals inquiries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deal {
    #[default]
    OldestDue,
    HighestRisk,
    /// Templates in turn, so that none is left to the end.
    RoundRobin,
}

impl Deal {
    pub const ALL: [Self; 3] = [Self::OldestDue, Self::HighestRisk, Self::RoundRobin];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OldestDue => "oldest-due",
            Self::HighestRisk => "highest-risk",
            Self::RoundRobin => "round-robin",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::OldestDue => "Due first",
            Self::HighestRisk => "Highest risk first",
            Self::RoundRobin => "Templates in turn, due first within each",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deal| deal.as_str() == text)
    }
}

/// How long an inquiry may wait, how work is dealt, and the share of blind reviews. Never changed: an edit makes the
/// next version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// 0 before the first version.
    #[serde(default)]
    pub version: i64,
    /// Hours that an inquiry may wait for a reviewer, unless its template has its own.
    pub hours: u32,
    /// Hours by Persona's id of the template.
    pub by_template: BTreeMap<String, u32>,
    pub deal: Deal,
    /// Percent of decisions that get a blind review.
    #[serde(default)]
    pub blind: u8,
}

impl Default for Policy {
    fn default() -> Self {
        Self { version: 0, hours: 24, by_template: BTreeMap::new(), deal: Deal::OldestDue, blind: 0 }
    }
}

/// A year, as the upper limit.
pub const MOST_HOURS: u32 = 8784;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    #[error("Hours must be a whole number from 1 to {MOST_HOURS}.")]
    Hours,
    #[error("The share of blind reviews must be 0 to 100 percent.")]
    Share,
}

impl Policy {
    pub fn check(&self) -> Result<(), BadPolicy> {
        let fine = |hours: &u32| (1..=MOST_HOURS).contains(hours);
        if !fine(&self.hours) || !self.by_template.values().all(fine) {
            return Err(BadPolicy::Hours);
        }
        if self.blind > 100 { Err(BadPolicy::Share) } else { Ok(()) }
    }

    /// Parses the fields of a form: hours, a line `template: hours` for each template with hours of its own, and a
    /// share in percent, empty for none.
    pub fn typed(hours: &str, by_template: &str, deal: Deal, blind: &str) -> Option<Self> {
        let lines = by_template.lines().map(str::trim).filter(|line| !line.is_empty());
        let by_template = lines
            .map(|line| {
                line.split_once(':').and_then(|(id, hours)| Some((id.trim().to_owned(), hours.trim().parse().ok()?)))
            })
            .collect::<Option<BTreeMap<String, u32>>>()?;
        let blind = if blind.trim().is_empty() { 0 } else { blind.trim().parse().ok()? };
        Some(Self { version: 0, hours: hours.trim().parse().ok()?, by_template, deal, blind })
    }

    pub fn due(&self, inquiry: &Inquiry) -> Timestamp {
        let own = inquiry.template_id.as_ref().and_then(|id| self.by_template.get(&id.to_string()));
        inquiry.waiting_since().plus(Duration::from_secs(u64::from(*own.unwrap_or(&self.hours)) * 3600))
    }
}
