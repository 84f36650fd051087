//! A report and what it says. What a report means depends on its kind: `has-match` of a search of lists is a hit, of a lookup it
//! is that something was found.
mod asked;
pub mod assess;
mod dismissal;
mod rules;

use serde::{Deserialize, Serialize};

use super::id::ObjectId;
use super::inquiry::Field;
use super::text::words;
use super::time::Timestamp;

pub use asked::{Asked, Borne, Known, Person, is_asked};

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
    /// What it says besides its matches, by name. Left out when there is nothing, so that other reports keep their fingerprint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Field>,
    /// `has-match` was not there, or neither yes nor no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub match_unknown: bool,
    /// Why it cannot be taken for a clean one, as was seen when it was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
    /// What it is of instead of the inquiry. Left out otherwise, so that other reports keep their fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Beside>,
}

/// What a report is of that is not the inquiry's own, and is about the same account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// The account itself, as by monitoring: part of no inquiry.
    Account,
    Inquiry(String),
}

/// Why a report says less than it seems to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Under this name stands something else than what belongs there.
    NotUnderstood(String),
    /// It holds more values than are kept.
    Cut,
    /// It does not say whom it was about.
    Nobody,
    OtherName,
    /// The person has another name, by what was submitted or by a document that passed, and no search was made for that one.
    OneOfNames,
    /// One letter or two.
    PartOfName,
    /// It was made with names that are not known of the person.
    MoreNames,
    /// So long before the inquiry that it says little of it.
    Old,
    NameNotComparable,
    /// There is no name to compare the search with.
    NoName,
    OtherBirthdate,
    /// There is no birthdate to compare the search with, or one that cannot be read.
    BirthdateNotComparable,
    /// It does not say what it was asked about.
    Nothing,
    /// Asked about another one than is known.
    Other(About),
    /// There is nothing to compare what was asked about with.
    NoneKnown(About),
    /// What was asked about cannot be compared, or not wholly.
    NotComparable(About),
    /// Of what it found nothing is known to be of whom the inquiry is about.
    FoundOthers,
    /// What it found has a name besides that is not known of the person.
    AlsoNamed,
    /// What it found has another birthdate besides.
    AlsoBorn,
    /// A search of lists in countries of which one is not known of the person or business.
    Limited,
}

/// What a report can be asked about besides names and birthdates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    Address,
    Country,
    Phone,
    Email,
    Wallet,
    /// Of social security, of the tax office, of a document.
    Number,
}

impl About {
    const fn text(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Country => "country",
            Self::Phone => "phone number",
            Self::Email => "e-mail address",
            Self::Wallet => "crypto address",
            Self::Number => "number",
        }
    }
}

impl Doubt {
    pub fn text(&self) -> String {
        match self {
            Self::NotUnderstood(what) => return format!("“{}” not understood", words(what).to_lowercase()),
            Self::Other(what) => return format!("asked about another {}", what.text()),
            Self::NoneKnown(what) => return format!("no {} to compare what was asked about with", what.text()),
            Self::NotComparable(what) => return format!("{} asked about cannot be compared", what.text()),
            Self::Cut => "more values than are kept here",
            Self::Nobody => "does not say who was searched for",
            Self::OtherName => "searched for another name",
            Self::OneOfNames => {
                "not searched for each name and birthdate that was submitted or stands on a passed document"
            }
            Self::PartOfName => "searched for a part of the name that finds nobody",
            Self::MoreNames => "searched with more names than are known",
            Self::Old => "made more than 90 days before the inquiry",
            Self::NameNotComparable => "name searched for cannot be compared",
            Self::NoName => "no name to compare the search with",
            Self::OtherBirthdate => "searched with another birthdate",
            Self::BirthdateNotComparable => "birthdate searched with cannot be compared",
            Self::Nothing => "does not say what it was asked about",
            Self::FoundOthers => "nothing that it found is known to be of the same person or business",
            Self::AlsoNamed => "names somebody whose name is not known of the person",
            Self::AlsoBorn => "names a birthdate that is not known of the person",
            Self::Limited => "searched only in a country that is not known of the person or business",
        }
        .to_owned()
    }

    /// Whether there may be hits that nobody has seen.
    const fn hides(&self) -> bool {
        matches!(self, Self::NotUnderstood(_) | Self::Cut)
    }
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
    /// Who dismissed it in Persona and why, when it is not open any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed: Option<String>,
    /// Pages that are named as sources. The desk never fetches them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub label: String,
    pub url: String,
}

impl Report {
    pub fn label(&self) -> String {
        match self.kind.as_str() {
            "politically-exposed-person" => "Politically exposed person".into(),
            "email-address" => "E-mail address".into(),
            "integration/sentilink-scores" => "SentiLink scores".into(),
            other => words(other),
        }
    }

    /// The same with what it is of, where that is not the inquiry.
    pub fn title(&self) -> String {
        match &self.beside {
            None => self.label(),
            Some(Beside::Account) => format!("{} (of the account)", self.label()),
            Some(Beside::Inquiry(id)) => format!("{} (of the inquiry {id} of the same account)", self.label()),
        }
    }

    /// Short, for a queue row.
    pub fn hit_label(&self) -> String {
        match self.kind.as_str() {
            "watchlist" | "business-watchlist" => "Watchlist hit".into(),
            "crypto-address-watchlist" => "Crypto address hit".into(),
            "politically-exposed-person" => "PEP".into(),
            "adverse-media" | "business-adverse-media" => "Adverse media".into(),
            // One report searches lists of several types.
            "screening" => match self.fact("matched-screening-types").unwrap_or_default() {
                types if ["sanction", "warning", "fitness"].iter().any(|one| types.contains(one)) => {
                    "Watchlist hit".into()
                }
                types if types.contains("pep") => "PEP".into(),
                types if types.contains("media") => "Adverse media".into(),
                _ => "Screening hit".into(),
            },
            _ => format!("{} match", self.label()),
        }
    }

    /// What became of its hits when a person dismissed all of them in Persona, in words; nothing while one is open. It is neither a hit
    /// nor a search that found nothing.
    pub fn dismissal(&self) -> Option<String> {
        let open = self.matches.iter().any(|found| found.dismissed.is_none());
        // While there is a match, it is the one that was dismissed only where it is listed and known as such.
        let any = !self.matches.is_empty() || self.dismissed > 0 && !self.has_match;
        let ready = self.status == "ready" && !self.match_unknown && !self.doubts.iter().any(Doubt::hides);
        if self.meaning() != assess::Meaning::Screening || !ready || open || !any {
            return None;
        }
        let mut how: Vec<String> = self.matches.iter().filter_map(|found| found.dismissed.clone()).collect();
        how.extend((1..=self.dismissed).map(|n| {
            let said = |what: &str| self.fact(&format!("dismissed.{n}.{what}"));
            dismissed_by(said("user"), said("ignore-reason"))
        }));
        how.sort();
        how.dedup();
        // What names nobody says no more than what does.
        if how.len() > 1 {
            how.retain(|how| *how != dismissed_by(None, None));
        }
        Some(how.join("; "))
    }

    /// What it says under a name.
    pub fn fact(&self, key: &str) -> Option<&str> {
        self.facts.iter().find(|fact| fact.key == key).map(|fact| fact.value.as_str())
    }
}

/// A dismissal in words, by what Persona tells of it.
pub fn dismissed_by(who: Option<&str>, why: Option<&str>) -> String {
    let who = who.map(|who| format!(" by {who}")).unwrap_or_default();
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    format!("Dismissed in Persona{who}{why}")
}
