//! One invented person or business, determined by its number.

use super::super::clock::{self, year};
use super::{
    names::{FIRM_HEADS, FIRM_TAILS, LANDS, Land, MAIL, land},
    plan::{self, BLOCK, Share, Slot, Template, Twist},
    rng::Rng,
};

pub struct Subject {
    pub index: u64,
    pub slot: Slot,
    pub land: &'static Land,
    pub woman: bool,
    pub first: String,
    pub middle: Option<String>,
    pub last: String,
    pub native: Option<(String, String)>,
    pub birth: String,
    pub address: Address,
    pub email: String,
    pub phone: String,
    pub number: String,
    pub issued: String,
    pub expires: String,
    /// The face on the card and in the selfie.
    pub face: u64,
    pub firm: Option<Firm>,
    pub account: String,
    pub inquiry: String,
    pub reference: String,
}

#[derive(Clone)]
pub struct Address {
    pub street: String,
    pub street2: Option<String>,
    pub city: String,
    pub region_code: String,
    pub region: String,
    pub postal: String,
    pub country: &'static str,
}

pub struct Firm {
    pub name: String,
    pub number: String,
    pub kind: &'static str,
    pub founded: String,
}

/// New users see the first block first, so its people are chosen, not random.
const FIRST: &[(u64, &str, bool, &str, &str)] = &[
    (0, "US", true, "Grace", "Whitfield"),
    (1, "NG", true, "Amara", "Nwosu"),
    (2, "DE", false, "Lukas", "Brandt"),
    (3, "IT", true, "Chiara", "Conti"),
    (4, "BR", true, "Maria", "Silva"),
    (5, "AE", true, "Layla", "Al Mansoori"),
    (6, "AE", false, "Omar", "Haddad"),
    (7, "SE", true, "Sofie", "Lindqvist"),
    (8, "ZW", false, "Tendai", "Moyo"),
    (9, "MA", true, "Leila", "Benali"),
    (11, "CZ", false, "Jan", "Novák"),
    (12, "BG", true, "Elena", "Petrov"),
    (13, "US", true, "Nadia", "Hale"),
    (14, "US", false, "Leo", "Stone"),
    (16, "US", false, "Victor", "Hale"),
    (17, "US", true, "Lena", "Park"),
    (18, "US", true, "Iris", "Cole"),
    (19, "US", false, "Tom", "Meyer"),
    (20, "KR", false, "Dae-jung", "Kim"),
    (21, "IL", true, "Noa", "Mizrahi"),
    (23, "GR", true, "Eleni", "Papadakis"),
    (24, "CN", true, "Mei", "Lin"),
    (26, "IN", true, "Priya", "Raman"),
    (27, "JP", false, "Kenji", "Tanaka"),
    (30, "UA", true, "Oksana", "Kovalenko"),
    (31, "MX", true, "Rosa", "Delgado"),
    (35, "GB", false, "Jon", "Pike"),
    (37, "BR", false, "Mateus", "Rocha"),
];

const FIRST_FIRMS: &[(u64, &str, &str)] = &[
    (0, "US", "Harbor Trade LLC"),
    (10, "GB", "Northgate Holdings Ltd"),
    (15, "US", "Reyes Freight LLC"),
    (22, "GB", "Stonebridge Properties Ltd"),
    (25, "CZ", "Meridian Imports s.r.o."),
    (29, "DE", "Lantern Logistik GmbH"),
];

pub fn subject(seed: u64, index: u64, base: i64) -> Subject {
    subject_as(seed, index, base, plan::of(index))
}

