//! The person or business that a report was about, compared with the one that the inquiry is about. Both are in one
//! file, because each doubt compares a part of one with the same part of the other.
use std::collections::BTreeMap;

use super::{About, Doubt};
use crate::domain::comparison::{Name, Outcome, Side, business, country_code, date, name};
use crate::domain::condition::Countries;
use crate::domain::identity::report_query as lines;
use crate::domain::inquiry::{Field, key_letters};

/// What a report was asked for, and whom it found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportQuery {
    pub term: Option<String>,
    pub given: Option<String>,
    pub middle: Option<String>,
    pub family: Option<String>,
    pub birthdate: Option<String>,
    /// Further names, each of which has to be right: of a business, or of people who are said to live at an address.
    pub names: Vec<String>,
    /// People of a business that was asked about. One of them has to be known.
    pub people: Vec<ReportedPerson>,
    /// Address, phone and the like, under the names of `identity::report_query`.
    pub about: Vec<Field>,
    pub wallet: Option<String>,
    /// Whom it found, if it looks people or businesses up. One of them has to be known.
    pub found: Vec<ReportedPerson>,
    /// Further people in the results of a report about one person. Each has to be that person.
    pub others: Vec<ReportedPerson>,
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
pub struct ReportedPerson {
    pub names: Vec<Borne>,
    pub birthdates: Vec<String>,
    /// Ranges of years in which they can have been born, from and to. Each has to hold.
    pub years: Vec<(u16, u16)>,
}

/// What is known about a person, as fields.
#[derive(Debug, Clone, Default)]
pub struct KnownPerson<'a> {
    /// What was submitted, and what identity documents say.
    pub own: Vec<&'a [Field]>,
    /// What else passed: a confirmed number, a lookup.
    pub besides: Vec<&'a [Field]>,
    /// Countries that anything else names, by alpha-2 code, whether it passed or not.
    pub countries: Vec<String>,
}

impl ReportQuery {
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
    pub fn doubts(&self, known: &KnownPerson<'_>) -> Vec<Doubt> {
        let mut subject = InquirySubject::default();
        known.own.iter().for_each(|fields| subject.add(fields));
        let birth = self.birthdate.as_deref().and_then(|birth| subject.born(birth));
        let nobody = |people: &[ReportedPerson]| !people.is_empty() && !people.iter().any(|person| subject.is(person));
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
    pub fn doubts_of_any(&self, known: &[KnownPerson<'_>]) -> Vec<Doubt> {
        let each = known.iter().map(|one| self.doubts(one)).min_by_key(Vec::len);
        each.unwrap_or_else(|| self.doubts(&KnownPerson::default()))
    }

    /// Whether a search finds the person or business, as far as they have a name and a birthdate.
    pub(super) fn may_find(&self, subject: &InquirySubject) -> bool {
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

impl ReportedPerson {
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
    "representative",
    "applicant",
    "individual",
    "person",
];
/// Words before the name of a person who owns, runs or acts for a business.
pub(super) const OF_FIRM: &[&str] = &[
    "owner",
    "officer",
    "director",
    "control",
    "signatory",
    "shareholder",
    "ubo",
    "partner",
    "member",
    "trustee",
    "beneficiar",
    "ceo",
    "cfo",
    "manager",
    "founder",
    "secretary",
    "principal",
    "stakeholder",
    "president",
    "investor",
    "chair",
    "executive",
    "administrator",
    "settlor",
    "authorized",
    "authorised",
    "proprietor",
    "treasurer",
    "nominee",
];

/// Keys of the name of a business.
const FIRMS: &[&str] = &[
    "businessname",
    "companyname",
    "legalname",
    "organizationname",
    "organisationname",
    "tradingname",
    "dbaname",
    "entityname",
    "firmname",
];

/// The same, after other words: `registered-business-name`.
pub(super) const OF_FIRMS: &[&str] =
    &["businessname", "companyname", "organizationname", "organisationname", "entityname", "firmname", "namebusiness"];

/// The subject of the inquiry, by all names that are known.
#[derive(Default)]
pub(super) struct InquirySubject {
    pub people: Vec<Borne>,
    pub firms: Vec<String>,
    pub births: Vec<String>,
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

impl InquirySubject {
    /// Adds the names under `name-first` and similar keys, alone or after the words of a subject or representative.
    pub fn add(&mut self, fields: &[Field]) {
        let mut by: BTreeMap<String, Borne> = BTreeMap::new();
        for field in fields.iter().filter(|field| !field.value.trim().is_empty()) {
            let key = key_letters(&field.key);
            let value = Some(field.value.clone());
            let ours = |whose: &str| whose.is_empty() || WHOSE.iter().chain(OF_FIRM).any(|one| whose.contains(one));
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
    pub fn agrees_with(&self, fields: &[Field]) -> bool {
        let mut other = Self::default();
        other.add(fields);
        let names = other.people.iter().filter_map(|borne| self.best(&borne.name())).max_by_key(Outcome::rank);
        let births = other.births.iter().flat_map(|one| self.births.iter().map(|own| date(one, own).outcome));
        let births = births.max_by_key(Outcome::rank);
        self.people.is_empty() || names.iter().chain(&births).all(fits)
    }

    /// Whether it can be the person or the business: a name agrees as far as it goes, and no birthdate differs.
    fn is(&self, person: &ReportedPerson) -> bool {
        let named = person.names.iter().any(|borne| self.best(&borne.name()).as_ref().is_some_and(fits));
        let births = person.birthdates.iter().flat_map(|one| self.births.iter().map(|own| date(one, own).outcome));
        let born = births.max_by_key(Outcome::rank).is_none_or(|outcome| !matches!(outcome, Outcome::Differs { .. }));
        named && born
    }

    /// What results name that is not known of the subject. Names and birthdates without any to compare with are
    /// reported elsewhere.
    fn besides(&self, other: &ReportedPerson) -> Vec<Doubt> {
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
