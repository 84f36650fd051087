//! Whom a search was about, beside the person or business that the inquiry is about.
use std::collections::BTreeMap;
use std::time::Duration;

use super::assess::Meaning;
use super::{Doubt, Report};
use crate::domain::comparison::{Name, Outcome, Side, business, date, name};
use crate::domain::evidence::Evidence;
use crate::domain::id::ObjectId;
use crate::domain::inquiry::Field;

/// What a search of lists was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    pub term: Option<String>,
    pub given: Option<String>,
    pub middle: Option<String>,
    pub family: Option<String>,
    pub birthdate: Option<String>,
}

impl Asked {
    /// Neither a term nor a name.
    pub const fn nobody(&self) -> bool {
        self.term.is_none() && self.given.is_none() && self.middle.is_none() && self.family.is_none()
    }

    /// What of it is not what is known of somebody, by the fields that tell of them.
    pub fn doubts<'a>(&self, known: impl IntoIterator<Item = &'a [Field]>) -> Vec<Doubt> {
        let mut subject = Subject::default();
        known.into_iter().for_each(|fields| subject.add(fields));
        let birth = self.birthdate.as_deref().and_then(|birth| subject.born(birth));
        self.names().iter().filter_map(|name| subject.named(name)).chain(birth).collect()
    }

    /// The names that were searched for: the term, and the parts where they were given.
    fn names(&self) -> Vec<Name<'_>> {
        let whole = self.term.as_deref().map(|term| Name { given: Some(term), ..Name::default() });
        let parts = Name {
            given: self.given.as_deref(),
            middle: self.middle.as_deref(),
            family: self.family.as_deref(),
            suffix: None,
            native: None,
        };
        whole.into_iter().chain((!parts.text().is_empty()).then_some(parts)).collect()
    }
}

/// One name that somebody bears.
#[derive(Default)]
struct Borne {
    given: Option<String>,
    middle: Option<String>,
    family: Option<String>,
}

impl Borne {
    fn name(&self) -> Name<'_> {
        Name {
            given: self.given.as_deref(),
            middle: self.middle.as_deref(),
            family: self.family.as_deref(),
            suffix: None,
            native: None,
        }
    }
}

/// Words before `name-first` and the like that make it a name of the subject, or of somebody who stands for it.
const WHOSE: &[&str] = &[
    "native",
    "legal",
    "birth",
    "maiden",
    "former",
    "previous",
    "alias",
    "preferred",
    "owner",
    "officer",
    "director",
    "representative",
    "signatory",
    "applicant",
    "control",
    "individual",
    "person",
];
/// Names of a business.
const FIRMS: &[&str] =
    &["businessname", "companyname", "legalname", "organizationname", "organisationname", "tradingname", "dbaname"];

/// Who the inquiry is about, by all names that are known.
#[derive(Default)]
struct Subject {
    people: Vec<Borne>,
    firms: Vec<String>,
    births: Vec<String>,
}

/// Two words: one of somebody who bears more is no name that a list is searched by. Scripts without spaces have no words.
fn is_name(text: &str) -> bool {
    let letters = text.split_whitespace().map(|word| word.chars().filter(|letter| letter.is_alphabetic()).count());
    letters.filter(|letters| *letters > 1).count() > 1 || text.chars().any(|letter| u32::from(letter) > 0x2e7f)
}

impl Subject {
    fn add(&mut self, fields: &[Field]) {
        let mut by: BTreeMap<String, Borne> = BTreeMap::new();
        for field in fields.iter().filter(|field| !field.value.trim().is_empty()) {
            let letters = field.key.chars().filter(char::is_ascii_alphanumeric);
            let key: String = letters.map(|c| c.to_ascii_lowercase()).collect();
            let value = Some(field.value.clone());
            let ours = |whose: &str| whose.is_empty() || WHOSE.iter().any(|one| whose.contains(one));
            if let Some(whose) = key.strip_suffix("birthdate").or_else(|| key.strip_suffix("dateofbirth"))
                && ours(whose)
            {
                self.births.push(field.value.clone());
            } else if let Some(whose) = key.strip_suffix("namefirst").filter(|whose| ours(whose)) {
                by.entry(whose.to_owned()).or_default().given = value;
            } else if let Some(whose) = key.strip_suffix("namemiddle").filter(|whose| ours(whose)) {
                by.entry(whose.to_owned()).or_default().middle = value;
            } else if let Some(whose) = key.strip_suffix("namelast").filter(|whose| ours(whose)) {
                by.entry(whose.to_owned()).or_default().family = value;
            } else if FIRMS.contains(&key.as_str()) {
                self.firms.push(field.value.clone());
            } else if let Some(whose) = ["namefull", "fullname", "name"].iter().find_map(|end| key.strip_suffix(end))
                && ours(whose)
            {
                self.people.push(Borne { given: value, ..Borne::default() });
            }
        }
        self.people.extend(by.into_values());
    }

