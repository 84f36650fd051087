//! The person or business that a report was about, compared with the one that the inquiry is about.
use std::collections::BTreeMap;
use std::time::Duration;

use super::assess::Meaning;
use super::{About, Doubt, Report};
use crate::domain::comparison::{Name, Outcome, Side, business, country_code, date, name};
use crate::domain::condition::Countries;
use crate::domain::evidence::Evidence;
use crate::domain::id::ObjectId;
use crate::domain::identity::asked as lines;
use crate::domain::inquiry::Field;

/// What a report was asked for, and whom it found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    pub term: Option<String>,
    pub given: Option<String>,
    pub middle: Option<String>,
    pub family: Option<String>,
    pub birthdate: Option<String>,
    /// Further names, each of which has to be right: of a business, or of people who are said to live at an address.
    pub names: Vec<String>,
    /// People of a business that was asked about. One of them has to be known.
    pub people: Vec<Person>,
    /// Address, phone and the like, under the names of `identity::asked`.
    pub about: Vec<Field>,
    pub wallet: Option<String>,
    /// Whom it found, if it looks people or businesses up. One of them has to be known.
    pub found: Vec<Person>,
    /// Further people in the results of a report about one person. Each has to be that person.
    pub others: Vec<Person>,
    /// Whether it looks up one person: what it found of that person must not have names and birthdates of others.
    pub of_one: bool,
    /// Countries to which a screening was limited. Each has to be one of the person or business.
    pub countries: Vec<String>,
    /// What its query asked for, if that differs from what the report repeats of it.
    pub also: Option<Box<Self>>,
}

/// Whether a member of a query is one that is compared, in any spelling.
pub fn is_asked(member: &str) -> bool {
    const BESIDES: [&str; 14] = [
        "term",
        "name-first",
        "name-middle",
        "name-last",
        "name-full",
        "birthdate",
        "birthdate-year",
        "business-name",
        "crypto-address",
        "incorporation-date",
        "country-code",
        "country-codes",
        "countries",
        "country",
    ];
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let own = letters(member);
    !member.contains('.') && lines::ASKED.iter().chain(&BESIDES).any(|known| letters(known) == own)
}

/// A person or business that a report names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub names: Vec<Borne>,
    pub birthdates: Vec<String>,
    /// Ranges of years in which they can have been born, from and to. Each has to hold.
    pub years: Vec<(u16, u16)>,
}

/// What is known about a person, as fields.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// What was submitted, and what identity documents say.
    pub own: Vec<&'a [Field]>,
    /// What else passed: a confirmed number, a lookup.
    pub besides: Vec<&'a [Field]>,
    /// Countries that anything else names, by alpha-2 code, whether it passed or not.
    pub countries: Vec<String>,
}

impl Asked {
    /// Whether it has neither a term nor a name, nor anything else that a list is searched by.
    pub const fn nobody(&self) -> bool {
        self.term.is_none()
            && self.given.is_none()
            && self.middle.is_none()
            && self.family.is_none()
            && self.names.is_empty()
            && self.wallet.is_none()
    }

    /// Whether it has nothing that tells a person from others.
    pub fn nothing(&self) -> bool {
        let tells = |field: &Field| !field.key.contains("country");
        self.nobody() && self.birthdate.is_none() && self.people.is_empty() && !self.about.iter().any(tells)
    }