/// The same person in another role.
pub fn subject_as(seed: u64, index: u64, base: i64, slot: Slot) -> Subject {
    let (block, place) = (index / BLOCK, index % BLOCK);
    let mut rng = Rng::new(&[seed, 1, index]);
    let chosen = FIRST.iter().find(|row| block == 0 && row.0 == place);
    let named_firm = FIRST_FIRMS.iter().find(|row| block == 0 && row.0 == place);
    let drawn = Rng::new(&[seed, 2, index]).below(i64::try_from(LANDS.len()).unwrap_or(1));
    let land = match (chosen, named_firm, slot.twist) {
        (Some(row), _, _) => land(row.1),
        (None, Some(row), _) => land(row.1),
        (None, None, Twist::Rtl) => land(rng.text(&["AE", "EG", "MA", "IL"])),
        _ => usize::try_from(drawn).ok().and_then(|at| LANDS.get(at)).unwrap_or(&LANDS[0]),
    };
    let woman = chosen.map_or_else(|| rng.chance(50), |row| row.2);
    let given = pick(&mut rng, if woman { land.women } else { land.men }, chosen.map(|row| row.3));
    let family = pick(&mut rng, land.families, chosen.map(|row| row.4));
    let (first, native_first) = split(given, woman);
    let (last, native_last) = split(family, woman);
    let (mut first, mut last) = (first.to_owned(), last.to_owned());
    let mut middle = if rng.chance(25) {
        Some(split(pick(&mut rng, if woman { land.women } else { land.men }, None), woman).0.to_owned())
    } else {
        None
    };
    middle = middle.filter(|middle| *middle != first);
    let mut native = native_first.zip(native_last).map(|(first, last)| (first.to_owned(), last.to_owned()));
    if slot.twist == Twist::LongNames {
        "Maximiliana Konstantina Alexandrina".clone_into(&mut first);
        middle = Some("Isabella Wilhelmina da Conceição e Albuquerque".to_owned());
        last = format!("{last} von Wolfenstein-Featherstonehaugh de Montmorency-Laval");
        native = None;
    }
    let birth = format!("{:04}-{:02}-{:02}", year(base) - rng.between(22, 68), rng.between(1, 12), rng.between(1, 28));
    let mut address = address(&mut rng, land);
    if slot.share == Share::Address {
        let mut shared = Rng::new(&[seed, 3, block]);
        address = self::address(&mut shared, self::land("GB"));
    }
    let mut phone = rng.digits(land.phone);
    if slot.share == Share::Phone {
        phone = Rng::new(&[seed, 4, block]).digits(self::land("GB").phone);
    }
    let handle: String = format!("{first}.{last}").chars().filter_map(plain).take(40).collect();
    let email = format!("{}{}@{}", handle.trim_matches('.'), index, rng.text(MAIL));
    let expired = slot.twist == Twist::ExpiredDocument;
    let end =
        if expired { base - rng.between(20, 400) * 86_400_000 } else { base + rng.between(200, 2900) * 86_400_000 };
    let firm = (slot.template == Template::Business).then(|| firm(&mut rng, land, named_firm.map(|row| row.2), base));
    let mut ids = Rng::new(&[seed, 5, index]);
    Subject {
        index,
        slot,
        land,
        woman,
        first,
        middle,
        last,
        native,
        birth,
        address,
        email,
        phone,
        number: rng.digits(match land.id_class {
            "pp" => "P########",
            "dl" => "D#######",
            _ => "L########",
        }),
        issued: clock::date(end - 3650 * 86_400_000),
        expires: clock::date(end),
        face: rng.next(),
        reference: if firm.is_some() { format!("biz-{}", 2000 + index) } else { format!("cust-{}", 40_000 + index) },
        firm,
        account: ids.id("act"),
        inquiry: ids.id("inq"),
    }
}

fn pick(rng: &mut Rng, list: &'static [&'static str], wanted: Option<&'static str>) -> &'static str {
    let drawn = rng.text(list);
    let Some(wanted) = wanted else { return drawn };
    let fits = |entry: &&&str| entry.split(['|', '/']).next() == Some(wanted);
    list.iter().find(fits).copied().unwrap_or(wanted)
}

/// Latin and native form of a name, in the form for this person's sex.
fn split(entry: &'static str, woman: bool) -> (&'static str, Option<&'static str>) {
    let form = |text: &'static str| match text.split_once('/') {
        Some((man, female)) => {
            if woman {
                female
            } else {
                man
            }
        }
        None => text,
    };
    match entry.split_once('|') {
        Some((latin, native)) => (form(latin), Some(form(native))),
        None => (form(entry), None),
    }
}

