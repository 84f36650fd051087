//! A report (watchlist, politically exposed persons, adverse media, …) and its matches.
use serde::{Deserialize, Serialize};

use super::evidence::{Signal, Tone};
use super::id::ObjectId;
use super::text::words;
use super::time::Timestamp;

/// Reports that search lists for a name: there, no match is good.
const SCREENING: [&str; 5] =
    ["watchlist", "business-watchlist", "politically-exposed-person", "adverse-media", "business-adverse-media"];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub id: ObjectId,
    /// Without the `report/` in front: `watchlist`, `politically-exposed-person`, … (open list)
    pub kind: String,
    pub status: String,
    pub has_match: bool,
    pub term: Option<String>,
    pub created_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub matches: Vec<Match>,
    /// How many matches were dismissed in Persona.
    pub dismissed: u32,
}

/// One hit; where it stands differs by kind of report (CONTRACT.md section 17).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    pub name: String,
    pub source: String,
    pub what: Option<String>,
    pub birthdates: Vec<String>,
    pub countries: Vec<String>,
    pub detail: Vec<String>,
}

impl Report {
    /// What speaks against the subject, or against taking the report for a clean one.
    pub fn against(&self) -> Option<Signal> {
        let label = self.label();
        let (tone, label) = match (self.has_match, self.status.as_str()) {
            (true, _) => (Tone::Bad, self.hit_label()),
            (false, "ready") if SCREENING.contains(&self.kind.as_str()) => return None,
            (false, "ready") => (Tone::Warn, format!("{label} report not assessed")),
            (false, "pending") => (Tone::Warn, format!("{label} report not finished")),
            (false, "errored") => (Tone::Warn, format!("{label} report failed to run")),
            (false, _) => (Tone::Warn, format!("{label} report: status unknown")),
        };
        Some(Signal { tone, label })
    }

    pub fn label(&self) -> String {
        match self.kind.as_str() {
            "politically-exposed-person" => "Politically exposed person".into(),
            "business-watchlist" => "Business watchlist".into(),
            other => words(other),
        }
    }

    /// Short, for a queue row.
    pub fn hit_label(&self) -> String {
        match self.kind.as_str() {
            "watchlist" | "business-watchlist" => "Watchlist hit".into(),
            "politically-exposed-person" => "PEP".into(),
            "adverse-media" | "business-adverse-media" => "Adverse media".into(),
            _ => format!("{} match", self.label()),
        }
    }
}