    /// The best of what a name is to all names that are known.
    fn named(&self, asked: &Name<'_>) -> Option<Doubt> {
        let people = self.people.iter().map(|borne| name(asked, &borne.name()).outcome);
        let whole = asked.text();
        let firms = self.firms.iter().map(|firm| business(&whole, firm).outcome);
        match people.chain(firms).max_by_key(Outcome::rank) {
            None => Some(Doubt::NoName),
            Some(Outcome::Differs { .. }) => Some(Doubt::OtherName),
            Some(Outcome::NotComparable { .. }) => Some(Doubt::NameNotComparable),
            // Fewer names find more, down to one of them. A name that nobody here bears finds nobody.
            Some(Outcome::Incomplete { lacks }) if lacks.iter().any(|lack| lack.side == Side::Document) => {
                Some(Doubt::MoreNames)
            }
            Some(Outcome::Incomplete { .. }) if !is_name(&whole) => Some(Doubt::PartOfName),
            Some(Outcome::Incomplete { .. } | Outcome::Same | Outcome::SameWrittenDifferently { .. }) => None,
        }
    }

    fn born(&self, asked: &str) -> Option<Doubt> {
        match self.births.iter().map(|birth| date(asked, birth).outcome).max_by_key(Outcome::rank) {
            Some(Outcome::Differs { .. }) => Some(Doubt::OtherBirthdate),
            None | Some(Outcome::NotComparable { .. }) => Some(Doubt::BirthdateNotComparable),
            Some(Outcome::Incomplete { .. } | Outcome::Same | Outcome::SameWrittenDifferently { .. }) => None,
        }
    }
}

/// How long before an inquiry a search may have been made to say something of it. No regulator gives a number; monitored reports run
/// again and carry the time of the last run.
const LONGEST_BEFORE: Duration = Duration::from_secs(90 * 86_400);

impl Evidence {
    /// Notes searches of lists that were made long before the inquiry. Those beside it say nothing then, unless they found somebody.
    pub fn date_searches(&mut self) {
        let from = self.inquiry.created_at.minus(LONGEST_BEFORE);
        let old = |report: &Report| {
            let made = report.completed_at.or(report.created_at);
            report.meaning() == Meaning::Screening && !report.has_match && made.is_some_and(|made| made < from)
        };
        self.reports.retain(|report| report.beside.is_none() || !old(report));
        self.reports.iter_mut().filter(|report| old(report)).for_each(|report| report.doubt(Doubt::Old));
    }

    /// Notes what a search was asked for that is not what the inquiry is about.
    pub fn compare_search(&mut self, id: &ObjectId, asked: &Asked) {
        let document =
            self.government_id().filter(|document| document.passed()).map(|document| document.facts.as_slice());
        let doubts = asked.doubts([self.inquiry.fields.as_slice()].into_iter().chain(document));
        for report in self.reports.iter_mut().filter(|report| report.id == *id) {
            for doubt in &doubts {
                report.doubt(doubt.clone());
            }
        }
    }
}

impl Report {
    /// A search of lists that tells by what name it was made.
    pub fn searches_names(&self) -> bool {
        self.meaning() == Meaning::Screening
            && !matches!(self.kind.as_str(), "business-watchlist" | "crypto-address-watchlist")
    }

    /// A search of lists of sanctions by the name of a person: one of politicians or of news alone screens nobody.
    pub fn searches_sanctions(&self) -> bool {
        matches!(self.kind.as_str(), "watchlist" | "screening")
    }

    /// Notes it once.
    pub fn doubt(&mut self, doubt: Doubt) {
        if !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }
}
