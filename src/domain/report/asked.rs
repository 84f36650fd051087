//! Whom a report was about, beside the person or business that the inquiry is about.
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
    /// Names besides, each of which has to be right: of a business, of whoever is to live at an address.
    pub names: Vec<String>,
    /// People of a business that was asked about, one of whom has to be known.
    pub people: Vec<Person>,
    /// Address, phone and the like, as `identity::asked` names them.
    pub about: Vec<Field>,
    pub wallet: Option<String>,
    /// Whom it found, where it looks people or businesses up: one of them has to be known.
    pub found: Vec<Person>,
    /// Whom its results name besides, where it is about one person: each has to be that person.
    pub others: Vec<Person>,
    /// It looks one person up: what it found of that person has no names and birthdates of others.
    pub of_one: bool,
    /// Countries to which a search of lists was limited: each has to be one of the person or business.
    pub countries: Vec<String>,
    /// What it was asked for by its question, where that says something else than what it repeats of it.
    pub also: Option<Box<Self>>,
}

/// Whether a member of a question is one that is compared, in whatever spelling.
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

/// Somebody whom a report names, or a business.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub names: Vec<Borne>,
    pub birthdates: Vec<String>,
    /// In which years they can have been born, from and to: each has to hold.
    pub years: Vec<(u16, u16)>,
}

/// What is known of somebody, by the fields that tell of them.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// What was submitted, and what documents say that show who somebody is.
    pub own: Vec<&'a [Field]>,
    /// What else passed: a confirmed number, a lookup.
    pub besides: Vec<&'a [Field]>,
    /// Countries that anything else names, by alpha-2 code, whether it passed or not.
    pub countries: Vec<String>,
}

impl Asked {
    /// Neither a term nor a name, nor what else a list is searched by.
    pub const fn nobody(&self) -> bool {
        self.term.is_none()
            && self.given.is_none()
            && self.middle.is_none()
            && self.family.is_none()
            && self.names.is_empty()
            && self.wallet.is_none()
    }

    /// Not anything by which somebody is told from others.
    pub fn nothing(&self) -> bool {
        let tells = |field: &Field| !field.key.contains("country");
        self.nobody() && self.birthdate.is_none() && self.people.is_empty() && !self.about.iter().any(tells)
    }

    /// What of it is not what is known of somebody.
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

    /// What of it is none of these: nothing when it is one of them, and otherwise what speaks against the nearest. Of nobody, all of it.
    pub fn doubts_of_any(&self, known: &[Known<'_>]) -> Vec<Doubt> {
        let each = known.iter().map(|one| self.doubts(one)).min_by_key(Vec::len);
        each.unwrap_or_else(|| self.doubts(&Known::default()))
    }

    /// Whether a search finds whoever these fields name, as far as they name somebody and tell when they were born.
    fn may_find(&self, fields: &[Field]) -> bool {
        let mut subject = Subject::default();
        subject.add(fields);
        let other = |doubt: Option<Doubt>| matches!(doubt, Some(Doubt::OtherName | Doubt::NameNotComparable));
        let named = subject.people.is_empty() || !self.names().iter().any(|name| other(subject.named(name)));
        let birth = self.birthdate.as_deref().filter(|_| !subject.births.is_empty());
        named && birth.and_then(|birth| subject.born(birth)).is_none()
    }

    /// The names that were searched for: the term, and the parts where they were given.
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

/// What a line that was asked about says against the report.
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
        // A country alone tells nobody from others.
        _ if what == About::Country => None,
        None => Some(Doubt::NoneKnown(what)),
        // A part of a number is what is asked for; the part agrees.
        Some(Outcome::Incomplete { .. }) if what == About::Number => None,
        Some(Outcome::NotComparable { .. } | Outcome::Incomplete { .. }) => Some(Doubt::NotComparable(what)),
        Some(Outcome::Same | Outcome::SameWrittenDifferently { .. }) => None,
    }
}

/// An address of a chain has checks of its own, and capitals mean something in some of them: only one that is the same is the same.
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

/// One name that somebody bears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Borne {
    pub given: Option<String>,
    pub middle: Option<String>,
    pub family: Option<String>,
}

impl Person {
    /// Somebody by one name.
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

/// The same, behind other words: `registered-business-name`.
const OF_FIRMS: &[&str] = &["businessname", "companyname", "organizationname", "organisationname", "namebusiness"];

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

    /// The best of what a name is to all names that are known.
    fn best(&self, asked: &Name<'_>) -> Option<Outcome> {
        let people = self.people.iter().map(|borne| name(asked, &borne.name()).outcome);
        let whole = asked.text();
        let firms = self.firms.iter().map(|firm| business(&whole, firm).outcome);
        people.chain(firms).max_by_key(Outcome::rank)
    }