    /// The doubts where it differs from what is known about the person.
    pub fn doubts(&self, known: &Known<'_>) -> Vec<Doubt> {
        let mut subject = Subject::default();
        known.own.iter().for_each(|fields| subject.add(fields));
        let birth = self.birthdate.as_deref().and_then(|birth| subject.born(birth));
        let nobody = |people: &[Person]| !people.is_empty() && !people.iter().any(|person| subject.is(person));
        let people = nobody(&self.people).then_some(Doubt::OtherName);
        let found = nobody(&self.found).then_some(Doubt::FoundOthers);
        let every: Vec<&[Field]> = known.own.iter().chain(&known.besides).copied().collect();
        let about = lines::compare(&self.about, &every);
        let about = about.into_iter().filter_map(|(line, outcome)| unlike(line, outcome.as_ref()));
        let wallet = self.wallet.as_deref().and_then(|wallet| other_wallet(wallet, &every));
        let names = self.names().iter().filter_map(|name| subject.named(name)).collect::<Vec<_>>();
        let countries: Vec<String> = Countries::named_in(&every).chain(known.countries.iter().cloned()).collect();
        let is_known = |one: &String| country_code(one).is_some_and(|code| countries.iter().any(|known| known == code));
        let limited = (!self.countries.iter().all(is_known)).then_some(Doubt::Limited);
        let same = self.found.iter().filter(|person| self.of_one && subject.is(person));
        let others = self.others.iter().chain(same).flat_map(|other| subject.besides(other));
        let all = names.into_iter().chain(people).chain(birth).chain(about).chain(wallet).chain(found).chain(limited);
        let mut doubts: Vec<Doubt> = all.collect();
        let also = self.also.iter().flat_map(|also| also.doubts(known));
        for doubt in others.chain(also) {
            if !doubts.contains(&doubt) {
                doubts.push(doubt);
            }
        }
        doubts
    }

    /// The doubts against the nearest of several people; none if it fits one of them. Without any people, all doubts.
    pub fn doubts_of_any(&self, known: &[Known<'_>]) -> Vec<Doubt> {
        let each = known.iter().map(|one| self.doubts(one)).min_by_key(Vec::len);
        each.unwrap_or_else(|| self.doubts(&Known::default()))
    }

    /// Whether a search finds the person or business, as far as they have a name and a birthdate.
    fn may_find(&self, subject: &Subject) -> bool {
        let other = |doubt: Option<Doubt>| matches!(doubt, Some(Doubt::OtherName | Doubt::NameNotComparable));
        let nameless = subject.people.is_empty() && subject.firms.is_empty();
        let named = nameless || !self.names().iter().any(|name| other(subject.named(name)));
        let birth = self.birthdate.as_deref().filter(|_| !subject.births.is_empty());
        named && birth.and_then(|birth| subject.born(birth)).is_none()
    }

    /// The names that were searched for: the term, and the parts if they were given.
    fn names(&self) -> Vec<Name<'_>> {
        let wholes = self.term.iter().chain(&self.names).map(|whole| Name { given: Some(whole), ..Name::default() });
        let parts = Name {
            given: self.given.as_deref(),
            middle: self.middle.as_deref(),
            family: self.family.as_deref(),
            suffix: None,
            native: None,
        };
        wholes.chain((!parts.text().is_empty()).then_some(parts)).collect()
    }
}

/// The doubt about the report from a line that was asked about.
fn unlike(line: &str, outcome: Option<&Outcome>) -> Option<Doubt> {
    let what = match line {
        lines::ADDRESS => About::Address,
        lines::IN_COUNTRY => About::Country,
        lines::PHONE => About::Phone,
        lines::EMAIL => About::Email,
        _ => About::Number,
    };
    match outcome {
        Some(Outcome::Differs { .. }) => Some(Doubt::Other(what)),
        // A country alone does not tell a person from others.
        _ if what == About::Country => None,
        None => Some(Doubt::NoneKnown(what)),
        // Only a part of a number is asked for, and that part agrees.
        Some(Outcome::Incomplete { .. }) if what == About::Number => None,
        Some(Outcome::NotComparable { .. } | Outcome::Incomplete { .. }) => Some(Doubt::NotComparable(what)),
        Some(Outcome::Same | Outcome::SameWrittenDifferently { .. }) => None,
    }
}

/// Addresses of a blockchain have checksums, and in some of them capitals matter: only an identical one is the same.
fn other_wallet(asked: &str, known: &[&[Field]]) -> Option<Doubt> {
    let named = |field: &&Field| {
        let key = field.key.to_lowercase();
        ["crypto", "wallet", "blockchain"].iter().any(|word| key.contains(word)) && !field.value.trim().is_empty()
    };
    let mut wallets = known.iter().flat_map(|fields| fields.iter()).filter(named).peekable();
    if wallets.peek().is_none() {
        return Some(Doubt::NoneKnown(About::Wallet));
    }
    (!wallets.any(|wallet| wallet.value.trim() == asked.trim())).then_some(Doubt::Other(About::Wallet))
}

/// One name of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Borne {
    pub given: Option<String>,
    pub middle: Option<String>,
    pub family: Option<String>,
}

