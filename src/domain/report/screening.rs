//! Whether each person and business that is named was searched for in lists: one clean search for one of two people says
//! nothing about the other.
use std::collections::BTreeMap;
use std::time::Duration;

use super::assess::Meaning;
use super::report_query::{Borne, InquirySubject, KnownPerson, OF_FIRM, OF_FIRMS, ReportQuery};
use super::{Doubt, Report};
use crate::domain::condition::Countries;
use crate::domain::evidence::Evidence;
use crate::domain::id::ObjectId;
use crate::domain::inquiry::{Field, key_letters};

/// Words before a name that the person bears now, besides the name without any.
const OWN: &[&str] = &["legal", "applicant", "individual", "customer", "native", "preferred"];

/// Those of them before a name that is as official as the one without a word: lists are searched for both.
const OFFICIAL: &[&str] = &["legal", "applicant", "individual", "customer"];

/// Words before a name that a person had earlier, or has as well.
const FORMERLY: &[&str] = &["native", "birth", "maiden", "former", "previous", "alias", "preferred"];

/// Keys of the name of a business that are one only without other words before them.
const ONLY_FIRMS: &[&str] = &["legalname", "tradingname", "dbaname"];

/// The people and businesses in fields.
#[derive(Default)]
struct NamedSubjects {
    /// By the words before the name: `owner1` for `owner-1-name-first`, empty for `name-first`.
    people: BTreeMap<String, InquirySubject>,
    firms: Vec<String>,
    /// Values of `legal-name`: of a business or, next to the name of a person, of that person.
    legal: Vec<String>,
}

impl NamedSubjects {
    fn of(fields: &[Field]) -> Self {
        let mut all = Self::default();
        let mut parts: BTreeMap<String, Borne> = BTreeMap::new();
        for field in fields.iter().filter(|field| !field.value.trim().is_empty()) {
            let key = key_letters(&field.key);
            let value = Some(field.value.clone());
            let whose = |ends: &[&str]| ends.iter().find_map(|end| key.strip_suffix(end)).map(str::to_owned);
            if let Some(whose) = whose(&["birthdate", "dateofbirth"]) {
                all.person(whose).births.push(field.value.clone());
            } else if let Some(whose) = whose(&["namefirst", "firstname"]) {
                parts.entry(whose).or_default().given = value;
            } else if let Some(whose) = whose(&["namemiddle", "middlename"]) {
                parts.entry(whose).or_default().middle = value;
            } else if let Some(whose) = whose(&["namelast", "lastname"]) {
                parts.entry(whose).or_default().family = value;
            } else if OF_FIRMS.iter().any(|end| key.ends_with(end)) || ONLY_FIRMS.contains(&key.as_str()) {
                all.firms.push(field.value.clone());
                all.legal.extend((key == "legalname").then(|| field.value.clone()));
            } else if let Some(whose) = whose(&["namefull", "fullname", "name"]) {
                all.person(whose).people.push(Borne::whole(field.value.clone()));
            }
        }
        for (whose, borne) in parts {
            all.person(whose).people.push(borne);
        }
        all.people.retain(|_, person| !person.people.is_empty());
        all
    }

    fn person(&mut self, whose: String) -> &mut InquirySubject {
        self.people.entry(whose).or_default()
    }

    /// The names of the person whom the fields are about: those without a word before them, and with one of these.
    fn own(&self) -> Vec<&InquirySubject> {
        let among = |whose: &str, words: &[&str]| words.iter().any(|word| whose.contains(word));
        let words = if self.people.contains_key("") { OFFICIAL } else { OWN };
        self.people
            .iter()
            .filter(|(whose, _)| whose.is_empty() || among(whose, words))
            .map(|(_, person)| person)
            .collect()
    }

    /// The people of the business, if the fields are about one: of an applicant who names an employer there are none.
    fn of_firm(&self) -> Vec<&InquirySubject> {
        let has = |whose: &str, words: &[&str]| words.iter().any(|word| whose.contains(word));
        let alone = self.own().is_empty();
        let people = self.people.iter().filter(|(whose, _)| !whose.is_empty() && !has(whose, FORMERLY));
        people.filter(|(whose, _)| alone || has(whose, OF_FIRM)).map(|(_, person)| person).collect()
    }
}

/// A clean search of lists.
struct CleanSearch<'a> {
    report: &'a Report,
    /// `None` when Persona does not say whom it was about.
    asked: Option<&'a ReportQuery>,
}

impl CleanSearch<'_> {
    fn finds(&self, subject: &InquirySubject) -> bool {
        self.report.searches_sanctions() && self.asked.is_some_and(|asked| asked.may_find(subject))
    }

    /// Persona does not say for whom a list of businesses was searched.
    fn finds_firm(&self, firm: &InquirySubject) -> bool {
        self.report.kind == "business-watchlist" || self.finds(firm)
    }
}