    /// Whether these fields name the same person and birthdate as far as both sides say. Where nobody was named, as for a business alone,
    /// they are of somebody who stands for it.
    fn agrees_with(&self, fields: &[Field]) -> bool {
        let mut other = Self::default();
        other.add(fields);
        let fits = |outcome: &Outcome| outcome.agrees() || matches!(outcome, Outcome::Incomplete { .. });
        let names = other.people.iter().filter_map(|borne| self.best(&borne.name())).max_by_key(Outcome::rank);
        let births = other.births.iter().flat_map(|one| self.births.iter().map(|own| date(one, own).outcome));
        let births = births.max_by_key(Outcome::rank);
        self.people.is_empty() || names.iter().chain(&births).all(fits)
    }

    /// Whether it can be the person or the business: by a name that agrees as far as it goes, and by no other birthdate.
    fn is(&self, person: &Person) -> bool {
        let fits = |outcome: &Outcome| outcome.agrees() || matches!(outcome, Outcome::Incomplete { .. });
        let named = person.names.iter().any(|borne| self.best(&borne.name()).as_ref().is_some_and(fits));
        let births = person.birthdates.iter().flat_map(|one| self.births.iter().map(|own| date(one, own).outcome));
        let born = births.max_by_key(Outcome::rank).is_none_or(|outcome| !matches!(outcome, Outcome::Differs { .. }));
        named && born
    }

    /// What of somebody named in results is not known of the person. Names and birthdates that nobody knows are said elsewhere.
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

/// The year in a birthdate, however it is written.
fn year(birth: &str) -> Option<u16> {
    let mut numbers = birth.split(|c: char| !c.is_ascii_digit());
    numbers.find(|number| number.len() == 4)?.parse().ok()
}

/// How long before an inquiry a search may have been made to say something of it. No regulator gives a number; monitored reports run
/// again and carry the time of the last run.
const LONGEST_BEFORE: Duration = Duration::from_secs(90 * 86_400);

impl Evidence {
    /// Notes searches of lists that were made long before the inquiry. Those beside it say nothing then, unless they found somebody.
    fn date_searches(&mut self) {
        let from = self.inquiry.created_at.minus(LONGEST_BEFORE);
        let old = |report: &Report| {
            let made = report.completed_at.or(report.created_at);
            report.meaning() == Meaning::Screening && !report.has_match && made.is_some_and(|made| made < from)
        };
        self.reports.retain(|report| report.beside.is_none() || !old(report));
        self.reports.iter_mut().filter(|report| old(report)).for_each(|report| report.doubt(Doubt::Old));
    }

    /// What is known of whom the inquiry is about.
    pub fn known(&self) -> Known<'_> {
        let document = self.government_id().filter(|document| document.passed());
        let own =
            document.map(|document| document.facts.as_slice()).into_iter().chain([self.inquiry.fields.as_slice()]);
        let besides = self.verifications.iter().filter(|one| one.passed() && !self.is_superseded(one));
        let besides = besides.map(|one| one.facts.as_slice()).collect();
        Known { own: own.collect(), besides, countries: Countries::of(self).codes().collect() }
    }

    /// Notes what reports were asked for that is not what the inquiry is about, and searches of lists that leave a name out.
    pub fn compare_asked(&mut self, asked: &[(ObjectId, Asked)]) {
        for (id, asked) in asked {
            let doubts = asked.doubts(&self.known());
            for report in self.reports.iter_mut().filter(|report| report.id == *id) {
                for doubt in &doubts {
                    report.doubt(doubt.clone());
                }
            }
        }
        self.date_searches();
        if !self.searched_for_each(asked) {
            let searches = self.reports.iter_mut().filter(|report| report.searches_sanctions() && !report.has_match);
            searches.for_each(|report| report.doubt(Doubt::OneOfNames));
        }
    }

    /// Whether lists of sanctions were searched for the name and birthdate that was submitted and for those of each passed document that
    /// shows who somebody is: one clean search for one of two people says nothing of the other.
    fn searched_for_each(&self, asked: &[(ObjectId, Asked)]) -> bool {
        let clean = |report: &&Report| report.searches_sanctions() && report.doubts.is_empty();
        let clean: Vec<&ObjectId> = self.reports.iter().filter(clean).map(|report| &report.id).collect();
        let searches: Vec<&Asked> =
            asked.iter().filter(|(id, _)| clean.contains(&id)).map(|(_, asked)| asked).collect();
        let mut submitted = Subject::default();
        submitted.add(&self.inquiry.fields);
        let passed = self.verifications.iter().filter(|one| one.is_identity() && one.passed());
        let passed = passed.filter(|one| !self.is_superseded(one)).map(|one| one.facts.as_slice());
        let mut others = passed.filter(|facts| !submitted.agrees_with(facts)).peekable();
        if searches.is_empty() || others.peek().is_none() {
            return true;
        }
        let mut each = others.chain([self.inquiry.fields.as_slice()]);
        each.all(|fields| searches.iter().any(|asked| asked.may_find(fields)))
    }
}

impl Report {
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