impl Person {
    /// A person with one name.
    pub fn of(name: Borne) -> Self {
        Self { names: vec![name], ..Self::default() }
    }
}

impl Borne {
    pub fn whole(name: String) -> Self {
        Self { given: Some(name), ..Self::default() }
    }

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

/// Words before `name-first` and the like that make it a name of the subject, or of a representative.
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
    "shareholder",
    "ubo",
];
/// Words of these before a name that the person bears now.
const OWN_NAMES: &[&str] = &["native", "legal", "preferred", "applicant", "individual"];

/// Keys of the name of a business.
const FIRMS: &[&str] =
    &["businessname", "companyname", "legalname", "organizationname", "organisationname", "tradingname", "dbaname"];

/// The same, after other words: `registered-business-name`.
const OF_FIRMS: &[&str] = &["businessname", "companyname", "organizationname", "organisationname", "namebusiness"];

/// The subject of the inquiry, by all names that are known.
#[derive(Default)]
struct Subject {
    people: Vec<Borne>,
    firms: Vec<String>,
    births: Vec<String>,
}

/// Whether a text has two words: with one word of a longer name, a list cannot be searched. Scripts without spaces have
/// no words.
fn is_name(text: &str) -> bool {
    let letters = text.split_whitespace().map(|word| word.chars().filter(|letter| letter.is_alphabetic()).count());
    letters.filter(|letters| *letters > 1).count() > 1 || text.chars().any(|letter| u32::from(letter) > 0x2e7f)
}

/// Whether two values can be of the same person, as far as both sides say.
fn fits(outcome: &Outcome) -> bool {
    outcome.agrees() || matches!(outcome, Outcome::Incomplete { .. })
}

impl Subject {
    fn add(&mut self, fields: &[Field]) {
        self.add_of(fields, WHOSE);
    }