/// Whether lists were searched for the person, by each of their own names and the birthdate that was submitted; for each
/// person whom a passed identity document shows, if that is another; and for a business and each of its people. A search
/// for a representative, or for a name that the person no longer bears, is no search for the person. True when nothing
/// was searched at all: that is said elsewhere.
pub fn is_each_searched(
    fields: &[Field],
    documents: &[&[Field]],
    reports: &[Report],
    asked: &[(ObjectId, ReportQuery)],
) -> bool {
    let clean = reports.iter().filter(|report| report.searches_names() && report.doubts.is_empty());
    let of = |report: &Report| asked.iter().find(|(id, _)| *id == report.id).map(|(_, asked)| asked);
    let searches: Vec<CleanSearch<'_>> = clean.map(|report| CleanSearch { report, asked: of(report) }).collect();
    if searches.is_empty() {
        return true;
    }
    let found = |subject: &InquirySubject| searches.iter().any(|search| search.finds(subject));
    // Each name by itself, with each birthdate of the person.
    let each = |person: &InquirySubject| {
        let births: Vec<Option<&String>> = match person.births.is_empty() {
            true => vec![None],
            false => person.births.iter().map(Some).collect(),
        };
        let one = |borne: &Borne, birth: Option<&String>| InquirySubject {
            people: vec![borne.clone()],
            births: birth.into_iter().cloned().collect(),
            ..InquirySubject::default()
        };
        person.people.iter().all(|borne| births.iter().all(|birth| found(&one(borne, *birth))))
    };
    let named = NamedSubjects::of(fields);
    let own = named.own();
    // That no person was searched for is said elsewhere: a list of businesses does not claim to.
    if !own.is_empty() && !searches.iter().any(|search| search.report.searches_sanctions()) {
        return true;
    }
    let people = named.of_firm();
    // Only the person's own names: a document can also show a former one, or a representative. If no name was submitted,
    // each person on a document has to be searched for.
    let submitted = InquirySubject {
        people: own.iter().flat_map(|person| person.people.iter().cloned()).collect(),
        births: own.iter().flat_map(|person| person.births.iter().cloned()).collect(),
        ..InquirySubject::default()
    };
    let of_firm = own.is_empty() && !people.is_empty();
    let mut other = InquirySubject::default();
    other.add(if of_firm { fields } else { &[] });
    let known = |facts: &&&[Field]| match submitted.people.is_empty() {
        true => of_firm && other.agrees_with(facts),
        false => submitted.agrees_with(facts),
    };
    let mut shown = documents.iter().filter(|facts| !known(facts)).map(|facts| {
        let mut subject = InquirySubject::default();
        subject.add(facts);
        subject
    });
    let business = own.is_empty() || !people.is_empty();
    let firm = InquirySubject { firms: named.firms.clone(), ..InquirySubject::default() };
    let firm_found = !business || named.firms.is_empty() || searches.iter().any(|search| search.finds_firm(&firm));
    let people_found = !business || people.iter().all(|person| each(person));
    let legal_found = own.is_empty()
        || named.legal.iter().all(|name| {
            let person = InquirySubject { people: vec![Borne::whole(name.clone())], ..InquirySubject::default() };
            let firm = InquirySubject { firms: vec![name.clone()], ..InquirySubject::default() };
            found(&person) || searches.iter().any(|search| search.finds_firm(&firm))
        });
    legal_found
        && shown.all(|subject| found(&subject))
        && own.iter().all(|person| each(person))
        && firm_found
        && people_found
}

/// Maximum age of a search before an inquiry for it to say something about it. No regulator gives a number; monitored
/// reports run again and have the time of the last run.
const LONGEST_BEFORE: Duration = Duration::from_secs(90 * 86_400);

impl Evidence {
    /// Adds a doubt to screenings made long before the inquiry. Those that do not belong to the inquiry are dropped,
    /// unless they found a match.
    fn date_searches(&mut self) {
        let from = self.inquiry.created_at.minus(LONGEST_BEFORE);
        let old = |report: &Report| {
            let made = report.completed_at.or(report.created_at);
            report.meaning() == Meaning::Screening && !report.has_match && made.is_some_and(|made| made < from)
        };
        self.reports.retain(|report| report.beside.is_none() || !old(report));
        self.reports.iter_mut().filter(|report| old(report)).for_each(|report| report.doubt(Doubt::Old));
    }

    /// What is known about the subject of the inquiry.
    pub fn known(&self) -> KnownPerson<'_> {
        let document = self.government_id().filter(|document| document.passed());
        let own =
            document.map(|document| document.facts.as_slice()).into_iter().chain([self.inquiry.fields.as_slice()]);
        let besides = self.verifications.iter().filter(|one| one.passed() && !self.is_superseded(one));
        let besides = besides.map(|one| one.facts.as_slice()).collect();
        KnownPerson { own: own.collect(), besides, countries: Countries::of(self).codes().collect() }
    }

    /// Adds doubts to reports that were asked about something else than the inquiry is about, and to screenings that
    /// leave a name out.
    pub fn compare_asked(&mut self, asked: &[(ObjectId, ReportQuery)]) {
        let known = self.known();
        let doubts: Vec<_> = asked.iter().map(|(id, asked)| (id, asked.doubts(&known))).collect();
        for (id, doubts) in doubts {
            for report in self.reports.iter_mut().filter(|report| report.id == *id) {
                doubts.iter().for_each(|doubt| report.doubt(doubt.clone()));
            }
        }
        self.date_searches();
        let passed = self.verifications.iter().filter(|one| one.is_identity() && one.passed());
        let passed = passed.filter(|one| !self.is_superseded(one)).map(|one| one.facts.as_slice());
        let passed: Vec<&[Field]> = passed.collect();
        if !is_each_searched(&self.inquiry.fields, &passed, &self.reports, asked) {
            doubt_searches(&mut self.reports);
        }
    }
}

/// Adds a doubt to clean searches: not everyone was searched for.
pub fn doubt_searches(reports: &mut [Report]) {
    let searches = reports.iter_mut().filter(|report| report.searches_names() && !report.has_match);
    searches.for_each(|report| report.doubt(Doubt::OneOfNames));
}
