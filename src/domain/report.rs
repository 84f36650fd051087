//! A report and what it says. Its meaning depends on its kind: `has-match` of a screening is a hit, of a lookup it
//! means that data was found.
pub mod assess;
mod dismissal;
pub mod report_query;
mod rules;
pub mod screening;

use serde::{Deserialize, Serialize};

use super::id::ObjectId;
use super::inquiry::Field;
use super::text::words;
use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub id: ObjectId,
    /// Without the prefix `report/`: `watchlist`, `politically-exposed-person`, … (open list)
    pub kind: String,
    pub status: String,
    pub has_match: bool,
    pub term: Option<String>,
    pub created_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub matches: Vec<Match>,
    /// Number of matches that were dismissed in Persona.
    pub dismissed: u32,
    /// What it says besides its matches, by name. Not serialized when empty, so that the fingerprint of other reports
    /// stays the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Field>,
    /// `has-match` was missing, or neither yes nor no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub match_unknown: bool,
    /// Why it does not count as clean, as found when it was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
    /// What it is about, if not the inquiry. Not serialized otherwise, so that the fingerprint of other reports stays
    /// the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Beside>,
}

/// What a report is about that does not belong to the inquiry, but to the same account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// The account itself, as in monitoring: part of no inquiry.
    Account,
    Inquiry(String),
}

/// Why a report says less than it seems to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The value under this name is not what belongs there.
    NotUnderstood(String),
    /// It has more values than are stored.
    Cut,
    /// It does not say whom it was about.
    Nobody,
    OtherName,
    /// The person has another name, by the submission or by a passed document, and no search was made for that one.
    OneOfNames,
    /// Only a part of the name was searched for, such as one or two letters.
    PartOfName,
    /// It was made with names that the person is not known to have.
    MoreNames,
    /// Made so long before the inquiry that it says little about it.
    Old,
    NameNotComparable,
    /// There is no name to compare the search with.
    NoName,
    OtherBirthdate,
    /// There is no birthdate to compare the search with, or one that cannot be read.
    BirthdateNotComparable,
    /// It does not say what it was asked about.
    Nothing,
    /// Asked about another value than the known one.
    Other(About),
    /// There is no known value to compare with what was asked about.
    NoneKnown(About),
    /// What was asked about cannot be compared, or not completely.
    NotComparable(About),
    /// Nothing that it found is known to be about the person or business of the inquiry.
    FoundOthers,
    /// What it found also has a name that the person is not known to have.
    AlsoNamed,
    /// What it found also has another birthdate.
    AlsoBorn,
    /// A screening limited to countries of which one is not known of the person or business.
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
    /// A social security, tax or document number.
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
            Self::NoneKnown(what) => return format!("no {} to compare the query with", what.text()),
            Self::NotComparable(what) => return format!("{} of the query cannot be compared", what.text()),
            Self::Cut => "more values than the desk stores",
            Self::Nobody => "does not say who was searched for",
            Self::OtherName => "searched for another name",
            Self::OneOfNames => "not searched for each name and birthdate",
            Self::PartOfName => "searched for a part of the name that finds nobody",
            Self::MoreNames => "searched with more names than are known",
            Self::Old => "made more than 90 days before the inquiry",
            Self::NameNotComparable => "name in the query cannot be compared",
            Self::NoName => "no name to compare the search with",
            Self::OtherBirthdate => "searched with another birthdate",
            Self::BirthdateNotComparable => "birthdate in the query cannot be compared",
            Self::Nothing => "does not say what it was asked about",
            Self::FoundOthers => "nothing that it found is known to belong to the same person or business",
            Self::AlsoNamed => "names somebody whose name is not known of the person",
            Self::AlsoBorn => "names a birthdate that is not known for the person",
            Self::Limited => "searched only in a country that is not known for the person or business",
        }
        .to_owned()
    }

    /// Whether it may hide hits.
    const fn hides(&self) -> bool {
        matches!(self, Self::NotUnderstood(_) | Self::Cut)
    }
}

/// One hit. Where it is found differs by kind of report (CONTRACT.md section 17).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    pub name: String,
    pub source: String,
    pub what: Option<String>,
    pub birthdates: Vec<String>,
    pub countries: Vec<String>,
    pub detail: Vec<String>,
    /// The person who dismissed it in Persona and the reason, if it is not open any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed: Option<String>,
    /// Pages that are named as sources. The desk never fetches them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<ReportLink>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLink {
    pub label: String,
    pub url: String,
}

impl Report {
    /// Whether it searches lists of sanctions by the name of a person. A search for politicians or news alone is no
    /// such screening.
    pub fn searches_sanctions(&self) -> bool {
        matches!(self.kind.as_str(), "watchlist" | "screening")
    }

    /// Whether it searches lists by the name of a person or a business.
    pub(super) fn searches_names(&self) -> bool {
        self.searches_sanctions() || self.kind == "business-watchlist"
    }

    /// Adds a doubt, once.
    pub fn doubt(&mut self, doubt: Doubt) {
        if !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }

    pub fn label(&self) -> String {
        match self.kind.as_str() {
            "politically-exposed-person" => "Politically exposed person".into(),
            "email-address" => "E-mail address".into(),
            "integration/sentilink-scores" => "SentiLink scores".into(),
            other => words(other),
        }
    }

    /// The label, with what the report is about if that is not the inquiry.
    pub fn title(&self) -> String {
        match &self.beside {
            None => self.label(),
            Some(Beside::Account) => format!("{} (of the account)", self.label()),
            Some(Beside::Inquiry(id)) => format!("{} (of the inquiry {id} of the same account)", self.label()),
        }
    }

    /// A short label, for a queue row.
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

    /// How its hits were dismissed when a person dismissed all of them in Persona, in words; `None` while one is open.
    /// Such a report is neither a hit nor a search that found nothing.
    pub fn dismissal(&self) -> Option<String> {
        let open = self.matches.iter().any(|found| found.dismissed.is_none());
        // While there is a match, it is a dismissed one only if it is listed and marked as such.
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
        // A dismissal without a name adds nothing to one with a name.
        if how.len() > 1 {
            how.retain(|how| *how != dismissed_by(None, None));
        }
        Some(how.join("; "))
    }

    /// The value of a fact.
    pub fn fact(&self, key: &str) -> Option<&str> {
        self.facts.iter().find(|fact| fact.key == key).map(|fact| fact.value.as_str())
    }
}

/// A dismissal in words, from what Persona reports about it.
pub fn dismissed_by(who: Option<&str>, why: Option<&str>) -> String {
    let who = who.map(|who| format!(" by {who}")).unwrap_or_default();
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    format!("Dismissed in Persona{who}{why}")
}