    /// Adds the names under `name-first` and similar keys, alone or after one of these words.
    fn add_of(&mut self, fields: &[Field], words: &[&str]) {
        let mut by: BTreeMap<String, Borne> = BTreeMap::new();
        for field in fields.iter().filter(|field| !field.value.trim().is_empty()) {
            let letters = field.key.chars().filter(char::is_ascii_alphanumeric);
            let key: String = letters.map(|c| c.to_ascii_lowercase()).collect();
            let value = Some(field.value.clone());
            let ours = |whose: &str| whose.is_empty() || words.iter().any(|one| whose.contains(one));
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
            } else if FIRMS.contains(&key.as_str()) || OF_FIRMS.iter().any(|end| key.ends_with(end)) {
                self.firms.push(field.value.clone());
            } else if let Some(whose) = ["namefull", "fullname", "name"].iter().find_map(|end| key.strip_suffix(end))
                && ours(whose)
            {
                self.people.push(Borne { given: value, ..Borne::default() });
            }
        }
        self.people.extend(by.into_values());
    }

    /// The best result of comparing a name with all known names.
    fn best(&self, asked: &Name<'_>) -> Option<Outcome> {
        let people = self.people.iter().map(|borne| name(asked, &borne.name()).outcome);
        let whole = asked.text();
        let firms = self.firms.iter().map(|firm| business(&whole, firm).outcome);
        people.chain(firms).max_by_key(Outcome::rank)
    }

    /// Whether these fields name the same person and birthdate, as far as both sides have them. If no person was named,
    /// as for a business alone, they are those of a representative.
    fn agrees_with(&self, fields: &[Field]) -> bool {
        let mut other = Self::default();
        other.add(fields);
        let names = other.people.iter().filter_map(|borne| self.best(&borne.name())).max_by_key(Outcome::rank);
        let births = other.births.iter().flat_map(|one| self.births.iter().map(|own| date(one, own).outcome));
        let births = births.max_by_key(Outcome::rank);
        self.people.is_empty() || names.iter().chain(&births).all(fits)
    }

    /// Whether it can be the person or the business: a name agrees as far as it goes, and no birthdate differs.
    fn is(&self, person: &Person) -> bool {
        let named = person.names.iter().any(|borne| self.best(&borne.name()).as_ref().is_some_and(fits));
        let births = person.birthdates.iter().flat_map(|one| self.births.iter().map(|own| date(one, own).outcome));
        let born = births.max_by_key(Outcome::rank).is_none_or(|outcome| !matches!(outcome, Outcome::Differs { .. }));
        named && born
    }

    /// What results name that is not known of the subject. Names and birthdates without any to compare with are
    /// reported elsewhere.
    fn besides(&self, other: &Person) -> Vec<Doubt> {
        let strange =
            |best: Option<Outcome>| matches!(best, Some(Outcome::Differs { .. } | Outcome::NotComparable { .. }));
        let named = other.names.iter().any(|borne| strange(self.best(&borne.name())));
        let births = |one: &String| self.births.iter().map(|own| date(one, own).outcome).max_by_key(Outcome::rank);
        let own: Vec<u16> = self.births.iter().filter_map(|birth| year(birth)).collect();
        let within = |(from, to): &(u16, u16)| own.is_empty() || own.iter().any(|year| (from..=to).contains(&year));
        let born = other.birthdates.iter().any(|one| strange(births(one))) || !other.years.iter().all(within);
        named.then_some(Doubt::AlsoNamed).into_iter().chain(born.then_some(Doubt::AlsoBorn)).collect()
    }

    fn named(&self, asked: &Name<'_>) -> Option<Doubt> {
        let whole = asked.text();
        match self.best(asked) {
            None => Some(Doubt::NoName),
            Some(Outcome::Differs { .. }) => Some(Doubt::OtherName),
            Some(Outcome::NotComparable { .. }) => Some(Doubt::NameNotComparable),
            // Fewer names find more, down to one of them. A name that the person does not have finds nothing.
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

/// The year of a birthdate in any notation.
fn year(birth: &str) -> Option<u16> {
    let mut numbers = birth.split(|c: char| !c.is_ascii_digit());
    numbers.find(|number| number.len() == 4)?.parse().ok()
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
    pub fn known(&self) -> Known<'_> {
        let document = self.government_id().filter(|document| document.passed());
        let own =
            document.map(|document| document.facts.as_slice()).into_iter().chain([self.inquiry.fields.as_slice()]);
        let besides = self.verifications.iter().filter(|one| one.passed() && !self.is_superseded(one));
        let besides = besides.map(|one| one.facts.as_slice()).collect();
        Known { own: own.collect(), besides, countries: Countries::of(self).codes().collect() }
    }

    /// Adds doubts to reports that were asked about something else than the inquiry is about, and to screenings that
    /// leave a name out.
    pub fn compare_asked(&mut self, asked: &[(ObjectId, Asked)]) {
        let known = self.known();
        let doubts: Vec<_> = asked.iter().map(|(id, asked)| (id, asked.doubts(&known))).collect();
        for (id, doubts) in doubts {
            for report in self.reports.iter_mut().filter(|report| report.id == *id) {
                doubts.iter().for_each(|doubt| report.doubt(doubt.clone()));
            }
        }
        self.date_searches();
        if !self.searched_for_each(asked) || !self.searched_for_business(asked) {
            let searches = self.reports.iter_mut().filter(|report| report.searches_names() && !report.has_match);
            searches.for_each(|report| report.doubt(Doubt::OneOfNames));
        }
    }

    /// Whether lists of sanctions were searched for the submitted name and birthdate, and for those of each passed
    /// identity document: one clean search for one of two people says nothing about the other.
    fn searched_for_each(&self, asked: &[(ObjectId, Asked)]) -> bool {
        let clean = |report: &&Report| report.searches_sanctions() && report.doubts.is_empty();
        let clean: Vec<&ObjectId> = self.reports.iter().filter(clean).map(|report| &report.id).collect();
        let searches: Vec<&Asked> =
            asked.iter().filter(|(id, _)| clean.contains(&id)).map(|(_, asked)| asked).collect();
        if searches.is_empty() {
            return true;
        }
        let mut submitted = Subject::default();
        submitted.add(&self.inquiry.fields);
        let passed = self.verifications.iter().filter(|one| one.is_identity() && one.passed());
        let passed = passed.filter(|one| !self.is_superseded(one)).map(|one| one.facts.as_slice());
        let mut others = passed.filter(|facts| !submitted.agrees_with(facts)).peekable();
        if others.peek().is_some() {
            let mut each = others.chain([self.inquiry.fields.as_slice()]);
            return each.all(|fields| {
                let mut subject = Subject::default();
                subject.add(fields);
                searches.iter().any(|asked| asked.may_find(&subject))
            });
        }
        // A search for the person's representative, or for a name that they no longer bear, is no search for the person.
        let mut person = Subject::default();
        person.add_of(&self.inquiry.fields, OWN_NAMES);
        let other = |name: &Name<'_>| matches!(person.best(name), Some(Outcome::Differs { .. }));
        person.people.is_empty() || searches.iter().any(|asked| !asked.names().iter().all(other))
    }

    /// Whether lists were searched for a business and for each of the people who are named as its owners, directors and
    /// the like. An applicant who names an employer is no business, and their representative need not be searched for.
    fn searched_for_business(&self, asked: &[(ObjectId, Asked)]) -> bool {
        let fields = &self.inquiry.fields;
        let mut own = Subject::default();
        own.add_of(fields, OWN_NAMES);
        let has = |whose: &str, words: &[&str]| words.iter().any(|word| whose.contains(word));
        let concerned = |whose: &str| (own.people.is_empty() || has(whose, OF_FIRM)) && !has(whose, FORMERLY);
        let people = people(fields);
        let people: Vec<&Subject> =
            people.iter().filter(|(whose, _)| concerned(whose)).map(|(_, person)| person).collect();
        if own.firms.is_empty() || !own.people.is_empty() && people.is_empty() {
            return true;
        }
        let firm = Subject { firms: own.firms, ..Subject::default() };
        let clean = |report: &&Report| report.searches_names() && report.doubts.is_empty();
        let clean: Vec<(&Report, Option<&Asked>)> = self
            .reports
            .iter()
            .filter(clean)
            .map(|report| (report, asked.iter().find(|(id, _)| *id == report.id).map(|(_, asked)| asked)))
            .collect();
        // Persona does not say for whom lists of businesses were searched.
        let of_firm = |(report, asked): &(&Report, Option<&Asked>)| {
            report.kind == "business-watchlist" || asked.is_some_and(|asked| asked.may_find(&firm))
        };
        let of_person = |person: &&Subject| {
            let found = |(report, asked): &(&Report, Option<&Asked>)| {
                report.searches_sanctions() && asked.is_some_and(|asked| asked.may_find(person))
            };
            clean.iter().any(found)
        };
        clean.is_empty() || clean.iter().any(of_firm) && people.iter().all(of_person)
    }
}

/// Words before a name or birthdate of a person who owns, runs or acts for a business.
const OF_FIRM: &[&str] = &["owner", "officer", "director", "control", "signatory", "shareholder", "ubo"];

/// Words before a name that a person bears besides the one they are searched by.
const FORMERLY: &[&str] = &["native", "birth", "maiden", "former", "previous", "alias", "preferred"];

/// The people in these fields, each with the words before their names: `owner1` for `owner-1-name-first`.
fn people(fields: &[Field]) -> BTreeMap<String, Subject> {
    const ENDS: [&str; 8] =
        ["namefirst", "namemiddle", "namelast", "namefull", "fullname", "birthdate", "dateofbirth", "name"];
    let mut groups: BTreeMap<String, Vec<Field>> = BTreeMap::new();
    for field in fields {
        let key: String = field.key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        if let Some(whose) = ENDS.iter().find_map(|end| key.strip_suffix(end)) {
            groups.entry(whose.to_owned()).or_default().push(field.clone());
        }
    }
    let subject = |fields: Vec<Field>| {
        let mut one = Subject::default();
        one.add(&fields);
        one
    };
    let people = groups.into_iter().map(|(whose, fields)| (whose, subject(fields)));
    people.filter(|(_, person)| !person.people.is_empty()).collect()
}

impl Report {
    /// Whether it searches lists of sanctions by the name of a person. A search for politicians or news alone is no
    /// such screening.
    pub fn searches_sanctions(&self) -> bool {
        matches!(self.kind.as_str(), "watchlist" | "screening")
    }

    /// Whether it searches lists by the name of a person or a business.
    fn searches_names(&self) -> bool {
        self.searches_sanctions() || self.kind == "business-watchlist"
    }

    /// Adds a doubt, once.
    pub fn doubt(&mut self, doubt: Doubt) {
        if !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }
}