/// A letter without diacritics, for e-mail addresses and machine readable lines.
pub fn plain(letter: char) -> Option<char> {
    match letter {
        ' ' | '-' => None,
        '.' => Some('.'),
        _ if letter.is_ascii_alphanumeric() => Some(letter.to_ascii_lowercase()),
        'á' | 'à' | 'ã' | 'Á' | 'ä' | 'Ä' | 'Å' | 'å' | 'ą' => Some('a'),
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'ě' | 'ę' => Some('e'),
        'í' | 'ï' | 'ý' | 'İ' | 'ı' => Some('i'),
        'ó' | 'ò' | 'ö' | 'Ö' => Some('o'),
        'ú' | 'ü' | 'ů' => Some('u'),
        'ç' | 'Ç' | 'č' | 'Č' | 'ć' => Some('c'),
        'ñ' | 'ń' => Some('n'),
        'ř' | 'Ř' => Some('r'),
        'š' | 'ş' | 'Ş' | 'ß' | 'ś' => Some('s'),
        'ł' | 'Ł' => Some('l'),
        'ž' | 'ż' | 'ź' => Some('z'),
        _ => None,
    }
}

fn address(rng: &mut Rng, land: &'static Land) -> Address {
    let mut parts = rng.text(land.cities).split('|');
    let mut next = || parts.next().unwrap_or_default().to_owned();
    let (city, region_code, region, postal) = (next(), next(), next(), next());
    let street = rng.text(land.streets);
    let number = rng.between(1, 180);
    let after = matches!(land.code, "DE" | "IT" | "ES" | "SE" | "CZ" | "PL" | "BR" | "MX" | "TR");
    Address {
        street: if after { format!("{street} {number}") } else { format!("{number} {street}") },
        street2: if rng.chance(20) { Some(format!("Flat {}", rng.between(1, 40))) } else { None },
        city,
        region_code,
        region,
        postal,
        country: land.code,
    }
}

fn firm(rng: &mut Rng, land: &'static Land, name: Option<&str>, base: i64) -> Firm {
    let drawn = format!("{} {} {}", rng.text(FIRM_HEADS), rng.text(FIRM_TAILS), rng.text(land.firms));
    Firm {
        name: name.map_or(drawn, str::to_owned),
        number: rng.digits("########"),
        kind: rng.text(&["limited_liability_company", "private_limited_company", "corporation"]),
        founded: format!("{:04}-{:02}-{:02}", year(base) - rng.between(1, 24), rng.between(1, 12), rng.between(1, 28)),
    }
}

impl Subject {
    pub fn shown(&self) -> String {
        match &self.firm {
            Some(firm) => firm.name.clone(),
            None => format!("{} {}", self.first, self.last),
        }
    }

    /// The values on the document. With some twists they differ from what the person typed.
    pub fn on_card(&self) -> Card {
        let mut card = Card {
            first: self.first.clone(),
            last: self.last.clone(),
            birth: self.birth.clone(),
            address: self.address.clone(),
        };
        match self.slot.twist {
            Twist::BirthdateAndWatchlist => {
                let year: i64 = self.birth.get(..4).and_then(|year| year.parse().ok()).unwrap_or(1980);
                card.birth = format!("{:04}{}", year - 10, self.birth.get(4..).unwrap_or_default());
            }
            Twist::Name => {
                let mut rng = Rng::new(&[self.face, 6]);
                let others = if self.woman { self.land.women } else { self.land.men };
                card.first = split(pick(&mut rng, others, None), self.woman).0.to_owned();
                if card.first == self.first {
                    card.first = split(others.first().copied().unwrap_or_default(), self.woman).0.to_owned();
                }
            }
            Twist::Address => card.address = address(&mut Rng::new(&[self.face, 7]), self.land),
            _ => {}
        }
        card
    }
}

pub struct Card {
    pub first: String,
    pub last: String,
    pub birth: String,
    pub address: Address,
}
